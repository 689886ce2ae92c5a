"""From the sample files to the `Story`."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from monitor.demo import sample_files
from monitor.demo.disguise import DISGUISES
from monitor.demo.sample_files import ArticleFile, ChannelFile, OutageFile, OutletFile, PostFile, offset
from monitor.demo.story import Article, Channel, Growth, Outlet, Post, Story, Wording

_LONG_AGO = timedelta(days=-3650)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Placed:
    """A post with the number that its place in time gives it."""

    file: PostFile
    number: int


@cache
def load_story() -> Story:
    """The bundled story, read once.

    Raises:
        msgspec.ValidationError: a sample file has a wrong or unknown key.
        ValueError: a time or a length is not written as it should be.
        KeyError: a post points to a post or a text that does not exist.
    """
    files = {file.username: file for file in sample_files.read_channels()}
    placed = {username: _place(file) for username, file in files.items()}
    builder = _Builder(texts=sample_files.read_texts(), numbers=_numbers_by_key(placed))
    channels = {username: builder.channel(file, placed[username]) for username, file in files.items()}
    outlets = {file.source: _outlet(file) for file in sample_files.read_outlets()}
    return Story(channels=channels, outlets=outlets)


def _place(file: ChannelFile) -> list[_Placed]:
    """Numbers in the order of time. Every tenth number or so is missing, as if deleted long ago."""
    posts = sorted(file.post, key=lambda post: offset(post.at))
    sizes = [max(1, len(post.media)) + (place % 10 == 9) for place, post in enumerate(posts)]
    numbers = accumulate(sizes[:-1], initial=file.first_number)
    return [_Placed(file=post, number=number) for post, number in zip(posts, numbers, strict=True)]


def _numbers_by_key(placed: dict[str, list[_Placed]]) -> dict[str, int]:
    return {
        f"{username}/{post.file.key}": post.number
        for username, posts in placed.items()
        for post in posts
        if post.file.key
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class _Builder:
    texts: dict[str, str]  # shared texts by name
    numbers: dict[str, int]  # "channel/key" -> number

    def channel(self, file: ChannelFile, placed: list[_Placed]) -> Channel:
        return Channel(
            source=file.source,
            username=file.username,
            native_id=file.native_id,
            title=file.title,
            language=file.language,
            tags=tuple(file.tags),
            descriptions=_descriptions(file),
            subscribers_at_start=file.subscribers,
            subscribers_a_day=file.subscribers_a_day,
            verified=file.verified,
            boxed=file.boxed,
            preview_off=offset(file.preview_off) if file.preview_off else None,
            marked_fake=offset(file.marked_fake) if file.marked_fake else None,
            redesign=_between(file.redesign),
            posts=tuple(self.post(file, post) for post in placed),
        )

    def post(self, channel: ChannelFile, placed: _Placed) -> Post:
        file = placed.file
        return Post(
            channel=channel.username,
            number=placed.number,
            at=offset(file.at),
            topic=file.topic,
            wordings=self._wordings(channel, file),
            growth=_growth(channel, placed),
            copies=file.copies,
            media=tuple(file.media),
            poll=file.poll,
            preview=file.preview,
            forward_of=self._forward_of(file),
            forward_person=file.forward_person,
            forward_person_username=file.forward_person_username,
            signature=file.signature,
            reply_to=self.numbers[f"{channel.username}/{file.reply_to}"] if file.reply_to else None,
            deleted=offset(file.deleted) if file.deleted else None,
            service=file.service,
            unreadable=file.unreadable,
            reactions=tuple(file.reactions.items()),
        )

    def _wordings(self, channel: ChannelFile, file: PostFile) -> tuple[Wording, ...]:
        first = self._shared(file) if file.copies else _closed(file.text, channel, file)
        edits = [
            Wording(since=offset(edit.at), text=_closed(edit.text, channel, file)) for edit in file.edits
        ]
        return (Wording(since=offset(file.at), text=first), *edits)

    def _shared(self, file: PostFile) -> str:
        shared = self.texts[file.copies or ""].strip()
        shown = _disguised(shared, file.disguise) if file.disguise else shared
        return file.before + shown + (f"\n\n{file.after}" if file.after else "")

    def _forward_of(self, file: PostFile) -> tuple[str, int] | None:
        if file.forward_of is None:
            return None
        return file.forward_of.split("/")[0], self.numbers[file.forward_of]


def _disguised(text: str, disguise: str) -> str:
    """Everything but the last line, which says "fictional" and must stay readable."""
    words, closing = text.rsplit("\n", 1)
    return f"{DISGUISES[disguise](words)}\n{closing}"


def _closed(text: str, channel: ChannelFile, file: PostFile) -> str:
    """The text with the line that says "fictional"; nothing where there is no text."""
    text = text.strip()
    return text if file.service or not text else f"{text}\n{channel.closing}"


def _growth(channel: ChannelFile, placed: _Placed) -> Growth:
    usual = channel.subscribers * (35 + placed.number * 37 % 50) // 100
    peak = placed.file.views or usual
    if placed.file.viral:
        return Growth(peak=peak, half_life=timedelta(hours=34), shape=1.8)
    return Growth(peak=peak, half_life=timedelta(hours=9 + placed.number % 7))


def _descriptions(file: ChannelFile) -> tuple[Wording, ...]:
    first = Wording(since=_LONG_AGO, text=file.description)
    if file.new_description is None:
        return (first,)
    return first, Wording(since=offset(file.new_description.at), text=file.new_description.text)


def _between(file: OutageFile | None) -> tuple[timedelta, timedelta] | None:
    return None if file is None else (offset(file.begin), offset(file.end))


def _outlet(file: OutletFile) -> Outlet:
    articles = sorted(file.article, key=lambda article: offset(article.at))
    return Outlet(
        source=file.source,
        name=file.name,
        description=file.description,
        language=file.language,
        tags=tuple(file.tags),
        format=file.format,
        listing=file.listing,
        article_path=file.article_path,
        guid_pattern=file.guid,
        timezone=ZoneInfo(file.timezone),
        template=file.template,
        window=file.window,
        full_content=file.full_content,
        outage=_between(file.outage),
        articles=tuple(_article(article, file, place) for place, article in enumerate(articles)),
    )


def _article(file: ArticleFile, outlet: OutletFile, place: int) -> Article:
    written = [" ".join(paragraph.split()) for paragraph in file.body.strip().split("\n\n")]
    paragraphs = written + [outlet.background[name] for name in file.background]
    return Article(
        source=outlet.source,
        slug=file.slug,
        number=40_000 + 7 * place,
        at=offset(file.at),
        section=file.section,
        topic=file.topic,
        title=file.title,
        lead=f"{file.lead} {outlet.closing}",
        paragraphs=(*paragraphs[:-1], f"{paragraphs[-1]} {outlet.closing}"),
        updated=offset(file.update.at) if file.update else None,
        addition=f"{file.update.paragraph} {outlet.closing}" if file.update else "",
    )
