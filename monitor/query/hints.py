"""What was probably meant by what is not of the language: single faulty words, and the way to mend them."""

import difflib
import re
from collections.abc import Sequence

from monitor.query.errors import QueryError

_SMALL = frozenset({"and", "or", "not", "And", "Or", "Not"})
_SYMBOLS = {"&&": "AND", "||": "OR", "!": "NOT", "&": "AND", "|": "OR"}
_ELSEWHERE = {"XOR": "(a OR b) NOT (a AND b)", "ANDNOT": "AND NOT", "WITHIN": "NEAR/5", "ADJ": "BEFORE/1"}
_PROXIMITY = re.compile(r"(NEAR|BEFORE|AFTER|ONEAR|PRE|W|N|near|before)([/:~]?)(\d*)")
_NUMBER = re.compile(r"\s+(\d+)\b")
_COMPARISON = re.compile(r"(views|forwards|age)([<>=]=?)(\S*)", re.IGNORECASE)
_REGEX = re.compile(r"/.+")
_FUZZY = re.compile(r"[^~]*~[\d.]*")
_WEIGHT = re.compile(r".+\^[\d.]*")


def in_small_letters(word: str) -> bool:
    """Whether `word` looks like an operator but for its letters."""
    return word in _SMALL


def unclosed(query: str, position: int) -> QueryError:
    """A quote without its other half."""
    return QueryError("this quote is never closed", query=query, position=position, hint='add a " at its end')


def unknown_field(query: str, position: int, name: str, known: Sequence[str]) -> QueryError:
    """A field that there is not."""
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    hint = (
        f"did you mean {close[0]}:?"
        if close
        else f"fields are {', '.join(known)}; for the text itself use quotes"
    )
    return QueryError(f"unknown field {name}:", query=query, position=position, hint=hint)


def foreign(query: str, position: int, chunk: str) -> QueryError | None:
    """What is wrong with a word that another language would read otherwise; None where nothing is."""
    if chunk.isalnum() and not chunk.isupper() and chunk[:4] != "near":
        return None
    told = _symbol(chunk) or _proximity(chunk, query[position:]) or _sign(chunk) or _unsupported(chunk)
    return told and QueryError(told[0], query=query, position=position, hint=told[1])


def _symbol(chunk: str) -> tuple[str, str] | None:
    if chunk in _SYMBOLS:
        return f"{chunk} is not an operator here", f"write {_SYMBOLS[chunk]}"
    if chunk in _ELSEWHERE:
        hint = f'write {_ELSEWHERE[chunk]}; for the word itself write "{chunk}" in quotes'
        return f"{chunk} is not an operator here", hint
    return None


def _proximity(chunk: str, rest: str) -> tuple[str, str] | None:
    match = _PROXIMITY.fullmatch(chunk)
    if match is None or (match[1] in ("W", "N", "PRE") and match[2] != "/"):
        return None
    if match[1].islower() and not match[3]:
        return None
    apart = _NUMBER.match(rest, len(chunk))
    distance = match[3] or (apart[1] if apart else "5")
    if match[1] == "AFTER":
        return "AFTER is not an operator here", f"turn it round: what comes first BEFORE/{distance} the other"
    name = "BEFORE" if match[1].upper() in ("BEFORE", "ONEAR", "PRE") else "NEAR"
    hint = f'did you mean {name}/{distance}? For the word itself write "{chunk}" in quotes'
    return f"{chunk} is not an operator here", hint


def _sign(chunk: str) -> tuple[str, str] | None:
    if chunk == "=":
        return "= has no word after it", 'write =word without a space; for several words use "a phrase"'
    if len(chunk) < 2 or chunk[0] not in "+!":
        return None
    if chunk[0] == "+":
        return "+ is not an operator here", "every word is required by default: drop the +"
    return "! is not an operator here", "write NOT, or - before the word"


def _unsupported(chunk: str) -> tuple[str, str] | None:
    if match := _COMPARISON.fullmatch(chunk):
        name = match[1].lower()
        return f"{name} is a field: it needs a colon", f"did you mean {name}:{match[2]}{match[3]}?"
    if _REGEX.fullmatch(chunk):
        hint = "a regular expression stands between two slashes, /like this/i; for the text itself use quotes"
        return "this regular expression is never closed", hint
    if _FUZZY.fullmatch(chunk):
        hint = 'words match in all their forms; use word*, w?rd, or ~ behind a phrase: "two words"~3'
        return "fuzzy words (~) are not supported", hint
    if _WEIGHT.fullmatch(chunk):
        return "weights (^) are not supported", "leave the weight out: a rule matches or it does not"
    return None
