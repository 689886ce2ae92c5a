"""One spelling for everything that reads alike: the form in which words and texts are compared."""

import re
import unicodedata

from monitor.text.fold import fold
from monitor.text.homoglyphs import repair
from monitor.text.letters import APOSTROPHES, AT, INVISIBLE, MARK, WORD
from monitor.text.memo import Memo

_WORDS = re.compile(f"({WORD.pattern})")

_PICTURE = re.compile("[0-9#*]\ufe0f?\u20e3|[\u2122\u2139\u24c2\u3297\u3299\U0001f100-\U0001f2ff]")
_DROPPED = re.compile(f"[{INVISIBLE}\U000e0000-\U000e0fff]")
_SPECIAL = re.compile(
    f"[\u20e3\u2122\u2139\u24c2\u3297\u3299{INVISIBLE}\U0001f100-\U0001f2ff\U000e0000-\U000e0fff]"
)
_AT = re.compile(AT)
_APOSTROPHE = re.compile(f"[{APOSTROPHES}]")
_MARKS = re.compile(f"[{MARK}]+")
_NOT_OF_A_WORD = re.compile(r"[^\w']|_")


def normalise_word(written: str) -> str:
    """The form in which one word is compared; "" where nothing of it is a letter or digit.

    NFKC, no invisible characters, no stress marks, homoglyphs repaired, case folded, ё as е, one apostrophe,
    "@" inside Cyrillic as а.
    """
    return NORMAL_FORMS[written]


def _normal_form(written: str) -> str:
    form = _normalised(written)
    return written if form == written else form  # one string where two would say the same


def _normalised(written: str) -> str:
    if written.isascii():
        return written.replace("`", "'").lower()
    word = unicodedata.normalize("NFKC", _AT.sub("а", _DROPPED.sub("", written)))
    word = repair(_MARKS.sub("", word)).casefold()
    word = _MARKS.sub("", unicodedata.normalize("NFKC", word)).replace("ё", "е")
    return _NOT_OF_A_WORD.sub("", _APOSTROPHE.sub("'", word)).strip("'")


NORMAL_FORMS = Memo(_normal_form, most=4_000)
"""What `normalise_word` says, by the word as written."""


def split_words(text: str) -> list[str]:
    """`text` in pieces: what stands before the first word, that word, what stands between, and so on."""
    return _WORDS.split(text)


def normalise(text: str) -> str:
    """`text` in the form in which texts are compared. Idempotent.

    Every word as `normalise_word` has it, pictures that would turn into letters gone, white space single.
    Line ends, punctuation and other emoji stay.
    """
    if _SPECIAL.search(text):
        text = _DROPPED.sub("", _PICTURE.sub(" ", text))
    text = unicodedata.normalize("NFKC", text)
    text = fold(text) or _word_by_word(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


def _word_by_word(text: str) -> str:
    pieces = split_words(text)
    pieces[1::2] = map(NORMAL_FORMS.__getitem__, pieces[1::2])
    return _MARKS.sub("", "".join(pieces))
