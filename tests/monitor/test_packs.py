"""The ready rules: each finds its examples in four languages, and passes over its counter-examples."""

import re
import tomllib
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from monitor.analyse import analyse
from monitor.cli import cli
from monitor.config import Config, ConfigInvalid, load_text
from monitor.document import present
from monitor.message import Severity
from monitor.packs import load_pack, pack_names, rules_by_id
from monitor.query import Document, compile_query, matches
from monitor.routing import destinations
from monitor.rules import Rule, RuleSet
from scrapers.model import Item, ItemKind, Source

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
PAGE = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
PACKS = ("grievances", "mutiny", "protest", "refusal", "retraction", "suppression")
LANGUAGES = ("ru", "uk", "cs", "en")
RULES = {rule_id: rule for rule_id, (_, rule) in rules_by_id().items()}
SOURCE = Source(id="sample", kind="telegram_web", name="Sample", options=None)


@cache
def rule_set() -> RuleSet:
    return RuleSet(
        Rule(id=rule.id, title=rule.title, severity=rule.severity, query=compile_query(rule.query), version=1)
        for rule in RULES.values()
    )


def found(text: str, source: Source = SOURCE) -> set[str]:
    """The rules that a post of this text fires."""
    return set(rule_set().match(document(text, source)))


def document(text: str, source: Source = SOURCE) -> Document:
    """What rules see of a post of this text."""
    item = Item(external_id="1", kind=ItemKind.POST, url=None, title=None, text=text)
    return present(analyse(item, source), source)


def loaded(text: str) -> Config:
    return load_text(dedent(text), Path("/desk/config.toml"), {})


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as invalid:
        loaded(text)
    return [str(problem).removeprefix("/desk/config.toml:") for problem in invalid.value.problems]


def ids(config: Config) -> list[str]:
    return [rule.id for rule in config.rules]


# ---- what the packs hold ---------------------------------------------------------------


def test_these_are_the_packs() -> None:
    assert pack_names() == PACKS


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_has_examples_of_both_sorts_in_every_language(rule_id: str) -> None:
    counts = Counter((example.language, example.match) for example in RULES[rule_id].example)
    assert len(counts) == 2 * len(LANGUAGES)
    assert min(counts.values()) >= 2


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_finds_its_examples_and_no_counter_example(rule_id: str) -> None:
    wrong = [
        example.text
        for example in RULES[rule_id].example
        if (rule_id in found(example.text)) is not example.match
    ]
    assert wrong == []


def test_the_id_of_a_rule_tells_its_pack() -> None:
    assert all(rule_id.startswith(f"{pack}-") for rule_id, (pack, _) in rules_by_id().items())


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_of_what_was_written_before_the_rules_is_found(language: str) -> None:
    texts = tomllib.loads((DATA / "packs_heldout.toml").read_text(encoding="utf-8"))
    assert texts.keys() == RULES.keys()
    right = [(rule_id, text) for rule_id, languages in texts.items() for text in languages[language]["yes"]]
    wrong = [(rule_id, text) for rule_id, languages in texts.items() for text in languages[language]["no"]]
    assert sum(rule_id in found(text) for rule_id, text in right) >= 0.9 * len(right)
    assert [text for rule_id, text in wrong if rule_id in found(text)] == []


@pytest.mark.parametrize("rule_id", RULES)
def test_wordings_that_a_rule_was_widened_for_stay_found(rule_id: str) -> None:
    texts = tomllib.loads((DATA / "packs_wordings.toml").read_text(encoding="utf-8"))[rule_id]
    missed = [text for language in LANGUAGES for text in texts[language] if rule_id not in found(text)]
    assert missed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_near_misses_are_passed_over(language: str) -> None:
    texts = tomllib.loads((DATA / "packs_passed_over.toml").read_text(encoding="utf-8"))[language]
    assert {text: rules for text in texts if (rules := found(text))} == {}


# ---- what docs/packs.md says of them ---------------------------------------------------


def unseen(rule_id: str) -> list[str]:
    texts = tomllib.loads((DATA / "packs_unseen.toml").read_text(encoding="utf-8"))[rule_id]
    return [text for language in LANGUAGES for text in texts[language]]


