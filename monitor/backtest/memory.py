"""What a desk would know at each moment, had the rules been there all along. Pure, but for its own state."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from monitor.alert_memory import AlertMemory
from monitor.alerts import origin_key
from storage.model import (
    Decision,
    ItemRef,
    Known,
    KnownItem,
    KnownOrigin,
    KnownSource,
    NewAlert,
    SubjectKind,
)
from storage.model.past import PastMoment

Fired = tuple[int, str, int]
"""A match of an item: revision, rule, version of the rule."""


class Memory:
    """Stands in for the database: `known` is what it would recall, `take` is what it would write."""

    def __init__(self) -> None:
        self._items: dict[ItemRef, KnownItem] = {}
        self._fired: dict[ItemRef, set[Fired]] = defaultdict(set)
        self._standing: dict[ItemRef, set[Fired]] = defaultdict(set)
        self._sizes: Counter[ItemRef] = Counter()  # of origins: how many of their items came
        self._alerts = AlertMemory()

    def item(self, ref: ItemRef) -> KnownItem | None:
        """The item as it was last; None: it did not come yet."""
        return self._items.get(ref)

    def known(self, page: Sequence[KnownItem], source: KnownSource) -> Known:
        """What is recalled for a page that holds these items."""
        refs = [one.ref for one in page]
        subjects = dict.fromkeys(origin_key(ref) for one in page for ref in (one.origin, one.ref))
        elsewhere = {one.origin for one in page} - {ref for ref in refs if ref not in self._items}
        return Known(
            source=source,
            items={ref.external_id: self._items[ref] for ref in refs if ref in self._items},
            origins={
                key_of(one.origin): self._origin(one, source) for one in page if one.origin in elsewhere
            },
            alerts=tuple(alert for subject in subjects for alert in self._alerts.on(subject)),
            matches=_named(refs, self._fired),
            standing=_named(refs, self._standing),
        )

    def _origin(self, copy: KnownItem, source: KnownSource) -> KnownOrigin:
        return KnownOrigin(
            ref=copy.origin,
            source_name=source.config_id,
            first_seen_at=copy.first_seen_at,
            items=max(1, self._sizes[copy.origin]),
        )

    def take(self, decision: Decision, now: Iterable[KnownItem]) -> None:
        """Remember a decision, and that this is how the items of its page are now."""
        for one in now:
            if one.ref not in self._items:
                self._sizes[one.origin] += 1
            self._items[one.ref] = one
        for match in decision.matches:
            ref = ItemRef(source_id=decision.source_id, external_id=match.external_id)
            self._fired[ref].add((match.seq, match.rule_id, match.rule_version))
            self._standing[ref].add((match.seq, match.rule_id, match.rule_version))
        for ended in decision.matches_ended:
            ref = ItemRef(source_id=decision.source_id, external_id=ended.external_id)
            self._standing[ref].discard((ended.seq, ended.rule_id, ended.rule_version))
        for alert in decision.alerts:
            if alert.subject_kind is not SubjectKind.GROUP:  # which `Remembered` keeps
                self._alerts.open(alert, _opener(alert, decision.source_id))
        self._alerts.update(decision.alert_updates)

    def forget(self, ref: ItemRef) -> None:
        """Nothing more comes of this item: only what was said of its origin is still needed."""
        self._items.pop(ref, None)
        self._fired.pop(ref, None)
        self._standing.pop(ref, None)


def key_of(origin: ItemRef) -> bytes:
    """The one key by which items of this origin are known to be its copies."""
    return f"{origin.source_id}/{origin.external_id}".encode("utf-8", "surrogatepass")


def as_known(revised: KnownItem, moment: PastMoment, before: KnownItem | None) -> KnownItem:
    """The item once this revision of it, and the counters of that moment if any, have been seen."""
    if moment.counters is not None:
        return replace(revised, counters=moment.counters, read_at=moment.fetched_at)
    return revised if before is None else replace(revised, counters=before.counters, read_at=before.read_at)


def _named(
    refs: Iterable[ItemRef], matches: Mapping[ItemRef, set[Fired]]
) -> frozenset[tuple[str, int, str, int]]:
    return frozenset((ref.external_id, *one) for ref in refs for one in matches.get(ref, ()))


def _opener(alert: NewAlert, source_id: int) -> ItemRef | None:
    return ItemRef(source_id=source_id, external_id=alert.external_id) if alert.external_id else None
