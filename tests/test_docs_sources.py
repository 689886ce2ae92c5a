"""docs/sources.md shows what the commands print, and docs/cli.md their fields. All is invented."""

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import load_text
from scrapers.discovery_clues import FoundBy
from tests.discover_command import DESK, discover
from tests.fakes.news_site import NewsSite

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
FIELDS = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
SHOWN = PAGE.split("## Finding out", 1)[1].split("```toml\n", 1)[1].split("```", 1)[0]
NEWEST = datetime.fromisoformat("2026-03-05T10:00:00+00:00")


@pytest.fixture
def site() -> Iterator[NewsSite]:
    """The site of the page's example, but for its channel, which would be asked for at Telegram."""
    with NewsSite() as site:
        head = '<link rel="alternate" type="application/rss+xml" href="/rss">'
        site.put("/", f'<html lang="cs"><head><title>Noviny</title>{head}</head><body>x</body></html>')
        entries = "".join(
            f"<item><title>{n} (smyšlený příklad)</title><link>/{n}</link><description>x</description>"
            f"<pubDate>{(NEWEST - timedelta(hours=n)).isoformat()}</pubDate></item>"
            for n in range(30)
        )
        site.put("/rss", f"<rss version='2.0'><channel><title>x</title>{entries}</channel></rss>")
        addresses = "".join(
            f"<url><loc>/{n}</loc><news:news><news:title>{n} (smyšlený příklad)</news:title>"
            f"<news:publication_date>{(NEWEST + timedelta(minutes=20 - n)).isoformat()}"
            "</news:publication_date></news:news></url>"
            for n in range(84)
        )
        site.put("/sitemap-news.xml", f"<urlset>{addresses}</urlset>")
        site.put("/robots.txt", f"Sitemap: {site.url}/sitemap-news.xml", content_type="text/plain")
        yield site


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(DESK, encoding="utf-8")
    return path


def test_what_is_found_looks_as_shown(site: NewsSite, config: Path) -> None:
    done = discover(config, site.url)
    printed = done.stdout.replace(site.url, "https://news.example.org")
    assert done.exit_code == 0, done.output
    assert printed.strip() == SHOWN.rsplit("\n# linked on the page", 1)[0].strip()
    load_text(DESK + SHOWN, config, {})


def test_a_finding_has_the_fields_of_the_page(site: NewsSite, config: Path) -> None:
    table = FIELDS.split("### A finding of", 1)[1].split("\n###", 1)[0]
    told = re.findall(r"^\| `(\w+)` \| ", table, re.MULTILINE)
    found = [json.loads(line) for line in discover(config, site.url, "--json").stdout.splitlines()]
    assert len(found) == 2
    assert [list(one) for one in found] == [told, told]
    assert {one.name.lower() for one in FoundBy} <= set(re.findall(r"`(\w+)`", table))


def test_the_tables_of_the_page_are_sources() -> None:
    tables = [tomllib.loads(one)["source"] for one in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]
    kinds = {source["kind"] for table in tables for source in table}
    assert {"feed", "sitemap", "telegram_web"} <= kinds
