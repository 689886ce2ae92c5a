"""Receivers that fail in every way: each alert arrives at least once, and how often more is told."""

from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

from monitor.demo.bot_api import Fault
from monitor.demo.clock import TurnedClock
from monitor.demo.smtp_sink import HANG_UP
from tests.fakes.flaky_proxy import FlakyProxy, Trouble
from tests.fakes.webhook_sink import Reply
from tests.flows.at_work import at_work
from tests.flows.daemons import RULES, check, publish_burst, sources

MINUTE = timedelta(minutes=1)
END_OF_MAIL = b"\r\n.\r\n"


@contextmanager
def bad_lines(outside):
    """Proxies before the three receivers, by the port that each leads to."""
    bot, hook = (int(url.split(":")[2].split("/")[0]) for url in (outside.bot.url, outside.hook.url))
    with ExitStack() as stack:
        proxies = {
            outside.mails.port: FlakyProxy(outside.mails.port, END_OF_MAIL),
            bot: FlakyProxy(bot),
            hook: FlakyProxy(hook),
        }
        yield {port: stack.enter_context(proxy) for port, proxy in proxies.items()}


def configure(outside, url: str, lines=(), timeout: str = "30s"):
    """The usual configuration, by way of the proxies, with little patience."""
    path = outside.configure(url, RULES, interval="1m")
    text = path.read_text().replace('\nid = "mail"', f'\nid = "mail"\ntimeout = "{timeout}"')
    for name in ("chat", "hook"):
        text = text.replace(f'\nid = "{name}"', f'\nid = "{name}"\ntimeout = "{timeout}"')
    for port, proxy in dict(lines).items():
        text = text.replace(f":{port}", f":{proxy.port}").replace(f"port = {port}", f"port = {proxy.port}")
    path.write_text(text)
    return path


async def test_bad_lines_to_the_receivers_lose_no_alert(outside, sqlite_store_url):
    written = sources(outside)
    clock = TurnedClock(datetime.now(UTC))
    with bad_lines(outside) as lines:
        async with at_work(configure(outside, sqlite_store_url, lines, "1s"), clock) as desk:
            for number, trouble in enumerate(Trouble):
                before = {port: proxy.met for port, proxy in lines.items()}
                for proxy in lines.values():
                    proxy.trouble = trouble
                publish_burst(outside, written, number, posts=10)
                await desk.pass_time(MINUTE, step=timedelta(seconds=20))
                assert [port for port, proxy in lines.items() if proxy.met <= before[port]] == []
            for proxy in lines.values():
                proxy.trouble = None
            await desk.pass_time(2 * 60 * MINUTE, step=15 * MINUTE)
    repeats = check(outside, sqlite_store_url, written)
    assert all(repeats.values())  # most troubles begin when the message has been taken


async def test_receivers_that_answer_nonsense_and_errors_get_every_alert(outside, sqlite_store_url):
    written = sources(outside)
    clock = TurnedClock(datetime.now(UTC))
    async with at_work(configure(outside, sqlite_store_url), clock) as desk:
        for number in range(2):
            outside.bot.fail_next(Fault.TOO_MANY_REQUESTS, retry_after=300)
            outside.mails.answer_next("421 4.7.0 too many (sample)", "451 4.3.0 later", "nonsense", HANG_UP)
            outside.hook.replies.extend(
                [Reply(status=429, headers={"Retry-After": "300"}), Reply(status=500), Reply(hang_up=True)]
            )
            for fault in (Fault.SERVER_ERROR, Fault.GARBAGE, Fault.HANG_UP):
                outside.bot.fail_next(fault)
            publish_burst(outside, written, number, posts=10)
            await desk.pass_time(20 * MINUTE, step=MINUTE)
        await desk.pass_time(2 * 60 * MINUTE, step=15 * MINUTE)
    check(outside, sqlite_store_url, written)
