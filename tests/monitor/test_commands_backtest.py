"""`groundswell backtest` and `groundswell alerts label`, as users meet them. All texts are fictional."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.alerts import alert_id
from monitor.cli import cli
from storage.model import SubjectKind

CONFIG = """
timezone = "Europe/Prague"
[database]
url = "{url}"
[[source]]
id = "way_home"
kind = "telegram_web"
channel = "way_home_sample"
tags = ["families"]
[[receiver]]
id = "mail"
kind = "terminal"
[route]
receivers = ["mail"]
"""
RULE = """
[[rule]]
id = "{id}"
query = '{query}'
"""
TEXTS = {
    "1": "No rotation for a year, says a fictional sample; write to anna@example.org",
    "2": "Rotation of crops, a fictional sample about farming",
    "3": "Still no rotation and no leave, a fictional sample with \x1b[31m in it",
    "4": "Rain tomorrow, a fictional sample",
}
DAY = timedelta(days=1)


@pytest.fixture
def config(store_url, desk, tmp_path) -> Path:
    """A desk with four posts of the last four days, and a rule that has alerted of three of them."""
    now = datetime.now(UTC)
    for number, (name, text) in enumerate(TEXTS.items()):
        desk.now = now - (4 - number) * DAY
        desk.post(name, text)
        if name != "4":
            desk.commit(alerts=(replace(desk.alert(name), id=name_of(desk, name), headline=text),))
    desk.commit(source=desk.update(first_polled_at=now - 10 * DAY))
    return configured(tmp_path / "config.toml", store_url, rotation="rotation")


def name_of(desk, post: str) -> str:
    return alert_id("rotation", SubjectKind.ORIGIN, f"{desk.way_home}/{post}")


def configured(path: Path, url: str, **rules: str) -> Path:
    text = CONFIG.format(url=url) + "".join(RULE.format(id=name, query=rules[name]) for name in rules)
    path.write_text(text, encoding="utf-8")
    return path


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["-c", str(config), *arguments])


def found(config: Path, *arguments: str) -> list[dict[str, Any]]:
    result = run(config, "backtest", "--json", *arguments)
    return [json.loads(line) for line in result.stdout.splitlines()]


def label(config: Path, desk, post: str, verdict: str, *note: str) -> None:
    assert run(config, "alerts", "label", name_of(desk, post)[:8], verdict, *note).exit_code == 0


def test_a_person_sees_counts_days_and_samples(config):
    result = run(config, "backtest", "--samples", "2")

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    row = next(line.split() for line in lines if line.startswith("rotation "))
    assert row == ["rotation", "3", "3", "3", "1", "0.1"]
    assert "4 revisions of items looked at" in lines[0]
    assert "1 a day at most" in result.stdout
    assert "the newest 2 of 3" in result.stdout
    assert 'matched "Rotation"' in result.stdout


def test_nothing_personal_is_shown_and_nothing_steers_the_terminal(config):
    shown = run(config, "backtest").stdout

    assert "[e-mail]" in shown
    assert "anna@" not in shown
    assert "\x1b" not in shown


def test_a_program_gets_rules_and_alerts(config, desk):
    rule, *alerts = found(config)

    assert (rule["record"], rule["rule"], rule["alerts"], rule["matches"]) == ("rule", "rotation", 3, 3)
    assert sum(rule["days"].values()) == 3
    assert [one["id"] for one in alerts] == [name_of(desk, name) for name in ("1", "2", "3")]
    assert alerts[0]["external_id"] == "1"
    assert "[e-mail]" in alerts[0]["headline"]


def test_since_says_how_far_back_is_counted(config):
    rule, *alerts = found(config, "--since", "60h")
    assert rule["alerts"] == len(alerts) == 1


def test_one_rule_may_be_asked_for(config, store_url):
    configured(config, store_url, rotation="rotation", rain="rain")

    assert [one["rule"] for one in found(config, "--rule", "rain")] == ["rain", "rain"]
    unknown = run(config, "backtest", "--rule", "snow")
    assert (unknown.exit_code, 'no rule "snow": there are rotation, rain' in unknown.stderr) == (2, True)


def test_labels_are_shown_and_counted(config, desk):
    label(config, desk, "1", "useful")
    label(config, desk, "2", "noise", "--note", "farming")

    shown = run(config, "alerts").stdout
    assert "labelled useful" in shown
    assert "labelled noise: farming" in shown
    assert "50%" in run(config, "alerts", "--precision").stdout
    (rule,) = [
        json.loads(line) for line in run(config, "alerts", "--precision", "--json").stdout.splitlines()
    ]
    assert rule == {"rule_id": "rotation", "useful": 1, "noise": 1, "unlabelled": 1, "precision": 0.5}
    (tried, *_) = found(config)
    assert (tried["useful"], tried["noise"]) == (1, 1)


def test_an_alert_that_cannot_be_told_from_another_is_not_labelled(config):
    several = run(config, "alerts", "label", "GS", "useful")
    none = run(config, "alerts", "label", "GS-1", "useful")

    assert (several.exit_code, "may mean GS-" in several.stderr) == (2, True)
    assert (none.exit_code, "no alert begins with" in none.stderr) == (2, True)


def test_a_rule_that_loses_what_was_useful_says_so(config, store_url, desk):
    label(config, desk, "3", "useful", "--note", "the third complaint")
    assert run(config, "backtest").exit_code == 0

    configured(config, store_url, rotation="rotation -leave")
    lost = run(config, "backtest")

    assert lost.exit_code == 1
    assert "LOST: 1 alert labelled useful would not be raised" in lost.stdout
    assert "the third complaint" in lost.stdout
    assert [one["id"] for one in found(config) if one["record"] == "missing"] == [name_of(desk, "3")]


def test_a_useful_alert_is_not_lost_while_another_rule_tells_of_it(config, store_url, desk):
    label(config, desk, "3", "useful")
    configured(config, store_url, rotation="rotation -leave", leave="leave")

    assert run(config, "backtest").exit_code == 0
    assert run(config, "backtest", "--rule", "rotation").exit_code == 1


def test_a_changed_configuration_is_told_alert_by_alert(config, store_url, desk, tmp_path):
    label(config, desk, "2", "noise")
    other = configured(tmp_path / "new.toml", store_url, rotation="rotation -crops", rain="rain")
    result = run(config, "backtest", "--against", str(other))

    assert result.exit_code == 0
    rows = [line.split() for line in result.stdout.splitlines() if line.startswith(("rotation", "rain"))]
    assert rows == [["rotation", "3", "2", "1", "1"], ["rain", "-", "1", "1"]]
    assert "It would save 1 alert labelled noise." in result.stdout
    every = found(config, "--against", str(other))
    changes = {(one["record"], one["external_id"]) for one in every if "rule" not in one["record"]}
    assert changes == {("added", "4"), ("lost", "2")}


def test_a_change_that_loses_what_was_useful_is_loud(config, store_url, desk, tmp_path):
    label(config, desk, "3", "useful")
    other = configured(tmp_path / "new.toml", store_url, rotation="rotation -leave")
    result = run(config, "backtest", "--against", str(other))

    assert result.exit_code == 1
    assert "It would LOSE 1 alert labelled useful" in result.stdout


def test_a_rule_under_another_name_loses_nothing(config, store_url, desk, tmp_path):
    label(config, desk, "3", "useful")
    other = configured(tmp_path / "new.toml", store_url, front_rotation="rotation")
    result = run(config, "backtest", "--against", str(other))

    assert result.exit_code == 0
    assert "still told by front_rotation" in result.stdout


def test_a_broken_configuration_to_compare_with_is_told_like_any_other(config, tmp_path):
    other = tmp_path / "new.toml"
    other.write_text("[[rule]]\nid = 1\n", encoding="utf-8")
    assert run(config, "backtest", "--against", str(other)).exception is not None


def test_without_rules_there_is_nothing_to_try(config, store_url):
    configured(config, store_url)
    assert "there are no rules to try" in run(config, "backtest").stdout


def test_near_misses_tell_the_clause_that_failed(config, store_url):
    configured(config, store_url, rotation="rotation (leave OR year) -crops")
    shown = run(config, "backtest", "--near", "5").stdout
    near = [one for one in found(config, "--near", "5") if one["record"] == "near"]

    assert "but for (leave OR year)" not in shown  # two clauses fail there
    assert [(one["external_id"], one["clauses"]) for one in near] == []
    assert "no near misses (a rule of one clause has none)" in shown
    configured(config, store_url, rotation="rotation leave -crops")
    shown = run(config, "backtest", "--near", "5").stdout
    near = [one for one in found(config, "--near", "5") if one["record"] == "near"]
    assert [(one["external_id"], one["clauses"]) for one in near] == [("1", ["leave"])]
    assert "but for leave" in shown
    assert "[e-mail]" in near[0]["headline"]


def test_near_misses_are_few_and_the_newest(config, store_url):
    configured(config, store_url, rotation="rotation nowhere")
    near = [one for one in found(config, "--near", "2") if one["record"] == "near"]

    assert [one["external_id"] for one in near] == ["3", "2"]


def test_a_correlation_is_tried_with_the_rules_it_rests_on(config):
    with config.open("a", encoding="utf-8") as file:
        file.write(
            """
