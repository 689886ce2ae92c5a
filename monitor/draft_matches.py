"""What a draft writes of matches: those that became true, and those that an edit has ended. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.analyse import Analysed
from monitor.document import last_shown, present
from monitor.presence import last_seen
from monitor.rules import RuleMatch, RuleSet
from scrapers.model import Source
from storage.model import EndedMatch, ItemRef, KnownItem, NewMatch

ONLY_FOOD = "the rule only feeds correlations (alert = false)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The revision that a match is of, with what correlations count it by."""

    external_id: str
    seq: int
    happened_at: datetime  # when it was published, or first seen; of a change, when that was seen
    origin: ItemRef
    language: str | None


def place_of_new(analysed: Analysed, origin: ItemRef, now: datetime) -> Place:
    """Where a rule matches an item that is seen for the first time."""
    return Place(
        external_id=analysed.item.external_id,
        seq=1,
        happened_at=_happened(analysed.item.published_at, now),
        origin=origin,
        language=analysed.language,
    )


def place_of_change(stored: KnownItem, language: str | None, seen_at: datetime) -> Place:
    """Where a rule matches what an edit, a deletion or a return made of a stored item: that happened then."""
    return Place(
        external_id=stored.ref.external_id,
        seq=stored.current.seq + 1,
        happened_at=max(seen_at, _published(stored)),
        origin=stored.origin,
        language=language,
    )


def place_of_reading(stored: KnownItem, language: str | None) -> Place:
    """Where a rule matches because of a stored item's counters: what it says was said long before."""
    return Place(
        external_id=stored.ref.external_id,
        seq=stored.current.seq,
        happened_at=_published(stored),
        origin=stored.origin,
        language=language,
    )


def _published(stored: KnownItem) -> datetime:
    return _happened(stored.published_at, stored.first_seen_at)


def _happened(published_at: datetime | None, first_seen_at: datetime) -> datetime:
    return first_seen_at if published_at is None else min(published_at, first_seen_at)


def new_match(
    match: RuleMatch,
    place: Place,
    now: datetime,
    *,
    alert: str | None,
    withheld: str | None,
    by_reading: bool,
    triggers: bool,
) -> NewMatch:
    """A rule that became true."""
    return NewMatch(
        external_id=place.external_id,
        seq=place.seq,
        rule_id=match.rule.id,
        rule_version=match.rule.version,
        matched_at=now,
        spans=match.spans,
        by_reading=by_reading,
        alert_id=alert,
        withheld=withheld,
        happened_at=place.happened_at,
        origin=place.origin,
        language=place.language,
        triggers=triggers,
    )


def ended_matches(
    standing: Collection[tuple[str, int, str, int]],
    analysed: Analysed,
    stored: KnownItem,
    *,
    rules: RuleSet,
    source: Source,
    edited: bool,
    now: datetime,
) -> Iterator[EndedMatch]:
    """The matches of a stored item that its new revision makes untrue.

    Args:
        standing: Matches that count: external id, revision, rule, version.
        analysed: The item as it was fetched.
        stored: The item as it is stored.
        rules: The rules in force; matches of other versions can't be judged, and count nowhere.
        source: Of the item.
        edited: Whether the revision has another content; False: what had been taken away is there again.
        now: The moment of the decision.
    """
    own = [one for one in standing if one[0] == stored.ref.external_id and _in_force(one, rules)]
    if not own:
        return
    true_now = _true_of_content(analysed, stored, rules, source, edited=edited)
    for name, seq, rule_id, version in sorted(own):
        if rule_id not in true_now:
            yield EndedMatch(
                external_id=name,
                seq=seq,
                rule_id=rule_id,
                rule_version=version,
                ended_at=now,
                origin=stored.origin,
                language=stored.current.language,
            )


def superseded(
    standing: Collection[tuple[str, int, str, int]], match: NewMatch, ended: Collection[EndedMatch]
) -> Iterator[EndedMatch]:
    """The earlier matches of the same rule and item: it was untrue in between, and counts once.

    Args:
        standing: Matches that count: external id, revision, rule, version.
        match: The new one.
        ended: Those that have been ended already.
    """
    gone = {(one.external_id, one.seq, one.rule_id, one.rule_version) for one in ended}
    for name, seq, rule_id, version in sorted(set(standing) - gone):
        if (name, rule_id, version) == (match.external_id, match.rule_id, match.rule_version):
            yield EndedMatch(
                external_id=name,
                seq=seq,
                rule_id=rule_id,
                rule_version=version,
                ended_at=match.matched_at,
                origin=match.origin,
                language=match.language,
            )


def _in_force(matched: tuple[str, int, str, int], rules: RuleSet) -> bool:
    rule = rules.by_id.get(matched[2])
    return rule is not None and rule.version == matched[3]


def _true_of_content(
    analysed: Analysed, stored: KnownItem, rules: RuleSet, source: Source, *, edited: bool
) -> Mapping[str, RuleMatch]:
    """Counters that a fetch does not bring are those of before, as is the age: only an edit ends a match."""
    if not edited:
        return rules.match(last_shown(stored, source))
    document = present(analysed, source, last_seen(stored))
    if analysed.item.counters is None and stored.counters is not None:
        document = replace(document, views=stored.counters.views, forwards=stored.counters.forwards)
    return rules.match(document)
