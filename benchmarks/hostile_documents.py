"""Documents made to cost their reader much, of any length; each was seen to cost the most of some kind."""

from collections.abc import Callable

_STORY = (
    b'<rss version="2.0"><channel><item><title>Sample</title><link>http://a.example.org/1</link><description>'
)
_MESSAGE = b'<div class="tgme_widget_message" data-post="river_sample/1"><div class="js-message_text">'


def _many(head: bytes, piece: bytes, tail: bytes = b"") -> Callable[[int], bytes]:
    return lambda size: head + piece * ((size - len(head) - len(tail)) // len(piece)) + tail


DOCUMENTS: dict[tuple[str, str], Callable[[int], bytes]] = {  # kind of source and name -> makes one
    ("feed", "comments"): _many(b"<rss><channel>", b"<!--"),
    ("feed", "entries"): _many(
        b'{"version":"https://jsonfeed.org/version/1.1","items":[', b'{"url":"/a"},', b"{}]}"
    ),
    ("feed", "text"): _many(_STORY, b"sample ", b"</description></item></channel></rss>"),
    ("telegram_web", "markup"): _many(_MESSAGE, b"<b>sample</b> <br/>", b"</div></div>"),
    ("page", "words"): _many(b"<html><body><article><p>", b"sample ", b"</p></article>"),
    ("page", "lines"): _many(b"<html><body><article>", b"sample<br>", b"</article>"),
    ("page", "formatting"): _many(b"<html><body>", b"<b><p>x</b>"),
}


def listing(name: str, size: str) -> bytes:
    """A page that links to one of them."""
    return (
        f'<ul><li><a href="/hostile/page/{name}/{size}/sample-story">A story (sample)</a></li></ul>'.encode()
    )
