"""Rules that name a source, tag or kind that the configuration does not have. All is invented."""

from pathlib import Path

import pytest

from monitor.config import load_text

SOURCES = """
[http]
contact = "https://example.org/"
[[source]]
id = "way-home"
kind = "feed"
url = "https://news.example.org/rss"
tags = ["Families", "region-north"]
"""


def warnings(query: str, more: str = "", sources: str = SOURCES) -> list[str]:
    text = f"{sources}{more}\n[[rule]]\nid = 'one'\nquery = '''\n{query}'''\n"
    text += "[[receiver]]\nid = 'here'\nkind = 'terminal'\n"
    return [str(one).split(": ", 1)[1] for one in load_text(text, Path("config.toml"), {}).warnings]


@pytest.mark.parametrize(
    "query",
    [
        "отпуск OR leave",
        "source:way-home tag:families kind:feed leave",
        "SOURCE:Way-Home NOT tag:FAMILIES leave",
        "tag:region-* OR source:way*",
        '"source:nobody" leave',
        "views:>5 lang:ru is:edited has:video link:nobody.example.org age:<2h",
    ],
)
def test_what_a_source_has_may_be_named(query: str) -> None:
    assert warnings(query) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("leave source:way-hom", 'there is no source "way-hom"; did you mean "way-home"?'),
        ("leave (a OR NOT tag:familis)", 'no source has the tag "familis"; did you mean "Families"?'),
        ("leave tag:region-s*", 'no source has the tag "region-s*"'),
        ("leave Kind:telegram", 'no source is of kind "telegram"; one of: feed'),
    ],
)
def test_what_no_source_has_is_warned_of(query: str, said: str) -> None:
    (told,) = warnings(query)
    assert told.startswith(f'rule "one": {said}')


def test_a_warning_shows_the_place_and_comes_once() -> None:
    query = "leave\nAND (tag:nope OR tag:nope)"
    text = f"{SOURCES}[[rule]]\nid = 'one'\nquery = '''\n{query}'''\n"
    warned = [one for one in load_text(text, Path("config.toml"), {}).warnings if one.where == 'rule "one"']
    assert [(one.line, one.excerpt) for one in warned] == [
        (text.count("\n", 0, text.index("AND (")) + 1, "AND (tag:nope OR tag:nope)\n         ^")
    ]


def test_rules_of_packs_are_not_warned_of() -> None:
    assert warnings("leave", '[packs]\nuse = ["grievances", "protest", "mutiny", "refusal"]\n') == []


def test_without_sources_only_that_is_warned_of() -> None:
    told = warnings("leave tag:families", sources="[http]\ncontact = 'https://example.org/'\n")
    assert told == ["no sources: nothing is polled; add a [[source]]"]
