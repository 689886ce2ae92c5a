"""What a good fetch says of its source beside the items: which incidents it opens and which it ends. Pure."""

from monitor import incidents as kinds
from monitor.channel_changes import ChannelWatch, facts_now
from monitor.incidents import Incidents
from scrapers.model import Fetched
from storage.model import ClosedIncident, NewIncident, OpenIncident

_OF_CHANNELS = frozenset(
    {
        kinds.FAKE,
        kinds.SCAM,
        kinds.RESTRICTED,
        kinds.UNVERIFIED,
        kinds.NAME,
        kinds.DESCRIPTION,
        kinds.USERNAME,
        kinds.SHRINKING,
    }
)


def watch(
    fetched: Fetched, incidents: Incidents, *, new: bool
) -> tuple[tuple[NewIncident, ...], tuple[ClosedIncident, ...]]:
    """The incidents that a good fetch opens and ends; `new`: whether it brought a new item."""
    channel = ChannelWatch(incidents, facts_now(fetched, incidents.known))
    told = {kinds.GAP: fetched.gap, kinds.STUCK: fetched.stuck, kinds.UNREAD: fetched.unread}
    opened = [one for kind, reason in told.items() if reason for one in incidents.open(kind, reason)]
    over = [
        kind
        for kind, incident in incidents.known.incidents.items()
        if kind not in _OF_CHANNELS and _is_over(incident, fetched, incidents, new=new)
    ]
    return (*opened, *channel.opened()), (*incidents.close(over), *channel.closed())


def _is_over(incident: OpenIncident, fetched: Fetched, incidents: Incidents, *, new: bool) -> bool:
    latest = incidents.known.last_new_at
    news = new or (latest is not None and latest > incident.opened_at)
    match incident.kind:
        case kinds.GAP:
            return not fetched.gap
        case kinds.UNREAD:
            return not fetched.unread
        case kinds.STUCK:
            return news and not fetched.stuck
        case kinds.SILENT:
            return news
        case _:
            return True
