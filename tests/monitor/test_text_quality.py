"""Floors beneath the figures of docs/quality.md, on the half of the data that nothing was tuned on."""

import pytest

from monitor.text import detect_language
from quality.halves import Half, outside_data
from quality.languages import accuracy
from quality.morphology import outcome, systems
from quality.treebank import read_treebank

pytestmark = pytest.mark.outside_data


@pytest.mark.parametrize(
    ("kind", "least"), [("single-words", 0.82), ("word-pairs", 0.945), ("sentences", 0.98)]
)
def test_languages(kind: str, least: float) -> None:
    folder = outside_data() / "language" / kind
    if not folder.exists():
        pytest.skip(f"{folder} is not there")

    assert accuracy(detect_language, folder, Half.HELD_OUT).overall >= least


@pytest.mark.parametrize(
    ("name", "least_recall", "least_precision"),
    [("ru_taiga", 0.98, 0.94), ("uk_iu", 0.982, 0.98), ("cs_cac", 0.98, 0.97), ("en_ewt", 0.985, 0.97)],
)
def test_dictionary_forms(name: str, least_recall: float, least_precision: float) -> None:
    path = outside_data() / "morphology" / f"{name}-ud-dev.conllu"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    treebank = read_treebank(path, Half.HELD_OUT)
    ours = next(systems(treebank.language))

    measured = outcome(ours, treebank.words)

    assert measured.recall >= least_recall
    assert measured.precision >= least_precision


def test_czech_typed_without_diacritics() -> None:
    path = outside_data() / "morphology" / "cs_cac-ud-dev.conllu"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    bare = next(system for system in systems("cs") if "diacritics" in system.name)

    measured = outcome(bare, read_treebank(path, Half.HELD_OUT).words)

    assert measured.recall >= 0.97
    assert measured.precision >= 0.91
