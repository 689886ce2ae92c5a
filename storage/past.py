"""Going once more through what is stored, as it came: for trying rules on it. Nothing here writes."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, exists, func, or_, select, tuple_

from scrapers.model import Counters, ItemKind
from storage.chunks import among_keys, batched, by_keys
from storage.database import Database
from storage.desk import IS_DESK
from storage.model import ItemRef, KnownItem
from storage.model.past import PastMoment, PastSource, Stored
from storage.recall import origin_of, revision_of
from storage.schema import item, reading, revision, source
from storage.search import tokens

PAGE = 1_000  # revisions at a time
ALTERNATIVES = 200  # words that the full-text index is asked for at once
SURELY_INDEXED = (
    10_000  # characters of title and text that surely fit into the index, every form of every word
)


class Past:
    """What was stored up to a moment. Every method raises `StorageUnavailable` while the database is away."""

    def __init__(self, database: Database, until: datetime, analysis_version: int) -> None:
        self._database = database
        self._until = until
        self._analysis_version = analysis_version

    def sources(self) -> tuple[PastSource, ...]:
        """All sources that there ever were."""
        with self._database.reading() as connection:
            return tuple(_source(row) for row in connection.execute(SOURCES))

    def count(self, since: datetime | None, *, readings: bool) -> int:
        """How many revisions `revisions` gives."""
        with self._database.reading() as connection:
            counted = _since(select(func.count()).select_from(revision), since, self._until, readings)
            found: int = connection.execute(counted).scalar_one()
            return found

    def revisions(self, since: datetime | None, *, readings: bool) -> Iterator[list[Stored]]:
        """Revisions of since then, page by page, in no order that means anything.

        `readings`: with those, too, that were read again since then, counters only.
        """
        last = (0, 0)
        while page := self._page(last, since, readings=readings):
            yield [_stored(row, self._analysis_version) for row in page]
            last = (page[-1].item_id, page[-1].seq)

    def holding(self, words: Collection[str], beginnings: Collection[str]) -> set[int]:
        """Rows of items whose latest text holds one of `words`, or a word that begins like that."""
        found: set[int] = set()
        dialect = self._database.dialect
        with self._database.reading() as connection:
            for some in batched(sorted(words), ALTERNATIVES):
                found.update(connection.scalars(dialect.holding(_tokens(some), ())))
            for some in batched(sorted(beginnings), ALTERNATIVES):
                found.update(connection.scalars(dialect.holding((), _tokens(some))))
        return found

    def counters(self, rows: Collection[int]) -> dict[int, list[Counters]]:
        """All counters that were ever read of these items, by row, oldest first."""
        with self._database.reading() as connection:
            read = _readings(connection, rows, self._until)
        return {row: list(of_item.values()) for row, of_item in read.items()}

    def _page(self, last: tuple[int, int], since: datetime | None, *, readings: bool) -> Sequence[Row[Any]]:
        query = _since(REVISIONS, since, self._until, readings)
        query = query.where(BEHIND).order_by(revision.c.item_id, revision.c.seq).limit(PAGE)
        with self._database.reading() as connection:
            return connection.execute(query, {"last_row": last[0], "last_seq": last[1]}).all()

    def moments(
        self, origin_rows: Collection[int], *, readings: bool, as_published: bool = False
    ) -> list[PastMoment]:
        """All that came of the items with these origins, in order; `readings`: of their counters, too.

        `as_published`: as if every item had been seen when it was published.
        """
        with self._database.reading() as connection:
            rows = [
                row
                for query in (MOMENTS_OF_ORIGINS, MOMENTS_OF_COPIES)
                for row in by_keys(connection, query, sorted(origin_rows), until=self._until)
            ]
            read = _readings(connection, {row.item_id for row in rows}, self._until) if readings else {}
        moments = list(_moments(rows, read, as_published=as_published))
        return sorted(moments if as_published else _paged(moments), key=lambda one: one.order)

    def items_at(self, moments: Sequence[PastMoment]) -> dict[tuple[int, int], KnownItem]:
        """The items of these moments as their revisions have them, by row and seq; not those now gone."""
        rows = sorted({one.row for one in moments})
        wanted = {(one.row, one.seq) for one in moments}
        with self._database.reading() as connection:
            return {
                (row.item_id, row.seq): _known(row)
                for row in by_keys(connection, REVISIONS_OF_ITEMS, rows)
                if (row.item_id, row.seq) in wanted
            }

    def begin(self, rows: Collection[int], *, as_published: bool) -> datetime | None:
        """When these sources (rows) first showed something, or were first polled; None: nothing, and never.

        `as_published`: as if every item had been seen when it was published.
        """
        with self._database.reading() as connection:
            found = [
                moment
                for row in by_keys(connection, BEGINS, sorted(rows), until=self._until)
                for moment in (row.polled_at, row.seen_at, row.published_at if as_published else None)
                if moment is not None
            ]
        return min(found, default=None)

    def looks(self) -> dict[int, list[datetime]]:
        """For each source (its row) when it brought something new, in order."""
        found: dict[int, list[datetime]] = defaultdict(list)
        with self._database.reading() as connection:
            for row in connection.execute(LOOKS, {"until": self._until}):
                found[row.source_id].append(row.first_seen_at)
        return found


# ---- questions -------------------------------------------------------------------------

SOURCES: Select[Any] = select(
    source.c.id, source.c.config_id, source.c.kind, source.c.name, source.c.first_polled_at
).where(~IS_DESK)
LOOKS: Select[Any] = (
    select(item.c.source_id, item.c.first_seen_at)
    .where(item.c.first_seen_at <= bindparam("until"))
    .group_by(item.c.source_id, item.c.first_seen_at)
    .order_by(item.c.source_id, item.c.first_seen_at)
)

BEGINS: Select[Any] = (
    select(
        source.c.id,
        source.c.first_polled_at.label("polled_at"),
        func.min(item.c.first_seen_at).label("seen_at"),
        func.min(item.c.published_at).label("published_at"),
    )
    .outerjoin(item, and_(item.c.source_id == source.c.id, item.c.first_seen_at <= bindparam("until")))
    .where(among_keys(source.c.id))
    .group_by(source.c.id, source.c.first_polled_at)
)

_origin = item.alias("past_origin")
_ITEM = ("source_id", "external_id", "kind", "url", "published_at", "first_seen_at", "latest_seq")
_REVISION = (
    "item_id",
    "seq",
    "observed_at",
    "title",
    "text",
    "text_hash",
    "language",
    "edited",
    "deleted",
    "has",
    "flags",
    "links",
    "analysis_version",
)

REVISIONS: Select[Any] = (
    select(
        *(item.c[name] for name in _ITEM),
        *(revision.c[name] for name in _REVISION),
        func.coalesce(item.c.origin_id, item.c.id).label("origin_row"),
        _origin.c.source_id.label("origin_source_id"),
        _origin.c.external_id.label("origin_external_id"),
    )
    .join(item, item.c.id == revision.c.item_id)
    .outerjoin(_origin, _origin.c.id == item.c.origin_id)
)
BEHIND = tuple_(revision.c.item_id, revision.c.seq) > tuple_(bindparam("last_row"), bindparam("last_seq"))
REVISIONS_OF_ITEMS = REVISIONS.where(among_keys(revision.c.item_id))

MOMENTS: Select[Any] = (
    select(
        revision.c.item_id,
        revision.c.seq,
        revision.c.observed_at,
        item.c.source_id,
        item.c.origin_id,
        item.c.first_seen_at,
        item.c.published_at,
    )
    .join(item, item.c.id == revision.c.item_id)
    .where(revision.c.observed_at <= bindparam("until"))
)
MOMENTS_OF_ORIGINS = MOMENTS.where(among_keys(item.c.id))
MOMENTS_OF_COPIES = MOMENTS.where(among_keys(item.c.origin_id))  # two questions: an OR would use no index

READINGS: Select[Any] = select(
    reading.c.item_id, reading.c.observed_at, reading.c.views, reading.c.forwards, reading.c.replies
).where(among_keys(reading.c.item_id), reading.c.observed_at <= bindparam("until"))
READINGS = READINGS.order_by(reading.c.item_id, reading.c.observed_at)


def _since(query: Select[Any], since: datetime | None, until: datetime, readings: bool) -> Select[Any]:  # noqa: FBT001
    query = query.where(revision.c.observed_at <= until)
    if since is None:
        return query
    fresh = revision.c.observed_at >= since
    read = exists().where(reading.c.item_id == revision.c.item_id, reading.c.observed_at >= since)
    return query.where(or_(fresh, read) if readings else fresh)


# ---- rows ------------------------------------------------------------------------------


def _source(row: Row[Any]) -> PastSource:
    return PastSource(
        id=row.id,
        config_id=row.config_id,
        kind=row.kind,
        name=row.name,
        first_polled_at=row.first_polled_at,
    )


def _stored(row: Row[Any], analysis_version: int) -> Stored:
    """The index holds only what an item says last, and was written when that came."""
    short = len(row.title or "") + len(row.text) <= SURELY_INDEXED
    return Stored(
        row=row.item_id,
        origin_row=row.origin_row,
        is_indexed=short and row.latest_seq == 1 and row.analysis_version == analysis_version,
        known=_known(row),
    )


def _tokens(words: Collection[str]) -> list[str]:
    """The words as the index has them."""
    return [token for word in words for token in tokens(word)]


def _known(row: Row[Any]) -> KnownItem:
    return KnownItem(
        ref=ItemRef(source_id=row.source_id, external_id=row.external_id),
        first_seen_at=row.first_seen_at,
        origin=origin_of(row),
        current=revision_of(row),
        counters=None,
        read_at=None,
        url=row.url,
        published_at=row.published_at,
        kind=ItemKind(row.kind),
    )


def _readings(
    connection: Connection, rows: Collection[int], until: datetime
) -> dict[int, dict[datetime, Counters]]:
    found: dict[int, dict[datetime, Counters]] = defaultdict(dict)
    for row in by_keys(connection, READINGS, sorted(rows), until=until):
        counters = Counters(views=row.views, forwards=row.forwards, replies=row.replies)
        found[row.item_id][row.observed_at] = counters
    return found


def _moments(
    rows: Sequence[Row[Any]], read: dict[int, dict[datetime, Counters]], *, as_published: bool
) -> Iterator[PastMoment]:
    of_item: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        of_item[row.item_id].append(row)
    for item_row, revisions in of_item.items():
        revisions.sort(key=lambda row: row.seq)
        begin = _begin(revisions[0], as_published=as_published)
        yield from _moments_of_item(revisions, read.get(item_row, {}), begin)


def _begin(row: Row[Any], *, as_published: bool) -> datetime:
    seen: datetime = row.first_seen_at
    return min(row.published_at, seen) if as_published and row.published_at is not None else seen


def _moments_of_item(
    revisions: list[Row[Any]], read: dict[datetime, Counters], begin: datetime
) -> Iterator[PastMoment]:
    for row in revisions:
        at = begin if row is revisions[0] else row.observed_at
        yield _moment(row, at, row.observed_at, read.get(row.observed_at))
    for at in sorted(read.keys() - {row.observed_at for row in revisions}):
        shown = [row for row in revisions if row.observed_at <= at]
        if shown:
            yield _moment(shown[-1], at, at, read[at])


def _paged(moments: Sequence[PastMoment]) -> Iterator[PastMoment]:
    """Whatever came with new items was decided on with them: a little later than it was fetched."""
    decided: dict[tuple[int, datetime], datetime] = {}
    for one in moments:
        page = one.source_id, one.fetched_at
        decided[page] = max(one.at, decided.get(page, one.at))
    return (replace(one, at=decided[one.source_id, one.fetched_at]) for one in moments)


def _moment(row: Row[Any], at: datetime, fetched_at: datetime, counters: Counters | None) -> PastMoment:
    return PastMoment(
        at=at,
        fetched_at=fetched_at,
        row=row.item_id,
        origin_row=row.origin_id or row.item_id,
        source_id=row.source_id,
        seq=row.seq,
        counters=counters,
    )
