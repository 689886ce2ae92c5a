"""The outbox: folding, retrying, giving up, and what an alert looks like when it is told."""

from datetime import timedelta

import pytest

from scrapers.model import Source
from storage.catch_up import FOLD
from storage.errors import LeaseLost
from storage.model import Apart, Dead, MatchSpan, NotificationStatus, RetryAt, Sent

LEASE = timedelta(minutes=5)
HOUR = timedelta(hours=1)


@pytest.fixture
def outbox(desk):
    """A desk with an alert to tell of."""
    desk.post("1")
    desk.commit(alerts=(desk.alert("1"),))
    return desk


def claim(desk, now=None, limit=10, receivers=None):
    return desk.store.claim(now or desk.now, worker="w", lease_for=LEASE, limit=limit, receivers=receivers)


def ids(delivery):
    return [one.id for one in delivery.notifications]


def fates(desk):
    return {one.receiver: (one.status, one.attempts) for one in desk.store.notifications("GS-1")}


def test_what_waits_for_the_same_group_goes_out_together_also_what_is_not_due_yet(outbox):
    later = outbox.now + HOUR
    outbox.commit(
        notifications=(
            outbox.notification("b", created_at=outbox.now + timedelta(seconds=1)),
            outbox.notification("a", send_after=later),
            outbox.notification("other group", group_key="x", send_after=later),
            outbox.notification("other receiver", receiver="phone", send_after=later),
        )
    )
    (delivery,) = claim(outbox)
    assert ids(delivery) == ["a", "b"]
    assert (delivery.receiver, delivery.attempts, delivery.first_claimed_at) == ("mail", 0, outbox.now)
    assert claim(outbox) == ()


def test_what_comes_after_the_claim_is_another_delivery(outbox):
    outbox.commit(notifications=(outbox.notification("a"),))
    (first,) = claim(outbox)
    outbox.commit(notifications=(outbox.notification("b"),))
    (second,) = claim(outbox)
    assert (ids(first), ids(second)) == (["a"], ["b"])
    assert first.delivery_id != second.delivery_id


def test_a_delivery_holds_only_so_many(outbox):
    names = [f"n{number:02}" for number in range(FOLD + 5)]
    outbox.commit(notifications=tuple(outbox.notification(name) for name in names))
    (first,) = claim(outbox)
    (second,) = claim(outbox)
    assert (len(first.notifications), len(second.notifications)) == (FOLD, 5)
    assert sorted(ids(first) + ids(second)) == names


def test_only_so_many_deliveries_are_claimed_longest_waiting_first(outbox):
    outbox.commit(
        notifications=tuple(
            outbox.notification(name, group_key=name, send_after=outbox.now - number * HOUR)
            for number, name in enumerate("abc")
        )
    )
    assert [ids(delivery) for delivery in claim(outbox, limit=2)] == [["c"], ["b"]]


def test_receivers_can_be_chosen(outbox):
    outbox.commit(
        notifications=(outbox.notification("a"), outbox.notification("b", receiver="phone", group_key="x"))
    )
    assert outbox.store.receivers_due(outbox.now) == {"mail", "phone"}
    assert [ids(delivery) for delivery in claim(outbox, receivers=("phone",))] == [["b"]]
    assert claim(outbox, receivers=()) == ()
    assert outbox.store.receivers_due(outbox.now) == {"mail"}
    assert outbox.store.receivers_due(outbox.now - HOUR) == set()


def test_the_first_is_sent_and_the_others_are_folded(outbox):
    outbox.commit(notifications=(outbox.notification("a"), outbox.notification("b", change="updated")))
    (delivery,) = claim(outbox)
    outbox.store.settle(delivery, Sent(reference="<1@example.org>"), outbox.now)
    statuses = [(one.change, one.status, one.attempts) for one in outbox.store.notifications("GS-1")]
    assert statuses == [
        ("opened", NotificationStatus.SENT, 1),
        ("updated", NotificationStatus.FOLDED, 1),
    ]
    assert outbox.store.totals().pending == 0
    assert claim(outbox, outbox.now + HOUR) == ()


