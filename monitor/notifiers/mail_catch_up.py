"""A catch-up as the two parts of an e-mail: what leads, then a list or a table with a row an alert. Pure."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape

from monitor.message import AlertView, Change, Message
from monitor.notifiers import catch_up, wording

_TEXT_WIDTH = 78

# Attributes are few and short: some mail programs cut a mail after 100 kB, and there are hundreds of rows.
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>td,th{{text-align:left;vertical-align:top;padding:3px 8px 3px 0}}</style></head>
<body style="margin:0;padding:12px;font:15px/1.4 -apple-system,'Segoe UI',Roboto,sans-serif">
<h1 style="font-size:19px">{title}</h1>
<p>{severities}</p>
<p>{rules}</p>
{leading}
<table style="border-collapse:collapse;font-size:14px">
<tr><th>Severity<th>Rule<th>What<th>Where and when<th>Alert</tr>
{rows}
</table>
</body></html>
"""
_LEAD = (
    '<p><b>{heading}</b><br><span dir="auto">{headline}</span><br>'
    '<span style="opacity:.75">{facts} · <code>{identity}</code></span></p>'
)
_ROW = '<tr><td>{gravity}<td>{rule}<td dir="auto">{headline}<td>{facts}<td><code>{identity}</code></tr>'


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
        rows="\n".join(_html_row(alert, message) for alert in others),
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


def _html_row(alert: AlertView, message: Message) -> str:
    changed = "" if alert.change in {Change.OPENED, Change.CLOSED} else f" ({alert.change})"
    when = wording.when(alert, message.timezone)
    return _ROW.format(
        gravity=wording.gravity(alert) + changed,
        rule=escape(wording.one_line(alert.rule_title, 60)),
        headline=_linked(alert, wording.one_line(alert.headline, 120)),
        facts=escape(wording.one_line(f"{alert.source_name}, {when}", 100)),
        identity=escape(alert.alert_id),
    )


def _linked(alert: AlertView, words: str) -> str:
    url = wording.link(alert.url)
    return f'<a href="{escape(url)}">{escape(words)}</a>' if url else escape(words)
