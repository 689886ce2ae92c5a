"""Column types: times, texts and JSON come back from both databases as they went in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from storage.columns import Json, PlainText, UtcDateTime, storable
from storage.database import connect

things = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("moment", UtcDateTime),
    Column("words", PlainText),
    Column("data", Json),
)


@pytest.fixture
def database(empty_url):
    """A database with one table of all our types."""
    opened = connect(empty_url)
    opened.dialect.create()
    with opened.writing() as connection:
        things.metadata.create_all(connection)
    yield opened
    opened.close()


def kept(database, **values):
    with database.writing() as connection:
        row = connection.execute(insert(things).values(**values)).inserted_primary_key[0]
    with database.reading() as connection:
        return connection.execute(select(things).where(things.c.id == row)).one()


def test_a_moment_comes_back_in_utc(database):
    prague = timezone(timedelta(hours=2))
    moment = kept(database, moment=datetime(2026, 7, 1, 14, 30, 0, 123456, tzinfo=prague)).moment
    assert moment == datetime(2026, 7, 1, 12, 30, 0, 123456, tzinfo=UTC)
    assert moment.tzinfo is UTC


def test_moments_sort_and_compare_as_they_follow_each_other(database):
    base = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [base + timedelta(microseconds=step) for step in (0, 1, 999_999, 1_000_000, 86_400_000_000)]
    with database.writing() as connection:
        connection.execute(insert(things), [{"moment": moment} for moment in reversed(moments)])
    with database.reading() as connection:
        query = select(things.c.moment).order_by(things.c.moment)
        assert list(connection.scalars(query)) == moments
        assert list(connection.scalars(query.where(things.c.moment > moments[2]))) == moments[3:]


def test_a_moment_without_a_zone_is_refused(database):
    with pytest.raises(ValueError, match="without a zone"):
        kept(database, moment=datetime(2026, 1, 1))  # noqa: DTZ001


def test_nothing_stays_nothing(database):
    row = kept(database, moment=None, words=None, data=None)
    assert (row.moment, row.words, row.data) == (None, None, None)


def test_what_a_database_refuses_is_replaced_one_to_one(database):
    hostile = "a\x00b\ud800c"
    row = kept(database, words=hostile, data={"k\x00": [hostile, {"deep": hostile}], "n": 1.5, "t": True})
    assert row.words == "a\ufffdb?c"
    assert row.data == {"k\ufffd": ["a\ufffdb?c", {"deep": "a\ufffdb?c"}], "n": 1.5, "t": True}


ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_replacing_keeps_places_and_settles_at_once(text):
    assert len(storable(text)) == len(text)
    assert storable(storable(text)) == storable(text)


@given(ANY_TEXT)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_stored(database, text):
    row = kept(database, words=text, data=[text])
    assert row.words == row.data[0] == storable(text)
