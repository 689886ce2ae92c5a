"""Somebody else's t.me: serves the web previews of invented channels, page by page, over loopback HTTP."""

import asyncio
import base64
import html
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.fakes.raw_server import http_bytes


@dataclass(kw_only=True)
class InventedPost:
    """A post, or an album where `members` is more than one: it takes that many ids."""

    id: int
    text: str
    members: int = 1
    views: str = "1"
    edited: bool = False
    published: str = "2026-10-05T08:15:30+00:00"
    kind: str = "tgme_widget_message_text js-message_text"  # the class of what holds its text
    channel_id: int | None = None  # where it is another channel's

    @property
    def last_id(self) -> int:
        return self.id + self.members - 1


@dataclass(kw_only=True)
class InventedChannel:
    """A channel with its posts, oldest first, as t.me would show it to anybody."""

    name: str
    native_id: int
    posts: list[InventedPost] = field(default_factory=list)
    page_length: int = 20
    newest_behind_the_end: bool = False  # what `?after=<newest>` answers: the newest page, or none
    links_to_newer: bool = True

    def write(self, *ids: int, members: int = 1) -> None:
        """Publish a post under each of `ids`."""
        self.posts += [
            InventedPost(id=number, text=f"Post {number} (fictional)", members=members) for number in ids
        ]

    def post(self, number: int) -> InventedPost:
        """The post that has the id `number`, alone or among its album's."""
        return next(post for post in self.posts if post.id <= number <= post.last_id)

    def delete(self, *ids: int) -> None:
        """Take the posts with these ids away, as their author does."""
        gone = [self.post(number) for number in ids]
        self.posts = [post for post in self.posts if post not in gone]

    def edit(self, number: int, text: str) -> None:
        """Give a post another text; Telegram marks it as edited."""
        post = self.post(number)
        post.text, post.edited = text, True

    def page(self, query: str) -> str:
        asked = {name: int(values[0]) for name, values in parse_qs(query).items()}
        shown = self._shown(asked)
        older = bool(shown) and self.posts[0].id < shown[0].id
        newer = bool(shown) and self.posts[-1].id > shown[-1].id and self.links_to_newer
        links = f'<link rel="prev" href="/s/{self.name}?before={shown[0].id}">' if older else ""
        links += f'<link rel="next" href="/s/{self.name}?after={shown[-1].last_id}">' if newer else ""
        return self._frame(links, "".join(map(self._message, shown)) or _NO_POSTS)

    def _shown(self, asked: dict[str, int]) -> list[InventedPost]:
        if "before" in asked:
            return [post for post in self.posts if post.last_id < asked["before"]][-self.page_length :]
        behind = [post for post in self.posts if post.last_id > asked.get("after", 0)]
        if "after" in asked and (behind or not self.newest_behind_the_end):
            return behind[: self.page_length]
        return self.posts[-self.page_length :]

    def _frame(self, links: str, messages: str) -> str:
        return f"""<!DOCTYPE html><html><head><meta charset="utf-8">{links}</head><body>
<header class="tgme_header"><div class="tgme_channel_info">
<div class="tgme_channel_info_header_title"><span dir="auto">{self.name} (sample)</span></div>
<div class="tgme_channel_info_header_username"><a href="https://t.me/{self.name}">@{self.name}</a></div>
<div class="tgme_channel_info_counter"><span class="counter_value">1.2K</span> <span>subscribers</span></div>
</div></header>
<main class="tgme_main" data-url="/{self.name}">
<section class="tgme_channel_history js-message_history">{messages}</section></main></body></html>"""

    def _message(self, post: InventedPost) -> str:
        view = {
            "c": -(post.channel_id or self.native_id),
            "p": f"{post.id}g" if post.members > 1 else post.id,
        }
        encoded = base64.b64encode(json.dumps(view).encode()).decode().rstrip("=")
        album = "".join(
            f'<a class="tgme_widget_message_photo_wrap" href="https://t.me/{self.name}/{number}?single"></a>'
            for number in range(post.id, post.last_id + 1)
            if post.members > 1
        )
        return f"""<div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="tgme_widget_message js-widget_message" data-post="{self.name}/{post.id}" data-view="{encoded}">
<div class="tgme_widget_message_bubble">{album}
<div class="{post.kind}" dir="auto">{html.escape(post.text)}</div>
<div class="tgme_widget_message_footer"><span class="tgme_widget_message_views">{post.views}</span>
<span class="tgme_widget_message_meta">{"edited " if post.edited else ""}<a class="tgme_widget_message_date" href="https://t.me/{self.name}/{post.id}">
<time datetime="{post.published}">08:15</time></a></span></div></div></div></div>"""


_NO_POSTS = (
    '<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message_centered">'
    '<div class="tme_no_messages_found">No posts found</div></div></div>'
)


class TelegramPreview:
    """Answers `/s/<name>` for `RawServer` as t.me does; `instead` holds whole answers by channel name."""

    def __init__(self, *channels: InventedChannel) -> None:
        self.channels = {channel.name.lower(): channel for channel in channels}
        self.instead: dict[str, bytes] = {}

    async def __call__(self, path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(self.answer(path))
        await writer.drain()

    def answer(self, path: str) -> bytes:
        address = urlsplit(path)
        name = address.path.removeprefix("/s/").lower()
        if name in self.instead:
            return self.instead[name]
        channel = self.channels.get(name)
        if channel is None:
            return http_bytes("302 Found", Location="https://telegram.org/")
        return http_bytes(
            "200 OK", channel.page(address.query).encode(), Content_Type="text/html; charset=utf-8"
        )
