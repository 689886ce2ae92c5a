"""docs/cli.md tells every command and option, and its tables of JSON fields are what the commands print."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from monitor.cli import COMMANDS, cli
from monitor.export import ITEM_FIELDS, Masking, item_row
from scrapers import errors
from scrapers.model import ItemKind, Outcome, Precision
from storage.model import ItemFacts, ItemRecord, ItemRef

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
DATA = ROOT / "tests" / "data"
URLS = {
    "telegram_web": "https://t.me/s/sample_channel",
    "feed": "https://example.org/feed",
    "page": "https://news.example.org/2026/story",
}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ITEMS = [
    {"id": "1", "title": "Ротация", "text": "Мужьям не дают отпуск, ротации нет (вымышленный пример)"},
    {"id": 2, "text": "No rotation for a year (fictional sample)", "source": "sample"},
]


TYPES: dict[str, Callable[[Any], bool]] = {
    "any": lambda _: True,
    "text": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "true or false": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "list of texts": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "list of objects": lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
}


def fields(lead: str) -> dict[str, str]:
    """Field to type, as the first table after `lead` says."""
    table = PAGE.split(lead, 1)[1].split("|---|---|---|", 1)[1].split("\n\n", 1)[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", table, re.MULTILINE))


def fits(value: object, told: str) -> bool:
    if value is None:
        return told.endswith(" or null") or told == "any"
    return TYPES[told.removesuffix(" or null")](value)


def run(*arguments: str, text: str | None = None) -> list[dict[str, Any]]:
    result = CliRunner().invoke(cli, arguments, input=text, catch_exceptions=False)
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def previewed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What all saved channels and feeds of the tests hold."""
    folders = {kind: DATA / kind for kind in URLS} | {"page": DATA / "article"}
    pages = [
        {"kind": kind, "file": str(path), "url": url}
        for kind, url in URLS.items()
        for path in sorted(folders[kind].iterdir())
        if path.suffix in {".html", ".xml", ".atom", ".rdf"}
    ]
    manifest = tmp_path_factory.mktemp("manifest") / "manifest.jsonl"
    manifest.write_text("\n".join(json.dumps(page) for page in pages), encoding="utf-8")
    found = run("preview", "--manifest", str(manifest))
    assert {one.pop("file") for one in found} == {page["file"] for page in pages}
    return found


def test_an_item_has_the_fields_and_types_of_the_page(previewed: list[dict[str, Any]]):
    told = fields("### An item of")
    items = [one for one in previewed if "outcome" not in one]

    assert len(items) > 50
    for item in items:
        assert list(item) == list(told)
        assert [name for name, value in item.items() if not fits(value, told[name])] == []


def test_the_samples_fill_the_fields(previewed: list[dict[str, Any]]):
    items = [one for one in previewed if "outcome" not in one]
    never = [name for name in fields("### An item of") if all(item[name] is None for item in items)]

    # Public previews do not show the two, and saved pages have no source.
    assert set(never) == {"forwards", "replies", "source", "tags"}


def test_a_line_of_an_export_has_the_fields_and_types_of_the_page():
    told = fields("### A line of `export items`")
    item = ItemRecord(
        ref=ItemRef(source_id=1, external_id="7"),
        source_config_id="way-home",
        source_name="Way Home (sample)",
        kind=ItemKind.POST,
        url=None,
        title=None,
        text="(fictional sample)",
        language=None,
        published_at=None,
        first_seen_at=NOON,
        edited=False,
        views=None,
        forward=None,
        origin=None,
        seq=1,
        facts=ItemFacts(
            source_kind="telegram_web", forwards=None, has=frozenset({"photo"}), flags=frozenset(), links=()
        ),
    )
    row = item_row(item, Masking(names=(), masked=True))

    assert list(row) == list(told) == ITEM_FIELDS
    assert [name for name, value in row.items() if not fits(value, told[name])] == []


def test_what_could_not_be_read_has_the_fields_of_the_page(previewed: list[dict[str, Any]]):
    told = fields("What could not be read")
    refused = [one for one in previewed if "outcome" in one]

    assert refused
    for one in refused:
        assert told.keys() - {"url"} <= one.keys() <= told.keys()
        assert all(fits(value, told[name]) for name, value in one.items())


def test_the_page_names_every_outcome_kind_and_precision():
    failures = {
        one.outcome
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, errors.ScrapeError) and one is not errors.ScrapeError
    }
    named = set(re.findall(r"`([\w-]+)`", PAGE))

    assert failures | {Outcome.EMPTY, *ItemKind, *Precision} <= named


@pytest.mark.parametrize("many", [False, True])
def test_a_match_has_the_fields_and_types_of_the_page(tmp_path: Path, *, many: bool):
    queries = tmp_path / "queries.txt"
    queries.write_text("ротация\nrotation\nsource:sample\n", encoding="utf-8")
    asked = ["-f", str(queries)] if many else ["ротация OR rotation OR source:sample"]
    text = "\n".join(json.dumps(item) for item in ITEMS)
    matches, spans = fields("### A match of"), fields("Each span:")

    found = run("grep", "--json", *asked, text=text)

    assert len(found) == (3 if many else 2)
    for match in found:
        assert match.keys() == matches.keys() - {"source"} - (set() if many else {"query"})
        assert all(fits(value, matches[name]) for name, value in match.items())
        for span in match["spans"]:
            assert span.keys() == spans.keys()
            assert all(fits(value, spans[name]) for name, value in span.items())


def test_a_match_among_lines_of_preview_names_its_source_as_the_page_says(previewed: list[dict[str, Any]]):
    items = [one | {"source": "way-home"} for one in previewed if "outcome" not in one]
    told = fields("### A match of")
    text = "\n".join(json.dumps(item, ensure_ascii=False) for item in items)

    found = run("grep", "--json", "пример* OR sample*", text=text)

    assert len(found) > len(items) // 2
    assert {one["id"] for one in found} <= {one["external_id"] for one in items}
    assert all(one.keys() == told.keys() - {"query"} and one["source"] == "way-home" for one in found)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_names_every_command_and_its_options(name: str):
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    rows = " ".join(re.findall(rf"^\| `{name}\b.*$", PAGE, re.MULTILINE))
    commands = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    given = [option for one in commands for option in one.params if isinstance(option, click.Option)]
    options = {max(option.opts, key=len) for option in given} - {"--help"}

    assert rows
    assert {one for one in options if not re.search(rf"{one}\b|`{one[1:3]} ", rows)} == set()
