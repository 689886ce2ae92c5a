"""`groundswell purge`, as its users meet it. All texts are fictional."""

import json
import re
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli

CONFIG = """
[database]
url = "{url}"
[[source]]
id = "way_home"
kind = "telegram_web"
channel = "way_home_sample"
[[receiver]]
id = "screen"
kind = "terminal"
[route]
receivers = ["screen"]
"""
SECRET = "Lanternfictional whisper, a fictional sample"


@pytest.fixture
def config(store_url, desk, tmp_path):
    """A configuration over a database with one post, a copy of it, and an alert that waits."""
    origin = desk.post("7", SECRET, url="https://t.me/way_home_sample/7", origin_keys=(b"k",))
    desk.post("8", f"{SECRET}!", origin=origin)
    desk.commit(alerts=(desk.alert("7", headline=SECRET),), notifications=(desk.notification("n"),))
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(url=store_url), encoding="utf-8")
    return path


def run(config: Path, *arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["-c", str(config), "purge", *arguments], input=answer)


@pytest.mark.parametrize(
    "named", [("way_home", "7"), ("https://t.me/way_home_sample/7",), ("GS-1",)], ids=["name", "url", "alert"]
)
def test_an_item_goes_by_name_address_or_alert(config, desk, named):
    result = run(config, *named, "--yes")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Removed 1 item" in result.stdout
    assert "Copies of the text that stay: 1" in result.stdout
    assert "backups" in result.stdout
    page = re.search(r"See (\S+\.md)\.", result.stdout)
    assert page is not None
    assert "Beyond its reach" in (Path(__file__).resolve().parents[2] / page[1]).read_text(encoding="utf-8")
    assert "messages already sent" in result.stdout
    assert ("VACUUM" in result.stdout) == ("postgres" in config.read_text())
    assert desk.known("7", "8").items.keys() == {"8"}
    assert desk.known("7").purged == {"7"}


def test_copies_go_too_when_asked(config, desk):
    result = run(config, "GS-1", "--copies", "--yes", "--json")
    assert json.loads(result.stdout) == {
        "items": 2,
        "revisions": 2,
        "alerts": 1,
        "notifications_cancelled": 1,
        "notifications_on_their_way": 0,
        "copies_left": 0,
        "traces": None,
    }
    assert desk.store.totals().items == 0


def test_it_asks_first_and_takes_no_for_an_answer(config, desk):
    result = run(config, "way_home", "7", answer="n\n")
    assert result.exit_code == 1
    assert "Lanternfictional" in result.stderr
    assert "Remove 1 item for good?" in result.stderr
    assert desk.store.totals().items == 2
    assert run(config, "way_home", "7", answer="y\n").exit_code == 0
    assert desk.store.totals().items == 1


def test_what_is_not_stored_can_be_kept_out(config, desk):
    result = run(config, "way_home", "99", answer="y\n")
    assert (result.exit_code, "not stored" in result.stderr) == (0, True)
    assert result.stdout.startswith("Nothing was removed: it was not stored. It is kept out from now on.\n")
    assert desk.known("99").purged == {"99"}


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (("elsewhere", "7"), 'no source "elsewhere"'),
        (("https://t.me/nowhere/1",), "no stored item has the address"),
        (("GS-NONE",), "no alert GS-NONE shows an item"),
    ],
)
def test_what_does_not_exist_is_wrong_usage(config, named, told):
    result = run(config, *named, "--yes")
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_traces_that_are_left_are_told(config, desk, store_url, monkeypatch):
    monkeypatch.setattr("storage.sqlite.BUSY_TIMEOUT_MS", 50)
    reader = sqlite3.connect(store_url.removeprefix("sqlite:///"), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM item").fetchone()
    result = run(config, "way_home", "7", "--yes")
    reader.close()
    assert result.exit_code == 1
    assert "traces may be left" in result.stderr
    assert desk.known("7").items == {}
    assert run(config, "way_home", "7", "--yes").exit_code == 0


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_no_byte_is_left_beside_the_configuration(config, desk, tmp_path):
    run(config, "way_home", "7", "--copies", "--yes")
    desk.store.close()
    files = [path for path in tmp_path.iterdir() if b"anternfictional" in path.read_bytes()]
    assert files == []


def test_the_reason_is_kept(config, desk):
    run(config, "way_home", "7", "--reason", "asked for", "--yes")
    with desk.store._database.reading() as connection:
        reasons = {row.reason for row in connection.exec_driver_sql("SELECT reason FROM purged")}
    assert reasons == {"asked for"}
