"""What a query asks for, put into words: its tree, and every form that its words stand for."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from monitor.query.anchors import needs
from monitor.query.compile import compile_query, forms_of
from monitor.query.keys import READINGS, USUAL, Leniency, keys_of, leniency
from monitor.query.syntax import parse
from monitor.query.tree import (
    And,
    Cased,
    Expression,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Property,
    Within,
    Word,
    term,
)
from monitor.text.lemmas import BARE

Expand = Callable[[str], Mapping[str, Sequence[str]]]
"""The forms that a typed word matches, by language (ISO 639-1)."""

SHOWN = 12
"""Forms of one word that are told."""

_INDENT = "  "

_READ = {"diacritics": "only with the diacritics it is spelled with", "aspects": "verbs in either aspect"}


def explain(query: str, expand: Expand) -> list[str]:
    """The lines that explain `query`. Raises QueryError."""
    compiled = compile_query(query)
    first = next(iter(needs(compiled.root)), None)
    if first is None:
        looked_at = "looked at for every item: it has no word, source or tag that must be there"
    else:
        keys = [f"{anchor.kind} {anchor.key}".strip() for anchor in first.anchors()]
        looked_at = f"looked at only for items with: {_some(keys)}"
    return [*_lines(parse(query).root, expand, 0, USUAL), looked_at]


def _lines(node: Node, expand: Expand, depth: int, lenient: Leniency) -> Iterator[str]:
    head, below = _said(node)
    yield _INDENT * depth + head
    if isinstance(node, Word):
        yield from (_INDENT * (depth + 1) + line for line in _expansions(node, expand, lenient))
    if isinstance(node, Within) and node.field in READINGS:
        lenient = leniency(lenient, node.field)
    for child in below:
        yield from _lines(child, expand, depth + 1, lenient)


def _said(node: Node) -> tuple[str, Sequence[Node]]:
    match node:
        case And(operands):
            return "all of", operands
        case Or(operands):
            return "any of", operands
        case Not(operand):
            return "not", (operand,)
        case Within(field, operand):
            return _READ.get(field, f"in the {field}"), (operand,)
        case Near(operands, steps):
            return f"near each other: {', '.join(map(_step, steps))}", operands
        case _:
            return f"{term(node)}  {_leaf(node)}", ()


def _step(step: tuple[int, bool]) -> str:
    distance, ordered = step
    if distance == 1:
        return "right after the one before" if ordered else "beside the one before"
    return f"within {distance} words {'after' if ordered else 'of'} the one before"


def _leaf(node: Node) -> str:  # noqa: PLR0911  one line a node
    match node:
        case Word(text) if "*" in text or "?" in text:
            return "every form that fits"
        case Word():
            return "in every form"
        case Phrase(_, _, looseness) if looseness:
            return f"exactly these forms, moved by {looseness} words at most"
        case Phrase(text):
            return "exactly this form" if len(forms_of(text)) == 1 else "exactly these forms, side by side"
        case Cased():
            return "with just these capital and small letters"
        case Expression(_, flags):
            return "as a regular expression" + (", capital and small letters alike" if flags else "")
        case Property():
            return "what is known of the item"
        case _:
            return ""


def _expansions(word: Word, expand: Expand, lenient: Leniency) -> Iterator[str]:
    if "*" in word.text or "?" in word.text:
        return
    for form in forms_of(word.text):
        for language, forms in expand(form).items():
            others = [other for other in forms if other != form]
            if others:
                yield f"{form} → {language}: {_some(others)}"
        yield from _besides(form, lenient)


def _besides(form: str, lenient: Leniency) -> Iterator[str]:
    """What leniency adds to the forms of a word."""
    itself = keys_of(form, Leniency(0))
    aspects = [key for key in keys_of(form, lenient & Leniency.ASPECTS) if key not in itself]
    if aspects:
        yield f"{form} → in every form of the other aspect: {_some(aspects)}"
    unmarked = [key for key in keys_of(form, lenient & Leniency.DIACRITICS) if key not in itself]
    marked = [key for key in unmarked if not key.startswith(BARE)]
    if marked:
        yield f"{form} → in every form with diacritics: {_some(marked)}"
    bare = [key.removeprefix(BARE) for key in unmarked if key.startswith(BARE)]
    if bare and not {*bare} <= {*itself}:
        yield f"{form} → in texts typed without diacritics, in every form: {_some(bare)}"


def _some(forms: Sequence[str]) -> str:
    shown = ", ".join(forms[:SHOWN])
    return f"{shown}, … ({len(forms)})" if len(forms) > SHOWN else shown
