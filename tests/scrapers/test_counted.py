import pytest

from scrapers.counted import counted


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (1200, "1,200 entries")]
)
def test_one_is_told_as_one(number: int, told: str) -> None:
    assert counted(number, "entry", "entries") == told


def test_most_things_take_an_s() -> None:
    assert [counted(number, "new item") for number in (1, 21)] == ["1 new item", "21 new items"]
