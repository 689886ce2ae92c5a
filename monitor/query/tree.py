"""The tree of a query: what `monitor.query.syntax` reads and `monitor.query.compile` makes parts of."""

from collections.abc import Iterator
from dataclasses import dataclass

# Not frozen, for one reason: a frozen one takes thrice as long to make, and a rule has twenty.
# `at` is the number of the lexeme where a node begins; `monitor.query.lexer.position_of` knows the place.


@dataclass(slots=True)
class Word:
    """A word in any of its forms, or with `*` and `?` in it a pattern of forms."""

    text: str
    at: int


@dataclass(slots=True)
class Phrase:
    """Exact forms that stand side by side; from `"a phrase"` or `=word`."""

    text: str
    at: int
    looseness: int = 0  # other words that may stand in it


@dataclass(slots=True)
class Cased:
    """Exact forms in exactly this case: `case:"СВО"`."""

    text: str
    at: int


@dataclass(slots=True)
class Expression:
    """A regular expression: `/pattern/flags`."""

    pattern: str
    flags: str
    at: int


@dataclass(slots=True)
class Property:
    """A test of the item itself: `source:idnes`, `views:>1M`."""

    name: str
    value: str
    at: int  # of the value


@dataclass(slots=True)
class Within:
    """An operand whose words count only in one field, or are read in a certain way: `title:(a OR b)`."""

    field: str
    operand: "Node"
    at: int


@dataclass(slots=True)
class Near:
    """Operands each of which stands near the one before it."""

    operands: "tuple[Node, ...]"
    steps: tuple[tuple[int, bool], ...]  # for each after the first: words apart at most, whether in order
    at: int


@dataclass(slots=True)
class Not:
    """What must not match."""

    operand: "Node"
    at: int


@dataclass(slots=True)
class And:
    """All of these, at least two."""

    operands: "tuple[Node, ...]"
    at: int


@dataclass(slots=True)
class Or:
    """Any of these, at least two."""

    operands: "tuple[Node, ...]"
    at: int


Node = Word | Phrase | Cased | Expression | Property | Within | Near | Not | And | Or


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed query with the text it came from."""

    root: Node
    query: str


def terms(node: Node, prefix: str = "") -> Iterator[str]:
    """What `node` looks for, as written and in order; exclusions are left out."""
    match node:
        case Not():
            return
        case And(operands) | Or(operands) | Near(operands):
            for operand in operands:
                yield from terms(operand, prefix)
        case Within(name, operand):
            yield from terms(operand, f"{name}:")
        case _:
            yield f"{prefix}{term(node)}"


def term(leaf: Node) -> str:
    """A leaf of the tree as one would write it."""
    match leaf:
        case Property(name, value):
            return f"{name}:{value}"
        case Phrase(text, _, looseness):
            return f'"{text}"~{looseness}' if looseness else f'"{text}"'
        case Cased(text):
            return f'case:"{text}"'
        case Expression(pattern, flags):
            return f"/{pattern}/{flags}"
        case Word(text):
            return text
        case _:
            raise TypeError(f"{type(leaf).__name__} is no leaf")
