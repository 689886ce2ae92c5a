"""From a push of Telegram to an alert, through the same path as everything: nothing twice, nothing missed."""

import json
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from monitor import account, hearing
from monitor.demo.data_centre import PASSERS_BY
from scrapers.telegram_session import SessionFile
from tests.flows.database import rows
from tests.flows.serving import await_true, serving
from tests.flows.telegram_desk import PLAIN, configure
from tests.telegram_dc.harmless import count_of

TICK = timedelta(milliseconds=100)
COMPLAINT = "Не дают отпуск (вымышленный пример)"


@pytest.fixture
def desk(around, hook, tmp_path):
    """Make a configuration for whatever channels there are."""

    def made(database_url: str, **how):
        return configure(tmp_path, around, database_url=database_url, hook=hook.url, **how)

    return made


def alerts(hook) -> list[str]:
    return [alert["rule"]["id"] for posted in hook.posted for alert in json.loads(posted.body)["alerts"]]


def stored(url: str) -> list[str]:
    return [str(row[0]) for row in rows(url, "SELECT external_id FROM item ORDER BY position")]


async def polled(running, items: int) -> None:
    """Wait until the first poll has come to its end."""
    await await_true(lambda: running.store.totals().items == items)
    await running.daemon.settled()


async def test_a_post_that_is_pushed_alerts_without_a_tick(around, hook, desk, store_url):
    channel = around.world.channel("wives", joined=True)
    channel.post(PLAIN)
    async with serving(desk(store_url)) as running:
        await polled(running, items=1)
        number = channel.post(COMPLAINT)
        await await_true(lambda: alerts(hook) == ["complaint"])
        assert stored(store_url) == ["1", str(number)]
    assert count_of(around.centre, "contacts.resolveUsername") == 1


async def test_an_edit_that_is_pushed_makes_a_rule_true(around, hook, desk, sqlite_store_url):
    channel = around.world.channel("wives", joined=True)
    number = channel.post(PLAIN)
    async with serving(desk(sqlite_store_url)) as running:
        await polled(running, items=1)
        channel.edit(number, COMPLAINT)
        await await_true(lambda: sorted(alerts(hook)) == ["complaint", "edited"])
    assert len(rows(sqlite_store_url, "SELECT 1 FROM revision")) == 2


async def test_a_deletion_that_is_pushed_is_missed_at_once(around, desk, sqlite_store_url):
    channel = around.world.channel("wives", joined=True)
    number = channel.post(COMPLAINT)
    channel.post(PLAIN)
    async with serving(desk(sqlite_store_url)) as running:
        await polled(running, items=2)
        channel.delete(number)
        await await_true(
            lambda: (
                rows(sqlite_store_url, "SELECT external_id FROM item WHERE missing_since IS NOT NULL")
                == [(str(number),)]
            )
        )


async def test_what_came_while_the_connection_was_lost_is_had_as_soon_as_it_is_back(
    around, hook, desk, sqlite_store_url
):
    channel = around.world.channel("wives", joined=True)
    channel.post(PLAIN)
    async with serving(desk(sqlite_store_url)) as running:
        await polled(running, items=1)
        around.faults.lose_pushes()
        channel.post(COMPLAINT)
        around.centre.hang_up()
        await await_true(lambda: alerts(hook) == ["complaint"])


@pytest.mark.parametrize("fault", ["ail", "flood"])
async def test_news_that_a_failed_poll_has_not_seen_come_after_a_rest(
    around, hook, desk, sqlite_store_url, monkeypatch, fault
):
    monkeypatch.setattr(hearing, "REST", timedelta(milliseconds=200))
    channel = around.world.channel("wives", joined=True)
    channel.post(PLAIN)
    async with serving(desk(sqlite_store_url), TICK) as running:
        await polled(running, items=1)
        if fault == "ail":
            around.faults.ail("messages.getHistory")
        else:
            around.faults.flood(2, "messages.getHistory")
        channel.post(COMPLAINT)
        await await_true(lambda: alerts(hook) == ["complaint"])
        await await_true(lambda: [report.failures for report in running.store.sources()] == [0])
    assert around.faults.met


async def test_a_channel_that_was_not_joined_waits_for_its_poll_and_sources_can_tell(
    around, hook, desk, sqlite_store_url
):
    around.world.channel("wives", joined=True)
    quiet = around.world.channel("mothers")
    quiet.post(COMPLAINT)
    async with serving(desk(sqlite_store_url)) as running:
        await await_true(lambda: alerts(hook) == ["complaint"])
        await await_true(lambda: all(report.live is not None for report in running.store.sources()))
        assert {report.config_id: report.live for report in running.store.sources()} == {
            "wives": True,
            "mothers": False,
        }


async def test_a_restart_catches_up_at_once_and_looks_no_name_up_again(around, hook, desk, sqlite_store_url):
    channel = around.world.channel("wives", joined=True)
    channel.post(COMPLAINT)
    config = desk(sqlite_store_url)
    async with serving(config):
        await await_true(lambda: alerts(hook) == ["complaint"])
    channel.post("Снова отпуск не дали (вымышленный пример)")
    async with serving(config, TICK):  # another worker's receivers are left alone for three seconds
        await await_true(lambda: alerts(hook) == ["complaint", "complaint"])
    assert count_of(around.centre, "contacts.resolveUsername") == 1


async def test_of_two_workers_one_has_the_session_and_the_other_takes_over(
    around, hook, desk, postgres_store_url, monkeypatch, caplog
):
    monkeypatch.setattr(account, "ASK_EVERY", 0.05)
    channel = around.world.channel("wives", joined=True)
    channel.post(COMPLAINT)
    config = desk(postgres_store_url)
    async with AsyncExitStack() as first:
        await first.enter_async_context(serving(config, TICK))
        await await_true(lambda: alerts(hook) == ["complaint"])
        async with serving(config, TICK) as second:
            await await_true(lambda: "are left to it" in caplog.text)
            await first.aclose()
            channel.post("Снова отпуск не дали (вымышленный пример)")
            await await_true(lambda: alerts(hook) == ["complaint", "complaint"])
            assert second.store.totals().items == 2


async def test_the_session_file_and_the_database_hold_nobody(around, desk, sqlite_store_url, tmp_path):
    channel = around.world.channel("wives", joined=True)
    channel.post(COMPLAINT, signature=PASSERS_BY[0], forward_of=PASSERS_BY[1], reactions={"👍": 3}, replies=2)
    async with serving(desk(sqlite_store_url)) as running:
        await polled(running, items=1)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    owner = around.world.accounts[0]
    traces = [str(owner.user_id), owner.phone, owner.name]
    for person in PASSERS_BY:
        traces += [str(person.user_id), person.first_name, person.last_name, person.username]
    assert [trace for trace in traces if trace.encode() in kept] == []
    assert set(SessionFile(tmp_path / "telegram.session").read().channels) == {"wives"}
