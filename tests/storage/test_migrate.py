"""Migrations build exactly the schema, under a lock, and refuse what they do not know."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import upgrade as run_migrations
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from storage import migrate
from storage.database import connect
from storage.errors import SchemaMismatch, StorageUnavailable
from storage.model import ItemRef, RecallKeys
from storage.schema import REVISION, is_compared, metadata
from storage.store import open_store

ROOT = Path(__file__).resolve().parents[2]


def shape(url: str) -> Mapping[str, object]:
    """All that the database itself can tell of its tables."""
    database = connect(url)
    with database.reading() as connection:
        looking = inspect(connection)
        tables = [name for name in looking.get_table_names() if name in metadata.tables]
        described = {
            name: {
                "columns": [{**column, "type": str(column["type"])} for column in looking.get_columns(name)],
                "key": looking.get_pk_constraint(name),
                "foreign": sorted(looking.get_foreign_keys(name), key=str),
                "unique": sorted(looking.get_unique_constraints(name), key=str),
                "indexes": sorted(map(comparable, looking.get_indexes(name)), key=str),
            }
            for name in tables
        }
    database.close()
    return described


def comparable(index) -> dict[str, object]:
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return {**index, "dialect_options": options}


def run_sql(url: str, *statements: str) -> None:
    database = connect(url)
    with database.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))
    database.close()


def test_migrations_leave_nothing_to_compare(store_url):
    database = connect(store_url)
    with database.reading() as connection:
        options = {"include_name": is_compared, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    database.close()


def test_migrations_build_what_the_tables_themselves_would(sqlite_store_url, tmp_path):
    plain = f"sqlite:///{tmp_path / 'plain.db'}"
    build_plainly(plain)
    assert shape(sqlite_store_url) == shape(plain)


def test_migrations_build_what_the_tables_themselves_would_on_postgres(postgres_store_url, postgres_url):
    build_plainly(postgres_url)
    assert shape(postgres_store_url) == shape(postgres_url)


def build_plainly(url: str) -> None:
    database = connect(url)
    with database.writing() as connection:
        metadata.create_all(connection)
    database.close()


def test_a_second_upgrade_changes_nothing(store_url):
    before = shape(store_url)
    migrate.upgrade(store_url)
    assert shape(store_url) == before
    assert migrate.current(store_url) == migrate.head() == REVISION


def test_where_nothing_is_to_be_migrated_nothing_that_migrates_is_loaded(sqlite_store_url):
    call = (
        "import sys; from storage import migrate; from storage.store import open_store; "
        "migrate.upgrade(sys.argv[1]); open_store(sys.argv[1]).close(); "
        "print(sorted({'alembic', 'mako', 'psycopg'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", call, sqlite_store_url]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_making_the_file_again_leaves_this_process_its_locks_on_it(sqlite_store_url):
    """POSIX drops all of a process's locks on a file when it closes any descriptor of it."""
    path = sqlite_store_url.removeprefix("sqlite:///")
    call = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    database = connect(sqlite_store_url)
    with database.reading() as connection:
        connection.execute(text("SELECT id FROM source"))
        database.dialect.create()
        command = [sys.executable, "-c", call, path]
        other = subprocess.run(command, capture_output=True, text=True, check=False)
    database.close()
    assert "BlockingIOError" in other.stderr


def test_an_upgrade_from_the_first_schema_keeps_what_is_there(empty_url):
    connect(empty_url).dialect.create()
    upgrade_to(empty_url, "0001")
    moment = "'2026-11-01T12:00:00.000000Z'"
    run_sql(
        empty_url,
        "INSERT INTO source (id, config_id, kind, name, active, cursor, version, failures, next_due_at) "
        f"VALUES (1, 'way-home', 'telegram_web', 'Way Home', true, '{{}}', 3, 0, {moment})",
        "INSERT INTO item (id, source_id, external_id, kind, first_seen_at, latest_seq) "
        f"VALUES (1, 1, '7', 'post', {moment}, 1)",
        "INSERT INTO revision (item_id, seq, observed_at, deleted, text, text_hash, edited, has, flags, "
        f"links, analysis_version) VALUES (1, 1, {moment}, false, '(fictional sample)', 'h', false, "
        "'[]', '[]', '[]', 1)",
        f"INSERT INTO purged (digest, purged_at) VALUES ('d', {moment})",
    )
    migrate.upgrade(empty_url)
    assert migrate.current(empty_url) == REVISION
    store = open_store(empty_url)
    assert [one.text for one in store.items(5)] == ["(fictional sample)"]
    assert store.source("way-home").version == 3
    ref = ItemRef(source_id=1, external_id="7")
    assert store.purge([ref], datetime(2026, 11, 2, tzinfo=UTC), "asked for").items == 1
    assert store.recall(1, RecallKeys(external_ids=("7",))).purged == {"7"}
    store.close()


