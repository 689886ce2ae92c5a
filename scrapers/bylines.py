"""Whether a time among words tells when they were published, or is part of what they say. Pure."""

import re
from typing import Final

_WORD: Final = re.compile(r"(?<!\d)(?<!\d[\s.])(?<!\d\.\s)[^\W\d_][\w'’-]*")  # not what a number counts
_FIELD: Final = re.compile(r"[|•·/,;:()\[\]\u2013\u2014\n]|\s-\s")
_STOPPED: Final = re.compile(r"([^\W\d_][\w'’-]{2,})[.!?…]+(?:\s|$)")
_BORDER: Final = re.compile(
    r"od|do|z|ze|s|se|k|ke|před|pred|since|from|until|till|by|after|before|during|between|of|"
    r"с|со|от|до|после|к|ко|из|за|перед|від|після|з|із|зі",
    re.IGNORECASE,
)
_OF_BYLINES: Final = re.compile(
    r"publi\w*|zveřejn\w*|zverejn\w*|vyd[aá]n\w*|vyšl[oa]|vloženo|přidáno|pridan\w*|vytvořeno|napsal[ai]?|"
    r"autor\w*|redak\w*|zdroj|fot[oa]|text|diskus\w*|diskuz\w*|koment\w*|příspěv\w*|čten\w*|čas|doba|čtení|"
    r"zhlédnut\w*|zobrazen\w*|datum|dne|den|min(?:ut\w*)?|hod|h|v|ve|o|"
    r"posted|written|created|issued|release[ds]?|date|time|on|at|in|author|by|staff|editor\w*|add|comment\w*|"
    r"read(?:ing)?|views?|shares?|source|photos?|am|pm|last|first|"
    r"опублик\w*|публикац\w*|размещен\w*|добавлен\w*|создан\w*|дата|время|автор\w*|редакц\w*|источник|фото|"
    r"текст|коммент\w*|просмотр\w*|прочт\w*|чтени\w*|в|во|мин\w*|г|года|мск|"
    r"опубл\w*|публікац\w*|розміщен\w*|додан\w*|створен\w*|джерело|перегля\w*|читан\w*|комент\w*|час|у|об|"
    r"р|року|хв\w*|"
    r"pondělí|pondelok|úterý|utorok|středa|streda|čtvrtek|štvrtok|pátek|piatok|sobota|neděle|nedeľa|"
    r"po|út|st|čt|pá|so|ne|"
    r"понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|пн|вт|ср|чт|пт|сб|вс|"
    r"понеділок|вівторок|середа|четвер|п['’]ятниця|субота|неділя|нд",
    re.IGNORECASE,
)
_MOST_ASIDE: Final = 2  # words of no byline in other fields: a trade, a place
_MOST_BESIDE: Final = 1  # and in the field of the time


def tells_publication(before: str, behind: str) -> bool:
    """Whether a time between these words is told of them, as in "Publikováno dnes 14:05 | Domácí".

    It is not where the words make a sentence that the time belongs to: "Od 5. září žádají rodiny o rotaci."
    Names, and other words with a capital, are as good as none.

    Args:
        before: what stands before the time in its element.
        behind: what stands behind it.
    """
    fields_before, fields_behind = _FIELD.split(before), _FIELD.split(behind)
    left, right = _words(fields_before[-1]), _words(fields_behind[0])
    if left and (_BORDER.fullmatch(left[-1]) or _is_plain(left[-1])):
        return False
    if right and _is_plain(right[0]):
        return False
    aside = [word for field in (*fields_before[:-1], *fields_behind[1:]) for word in _words(field)]
    return (
        sum(map(_is_plain, left + right)) <= _MOST_BESIDE
        and sum(map(_is_plain, aside)) <= _MOST_ASIDE
        and not any(_is_plain(word) for part in (before, behind) for word in _STOPPED.findall(part))
    )


def _words(field: str) -> list[str]:
    return _WORD.findall(field)


def _is_plain(word: str) -> bool:
    """Whether it is a word as sentences have them, of no byline."""
    return word[0].islower() and _OF_BYLINES.fullmatch(word) is None
