"""The bundled story: what it holds, and that nothing in it could be taken for real."""

import re
from datetime import timedelta

import pytest

from monitor.demo import facts
from monitor.demo.light_text import plain
from monitor.demo.load import load_story
from monitor.demo.sample_files import length, offset
from monitor.demo.sources import SAMPLE_SOURCES, sample_sources
from monitor.demo.story import LENGTH, Growth, Post
from monitor.fingerprint import fingerprint

MARKS = ("(вымышленный пример)", "(вигаданий приклад)", "(smyšlený příklad)", "(fictional sample)")
WATCHED = re.compile(
    r"ротац|отпуск|выплат|снабж|замен|угро|дезерт|довольств|ротаці|відпустк|спорядж|rotac|dovolen|střídán|žold|zásob"
    r"|hroz|hrozb|rotat|\bleave\b|unpaid|threat|mutin|abandon|supplies",
    re.IGNORECASE,
)


def every_post() -> list[Post]:
    return [post for channel in load_story().channels.values() for post in channel.posts]


def every_text() -> list[str]:
    posts = [wording.text for post in every_post() for wording in post.wordings if wording.text]
    polls = [post.poll.question for post in every_post() if post.poll]
    articles = [
        text
        for outlet in load_story().outlets.values()
        for article in outlet.articles
        for text in (article.title, *article.body(LENGTH))
    ]
    return posts + polls + articles


def test_the_twenty_sources_come_with_those_of_the_first_users_first():
    assert [source.id for source in SAMPLE_SOURCES[:7]] == [
        "way-home",
        "idnes-cz",
        "idnes-tv",
        "forum24",
        "moscow-times",
        "isw",
        "uk-mod",
    ]
    assert len(SAMPLE_SOURCES) == len({source.id for source in SAMPLE_SOURCES}) == 20
    assert {source.kind for source in SAMPLE_SOURCES} == {"telegram_web", "feed", "page"}
    assert {source.language for source in SAMPLE_SOURCES} == {"ru", "uk", "cs", "en"}


def test_a_source_takes_the_address_of_the_running_web():
    sources = {source.id: source for source in sample_sources("http://127.0.0.1:8001")}
    assert sources["way-home"].options == {"channel": "PYTY_DOMOY", "base_url": "http://127.0.0.1:8001"}
    assert sources["forum24"].options["url"] == "http://127.0.0.1:8001/forum24/feed"


def test_the_size_of_the_story():
    assert len(every_post()) == 255
    assert sum(len(outlet.articles) for outlet in load_story().outlets.values()) == 56


def test_every_post_with_a_text_says_that_it_is_fictional():
    for post in every_post():
        for wording in post.wordings:
            assert not wording.text or post.service or any(mark in wording.text for mark in MARKS), (
                wording.text
            )
        assert post.poll is None or any(mark in post.poll.question for mark in MARKS)


def test_every_article_says_that_it_is_fictional_at_both_ends():
    for outlet in load_story().outlets.values():
        for article in outlet.articles:
            assert article.lead.endswith(MARKS)
            assert article.body(LENGTH)[-1].endswith(MARKS)


def test_channels_and_outlets_are_named_as_samples():
    names = [source.name for source in SAMPLE_SOURCES]
    assert all(re.search(r"\((?:sample|пример|приклад|příklad)\)", name) for name in names), names


def test_contacts_are_nobodys():
    for text in every_text():
        assert all(host == "example.org" for host in re.findall(r"[\w.]+@([\w.-]*\w)", text)), text
        assert all(
            set(re.sub(r"\D", "", number)[1:]) <= set("024") for number in re.findall(r"\+[\d -]{8,}", text)
        )
        links = re.findall(r"https?://([^/\s]+)", text)
        assert all(host == "t.me" or host.endswith("example.org") for host in links), text


def test_people_are_found_to_be_masked():
    texts = "\n".join(every_text())
    assert "+7 000 000-00-00" in texts
    assert "letters@example.org" in texts
    assert "@sample_helper_desk" in texts


