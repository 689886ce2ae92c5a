"""What reading through the account came to, from what the data centre saw and the desk stored. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from statistics import median_low

from monitor.demo.account.use import AccountUse, ChannelUse
from monitor.demo.account.world import JOINED
from monitor.demo.data_centre import Call
from monitor.demo.load import load_story
from monitor.demo.story import Channel
from storage.model import ItemRecord


def tally(
    calls: Iterable[Call],
    items: Iterable[ItemRecord],
    polls: Mapping[str, int],
    *,
    start: datetime,
    refused: int,
) -> AccountUse:
    """What there is to tell of a run.

    Args:
        calls: Every request that the data centre was sent.
        items: Everything that was stored.
        polls: How often each source was polled, by its id.
        start: When the story began.
        refused: How many of the requests were refused.
    """
    calls, items = tuple(calls), tuple(items)
    channels = load_story().channels.values()
    names = {channel.native_id: channel.username for channel in channels}
    asked = Counter(_channel_of(call, names) for call in calls)
    return AccountUse(
        methods=Counter(call.method for call in calls),
        channels=tuple(
            _use(
                channel,
                [item for item in items if item.source_config_id == channel.source],
                polls=polls.get(channel.source, 0),
                requests=asked[channel.username],
                start=start,
            )
            for channel in channels
        ),
        refused=refused,
        most_views=max((item.views or 0 for item in items), default=0),
    )


def _channel_of(call: Call, names: Mapping[int, str]) -> str | None:
    """The user name of the channel that a request was about; None: it was about none."""
    if call.channel_id is None:
        return getattr(call.request, "username", None)  # of a look-up
    return names.get(call.channel_id)


def _use(
    channel: Channel, items: list[ItemRecord], *, polls: int, requests: int, start: datetime
) -> ChannelUse:
    stored = {item.ref.external_id for item in items if item.text}
    hidden = [post for post in channel.posts if channel.hidden(post) or post.unreadable]
    return ChannelUse(
        title=channel.title,
        live=channel.username in JOINED,
        polls=polls,
        requests=requests,
        late=_late(items, start),
        hidden=sum(str(post.number) in stored for post in hidden),
    )


def _late(items: list[ItemRecord], start: datetime) -> timedelta | None:
    """How long posts waited to be stored, in the median; those from before the start waited for nobody."""
    waits = [
        item.first_seen_at - item.published_at
        for item in items
        if item.published_at is not None and item.published_at > start
    ]
    return median_low(waits) if waits else None
