"""How well articles are read: body, title and day, by us and by the libraries beneath, in the same run.

A day is right where it is the one that people who looked at the page wrote down: the day that its readers are
told. Every reader answers with a day of its own, and the answer counts as it is. A library that dates pages
dates each of them, whatever it is; so the days that we tell of pages count, too, of which no article is made,
and are counted without them besides.
"""

import logging
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from statistics import mean
from time import process_time

from quality.pages import Page
from scrapers import article
from scrapers.decoding import decode
from scrapers.errors import ScrapeError
from scrapers.markup import read_html

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a reader made of a page."""

    body: str = ""
    title: str | None = None
    day: date | None = None  # of publication, as readers of the page are told it
    article: bool = True  # False: refused


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """One way to read pages."""

    name: str
    read: Callable[[Page], Reading]
    tells: frozenset[str]  # of "body", "title", "day"
    day: Callable[[Page], date | None] | None = None  # where the day of a page that is refused is told, too


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """Means over pages of the shares between 0 and 1; None where no page tells the truth of it."""

    body: float | None
    body_precision: float | None
    body_recall: float | None
    title: float | None  # share of titles that are told letter for letter, spaces aside
    day: float | None  # F1 of days, as htmldate counts them: exact, none is missed, another one is wrong
    day_of_articles: float | None  # the same, no day where no article was made
    wrong_days: int
    refused: int  # articles of which none was made
    mistaken: int  # articles that were made of what is none
    seconds: float  # of processor time a page


def readers() -> Iterator[Reader]:
    """Ours first; a library that is not installed is left out."""
    logging.disable(logging.CRITICAL)  # they tell of every page that they find nothing on
    warnings.simplefilter("ignore")
    yield Reader(name="Groundswell", read=_ours, tells=frozenset({"body", "title", "day"}), day=_our_day)
    yield Reader(name="trafilatura", read=_trafilatura, tells=frozenset({"body"}))
    if find_spec("readability"):
        yield Reader(name="readability-lxml", read=_readability, tells=frozenset({"body", "title"}))
    yield Reader(name="htmldate", read=_htmldate, tells=frozenset({"day"}))
    yield Reader(name="trafilatura's metadata", read=_metadata, tells=frozenset({"title", "day"}))


def scores(reader: Reader, pages: list[Page]) -> Scores:
    """The first page is read once more before the clock starts: libraries load what they need."""
    told = reader.tells
    reader.read(pages[0])
    begun = process_time()
    readings = [reader.read(page) for page in pages]
    seconds = process_time() - begun
    pairs = list(zip(readings, pages, strict=True))
    bodies = [
        grams_shared(reading.body, page.body) for reading, page in pairs if page.body and "body" in told
    ]
    dated = [(reading.day, page) for reading, page in pairs if page.day and "day" in told]
    made = [_judged(day, page.day) for day, page in dated]
    days = [_judged(day or (reader.day(page) if reader.day else None), page.day) for day, page in dated]
    titles = [_same(reading.title, page.title) for reading, page in pairs if page.title and "title" in told]
    return Scores(
        body=_mean(f1 for f1, _, _ in bodies),
        body_precision=_mean(precision for _, precision, _ in bodies),
        body_recall=_mean(recall for _, _, recall in bodies),
        title=_mean(titles),
        day=_day_f1(days) if days else None,
        day_of_articles=_day_f1(made) if made and reader.day else None,
        wrong_days=days.count("wrong"),
        refused=sum(page.article and not reading.article for reading, page in pairs),
        mistaken=sum(reading.article and not page.article for reading, page in pairs),
        seconds=seconds / len(pages),
    )


def grams_shared(found: str, truth: str) -> tuple[float, float, float]:
    """F1, precision and recall of runs of four words, each counted as often as it occurs."""
    ours, theirs = _grams(found), _grams(truth)
    shared = (ours & theirs).total()
    precision, recall = shared / max(1, ours.total()), shared / max(1, theirs.total())
    return 2 * precision * recall / ((precision + recall) or 1), precision, recall


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    runs = (tuple(words[start : start + 4]) for start in range(max(1, len(words) - 3)))
    return Counter(run for run in runs if run)


def _judged(found: date | None, truth: date | None) -> str:
    if found is None:
        return "missed"
    return "right" if found == truth else "wrong"


def _day_f1(judged: list[str]) -> float:
    right, wrong, missed = map(judged.count, ("right", "wrong", "missed"))
    return 2 * right / max(1, 2 * right + wrong + missed)


def _same(found: str | None, truth: str | None) -> bool:
    return " ".join((found or "").split()) == " ".join((truth or "").split())


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return mean(listed) if listed else None


def _ours(page: Page) -> Reading:
    try:
        item = article.parse(page.markup, page.url).items[0]
    except ScrapeError:
        return Reading(article=False)
    return Reading(body=item.text, title=item.title, day=item.marks.day if item.marks else None)


def _our_day(page: Page) -> date | None:
    try:
        return article.read_day(page.markup, page.url)
    except ScrapeError:
        return None


def _trafilatura(page: Page) -> Reading:
    from trafilatura import extract

    return Reading(body=extract(page.markup, url=page.url, include_comments=False) or "")


def _metadata(page: Page) -> Reading:
    from trafilatura import extract_metadata

    told = extract_metadata(decode(page.markup), default_url=page.url)
    return Reading(title=told.title, day=_iso(told.date))


def _readability(page: Page) -> Reading:
    from readability import Document

    document = Document(decode(page.markup))  # it takes three times as long to guess an encoding itself
    return Reading(title=document.short_title(), body=read_html(document.summary()).text)


def _htmldate(page: Page) -> Reading:
    from htmldate import find_date

    return Reading(day=_iso(find_date(page.markup, url=page.url, original_date=True)))


def _iso(day: str | None) -> date | None:
    return date.fromisoformat(day[:10]) if day else None
