"""What was probably meant by what is not of the language: single faulty words, and the way to mend them.

A fault is told as what is wrong and what to do about it.
"""

import difflib
import re
from collections.abc import Sequence

from monitor.query.look_alikes import plain, spellings

Told = tuple[str, str]

_SYMBOLS = {"&&": "AND", "||": "OR", "!": "NOT", "&": "AND", "|": "OR"}
_WORDS = {
    "XOR": "(a OR b) NOT (a AND b)",
    "ANDNOT": "AND NOT",
    "WITHIN": "NEAR/5",
    "ADJ": "BEFORE/1",
    **dict.fromkeys(["AND/OR", "И/ИЛИ", "ТА/АБО", "І/АБО", "A/NEBO"], "OR"),
}
_PROXIMITIES = ("NEAR", "BEFORE", "AFTER", "ONEAR")

MEANT = {
    **dict.fromkeys(["and", "And", "И", "ТА"], "AND"),
    **dict.fromkeys(["or", "Or", "ИЛИ", "ЛИБО", "АБО", "ЧИ", "NEBO", "ANEBO", "ALEBO"], "OR"),
    **dict.fromkeys(["not", "Not", "НЕ"], "NOT"),
    "ANI": "AND NOT",
}
"""By words that are operators to whoever writes them between words, what these are called here.

Those of other languages only in capitals: in small letters they may well be what is looked for.
"""

_LOOK_ALIKES = spellings(
    ["AND", "OR", "NOT", "and", "or", "not", "And", "Or", "Not", "XOR", "ANDNOT", *_PROXIMITIES]
)

OPERATORS_ELSEWHERE = frozenset({*_SYMBOLS, *_WORDS, *_PROXIMITIES, *_LOOK_ALIKES})
"""Words and signs that are taken for operators by other query languages or by the eye, and not by us."""

_PROXIMITY = re.compile(r"(NEAR|BEFORE|AFTER|ONEAR|PRE|W|N|near|before)([/:~]?)(\d*)")
_OPERATOR = re.compile(r"AND|OR|NOT|(?:NEAR|BEFORE)/\d+", re.IGNORECASE)
_NUMBER = re.compile(r"\s+(\d+)\b")
_COMPARISON = re.compile(r"(views|forwards|age)([<>=]=?)(\S*)", re.IGNORECASE)
_REGEX = re.compile(r"/.+", re.DOTALL)
_FUZZY = re.compile(r"[^~]*~[\d.]*")
_JOINED = re.compile(r"[^\W_]+(?:([|,])[^\W_]+)+|[^\W_]{4,}(?:(/)[^\W_]{4,})+")  # but not км/ч, AC/DC
_WEIGHT = re.compile(r".+\^[\d.]*")


_FIELDS_ELSEWHERE = {
    **dict.fromkeys(["channel", "feed", "канал", "источник", "zdroj"], "source"),
    **dict.fromkeys(["url", "inurl", "site", "domain", "host"], "link"),
    **dict.fromkeys(["intitle", "headline", "subject", "заголовок"], "title"),
    **dict.fromkeys(["intext", "body", "content", "текст"], "text"),
    **dict.fromkeys(["date", "since", "until", "published", "newer", "older"], "age"),
}
_NEVER_FIELDS = {
    **dict.fromkeys(["author", "from", "user"], "who wrote something is never stored"),
    **dict.fromkeys(["replies", "reactions", "comments", "likes"], "fields of counters are views, forwards"),
}


def unknown_field(name: str, known: Sequence[str]) -> Told:
    """A field that there is not."""
    if never := _NEVER_FIELDS.get(name.lower()):
        return f"unknown field {name}:", f"{never}; for the text itself use quotes"
    ours = _FIELDS_ELSEWHERE.get(name.lower())
    close = [ours] if ours else difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    hint = (
        f"did you mean {close[0]}:?"
        if close
        else f"fields are {', '.join(known)}; for the text itself use quotes"
    )
    return f"unknown field {name}:", hint


def foreign(word: str, query: str) -> Told | None:
    """What is wrong with a word of `query` that another language would read otherwise; None for nothing."""
    return (
        _symbol(word)
        or _proximity(word, query)
        or _sign(word)
        or _unsupported(word)
        or _look_alike(word, query)
    )


def _symbol(word: str) -> Told | None:
    if word in _SYMBOLS:
        return f"{word} is not an operator here", f"write {_SYMBOLS[word]}"
    if word in _WORDS:
        hint = f'write {_WORDS[word]}; for the word itself write "{word}" in quotes'
        return f"{word} is not an operator here", hint
    return None


def _proximity(word: str, query: str) -> Told | None:
    match = _PROXIMITY.fullmatch(word)
    if match is None or (match[1] in ("W", "N", "PRE") and match[2] != "/"):
        return None
    if match[1].islower() and not match[3]:
        return None
    apart = _NUMBER.match(query, query.find(word) + len(word))
    distance = match[3] or (apart[1] if apart else "5")
    if match[1] == "AFTER":
        hint = f"turn it round: what comes first BEFORE/{distance} the other"
        return "AFTER is not an operator here", f'{hint}; for the word itself write "{word}" in quotes'
    name = "BEFORE" if match[1].upper() in ("BEFORE", "ONEAR", "PRE") else "NEAR"
    hint = f'did you mean {name}/{distance}? For the word itself write "{word}" in quotes'
    return f"{word} is not an operator here", hint


def _sign(word: str) -> Told | None:
    if word == "=":
        return "= has no word after it", 'write =word without a space; for several words use "a phrase"'
    if len(word) < 2 or word[0] not in "+!":
        return None
    if word[0] == "+":
        return "+ is not an operator here", "every word is required by default: drop the +"
    return "! is not an operator here", "write NOT, or - before the word"


def _unsupported(word: str) -> Told | None:
    if (match := _JOINED.fullmatch(word)) and not any(map(str.isdigit, word)):
        sign, words = match[1] or match[2], " OR ".join(re.split("[|,/]", word))
        return f"{sign} is not an operator here", f"did you mean {words}? For the text itself use quotes"
    if match := _COMPARISON.fullmatch(word):
        name = match[1].lower()
        return f"{name} is a field: it needs a colon", f"did you mean {name}:{match[2]}{match[3]}?"
    if _REGEX.fullmatch(word):
        hint = "a regular expression stands between two slashes, /like this/i; for the text itself use quotes"
        return "this regular expression is never closed", hint
    if _FUZZY.fullmatch(word):
        hint = 'words match in all their forms; use word*, w?rd, or ~ behind a phrase: "two words"~3'
        return "fuzzy words (~) are not supported", hint
    if _WEIGHT.fullmatch(word):
        return "weights (^) are not supported", "leave the weight out: a rule matches or it does not"
    return None


def _look_alike(word: str, query: str) -> Told | None:
    """An operator some of whose letters are of another alphabet, or hide something."""
    seen = plain(word)
    if seen == word:
        return None
    if _OPERATOR.fullmatch(seen):
        message = f"{word} looks like {seen}, and has other letters in it"
        return message, f'did you mean {seen.upper()}? For the word itself write "{seen}" in quotes'
    return _symbol(seen) or _proximity(seen, query.replace(word, seen))
