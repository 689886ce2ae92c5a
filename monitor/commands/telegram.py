"""`groundswell telegram`: sign the account in and out, and see how it is."""

import asyncio
import contextlib
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from monitor.account import credentials, link_options
from monitor.config_telegram import TelegramOptions
from monitor.secrets import SecretMissing
from scrapers.counted import counted

if TYPE_CHECKING:
    from scrapers.telegram_options import Credentials, LinkOptions
    from scrapers.telegram_session import SavedSession, SessionFile

_KEY_TRIES = 3
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # then a channel is looked up anew when it is refused


@click.group("telegram")
def command() -> None:
    """Sign the Telegram account in and out, and see how it is. docs/telegram.md tells what it risks."""


@command.command("login")
@click.option(
    "--session-string-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take over a session string of Telethon's instead of signing in; delete the file then.",
)
@click.pass_obj
def login(config_path: Path, session_string_file: Path | None) -> None:
    """Sign in with phone number, code and password, and write the session file. None of them is kept.

    A daemon that runs takes the new session over within seconds.

    Exit code: 0 signed in, 1 not, 2 a wrong configuration.
    """
    from scrapers.telegram_login import SignInFailed
    from scrapers.telegram_session import SessionUnusable

    options = _options(config_path)
    try:
        given = (
            None if session_string_file is None else session_string_file.read_text(errors="replace").strip()
        )
        asyncio.run(_login(options, given))
    except (SignInFailed, SessionUnusable, SecretMissing) as trouble:
        _fail(trouble)
    click.echo(f"Signed in. The session is in {options.session_file}: whoever has that file is this account.")


@command.command("status")
@click.pass_obj
def status(config_path: Path) -> None:
    """Connect, and tell whether the session can be worked with. Not while a daemon works with it.

    Exit code: 0 it works, 1 it does not, 2 a wrong configuration.
    """
    from scrapers.telegram_session import SessionUnusable

    options = _options(config_path)
    try:
        known = asyncio.run(_status(options))
    except (SessionUnusable, SecretMissing) as trouble:
        _fail(trouble)
    click.echo(f"The session {options.session_file} works. It knows {counted(known, 'channel')}.")


@command.command("logout")
@click.pass_obj
def logout(config_path: Path) -> None:
    """End the session at Telegram, and remove its file. Not while a daemon works with it.

    Exit code: 0 done, 1 Telegram could not be told, and the file is still there.
    """
    from scrapers.telegram_login import SignInFailed
    from scrapers.telegram_session import SessionTaken, SessionUnusable

    options = _options(config_path)
    try:
        asyncio.run(_logout(options))
    except SessionTaken as taken:
        _fail(f"{taken}; stop that one first")
    except (SignInFailed, SessionUnusable, SecretMissing) as trouble:
        _fail(trouble)
    click.echo(f"The session has ended, and {options.session_file} is gone.")


def _options(config_path: Path) -> TelegramOptions:
    from monitor.config import load

    options = load(config_path).telegram
    if options is None:
        raise click.UsageError(f"{config_path} has no [telegram]: docs/telegram.md tells what to write there")
    return options


def _fail(trouble: Exception | str) -> NoReturn:
    click.echo(f"groundswell: {trouble}", err=True)
    sys.exit(1)


def _tries(left: int) -> str:
    return counted(left + 1, "try", "tries")


@dataclass(frozen=True, slots=True)
class _AtTheTerminal:
    """The owner, asked on the terminal while the connection goes on."""

    async def phone(self) -> str:
        return await asyncio.to_thread(click.prompt, "Phone number, with its country (+420…)", type=str)

    async def code(self, tries_left: int) -> str:
        asked = "Code that Telegram has sent to your other devices"
        return await asyncio.to_thread(click.prompt, f"{asked} ({_tries(tries_left)})", type=str)

    async def password(self, tries_left: int) -> str:
        asked = f"Password of the two-step verification ({_tries(tries_left)})"
        return await asyncio.to_thread(click.prompt, asked, type=str, hide_input=True)


async def _login(options: TelegramOptions, given: str | None) -> None:
    from scrapers.telegram_login import SignInFailed, is_signed_in, sign_in
    from scrapers.telegram_session import SavedSession, SessionFile

    application = credentials(options)
    key = given or await sign_in(application, _AtTheTerminal(), options.request_timeout)
    fault = await is_signed_in(key, application, link_options(options))
    if fault is not None:
        raise SignInFailed(fault)
    file = SessionFile(options.session_file)
    file.write(replace(_saved(file) or SavedSession(key=key), key=key))


def _saved(file: "SessionFile") -> "SavedSession | None":
    """What is there already: its channels are worth keeping, in case it is the same account."""
    from scrapers.telegram_session import SessionUnusable

    _make_private(file.path)
    try:
        saved = file.read()
    except SessionUnusable:
        return None
    channels = {name: replace(peer, resolved_at=_LONG_AGO) for name, peer in saved.channels.items()}
    return replace(saved, channels=channels)


async def _status(options: TelegramOptions) -> int:
    from scrapers.telegram_login import is_signed_in
    from scrapers.telegram_session import SessionFile, SessionUnusable

    with SessionFile(options.session_file) as file:
        saved = file.read()
        fault = await is_signed_in(saved.key, credentials(options), link_options(options))
    if fault is not None:
        raise SessionUnusable(f"the session {options.session_file} cannot be worked with: {fault}")
    return len(saved.channels)


async def _logout(options: TelegramOptions) -> None:
    from scrapers.telegram_login import sign_out
    from scrapers.telegram_session import SessionFile

    application = credentials(options)
    with SessionFile(options.session_file) as file:
        _make_private(file.path)
        key = file.read().key
        if not await _has_ended(key, application, link_options(options)):
            await sign_out(key, application, options.request_timeout)
        file.path.unlink()


def _make_private(path: Path) -> None:
    """Who signs in or out is about to put an end to a session that others may have read."""
    with contextlib.suppress(OSError):  # what cannot be read then is told by whoever reads it
        path.chmod(0o600)


async def _has_ended(key: str, application: "Credentials", options: "LinkOptions") -> bool:
    """Whether Telegram has ended the session already. A key that it does not know once may be known again."""
    from telethon.errors import AuthKeyDuplicatedError, UnauthorizedError

    from scrapers.telegram_errors import ASKABLE
    from scrapers.telegram_link import KeyUnknown, Link

    for _ in range(_KEY_TRIES):
        try:
            link = await Link.connect(key, application, options, lambda _: None)
        except KeyUnknown:
            continue
        except ASKABLE as error:
            return isinstance(error, UnauthorizedError | AuthKeyDuplicatedError)
        await link.close()
        return False
    return True
