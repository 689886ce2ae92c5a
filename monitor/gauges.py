"""What the database knows of the sources and the outbox, as gauges: a restart changes nothing of it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from scrapers.model import Clock
from storage.errors import StorageError
from storage.model import DESK_ID
from storage.model.vitals import OutboxVitals, SourceVitals, Vitals


class Configured(Protocol):
    """What is configured at the moment."""

    @property
    def sources(self) -> frozenset[str]:
        """The ids of the sources."""
        ...

    @property
    def receivers(self) -> frozenset[str]:
        """The ids of the receivers."""
        ...


class Gauges(Collector):
    """Asks the database at every scrape. Workers on one desk tell the same.

    Args:
        vitals: Asks the database.
        clock: Tells ages.
        configured: The ids of the sources that are told of, and of no others; of the receivers that are told
            of in any case, beside those for which something waits in vain.
    """

    def __init__(self, vitals: Callable[[], Vitals], clock: Clock, configured: Configured) -> None:
        self._vitals = vitals
        self._clock = clock
        self._configured = configured

    def describe(self) -> Iterable[Metric]:
        """Nothing: otherwise registering would ask the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The gauges of this moment; of an absent database, that it is absent."""
        try:
            vitals = self._vitals()
        except StorageError:
            yield _database(up=False)
            return
        now = self._clock.now()
        yield _database(up=True)
        sources = [one for one in vitals.sources if one.config_id in self._configured.sources]
        yield from _source_gauges(sources, now)
        yield _incident_gauge(
            {one.config_id: one.incidents for one in sources} | {DESK_ID: vitals.desk_incidents}
        )
        outbox = {one.receiver: one for one in vitals.outbox}
        yield from _outbox_gauges(self._configured.receivers | outbox.keys(), outbox, now)


def _database(*, up: bool) -> Metric:
    return GaugeMetricFamily("groundswell_database_up", "1 while the database answers.", value=float(up))


def _source_gauges(sources: Collection[SourceVitals], now: datetime) -> Iterator[Metric]:
    yield _gauge(
        "source_last_success_timestamp_seconds",
        "When a poll of the source last went well.",
        "source",
        {one.config_id: _timestamp(one.last_success_at) for one in sources},
    )
    yield _gauge(
        "source_last_new_item_timestamp_seconds",
        "When the source last brought a new item.",
        "source",
        {one.config_id: _timestamp(one.last_new_at) for one in sources},
    )
    yield _gauge(
        "source_next_poll_timestamp_seconds",
        "When the source is due, with every pause that it asked for.",
        "source",
        {one.config_id: _timestamp(one.next_due_at) for one in sources},
    )
    yield _gauge(
        "source_lag_seconds",
        "For how long the source has been due without being polled to the end.",
        "source",
        {one.config_id: max(0.0, (now - one.next_due_at).total_seconds()) for one in sources},
    )
    yield _gauge(
        "source_failures",
        "Failed polls in a row.",
        "source",
        {one.config_id: float(one.failures) for one in sources},
    )


def _incident_gauge(kinds: Mapping[str, tuple[str, ...]]) -> Metric:
    family = GaugeMetricFamily(
        "groundswell_incidents", "1 while an incident of that kind is open.", labels=("source", "kind")
    )
    for name in sorted(kinds):
        for kind in kinds[name]:
            family.add_metric((name, kind), 1.0)
    return family


def _outbox_gauges(
    receivers: Collection[str], outbox: Mapping[str, OutboxVitals], now: datetime
) -> Iterator[Metric]:
    """Of every receiver: also where nothing waits, and where something waits for one that is gone."""
    waiting = {one.receiver: one.oldest_pending_at for one in outbox.values() if one.oldest_pending_at}
    yield _gauge(
        "outbox_pending",
        "Notifications that wait for the receiver.",
        "receiver",
        {one: float(outbox[one].pending) if one in outbox else 0.0 for one in receivers},
    )
    yield _gauge(
        "outbox_oldest_age_seconds",
        "Age of the oldest notification that waits for the receiver; 0 where none does.",
        "receiver",
        {one: max(0.0, (now - waiting[one]).total_seconds()) if one in waiting else 0.0 for one in receivers},
    )
    yield _gauge(
        "dead_letters",
        "Notifications that were given up and are still kept.",
        "receiver",
        {one: float(outbox[one].dead) if one in outbox else 0.0 for one in receivers},
    )


def _gauge(name: str, told: str, label: str, values: Mapping[str, float | None]) -> Metric:
    """A gauge with a value for each label; None: there is none yet."""
    family = GaugeMetricFamily(f"groundswell_{name}", told, labels=(label,))
    for labelled, value in sorted(values.items()):
        if value is not None:
            family.add_metric((labelled,), value)
    return family


def _timestamp(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
