"""Deciding: what was fetched and what is known go in, everything that is to be written comes out.

Pure and repeatable: no clock, no network, no database. The same inputs give the same `Decision`, and
deciding on the same fetch again, after it was committed, gives one that changes no item and no alert.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from monitor import incidents
from monitor.analyse import Analysed
from monitor.channel_changes import facts_now, subscribers_to_keep
from monitor.draft import Draft, Policy, new_alerting, written
from monitor.incidents import Incidents
from monitor.presence import postponed
from monitor.refresh import brought_forward
from monitor.schedule import after_a_pause, in_an_outage, is_outage, learnt_pace, next_poll
from monitor.silence import first_look
from monitor.source_watch import watch
from scrapers.errors import AccountUnusable, ScrapeError, Waiting
from scrapers.model import Fetched, Source
from storage.model import Decision, Known, KnownSource, SourceUpdate, Timer
from storage.model.words import REFUSED_OF_LATE, STANDS_IN


def decide(
    fetched: Fetched,
    analysed: tuple[Analysed, ...],
    known: Known,
    *,
    source: Source,
    policy: Policy,
    now: datetime,
    lease: str | None = None,
) -> Decision:
    """What one fetched page of a source means."""
    if _identity_changed(fetched, known):
        return _refuse_identity(fetched, known, source=source, policy=policy, now=now, lease=lease)
    draft = Draft(fetched=fetched, known=known, source=source, policy=policy, now=now)
    for one in analysed:
        draft.take(one)
    draft.look_back()
    opened, closed = watch(
        fetched, Incidents(source, known.source, draft.alerting, now), new=bool(draft.items)
    )
    if draft.items:
        draft.alerting.set_timer(first_look(known.source, now))
    refreshes = [known.source.next_refresh_at, *draft.next_refreshes()]
    decision = draft.decision(
        lease=lease, update=_success(fetched, known, source, now, new=bool(draft.items), refreshes=refreshes)
    )
    return replace(decision, incidents_opened=opened, incidents_closed=closed)


def decide_refresh(  # noqa: PLR0913 - what `decide` takes, and what was asked for
    fetched: Fetched,
    analysed: tuple[Analysed, ...],
    known: Known,
    *,
    asked: Collection[str],
    after: SourceUpdate,
    source: Source,
    policy: Policy,
    now: datetime,
    lease: str | None = None,
) -> Decision:
    """What stored items are now, that were read again.

    Args:
        fetched: The page that was asked for them.
        analysed: Its items; those that are not stored are left to the poll that comes upon them.
        known: What storage knows of all of these.
        asked: External ids of the items the page was to show; their next turn is later, found or not.
        after: What the poll that went before wrote of the source; its cursor and outcome stand, and the next
            poll comes sooner only where an item wants a second look.
        source: As configured.
        policy: Rules, settings and routes.
        now: The time.
        lease: The lease that the poll holds.
    """
    if _identity_changed(fetched, known):
        return _refuse_identity(fetched, known, source=source, policy=policy, now=now, lease=lease)
    draft = Draft(fetched=fetched, known=known, source=source, policy=policy, now=now)
    for one in analysed:
        draft.take_known(one)
    draft.look_back(asked)
    due = brought_forward(after.next_due_at, draft.next_refreshes(), source, now)
    return draft.decision(lease=lease, update=_unchanged(replace(after, next_due_at=due)))


def decide_failure(
    error: ScrapeError,
    known: Known,
    *,
    source: Source,
    policy: Policy,
    now: datetime,
    lease: str | None = None,
    unread: Collection[str] = (),
    before: KnownSource | None = None,
) -> Decision:
    """What a failed poll means: the cursor stays, the next try is later, lasting trouble is an incident.

    `unread` are stored items that could not be read again. Their turn has been: what can never be had must
    not keep all others, and every poll, from going on. `before` is the source as such a poll found it: that
    its first pages went well does not make it a good one.
    """
    if before is not None:
        ran = replace(known.source, failures=before.failures, outcome=before.outcome)
        known = replace(known, source=ran)
    alerting = new_alerting(known, policy, now)
    ailing = Incidents(source, known.source, alerting, now)
    of_the_desk = isinstance(error, AccountUnusable)  # told once, of the desk, and not of each of its sources
    untold = of_the_desk or isinstance(error, Waiting)
    opened, closed = ((), ()) if untold else ailing.fail(error.outcome, error.reason)
    decision = written(alerting, known, now, lease=lease, update=_failure(error, known, source, now))
    put_off = tuple(postponed(known.items[name], now, source) for name in unread if name in known.items)
    return replace(decision, incidents_opened=opened, incidents_closed=closed, item_updates=put_off)


def _failure(error: ScrapeError, recalled: Known, source: Source, now: datetime) -> SourceUpdate:
    """The source after a failed poll; where nothing was asked, that is no failure more."""
    known, waits = recalled.source, isinstance(error, Waiting)
    if waits and error.retry_after is not None:
        due = after_a_pause(source, now, error.retry_after)
    else:
        due = next_poll(
            source,
            now,
            failures=incidents.in_a_row(error.outcome, known),
            outcome=error.outcome,
            retry_after=error.retry_after,
            more=False,
        )
        if error.retry_after is None and is_outage(error.outcome, known, recalled.others):
            due = min(due, in_an_outage(source, now))
    return SourceUpdate(
        cursor=None,
        next_due_at=due,
        polled_at=now,
        outcome=error.outcome,
        reason=error.reason,
        failures=max(known.failures, 1) if waits else known.failures + 1,
        last_success_at=known.last_success_at,
        first_polled_at=known.first_polled_at,
        last_new_at=None,
        native_id=None,
    )


def decide_timer(timer: Timer, known: Known, *, policy: Policy, now: datetime) -> Decision:
    """What a due timer means: copies that no milestone told of are told of now."""
    alerting = new_alerting(known, policy, now)
    for alert in known.alerts:
        alerting.tell_untold(alert)
    return replace(written(alerting, known, now, lease=None, update=None), timer_fired=timer)


def decide_backfill(
    fetched: Fetched,
    analysed: tuple[Analysed, ...],
    known: Known,
    *,
    source: Source,
    policy: Policy,
    now: datetime,
) -> Decision:
    """What a page of the past means: stored and matched, never alerted, and the polling cursor stays."""
    draft = Draft(fetched=fetched, known=known, source=source, policy=policy, now=now, history=True)
    for one in analysed:
        draft.take(one)
    return replace(draft.decision(lease=None, update=None), backfill_cursor=fetched.cursor)


def _identity_changed(fetched: Fetched, known: Known) -> bool:
    told = fetched.channel.native_id if fetched.channel else None
    return None not in (told, known.source.native_id) and told != known.source.native_id


def _refuse_identity(
    fetched: Fetched, known: Known, *, source: Source, policy: Policy, now: datetime, lease: str | None
) -> Decision:
    told = fetched.channel.native_id if fetched.channel else None
    error = IdentityChanged(
        f"the name now belongs to channel {told}; this source was {known.source.native_id}. "
        "Nothing was stored. If this is what you want, configure it under a new id"
    )
    return decide_failure(error, known, source=source, policy=policy, now=now, lease=lease)


class IdentityChanged(ScrapeError):
    """The user name answers, but another channel holds it now."""

    outcome = incidents.IDENTITY


def _unchanged(after: SourceUpdate) -> SourceUpdate:
    """The source once more as a poll left it: writing it proves that what was recalled still holds."""
    return replace(
        after, cursor=None, last_new_at=None, native_id=None, channel=None, pace=None, subscribers=None
    )


def _success(
    fetched: Fetched,
    known: Known,
    source: Source,
    now: datetime,
    *,
    new: bool,
    refreshes: Collection[datetime | None],
) -> SourceUpdate:
    """A poll counts as good only with its last page: a burst that breaks off has not caught up."""
    before = known.source
    whole = not fetched.more
    facts = facts_now(fetched, before)
    pace = learnt_pace(source, before.pace, before.last_new_at, now) if new else None
    due = next_poll(
        source,
        now,
        failures=0,
        outcome=fetched.outcome,
        retry_after=None,
        more=fetched.more,
        pace=before.pace if pace is None else pace,
        quiet_for=timedelta(0) if new else _since(before.last_new_at or before.first_polled_at, now),
    )
    return SourceUpdate(
        cursor=fetched.cursor,
        next_due_at=due if fetched.more else brought_forward(due, refreshes, source, now),
        polled_at=now,
        outcome=fetched.outcome,
        reason="; ".join(_remarks(fetched)) or None,
        failures=0,
        last_success_at=fetched.fetched_at if whole else before.last_success_at,
        first_polled_at=before.first_polled_at or (now if whole else None),
        last_new_at=now if new else None,
        native_id=fetched.channel.native_id if fetched.channel else None,
        channel=facts,
        subscribers=subscribers_to_keep(facts, before, now),
        pace=pace,
    )


def _remarks(fetched: Fetched) -> Iterator[str]:
    """What is to be said of a fetch that went well."""
    if fetched.by_fallback:
        yield f"{STANDS_IN}: {fetched.by_fallback}"
    if fetched.refused_of_late:
        yield f"{REFUSED_OF_LATE}: {fetched.refused_of_late}"
    others = [one for one in fetched.refusals if not (one.for_good and fetched.refused_of_late)]
    yield from (refusal.reason for refusal in others[:3])


def _since(moment: datetime | None, now: datetime) -> timedelta | None:
    return None if moment is None else now - moment
