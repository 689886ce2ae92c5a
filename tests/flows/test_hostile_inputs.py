"""Pages made to harm their reader, from a loopback server through the daemon into the database.

Whatever comes, the poll ends, nothing of this machine is read, nothing else is asked for, and what is stored
can be stored and shown. The texts are fictional. Sizes here are what a test run can bear;
`test_the_corpus_does_no_harm` takes those that `make_hostile_inputs.py` makes.
"""

import asyncio
import gzip
import json
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from monitor.assembly import station
from monitor.clock import SystemClock
from monitor.config import load
from scrapers import parsing
from scrapers.worker import Bounds
from tests.fakes.small_web import Reply

SHARED = Path(os.environ.get("GROUNDSWELL_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
RULES = """
[[rule]]
id = "complaint"
query = "отпуск"
[route]
receivers = ["hook"]
"""
SOURCE = """
[[source]]
id = "{kind}-{name}"
kind = "{kind}"
interval = "1h"
"""
KINDS = {
    "feed": 'url = "{web}/h/{name}"',
    "page": 'url = "{web}/l/{name}"\nitems = "li"',
    "telegram_web": 'channel = "{channel}"\nbase_url = "{web}/t/{name}"',
}
STORY = "Rodiny vojáků žádají vystřídání, smyšlený příklad. "
PAGE = f"<html><head><title>T</title></head><body><article><p>{STORY * 20}</p></article></body></html>"
HARD = 8 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Case:
    """One answer, and what must come of it."""

    name: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    kinds: tuple[str, ...] = ("feed", "page")
    outcomes: frozenset[str] = frozenset()  # that the feed or channel may have; empty: any
    says: str = ""  # part of why it failed
    holds: str = ""  # part of what is stored of the page


def packed(name: str, encoding: str, body: bytes, says: str, outcome: str = "layout_changed") -> Case:
    return Case(
        name=name,
        body=body,
        headers=(("Content-Encoding", encoding),),
        kinds=("feed",),
        outcomes=frozenset({outcome}),
        says=says,
    )


def bombs() -> Iterator[Case]:
    zeros = bytes(HARD + 1)
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    for encoding in ("gzip", "x-gzip", "GZIP"):
        yield packed(f"bomb-{encoding}", encoding, gzip.compress(zeros), "larger than")
    yield packed("bomb-zlib", "deflate", zlib.compress(zeros), "larger than")
    yield packed("bomb-raw", "deflate", raw.compress(zeros) + raw.flush(), "larger than")
    yield packed("bomb-two-members", "gzip", 2 * gzip.compress(zeros[: HARD // 2]), "", "layout_changed")
    twice = gzip.compress(gzip.compress(zeros))
    yield packed("bomb-within", "gzip", twice, "neither RSS")
    for encoding in ("gzip, gzip", "br", "zstd", "compress", "deflate, gzip", "x" * 300):
        yield packed(f"asked-{encoding[:9]}".replace(", ", "-"), encoding, twice, "not asked for")
    yield packed("cut", "gzip", gzip.compress(PAGE.encode())[:60], "cut short", "unavailable")
    yield packed("no-gzip", "gzip", PAGE.encode(), "a web page, not a feed")


def feeds(web: str) -> Iterator[Case]:
    def feed(name: str, declared: str, within: str) -> Case:
        entry = f"<item><title>{within}</title><link>https://example.org/1</link></item>"
        document = f"<?xml version='1.0'?>{declared}<rss version='2.0'><channel>{entry}</channel></rss>"
        return Case(name=name, body=document.encode(), kinds=("feed",))

    levels = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    yield feed("laughs", f"<!DOCTYPE r [<!ENTITY l0 'lol'>{levels}]>", "&l9;")
    yield feed("quadratic", f"<!DOCTYPE r [<!ENTITY a '{'a' * 50_000}'>]>", "&a;" * 10_000)
    yield feed("xxe-file", "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", "&x;")
    yield feed("xxe-web", f"<!DOCTYPE r [<!ENTITY x SYSTEM '{web}/stolen'>]>", "&x;")
    yield feed("dtd-web", f"<!DOCTYPE rss SYSTEM '{web}/stolen'>", "x")
    yield feed("parameter", f"<!DOCTYPE r [<!ENTITY % x SYSTEM '{web}/stolen'>%x;]>", "x")
    yield feed("style", f"<?xml-stylesheet href='{web}/stolen'?>", "x")
    include = (
        "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' parse='text' href='file:///etc/passwd'/>"
    )
    yield feed("xinclude", "", include)
    deep = b"<rss><channel>" + b"<a>" * 200_000 + b"</a>" * 200_000 + b"</channel></rss>"
    yield Case(name="deep-xml", body=deep, outcomes=frozenset({"layout_changed"}), says="nested")
    nested = b'{"version":"https://jsonfeed.org/version/1.1","items":' + b"[" * 200_000
    yield Case(name="deep-json", body=nested, outcomes=frozenset({"layout_changed"}))


def pages(web: str) -> Iterator[Case]:
    def page(name: str, head: str, body: str = "", *, holds: str = "") -> Case:
        document = PAGE.replace("<head>", f"<head>{head}").replace("<article>", f"{body}<article>")
        return Case(name=name, body=document.encode("utf-8", "surrogatepass"), kinds=("page",), holds=holds)

    yield Case(name="deep-html", body=b"<div>" * 200_000, kinds=("page", "telegram_web"))
    yield Case(name="formatting", body=b"<p>" + b"<b><i>" * 50_000 + b"x", kinds=("page", "telegram_web"))
    yield Case(name="tables", body=b"<table><tr><td>" * 5_000 + b"x", kinds=("page", "telegram_web"))
    yield page("attribute", f'<meta property="og:title" content="{"A" * 8_000_000}">')
    yield page("refresh", f'<meta http-equiv="refresh" content="0;url={web}/stolen">', holds=STORY.strip())
    yield page("frame", "", f'<iframe src="{web}/stolen"></iframe><img src="{web}/stolen">', holds="vojáků")
    yield page("base", f'<base href="{web}/stolen/"><link rel="canonical" href="file:///etc/passwd">')
    yield page("nul", "", "<p>a\0b\0c</p>", holds="vojáků")
    yield page("surrogate", "", "<p>a\ud800b</p>", holds="vojáků")
    overlong = PAGE.encode().replace(b"<article><p>", b"<article><p>\xc0\xbcscript\xc0\xbe ")
    yield Case(name="overlong", body=overlong, kinds=("page",), holds="vojáků")
    told = PAGE.replace("Rodiny", "\u202eRodiny\u2066")
    yield Case(name="bidi", body=told.encode(), kinds=("page",), holds="\u202eRodiny")
    for name, data in {
        "nested": '{"@type":"NewsArticle","headline":' + "[" * 50_000,
        "odd": '{"@type":"NewsArticle","datePublished":1e400,"headline":{"a":NaN},"author":[[]]}',
        "false": '{"@type":"NewsArticle","datePublished":"0000-99-99T99:99","url":"javascript:alert(1)"}',
        "future": '{"@type":"NewsArticle","datePublished":"9999-12-31T23:59:59-23:59"}',
        "graph": json.dumps({"@graph": [{"@type": ["NewsArticle"] * 1_000}] * 300}),
    }.items():
        yield page(f"jsonld-{name}", f'<script type="application/ld+json">{data}</script>', holds="vojáků")
    for encoding, declared in (
        ("cp1250", "utf-8"),
        ("iso8859-2", "windows-1250"),
        ("utf-8", "iso-8859-1"),
        ("utf-16", "utf-7"),
    ):
        document = PAGE.replace("<head>", f'<head><meta charset="{declared}">')
        yield Case(
            name=f"charset-{encoding}",
            body=document.encode(encoding),
            kinds=("page",),
            holds="Rodiny vojáků žádají",
        )


class Desk:
    """A desk that reads each case once."""

    def __init__(self, outside, url: str, cases: list[Case]) -> None:
        self.outside = outside
        self.url = url
        self.reports: dict[str, tuple[str, str]] = {}
        sources = [self._serve(case, kind) for case in cases for kind in case.kinds]
        self.config = load(outside.configure(url, RULES + "".join(sources), interval="1h"))

    def _serve(self, case: Case, kind: str) -> str:
        channel = f"x_{case.name}".replace("-", "_")[:32]
        reply = Reply(body=case.body, headers={"Content-Type": "text/html", **dict(case.headers)})
        listing = f'<ul><li><a href="/h/{case.name}">A story (sample)</a></li></ul>'
        always = self.outside.web.always
        always[f"/h/{case.name}"] = always[f"/t/{case.name}/s/{channel}"] = reply
        always[f"/l/{case.name}"] = Reply(body=listing.encode())
        return (SOURCE + KINDS[kind]).format(
            web=self.outside.web.url, name=case.name, kind=kind, channel=channel
        ) + "\n"

    async def read(self) -> None:
        def polled(report) -> None:
            self.reports[report.source_id] = (report.outcome, report.reason or "")

        clock = SystemClock()
        async with station(self.config, clock, polled=polled) as running:
            for _ in range(20):
                await running.daemon.once(clock.now() + timedelta(minutes=1))
                if len(self.reports) == len(self.config.sources):
                    return

    def stored(self, kind: str, case: Case) -> str:
        """Everything that is written down of a source."""
        asked = (
            "SELECT coalesce(r.title, '') || ' ' || r.text || ' ' || coalesce(i.url, '') FROM item i "
            "JOIN revision r ON r.item_id = i.id JOIN source s ON s.id = i.source_id "
            "WHERE s.config_id = :name"
        )
        engine = create_engine(self.url)
        with engine.connect() as connection:
            rows = connection.execute(text(asked), {"name": f"{kind}-{case.name}"}).scalars().all()
        engine.dispose()
        return "\n".join(rows)

    def check(self, cases: list[Case]) -> None:
        """Hold every case to what it must lead to."""
        for case in cases:
            for kind in case.kinds:
                self._check(case, kind)
        assert not [path for path in self.outside.web.asked if "stolen" in path]

    def _check(self, case: Case, kind: str) -> None:
        about = f"{kind}-{case.name}"
        outcome, reason = self.reports[about]
        stored = self.stored(kind, case)
        assert outcome != "internal_error", about
        assert "root:" not in stored, about
        assert "<script" not in stored, about
        assert "javascript:" not in stored, about
        assert stored.replace("\n", "").replace("\u202e", "").replace("\u2066", "").isprintable(), about
        if kind == "page":
            assert case.holds in stored, (about, reason)
        else:
            assert outcome in (case.outcomes or {outcome}), (about, outcome, reason)
            assert case.says in reason, (about, reason)


async def test_nothing_that_a_server_sends_does_harm(outside, sqlite_store_url) -> None:
    web = outside.web.url
    cases = [*bombs(), *feeds(web), *pages(web)]
    desk = Desk(outside, sqlite_store_url, cases)
    await desk.read()
    desk.check(cases)


async def test_what_takes_for_ever_delays_no_other_source(outside, sqlite_store_url, monkeypatch) -> None:
    """More hostile feeds than there are workers, and one that is well, all of them on one host."""
    monkeypatch.setattr(parsing, "Bounds", partial(Bounds, cpu_seconds=1))
    entries = [{"url": f"https://example.org/{number}"} for number in range(60_000)]
    long = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": entries})
    endless = [Case(name=f"endless-{number}", body=long.encode(), kinds=("feed",)) for number in range(3)]
    outside.web.channel("wives").write("Не дают отпуск (вымышленный пример)", SystemClock().now())
    desk = Desk(outside, sqlite_store_url, endless)
    begun = time.monotonic()
    reading = asyncio.create_task(desk.read())
    while "wives" not in desk.reports:  # noqa: ASYNC110 - told by a callback of the daemon
        await asyncio.sleep(0.01)
    told = time.monotonic() - begun
    assert not [name for name in desk.reports if name.startswith("feed")]
    await reading
    assert {desk.reports[f"feed-{case.name}"][0] for case in endless} == {"too_costly"}
    assert told < (time.monotonic() - begun) / 2


@pytest.mark.soak
@pytest.mark.outside_data
async def test_the_corpus_does_no_harm(outside, sqlite_store_url, tmp_path) -> None:
    """Every file as a feed, as an article and as a preview; what is packed is sent as what its name says."""
    maker, folder = SHARED.parent / "tools" / "make_hostile_inputs.py", tmp_path / "corpus"
    if not maker.exists():
        pytest.skip(f"{maker} is not here")
    folder.mkdir()
    command = [sys.executable, str(maker)]
    await asyncio.to_thread(subprocess.run, command, cwd=folder, check=True, capture_output=True)
    cases = [_of_corpus(folder, entry) for entry in json.loads((folder / "manifest.json").read_text())]
    desk = Desk(outside, sqlite_store_url, cases)
    await desk.read()
    desk.check(cases)


def _of_corpus(folder: Path, entry: dict[str, str]) -> Case:
    file = entry["file"]
    packing = {"gz": "gzip", "deflate_raw": "deflate"}.get(file.rpartition(".")[2])
    is_bomb = packing is not None and file.startswith("bomb") and "gz_in_gz" not in file
    is_page = file.startswith("enc_") and file.endswith(".html")
    return Case(
        name=file.replace(".", "-").replace("_", "-"),
        body=(folder / file).read_bytes(),
        headers=(("Content-Encoding", packing),) if packing else (),
        kinds=("feed",) if entry["kind"] == "decompression" else ("feed", "page", "telegram_web"),
        says="larger than" if is_bomb else "",
        holds=entry.get("text", "") if is_page else "",
    )
