"""The command line as its users meet it: exit codes, messages, and the stable JSON."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import COMMANDS, cli
from monitor.commands.search import _excerpt
from monitor.demo.bot_api import BotApi
from monitor.demo.clock import TurnedClock
from monitor.demo.configuration import token, write_configuration
from monitor.demo.facts import carriers
from monitor.demo.smtp_sink import SmtpSink
from monitor.demo.web import SampleWeb

ROOT = Path(__file__).resolve().parents[2]
FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Sample</title>
<item><guid>a1</guid><title>Rotace se odkládá (smyšlený příklad)</title><link>https://example.org/a1</link>
<pubDate>Mon, 02 Mar 2026 06:00:00 GMT</pubDate><description>Vojáci čekají.</description></item>
</channel></rss>"""
ITEMS = [
    {"id": "1", "text": "Мужьям не дают отпуск, ротации нет (вымышленный пример)"},
    {"id": "2", "text": "Завтра дождь (вымышленный пример)", "title": "Погода"},
    {"id": "3", "text": "No rotation for a year (fictional sample)", "lang": "en", "views": 5000},
]


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=text, catch_exceptions=False)


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def items() -> str:
    return "\n".join(json.dumps(item, ensure_ascii=False) for item in ITEMS)


def test_every_command_teaches_itself():
    for name in COMMANDS:
        result = run(name, "--help")
        assert result.exit_code == 0
        assert "Usage:" in result.stdout
        assert len(result.stdout.splitlines()) > 5


def test_an_unknown_command_is_wrong_usage():
    assert run("collect").exit_code == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("run", "--log-format", "json"), "groundswell --log-format … run"),
        (("backtest", "-c", "x.toml"), "groundswell -c … backtest"),
        (("sources", "discover", "--config", "x.toml", "x"), "groundswell --config … sources"),
    ],
)
def test_an_option_behind_the_command_is_told_where_it_stands(typed, said):
    result = run(*typed)

    assert result.exit_code == 2
    assert f"It stands before the command: {said}" in " ".join(result.stderr.split())


def test_an_option_that_nothing_has_is_told_as_ever():
    assert "stands before" not in run("run", "--nothing").stderr


def test_grep_prints_ids_and_the_characters_that_prove_the_match(items):
    result = run("grep", "--json", "ротация OR rotation", "-", text=items)

    assert result.exit_code == 0
    assert [found["id"] for found in lines(result)] == ["1", "3"]
    span = lines(result)[0]["spans"][0]
    assert (span["field"], span["text"]) == ("text", "ротации")
    assert ITEMS[0]["text"][span["start"] : span["end"]] == "ротации"  # type: ignore[index]


def test_grep_takes_many_queries_and_numbers_them_by_line(items, tmp_path):
    queries = tmp_path / "queries.txt"
    queries.write_text("дождь\n\nviews:>=5K\nротация\n", encoding="utf-8")

    result = run("grep", "--json", "-f", str(queries), text=items)

    assert [(found["query"], found["id"]) for found in lines(result)] == [(4, "1"), (1, "2"), (3, "3")]


def test_grep_says_by_its_exit_code_what_came_of_it(items):
    assert run("grep", "снег", text=items).exit_code == 1
    bad = run("grep", "(снег", text=items)
    assert bad.exit_code == 2
    assert "^" in bad.stderr


def test_grep_names_a_bad_line_and_goes_on(items):
    result = run("grep", "ротация", text="not json\n" + items)

    assert result.exit_code == 2
    assert "line 1" in result.stderr
    assert "1: " in result.stdout


def test_preview_of_a_saved_feed(tmp_path):
    saved = tmp_path / "feed.xml"
    saved.write_text(FEED, encoding="utf-8")

    result = run(
        "preview", "--kind", "feed", "--file", str(saved), "--url", "https://example.org/rss", "--json"
    )

    assert result.exit_code == 0
    (found,) = lines(result)
    assert (found["external_id"], found["lang"], found["url"]) == ("a1", "cs", "https://example.org/a1")
    assert found["published"] == "2026-03-02T06:00:00+00:00"


