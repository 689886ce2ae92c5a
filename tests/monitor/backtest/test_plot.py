"""Small bars."""

import pytest

from monitor.backtest.plot import bars, binned


@pytest.mark.parametrize(
    ("counts", "drawn"),
    [((), ""), ((0, 0), "  "), ((1, 2, 4), "▂▄█"), ((0, 1, 1000), " ▁█"), ((5,), "█")],
)
def test_bars_are_as_high_as_their_counts(counts, drawn):
    assert bars(counts, 10) == drawn


def test_plain_terminals_get_plain_bars():
    assert bars((0, 1, 4, 8), 10, unicode=False).isascii()


def test_neighbours_are_added_up_where_there_is_no_room():
    assert binned([1] * 7, 3) == [3, 3, 1]
    assert len(bars(range(1000), 45)) <= 45
