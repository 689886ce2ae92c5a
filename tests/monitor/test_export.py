"""Exports can be read by what they are for, and by nothing that would run them. All texts are fictional."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import feedparser
import pytest

from monitor.export import (
    ALERT_FIELDS,
    ITEM_FIELDS,
    Masking,
    alert_row,
    item_row,
    safe_cell,
    write_csv,
    write_json_lines,
    write_rss,
)
from scrapers.model import Forward, ItemKind
from storage.model import AlertRecord, AlertStatus, ItemFacts, ItemRecord, ItemRef, SubjectKind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MASKED = Masking(names=("way_home_sample",), masked=True)
PLAIN = Masking(names=(), masked=False)
ITEM = ItemRecord(
    ref=ItemRef(source_id=1, external_id="7"),
    source_config_id="way-home",
    source_name="Way Home (sample)",
    kind=ItemKind.POST,
    url="https://t.me/way_home_sample/7",
    title=None,
    text="=cmd|'/c calc'!A0 call +420 601 234 567, @nobody_here (fictional sample)",
    language="en",
    published_at=NOON,
    first_seen_at=NOON,
    edited=False,
    views=12,
    forward=Forward(channel="river_sample", title="River", message_id="3"),
    origin=None,
    seq=1,
)
ASKED = replace(
    ITEM,
    facts=ItemFacts(
        source_kind="telegram_web",
        forwards=3,
        has=frozenset({"video", "photo", "link", "forward"}),
        flags=frozenset({"forwarded"}),
        links=("https://example.org/a?phone=+420601234567", "=cmd|'/c calc'!A0"),
    ),
)
ALERT = AlertRecord(
    id="GS-1",
    rule_id="rotation",
    rule_version=1,
    rule_title="Rotation <b>",
    severity="warning",
    subject_kind=SubjectKind.ORIGIN,
    subject_key="1/7",
    status=AlertStatus.OPEN,
    opened_at=NOON,
    updated_at=NOON,
    headline="No rotation & \x00\x0b\ud83d\ufffe no leave",
    reason='matched "rotation"',
    copies=1,
    also_in=("One", "Two"),
    source_config_id="way-home",
    source_name="Way Home (sample)",
    item=replace(ITEM, text="<script>alert(1)</script>\nsecond line, a fictional sample"),
    spans=(),
)


def written(write, *arguments):
    target = io.BytesIO()
    write(arguments[0], target, *arguments[1:])
    return target.getvalue()


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_cell_is_a_formula(begin):
    assert safe_cell(f"{begin}1+1") == f"'{begin}1+1"
    assert safe_cell([f"{begin}1", "b"]) == f"'{begin}1; b"
    assert safe_cell(["b", f"{begin}1"]) == f"b; '{begin}1"
    assert safe_cell(f"a{begin}") == f"a{begin}"


def test_csv_comes_back_as_it_was():
    item = replace(ITEM, text='two\nlines, "quoted", a fictional sample')
    text = written(write_csv, [item_row(item, PLAIN), item_row(ITEM, PLAIN)], ITEM_FIELDS).decode()
    first, second = csv.DictReader(io.StringIO(text, newline=""))
    assert first["text"] == item.text
    assert (first["views"], first["edited"], first["title"]) == ("12", "false", "")
    assert second["text"] == f"'{ITEM.text}"


def test_rows_have_the_fields_that_are_promised():
    assert list(item_row(ITEM, PLAIN)) == list(item_row(ASKED, PLAIN, ("a",))) == ITEM_FIELDS
    assert list(alert_row(ALERT, PLAIN)) == ALERT_FIELDS
    assert list(alert_row(replace(ALERT, item=None), PLAIN)) == ALERT_FIELDS


def test_what_rules_ask_of_an_item_is_exported():
    row = item_row(ASKED, MASKED, ("=a", "b"))
    told = {name: row[name] for name in ITEM_FIELDS[15:]}

    assert told == {
        "tags": ["=a", "b"],
        "source_kind": "telegram_web",
        "forwards": 3,
        "forwarded": True,
        "media": ["photo", "video"],
        "links": ["https://example.org/a?phone=[phone]", "=cmd|'/c calc'!A0"],
    }
    (shown,) = csv.DictReader(io.StringIO(written(write_csv, [row], ITEM_FIELDS).decode(), newline=""))
    assert (shown["tags"], shown["media"]) == ("'=a; b", "photo; video")
    assert shown["links"] == "https://example.org/a?phone=[phone]; '=cmd|'/c calc'!A0"


def test_exports_are_masked_as_notifications_are():
    shown = json.loads(written(write_json_lines, [item_row(ITEM, MASKED)]))
    assert "601" not in shown["text"]
    assert "nobody_here" not in shown["text"]
    assert shown["url"] == ITEM.url
    assert json.loads(written(write_json_lines, [item_row(ITEM, PLAIN)]))["text"] == ITEM.text


def test_a_feed_is_read_by_a_feed_reader():
    feed = feedparser.parse(written(write_rss, [ALERT, replace(ALERT, id="GS-2", item=None)], MASKED))
    assert (feed.bozo, feed.version) == (False, "rss20")
    first, second = feed.entries
    assert (first.id, second.id) == ("GS-1", "GS-2")
    assert first.link == ITEM.url
    assert first.title.startswith("Rotation")
    assert "No rotation &" in first.title.replace("&amp;", "&")
    assert "script" not in first.summary.replace("&lt;script&gt;", "").replace("&lt;/script&gt;", "")
    assert first.published == "Mon, 02 Mar 2026 12:00:00 +0000"


def test_a_link_that_is_no_page_is_left_out():
    item = replace(ITEM, url="javascript:alert(1)")
    assert b"javascript" not in written(write_rss, [replace(ALERT, item=item)], MASKED)
