"""What reading one post costs: normal form, words, dictionary forms, language, fingerprint, index words.

Everything is CPU time.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median

from benchmarks.figures import CPU, Figure, timed
from benchmarks.sizes import Sizes
from benchmarks.texts import texts
from monitor.analyse import analyse, read_texts
from monitor.fingerprint import fingerprint
from monitor.text import detect_language
from monitor.text.search import index_words
from scrapers.model import Item, ItemKind, Source

TARGET = 200.0  # µs
POSTS = 200
LEAST, MOST = 900, 1_100  # bytes of UTF-8
SOURCE = Source(id="bench", kind="telegram_web", name="bench", options=None)


def run(sizes: Sizes) -> Iterator[Figure]:
    """Posts of about one kilobyte in Russian, every word of which was met before."""
    posts = [
        Item(external_id=str(number), kind=ItemKind.POST, url=None, title=None, text=text)
        for number, text in enumerate(islice(_kilobytes(), POSTS))
    ]
    read = [read_texts(None, post.text, "ru")[1] for post in posts]

    def each(work: Callable[[int], object]) -> float:
        rounds = [
            timed(lambda: [work(number) for number in range(POSTS)], CPU) for _ in range(sizes.repeats + 1)
        ]
        return median(rounds[1:]) * 1e6 / POSTS

    whole = each(lambda number: analyse(posts[number], SOURCE))
    raw = {
        "language_us": each(lambda number: detect_language(posts[number].text)),
        "words_us": each(lambda number: read_texts(None, posts[number].text, "ru")),
        "fingerprint_us": each(lambda number: fingerprint(None, posts[number].text)),
        "index_us": each(lambda number: index_words(read[number])),
        "bytes": sum(len(post.text.encode()) for post in posts) / POSTS,
    }
    yield Figure(
        name="analysis of a post of 1 kB in Russian, warm", value=whole, unit="µs", target=TARGET, raw=raw
    )


def _kilobytes() -> Iterator[str]:
    for language, text in texts("one kilobyte"):
        if language == "ru" and LEAST <= len(text.encode()) <= MOST:
            yield text
