"""Counters and ages: a number means what its writer meant, or is refused. All sample texts are fictional."""

import pytest

from monitor.query import Document, QueryError, compile_query, matches
from monitor.text import analyse_text

NOTHING = analyse_text("", None)


def true_of(query: str, views: int) -> bool:
    document = Document(title=NOTHING, text=NOTHING, source="primer", kind="feed", views=views)
    return matches(compile_query(query), document) is not None


@pytest.mark.parametrize(
    ("query", "message", "hint"),
    [
        ("views:>=1,000", "two ways", "did you mean views:>=1000?"),
        ("views:>=1.000", "two ways", "did you mean views:>=1000?"),
        ("views:1.000..2.000", "two ways", "did you mean views:1000..2000?"),
        ("forwards:1,500K", "two ways", "did you mean forwards:1500K?"),
        ("views:>1.5", "not a whole number", "views:>1.5K or views:>1.5M?"),
        ("views:>=1,234,567", "not a number", "did you mean views:>=1234567?"),
        ("views:>=1_000", "not a number", "did you mean views:>=1000?"),
        ("views:>=1'000'000", "not a number", "did you mean views:>=1000000?"),
        ("views:>=1М", "М is a Cyrillic letter here", "did you mean views:>=1M?"),
        ("views:1К..2К", "К is a Cyrillic letter here", "did you mean views:1K..2K?"),
        ("views:>=100тыс", "not a number", "did you mean views:>=100K?"),
        ("views:1тыс..10тыс.", "not a number", "did you mean views:1K..10K?"),
        ("views:>=1 M", "ends at a blank", "did you mean views:>=1M?"),
        ("views:>=1 тыс. рота", "ends at a blank", "did you mean views:>=1K?"),
        ("views:1,5 млн", "ends at a blank", "did you mean views:1,5M?"),
        ("views:>2 tisíce", "ends at a blank", "did you mean views:>2K?"),
        ("views:>=1 000 тысяч", "ends at a blank", "did you mean views:>=1000K?"),
        ("views:1 000..2 000", "ends at a blank", "did you mean views:1000..2000?"),
        ("views:10..5", "nothing lies between", "turn it round: views:5..10"),
        ("views:1M..2K", "nothing lies between", "turn it round: views:2K..1M"),
        ("age:7d..1d", "nothing lies between", "turn it round: age:1d..7d"),
        ("views:<0", "nothing is less than 0", "a larger number"),
        ("age:<0s", "nothing is less than 0s", "a larger number"),
    ],
)
def test_what_would_be_another_number_is_refused(query: str, message: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        compile_query(f"рота {query}")
    assert caught.value.position == 5 + query.index(":") + 1
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    "query",
    [
        "views:>=500 милиция",
        "views:>=500 тиск",
        "views:>=500 tiskárna",
        'views:>=1 "млн"',
        "views:>=1K тыс",
        "(views:>5) млн",
        "views:5..5",
        "age:1d..1d",
        "views:<1",
    ],
)
def test_what_resembles_such_a_number_is_none(query: str) -> None:
    compile_query(query)


@pytest.mark.parametrize(
    ("query", "yes", "no"),
    [
        ("views:>=16.1K", 16_100, 16_099),  # 16.1 times 1000 is more in binary fractions
        ("views:32,3K", 32_300, 32_299),
        ("views:<=9.69M", 9_690_000, 9_690_001),
        ("views:>1.5m", 1_500_001, 1_500_000),
        ("views:0.5K..1K", 500, 499),
    ],
)
def test_fractions_of_thousands_are_exact(query: str, yes: int, no: int) -> None:
    assert true_of(query, yes)
    assert not true_of(query, no)