def test_a_retried_delivery_comes_again_as_it_was_even_if_more_waits(outbox):
    outbox.commit(notifications=(outbox.notification("a"), outbox.notification("b")))
    (first,) = claim(outbox)
    at = outbox.now + HOUR
    outbox.store.settle(first, RetryAt(at=at, reason="450 try later"), outbox.now)
    outbox.commit(notifications=(outbox.notification("c"),))
    (separate,) = claim(outbox, at - timedelta(seconds=1))
    assert ids(separate) == ["c"]
    (again,) = claim(outbox, at)
    assert (again.delivery_id, ids(again)) == (first.delivery_id, ["a", "b"])
    assert (again.attempts, again.first_claimed_at) == (1, first.first_claimed_at)
    reports = {one.reason for one in outbox.store.notifications("GS-1") if one.attempts == 1}
    assert reports == {"450 try later"}


def test_a_delivery_whose_worker_died_comes_again_when_the_lease_ends(outbox):
    outbox.commit(notifications=(outbox.notification("a"),))
    (first,) = claim(outbox)
    assert claim(outbox, outbox.now + LEASE - timedelta(seconds=1)) == ()
    (again,) = claim(outbox, outbox.now + LEASE)
    assert (again.delivery_id, ids(again), again.attempts) == (first.delivery_id, ["a"], 0)
    with pytest.raises(LeaseLost):
        outbox.store.settle(first, Sent(reference=None), outbox.now + LEASE)
    outbox.store.settle(again, Sent(reference=None), outbox.now + LEASE)
    assert fates(outbox) == {"mail": (NotificationStatus.SENT, 1)}


def test_a_delivery_is_settled_once(outbox):
    outbox.commit(notifications=(outbox.notification("a"),))
    (delivery,) = claim(outbox)
    outbox.store.settle(delivery, Sent(reference=None), outbox.now)
    with pytest.raises(LeaseLost):
        outbox.store.settle(delivery, Dead(reason="too late"), outbox.now)


def test_what_is_given_up_says_why(outbox):
    outbox.commit(notifications=(outbox.notification("a"),))
    (delivery,) = claim(outbox)
    outbox.store.settle(delivery, Dead(reason="550 no such mailbox"), outbox.now)
    (report,) = outbox.store.notifications("GS-1")
    assert (report.status, report.reason) == (NotificationStatus.DEAD, "550 no such mailbox")
    assert report.settled_at == outbox.now
    assert outbox.store.totals().dead == 1


def test_an_alert_is_told_with_its_item_as_it_stands_now(outbox):
    spans = (MatchSpan(field="text", start=0, end=4),)
    outbox.commit(matches=(outbox.match("1", spans=spans),), notifications=(outbox.notification("a"),))
    (delivery,) = claim(outbox)
    alert = delivery.notifications[0].alert
    assert (alert.id, alert.source_config_id, alert.source_name) == ("GS-1", "way_home", "WAY_HOME")
    assert (alert.item.text, alert.spans) == ("(fictional sample)", spans)


def test_spans_are_not_laid_over_a_text_they_were_not_found_in(outbox):
    spans = (MatchSpan(field="text", start=0, end=4),)
    outbox.commit(
        matches=(outbox.match("1", spans=spans),), revisions=(outbox.revision("1", 2, "new words"),)
    )
    (alert,) = outbox.store.alerts(1)
    assert (alert.item.text, alert.item.seq, alert.spans) == ("new words", 2, ())


