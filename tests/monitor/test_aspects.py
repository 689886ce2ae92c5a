"""Verbs that say the same in another aspect."""

import pytest

from monitor.text.aspects import partners
from monitor.text.lemmas import lemmas_of


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("ru", "отказаться", "отказываться"),
        ("ru", "вернуть", "возвращать"),
        ("uk", "обіцяти", "пообіцяти"),
        ("cs", "zaplatit", "platit"),
    ],
)
def test_either_is_the_others_partner(language: str, one: str, other: str) -> None:
    assert other in partners(one)
    assert one in partners(other)
    assert other in lemmas_of(other, language)


def test_a_verb_without_a_partner_in_the_table_has_none() -> None:
    assert partners("танцевать") == partners("") == ()


def test_no_verb_is_its_own_partner() -> None:
    verbs = {other for one in ("обещать", "bít", "платити") for other in partners(one)}
    assert verbs
    assert not [verb for verb in verbs if verb in partners(verb)]
