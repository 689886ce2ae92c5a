"""New tables for a configuration. All names are invented."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.source_tables import NewSource, identity, known_sources, source_tables, with_tables


def read(tables: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = tomllib.loads(tables)["source"]
    return found


def test_a_table_tells_what_is_known_and_no_more() -> None:
    full = NewSource(
        kind="feed",
        address="https://wire.example.org/rss",
        name='Wire "of" record',
        tags=("war", "families"),
        language="en",
        full_text=True,
        remarks=("30 entries\nid = 'not this'", ""),
    )
    tables = source_tables([full, NewSource(kind="telegram_web", address="sample_channel")], [])
    assert tables.startswith("# 30 entries id = 'not this'\n[[source]]\n")
    assert read(tables) == [
        {
            "id": "wire-of-record",
            "kind": "feed",
            "name": 'Wire "of" record',
            "url": "https://wire.example.org/rss",
            "full_text": True,
            "tags": ["war", "families"],
            "language": "en",
        },
        {
            "id": "sample-channel",
            "kind": "telegram_web",
            "name": "sample-channel",
            "channel": "sample_channel",
        },
    ]


def test_what_a_terminal_would_obey_is_written_as_its_number() -> None:
    name = "a\x9b31m\u202eb"
    new = NewSource(kind="feed", address="https://a.example.org/", name=name, tags=(name,), remarks=(name,))
    tables = source_tables([new], [])
    assert all(line.isprintable() for line in tables.splitlines())
    (table,) = read(tables)
    assert (table["name"], table["tags"]) == (name, [name])


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("Путь домой", "put-domoi"),
        ("Дружини військових", "druzhini-viiskovikh"),
        ("Příliš žluťoučký kůň!", "prilis-zlutoucky-kun"),
        ("日本", "wire-example-org"),
        (None, "wire-example-org"),
        ("x" * 100, "x" * 40),
    ],
)
def test_ids_are_readable(name: str | None, id_: str) -> None:
    new = NewSource(kind="feed", address="https://www.wire.example.org/rss", name=name)
    assert [table["id"] for table in read(source_tables([new], []))] == [id_]


@pytest.mark.parametrize("address", ["http://[", "", "x"])
def test_what_is_no_address_has_an_id_too(address: str) -> None:
    assert read(source_tables([NewSource(kind="feed", address=address)], []))[0]["id"] == "source"


def test_ids_are_free() -> None:
    new = NewSource(kind="feed", address="https://wire.example.org/rss", name="Wire")
    assert [table["id"] for table in read(source_tables([new, new], ["wire", "Wire-2"]))] == [
        "wire-3",
        "wire-4",
    ]


@given(st.text(max_size=50), st.text(max_size=50), st.text(max_size=20))
def test_whatever_a_feed_is_called_the_table_can_be_read(name: str, remark: str, tag: str) -> None:
    tags = (tag,) if tag.isprintable() and tag else ()
    new = NewSource(kind="feed", address="https://a.example.org/", name=name, remarks=(remark,), tags=tags)
    (table,) = read(source_tables([new], []))
    assert table["url"] == "https://a.example.org/"
    assert table.get("tags", []) == list(tags)


def test_what_reads_the_same_is_known_whatever_its_spelling() -> None:
    text = """[[source]]
id = "wire"
kind = "feed"
url = "http://Wire.example.org:80/rss?utm_source=x"
[[source]]
id = "way"
kind = "telegram"
channel = "https://t.me/Sample_Channel"
"""
    known = known_sources(tomllib.loads(text))
    assert known[identity("sitemap", "https://wire.example.org/rss")] == "wire"
    assert known[identity("telegram_web", "@sample_channel")] == "way"
    assert known_sources({"source": "nonsense"}) == {}


@pytest.mark.parametrize(
    "before", ["", "a = 1", "a = 1\n", "a = 1\n\n", "a = 1\r\n", 'a = """\r\n"""\r\n\r\n']
)
def test_what_stood_before_stays_as_it_was(before: str) -> None:
    after = with_tables(before, '[[source]]\nid = "x"\n')
    assert after.startswith(before)
    assert tomllib.loads(after)["source"] == [{"id": "x"}]
    assert ("\r\n" in before) == (after.count("\r\n") == after.count("\n"))
