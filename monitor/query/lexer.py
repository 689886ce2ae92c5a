"""From a query's text to its lexemes. What is not of the language is refused, never read as another thing."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from monitor.query.errors import QueryError
from monitor.query.hints import foreign, in_small_letters, unclosed, unknown_field

LONGEST = 20_000
"""Characters of a query."""

FIELDS = (
    "title", "text", "source", "kind", "lang", "tag", "link", "views", "forwards", "age", "has", "is", "case",
)  # fmt: skip

QUOTES = '"“”„‟«»'
"""Any of these opens a phrase, and any closes it."""

Kind = Literal["(", ")", "AND", "OR", "NOT", "near", "field", "phrase", "exact", "regex", "word", "end"]
"""What a lexeme is."""


class Lexeme(NamedTuple):  # of which a rule has twenty: a dataclass would be thrice as slow to make
    """One piece of a query.

    `text` is an operator as written, a field's name in small letters, or what stands between the delimiters
    of a phrase or a regular expression; there `suffix` is what follows the closing one: `3` of `"a b"~3`,
    `i` of `/a/i`.
    """

    kind: Kind
    text: str
    position: int
    suffix: str = ""


_LEXEMES = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<bracket>[()])
  | (?P<phrase>[{QUOTES}](?P<quoted>[^{QUOTES}]*)[{QUOTES}](?:~(?P<loose>[^\s()]*))?)
  | (?P<minus>-(?=[^\s)-]))
  | (?P<exact>=(?P<same>[^\s(){QUOTES}]+))
  | (?P<regex>/(?P<pattern>(?:[^/\\\n]|\\[^\n])+)/(?P<flags>[^\s()]*))
  | (?P<field>[^\W\d]\w*:(?!//))
  | (?P<plain>\w+[*]?(?=[\s)]|\Z))
  | (?P<chunk>[^\s(){QUOTES}]+)
    """,
    re.VERBOSE,
)
_OPERATORS: dict[str, Kind] = {"AND": "AND", "OR": "OR", "NOT": "NOT"}
_NEAR = re.compile(r"(?:NEAR|BEFORE)/\d+")
_BEGINS = frozenset({"(", "NOT", "field", "phrase", "exact", "regex", "word"})
_ENDS = frozenset({")", "phrase", "exact", "regex", "word"})


def scan(query: str) -> list[Lexeme]:
    """The lexemes of `query`, an end last. Raises QueryError."""
    if len(query) > LONGEST:
        hint = f"at most {LONGEST} characters; split it into several rules"
        raise QueryError("the query is too long", query=query[:80], position=0, hint=hint)
    lexemes = list(_scanned(query))
    lexemes.append(Lexeme("end", "", len(query.rstrip())))
    if small := [number for number, lexeme in enumerate(lexemes) if in_small_letters(lexeme.text)]:
        _refuse_small(query, lexemes, small)
    return lexemes


def _scanned(query: str) -> Iterator[Lexeme]:  # noqa: C901, PLR0912  one branch a lexeme
    end = 0
    for match in _LEXEMES.finditer(query):
        start, group = match.start(), match.lastgroup
        if start != end:
            raise unclosed(query, end)
        end = match.end()
        if group == "space":
            continue
        text = match[0]
        if group == "plain":
            kind = _OPERATORS.get(text)
            if kind is None:
                _refuse_foreign(query, start, text)
            yield Lexeme(kind or "word", text, start)
        elif group == "bracket":
            yield Lexeme("(" if text == "(" else ")", text, start)
        elif group == "phrase":
            yield Lexeme("phrase", match["quoted"], start, _loose(query, match))
        elif group == "minus":
            yield Lexeme("NOT", "-", start)
        elif group == "exact":
            yield Lexeme("exact", match["same"], start)
        elif group == "regex":
            yield Lexeme("regex", match["pattern"], start, match["flags"])
        elif group == "field":
            yield Lexeme("field", _known_field(query, start, text[:-1]), start)
        elif _NEAR.fullmatch(text):
            yield Lexeme("near", text, start)
        else:
            _refuse_foreign(query, start, text)
            yield Lexeme("word", text, start)
    if end != len(query):
        raise unclosed(query, end)


def _loose(query: str, match: re.Match[str]) -> str:
    loose = match["loose"]
    if loose is not None and not re.fullmatch(r"\d{1,4}", loose):
        hint = 'write how many other words may stand in it, like "a phrase"~3'
        raise QueryError("~ needs a number", query=query, position=match.start("loose") - 1, hint=hint)
    return loose or ""


def _known_field(query: str, position: int, name: str) -> str:
    folded = name.lower()
    if folded in FIELDS:
        return folded
    raise unknown_field(query, position, name, FIELDS)


def _refuse_foreign(query: str, position: int, chunk: str) -> None:
    if error := foreign(query, position, chunk):
        raise error


def _refuse_small(query: str, lexemes: list[Lexeme], numbers: list[int]) -> None:
    """Refuse `a or b`: whoever writes that hardly looks for the word "or"."""
    for number in numbers:
        lexeme = lexemes[number]
        if lexeme.kind != "word" or number == 0:
            continue
        if lexemes[number - 1].kind in _ENDS and lexemes[number + 1].kind in _BEGINS:
            meant = lexeme.text.upper()
            raise QueryError(
                f"{lexeme.text} is read as a word here",
                query=query,
                position=lexeme.position,
                hint=f'did you mean {meant}? For the word itself write "{lexeme.text}" in quotes',
            )
