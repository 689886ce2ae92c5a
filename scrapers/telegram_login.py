"""Signing an account in and out (https://core.telegram.org/api/auth). Nothing that is typed is kept.

Telethon's own `sign_in` would also ask what came meanwhile, private chats included; here only what signing in
takes is asked.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final, Protocol

from telethon import TelegramClient, errors
from telethon.password import compute_check
from telethon.sessions import StringSession
from telethon.tl.functions.account import GetPasswordRequest
from telethon.tl.functions.auth import CheckPasswordRequest, LogOutRequest, SendCodeRequest, SignInRequest
from telethon.tl.types import CodeSettings
from telethon.tl.types.auth import AuthorizationSignUpRequired, SentCodeSuccess

from scrapers.telegram_errors import ASKABLE, pause_asked, scrape_error
from scrapers.telegram_link import Link, end
from scrapers.telegram_options import Credentials, LinkOptions
from scrapers.telegram_tl import TL

TRIES: Final = 3  # for a code, and for a password

_REASONS: Final = {
    errors.PhoneNumberInvalidError: "Telegram takes no such phone number: write it with its country, +420…",
    errors.PhoneNumberUnoccupiedError: "no account has this number: make one in a Telegram app",
    errors.PhoneNumberBannedError: "Telegram has banned this number: see https://telegram.org/faq_spam",
    errors.PhonePasswordFloodError: "too many attempts with this number: try again tomorrow",
    errors.PhoneCodeExpiredError: "the code has expired: begin again",
    errors.ApiIdInvalidError: "Telegram does not know this api_id and api_hash: see https://my.telegram.org",
}


class SignInFailed(Exception):
    """There is no session; the message says why, and what to do."""


class Owner(Protocol):
    """Who signs in, and is asked. May take long; is asked in a thread of its own by the caller's choice."""

    async def phone(self) -> str:
        """The account's phone number, with its country."""
        ...

    async def code(self, tries_left: int) -> str:
        """The code that Telegram has just sent."""
        ...

    async def password(self, tries_left: int) -> str:
        """The password of the two-step verification."""
        ...


async def sign_in(credentials: Credentials, owner: Owner, limit: timedelta) -> str:
    """A new session, as Telethon's StringSession writes it.

    Args:
        credentials: The owner's application.
        owner: Is asked for number, code and password.
        limit: How long one answer of Telegram may take.

    Raises:
        SignInFailed: there is none, and why.
    """
    async with _client("", credentials, limit) as client:
        phone = "".join(filter(str.isdigit, await owner.phone()))
        sent = await client(SendCodeRequest(phone, credentials.api_id, credentials.api_hash, CodeSettings()))
        if isinstance(sent, SentCodeSuccess):
            raise SignInFailed("Telegram let the number in without a code, which this program does not take")
        await _with_code(client, phone, sent.phone_code_hash, owner)
        return client.key


async def is_signed_in(key: str, credentials: Credentials, options: LinkOptions) -> str | None:
    """None where a session can be worked with; otherwise why not, for a person."""
    try:
        link = await Link.connect(key, credentials, options, lambda _: None)
    except ValueError:
        return "this is no session string of Telethon"
    except ASKABLE as error:
        return scrape_error(error, "").reason
    await link.close()
    return None


async def sign_out(key: str, credentials: Credentials, limit: timedelta) -> None:
    """End a session at Telegram, where it lives there still.

    Raises:
        SignInFailed: Telegram could not be told; the session may live on.
    """
    async with _client(key, credentials, limit) as client:
        with suppress(errors.UnauthorizedError):
            await client(LogOutRequest())


class _Client:
    """A client of Telethon's, that is not waited for longer than `limit` at a time."""

    def __init__(self, client: TelegramClient, limit: timedelta) -> None:
        self._client = client
        self._limit = limit

    async def __call__(self, request: TL) -> TL:
        return await self._in_time(self._client(request))

    @property
    def key(self) -> str:
        return str(StringSession.save(self._client.session))

    async def connect(self) -> None:
        await self._in_time(self._client.connect())

    async def disconnect(self) -> None:
        ended = self._client.disconnected
        if ended.done() and not ended.cancelled():
            ended.exception()  # it counts as seen: what was asked is told of it
        await self._in_time(self._client.disconnect())

    async def _in_time(self, asked: Awaitable[TL]) -> TL:
        """When a connection ends, the library may cancel what waits for it: that is none of our doing."""
        work = asyncio.ensure_future(asked)
        try:
            _, late = await asyncio.wait({work}, timeout=self._limit.total_seconds())
        finally:
            await end(work)
        if late:
            raise SignInFailed(f"Telegram did not answer within {self._limit.total_seconds():g} s: try again")
        if work.cancelled():
            raise SignInFailed("the connection to Telegram broke off: try again")
        return work.result()


@asynccontextmanager
async def _client(key: str, credentials: Credentials, limit: timedelta) -> AsyncIterator[_Client]:
    """A connection that can move to the data centre where the account lives."""
    session = StringSession(key)
    session.save_entities = False
    telethon = TelegramClient(
        session,
        credentials.api_id,
        credentials.api_hash,
        device_model="Groundswell",
        receive_updates=False,
        flood_sleep_threshold=0,
        connection_retries=2,
        request_retries=2,
        raise_last_call_error=True,
        auto_reconnect=False,
        timeout=limit.total_seconds(),
    )
    client = _Client(telethon, limit)
    try:
        await client.connect()
        yield client
    except (OSError, EOFError, BufferError, errors.SecurityError) as error:
        raise SignInFailed("Telegram cannot be reached from here") from error
    except errors.AuthKeyNotFound as error:
        raise SignInFailed("Telegram does not know the key of this session, for now at least") from error
    except (errors.RPCError, errors.TypeNotFoundError) as error:
        raise SignInFailed(_reason(error)) from error
    finally:
        await client.disconnect()


async def _with_code(client: _Client, phone: str, code_hash: str, owner: Owner) -> None:
    async def attempt(tries_left: int) -> None:
        answer = await client(SignInRequest(phone, code_hash, (await owner.code(tries_left)).strip()))
        if isinstance(answer, AuthorizationSignUpRequired):
            raise SignInFailed(_REASONS[errors.PhoneNumberUnoccupiedError])

    try:
        await _tried(attempt, errors.PhoneCodeInvalidError, "that was not the code, three times: begin again")
    except errors.SessionPasswordNeededError:
        await _with_password(client, owner)


async def _with_password(client: _Client, owner: Owner) -> None:
    async def attempt(tries_left: int) -> None:
        password = await owner.password(tries_left)
        asked = await client(GetPasswordRequest())
        await client(CheckPasswordRequest(compute_check(asked, password)))

    await _tried(
        attempt, errors.PasswordHashInvalidError, "that was not the password, three times: begin again"
    )


async def _tried(attempt: Callable[[int], Awaitable[None]], wrong: type[Exception], given_up: str) -> None:
    for tries_left in reversed(range(TRIES)):
        try:
            await attempt(tries_left)
        except wrong:
            continue
        return
    raise SignInFailed(given_up)


def _reason(error: Exception) -> str:
    wait = pause_asked(error)
    if wait is not None:
        return f"Telegram asks for a pause of {wait.total_seconds():g} s before the next attempt"
    known = next((said for kind, said in _REASONS.items() if isinstance(error, kind)), None)
    return known or scrape_error(error, "").reason
