"""What is kept of a match. All texts are fictional."""

from time import process_time

from monitor.analyse import analyse
from monitor.document import present
from monitor.draft_rows import matched_reason
from monitor.message import Severity
from monitor.query import compile_query
from monitor.rules import MOST_SPANS, Rule, RuleMatch, RuleSet
from scrapers.model import Item, ItemKind, Source

SOURCE = Source(id="sample", kind="feed", name="Sample", options=None)


def item(text: str) -> Item:
    return Item(
        external_id="1",
        title=None,
        kind=ItemKind.ARTICLE,
        url="https://example.org/1",
        text=text,
        published_at=None,
    )


def found(query: str, text: str) -> RuleMatch:
    rule = Rule(id="r", title="r", severity=Severity.WARNING, query=compile_query(query), version=1)
    return RuleSet([rule]).match(present(analyse(item(text), SOURCE), SOURCE))["r"]


def words(match: RuleMatch, text: str) -> list[str]:
    return [text[span.start : span.end] for span in match.spans]


def test_the_first_places_of_a_common_word_are_kept() -> None:
    match = found("отпуск", "отпуск " * 100)

    assert [(span.start, span.end) for span in match.spans] == [
        (7 * number, 7 * number + 6) for number in range(MOST_SPANS)
    ]


def test_a_rare_word_is_kept_beside_a_common_one() -> None:
    text = "Отпуск, отпуск. " * 100 + "О ротации молчат (вымышленный пример)"

    assert words(found("отпуск ротация", text), text) == ["Отпуск", "отпуск"] * 24 + ["Отпуск", "ротации"]


def test_all_places_are_kept_where_they_are_few() -> None:
    text = "отпуск " * MOST_SPANS

    assert len(found("отпуск", text).spans) == MOST_SPANS


def test_the_reason_of_a_very_long_text_is_found_at_once() -> None:
    text = "отпуск тел. +7 916 000-00-00, " * 8_000
    match = found("отпуск", text)
    begun = process_time()

    assert matched_reason(match, item(text), masked=True) == 'matched "отпуск"'
    assert process_time() - begun < 3
