"""Full text: both databases find the same, in four languages. All texts are fictional samples of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.search import MAX_BYTES, asked, tokens

SAMPLES = {
    "ru": "жена просить ротация муж отпуск из-за ранение",
    "cs": "rodina vojáků žádat návrat čeština říjen",
    "uk": "рідні просити ротація п'ять місяць їхній ґрунт",
    "en": "relatives ask for rotation and leave don't wait",
    "numbers": "полк 1234 рота 7 covid19 ½ 3.14",
    "none": "",
}

QUESTIONS = {
    "one word": ([["ротация"]], {"ru"}),
    "its alternatives": ([["ротация", "ротація", "rotation"]], {"ru", "uk", "en"}),
    "all words": ([["rotation"], ["leave"]], {"en"}),
    "words apart": ([["rotation"], ["ротация"]], set()),
    "diacritics count": ([["vojaku"]], set()),
    "with diacritics": ([["vojáků"]], {"cs"}),
    "case does not count": ([["ŘÍJEN"]], {"cs"}),
    "no part of a word": ([["рота"]], {"numbers"}),
    "a hyphen parts words": ([["из-за"]], {"ru"}),
    "an apostrophe parts words": ([["п'ять"]], {"uk"}),
    "numbers": ([["1234"]], {"numbers"}),
    "letters with digits": ([["covid19"]], {"numbers"}),
    "the dot parts numbers": ([["14"]], {"numbers"}),
    "nothing is asked": ([], set()),
    "only signs are asked": ([["!!!"], ["—"]], set()),
    "signs beside a word": ([["rotation"], ["—"]], {"en"}),
    "a hostile question": ([['" OR rotation*'], ["leave) | (x"]], set()),
    "operators are words": ([["NOT"], ["rotation"]], set()),
}


@pytest.fixture
def library(desk):
    """A desk with a sample in each language."""
    desk.commit(
        items=tuple(desk.item(name) for name in SAMPLES),
        revisions=tuple(desk.revision(name, search_lemmas=text) for name, text in SAMPLES.items()),
    )
    return desk


def found(desk, words, **limits):
    return [item.ref.external_id for item in desk.store.search(words, **{"limit": 10, **limits})]


@pytest.mark.parametrize(("words", "names"), QUESTIONS.values(), ids=QUESTIONS.keys())
def test_both_databases_find_the_same(library, words, names):
    assert set(found(library, words)) == names


def test_only_the_latest_revision_is_found(desk):
    desk.post("1", text="rotation")
    desk.commit(revisions=(desk.revision("1", 2, "leave"),))
    assert found(desk, [["rotation"]]) == []
    assert found(desk, [["leave"]]) == ["1"]


def test_the_better_answer_comes_first(desk):
    desk.post("far", text="rotation " + "other words about the weather " * 20)
    desk.post("near", text="rotation rotation rotation")
    assert found(desk, [["rotation"]]) == ["near", "far"]
    assert found(desk, [["rotation"]], limit=1) == ["near"]


def test_the_past_can_be_left_out(desk):
    desk.post("old", text="rotation")
    earliest = desk.now.replace(hour=13)
    desk.post("new", text="rotation", first_seen_at=earliest)
    assert found(desk, [["rotation"]], since=earliest) == ["new"]


@pytest.mark.parametrize("words", [["слово" * 1000], [f"слово{number}" for number in range(200_000)]])
def test_an_endless_text_is_indexed_as_far_as_it_fits(desk, words):
    desk.post("1", text="rotation " + " ".join(words))
    assert found(desk, [["rotation"]]) == ["1"]


@given(st.text())
def test_tokens_are_plain_words_and_settle_at_once(text):
    split = tokens(text)
    assert all(token.isalnum() for token in split)
    assert tokens(" ".join(split)) == split
    assert len(" ".join(split).encode()) <= MAX_BYTES


def test_what_asks_for_nothing_is_left_out():
    assert asked([["a", "!"], ["?"], []]) == [[["a"]]]
