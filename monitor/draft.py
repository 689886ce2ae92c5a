"""One decision in the making: items taken one by one become revisions, matches and alerts. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor import draft_matches, draft_rows, refresh
from monitor.alerts import Alerting, alert_id, origin_key
from monitor.analyse import Analysed
from monitor.article_edits import as_known, as_rewritten
from monitor.correlation.kinds import CorrelationSet
from monitor.document import SUMMARY, deleted, last_shown, past, present
from monitor.draft_holds import Holds
from monitor.draft_matches import Place
from monitor.draft_origins import Origins
from monitor.minor_edits import is_minor
from monitor.presence import Presence, last_seen
from monitor.routing import Route
from monitor.rules import Rule, RuleMatch, RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import Fetched, ItemKind, Source
from storage.model import (
    Decision,
    EndedMatch,
    ItemRef,
    Known,
    KnownItem,
    NewItem,
    NewMatch,
    NewReading,
    NewRevision,
    SourceUpdate,
    SubjectKind,
)

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What the owner wants: rules, alerting settings and routes."""

    rules: RuleSet
    alerting: AlertingOptions
    route: Route
    timezone: ZoneInfo = UTC  # in which day and night are told apart
    correlations: CorrelationSet = field(default_factory=CorrelationSet)


class Draft:
    """One decision in the making. Items are taken oldest first; later ones see what earlier ones opened."""

    def __init__(
        self,
        *,
        fetched: Fetched,
        known: Known,
        source: Source,
        policy: Policy,
        now: datetime,
        history: bool = False,
    ) -> None:
        self.fetched = fetched
        self.known = known
        self.source = source
        self.policy = policy
        self.now = now
        self.history = history
        self.alerting = new_alerting(known, policy, now)
        self.items: dict[str, NewItem] = {}
        self.revisions: list[NewRevision] = []
        self.readings: list[NewReading] = []
        self.presence = Presence(fetched, source, known.source)
        self.matches: list[NewMatch] = []
        self.matches_ended: list[EndedMatch] = []
        self.origins = Origins(known)
        self.holds = Holds(known, policy.alerting, now, history=history)
        self.taken: set[str] = set()

    def take(self, analysed: Analysed) -> None:
        """Decide on one fetched item. Of one that stands twice in the page only the first counts."""
        name = analysed.item.external_id
        if name in self.taken:
            return
        self.taken.add(name)
        stored = self.known.items.get(name)
        if stored is not None:
            self._take_known(analysed, stored)
        elif (name, analysed.text_hash) not in self.known.seen and not self.holds.is_purged(analysed):
            self._take_new(analysed)

    def take_known(self, analysed: Analysed) -> None:
        """Decide on a fetched item if it is stored already; leave it to its own poll if it is not."""
        if analysed.item.external_id in self.known.items:
            self.take(analysed)

    def look_back(self, asked: Collection[str] = ()) -> None:
        """Decide on the stored items that the page should hold and did not bring; after all are taken.

        `asked` are those that the page was asked for by name: their turn has been, whatever came of it.
        """
        for name, stored in self.known.items.items():
            if name not in self.taken and self.presence.is_deleted(stored, asked=name in asked):
                self._bury(stored)

    def next_refreshes(self) -> tuple[datetime | None, ...]:
        """When the items that this decision touches are to be read again."""
        fresh = (one.refresh_at for one in self.items.values())
        return (*fresh, *(one.refresh_at for one in self.presence.updates.values()))

    def decision(self, *, lease: str | None, update: SourceUpdate | None) -> Decision:
        """All of it, as data."""
        return replace(
            written(self.alerting, self.known, self.now, lease=lease, update=update),
            items=tuple(self.items.values()),
            revisions=tuple(self.revisions),
            readings=tuple(self.readings),
            item_updates=tuple(self.presence.updates.values()),
            matches=tuple(self.matches),
            matches_ended=tuple(self.matches_ended),
        )

    def _take_new(self, analysed: Analysed) -> None:
        item = analysed.item
        itself = self._ref(item.external_id)
        origin = self.origins.of(analysed) or itself
        unclaimed = self.origins.claim(analysed, origin)
        self.items[item.external_id] = draft_rows.new_item(
            analysed, origin, itself, unclaimed, self.now, self._first_refresh(analysed)
        )
        self._revise(analysed, seq=1)
        if item.counters is not None:
            self._read(analysed)
        held = self.holds.on_new(analysed)
        place = draft_matches.place_of_new(analysed, origin, self.now)
        opened: set[str] = set()
        for match in self._true_now(analysed).values():
            opened |= self._alert(analysed, match, place, held=held, by_reading=False)
        if origin != itself:
            self.alerting.add_copy(origin, told=held is None, besides=frozenset(opened))

    def _take_known(self, analysed: Analysed, stored: KnownItem) -> None:
        if not self.history or stored.missing_since is not None:
            self.presence.sight(stored)
        if self.fetched.fetched_at <= last_seen(stored):
            return
        analysed = as_known(analysed, stored, self.source)
        rewritten = self._rewritten(analysed, stored)
        analysed = as_rewritten(analysed, stored) if rewritten else analysed
        edited = (rewritten or stored.current.deleted) and not self.holds.brings_back(analysed)
        counted = analysed.item.counters is not None and analysed.item.counters != stored.counters
        if not edited and not counted:
            return
        seq = stored.current.seq + 1 if edited else stored.current.seq
        if edited and not rewritten:
            self.revisions.append(draft_rows.repeated(stored, self.fetched.fetched_at, deleted=False))
        elif edited:
            self._revise(analysed, seq=seq)
        if edited:
            self._end_untrue(analysed, stored, rewritten=rewritten)
        if counted:
            self._read(analysed)
        self._became_true(analysed, stored, seq=seq, by_reading=not edited)

    def _end_untrue(self, analysed: Analysed, stored: KnownItem, *, rewritten: bool) -> None:
        self.matches_ended += draft_matches.ended_matches(
            self.known.standing,
            analysed,
            stored,
            rules=self.policy.rules,
            source=self.source,
            edited=rewritten,
            now=self.now,
        )

    def _rewritten(self, analysed: Analysed, stored: KnownItem) -> bool:
        """Whether the content is another than in the latest revision, and says something else."""
        return _edited(analysed, stored) and not self._says_the_same(analysed, stored)

    def _says_the_same(self, analysed: Analysed, stored: KnownItem) -> bool:
        """Whether only trifles of an article changed: no word that counts, no headline, nothing to a rule."""
        item, latest = analysed.item, stored.current
        if item.kind is not ItemKind.ARTICLE or item.title != latest.title or latest.deleted:
            return False
        if item.full_text == (SUMMARY in latest.flags):
            return False
        if not is_minor(latest.text, item.text, typo_distance=self.policy.alerting.typo_distance):
            return False
        was_true = self.policy.rules.match(last_shown(stored, self.source))
        return was_true.keys() == self._true_now(analysed).keys()

    def _first_refresh(self, analysed: Analysed) -> datetime | None:
        if self.history:
            return None
        born = refresh.birth(analysed.item.published_at, self.now)
        return refresh.next_refresh(born, self.fetched.fetched_at, self.source.refresh)

    def _bury(self, stored: KnownItem) -> None:
        """Leave a tombstone; tell those who were told of the item, and those who asked for deletions."""
        self.revisions.append(draft_rows.repeated(stored, self.fetched.fetched_at, deleted=True))
        self.alerting.tell_deleted(stored.ref)
        if stored.kind is ItemKind.SERVICE:
            return
        was_true = self.policy.rules.match(past(stored, self.source))
        for rule_id, match in self.policy.rules.match(deleted(stored, self.source, self.now)).items():
            if rule_id not in was_true:
                self._alert_deletion(stored, match)

    def _alert_deletion(self, stored: KnownItem, match: RuleMatch) -> None:
        """Record that a rule on deletions became true; alert unless it did so for this item before."""
        masked = self.policy.alerting.mask
        alert = draft_rows.alert_on_deletion(stored, match, self.source, self.now, masked=masked)
        exists = self.alerting.exists(alert.id)
        held = self.holds.on_deletion(stored)
        opens = not exists and held is None and match.rule.alerts
        name = alert.id if exists or opens else None
        place = draft_matches.place_of_change(stored, stored.current.language, self.fetched.fetched_at)
        self._record(match, place, alert=name, held=held)
        if opens:
            self.alerting.open(alert)

    def _became_true(self, analysed: Analysed, stored: KnownItem, *, seq: int, by_reading: bool) -> None:
        now_true = self._true_now(analysed)
        if not now_true:
            return
        was_true = self.policy.rules.match(last_shown(stored, self.source))
        held = self.holds.on_change(analysed)
        for rule_id, match in now_true.items():
            if rule_id not in was_true and not self._fired(stored, seq, match.rule):
                before = None if by_reading else stored
                place = self._place(stored, analysed.language, by_reading=by_reading)
                self._alert(analysed, match, place, held=held, by_reading=by_reading, before=before)

    def _place(self, stored: KnownItem, language: str | None, *, by_reading: bool) -> Place:
        if by_reading:
            return draft_matches.place_of_reading(stored, language)
        return draft_matches.place_of_change(stored, language, self.fetched.fetched_at)

    def _fired(self, stored: KnownItem, seq: int, rule: Rule) -> bool:
        """Whether the rule fired on this revision before: a counter that falls and rises again is no news."""
        return (stored.ref.external_id, seq, rule.id, rule.version) in self.known.matches

    def _true_now(self, analysed: Analysed) -> dict[str, RuleMatch]:
        if analysed.item.kind is ItemKind.SERVICE:
            return {}
        return self.policy.rules.match(present(analysed, self.source, self.now))

    def _alert(
        self,
        analysed: Analysed,
        match: RuleMatch,
        place: Place,
        *,
        held: str | None,
        by_reading: bool,
        before: KnownItem | None = None,
    ) -> set[str]:
        """Record a match; open its alert unless the origin has one or something holds it back.

        `before` is what an edit that made the rule true began from.
        """
        origin = place.origin
        name = alert_id(match.rule.id, SubjectKind.ORIGIN, origin_key(origin))
        exists = self.alerting.exists(name)
        opens = not exists and held is None and match.rule.alerts
        self._record(match, place, alert=name if exists or opens else None, held=held, by_reading=by_reading)
        if not opens:
            return set()
        itself = self._ref(analysed.item.external_id)
        copies = max(self.origins.others(origin, self.items.values()), int(origin != itself))
        reason = self._reason(analysed, match, before)
        self.alerting.open(
            draft_rows.alert_on_origin(
                analysed, match, origin, self.source, self.now, place.seq, copies, reason
            )
        )
        return {name}

    def _reason(self, analysed: Analysed, match: RuleMatch, before: KnownItem | None) -> str:
        masked = self.policy.alerting.mask
        matched = draft_rows.matched_reason(match, analysed.item, masked=masked)
        if before is None:
            return matched
        return f"{matched}; {draft_rows.changed_reason(before.current, analysed.item, masked=masked)}"

    def _record(
        self,
        match: RuleMatch,
        place: Place,
        *,
        alert: str | None,
        held: str | None,
        by_reading: bool = False,
    ) -> None:
        withheld = None if alert is not None else held or draft_matches.ONLY_FOOD
        new = draft_matches.new_match(
            match,
            place,
            self.now,
            alert=alert,
            withheld=withheld,
            by_reading=by_reading,
            triggers=held is None,
        )
        self.matches_ended += draft_matches.superseded(self.known.standing, new, self.matches_ended)
        self.matches.append(new)

    def _ref(self, external_id: str) -> ItemRef:
        return ItemRef(source_id=self.known.source.id, external_id=external_id)

    def _revise(self, analysed: Analysed, *, seq: int) -> None:
        self.revisions.append(draft_rows.new_revision(analysed, seq, self.fetched.fetched_at))

    def _read(self, analysed: Analysed) -> None:
        if analysed.item.counters is None:
            return
        self.readings.append(
            NewReading(
                external_id=analysed.item.external_id,
                observed_at=self.fetched.fetched_at,
                counters=analysed.item.counters,
            )
        )


