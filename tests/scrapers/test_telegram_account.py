"""An account before the loopback data centre: what it asks, what it hears, and what it does in trouble."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from telethon.sessions import StringSession
from telethon.tl import types

from monitor.demo.data_centre import DC_ID, Channel, DataCentre, World
from scrapers import telegram_requests as requests
from scrapers.errors import (
    AccountUnusable,
    Blocked,
    Gone,
    LayoutChanged,
    Refused,
    ScrapeError,
    Throttled,
    Unavailable,
    Waiting,
)
from scrapers.model import Heard
from scrapers.telegram_account import Account
from scrapers.telegram_budget import BudgetOptions
from scrapers.telegram_options import LinkOptions
from scrapers.telegram_session import Peer, SavedSession, SessionFile
from tests.fakes.flaky_proxy import FlakyProxy, Trouble
from tests.fakes.hand_clock import HandClock
from tests.telegram_dc.account import IMPATIENT, QUICK, account_at, session_at
from tests.telegram_dc.client import until
from tests.telegram_dc.faults import FOR_EVER, Faults
from tests.telegram_dc.harmless import assert_harmless

NAME = "frontline_wives"
RESOLVE, HISTORY = "contacts.resolveUsername", "messages.getHistory"


class Desk:
    """A data centre with a channel or two, and accounts of ours before it."""

    def __init__(self, centre: DataCentre, faults: Faults, channel: Channel, folder: Path) -> None:
        self.centre = centre
        self.world = centre.world
        self.faults = faults
        self.channel = channel
        self.folder = folder
        self.clock = HandClock()
        self.heard: list[Heard | None] = []

    def account(self, **changes: Any) -> Any:
        return account_at(self.centre, self.folder, clock=self.clock, heard=self.heard.append, **changes)

    def called(self, method: str) -> int:
        return [call.method for call in self.centre.calls].count(method)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    faults = Faults()
    world = World()
    channel = world.channel(NAME, title="Frontline wives (fictional)", joined=True)
    channel.post("When do they come home? (fictional sample)")
    async with DataCentre(world, conduct=faults) as centre:
        yield Desk(centre, faults, channel, tmp_path)
        assert_harmless(centre)
    assert centre.errors == []


def newest(peer: Peer) -> Any:
    return requests.newest(peer, skip=0, limit=10)


async def read(account: Account, name: str = NAME) -> list[str]:
    answer = await account.ask(name, newest)
    return [message.message for message in answer.messages if isinstance(message, types.Message)]


async def trouble(account: Account, error: type[ScrapeError], name: str = NAME) -> ScrapeError:
    with pytest.raises(error) as raised:
        await account.ask(name, newest)
    return raised.value


# ---- asking ----------------------------------------------------------------------------


async def test_it_connects_when_it_is_asked_and_asks_for_nothing_else(desk: Desk) -> None:
    async with desk.account() as account:
        assert desk.centre.connections_made == 0
        assert await read(account) == ["When do they come home? (fictional sample)"]
        await read(account)
    methods = [call.method for call in desk.centre.calls]
    assert methods == ["help.getConfig", "updates.getState", RESOLVE, HISTORY, HISTORY]
    assert desk.centre.connections_made == 1


async def test_a_name_is_looked_up_once_ever(desk: Desk) -> None:
    for _ in range(3):
        async with desk.account() as account:
            await asyncio.gather(read(account), read(account, NAME.upper()), read(account))
    assert desk.called(RESOLVE) == 1
    assert desk.called(HISTORY) == 9


async def test_the_session_file_holds_the_key_and_the_channel_and_nobody(desk: Desk) -> None:
    author = desk.world.user("invented_author", name="Signata")
    desk.channel.post("Signed (fictional)", signature=author, reactions={"😢": 3}, replies=2)
    async with desk.account() as account:
        await read(account)
        desk.channel.post("Pushed (fictional)", signature=author)
        await until(lambda: Heard(channel_id=str(desk.channel.id)) in desk.heard)
    written = (desk.folder / "telegram.session").read_text()
    assert str(desk.channel.id) in written
    people = [*desk.world.people.values()]
    assert people
    for person in people:
        assert not any(word in written for word in (str(person.user_id), person.first_name, person.username))
    assert {path.name for path in desk.folder.iterdir()} == {"telegram.session", "telegram.session.lock"}


async def test_one_process_works_with_a_session_and_another_is_told_which(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        async with desk.account() as other:
            found = await trouble(other, AccountUnusable)
            assert f"process {os.getpid()} works with the session" in found.reason
        assert await read(account)
    async with desk.account() as other:
        assert await read(other)


async def test_what_cannot_be_written_down_is_remembered_until_the_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    session_at(desk.centre, desk.folder)
    monkeypatch.setattr(os, "fsync", full)
    async with desk.account() as account:
        assert await read(account)
        desk.centre.hang_up()
        await until(lambda: desk.heard == [None, None])
        assert await read(account)
    assert desk.called(RESOLVE) == 1
    assert "Telegram will be asked again after a restart" in caplog.text


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda world: world.megagroup("sample_chat"), "a group"),
        (lambda world: world.gigagroup("sample_chat"), "a group"),
        (lambda world: world.user("sample_chat"), "a person or a bot"),
        (lambda world: world.bot("sample_chat"), "a person or a bot"),
    ],
    ids=["megagroup", "gigagroup", "user", "bot"],
)
async def test_what_is_no_channel_is_refused_and_not_asked_for_again(
    desk: Desk, make: Callable[[World], object], said: str
) -> None:
    make(desk.world)
    async with desk.account() as account:
        for _ in range(3):
            assert said in (await trouble(account, Refused, "sample_chat")).reason
        assert desk.called(RESOLVE) == 1
        assert desk.called(HISTORY) == 0
        desk.clock.moment += timedelta(hours=7)
        await trouble(account, Refused, "sample_chat")
    assert desk.called(RESOLVE) == 2


async def test_a_name_that_nobody_holds_is_gone(desk: Desk) -> None:
    async with desk.account() as account:
        assert "nobody holds the name" in (await trouble(account, Gone, "nobody_at_all")).reason
        await trouble(account, Gone, "nobody_at_all")
    assert desk.called(RESOLVE) == 1


async def test_a_channel_that_closed_is_gone_and_looked_up_again_at_most_daily(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.channel.describe(closed=True)
        for _ in range(3):
            assert "private" in (await trouble(account, Gone)).reason
        assert desk.called(RESOLVE) == 1
        desk.clock.moment += timedelta(days=1)
        for _ in range(3):
            await trouble(account, Gone)
        assert desk.called(RESOLVE) == 2
        desk.channel.describe(closed=False)
        assert await read(account)


async def test_a_name_that_moved_is_followed_once_the_old_channel_is_gone(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.channel.describe(closed=True, username=None)
        other = desk.world.channel(NAME, title="Another (fictional)")
        other.post("Taken over (fictional)")
        desk.clock.moment += timedelta(days=1)
        assert await read(account) == ["Taken over (fictional)"]


async def test_names_are_looked_up_a_few_at_a_time(desk: Desk) -> None:
    for number in range(3):
        desk.world.channel(f"channel_{number}").post("Words (fictional)")
    budget = replace(QUICK.budget, lookups=2, lookup_interval=timedelta(seconds=30))
    async with desk.account(budget=budget) as account:
        await read(account, "channel_0")
        await read(account, "channel_1")
        found = await trouble(account, Waiting, "channel_2")
        assert found.retry_after is not None
        assert timedelta(seconds=28) < found.retry_after <= timedelta(seconds=30)
        assert await read(account, "channel_1")
    assert desk.called(RESOLVE) == 2


# ---- pauses ----------------------------------------------------------------------------


async def test_a_pause_asked_for_one_channel_stops_that_channel_alone(desk: Desk) -> None:
    desk.world.channel("other_channel").post("Elsewhere (fictional)")
    async with desk.account() as account:
        await asyncio.gather(read(account), read(account, "other_channel"))
        asked = desk.called(HISTORY)
        desk.faults.flood(60, HISTORY, channel=desk.channel)
        assert type(await trouble(account, Throttled)) is Throttled
        for _ in range(3):
            found = await trouble(account, Waiting)
            assert found.outcome == Blocked.outcome
            assert found.retry_after is not None
            assert timedelta(seconds=58) < found.retry_after <= timedelta(seconds=60)
            assert "UTC" in found.reason
        assert desk.called(HISTORY) == asked + 1
        assert await read(account, "other_channel") == ["Elsewhere (fictional)"]
        full = await account.ask(NAME, requests.full)
        assert full.full_chat.id == desk.channel.id


async def test_a_pause_is_over_when_it_is_over(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.faults.flood(1, HISTORY)
        found = await trouble(account, Throttled)
        assert found.retry_after is not None
        await asyncio.sleep(found.retry_after.total_seconds())
        assert await read(account)


async def test_a_pause_for_looking_names_up_leaves_known_channels_alone(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.faults.flood(86_400, RESOLVE)
        for name, error in (("channel_one", Throttled), ("channel_two", Waiting)):
            found = await trouble(account, error, name)
            assert found.retry_after is not None
            assert found.retry_after > timedelta(hours=23)
        assert desk.called(RESOLVE) == 2
        assert await read(account)


async def test_a_pause_outlives_the_process_and_ends_when_it_is_over(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
    desk.faults.flood(3600, RESOLVE)
    desk.faults.flood(600, HISTORY, channel=desk.channel)
    async with desk.account() as account:
        await trouble(account, Throttled, "channel_one")
        await trouble(account, Throttled)
    desk.clock.moment += timedelta(minutes=5)
    asked = desk.called(RESOLVE), desk.called(HISTORY)
    for _ in range(2):
        async with desk.account() as account:
            for name, minutes in (("channel_one", 55), ("channel_two", 55), (NAME, 5)):
                found = await trouble(account, Waiting, name)
                assert found.retry_after is not None
                assert timedelta(minutes=minutes - 1) < found.retry_after <= timedelta(minutes=minutes)
    assert (desk.called(RESOLVE), desk.called(HISTORY)) == asked
    desk.clock.moment += timedelta(minutes=55)
    async with desk.account() as account:
        assert await read(account)
        await trouble(account, Gone, "channel_one")


async def test_a_pause_asked_for_in_a_time_that_was_wrong_ends_all_the_same(desk: Desk) -> None:
    desk.faults.flood(60, RESOLVE)
    desk.clock.moment += timedelta(days=3650)
    async with desk.account() as account:
        await trouble(account, Throttled)
    desk.clock.moment -= timedelta(days=3650)
    async with desk.account() as account:
        found = await trouble(account, Waiting)
        assert found.retry_after is not None
        assert found.retry_after <= timedelta(days=2)


async def test_a_name_that_leads_nowhere_is_known_after_a_restart(desk: Desk) -> None:
    desk.world.megagroup("sample_chat")
    for _ in range(3):
        async with desk.account() as account:
            assert "a group" in (await trouble(account, Refused, "sample_chat")).reason
            assert "nobody holds" in (await trouble(account, Gone, "Nobody_at_all")).reason
    assert desk.called(RESOLVE) == 2
    desk.clock.moment += timedelta(hours=7)
    async with desk.account() as account:
        await trouble(account, Gone, "nobody_at_all")
    assert desk.called(RESOLVE) == 3
    assert "sample_chat" not in (desk.folder / "telegram.session").read_text()


async def test_a_restart_brings_no_further_look_ups(desk: Desk) -> None:
    for number in range(4):
        desk.world.channel(f"channel_{number}").post("Words (fictional)")
    budget = replace(QUICK.budget, lookups=2, lookup_interval=timedelta(seconds=30))
    async with desk.account(budget=budget) as account:
        await read(account, "channel_0")
        await read(account, "channel_1")
        for number in (2, 3):
            await trouble(account, Waiting, f"channel_{number}")
    for _ in range(2):
        async with desk.account(budget=budget) as account:
            found = await trouble(account, Waiting, "channel_2")
            assert found.retry_after is not None
            assert found.retry_after <= timedelta(seconds=30)
    desk.clock.moment += timedelta(seconds=30)
    async with desk.account(budget=budget) as account:
        assert await read(account, "channel_2")
        await trouble(account, Waiting, "channel_3")
    assert desk.called(RESOLVE) == 3


# ---- a line that breaks ----------------------------------------------------------------


async def test_what_was_asked_while_the_line_broke_is_asked_again(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.faults.hang_up_on(HISTORY)
        assert await read(account)
    assert desk.centre.connections_made == 2


async def test_after_every_new_connection_anything_may_have_changed(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        assert desk.heard == [None]
        desk.centre.hang_up()
        await until(lambda: desk.heard == [None, None])
        assert await read(account)
        desk.channel.post("Words (fictional)")
        await until(lambda: len(desk.heard) == 3)
    assert desk.heard[2] == Heard(channel_id=str(desk.channel.id))


async def test_a_request_without_an_answer_ends_and_others_go_on(desk: Desk) -> None:
    desk.world.channel("other_channel").post("Elsewhere (fictional)")
    async with desk.account(link=IMPATIENT) as account:
        await read(account)
        desk.faults.hang(HISTORY, channel=desk.channel)
        slow = asyncio.create_task(trouble(account, Unavailable))
        await until(lambda: "hang" in desk.faults.met)
        assert await read(account, "other_channel")
        assert "did not answer" in (await slow).reason
        assert await read(account)
    assert desk.centre.connections_made == 1


def through(proxy: FlakyProxy, desk: Desk) -> None:
    """Let the session lead through a bad line."""
    key = StringSession(desk.centre.authorised_session())
    key.set_dc(DC_ID, "127.0.0.1", proxy.port)
    SessionFile(desk.folder / "telegram.session").write(SavedSession(key=StringSession.save(key)))


async def test_a_line_that_went_silent_is_noticed_without_asking(desk: Desk) -> None:
    link = replace(IMPATIENT, ping_interval=timedelta(seconds=0.1), connect_timeout=timedelta(seconds=0.4))
    with FlakyProxy(desk.centre.port) as proxy:
        through(proxy, desk)
        async with desk.account(link=link) as account:
            await read(account)
            proxy.trouble = Trouble.SILENT
            await until(lambda: account.failing_since is not None)
            proxy.trouble = None
            await until(lambda: desk.heard == [None, None])
            assert await read(account)


async def test_a_line_that_went_silent_is_noticed_by_asking(desk: Desk) -> None:
    link = replace(IMPATIENT, connect_timeout=timedelta(seconds=0.4))
    with FlakyProxy(desk.centre.port) as proxy:
        through(proxy, desk)
        async with desk.account(link=link) as account:
            await read(account)
            proxy.trouble = Trouble.SILENT
            await trouble(account, Unavailable)
            proxy.trouble = None
            await until(lambda: desk.heard == [None, None])
            assert await read(account)


@pytest.mark.parametrize("way", [Trouble.GARBAGE, Trouble.CUT, Trouble.SWALLOWED])
async def test_a_line_that_brings_nonsense_is_replaced(desk: Desk, way: Trouble) -> None:
    with FlakyProxy(desk.centre.port) as proxy:
        through(proxy, desk)
        async with desk.account() as account:
            await read(account)
            proxy.trouble = way
            await trouble(account, Unavailable)
            proxy.trouble = None
            await until(lambda: desk.heard == [None, None])
            assert await read(account)


async def test_a_centre_that_is_away_is_unavailable_and_then_the_accounts_trouble(desk: Desk) -> None:
    async with desk.account(patience=timedelta(seconds=0.4)) as account:
        await read(account)
        await desk.centre.stop()
        found = await trouble(account, Unavailable)
        assert not isinstance(found, AccountUnusable)
        assert account.failing_since == desk.clock.now()
        await asyncio.sleep(0.5)
        found = await trouble(account, AccountUnusable)
        assert "there has been no connection to Telegram for" in found.reason
        await desk.centre.start()
        await until(lambda: account.failing_since is None)
        assert await read(account)
        assert account.reason is None


@pytest.mark.parametrize("way", ["down", "mute"])
async def test_a_centre_that_does_not_talk_is_unavailable(desk: Desk, way: str) -> None:
    setattr(desk.faults, way, True)
    link = LinkOptions(connect_timeout=timedelta(seconds=0.3))
    async with desk.account(link=link) as account:
        await trouble(account, Unavailable)
        desk.faults.recover()
        await until(lambda: desk.heard == [None])
        assert await read(account)


async def test_another_salt_and_another_time_are_no_trouble(desk: Desk) -> None:
    desk.faults.skew = 7_200
    async with desk.account() as account:
        assert await read(account)
        desk.centre.change_salt()
        assert await read(account)
    assert desk.centre.connections_made == 1


async def test_a_fault_of_telegrams_own_is_told_in_its_words(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.faults.ail(HISTORY)
        found = await trouble(account, Unavailable)
        assert "InterdcCall" in found.reason
        assert "GetHistory" not in found.reason
        assert await read(account)


async def test_an_answer_newer_than_this_telethon_says_so_and_shows_nothing_of_it(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.faults.garble(HISTORY)
        found = await trouble(account, LayoutChanged)
        assert "upgrade Groundswell" in found.reason
        assert "come home" not in found.reason
        assert await read(account)


# ---- an account that is shut out -------------------------------------------------------


async def test_without_a_session_the_owner_is_told_and_signing_in_is_enough(desk: Desk) -> None:
    file = SessionFile(desk.folder / "telegram.session")
    async with desk.account() as account:
        session = file.read()
        file.path.unlink()
        found = await trouble(account, AccountUnusable)
        assert "groundswell telegram login" in found.reason
        assert account.failing_since == desk.clock.now()
        file.write(session)
        await until(lambda: account.failing_since is None)
        assert await read(account)


async def test_a_session_that_was_ended_is_left_alone_until_there_is_another(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.centre.keys.sign_out_all()
        found = await trouble(account, AccountUnusable)
        assert "groundswell telegram login" in found.reason
        await until(lambda: account.failing_since is not None)
        asked = len(desk.centre.calls)
        for _ in range(5):
            await trouble(account, AccountUnusable)
        assert len(desk.centre.calls) == asked
        assert account.reason is not None
        session_at(desk.centre, desk.folder).write(SavedSession(key=desk.centre.authorised_session()))
        await until(lambda: account.failing_since is None)
        assert await read(account)


async def test_a_key_that_stays_unknown_ends_in_signing_in_anew(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.centre.keys.forget_all()
        desk.centre.hang_up()
        await until(lambda: "groundswell telegram login" in (account.reason or ""))
        found = await trouble(account, AccountUnusable)
        assert "does not know the key" in found.reason
        made = desk.centre.connections_made
        await until(lambda: desk.centre.connections_made > made)  # it may be known again


async def test_a_frozen_account_says_so_and_asks_seldom(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.faults.freeze()
        asked = desk.called(HISTORY)
        for _ in range(4):
            assert "frozen" in (await trouble(account, AccountUnusable)).reason
        assert desk.called(HISTORY) == asked + 1
        began = desk.clock.now()
        assert account.failing_since == began
        assert "frozen" in (account.reason or "")
        desk.clock.moment += timedelta(hours=1)
        await trouble(account, AccountUnusable)
        assert desk.called(HISTORY) == asked + 2
        assert account.failing_since == began
        desk.faults.recover()
        desk.clock.moment += timedelta(hours=1)
        assert await read(account)
        assert account.failing_since is None


async def test_what_a_frozen_account_may_still_read_is_read(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.faults.refuse("FROZEN_METHOD_INVALID", RESOLVE, code=420, times=FOR_EVER)
        for _ in range(3):
            await trouble(account, AccountUnusable, "channel_one")
        assert desk.called(RESOLVE) == 2
        assert await read(account)
        assert account.failing_since == desk.clock.now()


@pytest.mark.parametrize("key", ["", "1", "nonsense", "1AAAA"])
async def test_a_session_without_a_key_is_no_session(desk: Desk, key: str) -> None:
    file = session_at(desk.centre, desk.folder)
    file.write(SavedSession(key=key or "x"))
    async with desk.account() as account:
        assert "groundswell telegram login" in (await trouble(account, AccountUnusable)).reason


async def test_an_account_that_others_may_read_is_not_used(desk: Desk) -> None:
    session_at(desk.centre, desk.folder).path.chmod(0o644)
    async with desk.account() as account:
        assert "chmod 600" in (await trouble(account, AccountUnusable)).reason
    assert desk.centre.connections_made == 0


async def test_a_key_used_in_two_places_is_told_as_that(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.faults.refuse("AUTH_KEY_DUPLICATED", code=406, times=FOR_EVER)
        assert "two places at once" in (await trouble(account, AccountUnusable)).reason


# ---- hearing ---------------------------------------------------------------------------


async def test_news_of_followed_channels_are_heard_and_nothing_else(desk: Desk) -> None:
    stranger = desk.world.channel("not_followed", joined=True)
    group = desk.world.megagroup("joined_chat")
    group.describe(joined=True)
    budget = replace(QUICK.budget, changes_apart=timedelta(0))
    async with desk.account(budget=budget) as account:
        await read(account)
        stranger.post("Not ours (fictional)")
        group.post("Private words (fictional)")
        number = desk.channel.post("New (fictional)")
        desk.channel.edit(number, "Edited (fictional)")
        desk.channel.delete(number)
        await until(lambda: len(desk.heard) == 4)
    channel = str(desk.channel.id)
    assert desk.heard[1:] == [
        Heard(channel_id=channel),
        Heard(channel_id=channel, changed=frozenset({number})),
        Heard(channel_id=channel, changed=frozenset({number})),
    ]


async def test_an_album_is_heard_of_once_when_it_is_whole(desk: Desk) -> None:
    media = [types.MessageMediaPhoto() for _ in range(4)]
    async with desk.account() as account:
        await read(account)
        desk.channel.album(["Together (fictional)", "", "", ""], media)
        await asyncio.sleep(0.1)
        assert desk.heard == [None]
        await until(lambda: len(desk.heard) == 2)
        await asyncio.sleep(0.1)
    assert desk.heard[1:] == [Heard(channel_id=str(desk.channel.id))]


async def test_a_channel_that_is_edited_all_the_time_is_told_of_now_and_then(desk: Desk) -> None:
    numbers = [desk.channel.post(f"Day {day} (fictional)") for day in range(30)]
    budget = replace(QUICK.budget, changes_apart=timedelta(seconds=1))
    channel = str(desk.channel.id)
    async with desk.account(budget=budget) as account:
        await read(account)
        for number in numbers:
            desk.channel.edit(number, "Edited (fictional)")
        desk.channel.post("New (fictional)")
        await until(lambda: len(desk.heard) == 3)
        assert desk.heard[1:] == [
            Heard(channel_id=channel, changed=frozenset(numbers[:1])),
            Heard(channel_id=channel),
        ]
        await until(lambda: len(desk.heard) == 4)
        assert desk.heard[3] == Heard(channel_id=channel, changed=frozenset(numbers[1:]))


async def test_an_update_that_cannot_be_read_takes_nothing_else_with_it(desk: Desk) -> None:
    async with desk.account() as account:
        await read(account)
        desk.faults.garble_pushes()
        desk.channel.post("Unknown (fictional)")
        desk.channel.post("Known (fictional)")
        await until(lambda: len(desk.heard) == 2)
        assert len(await read(account)) == 3


async def test_a_fault_in_hearing_does_not_leave_it_deaf(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Heard | None] = []

    def stumble_once(news: Heard | None) -> None:
        heard.append(news)
        if len(heard) == 2:
            raise RuntimeError("a fault of ours")

    async with account_at(desk.centre, desk.folder, clock=desk.clock, heard=stumble_once) as account:
        await read(account)
        desk.channel.post("New (fictional)")
        await until(lambda: len(heard) == 3)
        desk.channel.post("Newer (fictional)")
        await until(lambda: len(heard) == 4)
    assert heard[0] is heard[2] is None
    assert heard[1] == heard[3]
    assert "failed inside Groundswell" in caplog.text


async def test_nothing_that_comes_in_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with desk.account() as account:
        await read(account)
        desk.faults.garble_pushes()
        desk.faults.garble(HISTORY)
        desk.channel.post("Said in confidence (fictional)")
        await trouble(account, LayoutChanged)
        desk.centre.hang_up()
        await until(lambda: desk.heard.count(None) == 2)
    logged = "\n".join(str(record.__dict__) for record in caplog.records if record.name != "asyncio")
    assert "come home" not in logged
    assert "confidence" not in logged
    assert desk.centre.authorised_session()[:20] not in logged


async def test_a_channel_with_news_is_asked_before_those_that_may_have_some(desk: Desk) -> None:
    names = [f"channel_{number}" for number in range(12)]
    for name in names:
        desk.world.channel(name).post("Words (fictional)")
    async with desk.account() as account:
        for name in (NAME, *names):
            await read(account, name)
    budget = BudgetOptions(per_second=10, burst=1, slow_start=timedelta(0))
    asked: list[str] = []

    async def note(account: Account, name: str) -> None:
        await read(account, name)
        asked.append(name)

    async with desk.account(budget=budget) as account:
        await note(account, names[0])
        waiting = [asyncio.create_task(note(account, name)) for name in names]
        desk.channel.post("New (fictional)")
        await until(lambda: Heard(channel_id=str(desk.channel.id)) in desk.heard)
        before = len(asked)
        await note(account, NAME)
        assert len(asked) - before <= 3
        await asyncio.gather(*waiting)


async def test_its_pace_is_its_budgets(desk: Desk) -> None:
    budget = BudgetOptions(per_second=20, burst=1, slow_start=timedelta(0))
    async with desk.account(budget=budget) as account:
        started = asyncio.get_running_loop().time()
        for _ in range(5):
            await read(account)
        assert asyncio.get_running_loop().time() - started >= 0.2
