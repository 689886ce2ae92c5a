"""What a correlation asks, in words."""

from datetime import timedelta

import pytest

from monitor.correlation.kinds import Condition, Correlation, Kind
from monitor.correlation.tell import asked
from monitor.message import Severity


@pytest.mark.parametrize(
    ("kind", "condition", "words"),
    [
        (Kind.EVENT_COUNT, Condition(gte=1), "at least 1 item in 7d"),
        (Kind.EVENT_COUNT, Condition(gte=1, lte=3), "at least 1 and at most 3 items in 7d"),
        (Kind.FLATLINE, Condition(lt=1), "fewer than 1 item in 7d"),
        (Kind.VALUE_COUNT, Condition(gt=1), "more than 1 different kind of source in 7d"),
        (Kind.VALUE_COUNT, Condition(gte=3), "at least 3 different kinds of source in 7d"),
    ],
)
def test_one_of_a_thing_is_asked_for_as_one(kind: Kind, condition: Condition, words: str) -> None:
    correlation = Correlation(
        id="sample",
        title="Sample",
        severity=Severity.INFO,
        kind=kind,
        rules=("leave",),
        timespan=timedelta(days=7),
        condition=condition,
        field="kind",
    )
    assert asked(correlation) == words
