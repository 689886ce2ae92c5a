"""The engine against a brute-force evaluator that shares nothing with it but the dictionaries.

Queries are made as trees; each is written down for the engine, and evaluated here by trying every choice of
words. Answers, spans and order must be the same. `GROUNDSWELL_TEST_EXAMPLES=10000` tries that many.
"""

import os
import re
from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.query import Document, Index, QueryError, compile_query, matches
from monitor.text import analyse_text
from monitor.text.aspects import partners
from monitor.text.diacritics import lacks_diacritics
from monitor.text.lemmas import bare_lemma_memo, lemma_memo, query_lemmas, unmarked_keys

EXAMPLES = int(os.environ.get("GROUNDSWELL_TEST_EXAMPLES", "150"))
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)

WORDS = ["рота", "роты", "ротация", "ротации", "мой", "мыть", "солдати", "voják", "leave", "leaves"]
WRITTEN = [*WORDS, "Рота", "РОТА", "Leave", "солдат", "ро\u200bта", "рoта"]  # the last with a Latin o
NORMAL = {"ро\u200bта": "рота", "рoта": "рота"}
PROPERTIES = [
    "source:one", "source:o*", "kind:feed", "lang:ru", "tag:x", "has:video", "is:edited", "views:>10",
    "forwards:1..5", "link:example.org", "link:rotac", "age:<2h",
]  # fmt: skip


# ---- trees and how they are written ----------------------------------------------------

word = st.sampled_from(WORDS)
words = st.lists(word, min_size=2, max_size=3)
leaf = st.one_of(
    word.map(lambda one: ("word", one)),
    word.map(lambda one: ("exact", one)),
    st.sampled_from(["рот*", "р*", "l*ve", "с?лдат", "l?ave*", "рот?", "мо*"]).map(lambda one: ("wild", one)),
    words.map(lambda some: ("phrase", tuple(some))),
    st.tuples(st.sampled_from(["рот*", "l?ave*"]), word).map(lambda pair: ("phrase", pair)),
    st.sampled_from(["рота", "Рота", "РОТА", "Leave"]).map(lambda one: ("case", one)),
)
expression = st.sampled_from(
    [
        ("regex", "рот[ая]", ""),
        ("regex", "РОТ.ц", "i"),
        ("regex", "от. л", ""),
        ("regex", "(leav|sold)e", "i"),
    ]
)
leaf = st.one_of(leaf, expression)
loose = st.tuples(st.lists(word, min_size=2, max_size=4), st.integers(1, 4)).map(
    lambda pair: ("loose", *pair)
)
step = st.tuples(st.integers(1, 4), st.booleans())


def chains(operand):
    return st.lists(st.tuples(step, operand), min_size=1, max_size=2).flatmap(
        lambda rest: operand.map(
            lambda first: ("near", (first, *(one for _, one in rest)), tuple(step for step, _ in rest))
        )
    )


def choices(operand):
    return st.lists(operand, min_size=2, max_size=3).map(lambda some: ("or", tuple(some)))


def fields(operand):
    return st.tuples(st.sampled_from(["title", "text"]), operand).map(lambda pair: ("within", *pair))


def readings(operand):
    return st.tuples(st.sampled_from(["diacritics", "aspects"]), operand).map(lambda pair: ("read", *pair))


operand = st.recursive(
    leaf, lambda inner: st.one_of(chains(inner), choices(inner), readings(inner)), max_leaves=4
)
clause = st.one_of(
    leaf,
    loose,
    chains(operand),
    fields(st.one_of(leaf, loose, chains(operand))),
    st.sampled_from(PROPERTIES).map(lambda one: ("property", one)),
)


def conditions(inner):
    return st.one_of(
        choices(inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: ("and", tuple(some))),
        inner.map(lambda one: ("not", one)),
        readings(inner),
    )


trees = st.recursive(clause, conditions, max_leaves=5)


