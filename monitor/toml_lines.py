"""On which line of a TOML file a key stands, which no parser in the standard library tells.

Only for text that `tomllib` has accepted already: a valid document lets a short scanner be exact without
repeating the parser's refusals. Format: TOML 1.0 (toml.io/en/v1.0.0), and 1.1's line breaks in inline tables.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

Keys = tuple[str | int, ...]  # ("source", 3, "interval"): names of tables and keys, indices of arrays


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a key or an element of an array stands; all line numbers count from 1."""

    line: int
    text_line: int | None = None  # of a string value: the line of its first character
    last_line: int | None = None  # of a string value: the line of its closing quotes


class Places:
    """The places of every key of `text`, a valid TOML document with whatever line ends.

    It is looked through when the first place is asked for: of a sound document nobody asks.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _places(self) -> Mapping[Keys, Place]:
        scanner = _Scanner(self._text.replace("\r\n", "\n"))
        with suppress(RecursionError):  # what follows on something nested so deeply has no place
            scanner.document()
        return scanner.places

    def line(self, keys: Keys) -> int:
        """The line of `keys`, or of the nearest written table around it; 1 where there is none."""
        return next((self._places[part].line for part in _outwards(keys) if part in self._places), 1)

    def text_line(self, keys: Keys, newlines: int) -> int:
        """The line of a place inside the string at `keys`, with `newlines` line breaks before it."""
        place = self._places.get(keys)
        if place is None or place.text_line is None or place.last_line is None:
            return self.line(keys)
        return min(place.text_line + newlines, place.last_line)

    def __contains__(self, keys: Keys) -> bool:
        return keys in self._places


def _outwards(keys: Keys) -> Iterator[Keys]:
    return (keys[:length] for length in range(len(keys), 0, -1))


# No possessive groups: Python 3.11.0 to 3.11.4 match them wrongly. No alternative begins like another, and
# the text is valid, so there is nothing to go back to anyway.
_BLANK = re.compile(r"[ \t]*")
_BETWEEN = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BETWEEN_ELEMENTS = re.compile(r"(?:[ \t\n,]|#[^\n]*)*")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|""?(?!"))*"{3,5}'
    r"|'''(?:[^']|''?(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]+")


class _Scanner:
    def __init__(self, text: str) -> None:
        self.places: dict[Keys, Place] = {}
        self._text = text
        self._at = 0
        self._line = 1
        self._last_index: dict[Keys, int] = {}  # array of tables -> index of its latest table

    def document(self) -> None:
        """Scan the whole text, header by header and key by key."""
        table: Keys = ()
        self._pass(_BETWEEN)
        while self._at < len(self._text):
            if self._peek() == "[":
                table = self._header()
            else:
                self._assignment(table)
            self._pass(_BETWEEN)

    def _header(self) -> Keys:
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        *outer, name = self._key()
        self._at += brackets
        table: Keys = ()
        for part in outer:
            table = self._inside((*table, part))
        table = (*table, name)
        self._note(table)
        if brackets == 1:
            return self._latest(table)
        self._last_index[table] = self._last_index.get(table, -1) + 1
        return self._inside(table)

    def _inside(self, table: Keys) -> Keys:
        """The table itself, or the latest of an array of tables; noted if it was not yet."""
        self._note(table)
        latest = self._latest(table)
        self._note(latest)
        return latest

    def _latest(self, table: Keys) -> Keys:
        index = self._last_index.get(table)
        return table if index is None else (*table, index)

    def _assignment(self, table: Keys) -> None:
        keys = table
        for part in self._key():
            keys = (*keys, part)
            self._note(keys)
        self._at += 1  # the equals sign
        self._pass(_BETWEEN)
        self._value(keys)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._pass(_BLANK)
            parts.append(_name(self._pass(_KEY_PART)))
            self._pass(_BLANK)
            if self._peek() != ".":
                return parts
            self._at += 1

    def _value(self, keys: Keys) -> None:
        match self._peek():
            case "[":
                self._array(keys)
            case "{":
                self._inline_table(keys)
            case '"' | "'":
                self._string(keys)
            case _:
                self._pass(_SCALAR)

    def _array(self, keys: Keys) -> None:
        self._at += 1
        self._pass(_BETWEEN_ELEMENTS)
        index = 0
        while self._peek() != "]":
            self._note((*keys, index))
            self._value((*keys, index))
            self._pass(_BETWEEN_ELEMENTS)
            index += 1
        self._at += 1

    def _inline_table(self, keys: Keys) -> None:
        self._at += 1
        self._pass(_BETWEEN_ELEMENTS)
        while self._peek() != "}":
            self._assignment(keys)
            self._pass(_BETWEEN_ELEMENTS)
        self._at += 1

    def _string(self, keys: Keys) -> None:
        first = self._line
        raw = self._pass(_STRING)
        trimmed = raw.startswith(('"""\n', "'''\n"))  # TOML drops a line break right after the quotes
        line = self.places[keys].line
        self.places[keys] = Place(line=line, text_line=first + trimmed, last_line=self._line)

    def _note(self, keys: Keys) -> None:
        self.places.setdefault(keys, Place(line=self._line))

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _pass(self, pattern: re.Pattern[str]) -> str:
        """Go past what `pattern` matches here; returns it."""
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"line {self._line} is not valid TOML")
        self._at = found.end()
        self._line += found[0].count("\n")
        return found[0]


def _name(raw: str) -> str:
    if raw[0] not in "\"'":
        return raw
    name: str = tomllib.loads(f"name = {raw}")["name"]
    return name
