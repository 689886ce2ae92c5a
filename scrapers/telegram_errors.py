"""What Telegram's errors mean for whoever asked: each becomes one of `scrapers.errors`."""

from datetime import timedelta
from typing import Final

from telethon import errors

from scrapers.errors import AccountUnusable, Gone, LayoutChanged, ScrapeError, Throttled, Unavailable
from scrapers.telegram_link import KeyUnknown, LinkLost, NoAnswer
from scrapers.telegram_tl import TL

SIGN_IN: Final = "sign in again with `groundswell telegram login`"
_ENDED: Final = {
    errors.SessionRevokedError: f"the session was ended from another device: {SIGN_IN}",
    errors.AuthKeyUnregisteredError: f"Telegram does not know this session any more: {SIGN_IN}",
    errors.AuthKeyDuplicatedError: "the session was used in two places at once, and Telegram ended it: "
    f"{SIGN_IN}, and use a session in one place only",
    errors.InvalidDCError: f"the account has moved to another data centre: {SIGN_IN}",
    errors.UserDeactivatedError: "Telegram has deleted this account: sign in with another one",
    errors.UserDeactivatedBanError: "Telegram has banned this account: see https://telegram.org/faq_spam",
    errors.ApiIdInvalidError: "Telegram does not know this api_id and api_hash: see https://my.telegram.org",
    errors.ApiIdPublishedFloodError: "this api_id is somebody else's, published: get your own from "
    "https://my.telegram.org",
}
_WAITS: Final = (errors.FloodWaitError, errors.FloodPremiumWaitError)
_NO_ACCESS: Final = (
    errors.ChannelBannedError,
    errors.ChannelIdInvalidError,
    errors.ChannelInvalidError,
    errors.ChannelPrivateError,
    errors.PeerIdInvalidError,
)

ASKABLE: Final = (errors.RPCError, errors.TypeNotFoundError, LinkLost, NoAnswer, KeyUnknown)
"""What asking raises."""


def is_end_of_session(error: Exception) -> bool:
    """Whether only the owner can make the account work again."""
    return isinstance(error, (*_ENDED, errors.UnauthorizedError))


def is_frozen(error: Exception) -> bool:
    """Whether Telegram has frozen the account: it may still read what it has joined, at best."""
    return isinstance(error, errors.FrozenMethodInvalidError)


def is_no_access(error: Exception) -> bool:
    """Whether the channel is not to be had under the id and hash that are known."""
    return isinstance(error, _NO_ACCESS)


def pause_asked(error: Exception) -> timedelta | None:
    """How long Telegram asked to wait, if it did."""
    return timedelta(seconds=max(error.seconds, 1)) if isinstance(error, _WAITS) else None


def scrape_error(error: Exception, name: str) -> ScrapeError:  # noqa: PLR0911 - one line a kind
    """What `error` means for the channel `name`."""
    wait = pause_asked(error)
    if wait is not None:
        return Throttled(f"Telegram asks for a pause of {wait.total_seconds():g} s", retry_after=wait)
    if is_frozen(error):
        return AccountUnusable("Telegram has frozen this account: see its notice in any Telegram app")
    if is_end_of_session(error):
        said = next((text for kind, text in _ENDED.items() if isinstance(error, kind)), None)
        return AccountUnusable(said or f"Telegram does not let this session in: {SIGN_IN}")
    if is_no_access(error):
        return Gone(f"{name} is private now, or shuts this account out")
    if isinstance(error, errors.UsernameNotOccupiedError | errors.UsernameInvalidError):
        return Gone(f"nobody holds the name {name}")
    if isinstance(error, errors.TypeNotFoundError):
        return LayoutChanged("Telegram answered with something newer than this Telethon: upgrade Groundswell")
    if isinstance(error, errors.RPCError):
        return Unavailable(f"Telegram answered with {_word(error)}")
    return Unavailable(str(error))


def _word(error: TL) -> str:
    """Telegram's own name of an error; Telethon's text would hold the request too."""
    known = type(error) not in errors.base_errors.values()
    return type(error).__name__.removesuffix("Error") if known else str(error.message)[:100]
