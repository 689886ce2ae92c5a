"""What an export holds and how it is written: JSON lines, CSV, RSS. Row by row, in constant memory."""

import csv
import html
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from io import TextIOWrapper
from typing import BinaryIO

from lxml import etree

from monitor.document import FORWARDED, NOT_MEDIA
from monitor.json_text import json_text
from monitor.mask import mask
from storage.model import AlertRecord, ItemFacts, ItemRecord

Cell = str | int | bool | None | list[str]
Row = Mapping[str, Cell]

_FACT_FIELDS = ["source_kind", "forwards", "forwarded", "media", "links"]
ITEM_FIELDS = [
    "source",
    "source_name",
    "external_id",
    "kind",
    "url",
    "title",
    "text",
    "language",
    "published",
    "first_seen",
    "edited",
    "views",
    "forwarded_from",
    "copy",
    "deleted",
    "tags",
    *_FACT_FIELDS,
]
ALERT_FIELDS = [
    "id",
    "rule",
    "rule_title",
    "severity",
    "status",
    "subject",
    "source",
    "source_name",
    "headline",
    "reason",
    "opened",
    "updated",
    "url",
    "text",
    "copies",
    "also_in",
    "evidence",
]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_DESCRIPTION = 2_000  # characters of an item's text in a feed


@dataclass(frozen=True, kw_only=True, slots=True)
class Masking:
    """Whether what could lead to a person is hidden, and which @names are not."""

    names: Collection[str]
    masked: bool

    def of(self, text: str | None) -> str | None:
        """`text` as it may leave the machine."""
        return mask(text, self.names) if text and self.masked else text


def item_row(item: ItemRecord, masking: Masking, tags: Collection[str] | None = None) -> Row:
    """An item as it is exported, with the `tags` of its source, if that is configured; the names are stable.

    Between them they hold what a rule may ask of an item, so that `grep` answers as the daemon does.
    """
    forward = item.forward
    return {
        "source": item.source_config_id,
        "source_name": item.source_name,
        "external_id": item.ref.external_id,
        "kind": item.kind.value,
        "url": item.url,
        "title": masking.of(item.title),
        "text": masking.of(item.text),
        "language": item.language,
        "published": _moment(item.published_at),
        "first_seen": _moment(item.first_seen_at),
        "edited": item.edited,
        "views": item.views,
        "forwarded_from": masking.of(forward.title or forward.channel) if forward else None,
        "copy": item.origin is not None,
        "deleted": item.deleted,
        "tags": None if tags is None else list(tags),
        **_fact_cells(item.facts, masking),
    }


def _fact_cells(facts: ItemFacts | None, masking: Masking) -> Row:
    if facts is None:
        return dict.fromkeys(_FACT_FIELDS)
    return {
        "source_kind": facts.source_kind,
        "forwards": facts.forwards,
        "forwarded": FORWARDED in facts.flags,
        "media": sorted(facts.has - NOT_MEDIA),
        "links": [masking.of(link) or link for link in facts.links],
    }


def alert_row(alert: AlertRecord, masking: Masking) -> Row:
    """An alert as it is exported; these names are stable."""
    return {
        "id": alert.id,
        "rule": alert.rule_id,
        "rule_title": alert.rule_title,
        "severity": alert.severity,
        "status": alert.status.value,
        "subject": alert.subject_kind.value,
        "source": alert.source_config_id,
        "source_name": alert.source_name,
        "headline": masking.of(alert.headline),
        "reason": masking.of(alert.reason),
        "opened": _moment(alert.opened_at),
        "updated": _moment(alert.updated_at),
        "url": alert.item.url if alert.item else None,
        "text": masking.of(alert.item.text) if alert.item else None,
        "copies": alert.copies,
        "also_in": list(alert.also_in),
        "evidence": [_address(one.item) for one in alert.evidence],
    }


def _address(item: ItemRecord) -> str:
    return item.url or f"{item.source_config_id}/{item.ref.external_id}"


def _moment(when: datetime | None) -> str | None:
    return when.isoformat() if when else None


# ---- formats ---------------------------------------------------------------------------


def write_json_lines(rows: Iterable[Row], target: BinaryIO) -> None:
    """One JSON object a line, UTF-8."""
    target.writelines(json_text(row).encode() + b"\n" for row in rows)


def write_csv(rows: Iterable[Row], target: BinaryIO, fields: Collection[str]) -> None:
    """RFC 4180, UTF-8. No cell can be taken for a formula by a spreadsheet."""
    text = TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(fields)
    for row in rows:
        writer.writerow([safe_cell(row[field]) for field in fields])
    text.detach()  # the file stays its owner's to close


def safe_cell(value: Cell) -> str | int | None:
    """A cell; one that a spreadsheet would run begins with an apostrophe, as OWASP advises."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):  # each of them: a spreadsheet may part cells at the semicolons
        return "; ".join(map(_inert, value))
    return _inert(value) if isinstance(value, str) else value


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_rss(alerts: Iterable[AlertRecord], target: BinaryIO, masking: Masking) -> None:
    """RSS 2.0 (rssboard.org/rss-specification); the newest alert stands first."""
    with (
        etree.xmlfile(target, encoding="utf-8") as feed,
        feed.element("rss", version="2.0"),
        feed.element("channel"),
    ):
        for name, value in (
            ("title", "Groundswell alerts"),
            ("link", "urn:groundswell:alerts"),
            ("description", "What the watch rules of this desk found."),
        ):
            feed.write(_element(name, value))
        for alert in alerts:
            feed.write("\n", _entry(alert, masking))


def _entry(alert: AlertRecord, masking: Masking) -> etree._Element:
    row = alert_row(alert, masking)
    entry = etree.Element("item")
    entry.append(_element("title", f"{alert.rule_title}: {row['headline']}"))
    if alert.item and alert.item.url and alert.item.url.startswith(("http://", "https://")):
        entry.append(_element("link", alert.item.url))
    told = (row["reason"], str(row["text"] or "")[:_LONGEST_DESCRIPTION], f"Source: {alert.source_name}")
    lines = [html.escape(str(line)).replace("\n", "<br/>") for line in told if line]
    entry.append(_element("description", "<br/>".join(lines)))
    entry.append(_element("category", alert.rule_id))
    entry.append(_element("guid", alert.id, isPermaLink="false"))
    entry.append(_element("pubDate", format_datetime(alert.opened_at)))
    return entry


def _element(name: str, value: str, **attributes: str) -> etree._Element:
    element = etree.Element(name, attributes)
    element.text = _NO_XML.sub("", value)
    return element
