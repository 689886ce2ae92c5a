"""What was purged is in no cursor any more, and is known again. All texts are invented."""

import json
from datetime import UTC, datetime
from hashlib import blake2b

import pytest

from scrapers import feed_stuck
from scrapers.feed_names import with_names, without_forgotten
from scrapers.forgetting import KINDS, Unwanted, still_without, without
from scrapers.memory import Forgotten, Memory, owned
from scrapers.model import Cursor, Item, ItemKind
from scrapers.registry import KINDS as EVERY_KIND

VEIL = "5e" * 16
SITE = "https://wire.example.org/"
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


def hashed(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()


def item(name: str, link: str | None, words: str | None = None) -> Item:
    text = f"What was said about {words or name} at the gate, at length (fictional sample)"
    url = None if link is None else f"{SITE}{link}"
    return Item(external_id=name, kind=ItemKind.ARTICLE, url=url, title=None, text=text)


def shown(*items: Item, cursor: Cursor | None = None) -> Cursor:
    """The cursor after a feed showed these."""
    return with_names(cursor or Cursor(), items, SITE)[0]


def forget(cursor: Cursor, *names: str, url: str | None = None) -> Cursor:
    return without(cursor, [Unwanted(external_id=name, url=url) for name in names], VEIL)


def kept(cursor: Cursor, *items: Item) -> list[str]:
    return [one.external_id for one in without_forgotten(cursor, items, SITE)[0]]


def test_every_kind_whose_cursor_holds_names_is_looked_at() -> None:
    assert EVERY_KIND.keys() - KINDS == {"telegram", "telegram_web"}


def test_an_entry_of_a_feed_goes_with_its_hashes_and_its_neighbours_stay() -> None:
    before = shown(item("one", "a"), item("two", "b"), item("three", "c"))
    after = forget(before, "two")
    rows = json.loads(before.values["names"])  # type: ignore[arg-type]
    assert json.loads(after.values["names"]) == [rows[0], rows[2]]  # type: ignore[arg-type]
    assert not [sign for sign in rows[1][:4] if sign in json.dumps(dict(after.values))]
    assert kept(after, item("one", "a"), item("two", "b"), item("three", "c")) == ["one", "three"]


def test_it_is_known_by_any_id_that_it_had_and_by_its_link() -> None:
    renamed = shown(item("two#9", "b"), cursor=shown(item("two#8", "b")))
    after = forget(renamed, "two#8")
    assert kept(after, item("two#8", "x"), item("new", "y")) == ["new"]
    assert kept(after, item("two#9", "x")) == []
    assert kept(after, item("two#10", "b", "else"), item("new", "y")) == ["new"]


def test_a_link_that_several_entries_have_keeps_nobody_out() -> None:
    after = forget(shown(item("one", "all"), item("two", "all")), "two")
    assert kept(after, item("one", "all"), item("two", "all"), item("three", "all")) == ["one", "three"]
    assert kept(after, item("three", "all")) == ["three"]


def test_the_same_link_beside_it_is_another_entry() -> None:
    after = forget(shown(item("two", "b")), "two")
    assert kept(after, item("two", "b"), item("three", "b")) == ["three"]
    assert hashed("wire.example.org/b") not in str(shown(item("three", "b"), cursor=after).values)


def test_the_words_of_what_went_are_not_kept_of_a_copy_either() -> None:
    before = shown(item("one", "a", "leave"), item("two", "b", "leave"))
    words = json.loads(before.values["names"])[0][3]  # type: ignore[arg-type]
    after = forget(before, "two")
    assert words not in str(after.values)
    assert words not in str(shown(item("one", "a", "leave"), cursor=after).values)
    assert kept(after, item("one", "a", "leave")) == ["one"]


def test_what_was_never_shown_is_kept_out_too() -> None:
    assert kept(forget(Cursor(), "two"), item("one", "a"), item("two", "b")) == ["one"]


def test_memories_keep_what_is_not_forgotten_and_know_the_rest() -> None:
    cursor = Cursor(
        values={"seen": " ".join(map(hashed, "abc")), "told": owned(hashed("b"), hashed("title"))}
    )
    after = forget(cursor, "b")
    assert after.text("seen") == f"{hashed('a')} {hashed('c')}"
    assert after.text("told") == ""
    seen, told = Memory.read(after, "seen", 9), Memory.read(after, "told", 9)
    assert [hashed(name) in seen for name in "abcd"] == [True, True, True, False]
    assert seen.among(map(hashed, "bd")) == {hashed("b")}
    assert owned(hashed("b"), hashed("title")) in told
    assert owned(hashed("b"), hashed("another")) not in told
    assert seen.with_all(map(hashed, "bd")).hashes == tuple(map(hashed, "acd"))


def test_an_address_that_led_to_it_goes_with_it() -> None:
    led = owned(hashed("name"), hashed("shown"))
    after = forget(Cursor(values={"seen": hashed("shown"), "led": led}), "name")
    assert hashed("shown") not in str(after.values)
    assert hashed("shown") in Memory.read(after, "seen", 9)


def test_states_of_a_feed_without_owners_go_all() -> None:
    """Nobody can tell whose they are; pages may be asked for once more."""
    cursor = shown(item("one", "a")).with_values(seen=f"{hashed('state')} {owned(hashed('one'), 'abc')}")
    assert forget(cursor, "two").text("seen") == owned(hashed("one"), "abc")
    assert forget(cursor, "one").text("seen") == ""


def test_what_waits_to_be_read_goes() -> None:
    pending = json.dumps([[f"{SITE}a", "A", None], [f"{SITE}b", "B", None]])
    tries = json.dumps({hashed(f"{SITE}a"): 1, hashed(f"{SITE}b"): 2})
    after = forget(Cursor(values={"pending": pending, "tries": tries}), f"{SITE}b")
    assert json.loads(after.text("pending") or "") == [[f"{SITE}a", "A", None]]
    assert json.loads(after.text("tries") or "") == {hashed(f"{SITE}a"): 1}
    nothing = forget(after, f"{SITE}a")
    assert (nothing.text("pending"), nothing.text("tries")) == (None, None)


def test_a_feed_that_stands_still_does_so_after_a_purge() -> None:
    def state(cursor: Cursor, *names: str) -> Cursor:
        return feed_stuck.with_state(cursor, names, SITE, SITE)

    before = feed_stuck.standing(Cursor(), state(Cursor(), "one", "two"), NOW).with_values(stuck=1)
    purged = forget(before, "two")
    assert purged.text("entries") is None
    after = feed_stuck.standing(purged, state(purged, "one"), NOW)
    assert feed_stuck.reason(after, NOW) is not None
    moved = feed_stuck.standing(after, state(after, "one", "three"), NOW)
    assert feed_stuck.reason(moved, NOW) is None


def test_a_look_at_the_site_that_showed_it_is_taken_anew_without_it() -> None:
    articles = frozenset(hashed(f"{SITE}{name}") for name in "abc")
    after = forget(feed_stuck.after_look(Cursor(), articles, NOW), "b", url=f"{SITE}b")
    assert (after.text("links"), after.text("looked")) == (None, None)
    again = feed_stuck.after_look(after, articles, NOW)
    assert set((again.text("links") or "").split()) == articles - {hashed(f"{SITE}b")}


def test_a_fetch_that_began_before_brings_nothing_back() -> None:
    old = shown(item("one", "a"), item("two", "b")).with_values(window=f"{hashed('one')} {hashed('two')}")
    stored = forget(old, "two")
    fetched = old.with_values(etag="newer")
    assert still_without(fetched, stored) == stored.with_values(etag="newer")
    assert still_without(fetched, old) is fetched
    assert still_without(stored, stored) is stored


def test_twice_is_once() -> None:
    once = forget(shown(item("one", "a"), item("two", "b")), "two")
    assert forget(once, "two") == once


@pytest.mark.parametrize("number", [2_500])
def test_what_is_forgotten_has_its_bounds(number: int) -> None:
    names = [f"n{place}" for place in range(3 * number)]
    forgotten = Forgotten.read(forget(forget(Cursor(), *names), "the last"))
    assert len(forgotten.hashes) == 6_000
    assert hashed("the last") in forgotten
