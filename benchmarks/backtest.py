"""Trying rules on a stock of items: how long the whole takes, and what each further item costs."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import update

from benchmarks.figures import Figure, timed
from benchmarks.sizes import Sizes
from benchmarks.stock import NOW, sources, stocked
from benchmarks.watch_rules import rule_set
from monitor.backtest.replay import Trial
from monitor.backtest.run import Outcome, Span, backtest
from monitor.draft import Policy
from monitor.routing import Route
from monitor.settings import AlertingOptions
from monitor.text import ANALYSIS_VERSION
from storage.database import connect
from storage.schema import source
from storage.store import open_store

RULES = 30
LONGEST = 40.0
"""Seconds for 100,000 items: well under a minute."""


def run(sizes: Sizes) -> Iterator[Figure]:
    """One figure: the time of 100,000 items, scaled from as many as there are."""
    with TemporaryDirectory(prefix="groundswell-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'stock.db'}"
        stocked(url, sizes.backtested)
        _poll_all(url)
        outcome, seconds = _measured(url)
    yield Figure(
        name=f"SQLite: backtest of {RULES} rules over 100,000 items",
        value=seconds * 100_000 / sizes.backtested,
        unit="s",
        target=LONGEST,
        raw={
            "items": sizes.backtested,
            "seconds": seconds,
            "us_an_item": seconds / sizes.backtested * 1e6,
            "decided_on": outcome.replayed,
            "alerts": sum(len(one.alerts) for one in outcome.trials[0]),
        },
    )


def _poll_all(url: str) -> None:
    """Let all sources have been polled before anything came: a first poll alerts of nothing."""
    database = connect(url)
    with database.writing() as connection:
        connection.execute(update(source).values(first_polled_at=NOW - timedelta(days=400)))
    database.close()


def _measured(url: str) -> tuple[Outcome, float]:
    policy = Policy(rules=rule_set(RULES), alerting=AlertingOptions(), route=Route(receivers=()))
    trial = Trial(policy=policy, configured={one.id: one for one in sources()})
    found: list[Outcome] = []
    store = open_store(url)
    try:
        past = store.past(NOW, ANALYSIS_VERSION)
        seconds = timed(lambda: found.append(backtest(past, [trial], Span(since=None, until=NOW))))
    finally:
        store.close()
    return found[0], seconds
