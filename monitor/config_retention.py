"""Warns where items are removed before what is to look at them again has done so."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from monitor.correlation.kinds import Correlation
from monitor.duration import short
from monitor.options import Table, entries
from monitor.problems import Findings
from monitor.rhythm import LEARNT_FROM, SHORTEST_HISTORY
from monitor.toml_lines import Keys
from scrapers.model import Source

_RETENTION: Keys = ("retention",)


def warn_of_short_retention(
    document: Table,
    findings: Findings,
    *,
    retention: timedelta,
    sources: Iterable[Source],
    correlations: Iterable[Correlation],
) -> None:
    """Note every correlation, every `refresh` and the learning of silences that `retention` cuts short."""
    polled = {source.id: source for source in sources}
    for correlation in correlations:
        if correlation.reach > retention:
            _warn_of_correlation(document, findings, correlation, retention)
    for keys, age in dict(_longest_ages(document, polled)).items():
        if age > retention:
            hint = f'raise "retention" to "{short(age)}", or let "refresh" end before'
            message = f'"refresh" reads items again after {short(age)}, {_gone(findings, retention)}'
            findings.warning(keys, message, hint)
    if polled and retention < LEARNT_FROM:
        hint = f'raise "retention" to "{short(LEARNT_FROM)}"'
        findings.warning(_RETENTION, _of_silence(retention), hint)


def _warn_of_correlation(
    document: Table, findings: Findings, correlation: Correlation, retention: timedelta
) -> None:
    keys = next(keys for keys, table in entries(document, "correlation") if table.get("id") == correlation.id)
    reach = short(correlation.reach)
    message = f"it looks back {reach}, {_gone(findings, retention)}"
    findings.warning((*keys, "timespan"), message, f'raise "retention" to "{reach}", or shorten "timespan"')


def _longest_ages(document: Table, polled: dict[str, Source]) -> Iterator[tuple[Keys, timedelta]]:
    """Where the ages stand at which sources are read again, or would, and the longest that is in use."""
    for keys, table in entries(document, "source"):
        source = polled.get(str(table.get("id")))
        if source is not None and source.refresh:
            yield _place_of_ages(document, table, keys), source.refresh[-1]


def _place_of_ages(document: Table, table: Table, keys: Keys) -> Keys:
    if "refresh" in table:
        return (*keys, "refresh")
    return ("refresh",) if "refresh" in document else _RETENTION


def _gone(findings: Findings, retention: timedelta) -> str:
    return f'but "retention" on line {findings.line(_RETENTION)} keeps items for {short(retention)}'


def _of_silence(retention: timedelta) -> str:
    if retention <= SHORTEST_HISTORY:
        return f'"retention" of {short(retention)} is too short to learn when a source is silent'
    learnt, wanted = short(retention), short(LEARNT_FROM)
    return (
        f'when a source is silent is learnt from {learnt} instead of {wanted}, for "retention" keeps no more'
    )
