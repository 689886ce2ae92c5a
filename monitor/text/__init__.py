"""What a text says, apart from how it is written: normal forms, words, their dictionary forms, the language.

Pure. Nothing heavy is imported before it is first used: the first Russian word loads the Russian dictionary
(about 20 MB), and likewise in each other language.
"""

from monitor.text.language import detect_language
from monitor.text.normalise import normalise
from monitor.text.search import search_lemmas
from monitor.text.tokens import Text, Token, analyse_text

ANALYSIS_VERSION: int = 5
"""Raised when normal forms or dictionary forms change; stored with every revision."""

__all__ = [
    "ANALYSIS_VERSION",
    "Text",
    "Token",
    "analyse_text",
    "detect_language",
    "normalise",
    "search_lemmas",
]
