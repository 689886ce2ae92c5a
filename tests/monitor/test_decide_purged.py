"""What was purged is not decided on again: not the item, not its text, wherever it comes from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.analyse import analyse
from monitor.decide import decide, decide_backfill
from monitor.draft import Policy
from monitor.message import Severity
from monitor.query import compile_query
from monitor.routing import Route
from monitor.rules import Rule, RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import Counters, Cursor, Fetched, Item, ItemKind, Outcome, Source
from storage.model import TEXT_KEY, ItemRef, Known, KnownItem, KnownRevision, KnownSource

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOURCE = Source(id="wives", kind="telegram_web", name="Wives (sample)", options=None, language="ru")
COMPLAINT = "Мужьям не дают отпуск, ротации нет уже год. Вымышленный пример."
OTHER = "Ротация обещана к весне, говорят командиры. Вымышленный пример."
POLICY = Policy(
    rules=RuleSet(
        Rule(id=name, title=query, severity=Severity.WARNING, query=compile_query(query), version=1)
        for name, query in (("word", "ротация"), ("views", "ротация views:>=1000"))
    ),
    alerting=AlertingOptions(),
    route=Route(receivers=("desk",)),
)
POLLED = KnownSource(
    id=7,
    config_id=SOURCE.id,
    native_id=None,
    cursor=Cursor(),
    version=3,
    first_polled_at=NOW - timedelta(days=30),
    last_success_at=NOW - timedelta(minutes=15),
    failures=0,
)


def post(name="1", text=COMPLAINT, **facts):
    plain = Item(
        external_id=name,
        kind=ItemKind.POST,
        url=f"https://t.me/sample_wives/{name}",
        title=None,
        text=text,
        published_at=NOW - timedelta(hours=1),
    )
    return replace(plain, **facts)


def page(*items):
    return Fetched(
        source_id=SOURCE.id,
        outcome=Outcome.ITEMS,
        fetched_at=NOW,
        cursor=Cursor(values={"after": 9}),
        items=items,
    )


def text_key(text):
    mark = analyse(post(text=text), SOURCE).fingerprint
    assert mark is not None
    return TEXT_KEY + mark


def run(item, how=decide, **known):
    analysed = (analyse(item, SOURCE),)
    facts = Known(source=POLLED, **known)
    return how(page(item), analysed, facts, source=SOURCE, policy=POLICY, now=NOW)


def stored(item):
    read = analyse(item, SOURCE)
    ref = ItemRef(source_id=7, external_id=item.external_id)
    current = KnownRevision(
        seq=1,
        observed_at=NOW - timedelta(hours=1),
        title=None,
        text=item.text,
        text_hash=read.text_hash,
        language="ru",
        edited=False,
        has=frozenset(),
        flags=frozenset(),
    )
    return {
        item.external_id: KnownItem(
            ref=ref, first_seen_at=NOW, origin=ref, current=current, counters=Counters(views=5), read_at=None
        )
    }


def test_without_a_purge_it_alerts():
    assert len(run(post()).alerts) == 1


@pytest.mark.parametrize("how", [decide, decide_backfill])
@pytest.mark.parametrize(
    "known",
    [
        {"purged": frozenset({"1"})},
        {"purged_keys": frozenset({text_key(COMPLAINT)})},
        {"purged_keys": frozenset({b"post:sample_wives/1"})},
    ],
    ids=["item", "text", "address"],
)
def test_nothing_of_it_is_stored(how, known):
    decision = run(post(), how, **known)
    assert (decision.items, decision.revisions, decision.readings) == ((), (), ())
    assert (decision.matches, decision.alerts, decision.notifications) == ((), (), ())


def test_an_edit_does_not_bring_a_purged_item_back():
    assert run(post(text=OTHER), purged=frozenset({"1"})).items == ()


def test_the_cursor_moves_on():
    decision = run(post(), purged=frozenset({"1"}))
    assert decision.source is not None
    assert decision.source.cursor == Cursor(values={"after": 9})


def test_another_text_is_collected_as_ever():
    decision = run(post("2", OTHER), purged=frozenset({"1"}), purged_keys=frozenset({text_key(COMPLAINT)}))
    assert (len(decision.items), len(decision.alerts)) == (1, 1)


def test_a_copy_that_stayed_is_counted_but_alerts_no_more():
    decision = run(
        post(counters=Counters(views=5000)),
        items=stored(post()),
        purged_keys=frozenset({text_key(COMPLAINT)}),
    )
    assert len(decision.readings) == 1
    assert decision.alerts == ()
    (match,) = decision.matches
    assert match.withheld is not None
    assert "purged" in match.withheld


def test_an_edit_of_a_copy_that_stayed_is_a_revision():
    decision = run(post(text=OTHER), items=stored(post()), purged_keys=frozenset({text_key(COMPLAINT)}))
    assert [one.text for one in decision.revisions] == [OTHER]


def test_an_edit_into_a_purged_text_is_not_taken():
    decision = run(
        post(text=COMPLAINT), items=stored(post(text=OTHER)), purged_keys=frozenset({text_key(COMPLAINT)})
    )
    assert (decision.revisions, decision.alerts) == ((), ())
