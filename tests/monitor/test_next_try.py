"""What is tried next: one alert takes no other with it, nothing is sent twice that was taken, and it ends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.next_try import DOUBTFUL, FAULTS, PART, after_failure, after_fault, after_refusal
from storage.model import (
    AlertRecord,
    AlertStatus,
    Apart,
    ClaimedDelivery,
    ClaimedNotification,
    Dead,
    RetryAt,
    Shortened,
    SubjectKind,
)

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def alert(name: str) -> AlertRecord:
    return AlertRecord(
        id=name,
        rule_id="rotation",
        rule_version=1,
        rule_title="Rotation (fictional sample)",
        severity="warning",
        subject_kind=SubjectKind.ORIGIN,
        subject_key=name,
        status=AlertStatus.OPEN,
        opened_at=NOON,
        updated_at=NOON,
        headline="(fictional sample)",
        reason="",
        copies=0,
        also_in=(),
        source_config_id="sample",
        source_name="Sample",
        item=None,
        spans=(),
    )


def delivery(*alerts: str, attempts: int = 0, refused: str | None = None) -> ClaimedDelivery:
    """Of one notification for each name; a name that comes twice is told of twice."""
    return ClaimedDelivery(
        delivery_id="d",
        receiver="desk",
        lease="l",
        attempts=attempts,
        first_claimed_at=NOON,
        notifications=tuple(
            ClaimedNotification(id=f"n{number}", change="opened", alert=alert(name))
            for number, name in enumerate(alerts)
        ),
        refused=refused,
    )


# ---- after a refusal -------------------------------------------------------------------


def test_several_alerts_are_parted_and_what_tells_of_one_stays_together() -> None:
    tried = after_refusal(delivery("A", "B", "A", "C"), "too long")
    assert tried == Apart(parts=(("n0", "n2"), ("n1",), ("n3",)), reason="too long")


def test_what_was_taken_is_tried_no_more() -> None:
    tried = after_refusal(delivery("A", "B", "A", "C"), "too long", {"A"})
    assert tried == Apart(parts=(("n1",), ("n3",)), reason="too long", taken=("n0", "n2"))


def test_a_catch_up_is_parted_into_deliveries_of_ordinary_size_first() -> None:
    tried = after_refusal(delivery(*(f"A{number}" for number in range(2 * PART + 1))), "too long")
    assert isinstance(tried, Apart)
    assert [len(part) for part in tried.parts] == [PART, PART, 1]
    assert len({one for part in tried.parts for one in part}) == 2 * PART + 1


def test_one_alert_is_tried_short_and_then_no_more() -> None:
    assert after_refusal(delivery("A", "A"), "can't parse") == Shortened(reason="can't parse")
    assert after_refusal(delivery("A", refused="554"), "554") == Dead(reason="refused in full and short: 554")
    assert after_refusal(delivery("A", refused="554"), "552") == Dead(
        reason="refused in full: 554; short: 552"
    )


@settings(max_examples=60)
@given(st.integers(1, 240), st.data())
def test_whatever_is_poisoned_all_else_arrives_once_and_soon(number: int, data: st.DataObject) -> None:
    names = [f"A{each}" for each in range(number)]
    poisoned = data.draw(st.sets(st.sampled_from(names), max_size=3))
    deadly = data.draw(st.sets(st.sampled_from(sorted(poisoned)))) if poisoned else set()
    arrived, short, dead, attempts = told_in_the_end(names, poisoned, deadly)
    assert sorted(arrived) == sorted(set(names) - poisoned)
    assert sorted(short) == sorted(poisoned - deadly)
    assert sorted(dead) == sorted(deadly)
    assert attempts <= 1 + -(-number // PART) + len(poisoned) * (PART + 1)


def told_in_the_end(
    names: list[str], poisoned: set[str], deadly: set[str]
) -> tuple[list[str], list[str], list[str], int]:
    """What arrives in full, what short, what dies, after how many attempts."""
    arrived: list[str] = []
    short: list[str] = []
    dead: list[str] = []
    waiting, attempts = [delivery(*names)], 0
    while waiting:
        tried, attempts = waiting.pop(0), attempts + 1
        told = {one.id: one.alert.id for one in tried.notifications}
        bad = deadly if tried.refused else poisoned
        if not bad.intersection(told.values()):
            (short if tried.refused else arrived).extend(told.values())
            continue
        match after_refusal(tried, "no"):
            case Apart(parts=parts):
                waiting += [delivery(*(told[one] for one in part)) for part in parts]
            case Shortened(reason=reason):
                waiting.append(delivery(*told.values(), attempts=1, refused=reason))
            case Dead():
                dead.extend(told.values())
    return arrived, short, dead, attempts


# ---- after a failure that may pass -----------------------------------------------------


@pytest.mark.parametrize("others_arrive", [True, False])
@pytest.mark.parametrize("alerts", [("A",), ("A", "B")])
def test_a_failure_is_tried_again_as_it_was(alerts: tuple[str, ...], *, others_arrive: bool) -> None:
    tried = after_failure(delivery(*alerts), "500", LATER, others_arrive=others_arrive)
    assert tried == RetryAt(at=LATER, reason="500")


def test_what_fails_again_and_again_while_others_arrive_is_parted() -> None:
    failed = delivery("A", "B", attempts=DOUBTFUL - 1)
    assert after_failure(failed, "500", LATER, others_arrive=True) == Apart(
        parts=(("n0",), ("n1",)), reason="500"
    )
    assert after_failure(failed, "500", LATER, others_arrive=False) == RetryAt(at=LATER, reason="500")


def test_one_alert_that_fails_while_others_arrive_is_tried_short_before_it_is_given_up() -> None:
    failed = delivery("A", attempts=11)
    assert after_failure(failed, "500", LATER, others_arrive=True) == RetryAt(at=LATER, reason="500")
    assert after_failure(failed, "500", None, others_arrive=True) == Shortened(reason="500")
    short = delivery("A", attempts=12, refused="500")
    assert after_failure(short, "500", None, others_arrive=True) == Dead(
        reason="given up after 13 attempts: 500"
    )


def test_where_nothing_arrives_all_is_given_up_together() -> None:
    failed = delivery("A", "B", attempts=20)
    assert after_failure(failed, "500", None, others_arrive=False) == Dead(
        reason="given up after 21 attempts: 500"
    )


def test_what_fails_inside_is_parted_soon() -> None:
    failed = delivery("A", "B")
    assert after_fault(failed, "internal", LATER, faults=FAULTS - 1) == RetryAt(at=LATER, reason="internal")
    assert isinstance(after_fault(failed, "internal", LATER, faults=FAULTS), Apart)
    assert after_fault(delivery("A"), "internal", LATER, faults=FAULTS) == RetryAt(
        at=LATER, reason="internal"
    )
