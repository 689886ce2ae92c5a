"""A desk that reads invented channels through an account, from a data centre on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor.config import Config, load
from monitor.demo.data_centre import DataCentre, World
from monitor.demo.data_centre.centre import serve_in_thread
from scrapers.telegram_session import SavedSession, SessionFile
from tests.telegram_dc.faults import Faults
from tests.telegram_dc.harmless import assert_harmless

PLAIN = "Обычный день (вымышленный пример)"
_DESK = """
concurrency = 8

[database]
url_file = "database-url"

[http]
contact = "https://desk.example.org/monitoring"
allow_private = ["127.0.0.1"]
per_host_interval = "0s"

[telegram]
session_file = "telegram.session"
api_id_file = "api-id"
api_hash_file = "api-hash"
requests_per_minute = 600
request_timeout = "5s"

[alerting]
first_poll = true
max_age = "3650d"

[[rule]]
id = "complaint"
query = "отпуск"

[[rule]]
id = "edited"
query = "отпуск AND is:edited"

[route]
group_wait = "0s"

[[receiver]]
id = "hook"
kind = "webhook"
url = "{hook}"
"""
_SOURCE = """
[[source]]
id = "{name}"
kind = "telegram"
channel = "{name}"
interval = "{interval}"
{each}
"""


@dataclass(kw_only=True)
class Telegram:
    """The data centre, its world, and what goes wrong there."""

    world: World
    centre: DataCentre
    faults: Faults


@contextmanager
def telegram() -> Iterator[Telegram]:
    """Serve until the block ends; then nothing harmful was called, and the centre itself has not failed."""
    world, faults = World(), Faults()
    with serve_in_thread(world, conduct=faults) as centre:
        yield Telegram(world=world, centre=centre, faults=faults)
    assert centre.errors == []
    assert_harmless(centre)


def configure(
    folder: Path,
    around: Telegram,
    *,
    database_url: str,
    hook: str,
    interval: str = "1h",
    each: str = "",
    more: str = "",
) -> Config:
    """A desk with every channel of the world, and a session that is signed in.

    `each` is said of every source besides, and `more` of the desk.
    """
    session = SessionFile(folder / "telegram.session")
    if not session.path.exists():
        session.write(SavedSession(key=around.centre.authorised_session()))
    for name, text in (("api-id", "1"), ("api-hash", "0" * 32), ("database-url", database_url)):
        (folder / name).write_text(text)
    names = [channel.profile.username for channel in around.world.channels.values()]
    sources = [_SOURCE.format(name=name, interval=interval, each=each) for name in names]
    path = folder / "config.toml"
    path.write_text("".join((_DESK.format(hook=hook), *sources, more)))
    return load(path)
