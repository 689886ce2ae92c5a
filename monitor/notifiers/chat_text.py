"""Alerts as one Telegram message: HTML of the Bot API, within its length. Pure.

https://core.telegram.org/bots/api#html-style and #sendmessage: `&`, `<`, `>` are escaped; a text has 1 to
4096 characters after entities parsing, counted in UTF-16 units as everywhere in Telegram.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from monitor.message import AlertView, Change, Message, Severity
from monitor.notifiers import catch_up, wording

LIMIT = 4096
_MORE = 40  # kept free for the words before bare ids
_EXCERPTS = (0, 120, 700)  # characters of an excerpt: none, short, long
_EVIDENCE = {120: 3, 700: 10}  # items that an alert on a group lists beside that
_MARKS = {Severity.INFO: "🔵", Severity.WARNING: "🟠", Severity.CRITICAL: "🔴"}
_UPDATED, _DELETED, _OVER = "🔁", "🗑", "✅"
_ID = "code"  # the style of ids, and of nothing else
_NAMES = 5  # of channels that copied a text; a phone shows few lines


@dataclass(frozen=True, slots=True)
class Run:
    """Some text in one style: "b", "i", "code", "a" (with `url`), or None."""

    text: str
    tag: str | None = None
    url: str = ""

    def html(self) -> str:
        """In the Bot API's HTML."""
        inner = escape(self.text, quote=False)
        if self.tag is None or not inner.strip():
            return inner
        target = f' href="{escape(self.url)}"' if self.url else ""
        return f"<{self.tag}{target}>{inner}</{self.tag}>"


