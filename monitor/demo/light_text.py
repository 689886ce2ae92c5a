"""The samples' own light markup: `**bold**`, `[label](address)`, and what Telegram itself makes links of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final, Literal, get_args
from urllib.parse import quote

_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[\u203c\u2049\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]?"
    "(?:\u200d[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?)*"
)
_TOKEN = re.compile(
    r"\*\*(?P<bold>[^*]+)\*\*"
    r"|\[(?P<label>[^\]]+)\]\((?P<address>[^)]+)\)"
    r"|(?P<link>https?://[^\s)]*[^\s).,;:!?])"
    r"|(?P<mail>[\w.]+@[\w-]+\.[\w.]*\w)"
    r"|(?<![\w@])@(?P<name>\w{5,})"
    r"|(?P<hashtag>#\w+)"
)

SpanKind = Literal["bold", "label", "link", "mail", "name", "hashtag"]
_SPAN_KINDS: Final[tuple[SpanKind, ...]] = get_args(SpanKind)


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A part of the plain text that is more than plain."""

    kind: SpanKind
    start: int  # in characters of the plain text
    shown: str
    address: str | None = None  # of a label


def plain(text: str) -> str:
    """What a reader sees."""
    return _TOKEN.sub(_shown, text)


def spans(text: str) -> Iterator[Span]:
    """What in the plain text is bold or a link, in order."""
    lost = 0  # characters of markup so far
    for match in _TOKEN.finditer(text):
        shown = _shown(match)
        kind = next(kind for kind in _SPAN_KINDS if match[kind])
        yield Span(kind=kind, start=match.start() - lost, shown=shown, address=match["address"])
        lost += len(match[0]) - len(shown)


def _shown(match: re.Match[str]) -> str:
    return match["bold"] or match["label"] or match[0]


def to_html(text: str) -> str:
    """The inside of Telegram's text element."""
    pieces: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        pieces += [_characters(text[end : match.start()]), _marked(match)]
        end = match.end()
    return "".join([*pieces, _characters(text[end:])])


def escaped(text: str) -> str:
    """Text with Telegram's choice of escapes: it also escapes the exclamation mark."""
    return escape(text, quote=True).replace("&#x27;", "&#39;").replace("!", "&#33;")


def with_emoji(text: str) -> str:
    """Escaped text whose emoji are pictures, as on Telegram's pages."""
    return _EMOJI.sub(lambda match: emoji(match[0]), escaped(text))


def emoji(character: str) -> str:
    """One emoji as Telegram draws it: a picture named by its UTF-8 bytes."""
    name = character.replace("\ufe0f", "").encode().hex().upper()
    picture = f"background-image:url('//telegram.org/img/emoji/40/{name}.png')"
    return f'<i class="emoji" style="{picture}"><b>{character}</b></i>'


def _characters(text: str) -> str:
    return with_emoji(text).replace("\n", "<br/>")


def _marked(match: re.Match[str]) -> str:
    if match["bold"]:
        return f"<b>{_characters(match['bold'])}</b>"
    if match["label"]:
        return _outside_link(match["address"], _characters(match["label"]), asks=True)
    if match["link"]:
        return _outside_link(match["link"], escaped(match["link"]), asks=False)
    if match["mail"]:
        return f'<a href="mailto:{match["mail"]}">{match["mail"]}</a>'
    if match["name"]:
        return f'<a href="https://t.me/{match["name"]}" target="_blank">@{match["name"]}</a>'
    return f'<a href="?q={quote(match["hashtag"])}">{escaped(match["hashtag"])}</a>'


def _outside_link(address: str, label: str, *, asks: bool) -> str:
    question = " onclick=\"return confirm('Open this link?\\n\\n'+this.href);\"" if asks else ""
    return f'<a href="{escaped(address)}" target="_blank" rel="noopener"{question}>{label}</a>'
