"""`[matching]`: how the words of all rules are read. All sample texts are fictional."""

from pathlib import Path

import pytest

from monitor.analyse import read_texts
from monitor.config import Config, ConfigInvalid, load_text
from monitor.query import Document, matches

DESK = """
[http]
contact = "https://example.org/monitoring"

[[rule]]
id = "request"
query = "žádost OR отказаться"

[packs]
use = ["refusal"]

[[receiver]]
id = "screen"
kind = "terminal"
"""


def configured(matching: str, desk: str = DESK) -> Config:
    return load_text(f"{desk}\n{matching}", Path("/desk/config.toml"), {})


def found(config: Config, text: str, language: str) -> bool:
    title, analysed = read_texts(None, text, language)
    document = Document(title=title, text=analysed, source="sample", kind="feed")
    return matches(config.rules[0].query, document) is not None


@pytest.mark.parametrize(
    ("matching", "bare", "other_aspect"),
    [
        ("", True, False),
        ("[matching]\ndiacritics = true", False, False),
        ("[matching]\naspects = true", True, True),
        ("[matching]\ndiacritics = true\naspects = true", False, True),
    ],
)
def test_all_rules_are_read_as_configured(matching: str, *, bare: bool, other_aspect: bool) -> None:
    config = configured(matching)

    assert found(config, "Rodiny poslaly zadost o stazeni z fronty (smysleny priklad)", "cs") is bare
    assert found(config, "Рота третий день отказывается (вымышленный пример)", "ru") is other_aspect


def test_a_rule_asks_what_its_text_says() -> None:
    config = configured("[matching]\ndiacritics = true\naspects = true")

    assert config.rules[0].query_text == "aspects:(diacritics:(žádost OR отказаться))"
    assert all(rule.query_text == rule.query.text for rule in config.rules)
    assert all(rule.query_text.startswith("aspects:(diacritics:(") for rule in config.rules)
    assert configured("").rules[0].query_text == "žádost OR отказаться"


def test_a_fault_is_shown_where_it_was_typed() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        configured("[matching]\naspects = true", DESK.replace("žádost OR", "žádost )"))

    assert [problem.line for problem in caught.value.problems] == [7]


def test_what_it_can_not_say_is_refused() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        configured('[matching]\naspect = true\ndiacritics = "no"')

    assert len(caught.value.problems) == 2
