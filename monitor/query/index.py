"""Many queries asked at once: each is looked at only when the document holds the rarest thing it needs.

Even then the next rarest is looked for before the query itself, of all that are filed under one word
together. So rules that rarely match cost next to nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, compress, islice
from operator import not_
from typing import TypeVar

from monitor.query.anchors import AnchorKind, Fame, Need, needs
from monitor.query.compile import Query
from monitor.query.document import Document, Match, Span
from monitor.query.facts import PropertyName, properties, words_of_links
from monitor.query.view import View
from monitor.text.memo import Memo

WORDS = 16_000
"""Words of which it is remembered what queries look for at their beginning, within them, and beside them."""

LONG = 60
"""Letters of a run above which literals are looked for in it, rather than its pieces among the literals."""

_PROPERTIES: tuple[PropertyName, ...] = ("source", "kind", "lang", "tag", "has", "is")

_ANYTHING = ""
"""What every document holds."""

_ALWAYS = 255
"""Stands for the number of a need where a query needs nothing that could be looked for."""


def matches(query: Query, document: Document) -> tuple[Span, ...] | None:
    """Where `query` matches `document`; () where no word shows it (`source:x`); None for no match."""
    return _ask(query, View(document))


Gate = TypeVar("Gate")


class _Gates(dict[str, Gate]):
    """What `find_out` says of each anchor, remembered. When it is full, the older half is forgotten.

    For use by several threads, as long as `find_out` may be called twice for one anchor.
    """

    def __init__(self, find_out: Callable[[str], Gate]) -> None:
        super().__init__()
        self._find_out = find_out

    def __missing__(self, anchor: str) -> Gate:
        if len(self) >= WORDS:
            for old in list(islice(self, WORDS // 2)):
                self.pop(old, None)
        gate = self[anchor] = self._find_out(anchor)
        return gate


class Index:
    """Compiled queries by key, which may come and go one by one."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._numbers: dict[str, int] = {}
        self._keys: list[str] = []
        self._queries: list[Query | None] = []  # None where one was removed
        self._under = bytearray()  # which of its needs each is filed under, or `_ALWAYS`
        self._always: set[int] = set()
        self._filed: dict[str, int | list[int]] = {}  # by token; a single one stands alone, as most do
        self._tokens: set[str] = set()  # the same ones, for sets meet thrice as fast
        self._gates = _Gates(self._gate)  # tokens that any of those filed under a token need besides
        self._behind = _Gates(self._sorted)  # the same ones, each with those that need it
        self._sought: dict[AnchorKind, set[str]] = {}  # what any query needs, or did, besides words
        self._lengths: dict[AnchorKind, set[int]] = {}
        self._starts: set[str] = set()  # of all the prefixes sought, as much as the shortest has letters
        self._shortest = LONG
        self._beginnings = Memo(self._find_beginnings, most=WORDS)
        self._literals = Memo(self._find_literals, most=WORDS)
        self._fame = Fame(len(queries))
        for query in queries.values():
            self._fame.spread(_needs(query))
        for key, query in queries.items():
            self._add(key, query)

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, key: str, query: Query) -> None:
        """Ask `query` from now on, after all others; one of the same key is asked no more."""
        if key in self._numbers:
            self.remove(key)
        self._fame.spread(_needs(query))
        self._add(key, query)

    def _add(self, key: str, query: Query) -> None:
        number = len(self._queries)
        self._numbers[key] = number
        self._keys.append(key)
        self._queries.append(query)
        choices = _needs(query)
        under = self._fame.rarest(choices) if choices else _ALWAYS
        self._under.append(under)
        if under == _ALWAYS:
            self._always.add(number)
            return
        self._seek(choices)
        for token in choices[under].tokens():
            self._file(token, number)

    def remove(self, key: str) -> None:
        """Ask the query of this key no more. Raises KeyError where there is none."""
        number = self._numbers.pop(key)
        query, under = self._queries[number], self._under[number]
        self._queries[number] = None
        self._always.discard(number)
        if query is not None and under != _ALWAYS:
            for token in _needs(query)[under].tokens():
                self._unfile(token, number)

    def match(self, document: Document) -> list[Match]:
        """Every query that matches `document`, in the order in which the queries were given."""
        view = View(document)
        held = self._held(view)
        found = []
        for number in sorted(self._candidates(held)):
            query = self._queries[number]
            spans = None if query is None else _ask(query, view)
            if spans is not None:
                found.append(Match(self._keys[number], spans))
        return found

    def _candidates(self, held: set[str]) -> set[int]:
        """Queries for which the document holds both an anchor and a token of what they need besides."""
        candidates = set(self._always)
        anchors = list(held & self._tokens)
        are_closed = map(held.isdisjoint, map(self._gates.__getitem__, anchors))
        for anchor in compress(anchors, map(not_, are_closed)):
            behind = self._behind[anchor]
            candidates.update(chain.from_iterable([behind[token] for token in held & behind.keys()]))
        return candidates

    def _gate(self, anchor: str) -> frozenset[str]:
        """Looked for when a document first holds the anchor: most never do, and it takes dictionaries."""
        return frozenset(chain.from_iterable(map(self._besides, self._filed_under(anchor))))

    def _sorted(self, anchor: str) -> dict[str, list[int]]:
        """Numbers of the queries filed under the anchor, by the tokens that they need besides."""
        found: dict[str, list[int]] = defaultdict(list)
        for number in self._filed_under(anchor):
            for token in self._besides(number):
                found[token].append(number)
        return found

    def _filed_under(self, token: str) -> Sequence[int]:
        numbers = self._filed[token]
        return [numbers] if isinstance(numbers, int) else numbers

    def _besides(self, number: int) -> tuple[str, ...]:
        """The tokens of which the query needs one besides its anchors."""
        query, under = self._queries[number], self._under[number]
        others = [] if query is None else _needs(query)
        return next((need.tokens() for turn, need in enumerate(others) if turn != under), (_ANYTHING,))

    # ---- what a document holds -------------------------------------------------------------

    def _held(self, view: View) -> set[str]:
        """What the document holds of all that queries may need: its words, and tokens of everything else."""
        held, document = set(view.forms), view.document
        held.add(_ANYTHING)
        sought = self._sought
        if "prefix" in sought:
            words = self._hopeful(chain(document.text.exacts, document.title.exacts))
            held.update(chain.from_iterable(filter(None, map(self._beginnings.__getitem__, words))))
        if "literal" in sought:
            held.update(chain.from_iterable(map(self._literals.__getitem__, view.runs)))
        if "link" in sought and document.links:
            held.update([f"link:{word}" for word in ("", *words_of_links(document))])
        for kind in _PROPERTIES:
            if kind in sought:
                held.update([f"{kind}:{word}" for word in properties(document, kind)])
        return held

    def _hopeful(self, words: Iterable[str]) -> list[str]:
        """Those that begin like a prefix that queries need. The others are not worth remembering."""
        starts, length = self._starts, self._shortest
        return [word for word in words if word[:length] in starts]

    def _find_beginnings(self, word: str) -> tuple[str, ...]:
        """The prefixes that queries need and with which `word` begins, as tokens."""
        sought = self._sought["prefix"]
        beginnings = [word[:length] for length in self._lengths["prefix"]]
        return tuple([f"prefix:{one}" for one in beginnings if one in sought])

    def _find_literals(self, run: str) -> tuple[str, ...]:
        """The literals that queries need and that stand in `run`, as tokens."""
        literals = self._sought["literal"]
        if len(run) > LONG:
            return tuple(f"literal:{literal}" for literal in literals if literal in run)
        pieces = {
            run[start : start + length] for length in self._lengths["literal"] for start in range(len(run))
        }
        return tuple(f"literal:{piece}" for piece in pieces if piece in literals)

    def _seek(self, choices: Iterable[Need]) -> None:
        """Look in documents for what is needed, too."""
        for kind, key in chain.from_iterable(need.typed() for need in choices):
            if kind != "word" and key not in self._sought.setdefault(kind, set()):
                self._sought[kind].add(key)
                self._lengths.setdefault(kind, set()).add(len(key))
                if kind == "prefix":
                    self._start_with(key)
                self._beginnings.clear()
                self._literals.clear()

    def _start_with(self, prefix: str) -> None:
        """Let words that begin like `prefix` be hopeful."""
        if len(prefix) < self._shortest:
            self._shortest = len(prefix)
            self._starts = {one[: self._shortest] for one in self._sought["prefix"]}
        self._starts.add(prefix[: self._shortest])

    def _file(self, token: str, number: int) -> None:
        self._forget(token)
        there = self._filed.get(token)
        if there is None:
            self._filed[token] = number
            self._tokens.add(token)
        elif isinstance(there, int):
            self._filed[token] = [there, number]
        else:
            there.append(number)

    def _unfile(self, token: str, number: int) -> None:
        self._forget(token)
        there = self._filed[token]
        if isinstance(there, int):
            del self._filed[token]
            self._tokens.remove(token)
        else:
            there.remove(number)

    def _forget(self, token: str) -> None:
        """What is needed besides `token`, for other queries are filed under it now."""
        self._gates.pop(token, None)
        self._behind.pop(token, None)


def _needs(query: Query) -> Sequence[Need]:
    """What the query needs, the same each time: it is known by its number."""
    return needs(query.root)[:_ALWAYS]


def _ask(query: Query, view: View) -> tuple[Span, ...] | None:
    root = query.root
    return view.spans(root.find(view) or ()) if root.holds(view) else None
