"""`groundswell history`, as its users meet it. All texts are fictional."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from scrapers.model import Counters
from storage.model import ItemUpdate

CONFIG = """
[database]
url = "{url}"
[[source]]
id = "way_home"
kind = "telegram_web"
channel = "way_home_sample"
"""
FIRST = "Promised in March, a fictional sample"
SECOND = "Promised in June, a fictional sample"
HOUR = timedelta(hours=1)


@pytest.fixture
def config(store_url, desk, tmp_path):
    """A configuration over a database with one post that was edited, deleted and shown again."""
    desk.post("7", FIRST, url="https://t.me/way_home_sample/7")
    desk.commit(alerts=(desk.alert("7"),))
    views = (1_000, 3_500, None, 1_200_000)
    for seq, shown in enumerate((FIRST, SECOND, SECOND, SECOND), start=1):
        parts = {}
        if seq > 1:
            parts["revisions"] = (desk.revision("7", seq, shown, deleted=seq == 3),)
        if views[seq - 1] is not None:
            counters = Counters(views=views[seq - 1], reactions={"👍": seq})
            parts["readings"] = (replace(desk.reading("7", 0), counters=counters),)
        desk.commit(**parts)
        desk.now += HOUR
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(url=store_url), encoding="utf-8")
    return path


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["-c", str(config), "history", *arguments])


@pytest.mark.parametrize(
    "named", [("way_home", "7"), ("way_home/7",), ("https://t.me/way_home_sample/7",), ("GS-1",)]
)
def test_an_item_is_shown_by_name_address_or_alert(config, named):
    result = run(config, *named)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [line.strip() for line in result.stdout.splitlines() if line.strip()]
    told = [line[22:] for line in lines if re.match(r"2026-11-01 \d\d:\d\d UTC  \D", line)]
    assert told[:4] == ["first seen", "edited", "deleted by the source; the text is kept", "shown again"]
    assert FIRST in lines
    assert "Promised in [-March-] {+June+}, a fictional sample" in lines
    table = [line.split() for line in lines[-3:]]
    assert [row[3:5] for row in table] == [["1,000", "👍"], ["3,500", "2,500"], ["1,200,000", "598,250"]]


def test_programs_get_it_whole(config):
    shown = json.loads(run(config, "way_home", "7", "--json").stdout)
    assert (shown["source"], shown["external_id"], shown["deleted"]) == ("way_home", "7", False)
    assert [one["change"] for one in shown["revisions"]] == ["first", "edited", "deleted", "back"]
    assert [piece["piece"] for piece in shown["revisions"][1]["diff"]] == ["kept", "removed", "added", "kept"]
    assert [one["views_per_hour"] for one in shown["readings"]] == [None, 2500.0, 598250.0]


def test_what_is_missing_is_not_called_deleted_yet(config, desk):
    update = ItemUpdate(external_id="7", missing_since=desk.now, refresh_at=desk.now + HOUR)
    desk.commit(item_updates=(update,))
    shown = run(config, "GS-1").stdout
    assert "not shown since 2026-11-01 16:00 UTC; a second look will tell" in shown
    assert "to be read again 2026-11-01 17:00 UTC" in shown


def test_what_is_not_stored_is_said_so(config):
    assert run(config, "way_home", "8").exit_code == 1
    assert run(config, "elsewhere", "8").exit_code == 2
    assert run(config, "GS-2").exit_code == 2


def test_what_a_stranger_wrote_cannot_steer_the_terminal(config, desk):
    desk.post("9", "Steered \x1b[31m, a fictional sample")
    assert "␛[31m" in run(config, "way_home", "9").stdout
