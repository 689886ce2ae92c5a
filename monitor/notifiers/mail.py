"""An alert as an e-mail: headers that thread, a text part and an HTML part. Pure."""

import hashlib
import re
import textwrap
from collections.abc import Sequence
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape

from monitor.message import AlertView, Change, Fragment, Message, Severity
from monitor.notifiers import catch_up, mail_catch_up, wording

_THREADED = 20  # roots named in References: header lines can't grow for ever
_SUBJECT_LIMIT = 180
_ID_LIMIT = 48  # header lines break after 78 characters, ids must not
_WORD_LIMIT = 75  # of an encoded word (RFC 2047, section 2)
_POLICY = SMTP.clone(refold_source="none")  # headers that we encoded stay as they are
_COLOURS = {Severity.INFO: "#2563eb", Severity.WARNING: "#b45309", Severity.CRITICAL: "#b91c1c"}
_OVER = "#15803d"
_TEXT_WIDTH = 78


def compose(message: Message, *, sender: str, to: Sequence[str], subject_prefix: str) -> EmailMessage:
    """`message` as an e-mail, the same bytes-for-bytes Message-ID at every attempt of a delivery."""
    alerts = tuple(wording.presentable(alert) for alert in message.alerts)
    domain = address(sender).domain
    mail = EmailMessage(policy=_POLICY)
    mail.set_raw("From", _mailboxes([sender]))
    mail.set_raw("To", _mailboxes(to))
    mail.set_raw("Subject", _encoded(subject(message, subject_prefix), "Subject"))
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = _reference(message.delivery_id, domain)
    if message.gathered_since is None:
        _thread(mail, alerts, domain)
    mail["List-Id"] = f"Groundswell alerts <groundswell.{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Groundswell-Delivery"] = _header(message.delivery_id)
    for alert in alerts:
        mail["X-Groundswell-Alert"] = _header(alert.alert_id)
    # base64: seven bits and short lines, whatever the texts hold, so that every server takes it.
    mail.set_content(plain_text(message), cte="base64")
    if not message.plain:
        mail.add_alternative(_html_text(message, alerts), subtype="html", cte="base64")
    return mail


def subject(message: Message, prefix: str) -> str:
    """What `message` is about, on one line that begins with `prefix`."""
    alerts = tuple(wording.presentable(alert) for alert in message.alerts)
    if message.gathered_since is None:
        return _subject(message, alerts, prefix)
    told = f"{catch_up.title(message, message.gathered_since)}: {catch_up.by_severity(alerts)}"
    return _header(f"{prefix} {told}".strip(), limit=400)


def plain_text(message: Message) -> str:
    """All of `message`, without any markup."""
    alerts = tuple(wording.presentable(alert) for alert in message.alerts)
    if message.gathered_since is None:
        return _text(message, alerts)
    return mail_catch_up.text(message, alerts, message.gathered_since)


def _html_text(message: Message, alerts: tuple[AlertView, ...]) -> str:
    if message.gathered_since is None:
        return _html(message, alerts)
    return mail_catch_up.html(message, alerts, message.gathered_since)


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
    lead = max(alerts, key=_weight)
    count = f"{len(alerts)} alerts: " if len(alerts) > 1 else ""
    quiet = lead.severity is Severity.INFO and lead.change is not Change.CLOSED
    mark = "" if quiet else f"{wording.gravity(lead)} "
    headline = lead.headline.rstrip(" :,;–—-")
    tail = "" if headline.startswith(lead.source_name) else f" — {lead.source_name}"
    said = wording.one_line(
        f"{count}{mark}{lead.rule_title}: {headline}", max(40, _SUBJECT_LIMIT - len(tail))
    )
    # "Re:" and otherwise the same subject: mail programs that thread by subject too keep the thread.
    again = "Re: " if all(alert.change is not Change.OPENED for alert in alerts) else ""
    test = "TEST " if message.test else ""
    return _header(f"{again}{prefix} {test}{said}{tail}".strip(), limit=400)


def _weight(alert: AlertView) -> tuple[bool, int, bool]:
    """What leads a subject: what still goes on, then the gravest, then the newest."""
    return alert.change is not Change.CLOSED, wording.rank(alert), alert.change is Change.OPENED


def _header(text: str, limit: int = 200) -> str:
    # An encoded word in a stranger's text would be decoded on its way, with whatever line ends it hides.
    return wording.one_line(text.replace("=?", "= ?"), limit)


def _mailboxes(texts: Sequence[str]) -> str:
    return ",\r\n ".join(_mailbox(address(text)) for text in texts)


def _mailbox(one: Address) -> str:
    if one.display_name.isascii():
        return str(one)
    return f"{_encoded(one.display_name, 'From')} <{one.addr_spec}>"


