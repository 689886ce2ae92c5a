"""`groundswell backup`, as its users meet it."""

import shlex

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from storage.store import open_store


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
