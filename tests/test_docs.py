"""What the README and docs/ show is true: configurations load, links lead somewhere, shapes are real."""

import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest

from monitor.cli import COMMANDS, cli
from monitor.config import load_text
from monitor.notifiers.sample import sample_message
from monitor.notifiers.webhook import body

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    page.name: page.read_text(encoding="utf-8") for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))
}


def blocks(language: str) -> list[tuple[str, str]]:
    found = re.compile(rf"^( *)```{language}\n(.*?)^ *```", flags=re.MULTILINE | re.DOTALL)
    return [(name, match.group(2)) for name, page in PAGES.items() for match in found.finditer(page)]


# The examples of correlations.md need each other: tests/test_docs_correlations.py loads them together.
ALONE = [(name, text) for name, text in blocks("toml") if name != "correlations.md"]


@pytest.mark.parametrize(
    "text", [text for _, text in ALONE], ids=[f"{name}-{n}" for n, (name, _) in enumerate(ALONE)]
)
def test_a_configuration_in_the_docs_can_be_loaded(text, tmp_path):
    load_text(text, tmp_path / "config.toml", {})


@pytest.mark.parametrize("name", PAGES)
def test_links_inside_the_project_lead_somewhere(name):
    folder = ROOT if (ROOT / name).exists() else ROOT / "docs"
    links = re.findall(r"\]\((?!https?://)([^)#\s]+)", PAGES[name])

    assert [link for link in links if not (folder / link).exists()] == []


def test_the_webhook_shown_in_the_docs_has_the_real_shape():
    shown = next(json.loads(text) for name, text in blocks("json") if name == "receivers.md")
    real = json.loads(body(sample_message(datetime(2026, 3, 5, tzinfo=UTC), ZoneInfo("UTC"))))

    assert shown.keys() == real.keys()
    assert shown["alerts"][0].keys() == real["alerts"][0].keys()


def test_commands_named_in_the_docs_exist():
    named = {word for page in PAGES.values() for word in re.findall(r"`groundswell ([a-z][a-z-]+)", page)}

    assert named <= set(COMMANDS)
    assert len(named) >= 8


CALLS = [
    (name, call)
    for language in ("", "sh")
    for name, text in blocks(language)
    for call in re.findall(r"^ *(?:groundswell|desk) +([a-z].*)$", text, flags=re.MULTILINE)
]


@pytest.mark.parametrize(("name", "call"), CALLS, ids=[f"{name}: {call[:40]}" for name, call in CALLS])
def test_a_command_in_the_docs_is_one_that_the_command_line_takes(name, call):
    command, *arguments = shlex.split(call.partition(" &&")[0], comments=True)
    known = cli.get_command(click.Context(cli), command)
    assert known is not None, f"{name}: there is no command {command}"

    known.make_parser(click.Context(known)).parse_args(arguments)  # raises what is wrong with an option


def test_the_commands_of_the_docs_are_found():
    assert {"history", "resend", "backup", "purge", "test-notify"} <= {call.split()[0] for _, call in CALLS}
