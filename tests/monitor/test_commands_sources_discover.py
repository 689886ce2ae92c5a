"""`groundswell sources discover`, as it is typed, against a site on loopback. All of it is invented."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.config import load
from tests.discover_command import DESK, discover
from tests.fakes.news_site import NewsSite

PAGE = """<html lang="cs"><head><title>Noviny (smyšlený příklad)</title>
<link rel="alternate" type="application/rss+xml" title="Noviny RSS" href="/rss">
<link rel="alternate" type="application/rss+xml" title="Sport" href="/sport"></head><body>x</body></html>"""
FEED = """<rss version="2.0"><channel><title>Noviny</title><item><title>Jedna (smyšlený příklad)</title>
<link>/1</link><pubDate>Thu, 05 Mar 2026 10:00:00 GMT</pubDate><description>Perex</description></item>
</channel></rss>"""


@pytest.fixture
def site() -> Iterator[NewsSite]:
    with NewsSite() as site:
        site.put("/", PAGE)
        site.put("/rss", FEED)
        yield site


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(DESK, encoding="utf-8")
    return path


def groundswell(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["-c", str(config), *arguments])


def test_what_is_found_is_printed_as_toml_with_what_it_holds(site: NewsSite, config: Path) -> None:
    done = discover(config, site.url)
    assert done.exit_code == 0, done.output
    held = "# named in the head of the page: 1 entry, only a summary, the newest of 2026-03-05 10:00 UTC\n"
    assert done.stdout.startswith(held + "[[source]]\n")
    assert tomllib.loads(done.stdout)["source"] == [
        {
            "id": "noviny",
            "kind": "feed",
            "name": "Noviny",
            "url": f"{site.url}/rss",
            "full_text": True,
            "language": "cs",
        }
    ]
    assert f"{site.url}/sport (named in the head of the page): 127.0.0.1 says that" in done.stderr


def test_times_are_those_of_the_desk(site: NewsSite, config: Path) -> None:
    desk = DESK.replace("https://other.example.org/rss", f"{site.url}/gone")
    config.write_text(f'timezone = "Europe/Prague"\n{desk}', encoding="utf-8")
    assert "the newest of 2026-03-05 11:00 CET\n" in discover(config, site.url).stdout

    table = f'[[source]]\nid = "noviny"\nkind = "feed"\nurl = "{site.url}/rss"\n'
    config.write_text(f"{config.read_text(encoding='utf-8')}{table}", encoding="utf-8")
    assert "2026-03-05 11:00 CET · " in groundswell(config, "preview", "noviny").stdout

    groundswell(config, "migrate")
    nothing = groundswell(config, "sources")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert nothing.stderr == "nothing was polled yet; configured: other, noviny\n"
    groundswell(config, "run", "--once")
    shown = groundswell(config, "sources").stdout
    assert "Times are those of Europe/Prague." in shown
    assert re.search(r"other gone: .* Next try \S+ \d\d:\d\d CES?T\.", " ".join(shown.split()))
    assert groundswell(config, "search", "perex").stdout.splitlines()[:3] == [
        "noviny  2026-03-05 11:00 CET",
        "Jedna (smyšlený příklad)",
        "Perex",
    ]


def test_what_is_found_can_be_appended_and_is_then_known(site: NewsSite, config: Path) -> None:
    done = discover(config, site.url, "--append")
    assert (done.exit_code, done.stdout) == (0, "")
    assert f"1 added to {config}" in done.stderr
    assert [source.id for source in load(config).sources] == ["other", "noviny"]
    again = discover(config, site.url)
    assert (again.exit_code, again.stdout) == (0, "")
    assert "the configuration has it already, as noviny" in again.stderr


def test_json_tells_every_address_that_was_looked_at(site: NewsSite, config: Path) -> None:
    done = discover(config, site.url, "--json")
    found, missing = (json.loads(line) for line in done.stdout.splitlines())
    assert found == {
        "kind": "feed",
        "address": f"{site.url}/rss",
        "found_by": "head",
        "outcome": "found",
        "reason": None,
        "name": "Noviny",
        "lang": "cs",
        "entries": 1,
        "newest": "2026-03-05T10:00:00+00:00",
        "whole_texts": False,
        "news": False,
        "configured_as": None,
    }
    assert (missing["outcome"], missing["address"]) == ("gone", f"{site.url}/sport")
    assert done.stderr == ""


def test_a_site_that_offers_nothing_is_exit_code_1(site: NewsSite, config: Path) -> None:
    site.put("/", "<html><body>(fictional sample)</body></html>")
    del site.pages["/rss"]
    done = discover(config, site.url)
    assert (done.exit_code, done.stdout) == (1, "")
    assert 'kind = "page"' in done.stderr
    assert discover(config, f"{site.url}/nothing").exit_code == 1


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "ftp://example.org/", "http://[", "https://t.me/+Secret123"]
)
def test_what_is_never_asked_is_wrong_usage(config: Path, url: str) -> None:
    done = discover(config, url)
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_page_that_robots_txt_keeps_is_no_wrong_usage(site: NewsSite, config: Path) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    done = discover(config, site.url)
    assert (done.exit_code, site.asked_since()) == (1, [])
    assert "robots.txt" in done.stderr


def test_without_a_configuration_no_private_address_is_asked(site: NewsSite, tmp_path: Path) -> None:
    done = discover(tmp_path / "config.toml", site.url)
    assert done.exit_code == 2
    assert site.asked_since() == []
