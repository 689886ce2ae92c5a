"""What every notifier says of an alert, in words and without markup. Pure.

Texts come from strangers: here they lose what could steer a terminal, a mail header or the direction of
writing. Escaping for one's own markup stays with each notifier.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.message import AlertView, Change, EvidenceView, Fragment, Message, Severity
from storage.model import SubjectKind

SEVERITY_WORDS = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "critical"}
_SMALL_NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
_RANKS = tuple(Severity)

# Embeddings, overrides, isolates and marks of the bidirectional algorithm (Unicode UAX #9).
_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
_VISIBLE = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"},  # ␀ ␛ ␍ …
    0x7F: "␡",
    **{code: f"⟨U+{code:04X}⟩" for code in (*range(0x80, 0xA0), *_DIRECTIONS)},
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
    **dict.fromkeys((0x2028, 0x2029), "\n"),
}


def visible(text: str) -> str:
    """`text` with control, direction and half characters shown instead of obeyed; newlines and tabs stay."""
    return text.replace("\r\n", "\n").translate(_VISIBLE)


def one_line(text: str, limit: int = 300) -> str:
    """`visible` text on one line, single-spaced, cut with an ellipsis at `limit` characters."""
    line = " ".join(visible(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def presentable(alert: AlertView, *, excerpt_limit: int = 2000) -> AlertView:
    """`alert` with every text made visible, bounded, and on one line where it is one."""
    return replace(
        alert,
        alert_id=one_line(alert.alert_id, 100),
        rule_title=one_line(alert.rule_title, 120) or one_line(alert.rule_id, 120),
        source_name=one_line(alert.source_name, 120),
        headline=one_line(alert.headline, 300) or one_line(alert.source_name, 120),
        excerpt=shorten(alert.excerpt, excerpt_limit),
        reason=one_line(alert.reason, 400),
        url=one_line(alert.url, 2000) if alert.url else None,
        also_in=tuple(one_line(name, 80) for name in alert.also_in),
        forwarded_from=one_line(alert.forwarded_from, 120) if alert.forwarded_from else None,
        evidence=tuple(map(_presentable_evidence, alert.evidence)),
    )


def _presentable_evidence(one: EvidenceView) -> EvidenceView:
    return replace(
        one,
        source_name=one_line(one.source_name, 80),
        headline=one_line(one.headline, 160),
        rule_title=one_line(one.rule_title, 80),
        url=one_line(one.url, 2000) if one.url else None,
    )


def shorten(fragments: Iterable[Fragment], limit: int) -> tuple[Fragment, ...]:
    """The first `limit` characters of an excerpt, made visible; an ellipsis says that more was there."""
    kept: list[Fragment] = []
    for fragment in fragments:
        text = visible(fragment.text)
        if len(text) > limit:
            return (*kept, replace(fragment, text=text[:limit].rstrip()), Fragment(text="…"))
        kept.append(replace(fragment, text=text))
        limit -= len(text)
    return tuple(kept)


def plain(fragments: Iterable[Fragment]) -> str:
    """An excerpt without its marks."""
    return "".join(fragment.text for fragment in fragments)


def repeats_headline(alert: AlertView) -> bool:
    """Whether the excerpt already begins with the headline, as in posts without a title."""
    return " ".join(plain(alert.excerpt).split()).startswith(alert.headline.removesuffix("…"))


def link(url: str | None) -> str | None:
    """`url` if a person can be sent there: http(s) with a host, no spaces."""
    if url is None or any(map(str.isspace, url)):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def host(url: str | None) -> str | None:
    """Where `link(url)` leads, so that nobody taps blindly."""
    return urlsplit(url).hostname if url and link(url) else None


def heading(alert: AlertView) -> str:
    """How grave, which rule, and what changed: "CRITICAL · Rotation (update)"."""
    changed = {Change.UPDATED: " (update)", Change.DELETED: " (deleted)"}.get(alert.change, "")
    return f"{gravity(alert)} · {alert.rule_title}{changed}"


def news(alert: AlertView, timezone: ZoneInfo, most_names: int = 10) -> str | None:
    """What a message about an alert that was told before is sent for, where that is not its end."""
    if alert.change is Change.UPDATED:
        return growth(alert) or copies(alert, most_names)
    return obituary(alert, timezone) if alert.change is Change.DELETED else None


def obituary(alert: AlertView, timezone: ZoneInfo) -> str:
    """That the source took the item away, and where the text that is shown comes from."""
    seen = "" if alert.first_seen_at is None else f", first on {clock_time(alert.first_seen_at, timezone)}"
    return f"The source has deleted this post. The text here is what was seen of it{seen}."


def gravity(alert: AlertView) -> str:
    """The severity as one loud word; an alert that is over is not grave any more."""
    return "CLOSED" if alert.change is Change.CLOSED else SEVERITY_WORDS[alert.severity].upper()


def when(alert: AlertView | EvidenceView, timezone: ZoneInfo) -> str:
    """When it was published, in the reader's zone; says so where that is unknown."""
    if alert.published_at is not None and alert.published_day_only:
        return f"{alert.published_at.astimezone(UTC):%Y-%m-%d}"
    if alert.published_at is not None:
        return clock_time(alert.published_at, timezone)
    if alert.first_seen_at is not None:
        return f"time unknown, first seen {clock_time(alert.first_seen_at, timezone)}"
    return "time unknown"


