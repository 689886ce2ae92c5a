"""A channel's preview page, in the markup that its reader needs; all of it is invented."""

import base64
import html
import json
import zlib
from datetime import UTC, datetime, timedelta

_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8">
<link rel="next" href="/s/{name}?after={last}"></head><body>
<header class="tgme_header"><div class="tgme_channel_info">
<div class="tgme_channel_info_header_title"><span dir="auto">{name} (sample)</span></div>
<div class="tgme_channel_info_header_username"><a href="https://t.me/{name}">@{name}</a></div>
</div></header><main class="tgme_main" data-url="/{name}">
<section class="tgme_channel_history js-message_history">{messages}</section></main></body></html>"""

_MESSAGE = """<div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="tgme_widget_message js-widget_message" data-post="{name}/{number}" data-view="{view}">
<div class="tgme_widget_message_bubble">
<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>
<div class="tgme_widget_message_reactions">
<span class="tgme_reaction"><i class="emoji"><b>👍</b></i>7</span></div>
<div class="tgme_widget_message_footer"><span class="tgme_widget_message_views">1.2K</span>
<span class="tgme_widget_message_meta"><a class="tgme_widget_message_date"
href="https://t.me/{name}/{number}"><time datetime="{at}">08:15</time></a></span></div></div></div></div>"""


def channel_page(name: str, first: int, posts: list[tuple[str, str]]) -> bytes:
    """Posts numbered from `first`, with a link to newer ones."""
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="seconds")
    channel = zlib.crc32(name.encode())
    messages = "".join(
        _MESSAGE.format(name=name, number=number, view=_view(channel, number), text=html.escape(text), at=at)
        for number, (_, text) in enumerate(posts, start=first)
    )
    return _PAGE.format(name=name, last=first + len(posts) - 1, messages=messages).encode()


def _view(channel: int, number: int) -> str:
    told = json.dumps({"c": -channel, "p": number})
    return base64.b64encode(told.encode()).decode().rstrip("=")
