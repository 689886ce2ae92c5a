"""What many rules cost: to compile, to keep, and to ask of an item; against FTS5, tantivy and plain `re`.

SQLite's FTS5 and tantivy are used as percolators: a batch of items is indexed in memory by the words that we
match, and every rule is asked of it. `re` asks every rule of every text, each word by its stem. Everything is
CPU time.
"""

import re
import sqlite3
import tracemalloc
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from statistics import median

from benchmarks import in_tantivy
from benchmarks.figures import CPU, Figure, in_turns, ratio, timed
from benchmarks.rare_rules import RareRule, rare_rules
from benchmarks.sizes import Sizes
from benchmarks.texts import texts
from monitor.query import Document, Index, compile_query
from monitor.text import Text, analyse_text
from monitor.text.lemmas import query_lemmas
from monitor.text.search import index_words

GROWTH, COMPILED, BYTES = 2.5, 20_000, 600
IN_BATCHES, SINGLE, PLAIN = 3, 100, 1_000
"""The targets, in the order of the figures."""

BATCH = 500

ROUNDS = 5
"""So many times more turns where one takes a few hundredths of a second, and caches decide."""


def run(sizes: Sizes) -> Iterator[Figure]:
    """Figures of compiling and keeping, of growing, and of the comparisons."""
    few, some, many = (1_000, 10_000, 100_000) if sizes.rules >= 1_000 else (50, 200, 500)
    rules = rare_rules(many)
    items = [analysed for _, analysed in islice(_items(), BATCH if some > 1_000 else sizes.items)]
    yield _keeping([rule.query for rule in rules[: 2 * some]])  # first: no word was looked up before
    yield _compiling([rule.query for rule in rules], some, sizes.repeats)
    index = {count: _index(rules[:count]) for count in (few, some, many)}
    yield _growing(index[few], index[many], items, sizes.repeats, few, many)
    yield from _compared(index[some], rules[:some], items)


def _items() -> Iterator[tuple[str, Document]]:
    nothing = analyse_text("", None)
    for language, text in texts("rules"):
        document = Document(
            title=nothing,
            text=analyse_text(text, language),
            source="bench",
            kind="telegram_web",
            language=language,
        )
        yield text, document


def _index(rules: Sequence[RareRule]) -> Index:
    return Index({f"rule-{number}": compile_query(rule.query) for number, rule in enumerate(rules)})


def _compiling(queries: Sequence[str], count: int, repeats: int) -> Figure:
    """So many at a time, others every time: what was compiled before is remembered for a while."""
    (taken,) = in_turns(repeats, lambda turn: _compile(queries, turn, count), clock=CPU)
    compiled = {query: compile_query(query) for query in queries[:count]}
    first = timed(partial(Index, compiled), CPU)
    again = timed(partial(Index, compiled), CPU)
    return Figure(
        name="rules compiled",
        value=count / median(taken),
        unit="/s",
        target=COMPILED,
        bound="least",
        raw={
            "compile_us": median(taken) / count * 1e6,
            "file_us": again / count * 1e6,
            "file_first_us": first / count * 1e6,  # their words are looked up in the dictionaries
        },
        note=f"{count:,} rules; filing them in the index comes on top",
    )


def _compile(queries: Sequence[str], turn: int, count: int) -> None:
    first = turn * count % len(queries)
    for query in queries[first : first + count]:
        compile_query(query)


def _keeping(queries: Sequence[str]) -> Figure:
    """Of the second half of the rules: the first fills what all have in common, up to its bounds."""
    keyed = [(f"rule-{number}", query) for number, query in enumerate(queries)]
    half = len(keyed) // 2
    tracemalloc.start()
    index = Index({key: compile_query(query) for key, query in keyed[:half]})
    before, _ = tracemalloc.get_traced_memory()
    for key, query in keyed[half:]:
        index.add(key, compile_query(query))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Figure(
        name="memory a rule, beside its text and its name",
        value=(after - before) / (len(index) - half),
        unit="bytes",
        target=BYTES,
        raw={"rules": len(index), "held_mb": after / 1e6},
    )


def _growing(few: Index, many: Index, items: Sequence[Document], repeats: int, *counts: int) -> Figure:
    first_of_many, first_of_few = (timed(partial(_ask, index, items), CPU) for index in (many, few))
    of_many, of_few = in_turns(
        repeats * ROUNDS, lambda _: _ask(many, items), lambda _: _ask(few, items), clock=CPU
    )
    return Figure(
        name=f"an analysed item against {counts[1]:,} rules / {counts[0]:,}",
        value=ratio(of_many, of_few),
        unit="x",
        target=GROWTH,
        raw={
            "many_us": median(of_many) / len(items) * 1e6,
            "few_us": median(of_few) / len(items) * 1e6,
            "many_first_us": first_of_many / len(items) * 1e6,  # what candidates need is looked up
            "few_first_us": first_of_few / len(items) * 1e6,
            "matches_many": _ask(many, items) / len(items),
            "matches_few": _ask(few, items) / len(items),
        },
    )


