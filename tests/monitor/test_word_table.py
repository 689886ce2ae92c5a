"""The word lists are the library's own: only how a place in them is found differs."""

from itertools import islice

import pytest
from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY

from monitor.text.word_table import WORD_TABLES, WordTable


@pytest.mark.parametrize("language", ["uk", "cs", "en"])
def test_every_word_has_the_dictionary_form_that_the_library_reads(language: str):
    theirs, ours = LOW_MEMORY_DICTIONARY_FACTORY.get_dictionary(language), WordTable(language)
    words = [*islice(theirs, 600), *islice(theirs, 600, None, 397), *islice(theirs, len(theirs) - 600, None)]
    sought = [*words, *(word[:-1] for word in words), *(f"{word}x" for word in words), "", "\n", "\U0010ffff"]

    assert len(ours) == len(theirs)
    assert [word for word in sought if ours.get(word) != theirs.get(word)] == []
    assert sum(word in ours for word in words) == len(words)


def test_a_language_is_loaded_once():
    assert WORD_TABLES.get_dictionary("en") is WORD_TABLES.get_dictionary("en")
