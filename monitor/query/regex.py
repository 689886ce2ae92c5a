"""Regular expressions, by RE2: whatever is asked, the time grows with the text and no faster.

They read title and text as these were written, each for itself; nothing is normalised.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from monitor.query.document import FieldName, Span
from monitor.query.regex_syntax import BadPattern, refuse_ascii_only, units, widened
from monitor.query.view import TEXT_AT, Place, Proof, View
from monitor.text import Text

LONGEST = 500
"""Characters of a pattern."""

SEARCHED = 100_000
"""Characters of a title or text, from its beginning, in which is searched: some take RE2 10 µs each."""

MEMORY = 1 << 20
"""Bytes that one compiled pattern may take, its states included; with fewer than it wants RE2 is slower."""

COMPILED = 256
"""Patterns that are kept compiled, those used latest."""

SHORTEST_LITERAL = 3
"""Letters of a literal that are worth looking for beforehand."""


@dataclass(slots=True)
class Expression:
    """A regular expression. Matches of no characters do not count."""

    pattern: str
    small_is_large: bool  # whether small and large letters are the same
    field: FieldName | None

    def holds(self, view: View) -> bool:
        """Whether it matches anywhere."""
        return any(True for _ in self._spans(view))

    def find(self, view: View) -> list[Proof] | None:
        """The characters of every match."""
        return list(self._spans(view)) or None

    def places(self, view: View) -> list[Place]:
        """The words that every match touches."""
        found = {
            place
            for name, text in view.texts(self.field)
            for span in self._of(name, text)
            if (place := _words(span, text)) is not None
        }
        return sorted(found)

    def _spans(self, view: View) -> Iterator[Span]:
        for name, text in view.texts(self.field):
            yield from self._of(name, text)

    def _of(self, name: FieldName, text: Text) -> Iterator[Span]:
        readable = text.original[:SEARCHED].encode("utf-8", "replace").decode()  # a lone surrogate is not
        for match in _compiled(self.pattern, self.small_is_large).finditer(readable):
            start, end = match.span()
            if start < end:
                yield Span(name, start, end)


def checked(pattern: str) -> str:
    """`pattern`, which can be used. Raises BadPattern."""
    if len(pattern) > LONGEST:
        raise BadPattern(f"longer than {LONGEST} characters")
    found = _read(pattern)  # as it was written first: so the fault is told in its own words
    refuse_ascii_only(pattern)
    if (meant := widened(pattern)) != pattern:
        found = _read(meant)
    if found.search("") is not None:
        raise BadPattern("it matches where nothing stands")
    return pattern


def _read(pattern: str) -> Any:  # noqa: ANN401  re2 has no types
    import re2  # type: ignore[import-untyped,unused-ignore]

    try:
        return re2.compile(pattern, _options(small_is_large=True))
    except re2.error as error:
        said = error.args[0] if error.args else "cannot be read"
        raise BadPattern(said.decode() if isinstance(said, bytes) else str(said)) from None


@lru_cache(maxsize=COMPILED)
def _compiled(pattern: str, small_is_large: bool) -> Any:  # noqa: ANN401, FBT001  re2 has no types
    import re2  # type: ignore[import-untyped,unused-ignore]

    return re2.compile(widened(pattern), _options(small_is_large=small_is_large))


def _options(*, small_is_large: bool) -> Any:  # noqa: ANN401
    import re2

    options = re2.Options()
    options.case_sensitive = not small_is_large
    options.log_errors = False
    options.max_mem = MEMORY
    return options


def _words(span: Span, text: Text) -> Place | None:
    """The first and the last word of `text` that share a character with `span`."""
    first = bisect_right(text.bounds, span.start, key=_end)
    last = bisect_left(text.bounds, span.end, key=_start) - 1
    base = TEXT_AT if span.field == "text" else 0
    return (base + first, base + last) if first <= last else None


_start, _end = itemgetter(0), itemgetter(1)


def literal(pattern: str) -> str | None:
    """The longest run of letters and digits that every match of `pattern` contains, case folded; or None.

    Careful rather than clever: only what stands outside of groups and alternatives, and is not repeated, is
    taken. Letters beyond Cyrillic are left out, whose cases RE2 and Python may tell apart otherwise.
    """
    runs, run, depth = [], "", 0
    found = units(pattern)
    for unit, following in zip(found, [*found[1:], ""], strict=True):
        depth += (unit == "(") - (unit == ")")
        if unit.startswith(r"\Q") or (unit == "|" and depth == 0):
            return None
        if depth == 0 and unit.isalnum() and unit < "\u0530" and following[:1] not in _REPEATS:
            run += unit
        else:
            runs.append(run)
            run = ""
    longest = max((*runs, run), key=len).casefold()
    return longest if len(longest) >= SHORTEST_LITERAL and longest.isalnum() else None


_REPEATS = frozenset("*?+{")