def told() -> dict[str, list[str]]:
    """Rule to what the rest of its row says."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", PAGE, re.MULTILINE)
    return {name: rest.split(" | ") for name, rest in rows if name in RULES}


def test_the_page_tells_every_rule_with_its_severity() -> None:
    assert {name: row[1] for name, row in told().items()} == {
        name: rule.severity.value for name, rule in RULES.items()
    }


@pytest.mark.parametrize("rule_id", RULES)
def test_the_page_tells_how_much_of_what_it_never_saw_a_rule_finds(rule_id: str) -> None:
    texts = unseen(rule_id)
    hits = sum(rule_id in found(text) for text in texts)
    assert told()[rule_id][2] == f"{hits} of {len(texts)}"


def test_the_page_adds_up() -> None:
    rows = [row[2].split(" of ") for row in told().values()]
    hits, texts = sum(int(row[0]) for row in rows), sum(int(row[1]) for row in rows)
    assert f"{hits} of {texts}" in PAGE


def test_the_queries_of_the_page_match_what_it_says() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 3
    for query, yes, no in rows:
        compiled = compile_query(query)
        assert matches(compiled, document(yes))
        assert not matches(compiled, document(no))


def test_a_source_of_families_needs_no_word_of_soldiers() -> None:
    families = replace(SOURCE, tags=("families",))
    text = "Отпуск ему так и не дали, хотя просил с весны (вымышленный пример)"
    assert "grievances-leave" not in found(text)
    assert "grievances-leave" in found(text, families)


# ---- how they are switched on ----------------------------------------------------------


def test_no_pack_is_used_unasked() -> None:
    assert ids(loaded("")) == []


def test_packs_are_used_by_name_and_a_rule_is_left_out_by_its_id() -> None:
    config = loaded('[packs]\nuse = ["grievances", "refusal", "refusal"]\nwithout = ["grievances-pay"]')
    expected = [rule.id for name in ("grievances", "refusal") for rule in load_pack(name).rule]
    assert ids(config) == [rule_id for rule_id in expected if rule_id != "grievances-pay"]
    assert {rule.pack for rule in config.rules} == {"grievances", "refusal"}
    assert not [warning for warning in config.warnings if "rules" in str(warning)]


def test_a_rule_of_ones_own_stands_in_for_the_packs() -> None:
    config = loaded("""
        [packs]
        use = ["refusal"]

        [[rule]]
        id = "refusal-desertion"
        severity = "info"
        query = "дезертир"
    """)
    assert sorted(ids(config)) == ["refusal-desertion", "refusal-to-fight"]
    (own,) = (rule for rule in config.rules if rule.id == "refusal-desertion")
    assert (own.pack, own.severity, own.query_text) == (None, Severity.INFO, "дезертир")


def test_a_wrong_name_is_told_with_its_line() -> None:
    assert problems("""\
        [packs]
        use = [
          "grievances",
          "protests",
        ]
        without = ["grievances-paid"]
    """) == [
        '4: [packs]: there is no pack "protests"; did you mean "protest"?',
        '6: [packs]: no pack has a rule "grievances-paid"; did you mean "grievances-pay"?',
    ]


def test_what_is_no_list_of_names_is_refused() -> None:
    assert problems('[packs]\nuse = "grievances"') == ['2: [packs]: "use" must be a list, not a text']
    assert problems('[packs]\nuses = ["grievances"]') == [
        '2: [packs]: unknown key "uses"; did you mean "use"?'
    ]
    assert problems('[[packs]]\nuse = ["grievances"]') == [
        "1: write [packs], with one bracket: there is only one"
    ]


def test_leaving_out_a_rule_of_a_pack_that_is_not_used_is_worth_a_warning() -> None:
    config = loaded('[packs]\nuse = ["refusal"]\nwithout = ["grievances-pay"]')
    (warned,) = (warning for warning in config.warnings if warning.line == 3)
    assert warned.message == 'the pack "grievances", whose rule "grievances-pay" is left out, is not in use'


def test_routes_and_correlations_know_the_rules_of_packs() -> None:
    config = loaded("""
        [packs]
        use = ["grievances"]

        [[correlation]]
        id = "groundswell"
        type = "value_count"
        rules = ["grievances-leave", "grievances-rotation"]
        field = "origin"
        timespan = "7d"
        condition = { gte = 5 }

        [[receiver]]
        id = "screen"
        kind = "terminal"

        [[receiver]]
        id = "phone"
        kind = "terminal"

        [route]
        receivers = ["screen"]

        [[route.routes]]
        match = { rule = "grievances-leave" }
        receivers = ["phone"]
    """)
    told = destinations(config.route, {"rule": ("grievances-leave",)})
    assert [one.receiver for one in told] == ["phone"]
    assert config.correlations[0].rules == ("grievances-leave", "grievances-rotation")


def test_a_correlation_cannot_take_the_id_of_a_packs_rule() -> None:
    (problem,) = problems("""\
        [packs]
        use = ["refusal"]

        [[correlation]]
        id = "refusal-desertion"
        type = "event_count"
        rules = ["refusal-to-fight"]
        timespan = "7d"
        condition = { gte = 5 }
    """)
    assert problem.startswith('5: correlation "refusal-desertion": a rule of the pack "refusal" has this id')


# ---- on the command line ---------------------------------------------------------------


def test_check_config_tells_which_rules_come_from_packs(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[packs]\nuse = ["refusal", "mutiny"]\n', encoding="utf-8")
    shown = CliRunner().invoke(cli, ["-c", str(path), "check-config"], catch_exceptions=False).stdout
    assert "rules of the pack refusal: refusal-to-fight, refusal-desertion\n" in shown
    assert "rules of the pack mutiny: mutiny-threats, mutiny-violence\n" in shown


def test_every_pack_and_rule_is_listed() -> None:
    shown = CliRunner().invoke(cli, ["packs"], catch_exceptions=False).stdout
    assert [name for name in (*PACKS, *RULES) if name not in shown] == []


@pytest.mark.parametrize("pack", PACKS)
def test_what_is_printed_of_a_pack_can_be_used_as_rules_of_ones_own(pack: str) -> None:
    printed = CliRunner().invoke(cli, ["packs", pack], catch_exceptions=False).stdout
    copied, ready = loaded(printed), loaded(f'[packs]\nuse = ["{pack}"]')
    assert [(rule.id, rule.title, rule.severity) for rule in copied.rules] == [
        (rule.id, rule.title, rule.severity) for rule in ready.rules
    ]
    assert [rule.query_text.strip() for rule in copied.rules] == [rule.query_text for rule in ready.rules]


def test_a_query_is_printed_on_one_line_for_grep() -> None:
    printed = (
        CliRunner().invoke(cli, ["packs", "refusal-desertion", "--query"], catch_exceptions=False).stdout
    )
    (query,) = printed.splitlines()
    item = '{"id": "1", "text": "Дезертира задержали на вокзале (вымышленный пример)"}'
    assert CliRunner().invoke(cli, ["grep", query], input=item).exit_code == 0


def test_a_name_that_nothing_has_is_wrong_usage() -> None:
    result = CliRunner().invoke(cli, ["packs", "refusals"])
    assert result.exit_code == 2
    assert 'did you mean "refusal"?' in result.stderr
