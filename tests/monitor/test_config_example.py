"""The example that everyone begins with: it loads, it holds the first users' sources, and its rules are good.

Every text here is invented and says so.
"""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from monitor.config import Config, load, load_text
from monitor.query import Document, matches
from monitor.routing import destinations
from monitor.text import analyse_text

EXAMPLE = Path(__file__).resolve().parents[2] / "config.example.toml"
FICTIONAL = {
    "ru": "(вымышленный пример)",
    "uk": "(вигаданий приклад)",
    "cs": "(smyšlený příklad)",
    "en": "(fictional sample)",
}


@cache
def example() -> Config:
    return load(EXAMPLE, environ={})


def test_it_loads_without_a_warning() -> None:
    assert example().warnings == ()


def test_it_holds_the_first_users_sources() -> None:
    assert [source.id for source in example().sources] == [
        "way-home",
        "idnes",
        "idnes-tv",
        "forum24",
        "moscow-times",
        "isw",
        "uk-mod",
    ]


def test_its_channel_can_be_read_through_an_account_instead() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    table = re.search(r'\[\[source\]\]\nid = "way-home"\n.*?\n\n', text, re.DOTALL)
    assert table is not None
    marked = text.replace(table[0], "").replace("#: ", "").replace("#:\n", "\n")
    config = load_text(marked, EXAMPLE, {"TELEGRAM_API_ID": "1", "TELEGRAM_API_HASH": "0" * 32})
    assert [warning.hint for warning in config.warnings] == ["groundswell telegram login"]
    (before,) = (one for one in example().sources if one.id == "way-home")
    (after,) = (one for one in config.sources if one.id == "way-home")
    assert (before.kind, after.kind) == ("telegram_web", "telegram")
    assert replace(after, kind=before.kind, options=before.options) == before


def test_its_routes_tell_the_screen_of_everything() -> None:
    for labels in ({"severity": ("critical",)}, {"subject": ("incident",)}, {"rule": ("rotation",)}):
        assert [told.receiver for told in destinations(example().route, labels)] == ["screen"]


def test_who_is_named_in_its_outermost_route_is_told_of_everything() -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace(
        '[route]\nreceivers = ["screen"]',
        '[[receiver]]\nid = "phone"\nkind = "terminal"\n\n[route]\nreceivers = ["phone"]',
    )
    route = load_text(text, EXAMPLE, {}).route
    for labels in ({"severity": ("critical",)}, {"subject": ("incident",)}, {"rule": ("rotation",)}):
        assert [told.receiver for told in destinations(route, labels)] == ["phone"]


def alerting_rules(text: str, language: str, tags: frozenset[str] = frozenset()) -> set[str]:
    document = Document(
        title=analyse_text("", language),
        text=analyse_text(f"{text} {FICTIONAL[language]}", language),
        source="somewhere",
        kind="telegram_web",
        language=language,
        tags=tags,
    )
    return {rule.id for rule in example().rules if matches(rule.query, document) is not None}


