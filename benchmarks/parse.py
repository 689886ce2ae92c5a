"""A preview page read into whole items, against BeautifulSoup with lxml merely building its tree."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bs4 import BeautifulSoup

from benchmarks.figures import Figure, in_turns, ratio
from benchmarks.sizes import Sizes
from monitor.demo.load import load_story
from monitor.demo.story import Moment
from monitor.demo.telegram_markup import channel_page
from scrapers.telegram_web import parse

TARGET = 0.15
ROUNDS = 20  # over all pages in one turn
CAPTURES = "GROUNDSWELL_SHARED_DATA"  # a folder with captures of real pages; they are no part of the project


def run(sizes: Sizes) -> Iterator[Figure]:
    """Over the pages of the sample web, and over captures where there are any."""
    yield _figure("pages of the sample web", sample_pages(), sizes)
    captured = captured_pages()
    if captured:
        yield _figure("captured pages", captured, sizes)


def sample_pages() -> list[tuple[bytes, str]]:
    """The latest pages of the sample web's channels, in today's markup, that show the most posts."""
    story = load_story()
    start = datetime(2026, 11, 1, tzinfo=UTC)
    moment = Moment(start=start, now=start + timedelta(days=10))
    pages = [
        (channel_page(story, channel, moment).encode(), f"https://t.me/s/{channel.username}")
        for channel in story.channels.values()
        if channel.previewed(moment.elapsed)
    ]
    return sorted(pages, key=lambda page: -len(page[0]))[:4]


def captured_pages() -> list[tuple[bytes, str]]:
    """Pages of channels under `telegram_pages` beside the project, if they are there and readable."""
    beside = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    folder = Path(os.environ.get(CAPTURES, beside)) / "telegram_pages"
    found = []
    for path in sorted(folder.rglob("*.html")):
        page = path.read_bytes(), "https://t.me/s/durov"
        if len(page[0]) > 20_000 and _readable(*page):
            found.append(page)
    return found


def _readable(body: bytes, url: str) -> bool:
    try:
        return len(parse(body, url).items) >= 5
    except Exception:  # noqa: BLE001 - whatever the capture is, it is no page to be measured
        return False


def _figure(what: str, pages: list[tuple[bytes, str]], sizes: Sizes) -> Figure:
    rounds = ROUNDS if sizes.repeats > 2 else 1
    items = sum(len(parse(body, url).items) for body, url in pages)
    ours, tree = in_turns(
        sizes.repeats,
        lambda _: [parse(body, url) for _ in range(rounds) for body, url in pages],
        lambda _: [BeautifulSoup(body, "lxml") for _ in range(rounds) for body, _ in pages],
    )
    each = 1e3 / (rounds * len(pages))
    return Figure(
        name=f"preview page to items / BeautifulSoup building its tree, {what}",
        value=ratio(ours, tree),
        unit="x",
        target=TARGET,
        raw={
            "parse_ms": median(ours) * each,
            "tree_ms": median(tree) * each,
            "page_kB": sum(len(body) for body, _ in pages) / len(pages) / 1000,
            "items_a_page": items / len(pages),
        },
    )