def test_preview_tells_why_a_page_is_refused(tmp_path):
    saved = tmp_path / "page.html"
    saved.write_text("<html><body>nothing</body></html>", encoding="utf-8")

    result = run("preview", "--kind", "feed", "--file", str(saved), "--url", "https://example.org/", "--json")

    assert result.exit_code == 1
    (found,) = lines(result)
    assert found["outcome"] == "layout_changed"
    assert found["reason"]


def test_preview_tells_the_day_that_the_readers_of_a_page_are_told(tmp_path):
    saved = tmp_path / "page.html"
    head = '<meta property="article:published_time" content="2026-03-06T02:18:11Z">'
    text = "The families of the fictional town ask for leave for their sons. " * 9
    body = f"<article><h1>Families ask</h1><i>March 5, 2026</i><p>{text}</p></article>"
    saved.write_text(f"<html><head>{head}</head><body>{body}</body></html>", encoding="utf-8")
    asked = ("preview", "--kind", "page", "--file", str(saved), "--url", "https://river.example.org/news/17")

    (found,) = lines(run(*asked, "--json"))
    assert (found["published"], found["published_day"]) == ("2026-03-06T02:18:11+00:00", "2026-03-05")
    assert "2026-03-06 02:18 UTC, 2026-03-05 on its page" in run(*asked).stdout


def test_preview_says_where_only_the_day_is_known(tmp_path):
    saved = tmp_path / "feed.xml"
    saved.write_text(FEED.replace("Mon, 02 Mar 2026 06:00:00 GMT", "2026-03-02"), encoding="utf-8")

    shown = run("preview", "--kind", "feed", "--file", str(saved), "--url", "https://example.org/rss").stdout

    assert "2026-03-02, only the day is known · cs" in shown


def test_preview_reads_a_manifest_in_one_process(tmp_path):
    (tmp_path / "feed.xml").write_text(FEED, encoding="utf-8")
    (tmp_path / "bad.html").write_text("<html></html>", encoding="utf-8")
    manifest = tmp_path / "manifest.jsonl"
    entries = [
        {"kind": "feed", "file": str(tmp_path / name), "url": "https://example.org/"}
        for name in ("feed.xml", "bad.html")
    ]
    manifest.write_text("\n".join(map(json.dumps, entries)))

    result = run("preview", "--manifest", str(manifest), "--json")

    assert result.exit_code == 0
    assert [Path(found["file"]).name for found in lines(result)] == ["feed.xml", "bad.html"]
    assert lines(result)[1]["outcome"] == "layout_changed"


