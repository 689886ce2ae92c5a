"""The demo's configuration: a TOML file like any user's, with loopback addresses in it."""

import json
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from monitor.demo.sources import SampleSource, read_through_account, sample_sources
from scrapers.telegram_session import SavedSession, SessionFile

_TOKEN = "4242:demo-token-of-the-loopback-bot"  # noqa: S105 -- opens nothing but the demo's own receiver


def write_configuration(
    folder: Path, *, web_url: str, smtp_port: int, bot_url: str, session: str | None = None
) -> Path:
    """Write config.toml and the bot's token file into `folder`; returns the configuration's path.

    With a `session`, Telethon's text of one that is signed in, the channels are read through its account.
    """
    sources = sample_sources(web_url)
    if session is None:
        return _written(folder, _HEAD, sources, smtp_port=smtp_port, bot_url=bot_url)
    _write_account(folder, session)
    accounted = read_through_account(sources)
    return _written(folder, _HEAD + _ACCOUNT, accounted, smtp_port=smtp_port, bot_url=bot_url)


def _written(
    folder: Path, head: str, sources: Iterable[SampleSource], *, smtp_port: int, bot_url: str
) -> Path:
    (folder / "bot-token").write_text(_TOKEN, encoding="ascii")
    rules = resources.files("monitor.demo").joinpath("rules.toml").read_text(encoding="utf-8")
    rules = rules.replace('host = "127.0.0.1"', f'host = "127.0.0.1"\nport = {smtp_port}')
    rules = rules.replace('token_file = "bot-token"', f'token_file = "bot-token"\napi_url = "{bot_url}"')
    path = folder / "config.toml"
    path.write_text(head + rules + "\n" + "\n".join(map(_source, sources)), encoding="utf-8")
    return path


def _write_account(folder: Path, session: str) -> None:
    SessionFile(folder / "telegram.session").write(SavedSession(key=session))
    (folder / "telegram-api-id").write_text("1", encoding="ascii")
    (folder / "telegram-api-hash").write_text("0" * 32, encoding="ascii")


def token() -> str:
    """The token that the demo's bot goes by."""
    return _TOKEN


_HEAD = """\
# Written by `groundswell demo`. Everything it watches is fictional and served on this machine.
timezone = "Europe/Prague"
concurrency = 8

[database]
url = "sqlite:///groundswell.db"

[http]
contact = "https://desk.example.org/monitoring"
allow_private = ["127.0.0.1"]
per_host_interval = "0s"
per_host_concurrency = 8

[alerting]
max_age = "3d"
repeat_interval = "12h"

"""

_ACCOUNT = """\
[telegram]
session_file = "telegram.session"
api_id_file = "telegram-api-id"
api_hash_file = "telegram-api-hash"

"""


def _source(source: SampleSource) -> str:
    facts: dict[str, object] = {
        "id": source.id,
        "kind": source.kind,
        "name": source.name,
        **source.options,
        "interval": "4h",
        "tags": list(source.tags),
        "language": source.language,
    }
    if source.country:
        facts["country"] = source.country
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items())
    return "[[source]]\n" + "\n".join(lines) + "\n"