def written(tree):  # noqa: C901, PLR0911  one line a node
    match tree:
        case ("word" | "wild", text) | ("property", text):
            return text
        case ("exact", text):
            return f"={text}"
        case ("case", text):
            return f"case:{text}"
        case ("phrase", some):
            return '"' + " ".join(some) + '"'
        case ("loose", some, looseness):
            return '"' + " ".join(some) + f'"~{looseness}'
        case ("regex", pattern, flags):
            return f"/{pattern}/{flags}"
        case ("near", operands, steps):
            operators = [f" {'BEFORE' if ordered else 'NEAR'}/{distance} " for distance, ordered in steps]
            return (
                "(" + "".join(map("".join, zip(["", *operators], map(written, operands), strict=True))) + ")"
            )
        case ("within" | "read", field, operand):
            return f"{field}:({written(operand)})"
        case ("not", operand):
            return f"NOT {written(operand)}"
        case (joined, operands):
            return "(" + f" {joined.upper()} ".join(map(written, operands)) + ")"
    raise AssertionError(tree)


# ---- brute force -----------------------------------------------------------------------


class Naive:
    """A document as a list of words a field, and every choice of them tried."""

    def __init__(self, title, text, language, document):
        self.fields = {"title": title, "text": text}
        self.memos = {field: self.memo(row, language) for field, row in self.fields.items()}
        self.document = document
        self.reading = frozenset[str]()

    def memo(self, row, language):
        is_bare = language in ("cs", None) and lacks_diacritics(" ".join(row).lower())
        return bare_lemma_memo(language) if is_bare else lemma_memo(language)

    def read(self, name, found):
        """What `found` says where words are read as inside `name:`."""
        before = self.reading
        self.reading = before | {name}
        answer = found()
        self.reading = before
        return answer

    def answer(self, tree):
        """Spans as (field, start, end) in order, or None."""
        found = self.proofs(tree, ("title", "text"))
        return None if found is None else sorted(found, key=lambda span: (span[0] != "title", span))

    def proofs(self, tree, where):  # noqa: PLR0911  one line a node
        match tree:
            case ("and", operands):
                each = [self.proofs(operand, where) for operand in operands]
                return None if None in each else set().union(*each)
            case ("or", operands):
                each = [found for operand in operands if (found := self.proofs(operand, where)) is not None]
                return set().union(*each) if each else None
            case ("not", operand):
                return set() if self.proofs(operand, where) is None else None
            case ("within", field, operand):
                return self.proofs(operand, [one for one in where if one == field])
            case ("read", name, operand):
                return self.read(name, lambda: self.proofs(operand, where))
            case ("property", text):
                return set() if self.fact(text) else None
        found = {span for field in where for span in self.spans(tree, field)}
        return found or None

    def spans(self, tree, field):
        match tree:
            case ("regex", pattern, flags):
                return {
                    (field, *match.span())
                    for match in re.finditer(
                        pattern, " ".join(self.fields[field]), re.IGNORECASE if flags else 0
                    )
                }
            case ("near", operands, steps):
                chosen = [place for chain in self.chains(operands, steps, field) for place in chain]
            case ("loose", some, looseness):
                chosen = self.loose(some, looseness, field)
            case _:
                chosen = self.places(tree, field)
        return {(field, self.start(field, first), self.end(field, last)) for first, last in chosen}

    def places(self, tree, field):
        row = self.fields[field]
        match tree:
            case ("or", operands):
                return {place for operand in operands for place in self.places(operand, field)}
            case ("read", name, operand):
                return self.read(name, lambda: self.places(operand, field))
            case ("near", operands, steps):
                return {
                    (min(first for first, _ in chain), max(last for _, last in chain))
                    for chain in self.chains(operands, steps, field)
                }
            case ("phrase", some):
                kinds = [("wild" if set(one) & {"*", "?"} else "exact", one) for one in some]
                return {
                    (start, start + len(some) - 1)
                    for start in range(len(row) - len(some) + 1)
                    if all(self.fits(kind, row[start + offset], field) for offset, kind in enumerate(kinds))
                }
            case ("regex", *_):
                return {self.touched(field, start, end) for _, start, end in self.spans(tree, field)}
        return {(number, number) for number, one in enumerate(row) if self.fits(tree, one, field)}

    def fits(self, leaf, one, field):
        form = NORMAL.get(one, one.lower())
        match leaf:
            case ("word", text):
                return bool(self.sought(text) & {form, *self.memos[field][form]})
            case ("exact", text):
                return form == text
            case ("case", text):
                return one.replace("\u200b", "").replace("o", "о" if form == "рота" else "o") == text
            case ("wild", text):
                return re.fullmatch(text.replace("*", ".*").replace("?", "."), form) is not None
        raise AssertionError(leaf)

    def sought(self, text):
        meant = query_lemmas(text)
        other = (partner for one in meant for partner in partners(one) if "aspects" in self.reading)
        return {text, *meant, *other, *([] if "diacritics" in self.reading else unmarked_keys(text))}

    def chains(self, operands, steps, field):
        for chain in product(*(self.places(operand, field) for operand in operands)):
            neighbours = zip(chain, chain[1:], steps, strict=False)
            if all(self.near(one, other, *step) for one, other, step in neighbours):
                yield chain

    def near(self, one, other, distance, ordered):
        after = 1 <= other[0] - one[1] <= distance
        return after or (not ordered and 1 <= one[0] - other[1] <= distance)

    def loose(self, some, looseness, field):
        row = self.fields[field]
        everywhere = [
            [place for place, one in enumerate(row) if self.fits(("exact", text), one, field)]
            for text in some
        ]
        chosen: set[tuple[int, int]] = set()
        for move in range(-len(some), len(row) + 1):
            within = [
                [place for place in places if move <= place - number <= move + looseness]
                for number, places in enumerate(everywhere)
            ]
            if any(len(set(choice)) == len(choice) for choice in product(*within)):
                chosen.update((place, place) for places in within for place in places)
        return chosen

    def fact(self, text):
        seen = self.document
        return {
            "source:one": seen.source == "one",
            "source:o*": seen.source[0] == "o",
            "kind:feed": True,
            "lang:ru": seen.language == "ru",
            "tag:x": "x" in seen.tags,
            "has:video": "video" in seen.has,
            "is:edited": "edited" in seen.flags,
            "views:>10": seen.views is not None and seen.views > 10,
            "forwards:1..5": seen.forwards is not None and 1 <= seen.forwards <= 5,
            "link:example.org": any("//example.org" in link for link in seen.links),
            "link:rotac": any("rotac" in link for link in seen.links),
            "age:<2h": seen.published_at is not None and NOW - seen.published_at < timedelta(hours=2),
        }[text]

    def start(self, field, number):
        return sum(len(one) + 1 for one in self.fields[field][:number])

    def end(self, field, number):
        return self.start(field, number) + len(self.fields[field][number])

    def touched(self, field, start, end):
        numbers = [
            number
            for number in range(len(self.fields[field]))
            if self.start(field, number) < end and self.end(field, number) > start
        ]
        return numbers[0], numbers[-1]


