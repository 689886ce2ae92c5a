"""An outside suite of boolean and proximity queries with their answers, its syntax mapped onto ours.

Every word becomes `=word`, since the suite knows no inflection; `a kN b` becomes `a NEAR/k b`, `a kW b`
becomes `a BEFORE/k b`; `AND(a, b)` becomes `(a AND b)`. What is left out is named with its reason below.
"""

import json
import os
import re
from itertools import permutations, product
from pathlib import Path

import pytest

from monitor.query import Document, QueryError, compile_query, matches
from monitor.text import analyse_text

DATA = Path(
    os.environ.get("GROUNDSWELL_SHARED_DATA", Path(__file__).resolve().parents[3] / ".." / "shared" / "data")
)
SUITE = DATA / "queries" / "query_matching.json"
CASES = json.loads(SUITE.read_text(encoding="utf-8")) if SUITE.exists() else {}

pytestmark = [
    pytest.mark.outside_data,
    pytest.mark.skipif(not CASES, reason="../shared/data/queries is absent"),
]

LEFT_OUT = {
    "word1 word2": "words side by side mean AND here, which that parser does not know",
    "xx (a AND b)": "the same",
    "or(word2+ not ord+, and xyz,def)": "+ and a function's name are read as words there; see the mapping",
    "containing is": "we have no operator for one place that contains another",
    "not containing is": "the same",
}
"""Cases of the suite that have no counterpart, and why."""

PREFIXES_ARE_FINE = (
    "the suite's parser wants three letters before a wildcard because each word of an index would be looked "
    "at; we look at the words of one text, so one letter is enough; what begins with a wildcard is refused"
)


# ---- the suite's syntax ----------------------------------------------------------------

TOKEN = re.compile(r"\s*(?:(\d*)([nw])\b(?![*?])|(and|or|not)\b|([\w*?+]+)|([(),]))", re.IGNORECASE)


Token = tuple[str | None, ...]


class Reader:
    """Reads `a 2N b`, `2N(a, b)`, `a AND b`, `AND(a, b)`; answers with a query of ours."""

    def __init__(self, tokens) -> None:
        self.tokens = tokens
        self.next = 0

    def query(self):
        found = self.binary(("or",), lambda: self.binary(("and",), lambda: self.binary(("not",), self.near)))
        if self.next != len(self.tokens):
            raise QueryError("left over", query="", position=0)
        return found

    def binary(self, names, operand):
        found = operand()
        while (name := self.word()) in names and name:
            self.next += 1
            joined = {"or": "OR", "and": "AND", "not": "AND NOT"}[name]
            found = f"({found} {joined} {operand()})"
        return found

    def near(self) -> str:
        parts = [self.item()]
        while operator := self.proximity():
            self.next += 1
            parts += [operator, self.item()]
        return f"({' '.join(parts)})" if len(parts) > 1 else parts[0]

    def item(self) -> str:
        if operator := self.proximity():
            self.next += 1
            return _window(operator, self.arguments())
        if name := self.word():
            self.next += 1
            return f"({f' {name.upper()} '.join(self.arguments())})"
        _, _, _, term, bracket = self.take()
        if term is not None:
            return term if set(term) & {"*", "?"} else f"={term}"
        if bracket != "(":
            raise QueryError("an operand is missing", query="", position=0)
        return f"({Reader(self.group()).query()})"

    def arguments(self) -> list[str]:
        if self.take()[4] != "(":
            raise QueryError("no arguments", query="", position=0)
        found: list[list[Token]] = []
        argument: list[Token] = []
        depth = 0
        for token in self.group():
            depth += (token[4] == "(") - (token[4] == ")")
            if token[4] == "," and depth == 0:
                found.append(argument)
                argument = []
            else:
                argument.append(token)
        found.append(argument)
        if len(found) < 2:
            raise QueryError("one argument", query="", position=0)
        return [Reader(argument).query() for argument in found]

    def group(self):
        """The tokens up to the parenthesis that closes the one that was taken."""
        depth, start = 1, self.next
        while depth:
            bracket = self.take()[4]
            depth += (bracket == "(") - (bracket == ")")
        return self.tokens[start : self.next - 1]

    def take(self):
        if self.next == len(self.tokens):
            raise QueryError("it ends too early", query="", position=0)
        self.next += 1
        return self.tokens[self.next - 1]

    def word(self):
        return (self.tokens[self.next][2] or "").lower() if self.next < len(self.tokens) else ""

    def proximity(self):
        count, letter = self.tokens[self.next][:2] if self.next < len(self.tokens) else (None, None)
        return f"{'BEFORE' if letter in 'wW' else 'NEAR'}/{count or 1}" if letter else None


def ours(query):
    return Reader([match.groups() for match in TOKEN.finditer(query.strip())]).query()


