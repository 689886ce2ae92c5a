"""A purge takes an item everywhere, on both databases, and it does not return. The texts are fictional."""

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, make_url, select

from scrapers.model import Cursor
from storage.errors import LeaseLost, Stale
from storage.model import (
    TEXT_KEY,
    Apart,
    Dead,
    ItemRef,
    NotificationStatus,
    RecallKeys,
    RetryAt,
    Sent,
    Shortened,
    SubjectKind,
)
from storage.schema import alert, alert_label, capture, derived_text, metadata, purged, revision, source
from storage.schema import delivery as delivery_table
from storage.schema import seen as seen_table

SECRET = "Zebrafictional whisper about a lighthouse keeper named Nobody"
LEASE = timedelta(minutes=5)
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def secret_post(desk, name="7", **changes):
    """A post with all that can hang on it, and an alert that is about to be sent."""
    desk.commit(
        items=(
            desk.item(name, url=f"https://example.org/{SECRET[:14]}", origin_keys=(b"k" + name.encode(),)),
        ),
        revisions=(
            desk.revision(name, text=SECRET, fingerprint=b"first mark"),
            desk.revision(name, 2, text=f"{SECRET}, edited", title=SECRET, fingerprint=b"second mark"),
        ),
        readings=(desk.reading(name, 100),),
        matches=(desk.match(name),),
        alerts=(desk.alert(name, headline=SECRET, reason=f'matched "{SECRET}"', **changes),),
        notifications=(desk.notification("n1"), desk.notification("n2", receiver="phone")),
    )
    with desk.store._database.writing() as connection:
        connection.execute(
            insert(capture).values(sha256=b"c", url="u", fetched_at=desk.now, body=SECRET.encode())
        )
        row = connection.execute(select(revision.c.item_id).where(revision.c.seq == 2)).scalar_one()
        connection.execute(revision.update().values(capture_sha256=b"c").where(revision.c.item_id == row))
        connection.execute(
            insert(derived_text).values(
                item_id=row,
                seq=2,
                kind="translation",
                language="en",
                producer="hand",
                text=SECRET,
                created_at=desk.now,
            )
        )
        connection.execute(
            insert(alert_label).values(alert_id="GS-1", value="true", note=SECRET, labelled_at=desk.now)
        )
    return ItemRef(source_id=desk.way_home, external_id=name)


def dump(desk):
    """Every value of every table, as text."""
    with desk.store._database.reading() as connection:
        found = [
            f"{table.name}: {list(row)}"
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
        ]
        found += [str(list(row)) for row in connection.exec_driver_sql("SELECT * FROM item_search")]
    return "\n".join(found)


def fates(desk):
    return {one.receiver: (str(one.status), one.attempts) for one in desk.store.notifications("GS-1")}


def attempts(desk):
    with desk.store._database.reading() as connection:
        return list(connection.scalars(select(delivery_table.c.outcome)))


def test_nothing_of_the_item_is_left(desk):
    ref = secret_post(desk)
    assert SECRET in dump(desk)
    assert SECRET.lower().split()[0] in dump(desk)
    report = desk.store.purge([ref], desk.now, "asked for by those concerned")
    assert (report.items, report.revisions, report.alerts, report.notifications) == (1, 2, 1, 2)
    left = dump(desk).lower()
    assert [word for word in SECRET.lower().split() if len(word) > 5 and word in left] == []
    assert f"{desk.way_home}/7" not in left
    totals = desk.store.totals()
    assert (totals.items, totals.revisions, totals.alerts, totals.pending) == (0, 0, 1, 0)


def test_it_is_known_as_purged_and_so_are_its_texts(desk):
    ref = secret_post(desk)
    signs = (b"k7", TEXT_KEY + b"first mark", TEXT_KEY + b"second mark", TEXT_KEY + b"another")
    keys = RecallKeys(external_ids=("7", "8"), origin_keys=signs)
    assert desk.store.recall(desk.way_home, keys).purged == frozenset()
    desk.store.purge([ref], desk.now)
    known = desk.store.recall(desk.way_home, keys)
    assert known.purged == {"7"}
    assert known.purged_keys == set(signs[:3])
    assert (known.items, known.origins, known.seen, known.alerts) == ({}, {}, frozenset(), ())


