"""A backup is one moment of the database, whole, sound and for its owner alone."""

import sqlite3
import threading
from pathlib import Path
from shutil import SameFileError

import pytest
from sqlalchemy import make_url

from storage import backup as module
from storage import migrate
from storage.backup import backup, dump_command
from storage.errors import StorageUnavailable
from storage.schema import REVISION
from storage.store import open_store

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@on_sqlite
def test_a_backup_opens_as_the_desk_it_was(store_url, desk, tmp_path):
    desk.post("1", "rotation (fictional sample)")
    target = tmp_path / "copies" / "desk.db"
    target.parent.mkdir()
    backup(store_url, target)
    assert [path.name for path in target.parent.iterdir()] == ["desk.db"]
    assert target.stat().st_mode & 0o777 == 0o600
    desk.post("2")
    copied = f"sqlite:///{target}"
    assert migrate.current(copied) == REVISION
    store = open_store(copied)
    assert [one.ref.external_id for one in store.search([["rotation"]], 5)] == ["1"]
    assert store.totals().items == 1
    store.close()


@on_sqlite
def test_backups_are_sound_while_others_write(store_url, desk, tmp_path):
    stop = threading.Event()
    written: list[int] = []

    def write():
        while not stop.is_set():
            desk.post(f"n{len(written)}", f"words {len(written)} " * 50)
            written.append(1)

    thread = threading.Thread(target=write)
    thread.start()
    counts = []
    try:
        for _ in range(5):
            backup(store_url, tmp_path / "copy.db", replace=True)
            store = open_store(f"sqlite:///{tmp_path / 'copy.db'}")
            counts.append(store.totals())
            store.close()
    finally:
        stop.set()
        thread.join()
    assert all(one.items == one.revisions for one in counts)
    assert counts[-1].items > counts[0].items


@on_sqlite
def test_an_existing_file_is_replaced_only_when_asked(store_url, desk, tmp_path):
    target = tmp_path / "desk.db"
    target.write_text("precious")
    with pytest.raises(FileExistsError):
        backup(store_url, target)
    assert target.read_text() == "precious"
    backup(store_url, target, replace=True)
    assert target.read_bytes().startswith(b"SQLite format 3")
    assert desk.store.totals().items == 0


@on_sqlite
@pytest.mark.parametrize("replace", [True, False])
def test_the_database_itself_is_never_replaced(store_url, desk, replace):
    desk.post("1")
    with pytest.raises(SameFileError):
        backup(store_url, Path(make_url(store_url).database or ""), replace=replace)
    assert desk.store.totals().items == 1


@on_sqlite
def test_an_unsound_copy_takes_no_name(store_url, desk, tmp_path, monkeypatch):
    desk.post("1")
    real = module._check

    def spoil(copied: sqlite3.Connection) -> None:
        copied.execute("PRAGMA foreign_keys = OFF")
        copied.execute("UPDATE item SET source_id = 99")
        real(copied)

    monkeypatch.setattr(module, "_check", spoil)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(StorageUnavailable, match="item points to source in vain"):
        backup(store_url, tmp_path / "desk.db")
    assert sorted(tmp_path.iterdir()) == before


def test_a_missing_database_is_not_made(tmp_path):
    with pytest.raises(StorageUnavailable, match="no backup was made"):
        backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(sqlite_store_url, tmp_path):
    with pytest.raises(StorageUnavailable, match="no backup was made"):
        backup(sqlite_store_url, tmp_path / "nowhere" / "copy.db")


def test_the_command_for_postgres_holds_no_password():
    address = "postgresql://desk:hush@db.example.org:5433/watch?schema=north&sslmode=require"
    assert dump_command(address, Path("copy.dump")) == [
        "pg_dump",
        "--format=custom",
        "--file=copy.dump",
        "--schema=north",
        "postgresql://desk@db.example.org:5433/watch?sslmode=require",
    ]
