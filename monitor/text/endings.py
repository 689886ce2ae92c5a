"""Endings of dictionary forms and of their inflected forms, for what word lists lack or give only once.

Facts of grammar, written by hand: by language, then by the ending of the dictionary form.
"""

from collections.abc import Iterator, Mapping

from monitor.text.diacritics import without_marks

Endings = Mapping[str, tuple[str, ...]]
"""By the ending of a form those that its dictionary form may have."""

SHORTEST_STEM = 3
"""Letters before an ending."""

_VOWELS = frozenset("аеєиіїоуюяaáeéěoóuúůyý")  # Czech has "ia" and "ie"
_OPEN = frozenset("аиоaoýe")  # what an ending that follows on a vowel never begins with


_LONGEST = 6  # letters of an ending


def table(text: str) -> Endings:
    """Lines of a dictionary form's ending, a colon, and the endings of its forms; "-" is no ending."""
    table: dict[str, tuple[str, ...]] = {}
    for line in text.strip().splitlines():
        lemma, _, forms = line.partition(":")
        for ending in forms.split():
            table[ending.strip("-")] = (*table.get(ending.strip("-"), ()), lemma.strip(" -"))
    return table


def _together(*tables: Endings) -> Endings:
    keys = dict.fromkeys(ending for table in tables for ending in table)
    return {ending: tuple(lemma for table in tables for lemma in table.get(ending, ())) for ending in keys}


def _bare(table: Endings) -> Endings:
    bare: dict[str, dict[str, None]] = {}
    for ending, lemmas in table.items():
        bare.setdefault(without_marks(ending), {}).update(dict.fromkeys(map(without_marks, lemmas)))
    return {ending: tuple(lemmas) for ending, lemmas in bare.items()}


UKRAINIAN_VERBS = table("""
    ти: в ла ло ли
    тися: вся лася лося лися
    ати: аю аєш ає аємо аєте ають ай айте
    атися: ається аються аюся
    увати: ую уєш ує уємо уєте ують
    уватися: ується уються
    ювати: юю юєш ює юємо юєте юють
    юватися: юється юються
    яти: яю яєш яє яють яємо
    ятися: яється яються
    ити: ить ять ать имо ите иш
    итися: иться яться аться
    нути: не нуть ну неш немо
    гти: г гла гло гли
""")

UKRAINIAN_NOUNS = table("""
    ень: ня ню нем ні нів ням нями нях
    ок: ка ку ком ки ків кам ками ках
    ець: ця цю цем ці ців цям цями цях цеві
    єць: йця йцю йцем йці йців йцям йцями йцях
    е: я ю ем ям ями ях ь а у ам ами ах
    ь: я ю і ем ям ями ях ів
    ія: ії ію ією ій іям іями іях
    ка: ок ці
    га: зі
""")

UKRAINIAN = _together(
    UKRAINIAN_VERBS,
    UKRAINIAN_NOUNS,
    table("""
    -: ові ами ах ів ам ом ем а у і и е
    а: ами ах ам ою и у і о -
    о: ами ах ам ом а у і
    ий: ого ому их им ими ою ій а е і у
    ість: ості істю
    я: ями ях ям ею єю ї й і ю
"""),
)

CZECH_PARTICIPLES = table("""
    ovaný: ován ována ováno ováni ovány
    ený: en ena eno eni eny
    ěný: ěn ěna ěno ěni ěny
    aný: án ána áno áni ány
    tý: t ta to ti ty
""")

CZECH = _together(
    CZECH_PARTICIPLES,
    table("""
    -: ovi ové ech ách ům em ů y u e a i ou í emi ích ím
    a: ách ami ám ou y u ě o
    o: ech em a u ě
    e: ích emi ím i í
    ý: ého ému ých ým ými ou é á í
    í: ího ímu ích ím ími
    ost: osti ostí ostem ostech
    ek: ku kem ky ků kům cích
    ec: ce ci cem ců cům cích
    ka: ce
    iště: išti ištích išť ištím
    ovat: uje uji uju ujeme ujete uješ ují oval ovala ovalo ovali ovaly ován ována ováno ováni ovány ujte
    at: ám áš á áme áte ají al ala alo ali aly án ána áno áni ány e eme ou
    it: ím íš í íme íte il ila ilo ili ily en ena eno eni eny
    et: í ím íme ejí el ela elo eli ely
    ět: í ím íme ějí ěl ěla ělo ěli ěly
    nout: nu neš ne neme nete nou nul nula nulo nuli nuly l la lo li ly
"""),
)

BARE_CZECH = _bare(CZECH)
"""The same, typed without diacritics."""

OF_UNKNOWN: Mapping[str, Endings] = {"uk": UKRAINIAN, "cs": CZECH}
"""For words that a list lacks.

What each brought is in docs/quality.md.
"""

OF_ITSELF: Mapping[str, Endings] = {
    "uk": _together(
        UKRAINIAN_VERBS,
        table("""
            ень: ня ню нем ні нів ням нями нях
            ок: ків кам ками ках
            ець: ців цям цями цях
            -: ові ами ах ів ам
            а: - ами ах ам ою
            о: ами ах ам ом
            е: ям ями ях
            я: ями ях ям ею єю
            ий: ого ому их им ими ою ій
        """),
    ),
    "cs": table("a: y ám ách ami"),
}
"""For words that a list gives as their own dictionary form, as the Ukrainian one does with many forms."""

OF_ANOTHER: Mapping[str, Endings] = {
    "uk": table("""
        ти: в ла ло ли
        тися: вся лася лося лися
        нути: не нуть ну неш немо
        гти: г гла гло гли
        ень: ня ню нем ні нів ням нями нях
        ець: ця цю цем ці ців цям цями цях цеві
        єць: йця йцю йцем йці йців йцям йцями йцях
        ь: я ю і ем
        ія: ії ію ією іям іями іях
        ий: і е
    """),
    "cs": _together(table("-: u y ů ům em"), CZECH_PARTICIPLES),
}
"""For words that a list gives as forms of another, and may be forms of a third ("писала": of "писало")."""


def dictionary_forms(form: str, endings: Endings) -> Iterator[str]:
    """What `form` regularly comes from, whether there is such a word or not."""
    for length in range(_LONGEST + 1):
        stem = form[: len(form) - length]
        if len(stem) < SHORTEST_STEM:
            return
        for ending in endings.get(form[len(stem) :], ()):
            if _may_follow(stem, ending):
                yield stem + ending


def _may_follow(stem: str, ending: str) -> bool:
    """Whether a dictionary form may be so put together: without an ending it closes with a consonant."""
    if not ending:
        return stem[-1] not in _VOWELS and stem[-1] not in "ií"
    return not (ending[0] in _OPEN and stem[-1] in _VOWELS)


def inflected_forms(lemma: str, endings: Endings) -> Iterator[str]:
    """What regularly comes from `lemma`, whether there are such words or not."""
    for ending, lemma_endings in endings.items():
        for lemma_ending in lemma_endings:
            stem = lemma.removesuffix(lemma_ending) if lemma.endswith(lemma_ending) else ""
            if len(stem) >= SHORTEST_STEM and _may_follow(stem, lemma_ending):
                yield stem + ending
