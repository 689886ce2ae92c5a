"""Treebanks in CoNLL-U (https://universaldependencies.org/format.html): words with their dictionary forms."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.text.normalise import normalise_word
from quality.halves import Half

CONTENT = frozenset({"NOUN", "VERB", "ADJ", "PROPN", "ADV"})
"""Parts of speech (UPOS) that watch rules are made of."""

_FORM, _LEMMA, _PART_OF_SPEECH = 1, 2, 3  # columns


@dataclass(frozen=True, kw_only=True, slots=True)
class Treebank:
    """The words of a treebank, as pairs of a form and its dictionary form, both in normal form."""

    name: str
    language: str  # ISO 639-1
    words: Counter[tuple[str, str]]  # every word of letters
    content: Counter[tuple[str, str]]  # those whose part of speech is in `CONTENT`


def read_treebank(path: Path, half: Half) -> Treebank:
    """The sentences of `path` that belong to `half`. The file's name begins with its language, as UD's do."""
    words: Counter[tuple[str, str]] = Counter()
    content: Counter[tuple[str, str]] = Counter()
    for sentence in path.read_text(encoding="utf-8").split("\n\n"):
        rows = list(_rows(sentence))
        if not half.holds(" ".join(row[_FORM] for row in rows)):
            continue
        for row in rows:
            pair = normalise_word(row[_FORM]), normalise_word(row[_LEMMA])
            if not all(map(_is_word, pair)):
                continue
            words[pair] += 1
            content[pair] += row[_PART_OF_SPEECH] in CONTENT
    return Treebank(name=path.stem, language=path.name[:2], words=words, content=+content)


def _rows(sentence: str) -> Iterator[list[str]]:
    """Its words: no comments, no ranges like 3-4, no omitted words like 5.1."""
    for line in sentence.splitlines():
        row = line.split("\t")
        if len(row) == 10 and row[0].isdigit():
            yield row


def _is_word(form: str) -> bool:
    """Of letters, with an apostrophe between them at most: "'s" is no word of its own in a text."""
    return form.replace("'", "").isalpha() and form == form.strip("'")
