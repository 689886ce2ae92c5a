"""A backup: one file that holds the database as it stands at one moment, checked before it takes its name."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import SameFileError

from sqlalchemy import make_url
from sqlalchemy.engine import URL

from storage.errors import StorageUnavailable
from storage.sqlite import BUSY_TIMEOUT_MS, file_of


def backup(url: str, target: Path, *, replace: bool = False) -> None:
    """Write the SQLite database at `url` to the file `target`, readable by its owner only.

    Daemons go on writing meanwhile; what they write later is not in it. `target` appears whole or not at all.

    Raises:
        ValueError: the database is no SQLite file; see `dump_command`.
        FileExistsError: there is such a file, and `replace` is not given.
        SameFileError: that file is the database itself.
        StorageUnavailable: one of the files cannot be read or written, or the copy is not sound.
    """
    database = file_of(make_url(url))
    if target.exists() and database.exists() and target.samefile(database):
        raise SameFileError(target)
    if target.exists() and not replace:
        raise FileExistsError(target)
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _copy(database, part)
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise StorageUnavailable(f"no backup was made: {reason}") from None
    finally:
        part.unlink(missing_ok=True)


def _copy(database: Path, part: Path) -> None:
    """In one step, which is one moment: with several, every write of a daemon would begin it again."""
    address = f"{database.resolve().as_uri()}?mode=rw"  # without it, a missing database would be made
    with (
        closing(sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_MS / 1000)) as stored,
        closing(sqlite3.connect(part, isolation_level=None)) as copied,
    ):
        stored.backup(copied)
        copied.execute("PRAGMA journal_mode = DELETE")  # one file; WAL comes back with the first start on it
        _check(copied)
    _sync(part)


def _check(copied: sqlite3.Connection) -> None:
    found = [row[0] for row in copied.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
    found += [f"{row[0]} points to {row[2]} in vain" for row in copied.execute("PRAGMA foreign_key_check")]
    if found:
        raise StorageUnavailable(f"the copy is not sound, and so may be the database: {'; '.join(found[:3])}")
    copied.execute("INSERT INTO item_search (item_search) VALUES ('integrity-check')")


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def dump_command(url: str, target: Path) -> list[str]:
    """The call of `pg_dump` that backs up the desk at a Postgres `url`; the password stays out of it."""
    address = make_url(url)
    schema = address.query.get("schema")
    plain = URL.create(
        "postgresql",
        username=address.username,
        host=address.host,
        port=address.port,
        database=address.database,
        query={name: value for name, value in address.query.items() if name in ("host", "port", "sslmode")},
    )
    chosen = [f"--schema={schema}"] if isinstance(schema, str) else []
    return ["pg_dump", "--format=custom", f"--file={target}", *chosen, plain.render_as_string()]
