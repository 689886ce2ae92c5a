"""The demo's configuration: a TOML file like any user's, with loopback addresses in it."""

import json
from importlib import resources
from pathlib import Path

from monitor.demo.sources import SampleSource, sample_sources

_TOKEN = "4242:demo-token-of-the-loopback-bot"  # noqa: S105 -- opens nothing but the demo's own receiver


def write_configuration(folder: Path, *, web_url: str, smtp_port: int, bot_url: str) -> Path:
    """Write config.toml and the bot's token file into `folder`; returns the configuration's path."""
    (folder / "bot-token").write_text(_TOKEN, encoding="ascii")
    rules = resources.files("monitor.demo").joinpath("rules.toml").read_text(encoding="utf-8")
    rules = rules.replace('host = "127.0.0.1"', f'host = "127.0.0.1"\nport = {smtp_port}')
    rules = rules.replace('token_file = "bot-token"', f'token_file = "bot-token"\napi_url = "{bot_url}"')
    sources = "\n".join(_source(source) for source in sample_sources(web_url))
    path = folder / "config.toml"
    path.write_text(_HEAD + rules + "\n" + sources, encoding="utf-8")
    return path


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
