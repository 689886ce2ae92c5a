"""What the log looks like, to people and to machines, and what it never shows."""

import base64
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from typing import NoReturn
from zoneinfo import ZoneInfo

import pytest

from monitor import logs, secrets
from monitor.logs import HumanLines, JsonLines, LogFormat, choose_format, configure_logging, say_last
from monitor.secrets import KnownSecrets, read_secret

log = logging.getLogger("monitor.test")


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[KnownSecrets]:
    """Secrets of this test only, and a logging set-up that is undone."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    fresh = KnownSecrets()
    monkeypatch.setattr(secrets, "KNOWN", fresh)
    yield fresh
    root.handlers[:] = handlers
    root.setLevel(level)


def record(text: str, *values: object, **about: object) -> logging.LogRecord:
    return log.makeRecord(log.name, logging.WARNING, __file__, 1, text, values, None, extra=about or None)


def failed(text: str) -> logging.LogRecord:
    try:
        raise_it(text)
    except ValueError:
        return log.makeRecord(log.name, logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())


def raise_it(text: str) -> NoReturn:
    raise ValueError(text)


def test_a_line_for_people_begins_with_its_time_and_shows_what_a_stranger_wrote_harmlessly():
    line = HumanLines().format(record("source %s says \x1b[31mred", "way-home"))

    assert line[:4].isdigit()
    assert "WARNING source way-home says" in line
    assert "\x1b" not in line


def test_a_line_for_people_tells_its_time_in_the_zone_of_the_desk():
    written = record("asked")
    written.created = 1_772_698_620.0  # 2026-03-05 08:17 UTC
    lines = HumanLines()
    lines.zone = ZoneInfo("Europe/Prague")

    assert lines.format(written) == "2026-03-05 09:17:00 CET WARNING asked"


def test_the_zone_is_told_to_the_log_that_there_is():
    configure_logging(0)
    logs.show_times_in(ZoneInfo("Asia/Tokyo"))

    zones = [h.formatter.zone for h in logging.getLogger().handlers if isinstance(h.formatter, HumanLines)]
    assert zones == [ZoneInfo("Asia/Tokyo")]


def test_a_line_for_machines_is_one_object_with_what_the_event_is_about():
    line = JsonLines().format(record("polled\n%d", 3, source="way-home", outcome="items", new_items=3))

    assert "\n" not in line
    read = json.loads(line)
    assert read.pop("ts").endswith("+00:00")
    assert read == {
        "level": "warning",
        "logger": "monitor.test",
        "message": "polled\n3",
        "source": "way-home",
        "outcome": "items",
        "new_items": 3,
    }


def test_a_traceback_is_text_within_the_object():
    read = json.loads(JsonLines().format(failed("a bad value")))

    assert read["exception"].startswith("Traceback")
    assert read["exception"].endswith("ValueError: a bad value")


@pytest.mark.parametrize("formatter", [HumanLines(), JsonLines()])
@pytest.mark.parametrize(
    "shown",
    [
        'pa"ss\nwörd',
        repr('pa"ss\nwörd'),
        "pa%22ss%0Aw%C3%B6rd",
        base64.b64encode('\0name\0pa"ss\nwörd'.encode()).decode(),
        base64.b64encode('name:pa"ss\nwörd!'.encode()).decode(),
        base64.b64encode('nam:pa"ss\nwörd?'.encode()).decode(),
    ],
)
def test_a_secret_that_was_read_is_never_shown_whatever_it_is_wrapped_in(formatter, shown):
    read_secret(env="PASSWORD", environ={"PASSWORD": 'pa"ss\nwörd'})

    for line in (
        formatter.format(record("said %s", shown)),
        formatter.format(failed(shown)),
        formatter.format(record("said", reason=shown)),
    ):
        whole = line + json.dumps(line) + line.encode().decode("unicode_escape")
        assert shown[2:-2] not in whole
        assert "wörd" not in whole
        assert "w\\xf6rd" not in whole


def test_of_an_address_the_password_and_the_path_are_hidden_by_themselves(known):
    known.add("postgresql://desk:db-p%40ss@db.example.org/groundswell")
    known.add("https://hooks.example.org/T0P-S3CRET/path")
    known.add("http://us:prox-word@proxy.example.org:3128")

    assert known.hide_in("db-p@ss db-p%40ss /T0P-S3CRET/path") == "[secret] [secret] [secret]"
    header = base64.b64encode(b"us:prox-word").decode()
    assert known.hide_in(f"Proxy-Authorization: Basic {header}") == "Proxy-Authorization: Basic [secret]"
    assert known.hide_in("db.example.org/groundswell") == "db.example.org/groundswell"


def test_a_secret_too_short_to_be_one_leaves_texts_whole(known):
    known.add("ab")
    assert known.hide_in("about") == "about"


def test_machines_are_served_when_nobody_looks_on(monkeypatch):
    assert choose_format(None, for_machines=True) is LogFormat.JSON
    assert choose_format(None, for_machines=False) is LogFormat.HUMAN
    assert choose_format(LogFormat.HUMAN, for_machines=True) is LogFormat.HUMAN
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert choose_format(None, for_machines=True) is LogFormat.HUMAN


def test_configuring_twice_logs_once(capsys):
    configure_logging(0)
    configure_logging(0, LogFormat.JSON)
    log.warning("once")
    assert json.loads(capsys.readouterr().err)["message"] == "once"


def test_verbosity_chooses_what_is_told_and_never_what_httpx_says(capsys):
    configure_logging(0)
    log.info("quiet")
    logging.getLogger("monitor.commands.run").info("a report")
    logging.getLogger("monitor.reload").info("a configuration")
    logging.getLogger("httpx").info("https://api.example.org/bot1:token")
    configure_logging(1)
    log.info("loud")
    told = capsys.readouterr().err
    assert "quiet" not in told
    assert "token" not in told
    assert "a report" in told
    assert "a configuration" in told
    assert "loud" in told


def test_the_last_words_are_plain_to_people_and_a_line_of_the_log_to_machines(capsys, known):
    known.add("swordfish")
    configure_logging(0)
    say_last("config.toml:3: swordfish")
    assert capsys.readouterr().err == "config.toml:3: [secret]\n"
    configure_logging(0, LogFormat.JSON)
    say_last("config.toml:3: wrong")
    assert json.loads(capsys.readouterr().err)["message"] == "config.toml:3: wrong"


def test_warnings_and_errors_that_nobody_caught_go_through_the_log(capsys, known, monkeypatch):
    known.add("swordfish")
    monkeypatch.setattr(logging, "raiseExceptions", True)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    configure_logging(0, LogFormat.JSON)
    logs.take_over()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("swordfish is deprecated", stacklevel=1)
            sys.excepthook(ValueError, ValueError("swordfish"), None)
    finally:
        logging.captureWarnings(capture=False)
    lines = capsys.readouterr().err
    assert "swordfish" not in lines
    assert [json.loads(line)["level"] for line in lines.splitlines()] == ["warning", "critical"]


def test_nothing_is_said_of_a_child_process_that_python_itself_had_awaited(capsys):
    configure_logging(0)
    logging.getLogger("asyncio").warning("Unknown child process pid %d, will report returncode 255", 17)
    logging.getLogger("asyncio").warning("socket.send() raised exception.")
    told = capsys.readouterr().err
    assert "child process" not in told
    assert "socket.send()" in told
