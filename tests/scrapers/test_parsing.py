"""Documents that must not hold up anything but their own source. The workers are real processes."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pytest

from scrapers import article, feed, feed_stuck, page, telegram_markup
from scrapers.errors import Refused, ScrapeError, TooCostly
from scrapers.parsing import SHORT, Parsing, on_behalf_of, parsed, parsed_apart
from scrapers.worker import Bounds

URL = "https://example.org/news/sample-story-1"
OTHER = "https://other.example.org/"
QUICK = Bounds(seconds=3.0)  # enough to start a process on a machine that has much to do
DATA = Path(__file__).resolve().parents[1] / "data"
ARTICLE = b"<html><body><article><h1>A headline (sample)</h1>" + b"<p>Words of a story.</p>" * 40


def code(text: str) -> Callable[[], object]:
    """A job that any process knows how to do."""
    return partial(eval, text)


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if is_so():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it never came to be")


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_short_document_is_read_here_and_a_long_one_in_a_process() -> None:
    parsing = Parsing()
    assert await parsing.parsed(os.getpid, URL, SHORT) == os.getpid()
    assert await parsing.parsed(threading.get_ident, URL, SHORT) != threading.get_ident()
    assert await parsing.parsed(os.getpid, URL, SHORT + 1) != os.getpid()


def documents() -> Iterable[tuple[str, Callable[..., object], bytes, tuple[object, ...]]]:
    preview = (DATA / "telegram_web" / "album.html").read_bytes()
    links = b"<html><body><ul><li><a href='/news/a-b-c-1'>A story (sample)</a></li></ul>"
    rss = b"<rss version='2.0'><channel><item><link>https://example.org/1</link></item></channel></rss>"
    yield "article", article.parse, ARTICLE, ()
    yield "listing", page.parse_listing, links, (page.Options(url=URL, items="li"),)
    yield "feed", feed.parse, rss, ()
    yield "site of a feed", feed_stuck.articles_on, links, ()
    yield "preview", telegram_markup.read_page, preview, ()


@pytest.mark.parametrize(("read", "body", "more"), [pytest.param(*one[1:], id=one[0]) for one in documents()])
async def test_a_process_reads_what_a_thread_reads(read, body, more) -> None:
    here = read(body, URL, *more)
    assert await parsed_apart(read, body, URL, *more) == here
    assert await parsed(read, body, URL, *more) == here


async def test_a_refusal_comes_back_as_it_was() -> None:
    with pytest.raises(Refused) as caught:
        await parsed_apart(article.parse, b"%PDF-1.7 (sample)", URL)
    assert (caught.value.reason, caught.value.url) == ("not a page but a PDF file", URL)


async def test_a_fault_of_ours_brings_the_lines_it_came_from() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        await Parsing().parsed_apart(code("1 / 0"), URL)
    assert "in within_bounds" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("job", "bounds", "words"),
    [
        (partial(time.sleep, 60), QUICK, "more than 3 s"),
        (code("any(iter(int, 1))"), Bounds(cpu_seconds=1), "more than 1 s"),
        (code("b'x' * (1 << 30)"), Bounds(), "more than 80 MB"),
        (os.abort, Bounds(), "broke"),
        (code("(_ for _ in ()).throw(KeyboardInterrupt)"), Bounds(), "broke"),
    ],
    ids=["sleeps", "works", "grows", "crashes", "is interrupted"],
)
async def test_what_costs_too_much_is_ended_and_said(job, bounds, words) -> None:
    parsing = Parsing(bounds)
    worker = await parsing.parsed_apart(os.getpid, OTHER)
    with pytest.raises(TooCostly, match=words) as caught:
        await parsing.parsed_apart(job, URL)
    assert isinstance(caught.value, ScrapeError)
    if words != "more than 80 MB" and "KeyboardInterrupt" not in str(job):
        await until(lambda: is_gone(worker))
    assert await parsing.parsed_apart(os.getpid, OTHER) != os.getpid()


async def test_a_thread_that_takes_too_long_is_left_and_its_source_goes_to_a_process() -> None:
    parsing = Parsing(QUICK)
    with pytest.raises(TooCostly, match="more than 3 s"):
        await parsing.parsed(partial(time.sleep, 3.5), URL, 1)
    assert await parsing.parsed(os.getpid, OTHER, 1) == os.getpid()
    assert await parsing.parsed(os.getpid, URL, 1) != os.getpid()


async def too_costly(parsing: Parsing) -> None:
    with pytest.raises(TooCostly):
        await parsing.parsed_apart(code("b'x' * (1 << 30)"), URL)


async def test_a_document_that_takes_long_is_not_waited_for(tmp_path: Path) -> None:
    parsing, begun = Parsing(), tmp_path / "begun"
    long = code(f"open({str(begun)!r}, 'w').close() or __import__('time').sleep(60)")
    reading = asyncio.create_task(parsing.parsed_apart(long, URL))
    await until(begun.exists)
    assert len({await parsing.parsed_apart(os.getpid, OTHER) for _ in range(3)}) == 1
    assert not reading.done()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def test_sources_that_took_too_long_wait_for_each_other_alone() -> None:
    parsing = Parsing()
    await too_costly(parsing)
    slow = [
        asyncio.create_task(parsing.parsed_apart(partial(time.sleep, 60), f"{URL}/{number}"))
        for number in range(5)
    ]
    assert await asyncio.gather(*(parsing.parsed_apart(os.getpid, OTHER) for _ in range(5)))
    assert not any(task.done() for task in slow)
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)


async def test_a_source_that_took_too_long_harms_no_other_of_its_host() -> None:
    parsing = Parsing()
    with on_behalf_of("slow"):
        await too_costly(parsing)
        assert await parsing.parsed(os.getpid, URL, 1) != os.getpid()
    assert await parsing.parsed(os.getpid, URL, 1) == os.getpid()
    with on_behalf_of("other"):
        assert await parsing.parsed(os.getpid, URL, 1) == os.getpid()


async def test_a_poll_that_is_given_up_ends_its_worker(tmp_path: Path) -> None:
    parsing = Parsing()
    worker = await parsing.parsed_apart(os.getpid, URL)
    begun = tmp_path / "begun"
    long = code(f"open({str(begun)!r}, 'w').close() or __import__('time').sleep(60)")
    reading = asyncio.create_task(parsing.parsed_apart(long, URL))
    await until(begun.exists)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert reading.cancelled()
    await until(lambda: is_gone(worker))


async def test_a_worker_without_work_ends_by_itself() -> None:
    parsing = Parsing(Bounds(idle_seconds=0.1))
    worker = await parsing.parsed_apart(os.getpid, URL)
    await until(lambda: is_gone(worker))
    assert await parsing.parsed_apart(os.getpid, URL) != worker


async def test_a_worker_leaves_signals_to_its_parent() -> None:
    parsing = Parsing()
    worker = await parsing.parsed_apart(os.getpid, URL)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(worker, number)
    assert await parsing.parsed_apart(os.getpid, URL) == worker


ORPHAN = """
import asyncio, os, time
from functools import partial
from scrapers.parsing import Parsing
from scrapers.worker import Bounds

