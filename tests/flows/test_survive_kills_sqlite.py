"""A daemon on SQLite that is killed at its Nth statement or commit, for many N."""

import pytest

from tests.flows.database import rows
from tests.flows.kills import CHAINS, kill_in_turns

pytestmark = pytest.mark.timeout(400)


def test_killed_at_any_statement_it_loses_nothing(outside, sqlite_url):
    kill_in_turns(outside, sqlite_url, kills=20)
    assert rows(sqlite_url, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.soak
@pytest.mark.parametrize("chain", range(1, CHAINS))
def test_killed_at_hundreds_of_statements_it_loses_nothing(outside, sqlite_url, chain):
    kill_in_turns(outside, sqlite_url, kills=25, chain=chain)
    assert rows(sqlite_url, "PRAGMA integrity_check") == [("ok",)]
