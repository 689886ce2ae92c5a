"""`groundswell sources import` and `export`: lists of feeds from feed readers, and for them."""

import sys
from pathlib import Path

import click

from monitor.commands.new_sources import Written, apart, show_error
from monitor.opml import NotOpml, can_be_written, read_opml, write_opml
from monitor.source_tables import NewSource
from scrapers.address import Forbidden, judge_url
from scrapers.counted import counted
from scrapers.telegram_web import channel_name

_EXAMPLES = """\b
Examples:
  groundswell sources import feeds.opml             the tables, to look at
  groundswell sources import feeds.opml --append    the same, into the configuration
"""


@click.command("import", epilog=_EXAMPLES)
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--append", is_flag=True, help="Write the tables behind the last line of the configuration.")
@click.pass_obj
def import_command(config_path: Path, file: str, *, append: bool) -> None:
    """Make [[source]] tables of the feeds in an OPML file, which feed readers export.

    FILE is its name, or - for standard input. Feeds that the configuration has already are left out. Nothing
    is asked of the feeds: `groundswell preview ID` shows what one brings.

    Exit code: 0 all are in the configuration or printed, 1 some cannot be collected, 2 wrong usage, or no
    OPML.
    """
    try:
        with click.open_file(file, "rb") as opened:
            listed = read_opml(opened.read())
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from None
    except NotOpml as error:
        raise click.UsageError(f"{file}: {error}") from None
    written = Written.read(config_path)
    refused = [(source, reason) for source in listed if (reason := _refusal(source, written))]
    new, known = apart((source for source in listed if not _refusal(source, written)), written)
    if new and append:
        written.append(new)
    elif new:
        click.echo(written.tables(new), nl=False)
    for source, reason in refused:
        show_error(f"{source.address or source.name or 'an outline without a name'}: {reason}")
    added = "added to" if append else "new for"
    show_error(f"{len(new)} {added} {config_path}, {len(known)} there already, {len(refused)} refused")
    sys.exit(int(bool(refused)))


@click.command("export")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file instead.")
@click.pass_obj
def export_command(config_path: Path, output: Path | None) -> None:
    """Print the configured feeds as OPML, for feed readers.

    Channels are links in it, which `groundswell sources import` reads back. Pages and sitemaps have no place
    in it: how many were left out is told.

    Exit code: 0 done, 1 the file could not be written, 2 the configuration is faulty.
    """
    from monitor.config import load

    sources = load(config_path).sources
    text = write_opml(sources)
    left_out = sum(not can_be_written(source) for source in sources)
    if left_out:
        show_error(f"{counted(left_out, 'source')} left out: pages and sitemaps are no feeds")
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{output} could not be written: {error.strerror}") from None


def _refusal(source: NewSource, written: Written) -> str | None:
    if source.kind == "telegram_web":
        return _refusal_of_channel(source.address)
    if not source.address:
        return "a feed without an address (xmlUrl)"
    verdict = judge_url(source.address, allow_private=written.allow_private)
    return verdict.reason if isinstance(verdict, Forbidden) else None


def _refusal_of_channel(name: str) -> str | None:
    try:
        channel_name(name)
    except ValueError as error:
        return str(error)
    return None
