"""A command starts quickly, because it loads only what it needs."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import COMMANDS, cli
from storage import migrate

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "alembic",
    "bs4",
    "httpx",
    "psycopg",
    "rich",
    "simplemma",
    "sqlalchemy",
    "trafilatura",
}
NEEDED_BY_FEW = {
    "aiosmtplib",
    "alembic",
    "bs4",
    "psycopg",
    "pygments",
    "rich",
    "soupsieve",
    "telethon",
    "trafilatura",
}
DICTIONARIES = {"simplemma"}


def loaded(*arguments: str) -> set[str]:
    """The packages that a process of its own has loaded after `groundswell ARGUMENTS`."""
    code = (
        "import sys; from monitor.cli import cli; cli.main(sys.argv[1:], standalone_mode=False);"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stderr.splitlines()[-1].split())


def test_the_overview_loads_nothing_heavy():
    assert loaded("--help").isdisjoint(HEAVY)


def test_checking_a_configuration_loads_no_dictionaries():
    assert loaded("-c", "config.example.toml", "check-config").isdisjoint(DICTIONARIES)


def test_migrating_loads_no_dictionaries(tmp_path: Path):
    (tmp_path / "config.toml").write_text((ROOT / "config.example.toml").read_text("utf-8"), "utf-8")

    assert loaded("-c", str(tmp_path / "config.toml"), "migrate").isdisjoint(DICTIONARIES)


def test_running_loads_nothing_for_other_databases_sources_and_receivers(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/desk.db"
    receiver = 'id = "hook"\nkind = "webhook"\nurl = "https://desk.example.org/hook"'
    (tmp_path / "config.toml").write_text(f'[database]\nurl = "{url}"\n[[receiver]]\n{receiver}\n', "utf-8")
    migrate.upgrade(url)

    unused = DICTIONARIES | NEEDED_BY_FEW

    assert loaded("-c", str(tmp_path / "config.toml"), "run", "--once").isdisjoint(unused)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_overview_says_what_each_command_does_in_one_whole_line(name: str):
    overview = CliRunner().invoke(cli, ["--help"]).stdout.splitlines()

    assert [line for line in overview if line.split()[:1] == [name] and line.endswith(f"{COMMANDS[name]}")]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_no_marks_of_its_layout(name: str):
    assert "\\" not in CliRunner().invoke(cli, [name, "--help"]).stdout
