"""What strangers write leaves by every way there is and steers nothing. For receivers, see the contract."""

import csv
import io
import json
import logging
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from rich.console import Console

from monitor import secrets
from monitor.commands.paper import draw, one_row, paragraph
from monitor.export import ALERT_FIELDS, Masking, alert_row, write_csv, write_json_lines, write_rss
from monitor.json_text import json_text
from monitor.logs import HumanLines, JsonLines
from scrapers.characters import printable
from scrapers.model import ItemKind
from storage.model import AlertRecord, AlertStatus, ItemRecord, ItemRef, SubjectKind

SHARED = Path(os.environ.get("GROUNDSWELL_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OPEN = Masking(names=(), masked=False)
STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
OURS = [
    "\x1b[2J\x1b]0;title\x07 \x9b31m and \x7f (sample)",
    "two\r\nlines\r\nBcc: someone@example.org",
    "\u202eback to front\u2066 (sample)\u2028next\u2029last",
    "=cmd|' /C calc'!A0",
    "+1+1\t-2\r\n@SUM(1)",
    '","=1+1","',
    "]]><script>alert(1)</script>&amp;&lt;<!--",
    "half \ud83d and \udc00 (sample)",
    "[bold red]markup[/] {0} %s %(name)s $x",
    "",
]


def strings() -> list[str]:
    """Ours; and the big list where it is at hand, as one could be stored."""
    file = SHARED / "hostile" / "blns" / "blns.json"
    theirs = json.loads(file.read_text()) if file.exists() else []
    return OURS + theirs


def alert(text: str) -> AlertRecord:
    item = ItemRecord(
        ref=ItemRef(source_id=1, external_id="7"),
        source_config_id="way-home",
        source_name=text,
        kind=ItemKind.POST,
        url=f"https://example.org/{text}",
        title=text,
        text=text,
        language="en",
        published_at=NOON,
        first_seen_at=NOON,
        edited=False,
        views=12,
        forward=None,
        origin=None,
        seq=1,
    )
    return AlertRecord(
        id="GS-1",
        rule_id="rotation",
        rule_version=1,
        rule_title=text,
        severity="warning",
        subject_kind=SubjectKind.ORIGIN,
        subject_key="1/7",
        status=AlertStatus.OPEN,
        opened_at=NOON,
        updated_at=NOON,
        headline=text,
        reason=text,
        copies=1,
        also_in=(text,),
        source_config_id="way-home",
        source_name=text,
        item=item,
        spans=(),
    )


def record(text: str) -> logging.LogRecord:
    fault = (ValueError, ValueError(text), None)
    about = {"source": text, "outcome": text}
    return logging.getLogger("monitor.test").makeRecord(
        "monitor.test", logging.ERROR, __file__, 1, "it says %s", (text,), fault, extra=about
    )


def test_no_log_line_steers_a_terminal_and_one_for_machines_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "KNOWN", secrets.KnownSecrets())  # none of other tests
    for text in strings():
        for_people, for_machines = HumanLines().format(record(text)), JsonLines().format(record(text))
        assert not STEERING.search(for_people + for_machines), text
        assert "\n" not in for_machines
        assert json.loads(for_machines)["source"] == text


def test_json_steers_no_terminal_and_reads_back_as_it_was() -> None:
    for text in strings():
        line = json_text({"text": text, text: [text]})
        assert not STEERING.search(line), text
        assert json.loads(line) == {"text": text, text: [text]}


def test_exports_hold_every_text_and_run_none() -> None:
    texts = [printable(text) for text in strings()]
    alerts = [alert(text) for text in texts]
    rows = [alert_row(one, OPEN) for one in alerts]
    lines, table, feed = io.BytesIO(), io.BytesIO(), io.BytesIO()
    write_json_lines(rows, lines)
    write_csv(rows, table, ALERT_FIELDS)
    write_rss([replace(one, rule_title="Rule (sample)") for one in alerts], feed, OPEN)

    assert [json.loads(line)["text"] for line in lines.getvalue().splitlines()] == texts
    cells = list(csv.DictReader(io.StringIO(table.getvalue().decode(), newline="")))
    assert [cell["text"].removeprefix("'") for cell in cells] == [text.removeprefix("'") for text in texts]
    assert not [
        cell for row in cells for cell in row.values() if cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))
    ]
    read = feedparser.parse(feed.getvalue(), sanitize_html=False)
    assert (read.bozo, len(read.entries)) == (False, len(texts))
    assert not [one for one in read.entries if re.search(r"<(?!br\s*/?>)", one.description)]


def test_no_line_of_a_command_steers_its_terminal() -> None:
    for text in strings():
        screen = io.StringIO()
        draw(Console(file=screen, width=200), paragraph(text, (text, "bold")), one_row(text))
        assert not STEERING.search(screen.getvalue().replace("\n", "")), text
