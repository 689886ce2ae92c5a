"""Correlations in the configuration: what can be asked, and every fault with its line."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import Config, ConfigInvalid, load_text
from monitor.config_changes import changes
from monitor.correlation.kinds import Condition, Correlation, Direction, Kind, Spike
from monitor.message import Severity

PLACE = Path("config.toml")
RULES = """\
[[rule]]
id = "leave"
query = "отпуск"
alert = false

[[rule]]
id = "threats"
query = "ультиматум"

[[rule]]
id = "retraction"
query = "извиниться"

"""
LINE = RULES.count("\n") + 1


def read(table: str) -> Config:
    return load_text(f"{RULES}[[correlation]]\n{table}", PLACE, {})


def one(table: str) -> Correlation:
    (found,) = read(table).correlations
    return found


def problems(table: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as invalid:
        read(table)
    return [f"{(problem.line or 0) - LINE} {problem.message}" for problem in invalid.value.problems]


COUNT = 'id = "many"\ntype = "event_count"\nrules = ["leave"]\ntimespan = "7d"\ncondition = { gte = 5 }\n'


def test_a_groundswell_can_be_asked_for():
    assert one(
        'id = "groundswell"\ntitle = "Complaints about leave"\ntype = "value_count"\nfield = "origin"\n'
        'rules = ["leave"]\ngroup-by = ["lang"]\ntimespan = "7d"\ncondition = { gte = 5 }\n'
        'severity = "critical"'
    ) == Correlation(
        id="groundswell",
        title="Complaints about leave",
        severity=Severity.CRITICAL,
        kind=Kind.VALUE_COUNT,
        rules=("leave",),
        timespan=timedelta(days=7),
        group_by=("lang",),
        condition=Condition(gte=5),
        field="origin",
    )


def test_an_about_face_needs_no_condition():
    found = one(
        'id = "about-face"\ntype = "temporal_ordered"\nrules = ["threats", "retraction"]\n'
        'group_by = ["source"]\ntimespan = "3d"'
    )
    assert (found.rules, found.title, found.condition) == (("threats", "retraction"), "about-face", None)


def test_a_spike_has_its_own_words():
    found = one(
        'id = "surge"\ntype = "spike"\nrules = ["leave"]\ntimespan = "1d"\nspike_height = 3\n'
        'spike_type = "both"\nthreshold_ref = 4'
    )
    assert found.spike == Spike(height=3.0, direction=Direction.BOTH, threshold_ref=4, threshold_cur=10)


@pytest.mark.parametrize(
    "table",
    [
        'id = "quiet"\ntype = "flatline"\nrules = ["leave"]\ntimespan = "2d"\ncondition = { lt = 1 }',
        'id = "first"\ntype = "new_term"\nfield = "source"\nrules = ["leave"]\ntimespan = "30d"',
        'id = "first"\ntype = "new_term"\nfield = "tag:region-"\nrules = ["leave"]\ntimespan = "30d"',
        'id = "both"\ntype = "temporal"\nrules = ["leave", "threats"]\ntimespan = "12h"',
        COUNT.replace("gte = 5", "gt = 4, lte = 50"),
        COUNT.replace("gte = 5", "eq = 3"),
    ],
)
def test_what_makes_sense_is_taken(table):
    assert one(table).rules[0] == "leave"


@pytest.mark.parametrize(
    ("table", "faults"),
    [
        (COUNT.replace('"leave"', '"leav"'), ['3 there is no rule "leav"']),
        (COUNT.replace('"leave"', '"leave", "leave"'), ['3 the rule "leave" is named twice']),
        (COUNT.replace('"leave"', '"many"'), ['3 "many" is a correlation; only rules can feed one']),
        (COUNT.replace('"leave"', ""), ["3 rules must name at least one rule"]),
        (COUNT.replace("7d", "7 days"), ['4 "timespan": "7 days" is not a duration']),
        (COUNT.replace("7d", "200d"), ["4 timespan must be between a minute and 90 days"]),
        (COUNT.replace("event_count", "event_sum"), ['2 "type" can\'t be "event_sum"']),
        (COUNT.replace("gte = 5", "at_least = 5"), ['5 unknown key "at_least"']),
        (COUNT.replace("gte = 5", 'gte = "5"'), ['5 "gte" must be a whole number, not a text']),
        (COUNT.replace("gte = 5", "gte = 5, lt = 5"), ["5 no number is like that"]),
        (COUNT.replace("gte = 5", ""), ["5 the condition asks for nothing"]),
        (
            COUNT.replace("gte", "lt"),
            ['5 that is true where nothing happens at all; too few is told by type = "flatline"'],
        ),
        (COUNT.replace("condition = { gte = 5 }", ""), ['0 "condition" is missing']),
        (COUNT + 'field = "source"', ['6 "field" means nothing to "event_count"']),
        (COUNT + 'group_by = ["author"]', ['6 events have no field "author"']),
        (COUNT + 'group_by = ["tag:"]', ['6 events have no field "tag:"']),
        (COUNT + "spike_height = 3", ['6 "spike_height" means nothing to "event_count"']),
        (COUNT + "spike_height = 0.5", ["6 spike_height must be more than 1"]),
        (COUNT + 'group = "source"', ['6 unknown key "group"']),
        (
            COUNT.replace("event_count", "value_count"),
            ['2 "value_count" needs a "field": one of source, origin, lang, kind, tag, tag:…'],
        ),
        (
            COUNT.replace("event_count", "value_count") + 'field = "source"\ngroup_by = ["source"]',
            ['6 within one "source" there is only one "source"'],
        ),
        (COUNT.replace("event_count", "flatline"), ["5 a flatline is too few: lt or lte"]),
        (
            COUNT.replace("event_count", "temporal"),
            ['3 "temporal" needs at least two rules', '5 "condition" means nothing to "temporal"'],
        ),
        (
            COUNT.replace("event_count", "new_term") + 'field = "origin"',
            [
                '5 "condition" means nothing to "new_term"',
                "6 every origin is new once: the rule itself alerts on each",
            ],
        ),
        (
            'id = "surge"\ntype = "spike"\nrules = ["leave"]\ntimespan = "1d"',
            ['0 "spike_height" is missing'],
        ),
        (COUNT.replace("many", "leave"), ["1 this id is taken already, on line 2"]),
        (
            COUNT.replace("many", "source-health"),
            ['1 the id "source-health" is kept for trouble with sources'],
        ),
    ],
)
def test_a_fault_is_told_where_it_stands(table, faults):
    assert problems(table) == faults


def test_faults_of_all_correlations_are_told_at_once():
    table = COUNT.replace("gte", "gtt") + "\n[[correlation]]\n" + COUNT.replace("many", "more") + "field = 3"
    assert problems(table) == ['5 unknown key "gtt"', '13 "field" must be a text, not a whole number']


def test_a_route_can_name_a_correlation():
    routed = COUNT + '\n[route]\n[[route.routes]]\nmatch = { rule = "many", subject = "group" }\n'
    assert read(routed).route.routes[0].match["rule"] == ("many",)


def test_a_rule_that_feeds_nothing_is_warned_of():
    told = [str(warning) for warning in read(COUNT.replace('"leave"', '"threats"')).warnings]
    assert any("neither alerts nor feeds a correlation" in one for one in told)
    assert not any("neither" in str(warning) for warning in read(COUNT).warnings)


def test_a_reload_tells_how_many_correlations_changed():
    before, after = read(COUNT), read(COUNT.replace("gte = 5", "gte = 6"))
    assert changes(before, after) == ("correlations ~1",)
    assert changes(load_text(RULES, PLACE, {}), before) == ("correlations +1",)