@pytest.mark.parametrize(
    ("rule", "language", "text"),
    [
        ("rotation", "ru", "Второй год без ротации, наш батальон так и стоит на передовой."),
        ("rotation", "ru", "Мобилизованных обещали отпустить в отпуск, но отпуска опять отменили."),
        ("rotation", "ru", "Когда назовут срок службы? Наши солдаты не железные."),
        ("rotation", "uk", "Хлопці з бригади вже два роки без ротації, комбат мовчить."),
        ("rotation", "uk", "Військовим знову відмовили у відпустці."),
        ("rotation", "cs", "Ruští vojáci si stěžují, že rok čekají na střídání."),
        ("rotation", "cs", "Mobilizovaným prý velitel zakázal dovolenou."),
        ("rotation", "en", "Russian soldiers complain of a year in the trenches without rotation."),
        ("rotation", "en", "Mobilised men from a Russian regiment were denied leave again."),
        ("supplies", "ru", "Бойцы третий месяц без выплат, в части разводят руками."),
        ("supplies", "ru", "Рота пишет: не хватает аптечек и бронежилетов, всё за свой счёт."),
        ("supplies", "uk", "На фронті затримка виплат, бійці купують спорядження самі."),
        ("supplies", "cs", "Ruským vojákům chybí munice a žold přichází se zpožděním."),
        ("supplies", "en", "Russian conscripts describe unpaid wages and a shortage of ammunition."),
        ("threats", "ru", "Взвод записал видео: если смены не будет, мы уходим с позиций."),
        ("threats", "ru", "Солдаты отказались выполнять приказ, в полку говорят о бунте."),
        ("threats", "ru", "Бойцов-отказников держат в подвале."),
        ("threats", "uk", "Солдати ворожої роти відмовилися виконувати наказ командира."),
        ("threats", "cs", "Voják se zakrytou tváří hrozí, že jeho četa odejde z pozic."),
        ("threats", "cs", "Celý prapor mobilizovaných odmítl jít. „Odmítli splnit“ rozkaz velitele."),
        (
            "threats",
            "en",
            "A platoon of mobilised men refused to fight and gave their commander an ultimatum.",
        ),
        ("threats", "en", "Soldiers say they will abandon their positions: their unit is exhausted."),
        ("retraction", "ru", "Боец записал новое видео: погорячился, прошу прощения у командования."),
        ("retraction", "uk", "Боєць вибачився перед командиром і каже, що його ніхто не змушував."),
        ("retraction", "cs", "Voják své výroky odvolal a na novém videu se omlouvá."),
        ("retraction", "en", "The soldier retracted his words and apologised on camera."),
        ("families", "ru", "Жёны мобилизованных вышли на площадь с плакатами."),
        ("families", "ru", "Матери солдат подписали коллективное обращение."),
        ("families", "uk", "Родичі мобілізованих провели мітинг у центрі міста."),
        ("families", "cs", "Manželky ruských vojáků uspořádaly protest na náměstí."),
        ("families", "en", "Wives of mobilised men held a vigil in Moscow."),
    ],
)
def test_starter_rules_find_what_they_are_for(rule: str, language: str, text: str) -> None:
    assert rule in alerting_rules(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Летний отпуск: пять тихих городов у моря и расписание поездов."),
        ("ru", "Театр объявил ротацию спектаклей, новая программа с пятницы."),
        ("ru", "Компания задерживает выплату дивидендов, акции без движения."),
        ("ru", "Актёр извинился перед зрителями за перенос концерта."),
        ("ru", "Футболисты вышли на площадь праздновать, их встречали семьи."),
        ("uk", "Відпустка в горах: три маршрути на вихідні."),
        ("uk", "Виплата пенсій у листопаді почнеться раніше."),
        ("cs", "Dovolená v Chorvatsku podraží, fronty u letišť budou delší."),
        ("cs", "Trenér vysvětlil střídání v brance, prapor klubu visel na půl žerdi."),
        ("cs", "Ministr se omluvil za zpoždění vlaků a přislíbil nové vybavení."),
        ("cs", "Plat učitelů vzroste, školám ale chybí peníze na lékárničky."),
        ("cs", "Demonstrace odborů: na náměstí přišly celé rodiny."),
        ("en", "Crop rotation explained: why farmers leave a field at rest."),
        ("en", "The company apologised for unpaid wages after a strike ultimatum failed."),
        ("en", "A family march for the local hospital drew hundreds."),
        ("en", "Troops took part in the parade; families watched from the bridge."),
    ],
)
def test_starter_rules_leave_ordinary_news_alone(language: str, text: str) -> None:
    assert alerting_rules(text, language) == set()


def test_channels_of_families_need_no_other_word() -> None:
    text = "Опять отменили отпуск. Сколько можно ждать?"
    assert alerting_rules(text, "ru") == set()
    assert alerting_rules(text, "ru", frozenset({"families"})) == {"rotation"}
