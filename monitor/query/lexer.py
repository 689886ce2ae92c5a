"""From a query's text to its lexemes. What is not of the language is refused, never read as another thing."""

import re
from itertools import islice
from typing import Literal, NamedTuple

from monitor.query.errors import QueryError
from monitor.query.hints import MEANT, OPERATORS_ELSEWHERE, foreign, unknown_field

LONGEST = 20_000
"""Characters of a query."""

_AROUND = len("diacritics:(aspects:())")  # what `[matching]` may put around what is written

FIELDS = (
    "title", "text", "source", "kind", "lang", "tag", "link", "views", "forwards", "age", "has", "is", "case",
    "diacritics", "aspects",
)  # fmt: skip

QUOTES = '"“”„‟«»'
"""Any of these opens a phrase, and any closes it."""

Kind = Literal[
    "(", ")", "AND", "OR", "NOT", "near", "field", "phrase", "exact", "regex", "word", "address", "end"
]
"""What a lexeme is; `near` is `NEAR/5` or `BEFORE/5`, `exact` is `=word`."""


class Lexemes(NamedTuple):
    """The lexemes of a query in columns of equal length, an end last: a rule has twenty, a desk many rules.

    A lexeme is known by its number. Where it stands is looked for only when there is a fault to show.
    """

    kinds: list[Kind]
    texts: list[str]  # as written, delimiters included


_LEXEME = re.compile(
    rf"""
    \s*+(
        [()]
      | [{QUOTES}][^{QUOTES}]*+[{QUOTES}](?:~[^\s()]*+)?    # a phrase
      | -(?=[^\s)-])                                       # an exclusion
      | -\s                                                # and no exclusion
      | /(?:[^/\\\n]|\\[^\n])++/[^\s()]*+                   # a regular expression
      | [^\W\d]\w*+:(?!//)                                 # a field
      | [^\s(){QUOTES}]++
      | [{QUOTES}]
    )
    """,
    re.VERBOSE,
)
_PHRASE = re.compile(rf"[{QUOTES}]([^{QUOTES}]*)[{QUOTES}](?:~(.*))?", re.DOTALL)
_REGEX = re.compile(r"/((?:[^/\\\n]|\\[^\n])+)/(.*)", re.DOTALL)
_FIELD = re.compile(r"([^\W\d]\w*):")
_PROXIMITY = re.compile("(?i:near|before)")
_NEAR = re.compile(r"(?:NEAR|BEFORE)/\d+")

_Found = Kind | Literal["odd", "small"]

_KNOWN: dict[str, _Found] = {
    "(": "(",
    ")": ")",
    "AND": "AND",
    "OR": "OR",
    "NOT": "NOT",
    "-": "NOT",
    **dict.fromkeys([f"{name}:" for name in FIELDS], "field"),
    **dict.fromkeys(OPERATORS_ELSEWHERE, "odd"),
    **dict.fromkeys(MEANT, "small"),
}
_BEGINS = frozenset({"(", "NOT", "field", "phrase", "exact", "regex", "word"})
_ENDS = frozenset({")", "phrase", "exact", "regex", "word"})


def scan(query: str) -> Lexemes:
    """The lexemes of `query`. Raises QueryError."""
    if len(query) > LONGEST + _AROUND:
        hint = f"at most {LONGEST} characters; split it into several rules"
        raise QueryError("the query is too long", query=query[:80], position=0, hint=hint)
    texts = pieces(query)
    kinds: list[_Found] = [_KNOWN.get(text) or ("word" if text.isalnum() else "odd") for text in texts]
    near = "NEAR" in query or "near" in query
    if near or "odd" in kinds:
        kinds = [
            _kind(query, number, texts[number]) if kind == "odd" or (near and kind == "word") else kind
            for number, kind in enumerate(kinds)
        ]
    kinds.append("end")
    texts.append("")
    if "small" in kinds:
        kinds = _large(query, kinds, texts)
    return Lexemes(kinds, texts)  # type: ignore[arg-type]  # nothing odd or small is left


def pieces(query: str) -> list[str]:
    """The texts of the lexemes of `query`."""
    return _LEXEME.findall(query)


def position_of(query: str, number: int) -> int:
    """Where the lexeme of that number begins, in characters."""
    match = next(islice(_LEXEME.finditer(query), number, None), None)
    return len(query.rstrip()) if match is None else match.start(1)


def phrase(text: str) -> tuple[str, str | None]:
    """What stands between the quotes, and behind the `~` that follows them."""
    match = _PHRASE.fullmatch(text)
    return (match[1], match[2]) if match else (text, None)


def expression(text: str) -> tuple[str, str]:
    """What stands between the slashes of a regular expression, and behind them."""
    match = _REGEX.fullmatch(text)
    return (match[1], match[2]) if match else (text, "")


def _kind(query: str, number: int, text: str) -> _Found:  # noqa: PLR0911  one line a kind
    if text.rstrip("*?").isalnum() and not (text in OPERATORS_ELSEWHERE or _PROXIMITY.match(text)):
        return "word"
    if text[0] in QUOTES:
        if len(text) > 1:
            return "phrase"
        message, hint = "this quote is never closed", 'add a " at its end'
        raise QueryError(message, query=query, position=position_of(query, number), hint=hint)
    if text[0] == "=" and len(text) > 1:
        return "exact"
    if _REGEX.fullmatch(text):
        return "regex"
    if name := _FIELD.fullmatch(text):
        return _field(query, number, name[1])
    if _NEAR.fullmatch(text):
        return "near"
    if told := foreign(text, query):
        raise QueryError(told[0], query=query, position=position_of(query, number), hint=told[1])
    return "address" if "://" in text else "word"


def _field(query: str, number: int, name: str) -> _Found:
    if name.lower() in FIELDS:
        return "field"
    message, hint = unknown_field(name, FIELDS)
    raise QueryError(message, query=query, position=position_of(query, number), hint=hint)


def _large(query: str, kinds: list[_Found], texts: list[str]) -> list[_Found]:
    """`kinds` with `or` for a word; but refuse `a or b`: whoever writes that hardly looks for the word.

    So it is with `not a`, where an operand begins, and with the `ИЛИ` of other languages.
    """
    words: list[_Found] = ["word" if kind == "small" else kind for kind in kinds]
    for number, kind in enumerate(kinds):
        if kind != "small" or words[number + 1] not in _BEGINS:
            continue
        said = texts[number]
        meant = MEANT[said]
        if (number and words[number - 1] in _ENDS) or meant == "NOT":
            raise QueryError(
                f"{said} is read as a word here",
                query=query,
                position=position_of(query, number),
                hint=f'did you mean {meant}? For the word itself write "{said}" in quotes',
            )
    return words
