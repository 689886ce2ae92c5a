"""Sets of pages with what was read on them by people, in the two shapes that such sets come in."""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from quality.halves import Half

_BODIES = "ground-truth.json"
_DATES = "dates.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page as it was fetched, and the truth about it; None is what nobody wrote down."""

    name: str
    url: str
    markup: bytes
    body: str | None = None
    title: str | None = None
    day: date | None = None
    article: bool = True  # False: nothing should be read from it


def folders(folder: Path) -> Iterator[Path]:
    """The folders at and beneath `folder` that hold a set of pages."""
    yield from sorted({path.parent for name in (_BODIES, _DATES) for path in folder.rglob(name)})


def read_pages(folder: Path, half: Half) -> list[Page]:
    """The pages of a set that belong to `half`, which follows from the name of a page's file.

    Either `ground-truth.json`, as in scrapinghub's article-extraction-benchmark: an object of names, each
    with `articleBody`, `url`, and perhaps `headline` and `datePublished`; `"article": false` marks what is
    none.
    The pages are `html/NAME.html.gz` or `html/NAME.html`. Or `dates.json`, as in htmldate: an object of
    addresses, each with `file` and `date`; the pages are `pages/FILE`.
    """
    pages = _with_bodies(folder) if (folder / _BODIES).is_file() else _with_dates(folder)
    return [page for page in pages if half.holds(page.name)]


def _with_bodies(folder: Path) -> Iterator[Page]:
    for name, told in sorted(_loaded(folder / _BODIES).items()):
        yield Page(
            name=name,
            url=told.get("url") or f"https://pages.example.org/{name}",
            markup=_markup(folder / "html", name),
            body=told.get("articleBody"),
            title=told.get("headline") or told.get("title"),
            day=_day(told.get("datePublished") or told.get("date")),
            article=told.get("article", True),
        )


def _with_dates(folder: Path) -> Iterator[Page]:
    for url, told in sorted(_loaded(folder / _DATES).items()):
        markup = (folder / "pages" / told["file"]).read_bytes()
        yield Page(name=told["file"], url=url, markup=markup, day=_day(told["date"]))


def _loaded(path: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _markup(folder: Path, name: str) -> bytes:
    packed = folder / f"{name}.html.gz"
    return (
        gzip.decompress(packed.read_bytes()) if packed.is_file() else (folder / f"{name}.html").read_bytes()
    )


def _day(written: object) -> date | None:
    return date.fromisoformat(written[:10]) if isinstance(written, str) and written else None
