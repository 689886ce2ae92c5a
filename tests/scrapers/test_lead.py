"""A feed's summary before an article that does not hold it. All texts are fictional."""

import pytest

from scrapers.lead import with_kept_lead, with_lead

TITLE = "Rodiny žádají rotaci (smyšlený příklad)"
LEAD = "Rodiny vojáků z „říční“ posádky žádají o rotaci po osmnácti měsících."
BODY = "Sešly se v pondělí na náměstí.\nÚřad zatím neodpověděl, uvedla smyšlená kancelář."


def test_a_lead_that_stands_outside_the_body_becomes_its_first_paragraph() -> None:
    assert with_lead(BODY, LEAD, TITLE) == f"{LEAD}\n{BODY}"


@pytest.mark.parametrize(
    "summary",
    [
        "",
        "Sešly se v pondělí na náměstí.",
        "SEŠLY SE v\u00a0pondělí — na náměstí",
        "Sešly se v pondělí na nám…",
        "Sešly se v pondělí na nám [...] Číst dál",
        "Sešly se v pondělí na náměstí. Úřad zatím neodpověděl",
        "Video",
        TITLE,
        "The post Rodiny žádají rotaci appeared first on Example (sample).",
    ],
)
def test_a_summary_that_the_article_holds_is_not_told_twice(summary: str) -> None:
    assert with_lead(BODY, summary, TITLE) == BODY


def test_only_the_missing_line_of_a_summary_is_taken() -> None:
    assert with_lead(BODY, f"{LEAD}\nSešly se v pondělí na náměstí.", TITLE) == f"{LEAD}\n{BODY}"


def test_twice_is_once() -> None:
    once = with_lead(BODY, LEAD, TITLE)
    assert with_lead(once, LEAD, TITLE) == once


def test_a_summary_as_long_as_an_article_is_none() -> None:
    assert with_lead(BODY, "Jiný smyšlený text. " * 200, TITLE) == BODY


def test_a_lead_stays_before_an_article_that_is_read_again() -> None:
    stored = with_lead(BODY, LEAD, TITLE)
    assert with_kept_lead(BODY, stored) == stored
    longer = f"{BODY}\nDoplněno (smyšlený příklad)."
    assert with_kept_lead(longer, stored) == f"{LEAD}\n{longer}"


@pytest.mark.parametrize("stored", ["", LEAD, BODY, f"Jiný začátek.\n{BODY}"])
def test_nothing_else_of_a_stored_text_is_taken_for_a_lead(stored: str) -> None:
    now = BODY.replace("Sešly", "Rodiny se sešly")
    assert with_kept_lead(now, stored) == now
