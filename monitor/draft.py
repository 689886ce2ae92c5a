"""One decision in the making: items taken one by one become revisions, matches and alerts. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.alerts import Alerting, alert_id, origin_key
from monitor.analyse import Analysed
from monitor.document import SUMMARY, features, flags, past, present
from monitor.excerpt import headline
from monitor.gate import withheld_at_first, withheld_by_age
from monitor.mask import mask_spans
from monitor.routing import Route
from monitor.rules import RuleMatch, RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import Fetched, Item, ItemKind, Source
from storage.model import (
    TEXT_KEY,
    Decision,
    ItemRef,
    Known,
    KnownItem,
    NewAlert,
    NewItem,
    NewMatch,
    NewReading,
    NewRevision,
    SourceUpdate,
    SubjectKind,
)

UTC = ZoneInfo("UTC")

_HISTORY = "from the past: stored without alerts (backfill)"
_PURGED = "the same text was purged elsewhere: it alerts no more"


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What the owner wants: rules, alerting settings and routes."""

    rules: RuleSet
    alerting: AlertingOptions
    route: Route
    timezone: ZoneInfo = UTC  # in which day and night are told apart


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
        self.matches: list[NewMatch] = []
        self.origins: dict[bytes, ItemRef] = {}  # keys claimed by items of this very decision
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
        elif (name, analysed.text_hash) not in self.known.seen and not self._purged(analysed):
            self._take_new(analysed)

    def decision(self, *, lease: str | None, update: SourceUpdate | None) -> Decision:
        """All of it, as data."""
        return replace(
            written(self.alerting, self.known, self.now, lease=lease, update=update),
            items=tuple(self.items.values()),
            revisions=tuple(self.revisions),
            readings=tuple(self.readings),
            matches=tuple(self.matches),
        )

    def _take_new(self, analysed: Analysed) -> None:
        item = analysed.item
        itself = self._ref(item.external_id)
        origin = self._origin(analysed) or itself
        unclaimed = tuple(key for key in analysed.origin_keys if not self._claimed(key))
        self.origins.update(dict.fromkeys(unclaimed, origin))
        self.items[item.external_id] = _new_item(analysed, origin, itself, unclaimed, self.now)
        self._revise(analysed, seq=1)
        if item.counters is not None:
            self._read(analysed)
        held = self._held(analysed)
        opened: set[str] = set()
        for match in self._true_now(analysed).values():
            opened |= self._alert(analysed, match, origin, seq=1, held=held, by_reading=False)
        if origin != itself:
            self.alerting.add_copy(origin, told=held is None, besides=frozenset(opened))

    def _take_known(self, analysed: Analysed, stored: KnownItem) -> None:
        if self.fetched.fetched_at <= _last_seen(stored):
            return
        edited = _edited(analysed, stored) and not self._purged_text(analysed)
        counted = analysed.item.counters is not None and analysed.item.counters != stored.counters
        if not edited and not counted:
            return
        seq = stored.current.seq + 1 if edited else stored.current.seq
        if edited:
            self._revise(analysed, seq=seq)
        if counted:
            self._read(analysed)
        self._became_true(analysed, stored, seq=seq, by_reading=not edited)

    def _purged(self, analysed: Analysed) -> bool:
        """Whether the item, or one that it would be a copy of, was purged."""
        if analysed.item.external_id in self.known.purged:
            return True
        return not self.known.purged_keys.isdisjoint(analysed.origin_keys)

    def _purged_text(self, analysed: Analysed) -> bool:
        """Whether an edit brings back a text that was purged."""
        return analysed.fingerprint is not None and TEXT_KEY + analysed.fingerprint in self.known.purged_keys

    def _became_true(self, analysed: Analysed, stored: KnownItem, *, seq: int, by_reading: bool) -> None:
        now_true = self._true_now(analysed)
        if not now_true:
            return
        was_true = self.policy.rules.match(past(stored, self.source))
        held = _PURGED if self._purged(analysed) else self._held_whatever_its_age()
        for rule_id, match in now_true.items():
            if rule_id not in was_true:
                self._alert(analysed, match, stored.origin, seq=seq, held=held, by_reading=by_reading)

    def _true_now(self, analysed: Analysed) -> dict[str, RuleMatch]:
        if analysed.item.kind is ItemKind.SERVICE:
            return {}
        return self.policy.rules.match(present(analysed, self.source))

    def _alert(
        self,
        analysed: Analysed,
        match: RuleMatch,
        origin: ItemRef,
        *,
        seq: int,
        held: str | None,
        by_reading: bool,
    ) -> set[str]:
        """Record a match; open its alert unless the origin has one or something holds it back."""
        name = alert_id(match.rule.id, SubjectKind.ORIGIN, origin_key(origin))
        exists = self.alerting.exists(name)
        opens = not exists and held is None
        self.matches.append(
            NewMatch(
                external_id=analysed.item.external_id,
                seq=seq,
                rule_id=match.rule.id,
                rule_version=match.rule.version,
                matched_at=self.now,
                spans=match.spans,
                by_reading=by_reading,
                alert_id=name if exists or opens else None,
                withheld=None if exists else held,
            )
        )
        if not opens:
            return set()
        itself = self._ref(analysed.item.external_id)
        copies = max(self._others(origin), int(origin != itself))
        reason = _reason(match, analysed.item, masked=self.policy.alerting.mask)
        self.alerting.open(_new_alert(analysed, match, origin, self.source, self.now, seq, copies, reason))
        return {name}

    def _others(self, origin: ItemRef) -> int:
        """How many items of an origin there are besides the one in hand, stored or of this decision."""
        stored = max((known.items for known in self.known.origins.values() if known.ref == origin), default=0)
        fresh = sum(1 for item in self.items.values() if origin in (item.origin, self._ref(item.external_id)))
        return stored + fresh - 1

    def _ref(self, external_id: str) -> ItemRef:
        return ItemRef(source_id=self.known.source.id, external_id=external_id)

    def _held(self, analysed: Analysed) -> str | None:
        by_age = withheld_by_age(analysed.item, self.known.source, self.policy.alerting, self.now)
        return self._held_whatever_its_age() or by_age

    def _held_whatever_its_age(self) -> str | None:
        return _HISTORY if self.history else withheld_at_first(self.known.source, self.policy.alerting)

    def _origin(self, analysed: Analysed) -> ItemRef | None:
        for key in analysed.origin_keys:
            if key in self.origins:
                return self.origins[key]
            if key in self.known.origins:
                return self.known.origins[key].ref
        return None

    def _claimed(self, key: bytes) -> bool:
        return key in self.origins or key in self.known.origins

    def _revise(self, analysed: Analysed, *, seq: int) -> None:
        self.revisions.append(_new_revision(analysed, seq, self.fetched.fetched_at))

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
    """Whether the content differs from the latest revision. A feed's summary never replaces a full text."""
    if not analysed.item.full_text and SUMMARY not in stored.current.flags:
        return False
    return analysed.text_hash != stored.current.text_hash or analysed.item.edited != stored.current.edited