def test_the_sources_of_copies_are_named_first_seen_first(outbox):
    origin = outbox.known("1").items["1"].ref
    rows = outbox.register("way_home", *(f"c{number:02}" for number in range(12)))
    outbox.post("2", origin=origin)
    for name in sorted(rows, reverse=True)[1:]:
        outbox.now += timedelta(seconds=1)
        outbox.post("x1", source_id=rows[name], origin=origin)
        outbox.post("x2", source_id=rows[name], origin=origin)
    (alert,) = outbox.store.alerts(1)
    assert alert.also_in == tuple(f"C{number:02}" for number in range(11, 1, -1))


def test_a_copy_that_opened_the_alert_is_also_in_its_origins_source(outbox):
    other = outbox.register("way_home", "other")["other"]
    origin = outbox.known("1").items["1"].ref
    outbox.post("7", source_id=other, origin=origin)
    outbox.commit(other, alerts=(outbox.alert("7", "GS-7", rule_id="another rule"),))
    alert = next(one for one in outbox.store.alerts(5) if one.id == "GS-7")
    assert (alert.source_name, alert.also_in) == ("OTHER", ("WAY_HOME",))


def test_names_are_shown_as_configured_now(outbox):
    outbox.store.register(
        [Source(id="way_home", kind="telegram_web", name="Renamed", options=None)], outbox.now
    )
    assert outbox.store.alerts(1)[0].source_name == "Renamed"


def test_what_waits_for_a_receiver_that_has_gone_is_given_up_and_shown(outbox):
    outbox.commit(notifications=(outbox.notification("a"), outbox.notification("b", receiver="phone")))
    outbox.now += timedelta(days=4)
    before = outbox.now - timedelta(days=3)
    assert outbox.store.give_up(["mail"], before, outbox.now) == 1
    assert outbox.store.give_up(["mail"], before, outbox.now) == 0
    fates = {report.receiver: (report.status, report.reason) for report in outbox.store.notifications("GS-1")}
    assert fates["mail"][0] is NotificationStatus.PENDING
    assert fates["phone"] == (NotificationStatus.DEAD, "this receiver is not configured any more")


def test_what_waits_for_a_receiver_that_may_return_is_kept(outbox):
    outbox.commit(notifications=(outbox.notification("a", receiver="phone"),))
    assert outbox.store.give_up([], outbox.now - timedelta(days=3), outbox.now) == 0


def test_of_what_is_sent_together_what_was_purged_on_its_way_was_sent_too(outbox):
    other = outbox.post("2")
    outbox.commit(alerts=(outbox.alert("2", "GS-2", subject_key="1/2"),))
    outbox.commit(
        notifications=(
            outbox.notification("a", "GS-2"),
            outbox.notification("b", created_at=outbox.now + timedelta(seconds=1)),
            outbox.notification("c", created_at=outbox.now + timedelta(seconds=2), change="updated"),
        )
    )
    (delivery,) = claim(outbox)
    outbox.store.purge([other], outbox.now)
    assert outbox.store.settle(delivery, Sent(reference=None), outbox.now) == 1
    assert [one.status for one in outbox.store.notifications("GS-2")] == [NotificationStatus.SENT]
    assert [one.status for one in outbox.store.notifications("GS-1")] == [NotificationStatus.FOLDED] * 2


def test_what_was_purged_on_its_way_is_in_no_part_of_what_is_parted(outbox):
    other = outbox.post("2")
    outbox.commit(alerts=(outbox.alert("2", "GS-2", subject_key="1/2"),))
    later = outbox.now + timedelta(seconds=1)
    outbox.commit(
        notifications=(outbox.notification("a", "GS-2"), outbox.notification("b", created_at=later))
    )
    (delivery,) = claim(outbox)
    outbox.store.purge([other], outbox.now)
    apart = Apart(parts=(("a",), ("b",)), reason="too long")
    assert outbox.store.settle(delivery, apart, outbox.now) == 1
    (part,) = claim(outbox)
    assert ids(part) == ["b"]
    assert [one.status for one in outbox.store.notifications("GS-2")] == [NotificationStatus.PURGED]