def test_what_was_never_stored_can_be_kept_out(desk):
    ref = ItemRef(source_id=desk.way_home, external_id="never")
    assert desk.store.purge([ref], desk.now).items == 0
    assert desk.known("never").purged == {"never"}


def test_every_desk_has_a_key_of_its_own_that_stays(desk):
    refs = [ItemRef(source_id=desk.way_home, external_id=name) for name in "ab"]
    desk.store.purge(refs[:1], desk.now)
    desk.store.purge(refs, desk.now)
    assert desk.known("a", "b").purged == {"a", "b"}
    with desk.store._database.reading() as connection:
        assert len(list(connection.execute(select(purged)))) == 2


def test_a_purge_twice_changes_nothing_more(desk):
    ref = secret_post(desk)
    desk.store.purge([ref], desk.now)
    before = desk.store.totals()
    again = desk.store.purge([ref], desk.now)
    assert (again.items, again.alerts, again.notifications) == (0, 0, 0)
    assert desk.store.totals() == before


def test_the_oldest_copy_that_stays_becomes_the_origin(desk):
    ref = secret_post(desk)
    other = desk.register("way_home", "mirror")["mirror"]
    desk.now += timedelta(hours=1)
    first = desk.post("70", source_id=other, origin=ref)
    desk.now += timedelta(hours=1)
    second = desk.post("8", origin=ref)
    report = desk.store.purge([ref], desk.now)
    assert report.copies_left == 2
    assert desk.known("8").items["8"].origin == first
    assert desk.known("70", source_id=other).items["70"].origin == first
    assert desk.store.purge([first, second], desk.now).items == 2


def test_an_alert_keeps_its_id_and_who_was_told_but_no_words(desk):
    ref = secret_post(desk)
    (delivery,) = desk.store.claim(desk.now, worker="w", lease_for=LEASE, limit=1, receivers=("mail",))
    desk.store.settle(delivery, Sent(reference=None), desk.now)
    desk.store.purge([ref], desk.now)
    (told,) = desk.store.alerts(5)
    assert (told.id, told.status, told.headline, told.reason) == ("GS-1", "closed", "(purged)", "(purged)")
    assert told.item is None
    statuses = {one.receiver: one.status for one in desk.store.notifications("GS-1")}
    assert statuses == {"mail": NotificationStatus.SENT, "phone": NotificationStatus.PURGED}


def test_what_is_on_its_way_is_counted_apart_and_its_attempt_is_written_down(desk):
    ref = secret_post(desk)
    (delivery,) = desk.store.claim(desk.now, worker="w", lease_for=LEASE, limit=1, receivers=("mail",))
    report = desk.store.purge([ref], desk.now)
    assert (report.notifications, report.on_their_way) == (1, 1)
    assert fates(desk) == {"mail": ("purged", 0), "phone": ("purged", 0)}
    assert desk.store.settle(delivery, Sent(reference=None), desk.now) == 1
    assert fates(desk) == {"mail": ("sent", 1), "phone": ("purged", 0)}
    assert attempts(desk) == ["sent"]
    with pytest.raises(LeaseLost):
        desk.store.settle(delivery, Sent(reference=None), desk.now)