def clock_time(moment: datetime, timezone: ZoneInfo) -> str:
    """A moment as "2026-11-03 14:05 CET"."""
    return f"{moment.astimezone(timezone):%Y-%m-%d %H:%M %Z}"


def facts(alert: AlertView, timezone: ZoneInfo) -> str:
    """Source, time and the item's circumstances on one line."""
    return f"{alert.source_name} · {circumstances(alert, timezone)}"


def circumstances(alert: AlertView, timezone: ZoneInfo) -> str:
    """When, how far it has gone, and whether it was edited: all but the source."""
    parts = [when(alert, timezone)]
    if alert.forwarded_from:
        parts.append(f"forwarded from {alert.forwarded_from}")
    if alert.views is not None:
        parts.append(f"{alert.views:,} views")
    if alert.edited:
        parts.append("edited")
    if alert.deleted:
        parts.append("deleted")
    return " · ".join(parts)


def copies(alert: AlertView, most_names: int = 10) -> str | None:
    """Where else the same text was seen: "also in nine more: A, B, …"; None where nowhere."""
    if alert.copies <= 0 or alert.subject_kind == SubjectKind.GROUP:
        return None
    count = _SMALL_NUMBERS[alert.copies] if alert.copies < len(_SMALL_NUMBERS) else f"{alert.copies:,}"
    if not alert.also_in:
        return f"also in {count} more"
    named = alert.also_in[:most_names]
    names = ", ".join(named) + (", …" if alert.copies > len(named) else "")
    return f"also in {count} more: {names}"


def growth(alert: AlertView) -> str | None:
    """How large an alert on a group is by now; None of other alerts."""
    return f"grown to {alert.copies:,}" if alert.subject_kind == SubjectKind.GROUP else None


def evidence(alert: AlertView, timezone: ZoneInfo) -> tuple[tuple[str, str | None], ...]:
    """The items that an alert on a group rests on, a line each, and the address of each."""
    several = len({one.rule_title for one in alert.evidence}) > 1
    return tuple((_evidence_line(one, timezone, several=several), one.url) for one in alert.evidence)


def _evidence_line(one: EvidenceView, timezone: ZoneInfo, *, several: bool) -> str:
    matched = f" · {one.rule_title}" if several else ""
    gone = " · deleted" if one.deleted else ""
    return f"{when(one, timezone)} · {one.source_name}{matched}{gone} — {one.headline}"


def gravest(message: Message) -> Severity:
    """The loudest severity among a message's alerts."""
    return max((alert.severity for alert in message.alerts), key=_RANKS.index)


def rank(alert: AlertView) -> int:
    """How loudly an alert speaks, as a number to compare."""
    return _RANKS.index(alert.severity)


def is_quieter(severity: Severity, threshold: Severity) -> bool:
    """Whether `severity` speaks less loudly than `threshold`."""
    return _RANKS.index(severity) < _RANKS.index(threshold)


def banner(message: Message) -> str | None:
    """A first line for messages that are not what they look like."""
    return "TEST of a receiver: this alert is made up." if message.test else None
