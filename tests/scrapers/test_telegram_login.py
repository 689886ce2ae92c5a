"""Signing in and out before the loopback data centre, with all that may keep it from happening."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from telethon.client import telegrambaseclient

from monitor.demo.data_centre import DC_ID, DataCentre, World
from scrapers.telegram_login import SignInFailed, sign_in, sign_out
from tests.telegram_dc.account import CREDENTIALS
from tests.telegram_dc.faults import FOR_EVER, Faults

PHONE, CODE, PASSWORD = "+99 966 20042", "22222", "correct horse (fictional)"
LIMIT = timedelta(seconds=2)
STEPS = ("auth.sendCode", "auth.signIn", "account.getPassword", "auth.checkPassword")


class Owner:
    """Knows everything."""

    async def phone(self) -> str:
        return PHONE

    async def code(self, tries_left: int) -> str:  # noqa: ARG002 - the right one at once
        return CODE

    async def password(self, tries_left: int) -> str:  # noqa: ARG002
        return PASSWORD


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def centre(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DataCentre]:
    """A data centre that is where Telegram would be."""
    world = World()
    world.account(phone="9996620042", code=CODE, password=PASSWORD)
    async with DataCentre(world, conduct=faults) as centre:
        monkeypatch.setattr(telegrambaseclient, "DEFAULT_DC_ID", DC_ID)
        monkeypatch.setattr(telegrambaseclient, "DEFAULT_IPV4_IP", centre.host)
        monkeypatch.setattr(telegrambaseclient, "DEFAULT_PORT", centre.port)
        with centre.trusted():
            yield centre
    assert centre.errors == []


@pytest.mark.usefixtures("centre")
async def test_a_session_is_made_and_ended() -> None:
    key = await sign_in(CREDENTIALS, Owner(), LIMIT)
    await sign_out(key, CREDENTIALS, LIMIT)


@pytest.mark.usefixtures("centre")
@pytest.mark.parametrize("method", STEPS)
async def test_what_is_never_answered_ends(faults: Faults, method: str) -> None:
    faults.hang(method, times=FOR_EVER)
    with pytest.raises(SignInFailed, match="did not answer within 2 s"):
        await sign_in(CREDENTIALS, Owner(), LIMIT)


@pytest.mark.usefixtures("centre")
async def test_a_telegram_that_never_says_a_word_is_not_waited_for(faults: Faults) -> None:
    faults.mute = True
    with pytest.raises(SignInFailed):
        await sign_in(CREDENTIALS, Owner(), LIMIT)


@pytest.mark.usefixtures("centre")
@pytest.mark.parametrize("method", ["auth.sendCode", "account.getPassword", "auth.checkPassword"])
async def test_an_answer_newer_than_this_telethon_says_so(faults: Faults, method: str) -> None:
    faults.garble(method, times=FOR_EVER)
    with pytest.raises(SignInFailed, match="upgrade Groundswell"):
        await sign_in(CREDENTIALS, Owner(), LIMIT)


@pytest.mark.usefixtures("centre")
@pytest.mark.parametrize("method", STEPS)
async def test_a_line_that_breaks_says_so(faults: Faults, method: str) -> None:
    faults.hang_up_on(method, times=FOR_EVER)
    with pytest.raises(SignInFailed):
        await sign_in(CREDENTIALS, Owner(), LIMIT)


@pytest.mark.usefixtures("centre")
async def test_a_fault_of_telegrams_own_says_so(faults: Faults) -> None:
    faults.ail("auth.sendCode", times=FOR_EVER)
    with pytest.raises(SignInFailed, match="InterdcCall"):
        await sign_in(CREDENTIALS, Owner(), timedelta(seconds=10))


@pytest.mark.parametrize("words", ["AUTH_KEY_UNREGISTERED", "SESSION_REVOKED", "USER_DEACTIVATED"])
async def test_a_session_that_was_ended_elsewhere_has_ended(
    centre: DataCentre, faults: Faults, words: str
) -> None:
    faults.refuse(words, "auth.logOut", code=401)
    await sign_out(centre.authorised_session(), CREDENTIALS, LIMIT)
    assert faults.met == [words]


@pytest.mark.parametrize("way", ["hang", "garble", "hang_up_on", "forgotten"])
async def test_a_session_that_cannot_be_ended_says_so(centre: DataCentre, faults: Faults, way: str) -> None:
    key = centre.authorised_session()
    if way == "forgotten":
        centre.keys.forget_all()
    else:
        getattr(faults, way)("auth.logOut", times=FOR_EVER)
    with pytest.raises(SignInFailed):
        await sign_out(key, CREDENTIALS, LIMIT)
