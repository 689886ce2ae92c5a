"""Real articles of other projects' collections: body, publication day, and how few are refused wrongly."""

import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import mean

import pytest

from scrapers import article
from scrapers.errors import ScrapeError
from scrapers.model import Item

BESIDE = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
SHARED = Path(os.environ.get("GROUNDSWELL_SHARED_DATA", BESIDE))
BODIES, DATES = SHARED / "articles", SHARED / "articles_dates"

Record = Callable[[str, object], None]

pytestmark = [
    pytest.mark.outside_data,
    pytest.mark.no_cover,  # hundreds of pages, and what reads them is traced elsewhere
    pytest.mark.skipif(not BODIES.is_dir() or not DATES.is_dir(), reason=f"no outside articles in {SHARED}"),
]


def test_bodies(record_property: Record) -> None:
    """Mean F1 of word 4-grams: .975 over all 181 pages when this was written; every second one is read."""
    truth = json.loads((BODIES / "ground-truth.json").read_text("utf-8"))
    scores = []
    for name, expected in sorted(truth.items())[::2]:
        body = gzip.decompress((BODIES / "html" / f"{name}.html.gz").read_bytes())
        item = _read(body, expected.get("url") or "https://news.example.org/a")
        scores.append(_f1(_grams(item.text if item else ""), _grams(expected["articleBody"])))
    record_property("body_f1", round(mean(scores), 4))
    assert mean(scores) >= 0.965


def test_publication_days(record_property: Record) -> None:
    """The day, give or take a zone: on all 200 pages 179 right and 3 wrong; every second one is read."""
    outcomes: Counter[str] = Counter()
    for url, expected in sorted(json.loads((DATES / "dates.json").read_text("utf-8")).items())[::2]:
        if not isinstance(expected["date"], str):
            continue
        item = _read((DATES / "pages" / expected["file"]).read_bytes(), url)
        outcomes[_judged(item, date.fromisoformat(expected["date"]))] += 1
    record_property("publication_days", dict(outcomes))
    assert outcomes["right"] >= 0.9 * outcomes.total()
    assert outcomes["wrong"] <= 0.03 * outcomes.total()


def _read(body: bytes, url: str) -> Item | None:
    try:
        return article.parse(body, url).items[0]
    except ScrapeError:
        return None


def _judged(item: Item | None, day: date) -> str:
    if item is None:
        return "refused"
    if item.published_at is None:
        return "undated"
    return "right" if abs((item.published_at.date() - day).days) <= 1 else "wrong"


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[start : start + 4]) for start in range(max(len(words) - 3, 1)))


def _f1(found: Counter[tuple[str, ...]], expected: Counter[tuple[str, ...]]) -> float:
    return 2 * (found & expected).total() / max(found.total() + expected.total(), 1)
