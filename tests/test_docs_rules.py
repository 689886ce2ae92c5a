"""Every example of docs/rules.md does what the page says."""

import re
from pathlib import Path

import pytest

from monitor.analyse import read_texts
from monitor.query import Document, compile_query, matches
from monitor.text import detect_language

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "rules.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip("|"))]
    for row in re.findall(r"^\| `.*$", PAGE, flags=re.MULTILINE)
]
EXAMPLES = [(row[0].strip("`"), row[1], row[2]) for row in ROWS if len(row) == 3]
FIELDS = [query for row in ROWS if len(row) == 2 for query in re.findall(r"`([^`]+)`", row[0])]


def true_of(query: str, text: str) -> bool:
    title, analysed = read_texts(None, text, detect_language(text))
    document = Document(title=title, text=analysed, source="way-home", kind="telegram_web")
    return matches(compile_query(query), document) is not None


def test_the_page_has_its_examples():
    assert len(EXAMPLES) > 12
    assert len(FIELDS) > 7


@pytest.mark.parametrize(("query", "yes", "no"), EXAMPLES, ids=[query for query, _, _ in EXAMPLES])
def test_an_example_matches_what_the_page_says(query, yes, no):
    assert true_of(query, yes)
    assert not true_of(query, no)


@pytest.mark.parametrize("query", FIELDS)
def test_a_field_of_the_page_is_a_field_of_the_language(query):
    compile_query(query)
