"""`python -m quality` on pages of our own. All texts are fictional samples."""

import gzip
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from quality.articles import Reader, Reading, grams_shared, scores
from quality.halves import Half
from quality.pages import Page, folders, read_pages

ROOT = Path(__file__).resolve().parents[2]
STORY = "Forty families of a fictional town have signed a letter (fictional sample). " * 8
PAGE = f"""<html lang="en"><head><title>A letter</title>
<meta property="article:published_time" content="2026-03-05T10:00:00Z"></head>
<body><article><h1>A letter</h1><p>{STORY}</p></article></body></html>"""


@pytest.fixture
def bodies(tmp_path: Path) -> Path:
    folder = tmp_path / "bodies"
    (folder / "html").mkdir(parents=True)
    (folder / "html" / "one.html").write_text(PAGE, encoding="utf-8")
    (folder / "html" / "two.html.gz").write_bytes(gzip.compress(b"<html><body><p>Nothing</p></body></html>"))
    one = {
        "articleBody": STORY,
        "url": "https://example.org/2026/a",
        "headline": "A letter",
        "date": "2026-03-05",
    }
    truth = {"one": one, "two": {"articleBody": None, "article": False}}
    (folder / "ground-truth.json").write_text(json.dumps(truth))
    return folder


@pytest.fixture
def dates(tmp_path: Path) -> Path:
    folder = tmp_path / "days"
    (folder / "pages").mkdir(parents=True)
    (folder / "pages" / "1.html").write_text(PAGE, encoding="utf-8")
    told = {"https://example.org/2026/b": {"file": "1.html", "date": "2026-03-05"}}
    (folder / "dates.json").write_text(json.dumps(told))
    return folder


def test_both_shapes_of_sets_are_read(bodies: Path, dates: Path, tmp_path: Path) -> None:
    assert list(folders(tmp_path)) == [bodies, dates]
    one, two = read_pages(bodies, Half.ALL)
    (third,) = read_pages(dates, Half.ALL)

    assert (one.body, one.title, one.day, one.article) == (STORY, "A letter", date(2026, 3, 5), True)
    assert (two.body, two.article, two.markup[:6]) == (None, False, b"<html>")
    assert (third.url, third.day, third.body) == ("https://example.org/2026/b", one.day, None)


def test_the_halves_of_a_set_are_the_whole(bodies: Path) -> None:
    held_out, tuning, whole = ([page.name for page in read_pages(bodies, half)] for half in Half)

    assert sorted(held_out + tuning) == whole


@pytest.mark.parametrize(
    ("found", "truth", "expected"),
    [
        ("a b c d e", "a b c d e", (1, 1, 1)),
        ("a b c d e", "a b c d", (2 / 3, 1 / 2, 1)),
        ("a b c d a b c d", "a b c d", (1 / 3, 1 / 5, 1)),
        ("", "a b c d", (0, 0, 0)),
        ("a", "a", (1, 1, 1)),
    ],
)
def test_runs_of_four_words_are_compared(found: str, truth: str, expected: tuple[float, ...]) -> None:
    assert grams_shared(found, truth) == pytest.approx(expected)


def test_scores_are_means_over_the_pages_that_tell_the_truth() -> None:
    pages = [
        Page(name="1", url="", markup=b"", body="a b c d", title="A  letter", day=date(2026, 3, 5)),
        Page(name="2", url="", markup=b"", body="a b c d", title="Another", day=date(2026, 3, 5)),
        Page(name="3", url="", markup=b"", day=date(2026, 3, 5)),
        Page(name="4", url="", markup=b"", article=False),
    ]
    readings = {
        "1": Reading(body="a b c d", title="A letter", day=date(2026, 3, 5)),
        "2": Reading(article=False),
        "3": Reading(day=date(2026, 3, 6)),
        "4": Reading(body="a"),
    }
    reader = Reader(name="", read=lambda page: readings[page.name], tells=frozenset({"body", "title", "day"}))
    measured = scores(reader, pages)

    assert (measured.body, measured.title) == (0.5, 0.5)
    assert (measured.day, measured.day_of_articles) == (2 / (2 + 1 + 1), None)
    assert (measured.wrong_days, measured.refused, measured.mistaken) == (1, 1, 1)


def test_days_of_pages_that_are_refused_count_where_a_reader_tells_them() -> None:
    truth = date(2026, 3, 5)
    pages = [Page(name=name, url="", markup=b"", day=truth) for name in "123"]
    readings = {"1": Reading(day=truth), "2": Reading(article=False), "3": Reading(article=False)}
    told = {"2": truth, "3": date(2026, 3, 6)}
    reader = Reader(
        name="",
        read=lambda page: readings[page.name],
        tells=frozenset({"day"}),
        day=lambda page: told.get(page.name),
    )
    measured = scores(reader, pages)

    assert (measured.day, measured.wrong_days) == (4 / (4 + 1), 1)
    assert measured.day_of_articles == 2 / (2 + 2)


def test_the_command_prints_a_table_a_set(bodies: Path) -> None:
    command = [sys.executable, "-m", "quality", "--data", str(bodies)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "bodies: 2 pages, whole" in done.stdout
    ours = next(line for line in done.stdout.splitlines() if line.startswith("| Groundswell"))
    assert [cell.strip() for cell in ours.split("|")][2:7] == ["1.000", "1.000", "1.000", "1.000", "1.000"]
    for library in ("trafilatura ", "readability-lxml", "htmldate"):
        assert f"| {library}" in done.stdout
