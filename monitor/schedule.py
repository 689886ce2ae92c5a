"""When a source is polled next, and when a delivery is tried again. Pure: times come in, times go out."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from scrapers.errors import Blocked, Gone, PreviewOff, Refused, Unavailable
from scrapers.model import Source
from storage.model import KnownSource, LongestWaits, OtherSources

POLL_SPREAD = 0.1  # of the interval, either way, so that sources of one host drift apart
LONGEST_BACK_OFF = timedelta(hours=6)  # between two polls of a failing source, unless its interval is longer
OUTAGE_BACK_OFF = timedelta(minutes=15)  # where no source answers, and the line is likely to be ours
SECOND_LOOK = timedelta(minutes=20)  # whether a source is gone indeed, before it is told and asked seldom
FEWEST_OTHERS = 2  # sources beside one, to tell an outage from its own trouble
SELDOM = timedelta(hours=6)  # at least, for what an owner has to look at before it can work again
LONGEST_OBEYED = timedelta(
    days=7
)  # of a server's Retry-After: an absurd one must not silence a source for good

LOOKS_BETWEEN_NEWS = 4  # of a source whose interval follows its news
PACE_WEIGHT = 0.3  # of the latest gap between news: a handful of them turn the pace

LONGEST_POLL_LEASE = timedelta(minutes=5)  # more than any that is taken or renewed
LONGEST_TIMER = timedelta(days=100)  # more than any that is set

FIRST_RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(hours=1)
RETRY_SPREAD = 0.2
GIVE_UP_AFTER = timedelta(days=3)  # since the first attempt at a delivery,
LEAST_ATTEMPTS = (
    12  # if there were so many, some five hours' worth: a laptop may have slept on all three days
)

_NEEDS_THE_OWNER = frozenset({Gone.outcome, PreviewOff.outcome, Refused.outcome})
_TOLD_AT_THE_SECOND_LOOK = frozenset({Gone.outcome, PreviewOff.outcome})


def next_poll(
    source: Source,
    now: datetime,
    *,
    failures: int,
    outcome: str,
    retry_after: timedelta | None,
    more: bool,
    pace: float | None = None,
    quiet_for: timedelta | None = None,
) -> datetime:
    """When `source` is due again.

    Args:
        source: As configured; its interval is the rule, the rest here are its exceptions.
        now: When the poll ended.
        failures: Failed polls in a row, this one included, 0 after a good one; of what is told at the second
            look, those that agree.
        outcome: A `scrapers.model.Outcome`, or the `outcome` of a `ScrapeError`.
        retry_after: How long the server asked us to stay away.
        more: Whether another page waits: then the source is due at once.
        pace: Seconds between its news, as `learnt_pace` has it.
        quiet_for: Since its last news; None: not known.
    """
    if more:
        return now
    usual = pause_between(source, pace, quiet_for)
    pause = (_pause(source, failures, outcome) if failures else usual) * _spread(
        f"{source.id}|{now.isoformat()}", POLL_SPREAD
    )
    return now + max(pause, min(retry_after or timedelta(0), LONGEST_OBEYED))


def is_outage(outcome: str, before: KnownSource, others: OtherSources | None) -> bool:
    """Whether a failed poll is likely to be no trouble of its source: none was read since it failed before.

    `before` is the source before that poll. A few sources may well be ill together; then none is judged.
    """
    if others is None or others.count < FEWEST_OTHERS or outcome != Unavailable.outcome:
        return False
    if not before.failures or before.last_attempt_at is None:
        return False
    return others.last_success_at is None or others.last_success_at < before.last_attempt_at


def in_an_outage(source: Source, now: datetime) -> datetime:
    """When `source` is due again at the latest where no source answers: no server is spared by waiting."""
    pause = max(source.interval, OUTAGE_BACK_OFF)
    return now + pause * _spread(f"{source.id}|{now.isoformat()}", POLL_SPREAD)


def after_a_pause(source: Source, now: datetime, pause: timedelta) -> datetime:
    """When `source` is due again that only waits for a pause to be over; those that wait alike are spread."""
    return now + min(pause, LONGEST_OBEYED) * (
        1 + POLL_SPREAD / 2 * _spread(f"{source.id}|{now.isoformat()}", 1)
    )


def pause_between(source: Source, pace: float | None, quiet_for: timedelta | None) -> timedelta:
    """How long a source that is well rests: between its `interval` and its `interval_max`.

    A few looks for every news to be expected; a source that is quiet for longer than it used to be is asked
    less and less often.
    """
    if source.interval_max is None or quiet_for is None:
        return source.interval
    expected = max(timedelta(seconds=pace or 0.0), quiet_for)
    return max(source.interval, min(expected / LOOKS_BETWEEN_NEWS, source.interval_max))


def longest_pause(source: Source) -> timedelta:
    """A source that is well is never due later than this after a poll."""
    return max(source.interval, source.interval_max or source.interval) * (1 + POLL_SPREAD)


def longest_waits(sources: Sequence[Source], group: timedelta) -> LongestWaits:
    """How far ahead due times can rightly lie, where no group waits for longer than `group`."""
    return LongestWaits(
        sources={source.id: longest_pause(source) for source in sources},
        failing=max([LONGEST_OBEYED, *map(longest_pause, sources)]),
        lease=LONGEST_POLL_LEASE,
        group=group,
        retry=GIVE_UP_AFTER,
        timer=LONGEST_TIMER,
    )


def learnt_pace(
    source: Source, pace: float | None, last_new_at: datetime | None, now: datetime
) -> float | None:
    """Seconds between news, smoothed, after a poll at `now` brought some; None: nothing to learn from it.

    The pages of one burst are one piece of news. A gap that would mean the longest pause anyway counts no
    more than that: a machine that slept for days must not take days to learn better.
    """
    if source.interval_max is None or last_new_at is None or now - last_new_at < source.interval / 2:
        return None
    gap = min(now - last_new_at, LOOKS_BETWEEN_NEWS * source.interval_max).total_seconds()
    return gap if pace is None else pace + PACE_WEIGHT * (gap - pace)


def next_attempt(
    delivery_id: str,
    attempts: int,
    now: datetime,
    retry_after: timedelta | None,
    *,
    first_attempt_at: datetime,
) -> datetime | None:
    """When a failed delivery is tried again; None: give up.

    Args:
        delivery_id: Spreads deliveries that failed together.
        attempts: Attempts made, the one that just failed included.
        now: When it failed.
        retry_after: How long the receiver asked us to wait.
        first_attempt_at: When the delivery was first tried.
    """
    if now - first_attempt_at >= GIVE_UP_AFTER and attempts >= LEAST_ATTEMPTS:
        return None
    pause = _doubled(FIRST_RETRY, attempts - 1, LONGEST_RETRY)
    spread = _spread(f"{delivery_id}|{attempts}", RETRY_SPREAD)
    return now + max(pause * spread, min(retry_after or timedelta(0), GIVE_UP_AFTER))


def is_milestone(copies: int) -> bool:
    """Whether this count of copies is worth telling: 1, 10, 100, ..."""
    digits = str(copies)
    return digits[0] == "1" and set(digits[1:]) <= {"0"}


def _pause(source: Source, failures: int, outcome: str) -> timedelta:
    if outcome in _TOLD_AT_THE_SECOND_LOOK and failures == 1:
        return SECOND_LOOK
    if outcome in _NEEDS_THE_OWNER:
        return max(source.interval, SELDOM / (1 - POLL_SPREAD))
    slower = failures if outcome == Blocked.outcome else failures - 1
    return _doubled(source.interval, slower, max(source.interval, LONGEST_BACK_OFF / (1 + POLL_SPREAD)))


def _doubled(base: timedelta, times: int, longest: timedelta) -> timedelta:
    """`base` doubled `times` times, at most `longest`; no count is too large."""
    factor = 1 << min(max(times, 0), 10)
    return min(base * factor, longest)


def _spread(key: str, share: float) -> float:
    """A factor between 1 - share and 1 + share, the same for the same key in every process."""
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return 1 + share * (2 * int.from_bytes(digest) / (2**64 - 1) - 1)