def _window(operator: str, arguments: list[str]) -> str:
    """`N(a, b, c)` is a window in any order: any of the chains of ours through all of them."""
    orders = [arguments] if operator.startswith("BEFORE") else permutations(arguments)
    return "(" + " OR ".join(f"({f' {operator} '.join(order)})" for order in orders) + ")"


# ---- running it ------------------------------------------------------------------------


def document(text: str) -> Document:
    return Document(title=analyse_text("", None), text=analyse_text(text, None), source="", kind="")


def answers(query: str, texts: list[str]) -> list[int]:
    compiled = compile_query(query)
    return [number for number, text in enumerate(texts) if matches(compiled, document(text)) is not None]


SURROUND = [
    pytest.param(case["q"], one["docs"], case["docs"], id=case["q"])
    for one in CASES.get("surround", {}).get("sets", ())
    for case in one["cases"]
]


@pytest.mark.parametrize(("query", "texts", "expected"), SURROUND)
def test_surround(query, texts, expected):
    assert answers(ours(query), texts) == expected


MUST_FAIL = CASES.get("surround", {}).get("must_fail", [])
INSIDE_NEAR = CASES.get("surround", {}).get("must_fail_bool_inside_proximity", [])


@pytest.mark.parametrize("query", [query for query in MUST_FAIL if query not in LEFT_OUT])
def test_what_must_fail_fails(query):
    with pytest.raises(QueryError):
        compile_query(ours(query))


@pytest.mark.parametrize("query", [query for query in MUST_FAIL if not re.search(r"\w\(|,", query)])
def test_what_must_fail_fails_as_it_is_written(query):
    if query in LEFT_OUT:
        compile_query(query)
        return
    with pytest.raises(QueryError):
        compile_query(query)


@pytest.mark.parametrize("query", INSIDE_NEAR)
def test_no_condition_stands_near_anything(query):
    known = query.replace(" opt ", " and ")  # `opt` is theirs alone
    with pytest.raises(QueryError, match="no place that something could be near"):
        compile_query(ours(known))


@pytest.mark.parametrize("query", CASES.get("surround", {}).get("must_fail_short_prefix", []))
def test_short_beginnings(query):
    if query[0] in "*?":
        with pytest.raises(QueryError, match="begin with a wildcard"):
            compile_query(query)
    else:
        assert compile_query(query).terms() == (query,), PREFIXES_ARE_FINE


# ---- intervals -------------------------------------------------------------------------

INTERVALS = CASES.get("es_intervals", {})


def interval_query(asked) -> str:
    """Gaps are counted between all terms there, steps between neighbours here: with two terms that is one."""
    rows = asked.get("seq") or [[term] for term in asked["terms"]]
    step = "BEFORE" if asked["ordered"] else "NEAR"
    gaps = asked["max_gaps"]
    operator = f" {step}/{100 if gaps is None else gaps + 1} "
    return " OR ".join(f"({operator.join(map(_term, choice))})" for choice in product(*rows))


def _term(term: str) -> str:
    return f'"{term}"' if " " in term else term if set(term) & {"*", "?"} else f"={term}"


@pytest.mark.parametrize(
    "case",
    [case for case in INTERVALS.get("cases", ()) if case["name"] not in LEFT_OUT],
    ids=lambda one: one["name"],
)
def test_intervals(case):
    texts = INTERVALS["docs"]
    found = answers(interval_query(case["query"]), list(texts.values()))
    assert [list(texts)[number] for number in found] == case["ids"]


# ---- what a classic parser reads -------------------------------------------------------

CLASSIC_OTHERWISE = {
    "a AND !b": "! is refused with a hint",
    "a OR !b": "the same",
    "a && b": "&& is refused with a hint",
    "a || b": "the same",
    "a&&b": "one word there; two words side by side here",
    "a&b": "the same",
    "+term -term term": "+ is refused with a hint: every word is required",
    '+(apple "steve jobs") -(foo bar baz)': "the same",
    '+title:(dog OR cat) -author:"bob dole"': "the same, and author: is no field",
    "foo:term AND field:anotherTerm": "unknown fields are refused",
    "a OR -b": "refused: nearly everything would match",
    "a - b": "a dash alone is no word",
    "a + b": "the same",
    "a ! b": "the same",
    '" "~2 germ': "a phrase of no words is refused",
}
"""Queries of the classic parser that are refused here, and why."""


@pytest.mark.parametrize("query", [case["q"] for case in CASES.get("lucene_classic_parse", ())])
def test_what_a_classic_parser_reads_is_read_or_refused_with_a_reason(query):
    if query in CLASSIC_OTHERWISE and not query.startswith("a&"):
        with pytest.raises(QueryError) as caught:
            compile_query(query)
        assert caught.value.hint
    else:
        compile_query(query)
