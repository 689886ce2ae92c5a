"""What hangs on a Telegram message, as t.me marks it up: photos, videos, albums, voices, polls, cards."""

from monitor.demo.light_text import escaped, with_emoji
from monitor.demo.sample_files import MediaFile, PollFile, PreviewFile
from monitor.demo.story import Post
from monitor.demo.templates import filled

FILES = "https://cdn.example.org/file"
"""Where the pages say that pictures and videos are; nothing is there."""


def media_block(post: Post, channel_address: str) -> str:
    """The media of a message, above its text; several make an album."""
    blocks = [
        _media(media, f"{channel_address}/{number}", in_album=len(post.media) > 1)
        for number, media in zip(post.numbers, post.media, strict=False)
    ]
    return filled("telegram/album", parts="".join(blocks)) if len(blocks) > 1 else "".join(blocks)


def _media(media: MediaFile, address: str, *, in_album: bool) -> str:
    return filled(
        f"telegram/{'album_' if in_album else ''}{media.kind}",
        address=address,
        files=FILES,
        length=media.length or "0:10",
        title=escaped(media.title or ""),
        extra=escaped(media.extra or ""),
    )


def poll_block(poll: PollFile, address: str) -> str:
    """An anonymous poll with the shares of its options."""
    options = [
        filled("telegram/poll_option", option=with_emoji(option), share=share)
        for option, share in poll.options.items()
    ]
    return filled(
        "telegram/poll", question=with_emoji(poll.question), address=address, options="".join(options)
    )


def preview_block(preview: PreviewFile) -> str:
    """The card of a linked page, below the text."""
    return filled(
        "telegram/link_preview",
        address=escaped(preview.url),
        files=FILES,
        site_name=escaped(preview.site),
        title=escaped(preview.title),
        description=escaped(preview.description),
    )
