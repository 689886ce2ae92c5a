"""What an alert shows of an item: the words around the hits, hits marked, and a one-line headline. Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from monitor.mask import Replaced, mask, mask_spans, replace_spans
from monitor.message import Fragment

_MOST_WINDOWS = 3
_WORD_REACH = 40  # how far to look for the end of a word before cutting inside it
_ELLIPSIS = "…"
_STOPS = (".", "!", "?", _ELLIPSIS)  # an ellipsis right behind one of these reads like a misprint
_SOFT_STOPS = " .,:;…"
_JOINERS = "\u200d\ufe0e\ufe0f"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int


def excerpt(
    text: str,
    spans: Iterable[tuple[int, int]],
    keep: Collection[str] = (),
    *,
    masked: bool = True,
    limit: int = 280,
) -> tuple[Fragment, ...]:
    """About `limit` characters of `text` around the first of its hits, as runs that are a hit or not.

    `spans` are (start, end) characters of `text`. Where different hits lie far apart, up to three windows
    are shown with ellipses between. Personal data is masked first (see `monitor.mask`), with `keep` the user
    names that may stay; white space becomes single spaces. Without spans it is the beginning of the text.
    """
    hits = _tidy(text, spans)
    if masked:
        text, hits = _masked(text, hits, keep)
    windows = _windows(text, hits, limit)
    return _single_spaced(_fragments(text, hits, windows))


def headline(
    title: str | None, text: str, keep: Collection[str] = (), *, masked: bool = True, limit: int = 100
) -> str:
    """The title, or else the first line of the text that holds a letter, on one line of at most `limit`."""
    lines = (line for line in (title or "", *text.splitlines()) if any(map(str.isalpha, line)))
    line = next(lines, title or text)
    line = " ".join((mask(line, keep) if masked else line).split())
    if len(line) <= limit:
        return line
    return line[: _end_of_word(line, 0, limit - 1)].rstrip(_SOFT_STOPS) + _ELLIPSIS


def _tidy(text: str, spans: Iterable[tuple[int, int]]) -> list[_Span]:
    """The spans inside the text, in order, touching ones made one."""
    merged: list[_Span] = []
    for start, end in sorted((max(0, start), min(len(text), end)) for start, end in spans):
        if start >= end:
            continue
        if merged and start <= merged[-1].end:
            merged[-1] = replace(merged[-1], end=max(end, merged[-1].end))
        else:
            merged.append(_Span(start, end))
    return merged


def _masked(text: str, hits: list[_Span], keep: Collection[str]) -> tuple[str, list[_Span]]:
    """The masked text and where the hits lie in it; a hit that meets masked characters takes in the mask."""
    spans = mask_spans(text, keep)
    moved = [(_moved(hit.start, spans, at_end=False), _moved(hit.end, spans, at_end=True)) for hit in hits]
    text = replace_spans(text, spans)
    return text, _tidy(text, moved)


def _moved(position: int, spans: Sequence[Replaced], *, at_end: bool) -> int:
    shift = 0
    for start, end, replacement in spans:
        if position <= start:
            break
        if position < end:
            return start + shift + (len(replacement) if at_end else 0)
        shift += len(replacement) - (end - start)
    return position + shift


def _windows(text: str, hits: list[_Span], limit: int) -> list[_Span]:
    if len(text) <= limit:
        return [_Span(0, len(text))] if text else []
    anchors = _anchors(text, hits, limit) or [_Span(0, 0)]
    room = limit // len(anchors) - 3
    windows = [_window(text, anchor, room) for anchor in anchors]
    return _tidy(text, [(window.start, window.end) for window in windows])


def _anchors(text: str, hits: list[_Span], limit: int) -> list[_Span]:
    """The first of each different hit, or all of those as one where they stand close together."""
    first: dict[str, _Span] = {}
    for hit in hits:
        first.setdefault(text[hit.start : hit.end].casefold(), hit)
    anchors = list(first.values())[:_MOST_WINDOWS]
    if anchors and anchors[-1].end - anchors[0].start <= limit // 2:
        return [_Span(anchors[0].start, anchors[-1].end)]
    return anchors


def _window(text: str, anchor: _Span, room: int) -> _Span:
    """`room` characters with the anchor in their middle, or as near to it as the text's ends allow."""
    spare = max(0, room - (anchor.end - anchor.start))
    start = min(max(0, anchor.start - spare // 2), max(0, len(text) - room))
    end = min(len(text), start + room)
    return _Span(_start_of_word(text, start, anchor.start), _end_of_word(text, anchor.end, end))


def _start_of_word(text: str, start: int, latest: int) -> int:
    if start == 0 or text[start - 1].isspace():
        return start
    space = re.compile(r"\s").search(text, start, min(latest, start + _WORD_REACH))
    return space.end() if space else _whole_character(text, start, step=1)


def _end_of_word(text: str, earliest: int, end: int) -> int:
    if end >= len(text) or text[end].isspace():
        return end
    for position in range(end, max(earliest, end - _WORD_REACH), -1):
        if text[position - 1].isspace():
            return position - 1
    return _whole_character(text, end, step=-1)


def _whole_character(text: str, position: int, *, step: int) -> int:
    """The nearest place, going by `step`, that parts no letter from its accents and no emoji from its kin."""
    while 0 < position < len(text) and _belong_together(text, position):
        position += step
    return position


def _belong_together(text: str, position: int) -> bool:
    before, after = text[position - 1], text[position]
    if unicodedata.combining(after) or after in _JOINERS or ord(after) in _SKIN_TONES or before == "\u200d":
        return True
    return ord(after) in _FLAG_LETTERS and _flag_letters_before(text, position) % 2 == 1


def _flag_letters_before(text: str, position: int) -> int:
    count = 0
    while position - count > 0 and ord(text[position - count - 1]) in _FLAG_LETTERS:
        count += 1
    return count


def _fragments(text: str, hits: list[_Span], windows: list[_Span]) -> list[Fragment]:
    fragments: list[Fragment] = []
    for window in windows:
        if window.start > 0:
            fragments.append(Fragment(text=f" {_ELLIPSIS} " if fragments else _ELLIPSIS))
        fragments += _runs(text, hits, window)
    if windows and windows[-1].end < len(text):
        whole_sentence = text[: windows[-1].end].rstrip().endswith(_STOPS)
        fragments.append(Fragment(text=f" {_ELLIPSIS}" if whole_sentence else _ELLIPSIS))
    return fragments


def _runs(text: str, hits: list[_Span], window: _Span) -> list[Fragment]:
    runs: list[Fragment] = []
    position = window.start
    for hit in hits:
        start, end = max(hit.start, position), min(hit.end, window.end)
        if start >= end:
            continue
        runs += (Fragment(text=text[position:start]), Fragment(text=text[start:end], hit=True))
        position = end
    return [*runs, Fragment(text=text[position : window.end])]


def _single_spaced(fragments: list[Fragment]) -> tuple[Fragment, ...]:
    """With single spaces and none at the ends; neighbours of one sort joined; nothing empty."""
    joined: list[Fragment] = []
    after_space = True
    for fragment in fragments:
        text = re.sub(r"\s+", " ", fragment.text)
        text = text[1:] if after_space and text.startswith(" ") else text
        if not text:
            continue
        after_space = text.endswith(" ")
        if joined and joined[-1].hit == fragment.hit:
            joined[-1] = replace(fragment, text=joined[-1].text + text)
        else:
            joined.append(replace(fragment, text=text))
    if joined and joined[-1].text.endswith(" "):
        joined[-1:] = [replace(joined[-1], text=last)] if (last := joined[-1].text.rstrip()) else []
    return tuple(joined)
