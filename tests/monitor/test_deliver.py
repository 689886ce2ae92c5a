"""The delivery loop over a real store and a real receiver on loopback. Texts are fictional."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, text

from monitor.deliver import LEASE, SHOWN_IN_FULL, Deliverer, Presentation
from monitor.demo.clock import TurnedClock
from monitor.demo.receivers import BotApi, Fault
from monitor.message import Message, Receipt
from monitor.next_try import FAULTS
from monitor.notifiers.telegram import TelegramNotifier, TelegramOptions
from storage.errors import StorageUnavailable

TOKEN = "4242:deliver-tests-of-the-loopback-bot"
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def bot() -> Iterator[BotApi]:
    with BotApi(TOKEN) as bot:
        yield bot


@pytest.fixture
async def deliverer(desk, bot: BotApi, tmp_path: Path):
    """A deliverer to one chat, and three notifications for it, each of a group of its own."""
    (tmp_path / "token").write_text(TOKEN)
    desk.post("1")
    desk.commit(
        alerts=(desk.alert("1"),),
        notifications=tuple(
            desk.notification(f"n{number}", receiver="chat", group_key=f"{number}") for number in range(3)
        ),
    )
    notifier = TelegramNotifier(
        TelegramOptions(chat_id=-42, token_file=tmp_path / "token", api_url=bot.url, per_minute=600_000)
    )
    yield Deliverer(
        store=desk.store,
        notifiers={"chat": notifier},
        presentation=Presentation(timezone=ZoneInfo("UTC"), names=(), masked=True),
        clock=TurnedClock(desk.now),
        worker="here:1",
    )
    await notifier.close()


@on_sqlite
async def test_a_pause_that_a_receiver_asks_for_holds_for_all_that_waits(desk, bot, deliverer) -> None:
    bot.fail_next(Fault.TOO_MANY_REQUESTS, retry_after=30)
    assert await deliverer.deliver("chat") == 1
    assert await deliverer.deliver("chat") == 0
    assert bot.messages == []

    deliverer._clock.move_to(desk.now + timedelta(seconds=29))
    assert await deliverer.deliver("chat") == 0
    deliverer._clock.move_to(desk.now + timedelta(seconds=60))
    assert await deliverer.deliver("chat") == 3
    assert len(bot.messages) == 3


@on_sqlite
async def test_a_failure_without_a_wish_holds_up_no_other_delivery(bot, deliverer) -> None:
    bot.fail_next(Fault.SERVER_ERROR)
    assert await deliverer.deliver("chat") == 3
    assert len(bot.messages) == 2


@on_sqlite
async def test_a_stopped_deliverer_begins_nothing(bot, deliverer) -> None:
    deliverer.stop()
    assert await deliverer.deliver("chat") == 0
    assert bot.messages == []


@on_sqlite
async def test_a_clock_that_was_set_back_does_not_lengthen_a_pause(desk, bot, deliverer) -> None:
    bot.fail_next(Fault.TOO_MANY_REQUESTS, retry_after=30)
    await deliverer.deliver("chat")
    desk.now -= timedelta(days=3650)
    deliverer._clock = TurnedClock(desk.now)
    desk.commit(notifications=(desk.notification("then", receiver="chat", send_after=desk.now),))
    assert await deliverer.deliver("chat") == 1


class AwayStore:
    """The real store, that goes away after messages were sent and before that is written."""

    def __init__(self, store) -> None:
        self._store = store
        self.away = False

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    def settle(self, *details) -> None:
        if self.away:
            raise StorageUnavailable("away (fictional)")
        self._store.settle(*details)


@on_sqlite
async def test_what_was_sent_while_the_database_was_away_is_not_sent_again(desk, bot, deliverer) -> None:
    deliverer._store = store = AwayStore(desk.store)
    store.away = True
    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            await deliverer.deliver("chat")
    assert len(bot.messages) == 1
    assert deliverer.unsettled == {"chat"}
    store.away = False
    deliverer._clock.move_to(desk.now + 2 * LEASE)
    assert await deliverer.deliver("chat") == 2
    assert len(bot.messages) == 3
    assert deliverer.unsettled == set()
    assert desk.store.totals().pending == 0


def wait_together(desk, count: int, odd: str = "none") -> list[str]:
    """So many alerts that one receiver is to be told of in one delivery; `odd` is on a post of its own."""
    names = [f"GS-{number}" for number in range(100, 100 + count)]
    desk.post("2", "odd (fictional sample)")
    alerts = [desk.alert("2" if name == odd else "1", name, subject_key=name) for name in names]
    told = [desk.notification(name, name, receiver="desk", group_key="all") for name in names]
    desk.commit(alerts=tuple(alerts), notifications=tuple(told))
    return names


class Choking:
    """A receiver whose notifier has a bug: some headlines are too much for it."""

    def __init__(self, too_much: str = "nothing") -> None:
        self._too_much = too_much
        self.taken: list[Message] = []

    async def send(self, message: Message) -> Receipt:
        if any(self._too_much in alert.headline for alert in message.alerts):
            raise ZeroDivisionError
        self.taken.append(message)
        return Receipt(reference=None)

    async def close(self) -> None:
        pass


@on_sqlite
async def test_an_alert_that_cannot_be_shown_keeps_no_other_from_being_told(
    desk, deliverer, sqlite_store_url, caplog
) -> None:
    names = wait_together(desk, 20)
    engine = create_engine(sqlite_store_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alert SET severity = 'strange' WHERE id = 'GS-107'"))
    engine.dispose()
    receiver = Choking()
    deliverer._notifiers = {"desk": receiver}
    assert await deliverer.deliver("desk") == 1
    (message,) = receiver.taken
    assert [alert.alert_id for alert in message.alerts] == names
    named = [alert.alert_id for alert in message.alerts if "can't be shown" in alert.headline]
    assert named == ["GS-107"]
    assert "alert GS-107 can't be shown and is only named" in caplog.text
    assert desk.store.totals().pending == 3


@on_sqlite
async def test_an_alert_that_a_notifier_chokes_on_takes_no_other_with_it(desk, deliverer) -> None:
    names = wait_together(desk, 4, odd="GS-102")
    receiver = Choking("odd")
    deliverer._notifiers = {"desk": receiver}
    for _ in range(FAULTS):
        assert receiver.taken == []
        await deliverer.deliver("desk")
        deliverer._clock.move_to(deliverer._clock.now() + timedelta(minutes=2))
    told = [alert for message in receiver.taken for alert in message.alerts]
    assert [alert.alert_id for alert in told] == [name for name in names if name != "GS-102"]
    assert {alert.headline for alert in told} == {"(fictional sample)"}


@on_sqlite
async def test_an_alert_that_a_notifier_chokes_on_is_named_before_it_is_given_up(desk, deliverer) -> None:
    wait_together(desk, 1)
    receiver = Choking("fictional")
    deliverer._notifiers = {"desk": receiver}
    for _ in range(SHOWN_IN_FULL):
        assert await deliverer.deliver("desk") == 1
        assert receiver.taken == []
        deliverer._clock.move_to(deliverer._clock.now() + timedelta(hours=2))
    assert await deliverer.deliver("desk") == 1
    (message,) = receiver.taken
    assert [alert.alert_id for alert in message.alerts] == ["GS-100"]
    assert "fictional" not in repr(message.alerts)


@on_sqlite
async def test_a_damaged_alert_keeps_no_other_of_its_delivery_from_being_told(
    desk, deliverer, sqlite_store_url, caplog
) -> None:
    names = wait_together(desk, 5)
    engine = create_engine(sqlite_store_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alert SET opened_at = 'noon or so' WHERE id = 'GS-101'"))
    engine.dispose()
    receiver = Choking()
    deliverer._notifiers = {"desk": receiver}
    assert await deliverer.deliver("desk") == 1
    (message,) = receiver.taken
    assert [alert.alert_id for alert in message.alerts] == [name for name in names if name != "GS-101"]
    assert [letter.alert_id for letter in desk.store.dead_letters(10)] == ["GS-101"]
    assert "alert GS-101 can't be read from the database" in caplog.text
