"""`grep` over what `export` and `preview` write answers as the daemon decides. All texts are fictional."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from monitor.analyse import analyse
from monitor.cli import cli
from monitor.commands.preview import shown
from monitor.decide import decide
from monitor.draft import Policy
from monitor.json_text import json_text
from monitor.message import Severity
from monitor.query import compile_query
from monitor.routing import Route
from monitor.rules import Rule, RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import (
    Counters,
    Cursor,
    Fetched,
    Forward,
    Item,
    ItemKind,
    Media,
    MediaKind,
    Outcome,
    Source,
)
from storage.model import Decision, RecallKeys, RuleDefinition

NOW = datetime.now(UTC).replace(microsecond=0)  # for `age:` counts from here, in the daemon as in grep
SOURCES = {
    "wives": Source(
        id="wives",
        kind="telegram_web",
        name="Wives (sample)",
        options=None,
        tags=("Wives", "army"),
        language="ru",
    ),
    "noviny": Source(id="noviny", kind="feed", name="Noviny (sample)", options=None),
}
CONFIG = """
[database]
url = "{url}"
[[source]]
id = "wives"
kind = "telegram_web"
channel = "wives_sample"
tags = ["Wives", "army"]
language = "ru"
[[source]]
id = "noviny"
kind = "feed"
url = "https://noviny.example.org/rss"
[[receiver]]
id = "screen"
kind = "terminal"
[route]
receivers = ["screen"]
"""
QUERIES = (
    *("tag:wives", "source:* -tag:army", "tag:a* ротация", "source:noviny", "source:w*"),
    *("kind:telegram_web", "kind:feed", "kind:telegram*", "-kind:feed отпуск"),
    *("link:example.org", "link:t.me/wives_sample", "link:пример.рф", "link:xn--e1afmkfd.xn--p1ai"),
    *("link:xn--", "link:sbírka.example.org", "link:nowhere.example.org", "kind:* -link:*.org"),
    *(
        "has:photo",
        "has:video",
        "has:link",
        "has:forward",
        "has:*",
        "source:* -has:link",
        "-has:photo отпуск",
    ),
    *("forwards:>5", "forwards:0", "views:>=1K", "views:<1000", "tag:* -forwards:>=1"),
    *("is:edited", "is:forwarded", "source:* -is:forwarded", "is:deleted", "age:<1d", "age:>1d"),
    *("lang:ru", "lang:cs", "title:rotace", "отпуск OR ротация OR dovolená", "case:Отпуск tag:wives"),
)


def item(name: str, text: str, **facts) -> Item:
    base = Item(
        external_id=name,
        kind=ItemKind.POST,
        url=f"https://t.me/wives_sample/{name}",
        title=None,
        text=f"{text} (вымышленный пример)",
        published_at=NOW - timedelta(hours=2),
    )
    return replace(base, **facts)


PHOTO, VIDEO = Media(kind=MediaKind.PHOTO), Media(kind=MediaKind.VIDEO)
ITEMS = {
    "wives": (
        item("1", "Отпуск снова отменили, домой никто не едет", counters=Counters(views=5, forwards=0)),
        item(
            "2", "Ротация обещана к осени", counters=Counters(views=1500, forwards=12), media=(PHOTO, VIDEO)
        ),
        item(
            "3", "Пишут соседи с реки", forward=Forward(channel="river_sample", title="River"), forwarded=True
        ),
        item("4", "Переслано от человека, которого не назвали", forwarded=True, media=(PHOTO,)),
        item("5", "Сбор подписей", links=("https://xn--e1afmkfd.xn--p1ai/", "https://start.example.org/a")),
        item("6", "Читайте здесь", links=("https://t.me/wives_sample/7",), edited=True),
        item("7", "Отпуска не будет", published_at=NOW - timedelta(days=9), links=("https://Пример.рф/x",)),
        item("8", ""),
    ),
    "noviny": (
        item(
            "https://noviny.example.org/1",
            "Rodiny vojáků čekají na dovolenou už druhý rok a ministerstvo mlčí",
            kind=ItemKind.ARTICLE,
            title="Rotace se odkládá",
            url="https://noviny.example.org/1",
            links=("https://xn--sbrka-0sa.example.org/",),
        ),
    ),
}


GONE = "7"
TOLD = {"tags": ["a"], "views": 2}
RULES = RuleSet(
    Rule(id=query, title=query, severity=Severity.WARNING, query=compile_query(query), version=1)
    for query in QUERIES
)
POLICY = Policy(rules=RULES, alerting=AlertingOptions(), route=Route(receivers=("screen",)))


@pytest.fixture
def decided(store):
    """All items, as a daemon decides on them and stores them: (source, item, query) of every match.

    One of them is gone from two looks.
    """
    store.register(list(SOURCES.values()), NOW)
    store.register_rules(
        [RuleDefinition(id=query, title=query, severity="warning", query=query) for query in QUERIES], NOW
    )
    return {
        (source, match.external_id, match.rule_id)
        for source, items, hours, absent in (
            ("noviny", ITEMS["noviny"], 6, ()),
            ("wives", ITEMS["wives"], 6, ()),
            ("wives", (), 5, (GONE,)),
            ("wives", (), 1, (GONE,)),
        )
        for match in poll(store, SOURCES[source], items, NOW - timedelta(hours=hours), absent).matches
    }


def poll(store, source, items, now, absent) -> Decision:
    read = tuple(analyse(one, source) for one in items)
    row = store.source(source.id)
    names = (*(one.item.external_id for one in read), *absent)
    keys = tuple(key for one in read for key in one.origin_keys)
    decision = decide(
        Fetched(
            source_id=source.id,
            outcome=Outcome.ITEMS,
            fetched_at=now,
            cursor=Cursor(),
            items=items,
            absent=frozenset(absent),
        ),
        read,
        store.recall(row.id, RecallKeys(external_ids=names, origin_keys=keys)),
        source=source,
        policy=POLICY,
        now=now,
    )
    store.commit(decision)
    return decision


def grep(tmp_path, lines):
    """(source, item, query) of every match, and what was said besides."""
    asked = tmp_path / "queries.txt"
    asked.write_text("\n".join(QUERIES), encoding="utf-8")
    result = run("grep", "--json", "-f", asked, text=lines)
    assert result.exit_code == 0
    matches = map(json.loads, result.stdout.splitlines())
    return {(one["source"], one["id"], QUERIES[one["query"] - 1]) for one in matches}, result.stderr


def run(*arguments, text=None):
    return CliRunner().invoke(cli, [*map(str, arguments)], input=text, catch_exceptions=False)


def export(store_url, tmp_path, *options):
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(url=store_url))
    return run("-c", path, "export", "items", *options).stdout


def test_an_export_is_answered_for_as_the_daemon_decides(decided, store_url, tmp_path):
    found, said = grep(tmp_path, export(store_url, tmp_path))

    assert found == decided
    assert {query for *_, query in found} == set(QUERIES) - {"link:nowhere.example.org"}
    assert said == ""


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_so_is_a_preview(decided, tmp_path):
    lines = [
        json_text(shown(one, source.kind, source)) for source in SOURCES.values() for one in ITEMS[source.id]
    ]

    found, said = grep(tmp_path, "\n".join(lines))

    assert found == {one for one in decided if one[2] != "is:deleted"}
    assert said == "warning: no line tells what is:deleted asks for\n"


def test_a_link_to_somebody_is_masked_and_is_still_a_link(desk, store_url, tmp_path):
    revision = desk.revision("9", links=("https://t.me/somebody_sample", "https://example.org/9"))
    desk.commit(items=(desk.item("9"),), revisions=(replace(revision, has=frozenset({"link"})),))
    lines = export(store_url, tmp_path)

    assert "somebody" not in lines
    assert json.loads(lines)["tags"] is None  # its source is not configured
    assert run("grep", "has:link link:t.me link:example.org", text=lines).exit_code == 0
    assert "somebody" in export(store_url, tmp_path, "--unmasked", "--yes")


@pytest.mark.parametrize(
    ("facts", "query", "warned"),
    [
        ({}, "пример OR tag:a", "tag:"),
        ({"tags": []}, "пример OR tag:a", None),
        ({"tags": None}, "пример OR tag:a", "tag:"),
        ({"views": 5}, "пример (views:>1 OR forwards:>1 OR age:<1d)", "age:, forwards:"),
        ({"has": []}, "пример -has:photo -has:link -has:forward", None),
        ({"links": []}, "пример -has:link -link:example.org -has:photo", "has:photo"),
        ({"forwarded": False}, "пример -has:forward -is:forwarded -is:edited", "is:edited"),
        ({"title": None}, "пример OR link:example.org OR title:пример", "link:, title:"),
        ({"kind": "feed", "source": "paper"}, "пример (kind:feed OR source:x* OR lang:ru)", None),
        ({"external_id": "1", "kind": "post"}, "пример OR kind:telegram_web", "kind:"),
        ({"external_id": "1", "kind": "telegram_web"}, "kind:telegram_web", None),
        ({"external_id": "1", "source_kind": "telegram_web", "kind": "post"}, "kind:telegram_web", None),
        ({"external_id": "1", "forwarded_from": "River"}, "is:forwarded has:forward", None),
    ],
)
def test_what_is_asked_and_no_line_tells_is_told_once(facts, query, warned):
    lines = "\n".join(json.dumps({"id": name, "text": "пример (вымышленный)"} | facts) for name in "12")

    result = run("grep", query, text=lines)

    assert result.exit_code == 0
    assert result.stderr == (f"warning: no line tells what {warned} asks for\n" if warned else "")


def test_one_line_that_tells_it_is_enough_and_no_line_at_all_is_none():
    lines = [json.dumps({"id": name, "text": "пример"} | facts) for name, facts in (("1", {}), ("2", TOLD))]

    assert run("grep", "tag:a views:>1", text="\n".join(lines)).stderr == ""
    assert run("grep", "tag:a views:>1", text="").stderr == ""
    assert "tag:, views:" in run("grep", "tag:a views:>1", text=lines[0]).stderr
