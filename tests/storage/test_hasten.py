"""What is heard of a channel makes it due at once, and with it the posts that changed, and nothing else."""

from datetime import timedelta

import pytest

from scrapers.model import ChannelFacts, Heard

HOUR = timedelta(hours=1)


@pytest.fixture
def channel(desk):
    """Make the desk's source known as channel 77, and not due."""
    desk.commit(source=desk.update(native_id="77", next_due_at=desk.now + HOUR))
    return desk


def leased(desk, **how):
    leases = desk.store.due(desk.now, worker="w", lease_for=HOUR, limit=10, **how)
    return [lease.config_id for lease in leases]


def wanted(desk):
    return [one.external_id for one in desk.store.refresh_due(desk.way_home, desk.now, 10)]


def test_a_channel_that_was_heard_of_is_due(channel):
    assert leased(channel) == []
    channel.store.hasten(channel.now, [Heard(channel_id="78")])
    assert leased(channel) == []
    channel.store.hasten(channel.now, [Heard(channel_id="77")])
    assert leased(channel) == ["way_home"]
    assert wanted(channel) == []


def test_what_was_heard_of_comes_before_what_is_merely_due(channel):
    channel.register("way_home", "other")
    channel.store.hasten(channel.now, [Heard(channel_id="77")])
    (first,) = channel.store.due(channel.now, worker="w", lease_for=HOUR, limit=1)
    assert (first.config_id, first.native_id, first.kind) == ("way_home", "77", "telegram_web")


def test_what_waits_already_does_not_lose_its_place(channel):
    channel.store.hasten(channel.now - HOUR, [Heard(channel_id="77")])
    waiting = channel.store.next_due(channel.now)
    channel.store.hasten(channel.now, [Heard(channel_id="77")])
    assert channel.store.next_due(channel.now) == waiting


def test_which_channels_are_known_is_told(channel):
    heard = [Heard(channel_id="77"), Heard(channel_id="78")]
    assert channel.store.hasten(channel.now, heard) == {"77"}
    channel.register()
    assert channel.store.hasten(channel.now, heard) == frozenset()


def test_posts_that_changed_are_read_again_however_old(channel):
    channel.post("5")
    channel.post("6", refresh_at=channel.now + HOUR)
    channel.post("7")
    channel.store.hasten(channel.now, [Heard(channel_id="77", changed=frozenset({5, 6}))])
    assert wanted(channel) == ["5", "6"]


def test_a_message_of_an_album_is_one_of_its_post(channel):
    channel.post("100")
    channel.post("105")
    channel.store.hasten(channel.now, [Heard(channel_id="77", changed=frozenset({104}))])
    assert wanted(channel) == ["100"]


def test_a_message_of_no_stored_post_changes_nothing(channel):
    channel.post("100")
    channel.store.hasten(channel.now, [Heard(channel_id="77", changed=frozenset({99, 110}))])
    assert wanted(channel) == []


def test_posts_of_other_channels_with_that_number_are_left_alone(channel):
    other = channel.register("way_home", "other")["other"]
    channel.post("5", source_id=other)
    channel.store.hasten(channel.now, [Heard(channel_id="77", changed=frozenset({5}))])
    assert channel.store.refresh_due(other, channel.now, 10) == ()


def test_all_sources_of_a_kind_can_be_made_due(channel):
    channel.store.hasten(channel.now, (), kinds=["telegram"])
    assert leased(channel) == []
    channel.store.hasten(channel.now, (), kinds=["telegram_web"])
    assert leased(channel) == ["way_home"]


@pytest.mark.parametrize(
    ("outcome", "asked"),
    [
        ("unavailable", True),
        ("blocked", False),
        ("gone", False),
        ("refused", False),
        ("layout_changed", False),
    ],
)
def test_who_was_told_to_wait_is_not_asked_because_a_connection_is_back(channel, outcome, asked):
    later = channel.now + HOUR
    channel.commit(source=channel.update(next_due_at=later, failures=1, outcome=outcome))
    channel.store.hasten(channel.now, (), kinds=["telegram_web"])
    channel.store.hasten(channel.now, (), sources=["way_home"])
    assert bool(leased(channel)) is asked


def test_single_sources_can_be_made_due(channel):
    channel.store.hasten(channel.now, (), sources=["other"])
    assert leased(channel) == []
    channel.store.hasten(channel.now, (), sources=["way_home"])
    assert leased(channel) == ["way_home"]


def test_kinds_can_be_left_to_other_workers(desk):
    assert leased(desk, without={"telegram_web", "feed"}) == []
    assert leased(desk, without={"feed"}) == ["way_home"]


def test_whether_a_channel_is_heard_at_once_is_remembered(desk):
    facts = ChannelFacts(native_id="77", username="way_home", title="Way Home", description=None, live=True)
    desk.commit(source=desk.update(channel=facts))
    assert desk.store.source("way_home").channel.live is True
    assert [report.live for report in desk.store.sources()] == [True]