async def main():
    parsing = Parsing(Bounds(seconds=3.0))
    print(await parsing.parsed_apart(os.getpid, "https://example.org/"), flush=True)
    if {busy}:
        await parsing.parsed_apart(partial(time.sleep, 600), "https://example.org/")
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("busy", [True, False])
async def test_no_worker_outlives_a_killed_parent(busy) -> None:
    script = ORPHAN.format(busy=busy)
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    worker = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    await until(lambda: is_gone(worker))


async def test_a_worker_imports_nothing_from_the_folder_it_starts_in(tmp_path: Path) -> None:
    (tmp_path / "pickle.py").write_text("open('TOUCHED', 'w').close(); raise ImportError", "utf-8")
    (tmp_path / "parse.py").write_text(PARSING_ONCE, "utf-8")
    done = await asyncio.create_subprocess_exec(
        sys.executable, "-P", str(tmp_path / "parse.py"), cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await done.communicate()

    assert out.split() == [b"3"]
    assert not (tmp_path / "TOUCHED").exists()


PARSING_ONCE = """
import asyncio
from operator import add
from scrapers.parsing import Parsing
from functools import partial
if __name__ == "__main__":
    print(asyncio.run(Parsing().parsed_apart(partial(add, 1, 2), "https://example.org/")))
"""


async def test_a_worker_that_cannot_be_begun_is_told_as_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(TooCostly, match="broke"):
        await Parsing().parsed_apart(code("1 + 2"), URL)