def _encoded(text: str, header: str) -> str:
    """One line of text as it stands in a mail's head, in encoded words of at most one line each (RFC 2047).

    The older class of the library does it: the folding of `EmailMessage` loses the spaces between words
    outside ASCII and breaks encoded words in two (https://github.com/python/cpython/issues/92081).
    """
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, maxlinelen=_WORD_LIMIT, header_name=header).encode(linesep="\r\n")


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
    blocks = [banner] if banner else []
    places = _places(len(alerts))
    blocks += [_text_block(alert, message, place) for alert, place in zip(alerts, places, strict=True)]
    return "\n\n\n".join(blocks) + "\n"


def _places(count: int) -> list[str]:
    """How the alerts of one mail are counted: nothing for one, "1 of 3" and so on for several."""
    return [""] if count == 1 else [f"{number} of {count}" for number in range(1, count + 1)]


def _text_block(alert: AlertView, message: Message, place: str) -> str:
    heading = f"{place} · {wording.heading(alert)}" if place else wording.heading(alert)
    seen = [_labelled("Seen", copies)] if (copies := wording.copies(alert)) else []
    paragraphs = [[heading, wording.facts(alert, message.timezone)]]
    if not wording.repeats_headline(alert):
        paragraphs.append([_wrapped(alert.headline)])
    if wording.plain(alert.excerpt).strip():
        paragraphs.append([_wrapped(line, "  ") for line in _marked(alert.excerpt).splitlines()])
    # In an update the copies are the news.
    updated = alert.change is Change.UPDATED
    paragraphs[0] += seen if updated else []
    if updated and (grown := wording.growth(alert)):
        paragraphs[0].append(_labelled("Now", grown))
    if alert.change is Change.DELETED:
        paragraphs[0].append(_labelled("Now", wording.obituary(alert, message.timezone)))
    if alert.evidence:
        paragraphs.append([_text_evidence(*listed) for listed in wording.evidence(alert, message.timezone)])
    tail = [_labelled(_reason_label(alert), alert.reason), *([] if updated else seen)]
    tail += [f"Link:  {alert.url}"] if alert.url else []
    paragraphs.append([*tail, f"Alert: {alert.alert_id}"])
    return "\n\n".join("\n".join(lines) for lines in paragraphs)


def _text_evidence(line: str, url: str | None) -> str:
    told = _wrapped(line, "- ", "  ")
    return f"{told}\n  {url}" if url else told


def _reason_label(alert: AlertView) -> str:
    return "Now" if alert.change is Change.CLOSED else "Why"


def _marked(fragments: Sequence[Fragment]) -> str:
    return "".join(f"*{fragment.text}*" if fragment.hit else fragment.text for fragment in fragments)


def _labelled(label: str, text: str) -> str:
    return _wrapped(text, f"{label}:".ljust(7), " " * 7)


def _wrapped(text: str, first: str = "", then: str | None = None) -> str:
    return textwrap.fill(
        text,
        _TEXT_WIDTH,
        initial_indent=first,
        subsequent_indent=first if then is None else then,
        break_long_words=False,
        break_on_hyphens=False,
    )


