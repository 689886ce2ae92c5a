"""Pages of t.me as they stood in autumn 2026: the preview of a channel, a channel's card, one post."""

import base64
import hashlib
import json
from collections.abc import Sequence

from monitor.demo.light_text import emoji, escaped, plain, to_html, with_emoji
from monitor.demo.media_markup import FILES, media_block, poll_block, preview_block
from monitor.demo.story import Channel, Moment, Post, Story
from monitor.demo.templates import filled

PAGE_SIZE = 20
"""Messages a preview page shows."""

_LABELS = {"verified": '<i class="verified-icon"> ✔</i>', "fake": '<span class="fake-label">Fake</span>'}

SITE = "https://t.me"
"""The real address: what stands in the pages points there, as it does in the originals."""


def channel_page(
    story: Story, channel: Channel, moment: Moment, *, before: int | None = None, after: int | None = None
) -> str:
    """`/s/<name>`: the latest messages, or those right before or after a number."""
    shown = channel.shown(moment.elapsed)
    page = _slice(shown, before, after)
    older = page[0].number if page and page[0] is not shown[0] else None
    newer = page[-1].number if page and page[-1] is not shown[-1] else None
    messages = "".join(message(story, channel, post, moment) for post in page)
    return filled(
        "telegram/channel",
        **_channel_values(channel),
        title=escaped(channel.title),
        summary=escaped(channel.description(moment.elapsed)),
        paging="\n".join([_link("prev", channel, "before", older), _link("next", channel, "after", newer)]),
        labels="".join(_LABELS[label] for label in channel.labels(moment.elapsed)),
        counters=_channel_counters(channel, moment),
        description=to_html(channel.description(moment.elapsed)),
        more_before=_more(channel, "before", older),
        messages=messages or filled("telegram/no_posts"),
        more_after=_more(channel, "after", newer),
    )


def _slice(shown: Sequence[Post], before: int | None, after: int | None) -> Sequence[Post]:
    if after is not None:
        return [post for post in shown if post.number > after][:PAGE_SIZE]
    if before is not None:
        shown = [post for post in shown if post.number < before]
    return shown[-PAGE_SIZE:]


def _channel_values(channel: Channel) -> dict[str, object]:
    initials = "".join(word[0] for word in channel.title.split()[:2] if word[0].isalnum())
    return {
        "site": SITE,
        "files": FILES,
        "username": channel.username,
        "name": with_emoji(channel.title),
        "color": channel.native_id % 7,
        "initials": escaped(initials),
    }


def _link(relation: str, channel: Channel, direction: str, number: int | None) -> str:
    if number is None:
        return ""
    return f'    <link rel="{relation}" href="/s/{channel.username}?{direction}={number}">'


def _more(channel: Channel, direction: str, number: int | None) -> str:
    if number is None:
        return ""
    return filled("telegram/more", username=channel.username, direction=direction, number=number)


def _channel_counters(channel: Channel, moment: Moment) -> str:
    shown = channel.shown(moment.elapsed)
    kinds = [media.kind for post in shown for media in post.media]
    counts = {
        "subscribers": channel.subscribers(moment.elapsed),
        "photos": kinds.count("photo"),
        "videos": kinds.count("video"),
        "links": sum("http" in post.text(moment.elapsed) for post in shown),
    }
    return "".join(
        filled("telegram/counter", kind=kind, value=rounded(count)) for kind, count in counts.items() if count
    )


def rounded(count: int) -> str:
    """A number as Telegram shows it: "989", "83.8K", "9.69M"; what it leaves out it cuts off."""
    if count < 1_000:
        return str(count)
    if count < 1_000_000:
        return f"{count // 100 / 10:.1f}".removesuffix(".0") + "K"
    return f"{count // 10_000 / 100:.2f}".rstrip("0").removesuffix(".") + "M"


def message(story: Story, channel: Channel, post: Post, moment: Moment) -> str:
    """One message with its wrap."""
    published = moment.time(post.at)
    return filled(
        "telegram/message",
        **_channel_values(channel),
        number=post.number,
        view=data_view(channel, post, moment),
        classes=_classes(post),
        forwarded=_forwarded(story, post),
        reply=_reply(channel, post, moment),
        content=_content(channel, post, moment),
        reactions=_reactions(post, moment),
        voters=filled("telegram/voters", voters=post.poll.voters) if post.poll else "",
        views="" if post.service else filled("telegram/views", views=rounded(post.views(moment.elapsed))),
        signature=_signature(post),
        edited="edited &nbsp;" if post.edited(moment.elapsed) else "",
        published=published.isoformat(timespec="seconds"),
        clock=f"{published:%H:%M}",
    )


