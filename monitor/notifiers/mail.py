"""An alert as an e-mail: headers that thread, a text part and an HTML part. Pure."""

import hashlib
import re
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape

from monitor.message import AlertView, Change, Fragment, Message, Severity
from monitor.notifiers import wording

_THREADED = 20  # roots named in References: header lines can't grow for ever
_SUBJECT_LIMIT = 180
_ID_LIMIT = 48  # header lines break after 78 characters, ids must not
_COLOURS = {Severity.INFO: "#2563eb", Severity.WARNING: "#b45309", Severity.CRITICAL: "#b91c1c"}


def compose(message: Message, *, sender: str, to: Sequence[str], subject_prefix: str) -> EmailMessage:
    """`message` as an e-mail, the same bytes-for-bytes Message-ID at every attempt of a delivery."""
    alerts = tuple(wording.presentable(alert) for alert in message.alerts)
    domain = address(sender).domain
    mail = EmailMessage(policy=SMTP)
    mail["From"] = address(sender)
    mail["To"] = [address(receiver) for receiver in to]
    mail["Subject"] = _subject(message, alerts, subject_prefix)
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = _reference(message.delivery_id, domain)
    _thread(mail, alerts, domain)
    mail["List-Id"] = f"Groundswell alerts <groundswell.{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Groundswell-Delivery"] = _header(message.delivery_id)
    for alert in alerts:
        mail["X-Groundswell-Alert"] = _header(alert.alert_id)
    # base64: seven bits and short lines, whatever the texts hold, so that every server takes it.
    mail.set_content(_text(message, alerts), cte="base64")
    mail.add_alternative(_html(message, alerts), subtype="html", cte="base64")
    return mail


def address(text: str) -> Address:
    """An address such as "Groundswell <alerts@example.org>".

    Raises:
        ValueError: it is not one.
    """
    name, spec = parseaddr(text)
    if "@" not in spec or not re.fullmatch(r"[!-~]+", spec):
        raise ValueError(f'"{text}" is not an e-mail address')
    try:
        return Address(display_name=wording.one_line(name), addr_spec=spec)
    except (ValueError, IndexError) as error:
        raise ValueError(f'"{text}" is not an e-mail address') from error


def message_id(mail: EmailMessage) -> str:
    """The Message-ID of a composed mail."""
    return str(mail["Message-ID"])


# ---- headers -----------------------------------------------------------------------------------------------


def _subject(message: Message, alerts: tuple[AlertView, ...], prefix: str) -> str:
    first = alerts[0]
    others = f" (+{len(alerts) - 1} more)" if len(alerts) > 1 else ""
    mark = "" if first.severity is Severity.INFO else f"{wording.SEVERITY_WORDS[first.severity].upper()} "
    said = f"{mark}{first.rule_title}: {first.headline}"
    tail = f" — {first.source_name}{others}"
    said = wording.one_line(said, max(40, _SUBJECT_LIMIT - len(tail)))
    # "Re:" and otherwise the same subject: mail programs that thread by subject too keep the thread.
    again = "Re: " if all(alert.change is not Change.OPENED for alert in alerts) else ""
    test = "TEST " if message.test else ""
    return _header(f"{again}{prefix} {test}{said}{tail}", limit=400)


def _header(text: str, limit: int = 200) -> str:
    # An encoded word in a stranger's text would be decoded on its way, with whatever line ends it hides.
    return wording.one_line(text.replace("=?", "= ?"), limit)


def _thread(mail: EmailMessage, alerts: tuple[AlertView, ...], domain: str) -> None:
    """All mails about an alert answer one root that is never sent itself."""
    roots = [_reference(f"alert-{alert.alert_id}", domain) for alert in alerts[:_THREADED]]
    mail["In-Reply-To"] = roots[0]
    mail["References"] = " ".join(dict.fromkeys(roots))


def _reference(identity: str, domain: str) -> str:
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", identity)
    if len(safe) > _ID_LIMIT:
        safe = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_LIMIT]
    return f"<{safe}@groundswell.{domain}>"


