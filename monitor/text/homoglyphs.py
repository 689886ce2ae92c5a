"""Words written with look-alike letters of another script are put right.

"Зeлeнcкий" with Latin e and c, "mоbilizovaný" with a Cyrillic о. A whole word in look-alikes cannot be told
from a real one and stays as it is.

The pairs are the confusables of Unicode's UTS #39 that occur in real evasions, by case: B looks like В, but b
does not. A lower-case letter is listed only where its capital is, so that a word which cannot be repaired
with its capitals cannot be repaired without them either.
"""

import re

_LATIN_LOOKS = "ABCEHIJKMOPSTXYËÏaceijkopsxyëïbmt"
_CYRILLIC_LOOKS = "АВСЕНІЈКМОРЅТХУЁЇасеіјкорѕхуёїьмт"

_GREEK_LOOKS = "ΑΒΕΗΙΚΜΟΡΤΥΧαειοκρχυ"
_GREEK_AS_LATIN = "ABEHIKMOPTYXaeiokpxu"
_GREEK_AS_CYRILLIC = "АВЕНІКМОРТУХаеіокрху"

_CYRILLIC_RARE = "һҺԛԚԝԜԁԀӏӀ"
_RARE_AS_LATIN = "hHqQwWdDlL"

_LATIN_NEVER_FROM = "ьмт"  # b, m and t in a Cyrillic word are evasions; the other way round nobody is fooled

_TO_CYRILLIC = str.maketrans(_LATIN_LOOKS + _GREEK_LOOKS, _CYRILLIC_LOOKS + _GREEK_AS_CYRILLIC)
_TO_LATIN = {
    cyrillic: latin
    for cyrillic, latin in str.maketrans(
        _CYRILLIC_LOOKS + _GREEK_LOOKS + _CYRILLIC_RARE, _LATIN_LOOKS + _GREEK_AS_LATIN + _RARE_AS_LATIN
    ).items()
    if chr(cyrillic) not in _LATIN_NEVER_FROM
}
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_GREEK_LETTER = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")


def repair(word: str) -> str:
    """`word` in one script, where its letters allow that; `word` itself where they do not.

    `word` is composed (NFKC) and still has its case. Where both scripts are possible, the one with more of
    the letters wins, Cyrillic where they are equal.
    """
    scripts = [script for script in (_LATIN, _CYRILLIC, _GREEK_LETTER) if script.search(word)]
    if len(scripts) < 2:
        return word
    cyrillic, latin = word.translate(_TO_CYRILLIC), word.translate(_TO_LATIN)
    may_be_cyrillic = not (_LATIN.search(cyrillic) or _GREEK_LETTER.search(cyrillic))
    may_be_latin = not (_CYRILLIC.search(latin) or _GREEK_LETTER.search(latin))
    if may_be_cyrillic and may_be_latin:
        return cyrillic if len(_CYRILLIC.findall(word)) >= len(_LATIN.findall(word)) else latin
    if may_be_cyrillic:
        return cyrillic
    return latin if may_be_latin else word
