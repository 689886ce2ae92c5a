"""What a desk would know at each moment, had the rules been there all along. Pure, but for its own state."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from monitor.alerts import origin_key
from storage.model import (
    Decision,
    ItemRef,
    Known,
    KnownAlert,
    KnownItem,
    KnownOrigin,
    KnownRevision,
    KnownSource,
    NewAlert,
)
from storage.model.past import PastMoment, PastRevision


class Memory:
    """Stands in for the database: `known` is what it would recall, `take` is what it would write."""

    def __init__(self) -> None:
        self._items: dict[ItemRef, KnownItem] = {}
        self._fired: dict[ItemRef, set[tuple[int, str, int]]] = defaultdict(set)
        self._standing: dict[ItemRef, set[tuple[int, str, int]]] = defaultdict(set)
        self._sizes: Counter[ItemRef] = Counter()  # of origins: how many of their items came
        self._alerts: dict[str, KnownAlert] = {}
        self._on: dict[str, list[str]] = defaultdict(list)  # subject key -> ids of alerts

    def item(self, ref: ItemRef) -> KnownItem | None:
        """The item as it was last; None: it did not come yet."""
        return self._items.get(ref)

    def known(self, revision: PastRevision, source: KnownSource, key: bytes) -> Known:
        """What is recalled for a page that holds this item; `key` stands for its origin."""
        stored = self._items.get(revision.ref)
        subjects = dict.fromkeys((origin_key(revision.origin), origin_key(revision.ref)))
        return Known(
            source=source,
            items={} if stored is None else {revision.ref.external_id: stored},
            origins={} if revision.ref == revision.origin else {key: self._origin(revision, source)},
            alerts=tuple(self._alerts[name] for subject in subjects for name in self._on.get(subject, ())),
            matches=_named(revision.ref, self._fired),
            standing=_named(revision.ref, self._standing),
        )

    def _origin(self, revision: PastRevision, source: KnownSource) -> KnownOrigin:
        return KnownOrigin(
            ref=revision.origin,
            source_name=source.config_id,
            first_seen_at=revision.first_seen_at,
            items=max(1, self._sizes[revision.origin]),
        )

    def take(self, decision: Decision, now: KnownItem) -> None:
        """Remember a decision on one item, and that this is how the item is now."""
        if now.ref not in self._items:
            self._sizes[now.origin] += 1
        self._items[now.ref] = now
        for match in decision.matches:
            self._fired[now.ref].add((match.seq, match.rule_id, match.rule_version))
            self._standing[now.ref].add((match.seq, match.rule_id, match.rule_version))
        for ended in decision.matches_ended:
            self._standing[now.ref].discard((ended.seq, ended.rule_id, ended.rule_version))
        for alert in decision.alerts:
            self._open(alert, now.ref)
        for change in decision.alert_updates:
            self._alerts[change.alert_id] = replace(
                self._alerts[change.alert_id],
                copies=change.copies,
                told_copies=change.told_copies,
                told_at=change.told_at,
                version=change.version + 1,
            )

    def forget(self, ref: ItemRef) -> None:
        """Nothing more comes of this item: only what was said of its origin is still needed."""
        self._items.pop(ref, None)
        self._fired.pop(ref, None)
        self._standing.pop(ref, None)

    def _open(self, alert: NewAlert, ref: ItemRef) -> None:
        self._on[alert.subject_key].append(alert.id)
        self._alerts[alert.id] = KnownAlert(
            id=alert.id,
            rule_id=alert.rule_id,
            rule_version=alert.rule_version,
            severity=alert.severity,
            subject_kind=alert.subject_kind,
            subject_key=alert.subject_key,
            episode=alert.episode,
            labels=alert.labels,
            copies=alert.copies,
            told_copies=alert.told_copies,
            told_at=alert.opened_at,
            version=1,
            opened_by=ref,
        )


def _named(
    ref: ItemRef, matches: Mapping[ItemRef, set[tuple[int, str, int]]]
) -> frozenset[tuple[str, int, str, int]]:
    return frozenset((ref.external_id, *one) for one in matches.get(ref, ()))


def known_item(revision: PastRevision, moment: PastMoment, before: KnownItem | None) -> KnownItem:
    """The item once this revision, and the counters of that moment if any, have been seen."""
    fresh = shown(revision)
    if moment.counters is not None:
        return replace(fresh, counters=moment.counters, read_at=moment.fetched_at)
    return fresh if before is None else replace(fresh, counters=before.counters, read_at=before.read_at)


def shown(revision: PastRevision) -> KnownItem:
    """The item as this revision has it, its counters unknown."""
    return KnownItem(
        ref=revision.ref,
        first_seen_at=revision.first_seen_at,
        origin=revision.origin,
        current=KnownRevision(
            seq=revision.seq,
            observed_at=revision.observed_at,
            title=revision.title,
            text=revision.text,
            text_hash=revision.text_hash,
            language=revision.language,
            edited=revision.edited,
            has=revision.has,
            flags=revision.flags,
            deleted=revision.deleted,
            links=revision.links,
        ),
        counters=None,
        read_at=None,
        url=revision.url,
        published_at=revision.published_at,
        kind=revision.kind,
    )
