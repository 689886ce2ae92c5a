"""What makes an article edited, and a headline that changes over a text that cannot be read. Fictional."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.analyse import Analysed, analyse
from monitor.article_edits import as_known, as_rewritten
from monitor.document import SUMMARY
from scrapers.model import Item, ItemKind, Source
from storage.model import ItemRef, KnownItem, KnownRevision

SEEN = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOURCE = Source(id="noviny", kind="page", name="Noviny (sample)", options=None, language="cs")
TEXT = "Muži čekají na vystřídání osmnáct měsíců a nikdo jim neodpověděl (smyšlený příklad)."
URL = "https://noviny.example.org/17"
ITEM = Item(external_id=URL, kind=ItemKind.ARTICLE, url=URL, title="Vojáci čekají na vystřídání", text=TEXT)
RENAMED = replace(ITEM, title="Oprava: zpráva nebyla pravdivá", text="Pro předplatitele.", full_text=False)


def stored(**facts: object) -> KnownItem:
    revision = KnownRevision(
        seq=1,
        observed_at=SEEN,
        title=ITEM.title,
        text=ITEM.text,
        text_hash=analyse(ITEM, SOURCE).text_hash,
        language="cs",
        edited=False,
        has=frozenset(),
        flags=frozenset(),
    )
    itself = ItemRef(source_id=7, external_id=URL)
    return KnownItem(
        ref=itself,
        first_seen_at=SEEN,
        origin=itself,
        current=replace(revision, **facts),  # type: ignore[arg-type]
        counters=None,
        read_at=None,
        kind=ItemKind.ARTICLE,
    )


def known(item: Item, **facts: object) -> Analysed:
    return as_known(analyse(item, SOURCE), stored(**facts), SOURCE)


def test_a_new_headline_without_a_text_stands_over_the_text_that_is_stored() -> None:
    now = known(RENAMED)
    assert now == analyse(replace(ITEM, title=RENAMED.title), SOURCE)


@pytest.mark.parametrize(
    ("item", "facts"),
    [
        (replace(RENAMED, title=ITEM.title), {}),
        (replace(RENAMED, title=None), {}),
        (replace(RENAMED, full_text=True), {}),
        (replace(RENAMED, kind=ItemKind.POST), {}),
        (RENAMED, {"flags": frozenset({SUMMARY})}),
        (RENAMED, {"deleted": True}),
    ],
    ids=["same headline", "no headline", "whole", "post", "summary before", "deleted before"],
)
def test_anything_else_is_as_it_was_fetched(item: Item, facts: dict[str, object]) -> None:
    assert known(item, **facts) == analyse(item, SOURCE)


def test_an_article_that_was_edited_stays_edited() -> None:
    assert known(ITEM, edited=True).item == replace(ITEM, edited=True)
    assert known(RENAMED, edited=True).item.edited
    post = replace(ITEM, kind=ItemKind.POST)
    assert known(post, edited=True).item == post


@pytest.mark.parametrize(
    ("item", "flags", "edited"),
    [
        (replace(ITEM, text="Zpráva nebyla pravdivá (smyšlený příklad)."), set(), True),
        (replace(ITEM, title=RENAMED.title), {SUMMARY}, True),
        (replace(ITEM, text=f"{TEXT}\nCelý text (smyšlený příklad)."), {SUMMARY}, False),
        (replace(RENAMED, title=ITEM.title), {SUMMARY}, True),
        (replace(ITEM, kind=ItemKind.POST, text="Jiný příspěvek (smyšlený příklad)."), set(), False),
    ],
    ids=["text", "headline", "whole text of a summary", "summary", "post"],
)
def test_which_changes_are_edits(item: Item, flags: set[str], *, edited: bool) -> None:
    now = as_rewritten(analyse(item, SOURCE), stored(flags=frozenset(flags)))
    assert now.item.edited is edited
