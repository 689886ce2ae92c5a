"""The straight line from a fetched page to its commit, driven by the product's own `Poller`."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, event

from benchmarks.sizes import chosen
from benchmarks.stock import NOW, SOURCES, sources
from benchmarks.watch_rules import queries, rule_set
from monitor.draft import Policy
from monitor.garbage import collect_seldom
from monitor.observe import Unobserved
from monitor.poll import Poller
from monitor.ports import Stage
from monitor.routing import Route
from monitor.settings import AlertingOptions
from scrapers.model import Cursor, Fetched, Source
from storage.model import RuleDefinition, SourceLease
from storage.store import open_store

RULES = chosen().rules
COUNTED = frozenset({Stage.ANALYSE, Stage.RECALL, Stage.DECIDE, Stage.COMMIT})

Statement = tuple[str, Sequence[Any]]
Transaction = list[Statement]


@cache
def policy() -> Policy:
    """All rules, one receiver; whatever is new alerts."""
    return Policy(rules=rule_set(RULES), alerting=AlertingOptions(), route=Route(receivers=("mail",)))


class _Clock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


class _Stopwatch(Unobserved):
    """Adds up what the stages of the pipeline take, apart from fetching."""

    def __init__(self) -> None:
        self.seconds: dict[Stage, float] = dict.fromkeys(COUNTED, 0.0)

    def took(self, stage: Stage, seconds: float) -> None:
        if stage in COUNTED:
            self.seconds[stage] += seconds


class _Prepared:
    """A scraper whose pages lie ready."""

    def __init__(self) -> None:
        self.next: Fetched

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:  # noqa: ARG002
        return self.next


class Line:
    """A desk whose polls bring the pages that it is given."""

    def __init__(self, url: str) -> None:
        collect_seldom()  # as `groundswell run` does
        self._store = open_store(url)
        self._store.register_rules(
            [
                RuleDefinition(id=f"rule-{number}", title=f"Rule {number}", severity="warning", query=query)
                for number, query in enumerate(queries(RULES))
            ],
            NOW,
        )
        self._clock, self._watch, self._scraper = _Clock(), _Stopwatch(), _Prepared()
        self._poller = Poller(
            store=self._store,
            scrapers={"telegram_web": self._scraper},
            sources={source.id: source for source in sources()},
            policy=policy(),
            clock=self._clock,
            observer=self._watch,
        )

    def close(self) -> None:
        """Give the database back."""
        self._store.close()

    def run(self, pages: Iterable[Fetched]) -> dict[Stage, float]:
        """Have `pages` polled; what the stages took, in seconds."""
        self._watch.seconds = dict.fromkeys(COUNTED, 0.0)
        asyncio.run(self._poll_all(list(pages)))
        return self._watch.seconds

    async def _poll_all(self, pages: list[Fetched]) -> None:
        leases: dict[str, SourceLease] = {}
        for page in pages:
            leases = leases or self._due()
            self._scraper.next = page
            report = await self._poller.poll(leases.pop(page.source_id))
            if report.reason is not None or report.new_items != len(page.items):
                raise RuntimeError(f"the poll did not bring what it should: {report}")

    def _due(self) -> dict[str, SourceLease]:
        """Lease every source; an hour has passed since the last time."""
        self._clock.time += timedelta(hours=1)
        leases = self._store.due(
            self._clock.time, worker="bench", lease_for=timedelta(minutes=30), limit=SOURCES
        )
        return {lease.config_id: lease for lease in leases}


@contextmanager
def recorded() -> Iterator[list[Transaction]]:
    """Every row that is inserted while the block runs: transactions of statements with their rows."""
    transactions: list[Transaction] = []
    current: Transaction = []

    def note(*told: object) -> None:
        _, _, statement, rows, _, many = told
        if isinstance(statement, str) and statement.startswith("INSERT"):
            current.append((statement, list(rows) if many and isinstance(rows, list) else [rows]))

    def end(_connection: Connection) -> None:
        if current:
            transactions.append(list(current))
            current.clear()

    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Engine, "commit", end)
    try:
        yield transactions
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        event.remove(Engine, "commit", end)
