"""By which forms a typed word is looked for in texts: its dictionary forms, and what is lenient besides."""

from enum import Flag, auto

from monitor.text.aspects import partners
from monitor.text.lemmas import query_lemmas, unmarked_keys


class Leniency(Flag):
    """What a word matches besides its own forms."""

    DIACRITICS = auto()  # Czech typed without them, on either side
    ASPECTS = auto()  # the verb that says the same in the other aspect


USUAL = Leniency.DIACRITICS

READINGS = ("diacritics", "aspects")
"""Fields of the query language that say how words inside them are read, rather than where they stand."""


def leniency(before: Leniency, reading: str) -> Leniency:
    """What words inside `reading`, one of `READINGS`, match besides, where they matched `before` outside."""
    if reading == "diacritics":
        return before & ~Leniency.DIACRITICS
    return before | Leniency.ASPECTS


def keys_of(form: str, lenient: Leniency) -> tuple[str, ...]:
    """What a text must hold one of for `form` to match; `form` itself first."""
    meant = query_lemmas(form)
    keys = [form, *sorted(meant)]
    if Leniency.ASPECTS in lenient:
        keys += [partner for lemma in sorted(meant) for partner in partners(lemma)]
    if Leniency.DIACRITICS in lenient:
        keys += unmarked_keys(form)
    return tuple(dict.fromkeys(keys))
