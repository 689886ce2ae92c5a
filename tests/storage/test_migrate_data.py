"""Upgrades from every earlier schema keep all that is stored, and go on with it. All texts are fictional."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.command import upgrade as run_migrations
from sqlalchemy import Connection, inspect, text

from storage import migrate
from storage.database import connect
from storage.model import AlertStatus, ItemRef, NotificationStatus, RecallKeys, Sent, SubjectKind
from storage.purged import PURGE_KEY, item_digest
from storage.schema import is_compared, metadata
from storage.store import Store, open_store

ROOT = Path(__file__).resolve().parents[2]
EARLIER = sorted(path.name[:4] for path in (ROOT / "alembic" / "versions").glob("*.py"))[:-1]
STARTS = [
    *(("sqlite_url", revision) for revision in EARLIER),
    *(("postgres_url", revision) for revision in EARLIER[2:]),  # the first two: tests/storage/test_migrate.py
]

WAY_HOME, ECHO = 1, 2  # sources
POST, COPY, GONE = 1001, 1002, 1003  # items: an edited one, a copy of it, one that was deleted
KEY = b"k" * 32
LEAVE = "Отпуск не дают (вымышленный пример)"
EDITED = "Отпуск дали (вымышленный пример)"
MOVED = "Нас перевели (вымышленный пример)"


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 1, hour, minute, tzinfo=UTC)


def digest(words: str) -> bytes:
    return hashlib.sha256(words.encode()).digest()


# ---- what an earlier version has left --------------------------------------------------


def source(row: int, name: str, **more: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "config_id": name,
        "kind": "telegram_web",
        "name": name,
        "active": True,
        "native_id": f"10{row}",
    }
    plain |= {"cursor": {"after": 9}, "version": 3, "failures": 0, "next_due_at": at(13), "pace": 3600.0}
    return {"id": row, "live": False, "first_polled_at": at(8), **plain, **more}


def item(row: int, source_id: int, name: str, first_seen_at: datetime, **more: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "source_id": source_id,
        "external_id": name,
        "kind": "post",
        "position": int(name),
    }
    return {"id": row, **plain, "first_seen_at": first_seen_at, "latest_seq": 1, **more}


def revision(row: int, seq: int, seen_at: datetime, words: str, **more: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "text": words,
        "text_hash": digest(words),
        "fingerprint": digest(words),
        "language": "ru",
    }
    plain |= {"deleted": False, "edited": False, "has": ["photo"], "flags": [], "links": []}
    return {"item_id": row, "seq": seq, "observed_at": seen_at, "analysis_version": 1, **plain, **more}


def match(row: int, alert_id: str, happened_at: datetime, ended_at: datetime | None) -> dict[str, object]:
    plain: dict[str, object] = {
        "item_id": row,
        "seq": 1,
        "rule_id": "leave",
        "rule_version": 1,
        "matched_at": at(11),
    }
    return plain | {
        "spans": [["text", 0, 6]],
        "alert_id": alert_id,
        "language": "ru",
        "happened_at": happened_at,
        "ended_at": ended_at,
    }


def alert(name: str, kind: SubjectKind, key: str, source_id: int, **more: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "rule_id": "leave",
        "rule_version": 1,
        "severity": "warning",
        "episode": 0,
        "labels": {},
    }
    plain |= {"headline": "(вымышленный пример)", "reason": "matched", "status": AlertStatus.OPEN.value}
    plain |= {"copies": 0, "told_copies": 0, "told_at": at(11), "version": 1}
    plain |= {"subject_kind": kind.value, "subject_key": key, "source_id": source_id}
    return {"id": name, **plain, "opened_at": at(11), "updated_at": at(11), **more}


def notification(name: str, alert_id: str, status: NotificationStatus, **more: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "alert_id": alert_id,
        "receiver": "phone",
        "change": "opened",
        "group_key": "all",
    }
    plain |= {"created_at": at(11), "send_after": at(12), "reason": "the only route", "attempts": 0}
    return {"id": name, "status": status.value, **plain, **more}


ROWS: Mapping[str, list[dict[str, object]]] = {
    "source": [
        source(WAY_HOME, "way-home"),
        source(ECHO, "echo", failures=3, outcome="unavailable", reason="refused"),
    ],
    "audience": [{"source_id": WAY_HOME, "observed_at": at(10), "subscribers": 1200}],
    "incident": [
        {"id": "GS-DOWN", "source_id": ECHO, "kind": "failing", "opened_at": at(11), "reason": "refused"}
    ],
    "timer": [{"kind": "silence", "key": f"{WAY_HOME}:", "due_at": at(20)}],
    "item": [
        item(POST, WAY_HOME, "7", at(10), published_at=at(9), latest_seq=2, refresh_at=at(16)),
        item(COPY, ECHO, "8", at(10, 30), origin_id=POST),
        item(GONE, WAY_HOME, "9", at(10, 45), published_at=at(10, 59), latest_seq=2),
    ],
    "capture": [
        {"sha256": digest("page"), "url": "https://example.org/7", "fetched_at": at(10), "body": b"p"}
    ],
    "revision": [
        revision(POST, 1, at(10), LEAVE, capture_sha256=digest("page")),
        revision(POST, 2, at(11), EDITED, edited=True),
        revision(COPY, 1, at(10, 30), LEAVE),
        revision(GONE, 1, at(10, 45), MOVED),
        revision(GONE, 2, at(11, 30), MOVED, deleted=True),
    ],
    "media": [{"item_id": POST, "seq": 1, "position": 0, "kind": "video", "duration_ms": 9000}],
    "derived_text": [
        {
            "item_id": POST,
            "seq": 1,
            "kind": "translation",
            "language": "en",
            "producer": "by hand",
            "text": "No leave (fictional sample)",
            "created_at": at(12),
        }
    ],
    "reading": [
        {"item_id": POST, "observed_at": at(10), "views": 10, "reactions": {"👍": 1}, "raw": {}},
        {"item_id": POST, "observed_at": at(11), "views": 4000, "reactions": {}, "raw": {"views": "4K"}},
    ],
    "origin_key": [{"key": digest(LEAVE), "item_id": POST}],
    "seen": [
        {"source_id": WAY_HOME, "external_id": "5", "text_hash": digest("pruned"), "seen_at": at(7)},
        {"source_id": WAY_HOME, "external_id": "7", "text_hash": digest(LEAVE), "seen_at": at(10)},
    ],
    "desk_key": [{"purpose": PURGE_KEY, "key": KEY, "created_at": at(8)}],
    "purged": [
        {
            "digest": item_digest(KEY, ItemRef(source_id=WAY_HOME, external_id="6")),
            "purged_at": at(8),
            "reason": "asked for",
        }
    ],
    "rule": [{"id": "leave", "title": "Leave", "severity": "warning", "version": 1, "active": True}],
    "rule_version": [{"rule_id": "leave", "version": 1, "query": "отпуск", "created_at": at(8)}],
    "alert": [
        alert("GS-LEAVE", SubjectKind.ORIGIN, f"{WAY_HOME}/7", WAY_HOME, item_id=POST, seq=1),
        alert("GS-GONE", SubjectKind.ORIGIN, f"{WAY_HOME}/9", WAY_HOME, item_id=GONE, seq=1),
        alert("GS-DOWN", SubjectKind.INCIDENT, f"{ECHO}/failing", ECHO, rule_id="source-health"),
    ],
    "match": [
        match(POST, "GS-LEAVE", happened_at=at(9), ended_at=at(11)),  # its words were taken back
        match(GONE, "GS-GONE", happened_at=at(10, 45), ended_at=None),  # a deletion takes nothing back
    ],
    "evidence": [{"alert_id": "GS-GONE", "position": 0, "item_id": GONE, "rule_id": "leave"}],
    "correlation_group": [
        {
            "correlation_id": "wave",
            "subject_key": "all",
            "version": 1,
            "first_at": at(9),
            "changed_at": at(11),
        }
    ],
    "alert_label": [{"id": 1, "alert_id": "GS-LEAVE", "value": "useful", "labelled_at": at(12)}],
    "notification": [
        notification("n1", "GS-LEAVE", NotificationStatus.SENT, delivery_id="d1", settled_at=at(12)),
        notification("n2", "GS-LEAVE", NotificationStatus.DEAD, receiver="mail", settled_at=at(12)),
        notification("n3", "GS-GONE", NotificationStatus.PENDING),
    ],
    "delivery": [
        {
            "delivery_id": "d1",
            "attempt": 1,
            "receiver": "phone",
            "notifications": 1,
            "settled_at": at(12),
            "outcome": "sent",
        }
    ],
}


def fill(url: str, at_revision: str) -> Mapping[str, list[Mapping[str, Any]]]:
    """Make a database of an earlier schema with rows in all its tables; returns them as they are stored."""
    database = connect(url)
    database.dialect.create()
    with database.writing() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        run_migrations(config, at_revision)
        columns = columns_of(connection)
        for table in metadata.sorted_tables:
            for row in ROWS[table.name] if table.name in columns else ():
                known = {name: value for name, value in row.items() if name in columns[table.name]}
                connection.execute(table.insert(), known)
        database.dialect.index(connection, {POST: ["отпуск"]})
        stored = read(connection, columns)
    database.close()
    return stored


def columns_of(connection: Connection) -> Mapping[str, list[str]]:
    looking = inspect(connection)
    names = [name for name in looking.get_table_names() if is_compared(name, "table", None)]
    return {
        name: [column["name"] for column in looking.get_columns(name)]
        for name in names
        if name != "alembic_version"
    }


def read(connection: Connection, columns: Mapping[str, list[str]]) -> Mapping[str, list[Mapping[str, Any]]]:
    return {
        table: sorted(map(dict, connection.execute(selecting(table, names)).mappings()), key=str)
        for table, names in columns.items()
    }


def selecting(table: str, names: list[str]) -> Any:
    return text("SELECT {} FROM {}".format(", ".join(f'"{name}"' for name in names), table))


@pytest.fixture(params=STARTS, ids="-".join)
def upgraded(request: pytest.FixtureRequest) -> Iterator[tuple[str, Store]]:
    """The revision that a database began at, and the store on it, once everything was compared."""
    fixture, began_at = request.param
    url = request.getfixturevalue(fixture)
    before = fill(url, began_at)
    assert [table for table, rows in before.items() if not rows] == []
    migrate.upgrade(url)
    database = connect(url)
    with database.reading() as connection:
        after = read(connection, {table: list(rows[0]) for table, rows in before.items()})
        assert after == before
    database.close()
    store = open_store(url)
    yield began_at, store
    store.close()


# ---- what today's version makes of it --------------------------------------------------


def test_what_was_stored_is_kept_and_gone_on_with(upgraded: tuple[str, Store]) -> None:
    began_at, store = upgraded
    sees_items(store)
    sees_matches(store)
    knows_what_it_saw(store, began_at)
    tells_what_waits(store)
    purges(store)


def sees_items(store: Store) -> None:
    assert {one.ref.external_id: (one.text, one.deleted) for one in store.items(5)} == {
        "7": (EDITED, False),
        "8": (LEAVE, False),
        "9": (MOVED, True),
    }
    history = store.history("way-home", "7")
    assert history is not None
    assert [one.text for one in history.revisions] == [LEAVE, EDITED]
    assert [one.counters.views for one in history.readings] == [10, 4000]
    reports = {one.config_id: one for one in store.sources()}
    assert (reports["echo"].failures, reports["echo"].incidents) == (3, ("failing",))
    assert store.source("way-home").version == 3


def sees_matches(store: Store) -> None:
    """When they happened, until when they counted, and in which language: told by the rows themselves."""
    with store._database.reading() as connection:
        asked = text("SELECT item_id, happened_at, ended_at, language FROM match ORDER BY item_id")
        found = [(row[0], moment(row[1]), moment(row[2]), row[3]) for row in connection.execute(asked)]
    assert found == [(POST, at(9), at(11), "ru"), (GONE, at(10, 45), None, "ru")]


def moment(stored: Any) -> datetime | None:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored


def knows_what_it_saw(store: Store, began_at: str) -> None:
    names = ("5", "6", "7", "8", "9")
    known = store.recall(WAY_HOME, RecallKeys(external_ids=names, origin_keys=(digest(LEAVE),)))
    assert known.items.keys() == {"7", "9"}
    assert known.items["7"].position == 7
    assert {("5", digest("pruned")), ("7", digest(LEAVE))} <= known.seen
    assert known.origins.keys() == {digest(LEAVE)}
    assert {one.id for one in known.alerts} >= {"GS-LEAVE", "GS-GONE"}
    assert known.purged == (
        {"6"} if began_at != "0001" else set()
    )  # before, a purge left hashes without a key


def tells_what_waits(store: Store) -> None:
    claimed = store.claim(at(12, 30), worker="one", lease_for=timedelta(minutes=2), limit=9)
    assert [one.id for delivery in claimed for one in delivery.notifications] == ["n3"]
    store.settle(claimed[0], Sent(reference=None), at(12, 31))
    assert [one.id for one in store.dead_letters(5)] == ["n2"]
    assert store.labels(["GS-LEAVE"])["GS-LEAVE"].verdict == "useful"


def purges(store: Store) -> None:
    report = store.purge([ItemRef(source_id=WAY_HOME, external_id="7")], at(13))
    assert (report.items, report.revisions, report.copies_left) == (1, 2, 1)
    assert store.recall(WAY_HOME, RecallKeys(external_ids=("7",))).purged == {"7"}
    store.check_schema()
