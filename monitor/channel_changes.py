"""What a channel says of itself, compared with what it said before: each change is news. Pure.

A page may come without the channel's header; then nothing can be said about labels and words that only
stand there, and what was known of them stays known.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import incidents as kinds
from monitor.incidents import Incidents
from monitor.mask import mask
from scrapers.model import ChannelFacts, Fetched
from storage.model import ClosedIncident, KnownSource, NewIncident

READ_EVERY = timedelta(hours=1)  # how often a changed number of subscribers is kept
KEEP_EVERY = timedelta(days=1)  # and an unchanged one
FEWEST_LOST = 100  # subscribers: below that a fall is chance
REGAINED = 0.95  # of the most: then the fall is over
LONGEST_QUOTE = 160  # characters of a text that was or is
LED_IN_BY = 30  # characters before the first that differs

_LABELS = {kinds.FAKE: "fake", kinds.SCAM: "scam", kinds.RESTRICTED: "restricted"}
_HIDDEN_LABELS = frozenset({"restricted"})  # that previews do not show
_TEXTS = (kinds.NAME, kinds.DESCRIPTION, kinds.USERNAME)


def facts_now(fetched: Fetched, known: KnownSource) -> ChannelFacts | None:
    """What is known of the channel with this page; None: it says nothing new, being old or without it."""
    facts, before = fetched.channel, known.channel
    if facts is None or (known.last_success_at is not None and fetched.fetched_at <= known.last_success_at):
        return None
    if before is None:
        return facts if _has_header(facts) else None
    kept = replace(
        facts,
        username=facts.username or before.username,
        title=facts.title or before.title,
        subscribers=before.subscribers if facts.subscribers is None else facts.subscribers,
        subscribers_raw=facts.subscribers_raw if facts.subscribers is not None else before.subscribers_raw,
        labels=_labels_now(facts, before.labels),
        live=before.live if facts.live is None else facts.live,
    )
    return kept if _has_header(facts) else replace(kept, description=before.description)


def _has_header(facts: ChannelFacts) -> bool:
    """Whether it was read where a channel describes itself. Of an account that is what was asked in full."""
    described = not (facts.subscribers is None and facts.description is None)
    return described or (facts.live is None and bool(facts.labels))


def _labels_now(facts: ChannelFacts, before: frozenset[str]) -> frozenset[str]:
    """An account is shown all labels with every answer, a preview some of them, in its header."""
    if facts.live is not None:
        return facts.labels
    return facts.labels | (before & _HIDDEN_LABELS) if _has_header(facts) else before


def subscribers_to_keep(facts: ChannelFacts | None, known: KnownSource, now: datetime) -> int | None:
    """The number of subscribers where it is time to keep one."""
    if facts is None or facts.subscribers is None:
        return None
    if known.subscribers_read_at is None:
        return facts.subscribers
    changed = known.channel is None or facts.subscribers != known.channel.subscribers
    wait = READ_EVERY if changed else KEEP_EVERY
    return facts.subscribers if now - known.subscribers_read_at >= wait else None


@dataclass(frozen=True, slots=True)
class ChannelWatch:
    """Compares a channel with itself. On the first look there is nothing to compare."""

    incidents: Incidents
    facts: ChannelFacts | None  # as `facts_now` has them

    def opened(self) -> Iterator[NewIncident]:
        """What this page shows to have changed."""
        before = self.incidents.known.channel
        if self.facts is None or before is None:
            return
        for kind, label in _LABELS.items():
            if label in self.facts.labels and (label not in before.labels or self._is_open(kind)):
                yield from self.incidents.open(kind, f"Telegram marks it as {label}")
        if "verified" not in self.facts.labels and (
            "verified" in before.labels or self._is_open(kinds.UNVERIFIED)
        ):
            yield from self.incidents.open(kinds.UNVERIFIED, "Telegram has taken its mark away")
        yield from self._changed_texts(self.facts, before)
        yield from self._fallen(self.facts)

    def closed(self) -> tuple[ClosedIncident, ...]:
        """What is over by now."""
        known = self.incidents.known
        facts = self.facts or known.channel
        if facts is None:
            return ()
        gone = [kind for kind, label in _LABELS.items() if label not in facts.labels]
        if "verified" in facts.labels:
            gone.append(kinds.UNVERIFIED)
        if self.facts is not None and self._has_regained(facts, known.most_subscribers):
            gone.append(kinds.SHRINKING)
        return (*self.incidents.close(gone), *self._calm_texts(facts))

    def _is_open(self, kind: str) -> bool:
        return kind in self.incidents.known.incidents

    def _changed_texts(self, facts: ChannelFacts, before: ChannelFacts) -> Iterator[NewIncident]:
        for kind in _TEXTS:
            old, new = _text(kind, before), _text(kind, facts)
            if _same(kind, old, new):
                continue
            changed = self._change(old, new)
            if self._is_open(kind):
                self.incidents.note(kind, f"changed again: {changed}")
            else:
                yield from self.incidents.open(kind, changed)

    def _calm_texts(self, facts: ChannelFacts) -> Iterator[ClosedIncident]:
        for kind in _TEXTS:
            incident = self.incidents.known.incidents.get(kind)
            unchanged = _same(kind, _text(kind, self.incidents.known.channel or facts), _text(kind, facts))
            if incident is not None and unchanged and self.incidents.is_calm(incident):
                says = self._quoted(_text(kind, facts))
                yield from self.incidents.close([kind], f"no further change for a day, it says {says}")

    def _fallen(self, facts: ChannelFacts) -> Iterator[NewIncident]:
        most = self.incidents.known.most_subscribers
        if facts.subscribers is not None and most is not None and self._has_fallen(facts, most):
            share = round(100 * (most - facts.subscribers) / most)
            reason = (
                f"{facts.subscribers:,} subscribers, {share} % fewer than the {most:,} within the last week"
            )
            yield from self.incidents.open(kinds.SHRINKING, reason)

    def _has_fallen(self, facts: ChannelFacts, most: int) -> bool:
        if facts.subscribers is None:
            return False
        least = max(FEWEST_LOST, self.incidents.alerting.options.subscribers_drop * most)
        return certain_loss(most, facts.subscribers, facts.subscribers_raw) >= least

    def _has_regained(self, facts: ChannelFacts, most: int | None) -> bool:
        if facts.subscribers is None or most is None or self._has_fallen(facts, most):
            return False
        return facts.subscribers >= REGAINED * most

    def _change(self, old: str | None, new: str | None) -> str:
        skipped = _common(old or "", new or "")
        return f"was {self._quoted(old, skipped)}, is {self._quoted(new, skipped)}"

    def _quoted(self, text: str | None, skipped: int = 0) -> str:
        if not text:
            return "empty"
        shown = mask(text, self._own_names()) if self.incidents.alerting.options.mask else text
        begin = max(0, skipped - LED_IN_BY) if len(shown) > LONGEST_QUOTE else 0
        part = " ".join(shown[begin : begin + LONGEST_QUOTE].split())
        return f'"{"…" if begin else ""}{part}{"…" if len(shown) > begin + LONGEST_QUOTE else ""}"'

    def _own_names(self) -> list[str]:
        both = (self.facts, self.incidents.known.channel)
        return [facts.username for facts in both if facts is not None and facts.username]


def _text(kind: str, facts: ChannelFacts) -> str | None:
    match kind:
        case kinds.NAME:
            return facts.title
        case kinds.DESCRIPTION:
            return facts.description
        case _:
            return facts.username


def _same(kind: str, old: str | None, new: str | None) -> bool:
    """Whether a person would call it the same: user names know no case, spaces and line ends do not count."""
    if kind != kinds.DESCRIPTION and None in (old, new):
        return True  # one of the two was not shown
    first, second = (" ".join((text or "").split()) for text in (old, new))
    return first.casefold() == second.casefold() if kind == kinds.USERNAME else first == second


def _common(old: str, new: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = zip(old, new, strict=False)
    return next((index for index, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))


def certain_loss(most: int, now: int, raw: str | None) -> float:
    """How many subscribers are gone at least. A shown "1.2K" may be anything from 1,150 to 1,249."""
    if raw is None or raw.strip()[-1:].isdigit():
        return most - now
    return most - _grain(most) / 2 - (now + _grain(now) / 2)


def _grain(number: int) -> int:
    """What a rounded number was rounded to: its trailing zeros, at most to a tenth of it."""
    grain = 1
    while number % (grain * 10) == 0 and grain * 100 <= number:
        grain *= 10
    return grain
