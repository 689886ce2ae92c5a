"""Commands that look into the database make none where there is none."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import inspect

from monitor.cli import cli
from storage.database import connect

CALLS = (
    ("sources",),
    ("alerts",),
    ("search", "leave"),
    ("history", "way-home", "7"),
    ("export", "items"),
    ("resend", "--all"),
    ("purge", "way-home", "7", "--yes"),
    ("backtest",),
)


def run(folder: Path, url: str, *arguments: str) -> Result:
    config = folder / "config.toml"
    config.write_text(
        f"[database]\nurl = '{url}'\n[[receiver]]\nid = 'screen'\nkind = 'terminal'\n"
        "[[source]]\nid = 'way-home'\nkind = 'telegram_web'\nchannel = 'way_home_sample'\n"
        "[[rule]]\nid = 'leave'\nquery = 'leave'\n[route]\nreceivers = ['screen']\n"
    )
    return CliRunner().invoke(cli, ["-c", str(config), *arguments], catch_exceptions=False)


@pytest.mark.parametrize("arguments", CALLS, ids=lambda arguments: arguments[0])
def test_a_missing_file_is_told_of_and_not_made(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    file = tmp_path / "moved" / "desk.db"
    result = run(tmp_path, f"sqlite:///{file}", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"there is no database {file} yet; `groundswell run` makes it" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_an_empty_postgres_database_is_told_of_without_its_password_and_left_empty(
    tmp_path: Path, postgres_url: str
) -> None:
    result = run(tmp_path, postgres_url, "sources")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no database at the address of [database] yet" in result.stderr
    database = connect(postgres_url)
    with database.reading() as connection:
        assert inspect(connection).get_table_names() == []
    database.close()
