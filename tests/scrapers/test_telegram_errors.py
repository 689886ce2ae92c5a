"""What Telegram's errors mean for whoever asked."""

from datetime import timedelta

import pytest
from telethon import errors
from telethon.errors import rpc_message_to_error
from telethon.tl.functions.messages import GetHistoryRequest
from telethon.tl.types import InputPeerChannel, RpcError

from scrapers.errors import AccountUnusable, Gone, LayoutChanged, ScrapeError, Throttled, Unavailable
from scrapers.telegram_errors import ASKABLE, is_end_of_session, is_frozen, is_no_access, scrape_error
from scrapers.telegram_link import KeyUnknown, LinkLost, NoAnswer

ASKED = GetHistoryRequest(InputPeerChannel(1_500_000_001, -77), 0, None, 0, 10, 0, 0, 0)


def told(code: int, words: str) -> Exception:
    error: Exception = rpc_message_to_error(RpcError(code, words), ASKED)
    return error


@pytest.mark.parametrize(
    ("code", "words", "kind", "said"),
    [
        (420, "FLOOD_WAIT_30", Throttled, "30 s"),
        (420, "FLOOD_PREMIUM_WAIT_9", Throttled, "9 s"),
        (420, "FROZEN_METHOD_INVALID", AccountUnusable, "frozen"),
        (401, "AUTH_KEY_UNREGISTERED", AccountUnusable, "groundswell telegram login"),
        (401, "SESSION_REVOKED", AccountUnusable, "from another device"),
        (401, "SESSION_EXPIRED", AccountUnusable, "groundswell telegram login"),
        (401, "USER_DEACTIVATED_BAN", AccountUnusable, "banned"),
        (406, "AUTH_KEY_DUPLICATED", AccountUnusable, "two places at once"),
        (406, "CHANNEL_PRIVATE", Gone, "private"),
        (406, "SOMETHING_NEW", Unavailable, "SOMETHING_NEW"),
        (303, "USER_MIGRATE_4", AccountUnusable, "another data centre"),
        (400, "API_ID_INVALID", AccountUnusable, "my.telegram.org"),
        (400, "CHANNEL_PRIVATE", Gone, "private"),
        (400, "CHANNEL_INVALID", Gone, "private"),
        (400, "USERNAME_NOT_OCCUPIED", Gone, "nobody holds the name river"),
        (400, "USERNAME_INVALID", Gone, "nobody holds the name river"),
        (500, "INTERDC_2_CALL_ERROR", Unavailable, "InterdcCall"),
        (400, "SOMETHING_NEW", Unavailable, "SOMETHING_NEW"),
        (-503, "Timeout", Unavailable, "Timeout"),
    ],
)
def test_an_error_of_telegrams_becomes_one_of_ours(
    code: int, words: str, kind: type[ScrapeError], said: str
) -> None:
    error = told(code, words)
    found = scrape_error(error, "river")
    assert type(found) is kind
    assert said in found.reason
    assert isinstance(error, ASKABLE)
    assert "GetHistory" not in found.reason
    assert "-77" not in found.reason


def test_a_pause_is_at_least_a_second() -> None:
    assert scrape_error(told(420, "FLOOD_WAIT_0"), "river").retry_after == timedelta(seconds=1)


@pytest.mark.parametrize("error", [LinkLost("it broke off"), NoAnswer("too late"), KeyUnknown("no key")])
def test_a_lost_connection_is_unavailable_in_its_own_words(error: Exception) -> None:
    found = scrape_error(error, "river")
    assert type(found) is Unavailable
    assert found.reason == str(error)
    assert isinstance(error, ASKABLE)


def test_what_cannot_be_read_is_not_quoted() -> None:
    found = scrape_error(errors.TypeNotFoundError(0x0BADC0DE, b"said in confidence"), "river")
    assert type(found) is LayoutChanged
    assert "confidence" not in found.reason


def test_what_only_the_owner_can_mend_is_told_apart() -> None:
    assert is_end_of_session(told(401, "SESSION_REVOKED"))
    assert not is_end_of_session(told(406, "CHANNEL_PRIVATE"))
    assert not is_end_of_session(told(406, "SOMETHING_NEW"))
    assert is_frozen(told(420, "FROZEN_METHOD_INVALID"))
    assert not is_frozen(told(420, "FLOOD_WAIT_3"))
    assert is_no_access(told(400, "CHANNEL_INVALID"))
