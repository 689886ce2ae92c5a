"""Why a fetch brought no items, named by what the caller does next.

    ScrapeError              the poll failed; `reason` tells a person why
     ├── Unavailable         try again later: network down, time-out, server error
     │    ├── Blocked        try again later, and slower: 429 or 403; `retry_after` is obeyed
     │    │    └── Throttled ask this site nothing more for now: 429, which is never about one page alone
     │    │         └── Waiting  ask when the pause is over: nothing was asked, and nobody complained anew
     │    ├── TooCostly      reading what came takes more time or memory than it may: tell the owner
     │    └── AccountUnusable  our own account cannot be used: tell the owner; a preview may stand in
     ├── LayoutChanged       a page came but nothing on it could be read: tell the owner, keep the cursor
     ├── Gone                nothing lives there any more, or never did: tell the owner, ask seldom
     ├── PreviewOff          the channel exists but shows no public preview: tell the owner, ask seldom
     └── Refused             this is something we do not collect: tell the owner, never ask for it

A poll that found no news is not an error: `scrapers.model.Outcome` tells those apart.
"""

from datetime import timedelta
from typing import ClassVar


class ScrapeError(Exception):
    """A fetch that brought nothing. `outcome` is stored and shown; `reason` is a sentence for a person."""

    outcome: ClassVar[str] = "failed"

    def __init__(self, reason: str, *, url: str | None = None, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.url = url
        self.retry_after = retry_after


class Unavailable(ScrapeError):
    """The network, the name or the server failed; it may work later."""

    outcome = "unavailable"


class Blocked(Unavailable):
    """The server turned us away (429 or 403); `retry_after` holds what it asked for, if it said."""

    outcome = "blocked"


class Throttled(Blocked):
    """The server asked us to slow down (429, or Telegram's FLOOD_WAIT)."""


class Waiting(Throttled):
    """A pause that was asked for before is not over; nothing was asked."""


class TooCostly(Unavailable):
    """Reading what came took more time or memory than one document may take, or broke what read it."""

    outcome = "too_costly"


class AccountUnusable(Unavailable):
    """The Telegram account cannot serve, for now or until its owner does what `reason` says."""


class LayoutChanged(ScrapeError):
    """A page came, but no item could be read from it: its markup or format is not the one we know."""

    outcome = "layout_changed"


class Gone(ScrapeError):
    """404, 410, or a name that nobody holds."""

    outcome = "gone"


class PreviewOff(ScrapeError):
    """The channel answers, but its public preview is switched off or restricted."""

    outcome = "preview_off"


class Refused(ScrapeError):
    """What Groundswell does not collect: a private address, a group, a page closed to robots, no article."""

    outcome = "refused"