# ---- the text part -----------------------------------------------------------------------------------------


def _text(message: Message, alerts: tuple[AlertView, ...]) -> str:
    banner = wording.banner(message)
    blocks = [f"{banner}\n"] if banner else []
    blocks += [_text_block(alert, message) for alert in alerts]
    return "\n\n".join(blocks) + "\n"


def _text_block(alert: AlertView, message: Message) -> str:
    lines = [wording.heading(alert), wording.facts(alert, message.timezone), ""]
    if not wording.repeats_headline(alert):
        lines += [alert.headline, ""]
    if quoted := wording.plain(alert.excerpt).strip():
        lines += [f"  {line}" for line in quoted.splitlines()]
        lines.append("")
    lines.append(f"Why:   {alert.reason}")
    if copies := wording.copies(alert):
        lines.append(f"Seen:  {copies}")
    if alert.url:
        lines.append(f"Link:  {alert.url}")
    lines.append(f"Alert: {alert.alert_id}")
    return "\n".join(lines)


# ---- the HTML part: inline styles, nothing from outside, colours for light and dark ------------------------

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title></head>
<body style="margin:0;padding:12px;font:16px/1.5 -apple-system,'Segoe UI',Roboto,sans-serif">
<div style="max-width:640px;margin:0 auto">
{blocks}
</div></body></html>
"""
_ALERT = """<div style="border-left:4px solid {colour};padding:2px 0 2px 14px;margin:0 0 24px">
<div style="font-size:13px"><span style="background:{colour};color:#ffffff;padding:1px 7px;\
border-radius:3px;font-weight:bold">{heading}</span></div>
<div style="font-size:13px;opacity:.75;margin-top:4px">{facts}</div>
{parts}
<div style="font-size:13px;margin-top:8px">{reason}</div>{copies}
<div style="font-size:13px;margin-top:8px">{link}<span style="opacity:.6">alert \
<code>{identity}</code></span></div>
</div>"""
_HEADLINE = '<div style="font-size:18px;font-weight:bold;margin-top:6px">{}</div>'
_QUOTE = '<div style="margin-top:6px;white-space:pre-line;overflow-wrap:anywhere">{}</div>'
_COPIES = '\n<div style="font-size:13px;margin-top:4px">{}</div>'
_LINK = '<a href="{0}" style="color:#3b82f6">Open the post</a> · '
_HIT = '<mark style="background:#fde047;color:#1a1a1a;padding:0 2px;border-radius:2px">{}</mark>'
_BANNER = '<p style="font-weight:bold;border:2px dashed #a855f7;padding:8px">{}</p>'


def _html(message: Message, alerts: tuple[AlertView, ...]) -> str:
    banner = wording.banner(message)
    blocks = [_BANNER.format(escape(banner))] if banner else []
    blocks += [_html_block(alert, message) for alert in alerts]
    return _PAGE.format(title=escape(alerts[0].headline), blocks="\n".join(blocks))


def _html_block(alert: AlertView, message: Message) -> str:
    copies = wording.copies(alert)
    return _ALERT.format(
        colour=_COLOURS[alert.severity],
        heading=escape(wording.heading(alert)),
        facts=escape(wording.facts(alert, message.timezone)),
        parts=_html_parts(alert),
        reason=escape(alert.reason),
        copies=_COPIES.format(escape(copies)) if copies else "",
        link=_html_link(alert.url),
        identity=escape(alert.alert_id),
    )


def _html_parts(alert: AlertView) -> str:
    parts = [] if wording.repeats_headline(alert) else [_HEADLINE.format(escape(alert.headline))]
    if wording.plain(alert.excerpt).strip():
        parts.append(_QUOTE.format("".join(map(_html_fragment, alert.excerpt))))
    return "\n".join(parts)


def _html_fragment(fragment: Fragment) -> str:
    return _HIT.format(escape(fragment.text)) if fragment.hit else escape(fragment.text)


def _html_link(url: str | None) -> str:
    if url is None:
        return ""
    return _LINK.format(escape(url)) if wording.link(url) else f"{escape(url)} · "