Text = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One message to send, in two writings: with markup, and plain for when the markup is refused."""

    html: str
    plain: str
    alerts: tuple[str, ...] = ()  # ids of those that are told, or at least named, on it


def pages(message: Message) -> tuple[Page, ...]:
    """`message` as one page wherever that can name every alert; the first alerts are told in most detail.

    Further pages come only where hundreds of alerts share a delivery: of ids alone, or of a catch-up's lines.
    """
    alerts = [wording.presentable(alert) for alert in message.alerts]
    if message.gathered_since is not None:
        return tuple(_page(text) for text in _catch_up(alerts, message, message.gathered_since))
    banner = wording.banner(message)
    head: Text = (Run(f"{banner}\n\n", "i"),) if banner else ()
    first, left = _first_page(alerts, message, LIMIT - units(head))
    return (_page((*head, *first)), *(_page(ids) for ids in _id_pages(left)))


def _catch_up(alerts: list[AlertView], message: Message, since: datetime) -> Iterator[Text]:
    """As few pages as hold a line of each alert."""
    head: Text = (
        Run(catch_up.title(message, since), "b"),
        Run(f"\n{catch_up.by_severity(alerts)}\n{wording.one_line(catch_up.by_rule(alerts), 600)}"),
    )
    leading, others = catch_up.split(alerts)
    parts = [_Part(head), *(_Part(_lead(alert, message), "\n\n") for alert in leading)]
    for name, members in itertools.groupby(others, key=catch_up.group):
        parts += _group(name, list(members), message)
    yield from _filled(parts)


@dataclass(frozen=True, slots=True)
class _Part:
    """What stays on one page; `again` is said before it where a new page begins with it."""

    text: Text
    separator: str = ""
    again: Text = ()


def _filled(parts: Sequence[_Part]) -> Iterator[Text]:
    page: Text = ()
    number = 1
    for part in parts:
        longer = (*page, Run(part.separator), *part.text)
        if units(longer) <= LIMIT:
            page = longer
            continue
        yield page
        number += 1
        page = (Run(f"Catch-up, part {number}\n\n", "b"), *part.again, *part.text)
    yield page


def _group(name: str, alerts: Sequence[AlertView], message: Message) -> Iterator[_Part]:
    """A heading, and a line an alert."""
    mark = _ground(alerts[0])
    first, *others = [_short_line(alert, message) for alert in alerts]
    yield _Part((Run(f"{mark} "), Run(f"{name} ({len(alerts)})", "b"), Run("\n"), *first), "\n\n")
    again: Text = (Run(f"{mark} "), Run(f"{name}, continued", "b"), Run("\n"))
    yield from (_Part(line, "\n", again) for line in others)


def _lead(alert: AlertView, message: Message) -> Text:
    said = wording.one_line(catch_up.told(alert), 240)
    when = wording.when(alert, message.timezone)
    heading = (Run(f"{_mark(alert)} "), Run(wording.heading(alert), "b"), Run(f"\n{said}\n{when} · "))
    return (*heading, *_link(alert, "Open the post"), *_identity(alert))


def _short_line(alert: AlertView, message: Message) -> Text:
    """What happened to it, when, what and where; its group says the rest."""
    said = f"{_changed(alert)} {catch_up.day_and_time(alert, message)} {catch_up.told(alert)}"
    return (Run(f"{wording.one_line(said, 120)} "), *_link(alert, "open"), *_identity(alert))


def units(text: Text) -> int:
    """Length in UTF-16 units."""
    return sum(len(run.text.encode("utf-16-le")) // 2 for run in text)


def _page(text: Text) -> Page:
    links = [run.url for run in text if run.url]
    plain = "".join(run.text for run in text)
    with_links = "\n".join([plain, *links])
    fits = units((Run(with_links),)) <= LIMIT
    return Page(
        html="".join(run.html() for run in text),
        plain=with_links if fits else plain,
        alerts=tuple(run.text for run in text if run.tag == _ID),
    )


def _first_page(alerts: list[AlertView], message: Message, limit: int) -> tuple[Text, list[AlertView]]:
    """The page, and the alerts whose very ids did not fit."""
    told = _fitting([_identity(alert) for alert in alerts], limit)
    alerts, left = alerts[: len(told)], alerts[len(told) :]
    blocked = _improve(told, [_block(alerts[0], message, 0)], limit)
    lined = _improve(told, [*told[:blocked], *map(_line, alerts[blocked:])], limit)
    for excerpt_limit in _EXCERPTS:
        blocks = [_block(alert, message, excerpt_limit) for alert in alerts]
        blocked = max(blocked, _improve(told, blocks, limit))
    lined = max(lined, blocked)
    return _assemble(told[:blocked], told[blocked:lined], told[lined:]), left


def _fitting(texts: list[Text], limit: int) -> list[Text]:
    """As many of the first texts as fit on a page, at least one."""
    lengths = itertools.accumulate(map(_length, texts), initial=_MORE)
    return texts[: max(1, sum(length <= limit for length in lengths) - 1)]


def _improve(told: list[Text], better: Sequence[Text], limit: int) -> int:
    """Tell the first alerts the better way, as many in a row as fit; returns how many."""
    room = limit - _MORE - sum(map(_length, told))
    for position, text in enumerate(better):
        room -= _length(text) - _length(told[position])
        if room < 0:
            return position
        told[position] = text
    return len(better)


def _length(text: Text) -> int:
    return units(text) + 2  # with what stands between two alerts


def _assemble(blocks: list[Text], lines: list[Text], ids: list[Text]) -> Text:
    parts = [_joined(blocks, "\n\n"), _joined(lines, "\n")]
    if ids:
        parts.append((Run(f"… and {len(ids)} more: "), *_joined(ids, " ")))
    return _joined([part for part in parts if part], "\n\n")


def _joined(texts: Sequence[Text], separator: str) -> Text:
    runs: list[Run] = []
    for text in texts:
        runs += ((Run(separator),) if runs else ()) + text
    return tuple(runs)


def _id_pages(alerts: list[AlertView]) -> Iterator[Text]:
    ids = [_identity(alert) for alert in alerts]
    while ids:
        page = _fitting(ids, LIMIT)
        yield _assemble([], [], page)
        ids = ids[len(page) :]


def _identity(alert: AlertView) -> Text:
    return (Run(alert.alert_id, _ID),)


def _line(alert: AlertView) -> Text:
    said = wording.one_line(f"{alert.headline} — {alert.source_name}", 120)
    return (Run(f"{_mark(alert)} {said} "), *_link(alert, "open"), *_identity(alert))


def _mark(alert: AlertView) -> str:
    return f"{_ground(alert)} {_changed(alert)}".rstrip()


def _ground(alert: AlertView) -> str:
    return _OVER if alert.change is Change.CLOSED else _MARKS[alert.severity]


def _changed(alert: AlertView) -> str:
    return {Change.UPDATED: _UPDATED, Change.DELETED: _DELETED}.get(alert.change, "")


def _block(alert: AlertView, message: Message, excerpt_limit: int) -> Text:
    said = [_heading(alert, message)]
    excerpt = wording.shorten(alert.excerpt, excerpt_limit) if excerpt_limit else ()
    if not (excerpt and wording.repeats_headline(alert)):
        said.append((Run(alert.headline, "b"),))
    if wording.plain(excerpt).strip():
        said.append(tuple(Run(part.text, "b" if part.hit else None) for part in excerpt))
    if excerpt_limit and alert.evidence:
        said.append(_evidence(alert, message, _EVIDENCE[excerpt_limit]))
    said.append((*_reasons(alert), Run("\n"), *_link(alert, "Open the post"), *_identity(alert)))
    return _joined(said, "\n\n")


def _evidence(alert: AlertView, message: Message, most: int) -> Text:
    listed = wording.evidence(alert, message.timezone)
    lines = [(Run("• "), _linked(line, url)) for line, url in listed[:most]]
    more = len(listed) - len(lines)
    return _joined([*lines, *([(Run(f"… and {more} more"),)] if more > 0 else [])], "\n")


def _linked(line: str, url: str | None) -> Run:
    said = wording.one_line(line, 160)
    target = wording.link(url)
    return Run(said, "a", target) if target else Run(said)


def _heading(alert: AlertView, message: Message) -> Text:
    runs = (Run(f"{_mark(alert)} "), Run(wording.heading(alert), "b"))
    facts = Run(f"\n{wording.facts(alert, message.timezone)}")
    # What it is sent for comes first: a phone's lock screen shows but two lines.
    news = wording.news(alert, message.timezone, _NAMES)
    return (*runs, Run("\n"), Run(news, "i"), facts) if news else (*runs, facts)


def _reasons(alert: AlertView) -> Text:
    copies = None if alert.change is Change.UPDATED else wording.copies(alert, _NAMES)
    return (Run("\n".join([alert.reason, copies] if copies else [alert.reason]), "i"),)


def _link(alert: AlertView, label: str) -> Text:
    url = wording.link(alert.url)
    return (Run(label, "a", url), Run(" · ")) if url else ()
