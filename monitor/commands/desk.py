"""What commands that look into the database share: open it as it stands, and print it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from monitor.config import Config, load
from monitor.json_text import json_text
from storage import migrate
from storage.store import Store, open_store


class Duration(click.ParamType[timedelta]):
    """A length of time on the command line, written as in the configuration: 30m, 7d."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The length that was written; anything else is wrong usage."""
        from monitor.options import parse_duration

        try:
            return parse_duration(str(value))
        except ValueError as wrong:
            self.fail(f"{wrong}; write 30m, 12h or 7d", param, ctx)


@contextmanager
def desk(config_path: Path) -> Iterator[tuple[Config, Store]]:
    """The configuration and its database, migrated.

    Where there is none, that is told as wrong usage: an empty one would look like a desk that saw nothing.
    """
    config = load(config_path)
    if migrate.current(config.database_url) is None:
        raise click.UsageError(_nothing_there(config))
    migrate.upgrade(config.database_url)
    store = open_store(config.database_url)
    try:
        yield config, store
    finally:
        store.close()


def _nothing_there(config: Config) -> str:
    ours = config.is_for_one_worker
    place = config.database_url.removeprefix("sqlite:///") if ours else "at the address of [database]"
    return f"there is no database {place} yet; `groundswell run` makes it, or see [database] in {config.path}"


def print_json(rows: Sequence[dict[str, Any]]) -> None:
    """One JSON object a line."""
    for row in rows:
        click.echo(json_text(row, default=_plain))


def moment(when: datetime | None, config: Config) -> str:
    """A time in the desk's zone, with the zone's name, or a dash."""
    return when.astimezone(config.timezone).strftime("%Y-%m-%d %H:%M %Z") if when else "-"


def bare_moment(when: datetime | None, config: Config) -> str:
    """Like `moment`, for a table that names the zone beside it."""
    return when.astimezone(config.timezone).strftime("%Y-%m-%d %H:%M") if when else "-"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)
