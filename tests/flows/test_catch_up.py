"""Two receivers fail for a day while a thousand alerts come: then every one arrives, in few messages."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.deliver import Deliverer, Presentation
from monitor.demo.clock import TurnedClock
from monitor.demo.receivers import BotApi, Fault, SmtpSink
from monitor.notifiers.email import EmailNotifier, EmailOptions
from monitor.notifiers.telegram import TelegramNotifier, TelegramOptions

# Tracing doubles its time, and the tests of each part reach the same lines.
pytestmark = pytest.mark.no_cover

TOKEN = "4242:catch-up-of-the-loopback-bot"
STEP = timedelta(minutes=30)
STEPS, PER_STEP = 50, 20  # a day and an hour, a thousand alerts
SEVERITIES = ("info", "info", "info", "warning")


@pytest.fixture
def servers(tmp_path: Path):
    """A mail server and a Bot API, both failing."""
    with ExitStack() as stack:
        mails = stack.enter_context(SmtpSink(tmp_path / "mails"))
        bot = stack.enter_context(BotApi(TOKEN))
        mails.refuse("desk@example.org", "451 4.3.0 down")
        bot.fail_next(Fault.SERVER_ERROR, times=100_000)
        yield mails, bot


@pytest.fixture
def notifiers(servers, tmp_path: Path):
    mails, bot = servers
    (tmp_path / "token").write_text(TOKEN)
    return {
        "mail": EmailNotifier(
            EmailOptions(
                host="127.0.0.1",
                port=mails.port,
                tls="none",
                sender="alerts@example.org",
                to=("desk@example.org",),
                per_minute=600_000,
            )
        ),
        "chat": TelegramNotifier(
            TelegramOptions(chat_id=-42, token_file=tmp_path / "token", api_url=bot.url, per_minute=600_000)
        ),
    }


def open_alerts(desk, step: int) -> None:
    """Fictional alerts, told to both receivers, each in a group of its own."""
    names = [f"GS-{step * PER_STEP + each:04}" for each in range(PER_STEP)]
    late_and_grave = step == STEPS - 1
    desk.commit(
        alerts=tuple(
            desk.alert(
                "1",
                name,
                subject_key=name,
                opened_at=desk.now,
                severity="critical" if late_and_grave else SEVERITIES[number % len(SEVERITIES)],
            )
            for number, name in enumerate(names)
        ),
        notifications=tuple(
            desk.notification(f"{receiver} {name}", name, receiver=receiver, group_key=name)
            for name in names
            for receiver in ("mail", "chat")
        ),
    )


async def deliver(deliverer: Deliverer) -> int:
    return sum([await deliverer.deliver(receiver) for receiver in deliverer.receivers])


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_thousand_alerts_arrive_after_a_day(desk, servers, notifiers) -> None:
    mails, bot = servers
    clock = TurnedClock(desk.now)
    deliverer = Deliverer(
        store=desk.store,
        notifiers=notifiers,
        presentation=Presentation(timezone=ZoneInfo("UTC"), names=(), masked=True),
        clock=clock,
        worker="here:1",
    )
    desk.post("1", text="Просим о ротации. Вымышленный пример.")
    attempts = 0
    for step in range(STEPS):
        open_alerts(desk, step)
        attempts += await deliver(deliverer)
        desk.now += STEP
        clock.move_to(desk.now)
    assert (mails.mails, bot.messages) == ([], [])
    assert desk.store.totals().pending == 2 * STEPS * PER_STEP

    mails.recover()
    bot.recover()
    deliveries = 0
    for _ in range(8):
        deliveries += await deliver(deliverer)
        desk.now += STEP
        clock.move_to(desk.now)
    for notifier in notifiers.values():
        await notifier.close()

    print(  # noqa: T201 - how many messages it took, for whoever reads the run
        f"{STEPS * PER_STEP} alerts: {attempts} attempts in vain, then {deliveries} deliveries, "
        f"{len(mails.mails)} mails, {len(bot.messages)} chat messages"
    )
    expected = {f"GS-{number:04}" for number in range(STEPS * PER_STEP)}
    told_by_mail = [str(mail.read().get_body(("plain",)).get_content()) for mail in mails.mails]
    told_in_chat = [message.text for message in bot.messages]
    assert {one for one in expected if one not in "".join(told_by_mail)} == set()
    assert {one for one in expected if one not in "".join(told_in_chat)} == set()
    assert len(told_by_mail) <= 7
    assert len(told_in_chat) <= 60
    assert attempts <= 400
    assert "GS-0999" in told_by_mail[1], "grave and recent: in the first catch-up"
    assert desk.store.totals().pending == 0
