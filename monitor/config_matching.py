"""The `[matching]` table: how the words of all rules are read."""

from dataclasses import dataclass
from pathlib import Path

from monitor.options import Table, read_table, single_table
from monitor.problems import Findings


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchingOptions:
    """What stands before every query, as the fields of that name in the query language."""

    diacritics: bool = False  # True: Czech words match only with theirs
    aspects: bool = False  # True: verbs match in either aspect

    def applied(self, query: str) -> str:
        """`query` with what it leaves unsaid: a rule asks what its text says, whatever the configuration."""
        for name, is_on in (("diacritics", self.diacritics), ("aspects", self.aspects)):
            query = f"{name}:({query})" if is_on else query
        return query


def read_matching(document: Table, findings: Findings, *, folder: Path) -> MatchingOptions:
    """The table, or its defaults where it is faulty."""
    table = single_table(document, "matching", findings)
    read = read_table(MatchingOptions, table, ("matching",), findings, folder=folder)
    return MatchingOptions() if read is None else read