def new_alerting(known: Known, policy: Policy, now: datetime) -> Alerting:
    """What collects the alerts of one decision, knowing those that are open."""
    return Alerting(
        options=policy.alerting,
        route=policy.route,
        now=now,
        known={alert.id: alert for alert in known.alerts},
    )


def written(
    alerting: Alerting, known: Known, now: datetime, *, lease: str | None, update: SourceUpdate | None
) -> Decision:
    """A decision with the alerts in it and no items yet; `alerting` is finished by this."""
    alerting.finish()
    return Decision(
        source_id=known.source.id,
        source_version=known.source.version,
        lease=lease,
        decided_at=now,
        source=update,
        alerts=tuple(alerting.opened.values()),
        alert_updates=tuple(alerting.updates.values()),
        notifications=tuple(alerting.notifications),
        timers_set=tuple(alerting.timers_set.values()),
        timers_cleared=tuple(alerting.timers_cleared),
    )


def _edited(analysed: Analysed, stored: KnownItem) -> bool:
    """Whether the content differs from the latest revision.

    A feed's summary never replaces a full text, nor does a post that a preview cannot show what an account
    has read of it. What a channel did is never edited: previews and accounts only word it otherwise.
    """
    if analysed.item.unreadable or stored.kind is ItemKind.SERVICE:
        return False
    if not analysed.item.full_text and SUMMARY not in stored.current.flags:
        return False
    return analysed.text_hash != stored.current.text_hash or analysed.item.edited != stored.current.edited
