"""A backtest over a database: what could match is found first, then all of that is decided on in order.

Origins have nothing to do with each other in a decision, so whatever came of an origin none of whose items
can match is left out: it would come to nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.backtest.replay import Replay, Told, Trial, pages
from monitor.backtest.result import RuleResult, Tally
from monitor.backtest.sieve import Sieve
from monitor.rules import Rule
from storage.model import DESK_ID
from storage.model.past import PastMoment, PastSource
from storage.past import Past

BATCH = 500  # moments whose texts are read at once

Progress = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""


def untold(what: str, done: int, of: int) -> None:
    """A `Progress` that tells nobody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The time that is looked at."""

    since: datetime | None  # when what counts begins; None: with the first item
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What one backtest came to."""

    looked_at: int  # revisions
    replayed: int  # moments that were decided on
    trials: tuple[tuple[RuleResult, ...], ...]  # for each trial, rule by rule


def backtest(past: Past, trials: Sequence[Trial], span: Span, progress: Progress = untold) -> Outcome:
    """What the rules of each trial would have done.

    Raises:
        StorageUnavailable: the database is away.
    """
    readings = any(rule.query.reads_counters for rule in _rules(trials))
    sources = past.sources()
    begin = None if span.since is None else span.since - max(trial.reach for trial in trials)
    looked_at, origins = _sifted(past, _sieve(trials, sources), begin, progress, readings=readings)
    moments = past.moments(origins, readings=readings, as_published=trials[0].as_published)
    looks = past.looks()
    tallies = [Tally(trial.reported, span.since) for trial in trials]
    watched = _watched_since(past, trials[0], sources, begin) or span.until
    replays = [Replay(trial, sources, looks, watched) for trial in trials]
    for page in pages(_told(past, moments, progress)):
        _wait(replays, tallies, page[0].moment.at)
        addresses = {one.known.ref.external_id: one.known.url for one in page}
        for replay, tally in zip(replays, tallies, strict=True):
            decision, source = replay.step(page), replay.source(page[0].moment.source_id)
            if decision is not None and source is not None:
                tally.add(decision, source.id, addresses)
    _wait(replays, tallies, span.until)
    return Outcome(
        looked_at=looked_at, replayed=len(moments), trials=tuple(tally.results() for tally in tallies)
    )


def _wait(replays: Sequence[Replay], tallies: Sequence[Tally], moment: datetime) -> None:
    for replay, tally in zip(replays, tallies, strict=True):
        for decision in replay.wait(moment):
            tally.add(decision, DESK_ID, {})


def _watched_since(
    past: Past, trial: Trial, sources: Sequence[PastSource], begin: datetime | None
) -> datetime | None:
    """From when on something of the sources would have been seen: what was not there then is not missing.

    None: nothing ever was.
    """
    rows = [source.id for source in sources if source.config_id in trial.configured]
    first = past.begin(rows, as_published=trial.as_published)
    return first if first is None or begin is None else max(first, begin)


def _rules(trials: Sequence[Trial]) -> list[Rule]:
    return [rule for trial in trials for rule in trial.policy.rules.by_id.values()]


def _sieve(trials: Sequence[Trial], sources: Sequence[PastSource]) -> Sieve:
    configured = {
        source.id: [
            trial.configured[source.config_id] for trial in trials if source.config_id in trial.configured
        ]
        for source in sources
    }
    return Sieve(_rules(trials), configured)


def _sifted(
    past: Past, sieve: Sieve, since: datetime | None, progress: Progress, *, readings: bool
) -> tuple[int, set[int]]:
    """How many revisions there are, and the origins of those that some rule may match."""
    of = past.count(since, readings=readings)
    holding = past.holding(sieve.needed.words, sieve.needed.beginnings)
    origins: set[int] = set()
    done = 0
    for page in past.revisions(since, readings=readings):
        counters = past.counters({one.row for one in page}) if readings else {}
        for one in page:
            may_hold = one.row in holding or not one.is_indexed
            counted = (None, *counters.get(one.row, ()))
            if one.origin_row not in origins and sieve.may_match(one.known, counted, may_hold=may_hold):
                origins.add(one.origin_row)
        done += len(page)
        progress("reading", done, of)
    return done, origins


def _told(past: Past, moments: Sequence[PastMoment], progress: Progress) -> Iterator[Told]:
    """Every moment with its revision, in order."""
    left = Counter(moment.row for moment in moments)
    for start in range(0, len(moments), BATCH):
        progress("deciding", start, len(moments))
        batch = moments[start : start + BATCH]
        known = past.items_at(batch)
        for moment in batch:
            left[moment.row] -= 1
            if (one := known.get((moment.row, moment.seq))) is not None:
                yield Told(moment=moment, known=one, is_last=not left[moment.row])
