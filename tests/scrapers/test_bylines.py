"""Times of bylines and times in sentences. All are fictional samples."""

import pytest

from scrapers.bylines import tells_publication


@pytest.mark.parametrize(
    "shown",
    [
        "@",
        "Publikováno @",
        "@ | Domácí",
        "Domácí | @ | 3 min čtení",
        "Jan Smyšlený, Lhota, @",
        "Smyšlená redakce, sobota @",
        "Zveřejněno dne @, diskuse 12",
        "@ Jan Smyšlený",
        "Опубликовано @",
        "Иван Вымышленный, Москва · @ · 120 просмотров",
        "Опубліковано: @ Київ",
        "editor — @ add comment",
        "Posted on @ by Jan Fictional",
        "Napsal Jan Smyšlený. @",
        "質問者：あい 質問日時：@ 回答数：0件",
    ],
)
def test_among_names_and_labels_a_time_is_told(shown: str) -> None:
    assert tells_publication(*shown.split("@"))


@pytest.mark.parametrize(
    "said",
    [
        "Od @",
        "Do @",
        "до @",
        "@ odešel pluk",
        "@ v Praze vyšly rodiny",
        "@ Rusko vtrhlo na Ukrajinu",
        "Soldiers wrote @",
        "Rodiny, které @, žádaly rotaci mužů",
        "Vojáci na frontě @",
        "Mobilizace: @ — den, který změnil vše",
    ],
)
def test_in_a_sentence_it_is_not(said: str) -> None:
    assert not tells_publication(*said.split("@"))
