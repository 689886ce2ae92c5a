"""Many queries asked at once: each is looked at only when the document holds the rarest thing it needs.

Even then the next rarest is looked for before the query itself. So rules that rarely match cost next to
nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from monitor.query.anchors import Anchor, AnchorKind, Fame, Need, needs
from monitor.query.compile import Query
from monitor.query.document import Document, Match, Span
from monitor.query.facts import PropertyName, properties, words_of_links
from monitor.query.view import View
from monitor.text.memo import Memo

WORDS = 8_000
"""Words of which it is remembered what queries look for at their beginning, and within them."""

LONG = 60
"""Letters of a run above which literals are looked for in it, rather than its pieces among the literals."""

_PROPERTIES: tuple[PropertyName, ...] = ("source", "kind", "lang", "tag", "has", "is")

Filed = dict[str, int | list[int]]
"""The numbers of queries by what they need; a single one stands alone, because most do."""


def matches(query: Query, document: Document) -> tuple[Span, ...] | None:
    """Where `query` matches `document`; () where no word shows it (`source:x`); None for no match."""
    return _ask(query, View(document))


class Index:
    """Compiled queries by key, which may come and go one by one."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._numbers: dict[str, int] = {}
        self._keys: list[str] = []
        self._queries: list[Query | None] = []  # None where one was removed
        self._gates: list[tuple[str, ...] | None] = []  # None: not looked for yet
        self._always: list[int] = []
        self._filed: dict[AnchorKind, Filed] = {}
        self._lengths: dict[AnchorKind, set[int]] = {}  # of the keys that are filed, or were
        self._beginnings = Memo(self._find_beginnings, most=WORDS)
        self._literals = Memo(self._find_literals, most=WORDS)
        self._fame = Fame()
        for query in queries.values():
            self._fame.spread(needs(query.root))
        for key, query in queries.items():
            self._add(key, query)

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, key: str, query: Query) -> None:
        """Ask `query` from now on, after all others; one of the same key is asked no more."""
        if key in self._numbers:
            self.remove(key)
        self._fame.spread(needs(query.root))
        self._add(key, query)

    def _add(self, key: str, query: Query) -> None:
        number = len(self._queries)
        self._numbers[key] = number
        self._keys.append(key)
        self._queries.append(query)
        self._gates.append(None)
        choices = needs(query.root)
        if not choices:
            self._always.append(number)
            return
        found = self._fame.rarest(choices).anchors()
        for anchor in found:
            _file(self._filed.setdefault(anchor.kind, {}), anchor.key, number)
            self._lengths.setdefault(anchor.kind, set()).add(len(anchor.key))
        self._forget(found)

    def remove(self, key: str) -> None:
        """Ask the query of this key no more. Raises KeyError where there is none."""
        number = self._numbers.pop(key)
        need = self._filed_under(number)
        self._queries[number] = None
        if need is None:
            self._always.remove(number)
            return
        for anchor in need.anchors():
            _unfile(self._filed[anchor.kind], anchor.key, number)
        self._forget(need.anchors())

    def match(self, document: Document) -> list[Match]:
        """Every query that matches `document`, in the order in which the queries were given."""
        view = View(document)
        found = []
        for number in sorted(self._candidates(view)):
            gate = self._gates[number]
            if gate is None:
                gate = self._open_gate(number)
            if gate and view.forms.isdisjoint(gate):  # so it ends for most of them
                continue
            query = self._queries[number]
            spans = None if query is None else _ask(query, view)
            if spans is not None:
                found.append(Match(self._keys[number], spans))
        return found

    def _open_gate(self, number: int) -> tuple[str, ...]:
        """Words of which the query needs one besides what it is filed under; none where there are no such.

        Looked for when the query is first a candidate: most never are, and it takes dictionaries.
        """
        query, under = self._queries[number], self._filed_under(number)
        others = [] if query is None or under is None else [n for n in needs(query.root) if n != under]
        gate = next((words for need in others if (words := need.words()) is not None), ())
        self._gates[number] = gate
        return gate

    def _filed_under(self, number: int) -> Need | None:
        """The need for which a query is looked at; None where that is always."""
        query = self._queries[number]
        choices = needs(query.root) if query else []
        fitting = [need for need in choices if all(self._is_filed(one, number) for one in need.anchors())]
        return max(fitting, key=lambda need: len(need.anchors()), default=None)

    def _is_filed(self, anchor: Anchor, number: int) -> bool:
        there = self._filed.get(anchor.kind, {}).get(anchor.key, ())
        return there == number if isinstance(there, int) else number in there

    def _candidates(self, view: View) -> set[int]:
        candidates = set(self._always)
        for kind, held in self._held(view):
            filed = self._filed[kind]
            for key in held:
                numbers = filed[key]
                if type(numbers) is int:
                    candidates.add(numbers)
                else:
                    candidates.update(numbers)  # type: ignore[arg-type]
        return candidates

    def _held(self, view: View) -> Iterator[tuple[AnchorKind, Iterable[str]]]:
        """What the document holds of all that queries need."""
        filed = self._filed
        if "word" in filed:
            yield "word", view.forms & filed["word"].keys()
        if "prefix" in filed:
            yield "prefix", chain.from_iterable(map(self._beginnings.__getitem__, view.exacts))
        if "literal" in filed:
            yield "literal", chain.from_iterable(map(self._literals.__getitem__, view.runs))
        if "link" in filed and view.document.links:
            yield "link", filed["link"].keys() & {"", *words_of_links(view.document)}
        for kind in _PROPERTIES:
            if kind in filed:
                yield kind, [word for word in properties(view.document, kind) if word in filed[kind]]

    def _find_beginnings(self, word: str) -> tuple[str, ...]:
        """The prefixes that queries need and with which `word` begins."""
        filed = self._filed["prefix"]
        return tuple({word[:length] for length in self._lengths["prefix"] if word[:length] in filed})

    def _find_literals(self, run: str) -> tuple[str, ...]:
        """The literals that queries need and that stand in `run`."""
        filed = self._filed["literal"]
        if len(run) > LONG:
            return tuple(literal for literal in filed if literal in run)
        pieces = (
            run[start : start + length] for length in self._lengths["literal"] for start in range(len(run))
        )
        return tuple({piece for piece in pieces if piece in filed})

    def _forget(self, changed: Iterable[Anchor]) -> None:
        kinds = {anchor.kind for anchor in changed}
        if "prefix" in kinds:
            self._beginnings.clear()
        if "literal" in kinds:
            self._literals.clear()


def _file(filed: Filed, key: str, number: int) -> None:
    there = filed.get(key)
    if there is None:
        filed[key] = number
    elif isinstance(there, int):
        filed[key] = [there, number]
    else:
        there.append(number)


def _unfile(filed: Filed, key: str, number: int) -> None:
    there = filed[key]
    if isinstance(there, int):
        del filed[key]
    else:
        there.remove(number)


def _ask(query: Query, view: View) -> tuple[Span, ...] | None:
    if not query.root.holds(view):
        return None
    return view.spans(query.root.find(view) or ())
