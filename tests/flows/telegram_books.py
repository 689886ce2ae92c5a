"""What must hold after a soak of an account: the store is the data centre's history, everybody was told."""

import json
import sqlite3
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from monitor.demo.data_centre import World
from tests.fakes.webhook_sink import Posted
from tests.flows.database import rows
from tests.telegram_dc.harmless import assert_traceless

COMPLAINT = "отпуск"

Name = tuple[str, str]  # of a channel, and of a post in it

_LATEST = (
    "SELECT source.config_id, item.external_id, revision.text FROM item "
    "JOIN source ON source.id = item.source_id "
    "JOIN revision ON revision.item_id = item.id AND revision.seq = item.latest_seq "
)
_STANDING = _LATEST + "WHERE NOT revision.deleted"
_TOMBSTONES = _LATEST + "WHERE revision.deleted"
_MATCHES = (
    "SELECT DISTINCT source.config_id, item.external_id FROM match JOIN item ON item.id = match.item_id "
    "JOIN source ON source.id = item.source_id WHERE alert_id IS NOT NULL AND rule_id = '{rule}'"
)


# ---- the store -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Published:
    """A post that stands."""

    text: str
    edited: bool
    whole: bool  # an album that lost its first message has another name now, by which nobody asks for it


def published(world: World) -> dict[Name, Published]:
    """Every post that stands: an album is one, and has the name of its first message."""
    found: dict[Name, Published] = {}
    for channel in world.channels.values():
        for _, members in groupby(channel.history(), key=lambda post: post.album or post.id):
            album = tuple(members)
            found[channel.profile.username or "", str(album[0].id)] = Published(
                text="\n".join(post.text for post in album if post.text),
                edited=any(post.edited_at for post in album),
                whole=album[0].album is None or album[0].album == channel.id * 10**6 + album[0].id,
            )
    return found


def missing(url: str, world: World) -> set[Name]:
    """The posts that have to be known and are not."""
    known = {(str(channel), str(number)) for channel, number, _ in rows(url, _LATEST)}
    return {name for name, post in published(world).items() if post.whole} - known


def left_alone(url: str) -> set[str]:
    """The channels of which Telegram complained, or that seemed gone: a new connection hastens them not."""
    failing = "SELECT config_id FROM source WHERE failures > 0 AND outcome <> 'unavailable'"
    return {str(name) for (name,) in rows(url, failing)}


def is_caught_up(url: str, world: World, apart_from: Container[str] = ()) -> bool:
    """Whether all posts but those of some channels are known, and everybody was told of them."""
    waiting = rows(url, "SELECT count(*) FROM notification WHERE status NOT IN ('sent', 'folded')")
    return waiting == [(0,)] and all(channel in apart_from for channel, _ in missing(url, world))


def check_store(url: str, world: World) -> dict[str, int]:
    """The store is what stands in the data centre, once each, and tombstones; returns how much there is."""
    posts = published(world)
    standing = [((str(one), str(number)), str(text)) for one, number, text in rows(url, _STANDING)]
    assert missing(url, world) == set()
    assert dict(standing) == {name: posts[name].text for name, _ in standing if name in posts}
    assert len(standing) == len(dict(standing))
    assert rows(url, "SELECT count(*) FROM item WHERE missing_since IS NOT NULL") == [(0,)]
    assert rows(url, "PRAGMA integrity_check") == [("ok",)]
    return {"standing": len(standing), "tombstones": len(rows(url, _TOMBSTONES))}


# ---- the alerts ------------------------------------------------------------------------


def check_alerts(url: str, world: World) -> None:
    """Whatever a rule is true of has its alert."""
    posts = {name: post for name, post in published(world).items() if post.whole and COMPLAINT in post.text}
    edited = {name for name, post in posts.items() if post.edited}
    taken_down = {
        (str(one), str(number)) for one, number, text in rows(url, _TOMBSTONES) if COMPLAINT in str(text)
    }
    for rule, expected in (("complaint", set(posts)), ("edited", edited), ("taken-down", taken_down)):
        assert expected - set(rows(url, _MATCHES.format(rule=rule))) == set(), rule
    twice = "SELECT rule_id, subject_key, episode FROM alert GROUP BY 1, 2, 3 HAVING count(*) > 1"
    assert rows(url, twice) == []


def check_told(url: str, lives: Sequence[Sequence[Posted]]) -> dict[str, int]:
    """Everybody was told of every change of an alert; in one life no more often than was asked for.

    Returns how much was told, and how much of it again, under the same id, after a kill.
    """
    asked = Counter(rows(url, "SELECT alert_id, change FROM notification"))
    sent = set(rows(url, "SELECT alert_id, change FROM notification WHERE status = 'sent'"))
    told = [Counter(_alerts_of(life)) for life in lives]
    assert {status for (status,) in rows(url, "SELECT status FROM notification")} <= {"sent", "folded"}
    assert {alert for alert, _ in asked} == {alert for (alert,) in rows(url, "SELECT id FROM alert")}
    all_told = sum(told, Counter[tuple[object, ...]]())
    assert all_told.keys() - asked.keys() == set()
    assert sent - all_told.keys() == set()
    assert {alert for alert, _ in asked} - {alert for alert, _ in all_told} == set()
    assert [life - asked for life in told if life - asked] == []
    return {
        "alerts": len({alert for alert, _ in asked}),
        "told": all_told.total(),
        "told_again": (all_told - asked).total(),
    }


def _alerts_of(posted: Iterable[Posted]) -> Iterator[tuple[object, ...]]:
    for one in posted:
        for alert in json.loads(one.body)["alerts"]:
            yield alert["alert_id"], alert["change"]


# ---- nobody's names --------------------------------------------------------------------


def check_nobody_is_named(folder: Path, database: Path, posted: Iterable[Posted], world: World) -> None:
    """No file of the desk, no row and no message names those who react, comment or sign, or the owner."""
    connection = sqlite3.connect(database)
    texts = ["\n".join(connection.iterdump()), *(one.body.decode() for one in posted)]
    connection.close()
    texts += [path.read_bytes().decode(errors="replace") for path in folder.iterdir() if path.is_file()]
    owner = world.accounts[0]
    for text in texts:
        assert_traceless(text)
        assert [trace for trace in (str(owner.user_id), owner.phone, owner.name) if trace in text] == []
