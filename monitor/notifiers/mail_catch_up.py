"""A catch-up as the two parts of an e-mail: what leads, then a line an alert, rule by rule. Pure."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from itertools import groupby

from monitor.message import AlertView, Change, Message
from monitor.notifiers import catch_up, wording

_TEXT_WIDTH = 78

# Attributes are few and short: some mail programs cut a mail after 100 kB, and there are hundreds of lines.
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>h2{{font-size:16px;margin:24px 0 8px}}p{{margin:0 0 8px}}small{{opacity:.75}}</style></head>
<body style="margin:0;padding:12px;font:15px/1.4 -apple-system,'Segoe UI',Roboto,sans-serif">
<h1 style="font-size:19px">{title}</h1>
<p>{severities}</p>
<p>{rules}</p>
{leading}
{rows}
</body></html>
"""
_LEAD = (
    '<p><b>{heading}</b><br><span dir="auto">{headline}</span><br>'
    '<span style="opacity:.75">{facts} · <code>{identity}</code></span></p>'
)
_GROUP = "<h2>{name} ({number})</h2>"
_ROW = '<p><span dir="auto">{headline}</span><br><small>{facts} · <code>{identity}</code></small>'


def text(message: Message, alerts: Sequence[AlertView], since: datetime) -> str:
    """The plain part."""
    leading, others = catch_up.split(alerts)
    head = [
        catch_up.title(message, since),
        catch_up.by_severity(alerts),
        _wrapped(catch_up.by_rule(alerts)),
    ]
    blocks = ["\n".join(head), *("\n".join(_lead(alert, message)) for alert in leading)]
    blocks += ["\n".join(_line(alert, message)) for alert in others]
    return "\n\n".join(blocks) + "\n"


def html(message: Message, alerts: Sequence[AlertView], since: datetime) -> str:
    """The HTML part."""
    leading, others = catch_up.split(alerts)
    return _PAGE.format(
        title=escape(catch_up.title(message, since)),
        severities=escape(catch_up.by_severity(alerts)),
        rules=escape(catch_up.by_rule(alerts)),
        leading="\n".join(_html_lead(alert, message) for alert in leading),
        rows="\n".join(_html_rows(others, message)),
    )


def _lead(alert: AlertView, message: Message) -> Iterator[str]:
    yield wording.heading(alert)
    yield _wrapped(alert.headline)
    yield wording.facts(alert, message.timezone)
    if alert.url:
        yield alert.url
    yield f"Alert: {alert.alert_id}"


def _line(alert: AlertView, message: Message) -> Iterator[str]:
    yield f"{alert.alert_id}  {catch_up.line(alert, message)}"
    if alert.url:
        yield f"  {alert.url}"


def _wrapped(words: str) -> str:
    return textwrap.fill(words, _TEXT_WIDTH, break_long_words=False, break_on_hyphens=False)


def _html_lead(alert: AlertView, message: Message) -> str:
    return _LEAD.format(
        heading=escape(wording.heading(alert)),
        headline=_linked(alert, alert.headline),
        facts=escape(wording.facts(alert, message.timezone)),
        identity=escape(alert.alert_id),
    )


def _html_rows(alerts: Sequence[AlertView], message: Message) -> Iterator[str]:
    for name, members in groupby(alerts, key=catch_up.group):
        rows = [_html_row(alert, message) for alert in members]
        yield _GROUP.format(name=escape(name), number=len(rows))
        yield from rows


def _html_row(alert: AlertView, message: Message) -> str:
    changed = "" if alert.change in {Change.OPENED, Change.CLOSED} else f"{alert.change} · "
    facts = wording.one_line(f"{alert.source_name}, {wording.when(alert, message.timezone)}", 100)
    return _ROW.format(
        headline=_linked(alert, wording.one_line(alert.headline, 120)),
        facts=escape(f"{changed}{facts}"),
        identity=escape(alert.alert_id),
    )


def _linked(alert: AlertView, words: str) -> str:
    url = wording.link(alert.url)
    return f'<a href="{escape(url)}">{escape(words)}</a>' if url else escape(words)
