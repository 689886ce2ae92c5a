"""How feeds are measured, on feeds of our own. All texts are invented."""

import json
from pathlib import Path

from quality.feeds import FACTS, Entry, agreement, presence, readers, titles_in_any_encoding

ENTRY = (
    "<item><guid isPermaLink='false'>{id}</guid><link>https://wire.example.org/{id}</link>"
    "<title>Story (fictional sample)</title>{date}</item>"
)
DATE = "<pubDate>Wed, 04 Mar 2026 10:00:00 GMT</pubDate>"
GOFEED = {
    "items": [
        {
            "guid": {"value": "a"},
            "link": "https://wire.example.org/a",
            "pubDateParsed": "2026-03-04T10:00:00Z",
        },
        {
            "guid": "b",
            "link": "https://wire.example.org/elsewhere",
            "publishedParsed": "2026-03-05T10:00:00Z",
        },
    ]
}


def write_feed(folder: Path) -> None:
    entries = ENTRY.format(id="a", date=DATE) + ENTRY.format(id="b", date="")
    body = f"<rss version='2.0'><channel><title>Wire</title>{entries}</channel></rss>"
    (folder / "wire.xml").write_text(body, encoding="utf-8")
    (folder / "wire.json").write_text(json.dumps(GOFEED), encoding="utf-8")


def test_agreement_counts_each_fact(tmp_path: Path) -> None:
    write_feed(tmp_path)
    for _, reader in readers():
        measured = agreement(reader, tmp_path)
        assert measured.asked == {"id": 2, "link": 2, "time": 2}
        assert [measured.share(fact) for fact in FACTS] == [1.0, 0.5, 0.5]


def test_presence_counts_entries_and_what_they_lack(tmp_path: Path) -> None:
    write_feed(tmp_path)
    (tmp_path / "wire.json").unlink()
    (tmp_path / "page.xml").write_text("<html><body>(fictional sample)</body></html>", encoding="utf-8")
    for _, reader in readers():
        assert presence(reader, tmp_path) == {
            "feeds": 2,
            "read": 1,
            "entries": 2,
            "id": 2,
            "link": 2,
            "time": 1,
        }


def test_titles_are_asked_for_in_every_encoding_under_every_declaration() -> None:
    seen: list[tuple[bytes, str | None]] = []

    def reader(body: bytes, content_type: str | None) -> list[Entry]:
        seen.append((body, content_type))
        return [Entry(id=None, link=None, time=None, title="x")]

    assert titles_in_any_encoding(reader) == (0, len(seen))
    assert len(set(seen)) > 300
