"""`groundswell backup`, as its users meet it."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from storage.store import open_store

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "data-care.md").read_text(encoding="utf-8")


@pytest.fixture
def config(tmp_path):
    def write(url):
        path = tmp_path / "config.toml"
        path.write_text(
            f'[database]\nurl = "{url}"\n[[receiver]]\nid = "screen"\nkind = "terminal"\n'
            '[route]\nreceivers = ["screen"]\n'
        )
        return path

    return write


def run(config, *arguments):
    return CliRunner().invoke(
        cli, ["-c", str(config), "backup", *map(str, arguments)], catch_exceptions=False
    )


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_file_is_written_once(config, store_url, desk, tmp_path):
    desk.post("1")
    target = tmp_path / "copy.db"
    first = run(config(store_url), target)
    assert (first.exit_code, first.stdout.endswith(" bytes, sound\n")) == (0, True)
    store = open_store(f"sqlite:///{target}")
    assert store.totals().items == 1
    store.close()
    again = run(config(store_url), target)
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert run(config(store_url), target, "--force").exit_code == 0


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_the_database_itself_is_named_as_the_reason(config, store_url, desk):
    desk.post("1")
    itself = store_url.removeprefix("sqlite:///")
    refused = run(config(store_url), itself, "--force")
    assert refused.exit_code == 2
    assert f"{itself} is the database itself; name another file" in refused.stderr
    assert desk.store.totals().items == 1


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_the_example_of_the_page_works_and_says_what_is_missing_before(
    config, store_url, desk, tmp_path, monkeypatch
):
    desk.post("1")
    monkeypatch.chdir(tmp_path)
    folder, file = re.findall(r"^mkdir -p (\S+) .*\ngroundswell backup (\S+)$", PAGE, re.MULTILINE)[0]

    refused = run(config(store_url), file)
    assert refused.exit_code == 2
    assert f"there is no folder {folder}; make it first: mkdir -p {folder}" in refused.stderr

    Path(folder).mkdir()
    assert run(config(store_url), file).exit_code == 0


def test_postgres_is_told_how_without_the_password(config, monkeypatch):
    monkeypatch.setenv("DESK_URL", "postgresql://desk:hush@db.example.org/watch")
    path = config("")
    path.write_text(path.read_text().replace('url = ""', 'url_env = "DESK_URL"'))
    result = run(path, "copy of today.dump")
    assert result.exit_code == 2
    assert shlex.split(result.stdout)[-2:] == [
        "--file=copy of today.dump",
        "postgresql://desk@db.example.org/watch",
    ]
    assert "hush" not in result.output