# ---- the HTML part: inline styles, nothing from outside, colours for light and dark ------------------------

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title></head>
<body style="margin:0;padding:12px;font:16px/1.45 -apple-system,'Segoe UI',Roboto,sans-serif">
<div style="display:none;max-height:0;overflow:hidden">{preview}</div>
<div style="max-width:640px;margin:0 auto;overflow-wrap:anywhere">
{blocks}
</div></body></html>
"""
_ALERT = """<div style="border-left:4px solid {colour};padding:1px 0 1px 14px;margin:0 0 28px">
<div style="font-size:14px">{marks}<b>{rule}</b></div>
<div style="margin-top:6px;font-weight:bold" dir="auto">{source}</div>
<div style="font-size:14px;opacity:.75">{circumstances}</div>
{parts}
{tail}
<div style="font-size:13px;margin-top:10px;opacity:.65">alert <code>{identity}</code></div>
</div>"""
_MARK = '<span style="{style};padding:1px 7px;border-radius:4px;font-weight:bold">{word}</span> '
_PLACE = '<span style="opacity:.65">{} · </span>'
_HEADLINE = '<div style="font-size:19px;line-height:1.3;font-weight:bold;margin-top:8px" {}>{}</div>'
_QUOTE = '<div style="margin-top:8px;white-space:pre-line" {}>{}</div>'
_WHY = '<div style="font-size:14px;margin-top:10px"><b>{}:</b> {}</div>'
_NOW = '<div style="font-size:14px;margin-top:6px"><b>Now:</b> {}</div>'
_COPIES = '<div style="font-size:14px;margin-top:6px"><b>Seen:</b> {}</div>'
_BUTTON = (
    '<div style="margin-top:12px"><a href="{}" style="display:inline-block;padding:7px 14px;'
    'border:1px solid #3b82f6;border-radius:6px;color:#3b82f6;text-decoration:none">Open on {}</a></div>'
)
_EVIDENCE = '<div style="font-size:15px;margin-top:6px" dir="auto">• {}</div>'
_ADDRESS = '<div style="font-size:14px;margin-top:10px">{}</div>'
_HIT = '<mark style="background:#fde047;color:#1a1a1a;padding:0 2px;border-radius:2px">{}</mark>'
_BANNER = '<p style="font-weight:bold;border:2px dashed #a855f7;padding:8px">{}</p>'


def _html(message: Message, alerts: tuple[AlertView, ...]) -> str:
    banner = wording.banner(message)
    blocks = [_BANNER.format(escape(banner))] if banner else []
    places = _places(len(alerts))
    blocks += [_html_block(alert, message, place) for alert, place in zip(alerts, places, strict=True)]
    return _PAGE.format(
        title=escape(alerts[0].headline), preview=escape(_preview(alerts)), blocks="\n".join(blocks)
    )


def _preview(alerts: tuple[AlertView, ...]) -> str:
    """What lists of mails show beside the subject: what the subject does not say."""
    if len(alerts) > 1:
        return wording.one_line("; ".join(f"{one.source_name}: {one.headline}" for one in alerts))
    told = wording.plain(alerts[0].excerpt) or alerts[0].reason
    copies = wording.copies(alerts[0], most_names=2)
    return wording.one_line(f"{copies} · {told}" if copies else told)


def _html_block(alert: AlertView, message: Message, place: str) -> str:
    return _ALERT.format(
        colour=_colour(alert),
        marks=(_PLACE.format(place) if place else "") + _marks(alert),
        rule=escape(alert.rule_title),
        source=escape(alert.source_name),
        circumstances=escape(wording.circumstances(alert, message.timezone)),
        parts=_html_parts(alert, message),
        tail=_html_tail(alert),
        identity=escape(alert.alert_id),
    )


def _colour(alert: AlertView) -> str:
    return _OVER if alert.change is Change.CLOSED else _COLOURS[alert.severity]


def _marks(alert: AlertView) -> str:
    colour = _colour(alert)
    mark = _MARK.format(style=f"background:{colour};color:#ffffff", word=wording.gravity(alert))
    word = {Change.UPDATED: "UPDATE", Change.DELETED: "DELETED"}.get(alert.change)
    return mark if word is None else mark + _MARK.format(style=f"border:1px solid {colour}", word=word)


def _html_parts(alert: AlertView, message: Message) -> str:
    language = f'lang="{escape(alert.language or "")}" dir="auto"'
    updated = alert.change is Change.UPDATED
    parts = [_html_copies(alert)] if updated else []
    if updated and (grown := wording.growth(alert)):
        parts.append(_NOW.format(escape(grown)))
    if alert.change is Change.DELETED:
        parts.append(_NOW.format(escape(wording.obituary(alert, message.timezone))))
    if not wording.repeats_headline(alert):
        parts.append(_HEADLINE.format(language, escape(alert.headline)))
    if wording.plain(alert.excerpt).strip():
        parts.append(_QUOTE.format(language, "".join(map(_html_fragment, alert.excerpt))))
    parts += [_html_evidence(*listed) for listed in wording.evidence(alert, message.timezone)]
    return "\n".join(parts)


def _html_tail(alert: AlertView) -> str:
    parts = [_WHY.format(_reason_label(alert), escape(alert.reason))]
    if alert.change is not Change.UPDATED:
        parts.append(_html_copies(alert))
    return "\n".join(filter(None, [*parts, _html_link(alert.url)]))


def _html_copies(alert: AlertView) -> str:
    copies = wording.copies(alert)
    return _COPIES.format(escape(copies)) if copies else ""


def _html_fragment(fragment: Fragment) -> str:
    return _HIT.format(escape(fragment.text)) if fragment.hit else escape(fragment.text)


def _html_evidence(line: str, url: str | None) -> str:
    target = wording.link(url)
    said = escape(line)
    return _EVIDENCE.format(f'<a href="{escape(target)}">{said}</a>' if target else said)


def _html_link(url: str | None) -> str:
    if url is None:
        return ""
    host = wording.host(url)
    return _BUTTON.format(escape(url), escape(host)) if host else _ADDRESS.format(escape(url))
