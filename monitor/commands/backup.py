"""`groundswell backup`: the database as it stands now, in one checked file."""

import shlex
from pathlib import Path
from shutil import SameFileError

import click


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--force", is_flag=True, help="Replace FILE if it exists; the old one stays until the new is whole."
)
@click.pass_obj
def command(config_path: Path, file: Path, *, force: bool) -> None:
    """Write the database as it stands now to FILE, beside a running daemon.

    The copy is of one moment, is checked (every page, reference and the search index) and can be read by its
    owner only. It holds everything unmasked, and what you purge later: keep backups as carefully as the
    database, and not for ever.

    To restore, stop the daemon, put the file in the database's place, remove the files beside it that end in
    -wal and -shm, and start. On Postgres this command only tells how to call pg_dump.

    Exit code: 0 written and sound, 1 not, 2 FILE exists, its folder does not, or the database is on Postgres.
    """
    from monitor.config import load
    from storage.backup import backup, dump_command

    url = load(config_path).database_url
    if url.startswith("postgresql"):
        click.echo(
            "The database is on Postgres, whose own tool does this (it asks for the password):", err=True
        )
        click.echo(shlex.join(dump_command(url, file)))
        raise click.exceptions.Exit(2)
    if not file.parent.is_dir():
        folder = shlex.quote(str(file.parent))
        raise click.UsageError(f"there is no folder {file.parent}; make it first: mkdir -p {folder}")
    try:
        backup(url, file, replace=force)
    except SameFileError:
        raise click.UsageError(f"{file} is the database itself; name another file") from None
    except FileExistsError:
        raise click.UsageError(f"{file} exists; name another file, or give --force") from None
    click.echo(f"{file}: {file.stat().st_size:,} bytes, sound")
