"""Deciding once more on what is stored, in the order in which it came, by `monitor.decide` itself. Pure."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.analyse import Analysed
from monitor.backtest.memory import Memory, known_item
from monitor.backtest.rebuild import analysed
from monitor.decide import decide
from monitor.draft import Policy
from monitor.refresh import CONFIRM_AFTER
from scrapers.model import Cursor, Fetched, Outcome, Source
from storage.model import Decision, KnownItem, KnownSource
from storage.model.past import PastMoment, PastRevision, PastSource


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """By what is decided, and for which sources."""

    policy: Policy
    configured: Mapping[str, Source]  # by configured id; items of others are left out
    as_published: bool = False  # everything counts as seen when it was published, and nothing as too old

    @property
    def lenient(self) -> Policy:
        """The policy; where everything is new, without what holds old items back."""
        if not self.as_published:
            return self.policy
        alerting = replace(self.policy.alerting, first_poll=True, max_age=timedelta.max)
        return replace(self.policy, alerting=alerting)


class Replay:
    """One trial under way; `step` is given every moment in turn."""

    def __init__(
        self, trial: Trial, sources: Sequence[PastSource], looks: Mapping[int, Sequence[datetime]]
    ) -> None:
        """Begin with nothing known.

        Args:
            trial: By what is decided.
            sources: Those that brought what is stored.
            looks: For each source, by its row, when it brought something new, in order: its good polls, as
                far as they left a trace.
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

    def source(self, row: int) -> Source | None:
        """The source of that row; None: it is not configured."""
        return self._configured.get(row)

    def step(self, moment: PastMoment, revision: PastRevision, *, last: bool = False) -> Decision | None:
        """What is decided at `moment`, when `revision` was seen; None: on items of that source nothing is.

        `last`: nothing more comes of the item.
        """
        source = self._configured.get(moment.source_id)
        if source is None:
            return None
        before = self._memory.item(revision.ref)
        after = known_item(revision, moment, before)
        key = b"origin:%d" % moment.origin_row
        known = self._memory.known(revision, self._known_source(moment, first=before is None), key)
        if revision.deleted:
            known = replace(known, items={name: _missing(one, moment) for name, one in known.items.items()})
        shown = () if revision.deleted else (analysed(revision, after.counters, key),)
        decision = decide(
            _fetched(source, moment, revision, shown),
            shown,
            known,
            source=source,
            policy=self._policy,
            now=moment.at,
        )
        self._memory.take(decision, after)
        if last:
            self._memory.forget(revision.ref)
        return decision

    def _known_source(self, moment: PastMoment, *, first: bool) -> KnownSource:
        past = self._past[moment.source_id]
        begun = past.first_polled_at is not None and moment.at > past.first_polled_at
        return KnownSource(
            id=past.id,
            config_id=past.config_id,
            native_id=None,
            cursor=Cursor(),
            version=0,
            first_polled_at=past.first_polled_at if begun else None,
            last_success_at=self._last_look(moment) if first else None,
            failures=0,
        )

    def _last_look(self, moment: PastMoment) -> datetime | None:
        looks = self._looks.get(moment.source_id, ())
        place = bisect_left(looks, moment.at)
        return looks[place - 1] if place else None


def _missing(stored: KnownItem, moment: PastMoment) -> KnownItem:
    """The item, missed once already: the tombstone proves that it was."""
    return replace(stored, missing_since=moment.fetched_at - CONFIRM_AFTER)


def _fetched(
    source: Source, moment: PastMoment, revision: PastRevision, shown: tuple[Analysed, ...]
) -> Fetched:
    return Fetched(
        source_id=source.id,
        outcome=Outcome.ITEMS if shown else Outcome.NOTHING_NEW,
        fetched_at=moment.fetched_at,
        cursor=Cursor(),
        items=tuple(one.item for one in shown),
        absent=frozenset() if shown else frozenset({revision.ref.external_id}),
    )
