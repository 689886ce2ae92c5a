"""The language of watch rules: `AND OR NOT ( ) "phrase" =word word* a NEAR/5 b /regex/ field:value`. Pure."""

from monitor.query.compile import Query, compile_query
from monitor.query.document import Document, Match, Span
from monitor.query.errors import QueryError
from monitor.query.index import Index, matches
from monitor.query.syntax import parse

__all__ = ["Document", "Index", "Match", "Query", "QueryError", "Span", "compile_query", "matches", "parse"]
