"""What a daemon counts and measures, for Prometheus. One `Metrics` a daemon, with a registry of its own.

The names are stable. Labels come from the configuration and from outcomes in the code, never from outside.
"""

from collections.abc import Collection
from datetime import timedelta
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder

from monitor.poll_report import PollReport
from monitor.ports import Stage

STORAGE_UNAVAILABLE = "storage_unavailable"  # the outcome of a poll that could not write
NOTHING_WRITTEN = frozenset({"not_configured", "lease_lost"})  # outcomes of polls that had not to
_BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 120.0)


class Metrics:
    """An `Observer` that remembers sums.

    Args:
        sources: The ids of the configured sources; polls of others are not counted.
        receivers: The ids of the configured receivers; what others do is not counted.
    """

    def __init__(self, *, sources: Collection[str], receivers: Collection[str]) -> None:
        self.registry = CollectorRegistry()
        self.sources: frozenset[str] = frozenset()
        self.receivers: frozenset[str] = frozenset()
        self._ticked_at: float | None = None
        self._tick_trouble: str | None = None  # of the latest tick
        self._poll_trouble: str | None = None  # of the latest poll that had something to write
        ProcessCollector(registry=self.registry)
        self._polls = self._counter("polls", "Polls, by how they ended.", "source", "outcome")
        self._items = self._counter("items", "New items stored.", "source")
        self._alerts = self._counter("alerts", "Alerts opened.", "source")
        self._source_waits = self._counter(
            "source_flood_wait_seconds", "Pauses that servers asked for.", "source"
        )
        self._deliveries = self._counter(
            "deliveries", "Attempts to deliver, by how they ended.", "receiver", "outcome"
        )
        self._receiver_waits = self._counter(
            "receiver_flood_wait_seconds", "Pauses that receivers asked for.", "receiver"
        )
        self._ticks = self._histogram("tick_seconds", "How long ticks took.")
        self._stages = self._histogram("stage_seconds", "How long the parts of the work took.", "stage")
        for stage in Stage:
            self._stages.labels(stage)
        self._reloads = self._counter(
            "reloads", "How often the configuration was read anew, by what came of it.", "outcome"
        )
        self._loaded_at = Gauge(
            "groundswell_config_loaded_timestamp_seconds",
            "Since when the present configuration has been in force.",
            registry=self.registry,
        )
        self.configured(sources=sources, receivers=receivers)

    def configured(self, *, sources: Collection[str], receivers: Collection[str]) -> None:
        """Another configuration is in force from now on."""
        self.sources, self.receivers = frozenset(sources), frozenset(receivers)
        self._loaded_at.set_to_current_time()

    # ---- observing ---------------------------------------------------------------------

    def polled(self, report: PollReport) -> None:
        """Count a poll."""
        if report.outcome == STORAGE_UNAVAILABLE:
            self._poll_trouble = report.reason
        elif report.outcome not in NOTHING_WRITTEN:
            self._poll_trouble = None
        if report.source_id not in self.sources:
            return
        self._polls.labels(report.source_id, report.outcome).inc()
        self._items.labels(report.source_id).inc(report.new_items)
        self._alerts.labels(report.source_id).inc(report.alerts)

    def ticked(self, seconds: float, trouble: str | None = None) -> None:
        """Count a tick."""
        self._tick_trouble = trouble
        self._ticked_at = monotonic()
        self._ticks.observe(seconds)

    def took(self, stage: Stage, seconds: float) -> None:
        """Count a part of the work."""
        self._stages.labels(stage).observe(seconds)

    def source_waits(self, source_id: str, pause: timedelta) -> None:
        """Sum up what servers asked for."""
        if source_id in self.sources:
            self._source_waits.labels(source_id).inc(max(0.0, pause.total_seconds()))

    def delivered(self, receiver: str, outcome: str) -> None:
        """Count an attempt to deliver."""
        if receiver in self.receivers:
            self._deliveries.labels(receiver, outcome).inc()

    def receiver_waits(self, receiver: str, pause: timedelta) -> None:
        """Sum up what receivers asked for."""
        if receiver in self.receivers:
            self._receiver_waits.labels(receiver).inc(max(0.0, pause.total_seconds()))

    def reloaded(self, outcome: str) -> None:
        """Count a reload."""
        self._reloads.labels(outcome).inc()

    # ---- telling -----------------------------------------------------------------------

    def tick_age(self) -> float | None:
        """Seconds since the last tick ended; None: there was none yet."""
        return None if self._ticked_at is None else monotonic() - self._ticked_at

    def storage_trouble(self) -> str | None:
        """Why what was due or collected could not be written, if the latest could not."""
        return self._tick_trouble or self._poll_trouble

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Everything as text, and its content type, as the header `Accept` prefers."""
        encoder, content_type = choose_encoder(accept)
        return encoder(self.registry), content_type

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"groundswell_{name}", told, labels, registry=self.registry)

    def _histogram(self, name: str, told: str, *labels: str) -> Histogram:
        return Histogram(f"groundswell_{name}", told, labels, registry=self.registry, buckets=_BUCKETS)
