"""From a query's text to its lexemes. What is reserved for later is refused, never read as something else."""

import difflib
import re
from dataclasses import dataclass
from enum import Enum, auto

from monitor.query.errors import QueryError

LONGEST = 20_000
"""Characters of a query."""

FIELDS = ("title", "text", "source", "kind", "lang", "tag", "views", "forwards", "has", "is")


class Kind(Enum):
    """What a lexeme is."""

    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    FIELD = auto()
    PHRASE = auto()
    WORD = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece of a query; `text` is a field's name or a phrase without its quotes."""

    kind: Kind
    text: str
    position: int


_QUOTES = '"“”„‟«»'
_SPACE = re.compile(r"\s+")
_PHRASE = re.compile(f"[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]")
_CHUNK = re.compile(f"[^\\s(){_QUOTES}]+")
_FIELD = re.compile(r"([^\W\d]\w*):")
_OPERATORS = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT}
_FOREIGN_OPERATORS = {"&&": "AND", "||": "OR", "!": "NOT", "&": "AND", "|": "OR"}
_RESERVED = (
    (re.compile(r"(?:NEAR|BEFORE|AFTER|ONEAR)(?:/\d*)?$"), "proximity search is not yet supported"),
    (re.compile(r"/.+/[a-z]*$"), "regular expressions are not yet supported"),
    (re.compile(r"[^~]*~[\d.]*$"), "fuzzy words and loose phrases (~) are not yet supported"),
    (re.compile(r".+\^[\d.]*$"), "weights (^) are not supported"),
)
_RESERVED_FIELDS = {"case": "case-sensitive search is not yet supported"}


def scan(query: str) -> list[Lexeme]:
    """The lexemes of `query`, an END last. Raises QueryError."""
    if len(query) > LONGEST:
        hint = f"at most {LONGEST} characters; split it into several rules"
        raise QueryError("the query is too long", query=query[:80], position=0, hint=hint)
    lexemes: list[Lexeme] = []
    position = 0
    while position < len(query):
        if space := _SPACE.match(query, position):
            position = space.end()
            continue
        lexeme, position = _lexeme(query, position)
        lexemes.append(lexeme)
    return [*lexemes, Lexeme(Kind.END, "", len(query.rstrip()))]


def _lexeme(query: str, position: int) -> tuple[Lexeme, int]:
    first = query[position]
    if first in "()":
        return Lexeme(Kind.OPEN if first == "(" else Kind.CLOSE, first, position), position + 1
    if first in _QUOTES:
        return _phrase(query, position)
    if first == "-" and _begins_operand(query, position + 1):
        return Lexeme(Kind.NOT, "-", position), position + 1
    if first == "=":
        return _exact_word(query, position)
    return _chunk(query, position)


def _begins_operand(query: str, position: int) -> bool:
    return position < len(query) and not query[position].isspace() and query[position] not in ")-"


def _phrase(query: str, position: int) -> tuple[Lexeme, int]:
    match = _PHRASE.match(query, position)
    if match is None:
        raise QueryError(
            "this quote is never closed", query=query, position=position, hint='add a " at its end'
        )
    if query[match.end() : match.end() + 1] == "~":
        _refuse_reserved(query, match.end(), "~")
    return Lexeme(Kind.PHRASE, match[1], position), match.end()


def _exact_word(query: str, position: int) -> tuple[Lexeme, int]:
    match = _CHUNK.match(query, position + 1)
    if match is None:
        hint = 'write =word without a space; for several words use "a phrase"'
        raise QueryError("= has no word after it", query=query, position=position, hint=hint)
    return Lexeme(Kind.PHRASE, match[0], position), match.end()


def _chunk(query: str, position: int) -> tuple[Lexeme, int]:
    if field := _FIELD.match(query, position):
        return Lexeme(Kind.FIELD, _known_field(query, position, field[1]), position), field.end()
    match = _CHUNK.match(query, position)
    chunk = match[0] if match else query[position]
    if chunk in _OPERATORS:
        return Lexeme(_OPERATORS[chunk], chunk, position), position + len(chunk)
    _refuse_foreign(query, position, chunk)
    _refuse_reserved(query, position, chunk)
    return Lexeme(Kind.WORD, chunk, position), position + len(chunk)


def _known_field(query: str, position: int, name: str) -> str:
    folded = name.casefold()
    if folded in FIELDS:
        return folded
    if folded in _RESERVED_FIELDS:
        raise QueryError(_RESERVED_FIELDS[folded], query=query, position=position, hint="leave the field out")
    close = difflib.get_close_matches(folded, FIELDS, n=1, cutoff=0.5)
    hint = (
        f"did you mean {close[0]}:?"
        if close
        else f"fields are {', '.join(FIELDS)}; for the text itself use quotes"
    )
    raise QueryError(f"unknown field {name}:", query=query, position=position, hint=hint)


def _refuse_foreign(query: str, position: int, chunk: str) -> None:
    if chunk in _FOREIGN_OPERATORS:
        hint = f"write {_FOREIGN_OPERATORS[chunk]}"
        raise QueryError(f"{chunk} is not an operator here", query=query, position=position, hint=hint)
    if chunk[0] in "+!" and len(chunk) > 1:
        hint = (
            "every word is required by default: drop the +"
            if chunk[0] == "+"
            else "write NOT, or - before the word"
        )
        raise QueryError(f"{chunk[0]} is not an operator here", query=query, position=position, hint=hint)


def _refuse_reserved(query: str, position: int, chunk: str) -> None:
    for pattern, message in _RESERVED:
        if pattern.match(chunk):
            hint = "use AND, or put it in quotes to look for the text itself"
            raise QueryError(message, query=query, position=position, hint=hint)
