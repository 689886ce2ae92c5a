"""Deciding once more on what is stored, in the order in which it came, by `monitor.decide` itself. Pure."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.backtest.memory import Memory, as_known, key_of
from monitor.backtest.rebuild import analysed
from monitor.backtest.waiting import Waiting
from monitor.correlation.decide import correlate, questions
from monitor.correlation.remembered import Remembered
from monitor.decide import decide
from monitor.draft import Policy
from monitor.refresh import CONFIRM_AFTER
from scrapers.model import Cursor, Fetched, Outcome, Source
from storage.model import Decision, Known, KnownItem, KnownSource
from storage.model.past import PastMoment, PastSource


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """By what is decided, and for which sources."""

    policy: Policy
    configured: Mapping[str, Source]  # by configured id; items of others are left out
    as_published: bool = False  # everything counts as seen when it was published, and nothing as too old
    told: frozenset[str] | None = None  # ids of rules and correlations that are asked about; None: all

    @property
    def reported(self) -> tuple[str, ...]:
        """The ids of rules and correlations that are asked about, in the order of the configuration."""
        every = (*self.policy.rules.by_id, *self.policy.correlations.by_id)
        return tuple(one for one in every if self.told is None or one in self.told)

    @property
    def reach(self) -> timedelta:
        """How far back lies what decides on alerts of today: twice what correlations look back on."""
        return max((2 * one.reach for one in self.policy.correlations.by_id.values()), default=timedelta(0))

    @property
    def lenient(self) -> Policy:
        """The policy; where everything is new, without what holds old items back."""
        if not self.as_published:
            return self.policy
        alerting = replace(self.policy.alerting, first_poll=True, max_age=timedelta.max)
        return replace(self.policy, alerting=alerting)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What is known of one item at one moment."""

    moment: PastMoment
    known: KnownItem  # as the revision has it that counts from then on; no counters
    is_last: bool  # nothing more comes of the item


class Replay:
    """One trial under way; `step` is given every page in turn."""

    def __init__(
        self,
        trial: Trial,
        sources: Sequence[PastSource],
        looks: Mapping[int, Sequence[datetime]],
        begin: datetime,
    ) -> None:
        """Begin with nothing known.

        Args:
            trial: By what is decided.
            sources: Those that brought what is stored.
            looks: For each source, by its row, when it brought something new, in order: its good polls, as
                far as they left a trace.
            begin: From when on it polls: how long a correlation has waited counts from there.
        """
        self._policy = trial.lenient
        self._past = {source.id: source for source in sources}
        self._configured = {
            source.id: trial.configured[source.config_id]
            for source in sources
            if source.config_id in trial.configured
        }
        self._looks = looks
        self._memory = Memory()
        self._events = Remembered(begin)
        self._waiting = Waiting(self._policy, self._events, begin)

    def source(self, row: int) -> Source | None:
        """The source of that row; None: it is not configured."""
        return self._configured.get(row)

    def wait(self, moment: datetime) -> Iterator[Decision]:
        """What is decided without any page before `moment`: that there is too little."""
        return self._waiting.until(moment)

    def step(self, page: Sequence[Told]) -> Decision | None:
        """What is decided on one page, all of one source; None: on that source nothing is."""
        first = page[0].moment
        source = self._configured.get(first.source_id)
        if source is None:
            return None
        after = [as_known(one.known, one.moment, self._memory.item(one.known.ref)) for one in page]
        decision = self._decided(source, page, after)
        self._memory.take(decision, after)
        self._events.take(decision, source)
        self._waiting.take(decision)
        for one in page:
            if one.is_last:
                self._memory.forget(one.known.ref)
        return decision

    def _decided(self, source: Source, page: Sequence[Told], after: Sequence[KnownItem]) -> Decision:
        now = page[0].moment.at
        gone = frozenset(one.known.ref.external_id for one in page if one.known.current.deleted)
        shown = tuple(
            analysed(one.known, item.counters, key_of(one.known.origin))
            for one, item in zip(page, after, strict=True)
            if not one.known.current.deleted
        )
        fetched = Fetched(
            source_id=source.id,
            outcome=Outcome.ITEMS if shown else Outcome.NOTHING_NEW,
            fetched_at=page[0].moment.fetched_at,
            cursor=Cursor(),
            items=tuple(one.item for one in shown),
            absent=gone,
        )
        known = self._known(page, gone)
        decision = decide(fetched, shown, known, source=source, policy=self._policy, now=now)
        asked = questions(decision, source=source, policy=self._policy)
        if not asked:
            return decision
        return correlate(decision, self._events.answers(asked), source=source, policy=self._policy, now=now)

    def _known(self, page: Sequence[Told], gone: frozenset[str]) -> Known:
        """What is recalled; an item that is gone was missed once already: the tombstone proves that."""
        moment = page[0].moment
        known = self._memory.known([one.known for one in page], self._known_source(moment))
        missed_at = moment.fetched_at - CONFIRM_AFTER
        items = {
            name: replace(one, missing_since=missed_at) if name in gone else one
            for name, one in known.items.items()
        }
        return replace(known, items=items)

    def _known_source(self, moment: PastMoment) -> KnownSource:
        past = self._past[moment.source_id]
        begun = past.first_polled_at is not None and moment.at > past.first_polled_at
        return KnownSource(
            id=past.id,
            config_id=past.config_id,
            native_id=None,
            cursor=Cursor(),
            version=0,
            first_polled_at=past.first_polled_at if begun else None,
            last_success_at=self._last_look(moment),
            failures=0,
        )

    def _last_look(self, moment: PastMoment) -> datetime | None:
        """Never later than the page: what comes after it would make the page an old one."""
        looks = self._looks.get(moment.source_id, ())
        place = bisect_left(looks, min(moment.at, moment.fetched_at))
        return looks[place - 1] if place else None


def pages(told: Iterator[Told]) -> Iterator[list[Told]]:
    """What came together."""
    page: list[Told] = []
    for one in told:
        if page and page[0].moment.page != one.moment.page:
            yield page
            page = []
        page.append(one)
    if page:
        yield page
