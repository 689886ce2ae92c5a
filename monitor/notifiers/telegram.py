"""Alerts by Telegram, through a bot (https://core.telegram.org/bots/api#sendmessage).

The token is part of every address: it reaches no log, no exception and no receipt.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from monitor.message import Message, Receipt, Severity
from monitor.notifiers.chat_text import Page, pages
from monitor.notifiers.errors import ContentRefused, DeliveryError, RetryLater, Undeliverable
from monitor.notifiers.http import Answer, check_url, new_client, post, retry_after, seconds
from monitor.notifiers.pacing import Pacer, Rate
from monitor.notifiers.wording import gravest, is_quieter, one_line
from monitor.secrets import Secret, SecretMissing, check_places, read_secret

_OF_CONTENT = frozenset({400, 413})
# What 400 also says, of a chat where no message would be taken: "chat not found", "not enough rights to send
# text messages to the chat", "PEER_ID_INVALID", "message thread not found", "TOPIC_CLOSED".
_OF_THE_CHAT = re.compile(r"\bchat\b|chat_|\brights\b|peer_|user_|\bthread\b|topic_", re.IGNORECASE)
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class TelegramOptions:
    """A bot and the chat it writes to."""

    chat_id: str | int  # a number, or @name of a public channel
    token_env: str | None = None
    token_file: Path | None = None
    api_url: str = "https://api.telegram.org"
    silent_below: Severity | None = None  # alerts below this arrive without a sound
    per_minute: int | None = None  # None: what Telegram allows, 20 to a group, 60 to a person
    timeout: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        """Refuse what could never be sent.

        Raises:
            ValueError: with a sentence for the person who wrote the configuration.
        """
        check_places("token", self.token_env, self.token_file, required=True)
        check_url("api_url", self.api_url)
        if not re.fullmatch(r"-?\d+|@\w+", str(self.chat_id)):
            raise ValueError("chat_id must be a number, or the @name of a public channel")
        if (self.per_minute is not None and self.per_minute < 1) or self.timeout <= timedelta(0):
            raise ValueError("per_minute and timeout must be more than nothing")


class _Parameters(msgspec.Struct):
    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class _Sent(msgspec.Struct):
    message_id: int


class _Reply(msgspec.Struct):
    """https://core.telegram.org/bots/api#making-requests."""

    ok: bool
    result: _Sent | None = None
    description: str = ""
    parameters: _Parameters = msgspec.field(default_factory=_Parameters)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Begun:
    """What arrived of the delivery that was tried last."""

    delivery_id: str
    pages: list[Page] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)  # of the chat's messages

    def is_of(self, delivery_id: str, told: tuple[Page, ...]) -> bool:
        """Whether `told` is the same delivery and still begins with what arrived of it."""
        return self.delivery_id == delivery_id and told[: len(self.pages)] == tuple(self.pages)


class TelegramNotifier:
    """Writes to one chat, no faster than Telegram allows there."""

    def __init__(self, options: TelegramOptions) -> None:
        self._options = options
        self._client = new_client()
        rate = options.per_minute or (60 if _is_person(options.chat_id) else 20)
        self._pacer = Pacer(Rate(count=rate, per=timedelta(minutes=1)))
        self._begun = _Begun(delivery_id="")

    async def send(self, message: Message) -> Receipt:
        """Write `message` to the chat, silently if all of it is below `silent_below`.

        Where a message of several pages failed on its way, the next attempt goes on with the page that did
        not arrive: at a slow pace a long one would never arrive otherwise, and its beginning every time.

        Raises:
            RetryLater: no answer, a server error, or Telegram asks for patience.
            ContentRefused: Telegram refuses a page for what it says; pages before it were taken.
            Undeliverable: wrong token, unknown chat, or the bot may not write there.
        """
        token = self._token()
        threshold = self._options.silent_below
        silent = threshold is not None and is_quieter(gravest(message), threshold)
        told = pages(message)
        if not self._begun.is_of(message.delivery_id, told):
            self._begun = _Begun(delivery_id=message.delivery_id)
        begun = self._begun
        for page in told[len(begun.ids) :]:
            begun.ids.append(await self._send_page(token, page, silent=silent, plain=message.plain))
            begun.pages.append(page)
        self._begun = _Begun(delivery_id="")
        return Receipt(reference=str(begun.ids[0]))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _send_page(self, token: Secret, page: Page, *, silent: bool, plain: bool) -> int:
        """Returns the message's id in the chat."""
        with_markup = {"text": page.html, "parse_mode": "HTML"}
        answer = await self._call(token, {"text": page.plain} if plain else with_markup, silent=silent)
        if answer.status == 400 and b"can't parse entities" in answer.body and not plain:
            answer = await self._call(token, {"text": page.plain}, silent=silent)
        return _message_id(answer, token, self._begun)

    async def _call(self, token: Secret, text: Mapping[str, str], *, silent: bool) -> Answer:
        await self._pacer.wait()
        body = {
            "chat_id": self._options.chat_id,
            **text,
            "link_preview_options": {"is_disabled": True},
            "disable_notification": silent,
        }
        return await post(
            self._client,
            f"{self._options.api_url.rstrip('/')}/bot{token.reveal()}/sendMessage",
            content=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            within=self._options.timeout,
        )

    def _token(self) -> Secret:
        try:
            token = read_secret(env=self._options.token_env, file=self._options.token_file)
        except SecretMissing as missing:
            raise RetryLater(str(missing)) from missing
        if not _TOKEN.fullmatch(token.reveal()):
            raise Undeliverable("the configured token is not a bot token (digits, a colon, letters)")
        return token


def build(options: TelegramOptions) -> TelegramNotifier:
    """A notifier that writes to `options.chat_id`."""
    return TelegramNotifier(options)


def _message_id(answer: Answer, token: Secret, begun: _Begun) -> int:
    reply = _reply(answer)
    if reply is not None and reply.ok and reply.result is not None:
        return reply.result.message_id
    raise _failure(answer, reply, token, begun)


def _reply(answer: Answer) -> _Reply | None:
    try:
        return msgspec.json.decode(answer.body, type=_Reply)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _failure(answer: Answer, reply: _Reply | None, token: Secret, begun: _Begun) -> DeliveryError:
    said = one_line(token.hide_in(reply.description)) if reply else "something that is not the Bot API's"
    reason = f"Telegram answered {answer.status}: {said}"
    if answer.temporary or answer.status < 300:
        wish = seconds(reply.parameters.retry_after or 0) if reply else None
        return RetryLater(reason, retry_after=wish or retry_after(answer.headers, datetime.now(UTC)))
    if answer.status in {401, 404}:
        return Undeliverable(f"{reason} (is the bot's token right?)")
    if reply and reply.parameters.migrate_to_chat_id:
        return Undeliverable(f"{reason}; set chat_id to {reply.parameters.migrate_to_chat_id}")
    if answer.status in _OF_CONTENT and not _OF_THE_CHAT.search(reply.description if reply else ""):
        return ContentRefused(reason, taken=[alert for page in begun.pages for alert in page.alerts])
    return Undeliverable(reason)


def _is_person(chat_id: str | int) -> bool:
    """Groups and channels have negative ids or names (https://core.telegram.org/bots/api#chat)."""
    return str(chat_id).isdecimal()
