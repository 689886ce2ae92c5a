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
        ("просили", "просил"),
    ],
)
def test_a_typing_error_says_nothing_new(old: str, new: str) -> None:
    assert minor(REPORT, REPORT.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("никого не задержала", "никого задержала"),  # a word less
        ("никого не", "никого и не"),
        ("задержала", "избила"),
        ("вернуть", "не вернуть"),
        ("Полиция", "Милиция"),
    ],
)
def test_what_says_something_else_is_an_edit(old: str, new: str) -> None:
    assert not minor(REPORT, REPORT.replace(old, new))


def test_a_negation_is_no_typing_error() -> None:
    assert not minor("Командир доволен ответом.", "Командир недоволен ответом.")
    assert not minor("Vojáci jsou spokojeni.", "Vojáci jsou nespokojeni.")
    assert not minor("They can wait.", "They can not wait.")


def test_the_distance_can_be_set() -> None:
    changed = REPORT.replace("мобилизованных", "мобилизаваных")
    assert minor(REPORT, changed, typo_distance=2)
    assert not minor(REPORT, changed, typo_distance=1)
    assert not minor(REPORT, REPORT.replace("площадь", "площядь"), typo_distance=0)
    assert minor(REPORT, REPORT.replace("домой.", "домой…"), typo_distance=0)


def test_counters_and_hours_of_short_lines_say_nothing() -> None:
    assert minor(f"Просмотров: 1 204\n{REPORT}", f"Просмотров: 980 311\n{REPORT}")
    assert minor(f"{REPORT}\nAktualizováno 14:05", f"{REPORT}\nAktualizováno 16:40")


def test_a_number_that_is_reported_is_an_edit() -> None:
    told = "Na náměstí podle policie přišlo 40 lidí, večer všichni odešli zase domů."
    assert not minor(told, told.replace("40", "400"))


@pytest.mark.parametrize(
    "aside", ["Реклама", "Читайте также: Снег в горах", "Čtěte také: Nové hřiště", "Advertisement"]
)
def test_advertisements_come_and_go(aside: str) -> None:
    with_aside = REPORT.replace("\n", f"\n{aside}\n")
    assert minor(REPORT, with_aside)
    assert minor(with_aside, REPORT)


def test_a_report_that_begins_like_an_advertisement_counts() -> None:
    long = "Реклама контрактной службы появилась во дворах, и жители требуют её убрать, " * 3
    assert not minor(REPORT, f"{REPORT}\n{long}")


def test_a_sentence_more_or_less_is_an_edit() -> None:
    assert not minor(REPORT, f"{REPORT} Вечером двух женщин увезли.")
    assert not minor(REPORT, REPORT.splitlines()[0])
