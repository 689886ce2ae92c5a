"""The words of the full-text index: the same on both databases, because neither splits them by itself."""

import re
from collections.abc import Sequence
from itertools import accumulate

MAX_BYTES = 400_000  # of one item's tokens; a tsvector with its positions may not pass one megabyte
FEW = MAX_BYTES // 16  # characters that surely stay below that, with all that is added to each token
MAX_TOKEN_LENGTH = 64  # characters; longer runs are no words

WORD = re.compile(r"[^\W_]+")


def tokens(lemmas: str) -> list[str]:
    """The runs of letters and digits in `lemmas`, lower case; of an endless text the beginning."""
    words = lemmas.lower().split()
    if len(lemmas) < FEW and "".join(words).isalnum() and max(map(len, words)) <= MAX_TOKEN_LENGTH:
        return words  # as nearly always
    found = [token[:MAX_TOKEN_LENGTH] for token in WORD.findall(lemmas.lower())]
    sizes = accumulate(len(token.encode()) + 8 for token in found)
    return [token for token, size in zip(found, sizes, strict=True) if size <= MAX_BYTES]


def asked(words: Sequence[Sequence[str]]) -> list[list[list[str]]]:
    """Words with their alternatives as tokens. What holds no letter or digit asks for nothing."""
    split = [[tokens(alternative) for alternative in alternatives] for alternatives in words]
    filled = [[alternative for alternative in alternatives if alternative] for alternatives in split]
    return [alternatives for alternatives in filled if alternatives]
