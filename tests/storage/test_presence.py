"""Whether a database is away, or there and refuses: told apart without reading the server's words."""

import pytest

from storage.presence import absence
from tests.fakes.unready_postgres import NO_SUCH_DATABASE, STARTING, WRONG_PASSWORD, UnreadyPostgres

SECRET = "s3cret-sample"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("127.0.0.1:9", "refused"),
        ("nowhere.invalid", "nowhere.invalid"),
        ("/desk?host=/nowhere", "No such file"),
    ],
)
def test_a_server_that_nobody_finds_is_absent_and_the_reason_is_one_line_without_secrets(place, reason):
    told = absence(f"postgresql://desk:{SECRET}@{place}")
    assert told is not None
    assert reason in told
    assert SECRET not in told
    assert "\n" not in told


def test_a_server_that_starts_is_absent_whatever_language_it_speaks():
    with UnreadyPostgres(STARTING) as server:
        told = absence(server.url)
    assert told is not None
    assert STARTING.text in told


@pytest.mark.parametrize("refusal", [WRONG_PASSWORD, NO_SUCH_DATABASE], ids=lambda one: one.code)
def test_a_server_that_does_not_let_us_in_is_there(refusal):
    with UnreadyPostgres(refusal) as server:
        assert absence(server.url) is None
        server.await_asked()


def test_what_can_be_opened_is_there(store_url):
    assert absence(store_url) is None


def test_a_file_is_there_even_before_it_is_made(tmp_path):
    assert absence(f"sqlite:///{tmp_path}/desk.db") is None
    assert list(tmp_path.iterdir()) == []
