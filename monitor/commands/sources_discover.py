"""`groundswell sources discover`: what can be collected of a site, as tables for the configuration."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

import click

from monitor.commands.desk import print_json
from monitor.commands.new_sources import Written, apart, show_error
from monitor.source_tables import NewSource, identity
from scrapers.address import Forbidden, judge_url
from scrapers.discovery import Discovery, Finding, channel_of
from scrapers.errors import Refused, ScrapeError
from scrapers.http import HttpClient, HttpOptions

_PLURALS = {
    "entry with its whole text": "entries with their whole texts",
    "entry, only a summary": "entries, only summaries",
    "further sitemap": "further sitemaps",
    "address of news": "addresses of news, which a feed of the site may hold, too",
    "address": "addresses",
    "post on the newest page": "posts on the newest page",
}
_EXAMPLES = """\b
Examples:
  groundswell sources discover https://www.example.org
  groundswell sources discover @sample_channel --append
"""


@click.command("discover", epilog=_EXAMPLES)
@click.argument("url")
@click.option("--append", is_flag=True, help="Write the tables behind the last line of the configuration.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each address that was looked at.")
@click.pass_obj
def discover_command(config_path: Path, url: str, *, append: bool, as_json: bool) -> None:
    """Find the feeds, sitemaps and Telegram channels of a site, and make [[source]] tables of them.

    URL is a page of the site, its feed or sitemap, or a channel. Every address is fetched once, as a poll
    would: robots.txt is obeyed for pages (feeds that a
    page names are made for readers), and no private address is asked. Nothing is stored.

    Exit code: 0 something was found, 1 nothing, 2 wrong usage or configuration.
    """
    from monitor.config import load

    written = Written.read(config_path)
    config = None if written.text is None else load(config_path)
    options = HttpOptions() if config is None else config.http
    zone = UTC if config is None else config.timezone
    findings = _discovered(_address(url, options), options)
    new, known = apart((_source(finding, zone) for finding in findings if finding.found), written)
    if as_json:
        print_json([_shown(finding, written) for finding in findings])
    elif new and not append:
        click.echo(written.tables(new), nl=False)
    if new and append:
        written.append(new)
        show_error(f"{len(new)} added to {config_path}")
    if not as_json:
        for line in _remarks(findings, known):
            show_error(line)
    sys.exit(0 if new or known else 1)


def _address(url: str, options: HttpOptions) -> str:
    """What is to be looked at, which people type without its beginning, too."""
    address = url if "://" in url or url.startswith("@") else f"https://{url}"
    try:
        if channel_of(address) is not None:
            return address
    except Refused as error:
        raise click.UsageError(error.reason) from None
    verdict = judge_url(address, allow_private=options.allow_private)
    if isinstance(verdict, Forbidden):
        raise click.UsageError(verdict.reason)
    return address


def _discovered(url: str, options: HttpOptions) -> tuple[Finding, ...]:
    try:
        return asyncio.run(_discover(url, options))
    except ScrapeError as error:
        show_error(f"{url}: {error.reason}")
        sys.exit(1)


async def _discover(url: str, options: HttpOptions) -> tuple[Finding, ...]:
    from monitor.clock import SystemClock

    async with HttpClient(options, SystemClock()) as client:
        return await Discovery(client).discover(url)


def _source(finding: Finding, zone: tzinfo) -> NewSource:
    return NewSource(
        kind=finding.clue.kind,
        address=finding.clue.address,
        name=finding.name,
        language=finding.language,
        full_text=finding.clue.kind == "feed" and finding.entries > 0 and not finding.whole_texts,
        remarks=(_held(finding, zone),),
    )


def _held(finding: Finding, zone: tzinfo) -> str:
    """What an address holds, in a line."""
    newest = f", the newest of {finding.newest.astimezone(zone):%Y-%m-%d %H:%M %Z}" if finding.newest else ""
    counted = _what(finding) if finding.entries == 1 else _PLURALS[_what(finding)]
    return f"{finding.clue.found_by}: {finding.entries} {counted}{newest}"


def _what(finding: Finding) -> str:
    match finding.clue.kind:
        case "feed":
            return "entry with its whole text" if finding.whole_texts else "entry, only a summary"
        case "sitemap":
            if finding.is_index:
                return "further sitemap"
            return "address of news" if finding.titled else "address"
        case _:
            return "post on the newest page"


def _remarks(findings: Sequence[Finding], known: Sequence[tuple[NewSource, str]]) -> Iterator[str]:
    for source, id_ in known:
        yield f"{source.address}: the configuration has it already, as {id_}"
    for finding in findings:
        if not finding.found:
            yield f"{finding.clue.address} ({finding.clue.found_by}): {finding.reason}"
    if not any(finding.found for finding in findings):
        yield 'nothing was found; a page that lists articles can be read with kind = "page"'


def _shown(finding: Finding, written: Written) -> dict[str, Any]:
    """A finding as `--json` gives it; these names are stable."""
    clue = finding.clue
    return {
        "kind": clue.kind,
        "address": clue.address,
        "found_by": clue.found_by.name.lower(),
        "outcome": finding.outcome,
        "reason": finding.reason,
        "name": finding.name,
        "lang": finding.language,
        "entries": finding.entries,
        "newest": finding.newest.isoformat() if finding.newest else None,
        "whole_texts": finding.whole_texts,
        "news": finding.titled,
        "configured_as": written.known.get(identity(clue.kind, clue.address)),
    }
