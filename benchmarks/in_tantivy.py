"""tantivy as a percolator: a batch of items is indexed in memory, and every rule is asked of it.

Only where the package `tantivy` is installed; nothing of the project needs it.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from benchmarks.rare_rules import RareRule
from monitor.text.lemmas import query_lemmas

FIELD = "words"
HEAP = 15_000_000
"""Bytes for writing; the least that it takes."""


def is_installed() -> bool:
    """Whether tantivy can be compared with."""
    return find_spec("tantivy") is not None


class Percolator:
    """Rules as queries of tantivy, made once: they outlive each batch's index."""

    def __init__(self, rules: Sequence[RareRule]) -> None:
        self._tantivy: Any = import_module("tantivy")
        builder = self._tantivy.SchemaBuilder()
        builder.add_text_field(FIELD, tokenizer_name="whitespace", index_option="position")
        self._schema = builder.build()
        self._queries = [self._query(rule) for rule in rules]

    def matches(self, texts: Sequence[str]) -> int:
        """How many matches the rules have among `texts`, whose words are parted by blanks."""
        index = self._tantivy.Index(self._schema)
        writer = index.writer(heap_size=HEAP, num_threads=1)
        for text in texts:
            writer.add_document(self._tantivy.Document(words=text))
        writer.commit()
        index.reload()
        searcher = index.searcher()
        return sum(len(searcher.search(query, limit=len(texts)).hits) for query in self._queries)

    def _query(self, rule: RareRule) -> object:
        occur = self._tantivy.Occur
        wanted = [(occur.Must, self._any_of(group)) for group in rule.groups]
        unwanted = [(occur.MustNot, self._term(word)) for word in rule.excluded]
        return self._tantivy.Query.boolean_query([*wanted, *unwanted])

    def _any_of(self, words: Sequence[str]) -> object:
        should = self._tantivy.Occur.Should
        return self._tantivy.Query.boolean_query([(should, self._term(word)) for word in words])

    def _term(self, word: str) -> object:
        query = self._tantivy.Query
        if word.endswith("*"):
            return query.regex_query(self._schema, FIELD, f"{word[:-1]}.*")
        if " " in word:
            return query.phrase_query(self._schema, FIELD, list(word.split()))
        return query.term_set_query(self._schema, FIELD, sorted({word, *query_lemmas(word)}))
