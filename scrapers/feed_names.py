"""An entry keeps its name when its feed gives it another: the same link, or the same text, is the same item.

Feeds put the time of the last change into their ids, move from addresses to numbers, or leave ids out; each
time every entry would be a new item. Pure. The feed's cursor holds under `names`, as JSON, the last entries
that it showed: name, and short hashes of id, link, words and date. Those that were purged are not among them.

A link or text counts only where it belongs to one entry alone, now and then, and where the entry that had it
is not shown any more: feeds whose entries all lead to one page, or all say the same, are left as they are.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from scrapers.feed_time import BASIS_UPDATED
from scrapers.memory import Forgotten, short_hash
from scrapers.model import Cursor, Item

_KEY: Final = "names"
_FEWEST: Final = 100  # entries that are remembered at least: some leave a feed and come back
_MOST: Final = 600
_FEWEST_REMADE: Final = (
    2  # entries that come again with all but their words new; one alone is a notice that recurs
)
_LEAST_TEXT: Final = 40  # letters and digits by which an entry can be told


@dataclass(frozen=True, slots=True)
class _Shown:
    """An entry as it was shown."""

    name: str
    id: str
    link: str  # "": it has none that tells it from others
    words: str  # "": too few to tell it by
    date: str

    def is_redated(self, now: "_Shown") -> bool:
        """Whether nothing but its date changed."""
        return bool(self.words) and self.date != now.date and (self.link, self.words) == (now.link, now.words)

    def is_elsewhere_and_later(self, now: "_Shown") -> bool:
        """Whether both have a link, and neither that nor the date is the same."""
        return bool(self.link and now.link) and self.link != now.link and self.date != now.date


def with_names(
    cursor: Cursor, items: Sequence[Item], site: str | None
) -> tuple[Cursor, tuple[Item, ...], int]:
    """The entries under the names that they had before, and how many have a new date and nothing else new.

    Args:
        cursor: of the last read.
        items: what the feed shows now.
        site: the page that the feed names as its own, which is no entry's own link.
    """
    before = _remembered(cursor)
    shown = [_shown(item, site) for item in items]
    names = _names(shown, before)
    named = [replace(one, name=name) for one, name in zip(shown, names, strict=True)]
    known = {one.name: one for one in before}
    redated = sum(
        one.name in known and known[one.name].is_redated(one)
        for one, item in zip(named, items, strict=True)
        if item.published_basis != BASIS_UPDATED  # which tells of a change, and there was one on its page
    )
    renamed = (replace(item, external_id=name) for item, name in zip(items, names, strict=True))
    return _with_remembered(cursor, before, named), tuple(renamed), redated


def without_forgotten(
    cursor: Cursor, items: Sequence[Item], site: str | None
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """The entries, and apart from them those that were purged: by their ids or, of new ids, by their links.

    Args:
        cursor: of the last read.
        items: what the feed shows now.
        site: the page that the feed names as its own, which is no entry's own link.
    """
    forgotten = Forgotten.read(cursor)
    if not forgotten.hashes:
        return tuple(items), ()
    shown = [_shown(item, site) for item in items]
    ids, links = {one.id for one in _remembered(cursor)}, _alone(shown, _link)
    purged = {
        one
        for one in shown
        if one.id in forgotten or (one.id not in ids and one.link in links and one.link in forgotten)
    }
    pairs = list(zip(shown, items, strict=True))
    kept = tuple(item for one, item in pairs if one not in purged)
    return kept, tuple(item for one, item in pairs if one in purged)


def is_of_feed(cursor: Cursor) -> bool:
    """Whether `cursor` remembers entries of a feed."""
    return cursor.text(_KEY) is not None


def signs_of(cursor: Cursor, names: Collection[str]) -> set[str]:
    """The short hashes by which entries of these names would be known: ids, words, links of their own."""
    rows = _remembered(cursor)
    hashes = {short_hash(name.encode()) for name in names}
    links = _alone(rows, _link)
    own = [one for one in rows if one.name in names or one.id in hashes]
    signs = {sign for one in own for sign in (one.id, one.words, one.link if one.link in links else "")}
    return signs - {""}


def cleared(cursor: Cursor) -> Cursor:
    """`cursor` without the entries that it has forgotten, and without their links and words in others."""
    return _written(cursor, _remembered(cursor)) if is_of_feed(cursor) else cursor


def _names(shown: Sequence[_Shown], before: Collection[_Shown]) -> list[str]:
    """The name of each entry: the one that its id, else its link, else its words were known by.

    A notice that comes again in the same words, with an id, a link and a date of its own, is another. Where
    most of the feed does, the feed was made anew.
    """
    taken = {one.name for one in shown}
    gone = [one for one in before if one.name not in taken]
    by_id = {one.id: one for one in gone}
    ids = {one.id for one in before}
    by_likeness = _by_likeness([one for one in shown if one.id not in ids], shown, gone)
    names = []
    for one in shown:
        known = by_id.get(one.id) or by_likeness.get(one)
        name = one.name if known is None or known.name in taken else known.name
        taken.add(name)
        names.append(name)
    return names


def _by_likeness(
    new: Sequence[_Shown], shown: Sequence[_Shown], gone: Sequence[_Shown]
) -> dict[_Shown, _Shown]:
    """To entries with new ids those of before that have the same link or, where that fits, the same words."""
    links, words = _alone(shown, _link), _alone(shown, _words)
    by_link, by_words = _alone(gone, _link), _alone(gone, _words)
    linked = {one: by_link[one.link] for one in new if one.link in links and one.link in by_link}
    worded = {one: by_words[one.words] for one in new if one.words in words and one.words in by_words}
    again = {one for one, known in worded.items() if known.is_elsewhere_and_later(one)}
    if len(again) < max(_FEWEST_REMADE, len(shown) / 2):
        worded = {one: known for one, known in worded.items() if one not in again}
    return worded | linked


def _alone(entries: Iterable[_Shown], key: Callable[[_Shown], str]) -> dict[str, _Shown]:
    """Link or words to the one entry that has them."""
    keyed = [(key(one), one) for one in entries]
    times = Counter(value for value, _ in keyed)
    return {value: one for value, one in keyed if value and times[value] == 1}


def _link(one: _Shown) -> str:
    return one.link


def _words(one: _Shown) -> str:
    return one.words


def _shown(item: Item, site: str | None) -> _Shown:
    return _Shown(
        name=item.external_id,
        id=short_hash(item.external_id.encode()),
        link=_link_hash(item.url, site),
        words=_words_hash(item),
        date=short_hash((item.published_raw or "").encode()),
    )


def _link_hash(url: str | None, site: str | None) -> str:
    """Of an address without its scheme; none of a site's front page or of the page that a feed belongs to."""
    if url is None or url == site:
        return ""
    parts = urlsplit(url)
    if parts.path == "/" and not parts.query:
        return ""
    return short_hash(url.partition("://")[2].removeprefix("www.").encode())