[[correlation]]
id = "groundswell"
type = "value_count"
rules = ["rotation"]
timespan = "7d"
field = "origin"
condition = { gte = 2 }
"""
        )
    results = {one["rule"]: one for one in found(config) if one["record"] == "rule"}
    assert (results["groundswell"]["alerts"], results["groundswell"]["origins"]) == (1, 3)
    alone = [one for one in found(config, "--rule", "groundswell") if one["record"] == "rule"]
    assert [one["rule"] for one in alone] == ["groundswell"]
    assert (
        "  asked for at least 2 different origins in 7d"
        in run(config, "backtest", "--rule", "groundswell").stdout
    )


PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def told(lead: str) -> set[str]:
    """The fields of the table behind these words."""
    table = PAGE.split(lead, 1)[1].split("|---|---|---|", 1)[1].split("\n\n", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_records_have_the_fields_of_the_page(config, store_url, desk, tmp_path):
    label(config, desk, "3", "useful")
    other = configured(tmp_path / "new.toml", store_url, rotation="rotation -leave", rain="rain")
    records = found(config, "--near", "5") + found(config, "--against", str(other))
    records += found(
        configured(tmp_path / "rain.toml", store_url, rain="rain fictional nowhere"), "--near", "1"
    )
    of_alerts = told("An `alert`, or one `added` or `lost`:")
    fields = {
        "rule": told("A `rule` or a `changed_rule`:"),
        "changed_rule": told("A `rule` or a `changed_rule`:"),
        "alert": of_alerts - {"covered_by"},
        "added": of_alerts - {"covered_by"},
        "lost": of_alerts,
        "missing": told("One that is `missing`:"),
        "near": told("One that was `near`:"),
    }

    assert {one["record"] for one in records} == fields.keys()
    assert [one for one in records if one.keys() != fields[one["record"]]] == []