# ---- documents -------------------------------------------------------------------------


@st.composite
def documents(draw):
    row = st.lists(st.sampled_from(WRITTEN), max_size=8)
    title, text = draw(st.one_of(st.just([]), row)), draw(row)
    language = draw(st.sampled_from(["ru", "uk", "cs", "en", None]))
    document = Document(
        title=analyse_text(" ".join(title), language),
        text=analyse_text(" ".join(text), language),
        source=draw(st.sampled_from(["one", "two"])),
        kind="feed",
        language=language,
        tags=draw(st.sampled_from([frozenset(), frozenset({"x"})])),
        views=draw(st.sampled_from([None, 10, 11])),
        forwards=draw(st.sampled_from([None, 0, 5])),
        has=draw(st.sampled_from([frozenset(), frozenset({"video"})])),
        flags=draw(st.sampled_from([frozenset(), frozenset({"edited"})])),
        links=draw(st.sampled_from([(), ("https://example.org/rotace",), ("https://anexample.org/",)])),
        published_at=draw(st.sampled_from([None, NOW - timedelta(hours=1), NOW - timedelta(hours=2)])),
        asked_at=NOW,
    )
    return Naive(title, text, language, document)


letter = st.sampled_from(["kva", "ube", "oni"])  # few words, so that they nearly always stand near each other
close_leaf = st.one_of(
    letter.map(lambda one: ("exact", one)), st.tuples(letter, letter).map(lambda some: ("phrase", some))
)
close_operand = st.recursive(close_leaf, lambda inner: st.one_of(chains(inner), choices(inner)), max_leaves=4)
close_loose = st.tuples(st.lists(letter, min_size=2, max_size=4), st.integers(1, 4)).map(
    lambda pair: ("loose", *pair)
)
close_trees = st.one_of(chains(close_operand), close_loose, fields(chains(close_operand)))
close_rows = st.lists(st.sampled_from(["kva", "ube", "oni", "nic", "nic"]), max_size=9)


