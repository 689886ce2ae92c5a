"""Reading tables into dataclasses: every fault at once, in words, at its place."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from monitor.message import Severity
from monitor.options import option_names, parse_duration, read_table
from monitor.problems import Findings
from monitor.toml_lines import Places


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """One field of every sort that options use."""

    name: str
    count: Annotated[int, Meta(ge=1, le=9)] = 1
    share: float = 0.5
    tenth: Annotated[float, Meta(gt=0, lt=1)] = 0.1
    loud: bool = False
    wait: timedelta | None = None
    file: Path | None = None
    files: tuple[Path, ...] = ()
    words: tuple[str, ...] = ()
    labels: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    tls: Literal["starttls", "none"] = "none"
    severity: Severity | None = None
    chat: str | int = 0
    zone: ZoneInfo | None = None
    token_env: str | None = None
    continue_: bool = False

    def __post_init__(self) -> None:
        if self.count > 5 and self.loud:
            raise ValueError("count must be at most 5 when it is loud")


def read(text: str) -> tuple[Options | None, list[str]]:
    document = tomllib.loads(text)
    findings = Findings(Path("config.toml"), document, Places(text))
    options = read_table(Options, document, (), findings, folder=Path("/desk"))
    return options, [str(problem).removeprefix("config.toml:") for problem in findings.problems]


def test_every_sort_of_value_is_read() -> None:
    options, problems = read(
        """
        name = "x"
        count = 3
        share = 1
        loud = true
        wait = "1h30m"
        file = "secrets/token"
        files = ["/etc/a", "b"]
        words = ["a", "b"]
        labels = { one = "a", two = ["b", "c"] }
        tls = "starttls"
        severity = "critical"
        chat = -100123
        zone = "Europe/Prague"
        token_env = "BOT_TOKEN"
        continue = true
        """
    )
    assert problems == []
    assert options == Options(
        name="x",
        count=3,
        share=1.0,
        loud=True,
        wait=timedelta(minutes=90),
        file=Path("/desk/secrets/token"),
        files=(Path("/etc/a"), Path("/desk/b")),
        words=("a", "b"),
        labels={"one": "a", "two": ("b", "c")},
        tls="starttls",
        severity=Severity.CRITICAL,
        chat=-100123,
        zone=ZoneInfo("Europe/Prague"),
        token_env="BOT_TOKEN",
        continue_=True,
    )


def test_what_is_left_out_has_its_default() -> None:
    assert read('name = "x"') == (Options(name="x"), [])


def test_a_home_directory_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/owner")
    options, _ = read('name = "x"\nfile = "~/token"')
    assert options is not None
    assert options.file == Path("/home/owner/token")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("name = 3", '"name" must be a text, not a whole number'),
        ('count = "3"', '"count" must be a whole number, not a text'),
        ("count = true", '"count" must be a whole number, not true or false'),
        ("count = 2.5", '"count" must be a whole number, not a decimal number'),
        ("count = 0", '"count" must be at least 1 and at most 9'),
        ("tenth = 10", '"tenth" must be more than 0 and less than 1'),
        ("tenth = 0", '"tenth" must be more than 0 and less than 1'),
        ("count = 10", '"count" must be at least 1 and at most 9'),
        ('loud = "yes"', '"loud" must be true or false, not a text'),
        ('words = "a"', '"words" must be a list, not a text'),
        ('words = ["a", 2]', 'element 2 of "words" must be a text, not a whole number'),
        ("labels = 1979-05-27", '"labels" must be a table, not a date'),
        ("labels = { a = 1 }", '[labels]: "labels" must be a text or a list, not a whole number'),
        ("chat = 1.5", '"chat" must be a whole number or a text, not a decimal number'),
        ('tls = "starttsl"', '"tls" can\'t be "starttsl"; did you mean "starttls"?'),
        ('severity = "loud"', '"severity" can\'t be "loud"; one of: critical, info, warning'),
        ("file = 3", '"file" must be a text'),
        ('zone = "Europe/Pargue"', '"zone" names no time zone; did you mean'),
        ('zone = "../etc/passwd"', '"zone" names no time zone'),
        ("wait = 30", '"wait" must be a duration in quotes; write a number and a unit'),
        ('wait = "5 min"', '"wait": "5 min" is not a duration; write a number and a unit'),
        ('token_env = "123:abc"', '"token_env": must be the name of an environment variable, not the secret'),
        ("naem = 1", 'unknown key "naem"; did you mean "name"?'),
        ("continue_ = true", 'unknown key "continue_"; did you mean "continue"?'),
        ('token = "abc"', '"token": a secret does not belong into this file; put it into the environment or'),
        ('smtp_password = "abc"', '"smtp_password": a secret does not belong into this file'),
    ],
)
def test_every_fault_is_told_in_words_at_its_line(line: str, said: str) -> None:
    name = "" if line.startswith("name ") else 'name = "x"'
    options, problems = read(f"{name}\n\n{line}\n")
    assert options is None or "key" in said or "secret does" in said
    assert len(problems) == 1
    assert problems[0].startswith(f"3: {said}")


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    _, problems = read('wait = "x"\nlodu = true\ncount = "3"\nwords = [1]')
    assert [problem.split(":")[0] for problem in problems] == ["1", "1", "2", "3", "4"]
    assert '"name" is missing' in problems[0] + problems[1]


def test_a_fault_of_several_values_together_stands_at_the_one_it_names() -> None:
    assert read('name = "x"\nloud = true\ncount = 6') == (
        None,
        ["3: count must be at most 5 when it is loud"],
    )


def test_no_message_repeats_a_secret() -> None:
    _, problems = read('name = "x"\ntoken = "hunter2"\ntoken_env = "hunter2 !"')
    assert len(problems) == 2
    assert not any("hunter2" in problem for problem in problems)


def test_option_names_are_the_keys_of_the_file() -> None:
    assert option_names(Options)[:3] == ("name", "count", "share")
    assert option_names(Options)[-1] == "continue"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0s", timedelta(0)),
        ("250ms", timedelta(milliseconds=250)),
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(minutes=90)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        ("1y2w3d4h5m6s7ms", timedelta(days=382, hours=4, minutes=5, seconds=6, milliseconds=7)),
    ],
)
def test_durations(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "5", "5 m", "m", "-5m", "5M", "30m1h", "5m5m", "1.5h", "P1D", "٣m", "5m\n"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


def test_a_duration_beyond_all_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than a hundred years"):
        parse_duration("101y")


@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from("ywdhms")), min_size=1, max_size=6))
def test_only_units_that_grow_smaller_make_a_duration(parts: list[tuple[int, str]]) -> None:
    text = "".join(f"{count}{unit}" for count, unit in parts)
    order = ["ywdhms".index(unit) for _, unit in parts]
    if order == sorted(set(order)):
        assert parse_duration(text) >= timedelta(0)
    else:
        with pytest.raises(ValueError, match="is not a duration"):
            parse_duration(text)
