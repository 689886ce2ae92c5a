"""docs/configuration.md tells every key with its default, and no key that there is not."""

import dataclasses
import json
import re
import tomllib
import typing
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.config import GeneralTable
from monitor.config_correlations import CorrelationTable
from monitor.config_health import HealthOptions
from monitor.config_matching import MatchingOptions
from monitor.config_packs import PacksTable
from monitor.config_routes import ReceiverTable, RouteTable
from monitor.config_rules import RuleTable
from monitor.config_secrets import DatabaseTable, ProxyTable
from monitor.config_sources import SourceTable
from monitor.config_telegram import TelegramOptions
from monitor.notifiers import registry as notifiers
from monitor.options import option_names, parse_duration, read_table
from monitor.problems import Findings
from monitor.routing import LABELS
from monitor.settings import AlertingOptions
from monitor.toml_lines import Places
from scrapers import registry as scrapers
from scrapers.article_selectors import ArticleOptions
from scrapers.http import HttpOptions

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
SECTIONS: dict[str, tuple[type, ...]] = {
    "General": (GeneralTable,),
    "`[database]`": (DatabaseTable,),
    "`[http]`": (HttpOptions, ProxyTable),
    "`[telegram]`": (TelegramOptions,),
    "`[alerting]`": (AlertingOptions,),
    "`[health]`": (HealthOptions,),
    "`[[source]]`": (SourceTable,),
    "`[[rule]]`": (RuleTable,),
    "`[matching]`": (MatchingOptions,),
    "`[packs]`": (PacksTable,),
    "`[[correlation]]`": (CorrelationTable,),
    "`[[receiver]]`": (ReceiverTable,),
    "`[route]`": (RouteTable,),
    **{f"`[[source]]`/`{name}`": (kind.options,) for name, kind in scrapers.KINDS.items()},
    **{f"`[[receiver]]`/`{name}`": (kind.options,) for name, kind in notifiers.KINDS.items()},
}


ARTICLES = "`[[source]]`/Where things stand on a site's articles"


def rows(section: str) -> dict[str, str]:
    """Key to default, as the tables of a section say, and those that several kinds share."""
    shared = any(issubclass(options, ArticleOptions) for options in SECTIONS.get(section, ()))
    return own_rows(section) | (own_rows(ARTICLES) if shared else {})


def own_rows(section: str) -> dict[str, str]:
    """Key to default, as the tables of a section say."""
    text = PAGE.read_text(encoding="utf-8")
    for level, title in enumerate(section.split("/"), 2):
        text = part(text, level, title)
    own = text.partition("\n###")[0]
    return dict(re.findall(r"^\| `(\w+)` \| [^|\n]+ \| ?([^|\n]*?) ?\| ", own, re.MULTILINE))


def part(text: str, level: int, title: str) -> str:
    """What stands under a heading, down to the next of its level."""
    begin, end = rf"^{'#' * level} {re.escape(title)}(?:: [^\n]*)?$", rf"^#{{2,{level}}} |\Z"
    found = re.search(rf"{begin}(.*?)(?={end})", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no section {title}"
    return found[1]


def default(field: "dataclasses.Field[typing.Any]") -> object:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return ...


def documented(told: str, value: object) -> bool:
    """Whether the text of a default says `value`."""
    if value is ... or value is None:
        return told == ("required" if value is ... else "")
    written = told.removeprefix("`").removesuffix("`")
    match value:
        case timedelta():
            return parse_duration(json.loads(written)) == value
        case ZoneInfo():
            return bool(json.loads(written) == value.key)
        case tuple():
            listed = json.loads(written)
            durations = any(isinstance(one, timedelta) for one in value)
            return bool((list(map(parse_duration, listed)) if durations else listed) == list(value))
        case _:
            return bool(json.loads(written) == value)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_told_and_no_other(section: str) -> None:
    keys = {name for options in SECTIONS[section] for name in option_names(options)}
    assert rows(section).keys() == keys


@pytest.mark.parametrize("section", SECTIONS)
def test_every_default_is_told(section: str) -> None:
    told = rows(section)
    wrong = [
        field.name
        for options in SECTIONS[section]
        for field in dataclasses.fields(options)
        if not documented(told[field.name.removesuffix("_")], default(field))
    ]
    assert wrong == []


def test_every_label_of_an_alert_is_told() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", page, re.MULTILINE)
    assert dict(told) == dict(LABELS)


@pytest.mark.parametrize("kinds", [scrapers.KINDS, notifiers.KINDS])
def test_no_kind_has_a_key_that_every_kind_has(kinds: dict[str, typing.Any]) -> None:
    common = {*option_names(SourceTable), *option_names(ReceiverTable)}
    assert [name for name, kind in kinds.items() if common & set(option_names(kind.options))] == []


@pytest.mark.parametrize(
    "written",
    ["10", "-1", "0.5", "nan", "true", '""', '"x y"', "[]", "[3]", "['']", "{}", "{a = 3}", "2026-03-06"],
)
def test_whatever_a_key_is_given_it_answers_in_words_of_our_own(written: str) -> None:
    for options in {options for section in SECTIONS.values() for options in section}:
        for name in option_names(options):
            text = f"{name} = {written}"
            document = tomllib.loads(text)
            findings = Findings(Path("config.toml"), document, Places(text))
            read_table(options, document, (), findings, folder=Path("/desk"))
            told = [problem.message for problem in findings.problems]
            assert not [one for one in told if "`" in one or "Expected" in one], (options, text)
