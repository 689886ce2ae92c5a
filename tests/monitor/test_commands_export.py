"""`groundswell export`, as its users meet it. All texts are fictional."""

import csv
import json
import re
import shlex
import tracemalloc
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
from click.testing import CliRunner

from monitor.cli import cli
from storage import export

CONFIG = """
[database]
url = "{url}"
[alerting]
mask = {mask}
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
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "data-care.md").read_text(encoding="utf-8")
PHONE = "+420 601 234 567"


@pytest.fixture
def config(store_url, desk, tmp_path):
    """A desk with five items and an alert on each, exported in pages of two."""
    other = desk.register("way_home", "mirror")["mirror"]
    for number in range(5):
        desk.now += timedelta(hours=1)
        source = other if number == 4 else desk.way_home
        name = str(number)
        desk.post(name, f"=call {PHONE} {number} (fictional sample)", source_id=source)
        desk.commit(source, alerts=(desk.alert(name, f"GS-{number}", source_id=source, opened_at=desk.now),))
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(url=store_url, mask="true"))
    return path


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(export, "PAGE", 2)


def run(config, *arguments, answer=None):
    result = CliRunner().invoke(
        cli, ["-c", str(config), "export", *map(str, arguments)], input=answer, catch_exceptions=False
    )
    assert result.exit_code in (0, 1, 2)
    return result


def ids(result, key):
    return [json.loads(line)[key] for line in result.stdout.splitlines()]


def test_what_is_exported_can_be_searched_by_grep_as_the_page_shows(config, desk, tmp_path, monkeypatch):
    desk.post("now", "Ротации нет и не будет (вымышленный пример)")
    monkeypatch.chdir(tmp_path)
    (shown,) = re.findall(r"^groundswell (export .*) && groundswell (grep .*)$", PAGE, re.MULTILINE)

    for call in shown:
        done = CliRunner().invoke(cli, ["-c", str(config), *shlex.split(call)], catch_exceptions=False)

    assert (done.exit_code, done.output) == (0, 'way_home now: "Ротации"\n')


def test_items_come_in_order_and_alerts_newest_first(config):
    assert ids(run(config, "items"), "external_id") == list("01234")
    assert ids(run(config, "alerts"), "id") == [f"GS-{number}" for number in reversed(range(5))]


def test_alerts_of_one_moment_are_all_there(config, desk):
    names = [f"GS-x{number}" for number in range(5)]
    desk.commit(alerts=tuple(desk.alert("0", name, rule_id=name) for name in names))
    assert sorted(ids(run(config, "alerts"), "id"))[5:] == names


def test_one_source_or_a_time(config):
    assert ids(run(config, "items", "--source", "mirror"), "external_id") == ["4"]
    assert ids(run(config, "alerts", "--source", "mirror"), "id") == ["GS-4"]
    assert run(config, "items", "--since", "1m").stdout == ""
    assert run(config, "items", "--source", "nowhere").exit_code == 2


def test_it_is_masked_unless_asked_twice(config, tmp_path):
    target = tmp_path / "items.csv"
    assert run(config, "items", "--format", "csv", "-o", target).exit_code == 0
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 5
    assert all(row["text"].startswith("'=call [phone]") for row in rows)
    refused = run(config, "items", "--unmasked", answer="n\n")
    assert (refused.exit_code, PHONE in refused.stdout) == (1, False)
    assert PHONE in run(config, "items", "--unmasked", answer="y\n").stdout
    run(config, "items", "--unmasked", "--yes", "-o", target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert PHONE in target.read_text(encoding="utf-8")


def test_the_setting_of_the_desk_counts(config):
    config.write_text(config.read_text().replace("mask = true", "mask = false"))
    assert PHONE in run(config, "items").stdout


def test_a_feed_of_alerts(config, tmp_path):
    target = tmp_path / "alerts.xml"
    target.write_text("the feed of yesterday")
    assert run(config, "alerts", "--format", "rss", "-o", target).exit_code == 0
    feed = feedparser.parse(target.read_bytes())
    assert feed.bozo is False
    assert [entry.id for entry in feed.entries] == [f"GS-{number}" for number in reversed(range(5))]
    assert run(config, "items", "--format", "rss").exit_code == 2


def test_a_file_that_cannot_be_written_is_told(config, tmp_path):
    result = run(config, "items", "-o", tmp_path / "nowhere" / "items.jsonl")
    assert result.exit_code == 1
    assert "No such file" in result.stderr


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_memory_does_not_grow_with_the_items(desk, monkeypatch):
    monkeypatch.setattr(export, "PAGE", 20)

    def peak():
        tracemalloc.start()
        number = sum(1 for _ in desk.store.all_items())
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return number, used

    def add(first, last):
        names = [f"n{number}" for number in range(first, last)]
        desk.commit(
            items=tuple(desk.item(name) for name in names),
            revisions=tuple(desk.revision(name, text=f"{name} " * 500) for name in names),
        )

    add(0, 60)
    peak()
    few, little = peak()
    for step in range(1, 10):
        add(step * 60, step * 60 + 60)
    many, much = peak()
    assert many > 8 * few
    assert much < 2 * little