def close_document(title, text):
    title_text, text_text = (analyse_text(" ".join(row), None) for row in (title, text))
    return Naive(title, text, None, Document(title=title_text, text=text_text, source="one", kind="feed"))


close_documents = st.builds(close_document, st.one_of(st.just([]), close_rows), close_rows)


BARE, MARKED = ["vojaci", "zadost", "отказывает", "сказал"], ["voják", "žádosti", "отказал", "говорит"]
read_word = st.sampled_from([*BARE, *MARKED]).map(lambda one: ("word", one))
read_leaf = st.one_of(read_word, readings(read_word))
read_operand = st.one_of(read_leaf, choices(read_leaf), chains(read_leaf))
read_trees = st.one_of(read_operand, readings(read_operand), fields(readings(read_operand)))
read_rows = st.sampled_from([BARE, MARKED]).flatmap(
    lambda some: st.lists(st.sampled_from(some), min_size=3, max_size=6)
)


def read_document(title, text, language):
    title_text, text_text = (analyse_text(" ".join(row), language) for row in (title, text))
    document = Document(title=title_text, text=text_text, source="one", kind="feed", language=language)
    return Naive(title, text, language, document)


read_documents = st.builds(read_document, read_rows, read_rows, st.sampled_from(["cs", "ru", None]))


def compiled(text):
    try:
        return compile_query(text)
    except QueryError as error:
        assert "only excludes" in error.message  # noqa: PT017  nothing else is wrong with these
        return None


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(trees, min_size=1, max_size=5), documents(), st.integers(0, 4))
def test_the_engine_answers_as_brute_force_does(trees, naive, removed):
    compare(trees, naive, removed)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(close_trees, min_size=1, max_size=4), close_documents, st.integers(0, 3))
def test_what_stands_near_what_is_what_brute_force_finds(trees, naive, removed):
    compare(trees, naive, removed)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(read_trees, min_size=1, max_size=4), read_documents, st.integers(0, 3))
def test_words_are_read_as_brute_force_reads_them(trees, naive, removed):
    compare(trees, naive, removed)


def compare(trees, naive, removed):
    asked = {f"{number}": tree for number, tree in enumerate(trees)}
    queries = {key: query for key, tree in asked.items() if (query := compiled(written(tree)))}
    expected = {key: answer for key in queries if (answer := naive.answer(asked[key])) is not None}
    for key, query in queries.items():
        assert spans(matches(query, naive.document)) == expected.get(key), written(asked[key])
    index = Index(queries)
    assert found(index, naive) == list(expected.items())
    if str(removed) in queries:
        index.remove(str(removed))
        assert found(index, naive) == [
            (key, answer) for key, answer in expected.items() if key != str(removed)
        ]
        index.add(str(removed), queries[str(removed)])
        assert dict(found(index, naive)) == expected
        assert len(index) == len(queries)


def found(index, naive):
    return [(match.key, spans(match.spans)) for match in index.match(naive.document)]


def spans(shown):
    return None if shown is None else [(span.field, span.start, span.end) for span in shown]