def _last_seen(stored: KnownItem) -> datetime:
    """When what is known of an item was shown; a page from before that says nothing new."""
    shown = stored.current.observed_at
    return shown if stored.read_at is None else max(shown, stored.read_at)


def _new_item(
    analysed: Analysed, origin: ItemRef, itself: ItemRef, unclaimed: tuple[bytes, ...], now: datetime
) -> NewItem:
    item = analysed.item
    return NewItem(
        external_id=item.external_id,
        kind=item.kind,
        url=item.url,
        published_at=item.published_at,
        published_raw=item.published_raw,
        published_precision=item.published_precision,
        published_basis=item.published_basis,
        first_seen_at=now,
        origin=None if origin == itself else origin,
        origin_keys=unclaimed,
        forward=item.forward,
        reply_to=item.reply_to,
    )


def _new_revision(analysed: Analysed, seq: int, observed_at: datetime) -> NewRevision:
    item = analysed.item
    return NewRevision(
        external_id=item.external_id,
        seq=seq,
        observed_at=observed_at,
        title=item.title,
        text=item.text,
        text_hash=analysed.text_hash,
        fingerprint=analysed.fingerprint,
        language=analysed.language,
        declared_language=item.language,
        edited=item.edited,
        modified_at=item.modified_at,
        has=features(item),
        flags=flags(item),
        links=item.links,
        media=item.media,
        analysis_version=analysed.analysis_version,
        search_lemmas=analysed.search_lemmas,
    )


def _new_alert(
    analysed: Analysed,
    match: RuleMatch,
    origin: ItemRef,
    source: Source,
    now: datetime,
    seq: int,
    copies: int,
    reason: str,
) -> NewAlert:
    rule = match.rule
    item = analysed.item
    return NewAlert(
        id=alert_id(rule.id, SubjectKind.ORIGIN, origin_key(origin)),
        rule_id=rule.id,
        rule_version=rule.version,
        severity=rule.severity,
        subject_kind=SubjectKind.ORIGIN,
        subject_key=origin_key(origin),
        episode=0,
        opened_at=now,
        external_id=item.external_id,
        seq=seq,
        headline=headline(item.title, item.text, masked=False),
        reason=reason,
        labels={
            "rule": (rule.id,),
            "severity": (rule.severity,),
            "source": (source.id,),
            "kind": (source.kind,),
            "tag": source.tags,
            "subject": (SubjectKind.ORIGIN,),
            "lang": (analysed.language,) if analysed.language else (),
        },
        copies=copies,
    )


def _reason(match: RuleMatch, item: Item, *, masked: bool) -> str:
    """Which words made the rule true, e.g. 'matched "ротации", "отпуск"'."""
    shown = {"title": item.title or "", "text": item.text}
    hidden = {field: mask_spans(text) if masked else [] for field, text in shown.items()}
    words = dict.fromkeys(
        next(
            (label for start, end, label in hidden[span.field] if start < span.end and span.start < end),
            f'"{shown[span.field][span.start : span.end]}"',
        )
        for span in match.spans
    )
    if not words:
        return "all conditions on its fields hold"
    return "matched " + ", ".join(list(words)[:8])
