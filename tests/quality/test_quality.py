"""`python -m quality` on treebanks of our own. All sentences are fictional samples."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from quality.halves import Half
from quality.languages import accuracy
from quality.morphology import System, outcome
from quality.table import table
from quality.treebank import read_treebank

ROOT = Path(__file__).resolve().parents[2]
SENTENCES = """\
# text = The soldiers' wives don't sleep (fictional sample)
1\tThe\tthe\tDET\t_\t_\t0\t_\t_\t_
2\tsoldiers\tsoldier\tNOUN\t_\t_\t0\t_\t_\tSpaceAfter=No
3\t'\t's\tPART\t_\t_\t0\t_\t_\t_
4\twives\twife\tNOUN\t_\t_\t0\t_\t_\t_
5-6\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
5\tdo\tdo\tAUX\t_\t_\t0\t_\t_\t_
6\tn't\tnot\tPART\t_\t_\t0\t_\t_\t_
7\tsleep\tsleep\tVERB\t_\t_\t0\t_\t_\t_
7.1\tsleep\tsleep\tVERB\t_\t_\t0\t_\t_\t_

# text = Wives sleep, soldiers slept (fictional sample)
1\tWives\twife\tNOUN\t_\t_\t0\t_\t_\t_
2\tsleep\tsleep\tVERB\t_\t_\t0\t_\t_\t_
3\t,\t,\tPUNCT\t_\t_\t0\t_\t_\t_
4\tsoldiers\tsoldier\tNOUN\t_\t_\t0\t_\t_\t_
5\tslept\tsleep\tVERB\t_\t_\t0\t_\t_\t_
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en_sample-ud-dev.conllu").write_text(SENTENCES, encoding="utf-8")
    return tmp_path


def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "quality", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_treebank_is_its_words_of_letters(folder: Path) -> None:
    read = read_treebank(folder / "en_sample-ud-dev.conllu", Half.ALL)

    assert read.language == "en"
    assert read.words == {
        ("the", "the"): 1,
        ("soldiers", "soldier"): 2,
        ("wives", "wife"): 2,
        ("do", "do"): 1,
        ("n't", "not"): 1,
        ("sleep", "sleep"): 2,
        ("slept", "sleep"): 1,
    }
    assert read.content == Counter(read.words) - Counter(
        {("the", "the"): 1, ("do", "do"): 1, ("n't", "not"): 1}
    )


def test_the_halves_are_the_whole(folder: Path) -> None:
    path = folder / "en_sample-ud-dev.conllu"
    held_out, tuning, whole = (read_treebank(path, half).words for half in Half)

    assert held_out + tuning == whole


def test_a_sentence_stays_in_its_half() -> None:
    assert [Half.HELD_OUT.holds(text) for text in ("a", "b", "c", "d")] == [False, True, True, True]
    assert all(Half.HELD_OUT.holds(text) is not Half.TUNING.holds(text) for text in map(str, range(100)))


def test_recall_and_precision_count_words() -> None:
    words = Counter(
        {("left", "leave"): 3, ("left", "left"): 1, ("leaves", "leave"): 2, ("leaves", "leaf"): 2}
    )
    said = {"left": frozenset({"left", "leave"}), "leaves": frozenset({"leaf"})}
    measured = outcome(System(name="", sought=lambda rule: frozenset({rule}), said=said.__getitem__), words)

    assert measured.missed == {("leaves", "leave"): 2}
    assert measured.wrong == {
        ("left", "leave", "left"): 3,
        ("left", "left", "leave"): 1,
        ("leaves", "leave", "leaf"): 2,
    }
    assert measured.recall == 6 / 8
    assert measured.precision == 6 / 12


def test_the_command_prints_a_table_a_treebank(folder: Path) -> None:
    done = ran("--data", str(folder), "--errors", "3")

    assert done.returncode == 0, done.stderr
    assert "en_sample-ud-dev: 10 words, whole" in done.stdout
    assert "| Groundswell | 1.0000 | 1.0000    |" in done.stdout
    assert "| simplemma   |" in done.stdout
    assert "missed: \nwrong: " in done.stdout


def test_where_there_is_nothing_to_measure_it_says_so(tmp_path: Path) -> None:
    done = ran("--data", str(tmp_path))

    assert done.returncode == 1
    assert str(tmp_path) in done.stderr


def test_accuracy_is_the_share_of_lines(tmp_path: Path) -> None:
    for code in ("ru", "uk", "be", "bg", "cs", "sk", "en"):
        (tmp_path / f"{code}.txt").write_text("line (fictional sample)\n" * (3 if code == "en" else 1))
    measured = accuracy(lambda _: "en", tmp_path, Half.ALL)

    assert measured.by_language["en"] == 1
    assert measured.by_language["ru"] == 0
    assert measured.overall == 3 / 9


def test_columns_are_aligned() -> None:
    assert table(("", "one"), [("a", "2"), ("bb", "3")]).splitlines() == [
        "|    | one |",
        "|----|-----|",
        "| a  | 2   |",
        "| bb | 3   |",
    ]