@pytest.mark.parametrize(("text", "copies"), [("threat", 11), ("retraction", 8)])
def test_copies_are_one_text_in_other_dress(text: str, copies: int):
    posts = [post for post in every_post() if post.copies == text]
    assert len(posts) == copies
    assert len({post.text(LENGTH) for post in posts}) > copies // 2
    assert len({fingerprint(None, plain(post.text(LENGTH))) for post in posts}) == 1


def test_the_threat_begins_in_a_small_channel_and_is_everywhere_two_days_later():
    origin, *copies = facts.carriers("threat")
    assert (origin.source, origin.at.days) == ("lesnoy-families", 3)
    assert len({copy.source for copy in copies}) == 10
    assert copies[-1].at - origin.at < timedelta(days=2)
    assert facts.most_views("threat", timedelta(days=5, hours=12)) > 1_000_000


def test_the_retraction_follows_on_the_sixth_day():
    origin, *copies = facts.carriers("retraction")
    assert origin.at.days == 6
    assert {copy.at.days for copy in copies} == {6, 7}


def test_complaints_rise_and_none_copies_another():
    assert facts.complaints_a_day() == (1, 1, 2, 2, 3, 3, 4, 5, 5, 6)
    texts = [post.text(LENGTH) for post in every_post() if post.topic == "complaint"]
    assert len({fingerprint(None, text) for text in texts}) == len(texts)
    assert len({key.source for key in facts.complaints()}) == 13


def test_noise_does_not_speak_of_what_is_watched():
    noise = [post.text(LENGTH) for post in every_post() if post.topic == "noise"]
    noise += [
        text
        for outlet in load_story().outlets.values()
        for article in outlet.articles
        if article.topic == "noise"
        for text in (article.title, *article.body(LENGTH))
    ]
    assert [text for text in noise if WATCHED.search(text)] == []


def test_what_is_out_by_a_day():
    assert facts.published(timedelta(0))["way-home"] == 31
    assert facts.published(LENGTH)["way-home"] == 43
    assert sum(facts.published(LENGTH).values()) == 255 + 56
    assert facts.articles_about("threat", timedelta(days=4)) == 0
    assert facts.articles_about("threat") == 8


def test_history_is_long_enough_for_several_pages():
    old = facts.published(timedelta(0))
    assert sum(count > 20 for count in old.values()) >= 3


def test_every_kind_of_message_occurs():
    posts = every_post()
    assert {media.kind for post in posts for media in post.media} == {
        "photo",
        "video",
        "round_video",
        "voice",
        "audio",
        "document",
        "sticker",
        "location",
    }
    assert any(post.poll for post in posts)
    assert any(post.preview for post in posts)
    assert any(post.service for post in posts)
    assert any(post.unreadable for post in posts)
    assert any(post.reply_to for post in posts)
    assert any(post.forward_person for post in posts)
    assert any(post.edited(LENGTH) for post in posts)
    assert any(post.deleted for post in posts)


def test_views_climb_and_never_fall():
    growth = Growth(peak=1000, half_life=timedelta(hours=10), shape=1.8)
    counts = [growth.at(timedelta(hours=hour)) for hour in range(-1, 200)]
    assert counts == sorted(counts)
    assert (counts[0], growth.at(timedelta(hours=10))) == (0, 500)
    assert 990 < counts[-1] <= 1000


@pytest.mark.parametrize("written", ["3", "3d", "3d 2:15", "d3 02:15", "3d 02:15 "])
def test_a_wrong_offset_is_refused(written: str):
    with pytest.raises(ValueError, match="not an offset"):
        offset(written)


def test_offsets_and_lengths():
    assert offset("-12d 04:00") == timedelta(days=-12, hours=4)
    assert length("1:02:03") == timedelta(hours=1, minutes=2, seconds=3)
    with pytest.raises(ValueError, match="not a length"):
        length("90 s")
