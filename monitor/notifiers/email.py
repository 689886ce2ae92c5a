"""Alerts by e-mail, over SMTP with TLS."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import aiosmtplib
from aiosmtplib import SMTP

from monitor.message import Message, Receipt
from monitor.notifiers.errors import ContentRefused, DeliveryError, RetryLater, Undeliverable
from monitor.notifiers.mail import address, compose, message_id
from monitor.notifiers.pacing import Pacer, Rate
from monitor.secrets import Secret, SecretMissing, check_places, read_secret

_TOO_LARGE = 552
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
# What we call ourselves: RFC 5321 (section 4.1.3) allows an address literal, and it tells no machine's name.
_HELLO = "[127.0.0.1]"


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailOptions:
    """A mail server, who sends and who receives."""

    host: str
    sender: str  # "alerts@example.org" or "Groundswell <alerts@example.org>"
    to: tuple[str, ...]
    port: int | None = None  # None: 587 for starttls, 465 for tls, 25 for none
    tls: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Path | None = None  # trust this authority instead of the well-known ones
    username: str | None = None
    password_env: str | None = None
    password_file: Path | None = None
    subject_prefix: str = "[Groundswell]"
    timeout: timedelta = timedelta(seconds=30)  # for each answer of the server
    per_minute: int = 30

    def __post_init__(self) -> None:
        """Refuse what could never be sent.

        Raises:
            ValueError: with a sentence for the person who wrote the configuration.
        """
        check_places("password", self.password_env, self.password_file, required=self.username is not None)
        if not self.to:
            raise ValueError("to names no receiver")
        for text in (self.sender, *self.to):
            address(text)
        if self.per_minute < 1 or self.timeout <= timedelta(0):
            raise ValueError("per_minute and timeout must be more than nothing")
        if self.tls == "none" and self.username is not None and not _is_loopback(self.host):
            raise ValueError('tls = "none" would send the password readable to everyone on the way')


class EmailNotifier:
    """Sends every message over a connection of its own."""

    def __init__(self, options: EmailOptions) -> None:
        self._options = options
        self._pacer = Pacer(Rate(count=options.per_minute, per=timedelta(minutes=1), burst=5))

    async def send(self, message: Message) -> Receipt:
        """Mail `message`; accepted by at least one recipient is sent, refused ones are in the receipt.

        Raises:
            RetryLater: the network failed or the server answered 4xx; it may have taken the mail.
            ContentRefused: the server answered 5xx to the mail itself.
            Undeliverable: it answered 5xx before that, or refused the password.
        """
        options = self._options
        mail = compose(message, sender=options.sender, to=options.to, subject_prefix=options.subject_prefix)
        password = self._password()
        await self._pacer.wait()
        refused, answer = await self._submit(mail.as_bytes(), password)
        detail = "; ".join([answer, *(f"refused {who}: {why}" for who, why in refused.items())])
        return Receipt(reference=message_id(mail), detail=_hidden(password, detail))

    async def close(self) -> None:
        """Nothing to give back: every message has its own connection."""

    async def _submit(self, mail: bytes, password: Secret | None) -> tuple[dict[str, str], str]:
        try:
            async with self._client(password) as client:
                refused, answer = await client.sendmail(
                    address(self._options.sender).addr_spec,
                    [address(receiver).addr_spec for receiver in self._options.to],
                    mail,
                )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            failure = _failure(error, password)
        else:
            return {who: f"{why.code} {why.message}" for who, why in refused.items()}, answer
        # Raised out here so that the library's error, which may hold what was sent, is not chained.
        raise failure

    def _client(self, password: Secret | None) -> SMTP:
        options = self._options
        return SMTP(
            hostname=options.host,
            port=options.port or _PORTS[options.tls],
            username=options.username,
            password=password.reveal() if password else None,
            use_tls=options.tls == "tls",
            start_tls=options.tls == "starttls",
            tls_context=_tls_context(options),
            timeout=options.timeout.total_seconds(),
            local_hostname=_HELLO,
        )

    def _password(self) -> Secret | None:
        if self._options.username is None:
            return None
        try:
            return read_secret(env=self._options.password_env, file=self._options.password_file)
        except SecretMissing as missing:
            raise RetryLater(str(missing)) from missing


def build(options: EmailOptions) -> EmailNotifier:
    """A notifier that mails to `options.to`."""
    return EmailNotifier(options)


def _tls_context(options: EmailOptions) -> ssl.SSLContext | None:
    if options.tls == "none":
        return None
    return ssl.create_default_context(cafile=options.ca_file)


def _failure(error: Exception, password: Secret | None) -> DeliveryError:
    """What the caller does next, from the class and reply code of RFC 5321, section 4.2.1."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        # Without the server's words: some repeat what was sent to them.
        return _by_code(error.code, f"the mail server refused the user name or password ({error.code})")
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [refused.code for refused in error.recipients]
        said = "; ".join(f"{one.recipient}: {one.code} {one.message}" for one in error.recipients)
        return _by_code(min(codes), _hidden(password, f"every recipient was refused: {said}"))
    if isinstance(error, aiosmtplib.SMTPResponseException):
        said = _hidden(password, f"the mail server answered {error.code} {error.message}")
        return ContentRefused(said) if _is_about_the_mail(error) else _by_code(error.code, said)
    if isinstance(error, OSError):
        return RetryLater(_hidden(password, f"no answer from the mail server: {error}"))
    return Undeliverable(_hidden(password, f"the mail server can't do what is configured: {error}"))


def _is_about_the_mail(error: aiosmtplib.SMTPResponseException) -> bool:
    """After DATA all is known but the text; 552 to a sender means the size that was announced (RFC 1870)."""
    too_large = isinstance(error, aiosmtplib.SMTPSenderRefused) and error.code == _TOO_LARGE
    return too_large or (isinstance(error, aiosmtplib.SMTPDataError) and error.code >= 500)


def _by_code(code: int, reason: str) -> DeliveryError:
    return Undeliverable(reason) if code >= 500 else RetryLater(reason)


def _hidden(password: Secret | None, text: str) -> str:
    return password.hide_in(text) if password else text


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
