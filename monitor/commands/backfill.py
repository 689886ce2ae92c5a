"""`groundswell backfill`: go back in a source's past, page by page, resumably."""

import asyncio
import sys
from pathlib import Path

import click
from rich.progress import Progress

from monitor.assembly import Station
from monitor.config import Config
from scrapers.counted import counted
from scrapers.errors import ScrapeError
from scrapers.model import Source
from storage.model.words import STANDS_IN


@click.command("backfill")
@click.argument("source")
@click.option(
    "--pages", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many pages now."
)
@click.pass_obj
def command(config_path: Path, source: str, pages: int) -> None:
    """Store older posts of SOURCE without alerting. Call it again to go on where it stopped.

    Exit code: 0 went as far as asked or to the beginning, 1 the source failed on the way.
    """
    from monitor.config import load

    config = load(config_path)
    wanted = next((one for one in config.sources if one.id == source), None)
    if wanted is None:
        raise click.UsageError(f'no source "{source}" in {config_path}')
    sys.exit(asyncio.run(_backfill(config, wanted, pages)))


async def _backfill(config: Config, source: Source, pages: int) -> int:
    from monitor.assembly import side_station
    from monitor.clock import SystemClock

    async with side_station(config, SystemClock()) as running:
        try:
            return await _walk(running, source, pages)
        except ScrapeError as error:
            click.echo(
                f"{source.id}: {error.outcome}: {error.reason}. Call again to go on from here.", err=True
            )
            return 1
        except TypeError as error:
            raise click.UsageError(str(error)) from None


async def _walk(running: Station, source: Source, pages: int) -> int:
    cursor = (await asyncio.to_thread(running.store.source, source.id)).backfill_cursor
    items, told = 0, False
    with Progress(transient=True) as progress:
        task = progress.add_task(f"{source.id}", total=pages)
        for _ in range(pages):
            fetched = await running.poller.backfill(source, cursor)
            cursor = fetched.cursor
            if fetched.by_fallback and not told:
                progress.console.print(f"{source.id}: {STANDS_IN}: {fetched.by_fallback}", markup=False)
                told = True
            items += len(fetched.items)
            progress.update(task, advance=1, description=f"{source.id}: {counted(items, 'item')}")
            if not fetched.more:
                click.echo(f"{source.id}: {counted(items, 'item')} read, back to the beginning")
                return 0
    click.echo(f"{source.id}: {counted(items, 'item')} read; call again to go further back")
    return 0
