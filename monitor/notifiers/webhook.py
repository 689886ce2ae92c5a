"""Alerts to any HTTP endpoint: JSON, signed.

The body is `{"version": 1, "delivery_id", "created_at", "test", "gathered_since", "alerts": [...]}`; fields
may be added, none is taken away or changes its meaning. A delivery may arrive more than once, under the same
`delivery_id`.
With a secret, `X-Groundswell-Signature: t=<unix seconds>,v1=<hex>` holds the HMAC-SHA256 of
`<unix seconds>.<body>`: check it, and that the time is recent, before you believe the body.
"""

import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from monitor.message import AlertView, EvidenceView, Fragment, Message, Receipt
from monitor.notifiers.errors import ContentRefused, RetryLater, Undeliverable
from monitor.notifiers.http import Answer, check_url, new_client, post, retry_after
from monitor.secrets import SecretMissing, check_places, read_secret

# No other body would be taken there either. 403 is not here: guards that find a text harmful say so, too.
_OF_THE_ADDRESS = frozenset({401, 402, 404, 405, 407, 410, 421})


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookOptions:
    """An address, and what to sign with. An address that is itself secret comes from `url_env` or a file."""

    url: str | None = None
    url_env: str | None = None
    url_file: Path | None = None
    secret_env: str | None = None
    secret_file: Path | None = None
    timeout: timedelta = timedelta(seconds=15)

    def __post_init__(self) -> None:
        """Refuse what could never be sent.

        Raises:
            ValueError: with a sentence for the person who wrote the configuration.
        """
        check_places("secret", self.secret_env, self.secret_file, required=False)
        if [self.url, self.url_env, self.url_file].count(None) != 2:
            raise ValueError("give one of url, url_env and url_file")
        if self.url is not None:
            check_url("url", self.url)
        if self.timeout <= timedelta(0):
            raise ValueError("timeout must be more than nothing")


class WebhookNotifier:
    """Posts every message to one address."""

    def __init__(self, options: WebhookOptions) -> None:
        self._options = options
        self._client = new_client()

    async def send(self, message: Message) -> Receipt:
        """Post `message`.

        Raises:
            RetryLater: no answer, or 408, 425, 429, 5xx; a Retry-After is passed on.
            ContentRefused: any other 4xx that may be about what was posted.
            Undeliverable: any other answer but 2xx; redirects are not followed.
        """
        content = body(message)
        answer = await post(
            self._client,
            self._url(),
            content=content,
            headers=self._headers(message, content),
            within=self._options.timeout,
        )
        return _receipt(answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _headers(self, message: Message, content: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "X-Groundswell-Delivery": message.delivery_id.encode("ascii", "backslashreplace").decode(),
        }
        secret = _read(self._options.secret_env, self._options.secret_file)
        if secret is not None:
            headers["X-Groundswell-Signature"] = sign(secret.encode(), int(time.time()), content)
        return headers

    def _url(self) -> str:
        if self._options.url is not None:
            return self._options.url
        url = _read(self._options.url_env, self._options.url_file) or ""
        try:
            check_url("the webhook's address", url)
        except ValueError as error:
            raise Undeliverable(str(error)) from None
        return url


def build(options: WebhookOptions) -> WebhookNotifier:
    """A notifier that posts to the configured address."""
    return WebhookNotifier(options)


def sign(secret: bytes, timestamp: int, content: bytes) -> str:
    """The value of `X-Groundswell-Signature` for a body posted at `timestamp`, in seconds since 1970."""
    digest = hmac.new(secret, f"{timestamp}.".encode() + content, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def body(message: Message) -> bytes:
    """`message` as the JSON that is posted; equal messages give equal bytes."""
    return msgspec.json.encode(
        {
            "version": 1,
            "delivery_id": message.delivery_id,
            "created_at": message.created_at.astimezone(UTC),
            "test": message.test,
            "gathered_since": _utc(message.gathered_since),
            "alerts": [_alert(alert) for alert in message.alerts],
        }
    )


def _alert(alert: AlertView) -> dict[str, Any]:
    return {
        "alert_id": alert.alert_id,
        "change": alert.change,
        "rule": {"id": alert.rule_id, "title": _whole(alert.rule_title)},
        "severity": alert.severity,
        "subject_kind": alert.subject_kind,
        "source": _whole(alert.source_name),
        "headline": _whole(alert.headline),
        "excerpt": [_fragment(fragment) for fragment in alert.excerpt],
        "reason": _whole(alert.reason),
        "url": _whole(alert.url) if alert.url else None,
        "published_at": _utc(alert.published_at),
        "published_day_only": alert.published_day_only,
        "first_seen_at": _utc(alert.first_seen_at),
        "language": alert.language,
        "copies": alert.copies,
        "also_in": [_whole(name) for name in alert.also_in],
        "views": alert.views,
        "edited": alert.edited,
        "deleted": alert.deleted,
        "forwarded_from": _whole(alert.forwarded_from) if alert.forwarded_from else None,
        "evidence": [_evidence(one) for one in alert.evidence],
    }


def _evidence(one: EvidenceView) -> dict[str, Any]:
    return {
        "source": _whole(one.source_name),
        "headline": _whole(one.headline),
        "rule_title": _whole(one.rule_title),
        "url": _whole(one.url) if one.url else None,
        "published_at": _utc(one.published_at),
        "published_day_only": one.published_day_only,
        "first_seen_at": _utc(one.first_seen_at),
        "deleted": one.deleted,
    }


def _fragment(fragment: Fragment) -> dict[str, Any]:
    return {"text": _whole(fragment.text), "hit": fragment.hit}


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _whole(text: str) -> str:
    """`text` without halves of surrogate pairs, which UTF-8 can't hold."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _read(env: str | None, file: Path | None) -> str | None:
    if env is None and file is None:
        return None
    try:
        return read_secret(env=env, file=file).reveal()
    except SecretMissing as missing:
        raise RetryLater(str(missing)) from missing


def _receipt(answer: Answer) -> Receipt:
    if 200 <= answer.status < 300:
        return Receipt(reference=f"HTTP {answer.status}")
    reason = f"the webhook answered {answer.status}"
    if answer.temporary:
        raise RetryLater(reason, retry_after=retry_after(answer.headers, datetime.now(UTC)))
    if answer.status < 400:
        raise Undeliverable(f"{reason}; redirects are not followed")
    raise Undeliverable(reason) if answer.status in _OF_THE_ADDRESS else ContentRefused(reason)