def test_an_upgrade_numbers_posts_and_frees_the_name_of_the_desk(empty_url):
    connect(empty_url).dialect.create()
    upgrade_to(empty_url, "0002")
    moment = "'2026-11-01T12:00:00.000000Z'"
    names = {"7": "post", "08": "service", "9" * 19: "post", "9g": "post", "": "post", "10": "article"}
    items = ", ".join(
        f"({row}, 90, '{name}', '{kind}', {moment}, 1)" for row, (name, kind) in enumerate(names.items(), 1)
    )
    revisions = ", ".join(
        f"({row}, 1, {moment}, false, '(fictional sample)', 'h', false, '[]', '[]', '[]', 1)"
        for row in range(1, len(names) + 1)
    )
    run_sql(
        empty_url,
        "INSERT INTO source (id, config_id, kind, name, active, cursor, version, failures, next_due_at) "
        f"VALUES (90, 'groundswell', 'telegram_web', 'Way Home', true, '{{}}', 3, 0, {moment})",
        f"INSERT INTO item (id, source_id, external_id, kind, first_seen_at, latest_seq) VALUES {items}",
        "INSERT INTO revision (item_id, seq, observed_at, deleted, text, text_hash, edited, has, flags, "
        f"links, analysis_version) VALUES {revisions}",
    )
    migrate.upgrade(empty_url)
    store = open_store(empty_url)
    known = store.recall(90, RecallKeys(external_ids=tuple(names))).items
    assert {name: one.position for name, one in known.items() if one.position} == {"7": 7, "08": 8}
    assert {(one.refresh_at, one.missing_since) for one in known.values()} == {(None, None)}
    assert store.desk().id != 90
    (report,) = store.sources()
    assert (report.items, report.active) == (len(names), False)
    store.close()


def upgrade_to(url: str, revision: str) -> None:
    database = connect(url)
    with database.writing() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        run_migrations(config, revision)
    database.close()


def test_an_empty_database_has_no_revision(empty_url):
    assert migrate.current(empty_url) is None


def test_asking_for_the_revision_makes_no_file(sqlite_url, tmp_path):
    migrate.current(sqlite_url)
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_for_its_owner_alone(sqlite_url, tmp_path):
    migrate.upgrade(sqlite_url)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_place_that_cannot_be_written_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnavailable, match=r"desk\.db cannot be made"):
        migrate.upgrade(f"sqlite:///{tmp_path / 'file' / 'desk.db'}")


def test_a_missing_folder_is_made_for_its_owner_alone(tmp_path):
    migrate.upgrade(f"sqlite:///{tmp_path / 'state' / 'desk.db'}")
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_a_newer_database_is_refused_and_left_alone(store_url):
    run_sql(store_url, "UPDATE alembic_version SET version_num = '9999'")
    try:
        with pytest.raises(SchemaMismatch, match=r"9999.*newer version"):
            migrate.upgrade(store_url)
        with pytest.raises(SchemaMismatch, match="9999"):
            open_store(store_url)
        assert migrate.current(store_url) == "9999"
    finally:
        run_sql(store_url, f"UPDATE alembic_version SET version_num = '{REVISION}'")


def test_the_database_of_another_program_is_refused(empty_url):
    if empty_url.startswith("sqlite"):
        connect(empty_url).dialect.create()
    run_sql(empty_url, "CREATE TABLE item (something_else INTEGER)")
    with pytest.raises(SchemaMismatch, match=r"another program \(item\)"):
        migrate.upgrade(empty_url)


def test_an_empty_database_is_not_opened(empty_url):
    with pytest.raises(SchemaMismatch, match="groundswell migrate"):
        open_store(empty_url)


def test_threads_may_upgrade_at_once(empty_url):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate.upgrade, [empty_url] * 4))
    assert migrate.current(empty_url) == REVISION


def test_processes_may_upgrade_at_once(empty_url):
    call = "import sys; from storage import migrate; migrate.upgrade(sys.argv[1])"
    command = [sys.executable, "-W", "error", "-c", call, empty_url]
    running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(3)]
    outcomes = [(process.communicate(timeout=60)[1], process.returncode) for process in running]
    assert outcomes == [(b"", 0)] * 3
    assert migrate.current(empty_url) == REVISION


def test_migrations_are_found_inside_an_installed_package(tmp_path):
    """A wheel carries them as `storage/migrations`."""
    for package in ("storage", "scrapers"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "alembic", tmp_path / "storage" / "migrations")
    url = f"sqlite:///{tmp_path / 'installed.db'}"
    call = "import sys; from storage import migrate; migrate.upgrade(sys.argv[1]); print(migrate._scripts())"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", call, url]
    shown = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == str(tmp_path / "storage" / "migrations")
    assert migrate.current(url) == REVISION


def test_two_desks_share_a_postgres_database(postgres_url):
    north, south = f"{postgres_url}&schema=north", f"{postgres_url}&schema=south"
    migrate.upgrade(north)
    with pytest.raises(SchemaMismatch):
        open_store(south)
    migrate.upgrade(south)
    open_store(south).close()
    assert migrate.current(postgres_url) is None


# ---- old migrations must go on working when the code around them changes ----------------

VERSIONS = sorted((ROOT / "alembic" / "versions").glob("*.py"))


def imported(path: Path) -> set[str]:
    """Top-level packages that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." if node.level else (node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_migrations_import_nothing_of_ours(path):
    assert imported(path) <= {"alembic", "sqlalchemy"}


def test_only_the_environment_imports_the_schema():
    importers = [path.name for path in (ROOT / "alembic").rglob("*.py") if "storage" in imported(path)]
    assert importers == ["env.py"]


def test_the_folder_is_no_package_that_hides_the_library():
    assert not list((ROOT / "alembic").rglob("__init__.py"))


def test_the_migrations_form_one_line():
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1
    assert scripts.get_heads() == [REVISION]
