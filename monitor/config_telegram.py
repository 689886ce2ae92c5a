"""`[telegram]`: the account that reads sources of kind "telegram"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from monitor.config_secrets import warn_of_absent_secrets
from monitor.options import Table, entries, read_table, single_table
from monitor.problems import Findings
from monitor.secrets import Secret, SecretMissing, check_places, read_secret
from monitor.toml_lines import Keys

KIND = "telegram"  # of the sources that need the account

_LARGEST_ID = 2**31 - 1  # as it goes over the wire
_SHAPES = {
    "api_id": (re.compile(r"[0-9]{1,10}"), "a number"),
    "api_hash": (re.compile(r"[0-9a-f]{32}"), "32 of 0-9 and a-f"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TelegramOptions:
    """What `[telegram]` can say. The two secrets are of the owner's application, from my.telegram.org."""

    session_file: Path  # made by `groundswell telegram login`
    api_id_env: str | None = None
    api_id_file: Path | None = None
    api_hash_env: str | None = None
    api_hash_file: Path | None = None
    requests_per_minute: Annotated[int, Meta(ge=1, le=600)] = 60  # all sources together, at most
    request_timeout: timedelta = timedelta(seconds=30)  # for one answer

    def __post_init__(self) -> None:
        check_places("api_id", self.api_id_env, self.api_id_file, required=True)
        check_places("api_hash", self.api_hash_env, self.api_hash_file, required=True)
        if not timedelta(seconds=1) <= self.request_timeout <= timedelta(minutes=5):
            raise ValueError("request_timeout must lie between a second and five minutes")

    def api_id(self, environ: Mapping[str, str] | None = None) -> int:
        """The application's number. Raises `SecretMissing` where it cannot be had."""
        number = int(_secret("api_id", self.api_id_env, self.api_id_file, environ).reveal())
        if number > _LARGEST_ID:
            place = self.api_id_env or self.api_id_file
            raise SecretMissing(f"what stands in {place} is no api_id, which is at most {_LARGEST_ID}")
        return number

    def api_hash(self, environ: Mapping[str, str] | None = None) -> Secret:
        """The application's key. Raises `SecretMissing` where it cannot be had."""
        return _secret("api_hash", self.api_hash_env, self.api_hash_file, environ)


def _secret(name: str, env: str | None, file: Path | None, environ: Mapping[str, str] | None) -> Secret:
    secret = read_secret(env=env, file=file, environ=environ)
    shape, words = _SHAPES[name]
    if shape.fullmatch(secret.reveal()) is None:
        raise SecretMissing(f"what stands in {env or file} is no {name}, which is {words}")
    return secret


def read_telegram(
    document: Table, findings: Findings, *, folder: Path, environ: Mapping[str, str]
) -> TelegramOptions | None:
    """The account; None where none is configured, or after noting what is wrong with it."""
    if "telegram" not in document:
        _require_account(document, findings)
        return None
    keys = ("telegram",)
    entry = single_table(document, "telegram", findings)
    options = read_table(TelegramOptions, entry, keys, findings, folder=folder)
    if options is not None:
        warn_of_absent_secrets(options, keys, findings, environ, without=("session_file",))
        _warn_of_absent_session(options.session_file, (*keys, "session_file"), findings)
    return options


def _warn_of_absent_session(file: Path, keys: Keys, findings: Findings) -> None:
    if not file.exists():
        findings.warning(keys, f"nobody has signed in: there is no {file}", "groundswell telegram login")


def _require_account(document: Table, findings: Findings) -> None:
    """Note every source that cannot be read without an account."""
    for keys, table in entries(document, "source"):
        if table.get("kind") == KIND:
            hint = 'add [telegram] as docs/telegram.md tells, or read it without one: kind = "telegram_web"'
            findings.problem((*keys, "kind"), f'kind "{KIND}" needs an account', hint)
