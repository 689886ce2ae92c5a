"""All texts are invented."""

import pytest

from monitor.minor_edits import is_minor

REPORT = "Жёны мобилизованных вышли на площадь и просили вернуть мужей домой.\nПолиция никого не задержала."


def minor(before: str, after: str, typo_distance: int = 2) -> bool:
    return is_minor(before, after, typo_distance=typo_distance)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("площадь", "площядь"),  # a typing error made
        ("мобилизованных", "мобилизованых"),
        ("домой.", "домой!"),  # no word at all
        ("домой.", "«домой»…"),
    ],
)
def test_a_typing_error_says_nothing_new(old: str, new: str) -> None:
    assert minor(REPORT, REPORT.replace(old, new))
    assert minor(REPORT.replace(old, new), REPORT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("никого не задержала", "никого задержала"),  # a word less
        ("никого не", "никого и не"),
        ("задержала", "избила"),
        ("вернуть", "не вернуть"),
        ("Полиция", "Милиция"),
        ("просили", "просила"),  # another word, though of the same letters but one
        ("домой.", "домой?"),
    ],
)
def test_what_says_something_else_is_an_edit(old: str, new: str) -> None:
    assert not minor(REPORT, REPORT.replace(old, new))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Командир доволен ответом.", "Командир недоволен ответом."),
        ("Vojáci jsou spokojeni.", "Vojáci jsou nespokojeni."),
        ("They can wait.", "They can not wait."),
        ("Солдат был убит соседом.", "Солдат был убил соседом."),
        ("Ministr to popřel včera.", "Ministr to popsal včera."),
        ("Командир разрешит отпуск.", "Командир разрешил отпуск."),
        ("Их отпустят в июне.", "Их отпустят в июле."),
        ("They leave on Tuesday.", "They leave on Thursday."),
        ("Пишет Иваненко из Озёрного.", "Пишет Иваненка из Озёрного."),  # names stand in no dictionary
    ],
)
def test_a_letter_can_turn_a_statement_round(before: str, after: str) -> None:
    assert not minor(before, after)


def test_the_distance_can_be_set() -> None:
    changed = REPORT.replace("мобилизованных", "мобилизаваных")
    assert minor(REPORT, changed, typo_distance=3)
    assert not minor(REPORT, changed, typo_distance=1)
    assert not minor(REPORT, REPORT.replace("площадь", "площядь"), typo_distance=0)
    assert minor(REPORT, REPORT.replace("домой.", "домой…"), typo_distance=0)


@pytest.mark.parametrize(
    "line",
    [
        "Líbí se vám článek? Podpořte nezávislou redakci darem na náš účet.",
        "Chcete dostávat zprávy každé ráno do e-mailu? Zadejte svou adresu níže.",
        "Článek čte právě 120 lidí a líbí se 15 čtenářům.",
        "Поддержите редакцию, нам важна ваша помощь.",
        "Підтримайте нас на нашій сторінці.",
        "Sign up for our morning newsletter and miss nothing.",
        "Please support our newsroom today.",
    ],
)
def test_a_call_to_subscribe_or_to_give_says_nothing(line: str) -> None:
    assert minor(REPORT, f"{REPORT}\n{line}")


@pytest.mark.parametrize(
    "line",
    [
        "Podpořte matky vojáků, píší rodiny.",
        "Поддержите солдат, просят семьи.",
        "Support our men, the families wrote.",
        "Our newsletter apologises for yesterday's report.",
    ],
)
def test_a_call_of_the_people_in_it_is_an_edit(line: str) -> None:
    assert not minor(REPORT, f"{REPORT}\n{line}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Просмотров: 1 204", "Просмотров: 980 311"),
        ("1 204 просмотра, 3 комментария", "1 310 просмотров, 12 комментариев"),
        ("Aktualizováno 14:05", "Aktualizováno 16:40"),
        ("12 komentářů", "15 komentářů"),
        ("128 views", "4,096 views"),
    ],
)
def test_counters_and_hours_on_lines_of_their_own_say_nothing(before: str, after: str) -> None:
    assert minor(f"{before}\n{REPORT}", f"{after}\n{REPORT}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Погибли 5 человек.", "Погибли 500 человек."),
        ("Ztráty: 3 mrtví", "Ztráty: 300 mrtvých"),
        ("Просит часть 1234", "Просит часть 5678"),
        ("Выплаты: +5 %", "Выплаты: -5 %"),
        ("Na náměstí podle policie přišlo 40 lidí.", "Na náměstí podle policie přišlo 400 lidí."),
    ],
)
def test_a_number_that_is_reported_is_an_edit(before: str, after: str) -> None:
    assert not minor(f"{REPORT}\n{before}", f"{REPORT}\n{after}")


@pytest.mark.parametrize(
    "aside", ["Реклама", "Читайте также: Снег в горах", "Čtěte také — Nové hřiště", "Advertisement"]
)
def test_advertisements_come_and_go(aside: str) -> None:
    with_aside = REPORT.replace("\n", f"\n{aside}\n")
    assert minor(REPORT, with_aside)
    assert minor(with_aside, REPORT)


@pytest.mark.parametrize(
    "sentence",
    [
        "Related officials were arrested on Monday over stolen pay.",
        "See also: the correction, the ministry never ordered the rotation.",
        "Čtěte také: oprava, ministerstvo rotaci nenařídilo.",
        "Reklama na vojenskou smlouvu lhala, rodiny žádají omluvu.",
        "Реклама службы появилась во дворах, жители требуют её убрать.",
        "Вечером двух женщин увезли.",
    ],
)
def test_a_sentence_that_comes_or_goes_is_an_edit(sentence: str) -> None:
    assert not minor(REPORT, f"{REPORT}\n{sentence}")
    assert not minor(f"{REPORT}\n{sentence}", REPORT)


def test_what_was_cut_off_is_an_edit() -> None:
    assert not minor(REPORT, REPORT.splitlines()[0])
