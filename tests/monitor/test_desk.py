"""Trouble with the desk itself, over a real store."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor import incidents as kinds
from monitor.demo.clock import TurnedClock
from monitor.desk import AccountState, Conditions, Limits, decide_desk
from monitor.desk_health import DeskHealth
from monitor.draft import Policy
from monitor.gauges import Gauges
from monitor.health import Health
from monitor.metrics import Metrics
from monitor.routing import Route
from monitor.rules import RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import Source
from scrapers.telegram import Options
from storage.model import Decision, RecallKeys
from storage.model.vitals import DiskSpace, OutboxVitals
from storage.store import Store, open_store

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MB, GB = 10**6, 10**9
WELL = Conditions(disk=None, used=None, overfull_since=None, outbox={})
PHONE = f"{kinds.RECEIVER}:phone"


@dataclass
class Watch:
    """A desk under watch, and the hands of its clock."""

    store: Store
    limits: Limits = field(default_factory=lambda: Limits(disk_free=500 * MB, size=None))
    receivers: tuple[str, ...] = ("phone", "mail")
    route: Route = field(default_factory=lambda: Route(receivers=("phone", "mail")))
    now: datetime = START
    told: list[tuple[str, str, str]] = field(default_factory=list)  # (kind, change, receiver)

    def __post_init__(self) -> None:
        self._kinds: dict[str, str] = {}

    def look(self, after: timedelta = 5 * MINUTE, **conditions) -> Decision:
        """Look at the desk, some time after the last look."""
        self.now += after
        policy = Policy(rules=RuleSet(()), alerting=AlertingOptions(), route=self.route)
        known = self.store.recall(self.store.desk().id, RecallKeys())
        decision = decide_desk(
            replace(WELL, **conditions),
            known,
            limits=self.limits,
            receivers=self.receivers,
            policy=policy,
            now=self.now,
        )
        self.store.commit(decision)
        self._kinds.update({one.id: one.kind for one in decision.incidents_opened})
        self.told += [(self._kinds[one.alert_id], one.change, one.receiver) for one in decision.notifications]
        return decision

    def changes(self, kind: str) -> list[str]:
        """What the mailbox was told of a kind."""
        return [change for told, change, receiver in self.told if (told, receiver) == (kind, "mail")]

    def outbox(self, **facts) -> dict[str, OutboxVitals]:
        """What waits for the phone."""
        plain = OutboxVitals(receiver="phone", pending=3, dead=0, oldest_pending_at=self.now)
        return {"phone": replace(plain, **facts)}


@pytest.fixture
def watch(sqlite_store_url: str) -> Iterator[Watch]:
    store = open_store(sqlite_store_url)
    yield Watch(store)
    store.close()


def disk(free: int, size: int = 10 * GB) -> DiskSpace:
    return DiskSpace(free=free, size=size)


def test_a_desk_that_is_well_says_only_that_it_lives(watch: Watch):
    decision = watch.look(disk=disk(5 * GB), used=7, outbox={})

    assert decision.alerts == decision.notifications == decision.incidents_opened == ()
    assert watch.store.desk_written_at() == watch.now


def test_a_disk_that_fills_is_told_once_and_its_relief_with_room_to_spare(watch: Watch):
    first = watch.look(disk=disk(400 * MB))
    for free in (300 * MB, 510 * MB, 490 * MB, 590 * MB):
        watch.look(disk=disk(free))
    assert watch.changes(kinds.DISK) == ["opened"]
    watch.look(disk=disk(600 * MB))

    (alert,) = first.alerts
    assert (alert.severity, alert.headline) == ("critical", "Groundswell has hardly any disk left")
    assert alert.reason == "400 MB are free on the disk of the database, less than 500 MB"
    assert watch.changes(kinds.DISK) == ["opened", "closed"]


def test_of_a_large_disk_a_fiftieth_is_wanted(watch: Watch):
    watch.look(disk=disk(19 * GB, 1000 * GB))

    assert watch.changes(kinds.DISK) == ["opened"]


def test_a_disk_that_fills_and_empties_all_day_does_not_flood(watch: Watch):
    for _ in range(30 * 6):
        watch.look(disk=disk(400 * MB), after=2 * HOUR)
        watch.look(disk=disk(5 * GB), after=2 * HOUR)

    assert watch.changes(kinds.DISK) == ["opened", "closed", "opened"]


def test_a_database_is_too_large_when_pruning_has_not_helped(watch: Watch):
    watch.limits = Limits(disk_free=500 * MB, size=100 * MB)
    watch.look(used=120 * MB, overfull_since=watch.now)
    watch.look(used=120 * MB, overfull_since=START, after=24 * HOUR)
    watch.look(used=None, overfull_since=START, after=2 * HOUR)
    assert watch.told == []
    watch.look(used=120 * MB, overfull_since=START)
    watch.look(used=103 * MB)
    assert watch.changes(kinds.DATABASE) == ["opened"]
    watch.look(used=99 * MB)

    assert watch.changes(kinds.DATABASE) == ["opened", "closed"]


def test_a_receiver_that_fails_for_long_is_told_to_the_others_until_all_went_through(watch: Watch):
    since = watch.now
    watch.look(outbox=watch.outbox(most_attempts=9, first_tried_at=since), after=20 * MINUTE)
    watch.look(outbox=watch.outbox(most_attempts=3, first_tried_at=since), after=20 * MINUTE)
    assert watch.told == []
    first = watch.look(outbox=watch.outbox(most_attempts=5, first_tried_at=since))
    watch.look(outbox=watch.outbox(most_attempts=1, first_tried_at=watch.now))
    watch.look(outbox={})

    (alert,) = first.alerts
    assert alert.headline == "Groundswell does not reach phone"
    assert alert.reason.startswith("3 notifications waiting, tried for 45 minutes, 5 times")
    assert alert.labels["source"] == ("groundswell",)
    assert alert.labels["kind"] == ("desk",)
    assert watch.told == [(PHONE, "opened", "mail"), (PHONE, "closed", "mail")]


def test_a_message_that_was_refused_for_good_is_told(watch: Watch):
    watch.look(outbox=watch.outbox(dead=1, pending=0, last_dead_at=watch.now))
    watch.look(outbox=watch.outbox(dead=1, pending=0, last_dead_at=watch.now - 10 * MINUTE))
    assert watch.changes(PHONE) == ["opened"]
    watch.look(outbox=watch.outbox(dead=1, pending=0, last_dead_at=watch.now - 2 * HOUR))

    assert watch.changes(PHONE) == ["opened", "closed"]


def test_a_receiver_that_refused_and_has_taken_nothing_since_is_not_called_well(watch: Watch):
    refused = watch.outbox(dead=1, pending=0, last_dead_at=watch.now)
    watch.look(outbox=refused)
    watch.look(outbox=refused, refusing=("phone",), after=3 * DAY)
    assert watch.changes(PHONE) == ["opened"]
    watch.look(outbox=refused)

    assert watch.changes(PHONE) == ["opened", "closed"]


@pytest.mark.parametrize(
    ("receivers", "route", "told"),
    [
        (("phone",), Route(receivers=("phone",)), {"phone"}),
        (("phone", "mail"), Route(receivers=("phone",)), {"mail"}),
        (("phone", "mail", "hook"), Route(receivers=("phone", "hook")), {"hook"}),
        (
            ("phone", "mail"),
            Route(
                receivers=("mail",), routes=(Route(receivers=("phone",), match={"source": ("groundswell",)}),)
            ),
            {"mail"},
        ),
        (
            ("phone", "mail"),
            Route(receivers=("mail",), routes=(Route(receivers=(), match={"kind": ("desk",)}),)),
            set(),
        ),
    ],
)
def test_that_a_receiver_fails_is_told_to_itself_only_where_there_is_no_other(
    watch: Watch, receivers, route, told
):
    watch.receivers, watch.route = receivers, route

    decision = watch.look(outbox=watch.outbox(dead=1, last_dead_at=watch.now))

    assert {one.receiver for one in decision.notifications} == told


def test_a_receiver_that_was_taken_out_fails_no_more(watch: Watch):
    watch.look(outbox=watch.outbox(most_attempts=5, first_tried_at=watch.now - DAY))
    watch.receivers = ("mail",)
    watch.look(outbox=watch.outbox(most_attempts=6, first_tried_at=watch.now - DAY))

    assert watch.changes(PHONE) == ["opened", "closed"]


def test_an_account_that_fails_for_ten_minutes_is_told_once_until_it_works(watch: Watch):
    failing = AccountState(failing_since=watch.now + 5 * MINUTE, reason="(sample) it must log in again")
    for _ in range(5):
        watch.look(account=failing)
    watch.look(account=None)  # a worker without one can say nothing
    assert watch.changes(kinds.ACCOUNT) == ["opened"]
    watch.look(account=AccountState())  # a worker that has just begun does not know yet
    assert watch.changes(kinds.ACCOUNT) == ["opened"]
    watch.look(account=AccountState(connected=True))
    assert watch.changes(kinds.ACCOUNT) == ["opened", "closed"]


def test_an_account_that_fails_for_a_moment_is_not_told(watch: Watch):
    watch.look(account=AccountState(failing_since=watch.now, reason="(sample) a moment"))
    assert watch.told == []


def test_several_things_at_once_are_told_apart(watch: Watch):
    watch.look(disk=disk(MB), outbox=watch.outbox(most_attempts=5, first_tried_at=watch.now - DAY))

    assert sorted(watch.told) == [
        (kinds.DISK, "opened", "mail"),
        (kinds.DISK, "opened", "phone"),
        (PHONE, "opened", "mail"),
    ]


# ---- the chore -------------------------------------------------------------------------


def health(store: Store, *, disk_free: int = 1, size: int | None = None) -> DeskHealth:
    policy = Policy(rules=RuleSet(()), alerting=AlertingOptions(), route=Route(receivers=("mail",)))
    return DeskHealth(
        store=store, limits=Limits(disk_free=disk_free, size=size), receivers=("mail",), policy=policy
    )


async def test_the_chore_sees_the_real_disk_and_tells_its_end(store: Store):
    store.register((), START)
    on_sqlite = store.disk() is not None

    await health(store, disk_free=10**18).look(START)
    opened = set(store.vitals().desk_incidents)
    assert opened == ({kinds.DISK} if on_sqlite else set())
    await health(store).look(START + HOUR)

    assert store.vitals().desk_incidents == ()
    assert store.desk_written_at() == START + HOUR


async def test_the_chore_tells_what_a_worker_lacks_only_where_no_other_polls_the_channels(store: Store):
    lack = AccountState(failing_since=START, reason="(sample) no session here", elsewhere=True)
    policy = Policy(rules=RuleSet(()), alerting=AlertingOptions(), route=Route(receivers=("mail",)))
    desk = DeskHealth(
        store=store,
        limits=Limits(disk_free=1, size=None),
        receivers=("mail",),
        policy=policy,
        account=lambda: lack,
    )
    channels = [
        Source(id=name, kind="telegram", name=name, options=Options(channel=f"{name}_sample"))
        for name in ("wives", "mothers")
    ]
    store.register(channels[:1], START)
    store.register(channels, START + 15 * MINUTE)  # the second one is due much later

    await desk.look(START + 20 * MINUTE)
    assert store.vitals().desk_incidents == ()
    await desk.look(START + 30 * MINUTE)
    assert store.vitals().desk_incidents == (kinds.ACCOUNT,)


async def test_the_chore_measures_the_database_now_and_then(store: Store):
    desk = health(store, size=1)
    store.register((), START)

    for hours in range(30):
        await desk.look(START + hours * HOUR)

    used = store.used_bytes()
    assert store.vitals().desk_incidents == ((kinds.DATABASE,) if used > 1 else ())


async def test_a_database_that_cannot_be_written_makes_the_service_unready(store: Store):
    clock = TurnedClock(START)
    store.register((), START)
    metrics = Metrics(sources=(), receivers=())
    metrics.ticked(0.1)
    asked = Health(store=store, metrics=metrics, clock=clock, stopping=lambda: False)
    try:
        assert (await asked.answer("/readyz", "")).status == 200
        await health(store).look(START)
        clock.move_to(START + 14 * MINUTE)
        assert (await asked.answer("/readyz", "")).status == 200
        clock.move_to(START + 16 * MINUTE)
        late = await asked.answer("/readyz", "")
    finally:
        asked.close()

    assert late.status == 503
    assert b"nothing could be written to the database since 2026-03-02 12:00 UTC" in late.body


async def test_open_incidents_are_told_as_metrics(store: Store):
    store.register((), START)
    await health(store, disk_free=10**18).look(START)
    metrics = Metrics(sources=(), receivers=())
    metrics.registry.register(Gauges(store.vitals, TurnedClock(START), metrics))

    text, _ = metrics.exposition("")

    told = b'groundswell_incidents{kind="disk_nearly_full",source="groundswell"} 1.0' in text
    assert told is (store.disk() is not None)
