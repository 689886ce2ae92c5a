"""Errors come out as our own, and tell no secrets."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from time import sleep

import pytest
from sqlalchemy import QueuePool, text

from storage import migrate
from storage.database import connect
from storage.errors import DeskTaken, StorageError, StorageUnavailable
from storage.sqlite import SqliteDialect
from storage.store import open_store

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SECRET = "s3cret-sample"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://localhost/x",
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://h/x?schema=Bad-Name",
        f"postgresql://desk:a@b:{SECRET}@h/x",
    ],
)
def test_an_address_we_cannot_use_is_a_value_error_and_not_repeated(url):
    with pytest.raises(ValueError, match=r"sqlite:///|schema") as caught:
        connect(url)
    assert SECRET not in str(caught.value)


def test_a_server_that_is_not_there_is_unavailable_and_keeps_its_password():
    url = f"postgresql://desk:{SECRET}@127.0.0.1:9/desk"
    with pytest.raises(StorageUnavailable) as caught:
        open_store(url)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_new_file_is_opened_by_many_at_once(tmp_path):
    hands, rounds = 8, 100

    def write(name: str) -> None:
        database = connect(f"sqlite:///{tmp_path / name}")
        together.wait()
        database.dialect.create()
        with database.writing() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS mark (id)"))
        database.close()

    together = Barrier(hands)
    with ThreadPoolExecutor(hands) as pool:
        for index in range(rounds):
            list(pool.map(write, [f"{index}.db"] * hands))


def test_a_locked_file_is_unavailable_and_nothing_is_lost(sqlite_store_url, monkeypatch):
    monkeypatch.setattr("storage.sqlite.BUSY_TIMEOUT_MS", 50)
    store = open_store(sqlite_store_url)
    holder = sqlite3.connect(sqlite_store_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StorageUnavailable, match="locked"):
            store.register([], NOW)
        assert store.totals().items == 0  # reading goes on
    finally:
        holder.close()
    store.register([], NOW)
    store.close()


def write_slowly(database, together):
    together.wait()
    with database.writing():
        sleep(0.005)


def test_threads_that_write_one_sqlite_file_stand_in_line_without_a_connection_each(sqlite_store_url):
    database = connect(sqlite_store_url)
    together = Barrier(8)
    with ThreadPoolExecutor(8) as threads:
        written = [threads.submit(write_slowly, database, together) for _ in range(8)]
    assert [one.result() for one in written] == [None] * 8
    pool = database.dialect.writer.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedin() == 1
    database.close()


def test_a_thread_that_writes_for_too_long_holds_the_others_up_no_longer(sqlite_store_url, monkeypatch):
    monkeypatch.setattr("storage.sqlite.BUSY_TIMEOUT_MS", 50)
    database = connect(sqlite_store_url)
    with database.writing(), ThreadPoolExecutor(1) as threads:
        late = threads.submit(write_slowly, database, Barrier(1))
        with pytest.raises(StorageUnavailable, match="another thread"):
            late.result()
    write_slowly(database, Barrier(1))
    database.close()


def outgrow(database):
    with database.writing() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        connection.execute(text("CREATE TABLE big AS SELECT zeroblob(10000000) AS bytes"))


def test_a_full_disk_is_unavailable(sqlite_store_url):
    database = connect(sqlite_store_url)
    with pytest.raises(StorageUnavailable, match="full"):
        outgrow(database)
    database.close()


def test_a_file_that_is_no_database_is_a_storage_error(tmp_path):
    (tmp_path / "text.db").write_text("this is not a database " * 100)
    with pytest.raises(StorageError, match="not a database"):
        open_store(f"sqlite:///{tmp_path / 'text.db'}")


def test_a_statement_the_database_refuses_is_a_storage_error_without_its_values(store_url):
    database = connect(store_url)
    with pytest.raises(StorageError) as caught, database.writing() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:value)"), {"value": SECRET})
    assert SECRET not in str(caught.value)
    database.close()


INSERT_RULE = text("INSERT INTO rule (id, title, severity, version, active) VALUES ('a', '', '', 1, true)")
COUNT_RULES = text("SELECT count(*) FROM rule")


def break_off(database):
    with database.writing() as connection:
        connection.execute(INSERT_RULE)
        raise KeyboardInterrupt


def test_a_broken_transaction_leaves_nothing(store_url):
    database = connect(store_url)
    with pytest.raises(KeyboardInterrupt):
        break_off(database)
    with database.reading() as connection:
        assert connection.execute(COUNT_RULES).scalar() == 0
    database.close()


def test_sqlite_is_set_up_to_last(sqlite_store_url):
    database = connect(sqlite_store_url)
    assert isinstance(database.dialect, SqliteDialect)
    with database.reading() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1}
    database.close()


def test_readers_see_one_moment(store_url):
    database = connect(store_url)
    with database.reading() as reader:
        before = reader.execute(COUNT_RULES).scalar()
        with database.writing() as writer:
            writer.execute(INSERT_RULE)
        assert reader.execute(COUNT_RULES).scalar() == before == 0
    with database.reading() as reader:
        assert reader.execute(COUNT_RULES).scalar() == 1
    database.close()


def test_a_lock_that_cannot_be_made_is_said_so(sqlite_store_url):
    Path(f"{sqlite_store_url.removeprefix('sqlite:///')}.lock").mkdir()
    store = open_store(sqlite_store_url)
    with pytest.raises(StorageUnavailable, match=r"\.lock cannot be made"), store.working():
        pass
    store.close()


def test_a_file_with_a_second_name_is_refused_by_either_and_neither_is_touched(sqlite_store_url, tmp_path):
    other = tmp_path / "hard.db"
    path = Path(sqlite_store_url.removeprefix("sqlite:///"))
    other.hardlink_to(path)
    before = path.read_bytes()
    for name in (path, other):
        for opened in (migrate.upgrade, migrate.current, open_store):
            with pytest.raises(DeskTaken, match=rf"{name.name} has 2 names \(hard links\)"):
                opened(f"sqlite:///{name}")
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["groundswell.db", "hard.db"]
    other.unlink()
    open_store(sqlite_store_url).close()


def test_a_second_name_that_only_points_to_the_file_does_no_harm(sqlite_store_url, tmp_path):
    (tmp_path / "soft.db").symlink_to(sqlite_store_url.removeprefix("sqlite:///"))
    open_store(f"sqlite:///{tmp_path}/soft.db").close()