@pytest.mark.parametrize(
    "result",
    [
        RetryAt(at=datetime(2027, 1, 1, tzinfo=UTC), reason="busy"),
        Shortened(reason="too long"),
        Apart(parts=(("n1",),), reason="too long"),
        Dead(reason="no such mailbox"),
    ],
    ids=lambda result: type(result).__name__,
)
def test_what_was_purged_on_its_way_and_did_not_arrive_is_not_tried_again(desk, result):
    ref = secret_post(desk)
    (delivery,) = desk.store.claim(desk.now, worker="w", lease_for=LEASE, limit=1, receivers=("mail",))
    desk.store.purge([ref], desk.now)
    assert desk.store.settle(delivery, result, desk.now) == 1
    assert fates(desk)["mail"] == ("purged", 1)
    (reason,) = {one.reason for one in desk.store.notifications("GS-1") if one.receiver == "mail"}
    assert reason == "what it would tell of was purged while it was on its way"
    assert len(attempts(desk)) == 1
    assert desk.store.claim(desk.now + timedelta(days=90), worker="w", lease_for=LEASE, limit=9) == ()


def test_a_dead_letter_about_what_was_purged_is_not_sent_again(desk):
    ref = secret_post(desk)
    for delivery in desk.store.claim(desk.now, worker="w", lease_for=LEASE, limit=2):
        desk.store.settle(delivery, Dead(reason=f"refused: {SECRET}"), desk.now)
    assert desk.store.purge([ref], desk.now).notifications == 2
    assert fates(desk) == {"mail": ("purged", 1), "phone": ("purged", 1)}
    assert {one.reason for one in desk.store.notifications("GS-1")} == {"what it would tell of was purged"}


def test_an_alert_that_a_purged_copy_opened_shows_the_origin_instead(desk):
    origin = desk.post("1", text="An old notice (fictional sample)")
    copy = desk.post("2", text=SECRET, origin=origin)
    desk.commit(
        alerts=(desk.alert("2", subject_key=f"{desk.way_home}/1", headline=SECRET, reason=SECRET),),
        notifications=(desk.notification("n1"),),
    )
    report = desk.store.purge([copy], desk.now)
    assert (report.alerts, report.notifications, report.copies_left) == (0, 0, 0)
    (shown,) = desk.store.alerts(5)
    assert (shown.item.ref, shown.headline, shown.status) == (
        origin,
        "An old notice (fictional sample)",
        "open",
    )
    assert SECRET not in dump(desk)


def test_the_text_of_a_purged_copy_stays_known_by_its_origin(desk):
    origin = desk.post("1", origin_keys=(TEXT_KEY + b"mark",))
    desk.commit(items=(desk.item("2", origin=origin),), revisions=(desk.revision("2", fingerprint=b"mark"),))
    desk.store.purge([ItemRef(source_id=desk.way_home, external_id="2")], desk.now)
    known = desk.known("1", "2", keys=(TEXT_KEY + b"mark",))
    assert (known.purged, known.purged_keys) == ({"2"}, frozenset())
    assert known.origins[TEXT_KEY + b"mark"].ref == origin


def test_other_items_and_alerts_are_left_alone(desk):
    ref = secret_post(desk)
    desk.post("1", text="rotation (fictional sample)")
    incident = desk.alert("", "GS-2", subject_kind=SubjectKind.INCIDENT, external_id=None, seq=None)
    desk.commit(alerts=(incident, desk.alert("1", "GS-3")), notifications=(desk.notification("n3", "GS-3"),))
    desk.store.purge([ref], desk.now)
    assert {one.id: one.headline for one in desk.store.alerts(5)} == {
        "GS-1": "(purged)",
        "GS-2": "(fictional sample)",
        "GS-3": "(fictional sample)",
    }
    assert [item.ref.external_id for item in desk.store.search([["rotation"]], 5)] == ["1"]
    assert desk.store.totals().pending == 1


def test_evidence_that_another_item_needs_stays(desk):
    ref = secret_post(desk)
    desk.post("1")
    with desk.store._database.writing() as connection:
        connection.execute(revision.update().values(capture_sha256=b"c"))
    desk.store.purge([ref], desk.now)
    with desk.store._database.reading() as connection:
        assert list(connection.scalars(select(capture.c.sha256))) == [b"c"]


