"""A real Telethon client signs in to the loopback data centre, and out."""

import pytest
from telethon import TelegramClient, errors
from telethon.sessions import StringSession

from monitor.demo.data_centre import DataCentre, World
from tests.telegram_dc.client import connected, unsigned_session

PHONE = "+99 966 20001"


async def test_signs_in_with_the_code_and_comes_back_with_the_session(centre: DataCentre) -> None:
    async with connected(centre, unsigned_session(centre)) as client:
        await client.send_code_request(PHONE)
        me = await client.sign_in(PHONE, "22222")
        text = StringSession.save(client.session)
    assert me.phone == "9996620001"
    async with connected(centre, StringSession(text)) as again:
        assert (await again.get_me()).id == me.id


async def test_a_wrong_code_and_an_expired_one_and_no_such_phone(centre: DataCentre) -> None:
    async with connected(centre, unsigned_session(centre)) as client:
        with pytest.raises(errors.PhoneNumberInvalidError):
            await client.send_code_request("+10 000")
        await client.send_code_request(PHONE)
        with pytest.raises(errors.PhoneCodeInvalidError):
            await client.sign_in(PHONE, "11111")
        centre.expire_codes()
        with pytest.raises(errors.PhoneCodeExpiredError):
            await client.sign_in(PHONE, "22222")
        assert not await client.is_user_authorized()


async def test_a_password_is_checked_by_srp(centre: DataCentre, world: World) -> None:
    world.account(phone="9996620002", password="correct horse")
    async with connected(centre, unsigned_session(centre)) as client:
        await client.send_code_request("9996620002")
        with pytest.raises(errors.SessionPasswordNeededError):
            await client.sign_in("9996620002", "22222")
        assert not await client.is_user_authorized()
        with pytest.raises(errors.PasswordHashInvalidError):
            await client.sign_in(password="battery staple")
        assert (await client.sign_in(password="correct horse")).phone == "9996620002"


async def test_signs_out(centre: DataCentre) -> None:
    async with connected(centre) as client:
        session = StringSession(StringSession.save(client.session))
        assert await client.log_out()
    client = TelegramClient(session, 1, "x")
    await client.connect()
    assert not await client.is_user_authorized()
    await client.disconnect()


async def test_accounts_are_kept_apart(centre: DataCentre, world: World) -> None:
    other = world.account(phone="9996620003")
    async with (
        connected(centre) as first,
        connected(centre, StringSession(centre.authorised_session(other))) as second,
    ):
        world.channel("frontline_wives")
        hashes = {(await client.get_entity("frontline_wives")).access_hash for client in (first, second)}
        assert (await second.get_me()).id == other.user_id
    assert len(hashes) == 2