def _classes(post: Post) -> str:
    if post.service:
        return " service_message"
    if post.media and post.media[0].kind == "sticker":
        return " sticker_media no_bubble"
    if post.media and post.media[0].kind == "round_video":
        return " roundvideo_media no_bubble"
    return ""


def data_view(channel: Channel, post: Post, moment: Moment) -> str:
    """Telegram's view token: unpadded base64 of JSON with channel (negated), message, time and a hash."""
    number = f"{post.number}g" if len(post.media) > 1 else post.number
    stamp = hashlib.sha256(f"{channel.native_id}/{number}".encode()).hexdigest()[:18]
    fields = {"c": -channel.native_id, "p": number, "t": int(moment.now.timestamp()), "h": stamp}
    return base64.b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode().rstrip("=")


def _forwarded(story: Story, post: Post) -> str:
    if post.forward_of:
        username, number = post.forward_of
        name = _forward_name(story.channels[username].title, f"{username}/{number}")
    elif post.forward_person:
        name = _forward_name(post.forward_person, post.forward_person_username)
    else:
        return ""
    return filled("telegram/forwarded", name=name) + "\n"


def _forward_name(name: str, path: str | None) -> str:
    shown = f'<span dir="auto">{with_emoji(name)}</span>'
    if path is None:
        return f'<span class="tgme_widget_message_forwarded_from_name">{shown}</span>'
    return f'<a class="tgme_widget_message_forwarded_from_name" href="{SITE}/{path}">{shown}</a>'


def _reply(channel: Channel, post: Post, moment: Moment) -> str:
    answered = next((other for other in channel.posts if other.number == post.reply_to), None)
    if answered is None:
        return ""
    quoted = plain(answered.text(moment.elapsed)).replace("\n", " ")[:60]
    reply = filled(
        "telegram/reply",
        address=f"{SITE}/{channel.username}/{answered.number}",
        name=with_emoji(channel.title),
        css_class="tgme_widget_message_text" if quoted else "tgme_widget_message_metatext",
        quoted=with_emoji(quoted or "Video"),
    )
    return reply + "\n"


def _content(channel: Channel, post: Post, moment: Moment) -> str:
    channel_address = f"{SITE}/{channel.username}"
    address = f"{channel_address}/{post.number}"
    if post.unreadable:
        return filled("telegram/open_telegram", address=address)
    content = media_block(post, channel_address) + _text(post, moment)
    content += poll_block(post.poll, address) if post.poll else ""
    if channel.boxed and not post.service:
        content = f'<div class="media_supported_cont">{content}</div>'
        content += filled("telegram/open_telegram", address=address)
    return content + (preview_block(post.preview) if post.preview else "")


def _text(post: Post, moment: Moment) -> str:
    text = post.text(moment.elapsed)
    if not text:
        return ""
    opening = '<div class="tgme_widget_message_text js-message_text" dir="auto">'
    block = f"{opening}{to_html(text)}</div>"
    return f"{opening}{block}</div>" if len(post.media) > 1 else block


def _reactions(post: Post, moment: Moment) -> str:
    counts = post.reaction_counts(moment.elapsed)
    if not counts:
        return ""
    shown = [
        f'<span class="tgme_reaction">{emoji(key)}{rounded(count)}</span>' for key, count in counts.items()
    ]
    return f'<div class="tgme_widget_message_reactions js-message_reactions">{"".join(shown)}</div>'


def _signature(post: Post) -> str:
    if post.signature is None:
        return ""
    name = escaped(post.signature)
    return f'<span class="tgme_widget_message_from_author" dir="auto">{name}</span>,&nbsp;'


def post_page(story: Story, channel: Channel, post: Post, moment: Moment) -> str:
    """`/<name>/<number>`: one message, for a person who follows a link."""
    title = escaped(channel.title)
    return filled("telegram/post", title=title, message=message(story, channel, post, moment))


def channel_card(channel: Channel, moment: Moment) -> str:
    """`/<name>`: the card that stands where there is no preview."""
    return filled(
        "telegram/card",
        username=channel.username,
        title=escaped(channel.title),
        name=with_emoji(channel.title),
        subscribers=f"{channel.subscribers(moment.elapsed):,}".replace(",", " "),
        description=to_html(channel.description(moment.elapsed)),
    )