def test_check_config_tells_every_problem_with_its_line(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('timezone = "Nowhere/At_All"\nretentoin = "3d"\n[[rule]]\nid = "x"\nquery = "(a"\n')

    result = run("-c", str(config), "check-config")

    assert result.exit_code == 2
    for expected in (":1", ":2", ":5", "retention", "^"):
        assert expected in result.stdout


def test_the_example_configuration_is_well():
    result = run("-c", str(ROOT / "config.example.toml"), "check-config")

    assert result.exit_code == 0, result.stdout
    assert "7 sources" in result.stdout


def test_a_pass_by_hand_collects_alerts_and_can_be_looked_at(tmp_path):
    start = datetime(2026, 3, 2, 6, tzinfo=UTC)
    clock = TurnedClock(start + timedelta(days=5))
    (tmp_path / "mails").mkdir()
    with SampleWeb(clock, start) as web, SmtpSink(tmp_path / "mails") as mails, BotApi(token()) as bot:
        config = write_configuration(tmp_path, web_url=web.base_url, smtp_port=mails.port, bot_url=bot.url)
        written = config.read_text(encoding="utf-8")
        config.write_text(
            written.replace('max_age = "3d"', 'max_age = "30000d"\nfirst_poll = true'), encoding="utf-8"
        )
        passed = run("-c", str(config), "run", "--once")
        sources = run("-c", str(config), "sources", "--json")
        alerts = run("-c", str(config), "alerts", "--json", "--limit", "500")
        found = run("-c", str(config), "search", "ротации", "--json")
        live = run("-c", str(config), "preview", "wives-lugovoe", "--json")
        older = run("-c", str(config), "backfill", "way-home", "--pages", "2")
        sample = run("-c", str(config), "test-notify", "phone")

    assert passed.exit_code == 0, passed.output
    assert len(lines(sources)) == 20
    assert all(source["items"] for source in lines(sources))
    told = [alert for alert in lines(alerts) if alert["rule"] == "threat"]
    assert all({note["status"] for note in alert["notifications"]} <= {"sent", "folded"} for alert in told)
    assert max(alert["copies"] for alert in told) == len(carriers("threat", timedelta(days=5))) - 1
    assert any("ротаци" in item["text"].lower() for item in lines(found))
    assert live.exit_code == 0
    assert older.exit_code == 0, older.output
    assert sample.exit_code == 0
    assert mails.mails
    assert bot.messages[-1].text


@pytest.mark.parametrize(
    "arguments",
    [
        ("grep", "ротация", "no-such-file.jsonl"),
        ("preview", "--manifest", "no-such-file.jsonl"),
        ("alerts", "--since", "yesterday"),
        ("search", "--since", "-5m", "ротация"),
        ("alerts", "--limit", "0"),
        ("backfill", "way-home", "--pages", "0"),
    ],
)
def test_wrong_usage_is_a_sentence_and_two(arguments):
    result = run(*arguments)

    assert result.exit_code == 2
    assert "Error: " in result.stderr


@pytest.mark.parametrize(
    "facts",
    [
        '"views": "9.69M"',
        '"views": true',
        '"views": Infinity',
        '"tags": "abc"',
        '"has": {"a": 1}',
        '"deep": ' + "[" * 100_000,
    ],
)
def test_grep_tells_of_lines_that_are_no_items_and_goes_on(facts):
    bad = f'{{"id": "1", "text": "ротация (вымышленный пример)", {facts}}}'
    good = json.dumps({"id": "2", "text": "ротация (вымышленный пример)", "lang": 5, "views": 3.0})

    result = run("grep", "--json", "ротация views:>=0 OR ротация", "-", text=f"{bad}\n{good}")

    assert result.exit_code == 2
    assert [found["id"] for found in lines(result)] == ["2"]
    assert result.stderr.startswith("line 1: ")


def test_grep_reads_and_prints_lone_surrogates():
    item = r'{"id": "\ud800", "text": "\ud800\u0000 ротация (вымышленный пример)"}'

    (found,) = lines(run("grep", "--json", "ротация", "-", text=item))

    assert (found["id"], found["spans"][0]["start"]) == ("\ud800", 3)  # the id is the one that was given


def test_a_manifest_goes_on_after_a_file_that_is_missing(tmp_path):
    (tmp_path / "saved.xml").write_text(FEED, encoding="utf-8")
    manifest = tmp_path / "manifest.jsonl"
    entries = [{"kind": "feed", "file": name} for name in ("gone.xml", "saved.xml")]
    manifest.write_text("\n".join(map(json.dumps, [*entries, {"kind": "fax", "file": "saved.xml"}])))

    result = run("preview", "--json", "--manifest", str(manifest))

    assert result.exit_code == 2
    assert [found["external_id"] for found in lines(result)] == ["a1"]
    assert ":1: " in result.stderr
    assert ":3: " in result.stderr


@pytest.mark.parametrize("words", [("ротации", "AND", "нет"), ("NOT ротации",), ("ротации OR",)])
def test_search_marks_what_it_found_whatever_the_words_mean_in_a_query(words):
    fragments = _excerpt("В этом тексте ротации нет, and not or (вымышленный пример)", words)

    assert "ротации" in [fragment.text for fragment in fragments if fragment.hit]