def test_a_poll_that_recalled_before_the_purge_decides_again(desk):
    decision = desk.decision(items=(desk.item("7"),), revisions=(desk.revision("7"),))
    desk.store.purge([ItemRef(source_id=desk.way_home, external_id="7")], desk.now)
    with pytest.raises(Stale):
        desk.store.commit(replace(decision))
    assert desk.store.totals().items == 0


def test_the_cursor_of_a_feed_names_it_no_more_whatever_a_poll_brings(desk):
    with desk.store._database.writing() as connection:
        connection.execute(source.update().values(kind="feed"))
    rows = [[name, f"id of {name}", f"link of {name}", "", ""] for name in ("6", "lantern")]
    fetched = Cursor(values={"names": json.dumps(rows)})
    ref = desk.post("lantern")
    desk.commit(source=desk.update(cursor=fetched))
    desk.store.purge([ref], desk.now)
    purged = desk.store.source("way_home").cursor
    assert (json.loads(purged.text("names")), "lantern" in dump(desk)) == (rows[:1], False)
    desk.commit(source=desk.update(cursor=fetched.with_values(etag="newer")))
    assert desk.store.source("way_home").cursor == purged.with_values(etag="newer")


def test_a_purged_alert_is_forgotten_by_retention_like_any_other(desk):
    ref = secret_post(desk)
    desk.store.purge([ref], desk.now)
    desk.now += timedelta(days=30)
    desk.store.prune(desk.now - timedelta(days=1), desk.now)
    assert desk.store.totals().alerts == 0
    assert desk.known("7").purged == {"7"}
    with desk.store._database.reading() as connection:
        assert list(connection.execute(select(seen_table).where(seen_table.c.external_id == "7"))) == []
        assert list(connection.execute(select(alert))) == []


# ---- the files themselves --------------------------------------------------------------


def file_of(url):
    return Path(make_url(url).database or "")


def traces(url, *words):
    """Which of `words` stand in which file of the database, in any of the ways they may be written."""
    path = file_of(url)
    return sorted(
        (word, file.name)
        for file in path.parent.glob(f"{path.name}*")
        for word in words
        if word.encode() in file.read_bytes()
    )


def fill(desk, first, last):
    """Posts before and after, so that pages of the file are shared, split and merged."""
    names = [f"n{number:04}" for number in range(first, last)]
    desk.commit(
        items=tuple(desk.item(name) for name in names),
        revisions=tuple(
            desk.revision(name, text=f"plain words {number * 7919 % 997} {name} " * (number % 40))
            for number, name in enumerate(names)
        ),
    )


@on_sqlite
def test_no_byte_of_the_text_is_left_in_the_files(store_url, desk):
    fill(desk, 0, 300)
    ref = secret_post(desk)
    fill(desk, 300, 600)
    words = ("Zebrafictional", "zebrafictional", "lighthouse")
    assert {word for word, _ in traces(store_url, *words)} == set(words)
    desk.store.purge([ref], desk.now)
    assert traces(store_url, *words)  # the rows are gone, the bytes are not yet
    assert desk.store.scrub() is True
    assert traces(store_url, *words) == []
    assert desk.store.totals().items == 600
    assert len(desk.store.search([["plain"]], 1000)) == 600 - 16
    with sqlite3.connect(file_of(store_url)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.execute("INSERT INTO item_search (item_search) VALUES ('integrity-check')")
    connection.close()


@on_sqlite
def test_scrubbing_says_when_somebody_keeps_the_log(store_url, desk, monkeypatch):
    monkeypatch.setattr("storage.sqlite.BUSY_TIMEOUT_MS", 50)
    ref = secret_post(desk)
    desk.store.close()
    reader = sqlite3.connect(file_of(store_url), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM item").fetchone()
    desk.store.purge([ref], desk.now)
    assert desk.store.scrub() is False
    reader.close()
    assert desk.store.scrub() is True
    assert traces(store_url, "Zebrafictional") == []


def test_scrubbing_a_server_is_its_own_work(desk):
    assert desk.store.scrub() is True
