"""What an edit changed, word by word; and how fast a post spreads. All texts are fictional."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diff import Piece, digest, marked, word_diff
from monitor.velocity import views_per_hour

BEFORE = "Bez rotací už čtrnáct měsíců. Slíbili, že rotace v březnu proběhne, a nic (smyšlený příklad)."
AFTER = "Bez rotací už čtrnáct měsíců. Slíbili, že rotace v červnu proběhne, prý, a nic (smyšlený příklad)."
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("v březnu prý", "v červnu prý", "v [-březnu-] {+červnu+} prý"),
        ("one two", "one two three", "one two{+ three+}"),
        ("one two three", "two three", "[-one -]two three"),
        ("two", "one two", "{+one +}two"),
        ("one", "one", "one"),
        ("", "one", "{+one+}"),
        ("one", "", "[-one-]"),
        ("", "", ""),
        ("a\nb", "a b", "a[-\nb-] {+ b+}"),
    ],
)
def test_changes_are_marked_so_that_no_colour_is_needed(before, after, told):
    assert marked(word_diff(before, after)) == told


words = st.text(st.sampled_from("ab ,.\nж"), max_size=40)


@given(before=words, after=words)
def test_both_texts_can_be_read_out_of_their_difference(before, after):
    told = word_diff(before, after)
    assert "".join(one.text for one in told if one.piece is not Piece.ADDED) == before
    assert "".join(one.text for one in told if one.piece is not Piece.REMOVED) == after
    assert all(one.text for one in told)
    assert (before == after) == (digest(told) == "")


def test_a_digest_shows_the_changes_and_a_little_around_them():
    told = digest(word_diff(BEFORE, AFTER))
    assert told.startswith("…")
    assert "rotace v [-březnu-] {+červnu+} proběhne{+, prý+}, a nic" in told
    assert "čtrnáct" not in told


@given(before=st.text(max_size=600), after=st.text(max_size=600))
def test_a_digest_is_one_line_of_bounded_length(before, after):
    told = digest(word_diff(before, after), limit=100)
    assert len(told) <= 100
    assert "\n" not in told


def test_texts_that_are_made_to_be_hard_to_compare_are_compared_quickly():
    begun = time.perf_counter()
    before, after = "a b " * 20_000 + "x", "b a " * 20_000 + "y"
    told = word_diff(before, after)
    assert "".join(one.text for one in told if one.piece is not Piece.REMOVED) == after
    assert time.perf_counter() - begun < 20  # it would take hours


def test_velocity_is_the_views_an_hour_between_two_readings():
    readings = [
        (NOON, 100),
        (NOON + timedelta(minutes=30), 600),
        (NOON + timedelta(hours=1), None),
        (NOON + timedelta(hours=2, minutes=30), 500),
    ]
    assert views_per_hour(readings) == (None, 1000.0, None, -50.0)
    assert views_per_hour([(NOON, 5), (NOON, 9)]) == (None, None)
    assert views_per_hour([]) == ()