def _ask(index: Index, items: Sequence[Document]) -> int:
    return sum(len(index.match(item)) for item in items)


# ---- the others ------------------------------------------------------------------------


def _compared(index: Index, rules: Sequence[RareRule], items: Sequence[Document]) -> Iterator[Figure]:
    asked = [_in_fts5(rule) for rule in rules]
    ours = median(timed(partial(_ask, index, items), CPU) for _ in range(5)) / len(items)
    raw = {"ours_us": ours * 1e6, "ours_matches": _ask(index, items)}
    batch = timed(partial(_percolate, items, asked), CPU) / len(items)
    found = {"fts5_matches": _percolate(items, asked)}
    yield _faster(f"FTS5 in batches of {len(items)}", batch, ours, IN_BATCHES, raw | found)
    single = median(timed(partial(_percolate, [item], asked), CPU) for item in items[:3])
    yield _faster("FTS5, one item at a time", single, ours, SINGLE, {})
    if in_tantivy.is_installed():
        yield from _compared_with_tantivy(in_tantivy.Percolator(rules), items, ours, raw)
    patterns = [_in_re(rule) for rule in rules]
    plain = median(timed(partial(_search, item.text, patterns), CPU) for item in items[:3])
    yield _faster("plain regular expressions", plain, ours, PLAIN, {})


def _compared_with_tantivy(
    percolator: in_tantivy.Percolator, items: Sequence[Document], ours: float, raw: dict[str, float]
) -> Iterator[Figure]:
    texts = [_in_order(item) for item in items]
    batch = timed(partial(percolator.matches, texts), CPU) / len(texts)
    found = {"tantivy_matches": percolator.matches(texts)}
    yield _faster(f"tantivy in batches of {len(texts)}", batch, ours, IN_BATCHES, raw | found)
    single = median(timed(partial(percolator.matches, [text]), CPU) for text in texts[:3])
    yield _faster("tantivy, one item at a time", single, ours, SINGLE, {})


def _faster(name: str, theirs: float, ours: float, target: float, raw: dict[str, float]) -> Figure:
    return Figure(
        name=f"{name} / ours",
        value=theirs / ours,
        unit="x",
        target=target,
        bound="least",
        raw={"theirs_us": theirs * 1e6, **raw},
    )


def _percolate(items: Sequence[Document], asked: Sequence[str]) -> int:
    """How many matches `asked` have among `items`."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE VIRTUAL TABLE item USING fts5(words, content='', tokenize='unicode61')")
        rows = [(number, _in_order(item)) for number, item in enumerate(items)]
        connection.executemany("INSERT INTO item(rowid, words) VALUES (?, ?)", rows)
        query = "SELECT count(*) FROM item WHERE item MATCH ?"
        found = sum(connection.execute(query, (one,)).fetchone()[0] for one in asked)
    connection.close()
    return int(found)


def _in_order(item: Document) -> str:
    """The words as written, for phrases, and then their dictionary forms."""
    return f"{' '.join(item.text.exacts)} {index_words(item.text)}"


def _in_fts5(rule: RareRule) -> str:
    groups = " AND ".join(f"({' OR '.join(map(_term, group))})" for group in rule.groups)
    excluded = "".join(f" NOT {_term(word)}" for word in rule.excluded)
    return f"({groups}){excluded}"


def _term(word: str) -> str:
    if word.endswith("*"):
        return f'"{word[:-1]}" *'
    if " " in word:
        return f'"{word}"'
    return "(" + " OR ".join(f'"{form}"' for form in sorted({word, *query_lemmas(word)})) + ")"


Patterns = tuple[list[re.Pattern[str]], list[re.Pattern[str]]]


def _in_re(rule: RareRule) -> Patterns:
    """Wanted and unwanted patterns; a word is its first letters and any ending."""
    wanted = [_pattern(rf"\b(?:{'|'.join(map(_stem, group))})") for group in rule.groups]
    return wanted, [_pattern(rf"\b{_stem(word)}") for word in rule.excluded]


def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE)


def _stem(word: str) -> str:
    return word.rstrip("*") if " " in word or word.endswith("*") else rf"{word[:-2]}\w{{0,4}}\b"


def _search(text: Text, patterns: Sequence[Patterns]) -> int:
    original = text.original
    return sum(
        all(one.search(original) for one in wanted) and not any(one.search(original) for one in unwanted)
        for wanted, unwanted in patterns
    )