def _words_hash(item: Item) -> str:
    letters = "".join(filter(str.isalnum, f"{item.title or ''}{item.text}".casefold()))
    return short_hash(letters.encode()) if len(letters) >= _LEAST_TEXT else ""


def _remembered(cursor: Cursor) -> list[_Shown]:
    rows: list[list[str]] = json.loads(cursor.text(_KEY) or "[]")
    return [_Shown(*row) for row in rows]


def _with_remembered(cursor: Cursor, before: Iterable[_Shown], now: Sequence[_Shown]) -> Cursor:
    """The cursor with the entries shown now, and the last ones before that are not among them."""
    names, ids = {one.name for one in now}, {one.id for one in now}
    older = [one for one in before if one.name not in names and one.id not in ids]
    most = min(max(_FEWEST, len(now) + len(now) // 2), _MOST)
    return _written(cursor, [*older, *now][-most:])


def _written(cursor: Cursor, entries: Iterable[_Shown]) -> Cursor:
    forgotten = Forgotten.read(cursor)
    kept = [_without_signs(one, forgotten) for one in entries if not _is_forgotten(one, forgotten)]
    return cursor.with_values(**{_KEY: json.dumps([astuple(one) for one in kept], ensure_ascii=False)})


def _is_forgotten(one: _Shown, forgotten: Forgotten) -> bool:
    return one.id in forgotten or short_hash(one.name.encode()) in forgotten


def _without_signs(one: _Shown, forgotten: Forgotten) -> _Shown:
    link = "" if one.link in forgotten else one.link
    return replace(one, link=link, words="" if one.words in forgotten else one.words)
