from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.errors import Blocked, Gone, Refused, ScrapeError, Throttled, Unavailable
from scrapers.response import LONGEST_RETRY_AFTER, Response, failure, retry_after

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def response(status: int, **headers: str) -> Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(url="https://example.org/", status=status, headers=names, body=b"", fetched_at=NOW)


@pytest.mark.parametrize("status", [200, 204, 206, 304, 302])
def test_usable_answers_are_no_failure(status: int) -> None:
    assert failure(response(status), "example.org", "https://example.org/") is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (101, Unavailable),
        (400, Unavailable),
        (401, Refused),
        (403, Blocked),
        (404, Gone),
        (410, Gone),
        (418, Unavailable),
        (429, Throttled),
        (451, Blocked),
        (500, Unavailable),
        (503, Unavailable),
        (999, Unavailable),
    ],
)
def test_a_status_becomes_what_to_do_next(status: int, kind: type[ScrapeError]) -> None:
    error = failure(response(status, retry_after="30"), "example.org", "https://example.org/page")
    assert type(error) is kind
    assert "example.org" in error.reason
    assert str(status) in error.reason
    assert error.url == "https://example.org/page"
    assert error.retry_after == (timedelta(seconds=30) if isinstance(error, Unavailable) else None)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        (None, None),
        ("0", timedelta(0)),
        (" 120 ", timedelta(minutes=2)),
        ("Fri, 20 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Fri, 20 Nov 2026 12:05:00", timedelta(minutes=5)),
        ("Fri, 20 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("99999999999999999999", LONGEST_RETRY_AFTER),
        ("Fri, 20 Nov 2099 12:00:00 GMT", LONGEST_RETRY_AFTER),
        ("soon", None),
        ("-5", None),
        ("٣٠", None),
        ("", None),
    ],
)
def test_retry_after_is_read_and_bounded(value: str | None, wait: timedelta | None) -> None:
    assert retry_after(value, NOW) == wait


@settings(deadline=None)
@given(st.text())
def test_any_retry_after_is_a_bounded_wait_or_none(value: str) -> None:
    wait = retry_after(value, NOW)
    assert wait is None or timedelta(0) <= wait <= LONGEST_RETRY_AFTER


def test_only_redirects_redirect() -> None:
    assert response(302, location="/x").redirect == "/x"
    assert response(302).redirect is None
    assert response(304, location="/x").redirect is None
    assert response(200, location="/x").redirect is None
