"""Which of the items that were to be read again one answer deals with."""

from datetime import UTC, datetime

from monitor.refresh import answered
from scrapers.model import Cursor, Fetched, Item, ItemKind, Outcome, Refusal, ShownRange, Wanted

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)


def wanted(*names: str) -> tuple[Wanted, ...]:
    return tuple(Wanted(external_id=name, url=f"https://example.org/{name}") for name in names)


def fetched(**what: object) -> Fetched:
    blank = {"source_id": "wire", "outcome": Outcome.NOTHING_NEW, "fetched_at": NOON, "cursor": Cursor()}
    return Fetched(**{**blank, **what})  # type: ignore[arg-type]


def names(found: tuple[Wanted, ...]) -> list[str]:
    return [one.external_id for one in found]


def test_the_first_counts_whatever_came() -> None:
    assert names(answered(wanted("a", "b"), fetched())) == ["a"]


def test_what_was_read_missed_or_refused_is_dealt_with() -> None:
    read = Item(external_id="b", kind=ItemKind.ARTICLE, url=None, title=None, text="(fictional sample)")
    refusals = (Refusal(url="https://example.org/d", reason="not read again"), Refusal(url=None, reason="x"))
    left_over = Wanted(external_id="f", url=None)
    asked = (*wanted("a", "b", "c", "d", "e"), left_over)
    got = fetched(items=(read,), absent=frozenset({"c"}), refusals=refusals)
    assert names(answered(asked, got)) == ["a", "b", "c", "d"]


def test_numbers_inside_the_range_shown_are_dealt_with() -> None:
    shown = ShownRange(lowest=10, highest=20, ids=frozenset({10, 20}))
    assert names(answered(wanted("15", "10", "21", "9", "x"), fetched(shown=shown))) == ["15", "10"]
