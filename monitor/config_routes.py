"""The `[[receiver]]` tables and `[route]`: who is told, and how."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from monitor.config_secrets import warn_of_absent_secrets
from monitor.notifiers.registry import KINDS
from monitor.options import Id, Table, entries, read_table, read_with_kind, single_table, tables
from monitor.problems import Findings, nearest
from monitor.routing import LABELS, Route
from monitor.toml_lines import Keys

TERMINAL = "terminal"  # the receiver that there is where none is configured


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiverTable:
    """What every `[[receiver]]` says, whatever its kind."""

    id: Id
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiverConfig:
    """One receiver, as configured."""

    id: str
    kind: str  # key in `monitor.notifiers.registry.KINDS`
    options: object  # the kind's own frozen options; secrets only by name


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteTable:
    """What `[route]` and the routes inside can say; what one leaves out is its parent's."""

    receivers: tuple[str, ...] | None = None
    match: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    group_by: tuple[str, ...] | None = None
    group_wait: timedelta | None = None
    continue_: bool = False
    routes: tuple[Mapping[str, Any], ...] = ()


def read_receivers(
    document: Table, findings: Findings, *, folder: Path, environ: Mapping[str, str]
) -> tuple[ReceiverConfig, ...]:
    """All receivers that can be told; the others are noted. Where none is configured, the terminal."""
    if "receiver" not in document:
        findings.warning((), "no receivers: alerts are only printed on the terminal", "add a [[receiver]]")
        return (ReceiverConfig(id=TERMINAL, kind=TERMINAL, options=KINDS[TERMINAL].options()),)
    read = [
        (keys, _receiver(entry, keys, findings, folder))
        for keys, entry in tables(document, "receiver", findings)
    ]
    sound = [(keys, receiver) for keys, receiver in read if receiver is not None]
    for keys, receiver in sound:
        warn_of_absent_secrets(receiver.options, keys, findings, environ)
    return tuple(receiver for _, receiver in sound)


def _receiver(entry: Table, keys: Keys, findings: Findings, folder: Path) -> ReceiverConfig | None:
    kinds = _options(entry.get("kind"))
    common, options = read_with_kind(ReceiverTable, kinds, entry, keys, findings, folder=folder)
    if common is None or options is None:
        return None
    return ReceiverConfig(id=common.id, kind=common.kind, options=options)


def _options(kind: object) -> Mapping[str, type]:
    """The options of `kind`; the other kinds are only named, and need not be loaded for that."""
    return {name: known.options if name == kind else object for name, known in KINDS.items()}


def read_route(
    document: Table,
    findings: Findings,
    *,
    folder: Path,
    receivers: tuple[str, ...],
    values: Mapping[str, Collection[str]],
) -> Route:
    """The tree of routes; without `[route]` everything goes to every receiver.

    Args:
        document: The whole document.
        findings: Takes the problems.
        folder: What relative paths are relative to.
        receivers: Ids of the receivers.
        values: The values that labels can have, by label; a label that is not named here can have any.
    """
    everything = Route(receivers=receivers)
    if "route" not in document:
        return everything
    reader = _RouteReader(findings, folder, receivers, values)
    root = reader.read(single_table(document, "route", findings), ("route",), everything, "")
    _warn_of_idle_receivers(root, document, findings)
    return root


@dataclass(frozen=True, slots=True)
class _RouteReader:
    findings: Findings
    folder: Path
    receivers: tuple[str, ...]
    values: Mapping[str, Collection[str]]

    def read(self, entry: Table, keys: Keys, parent: Route, place: str) -> Route:
        """The route of a table with all routes inside; what is wrong is noted and left out."""
        read = read_table(RouteTable, entry, keys, self.findings, folder=self.folder) or RouteTable()
        self._check(read, keys)
        route = Route(
            receivers=parent.receivers if read.receivers is None else read.receivers,
            match={name: (value,) if isinstance(value, str) else value for name, value in read.match.items()},
            group_by=parent.group_by if read.group_by is None else read.group_by,
            group_wait=parent.group_wait if read.group_wait is None else read.group_wait,
            keep_matching=read.continue_,
            place=place,
        )
        return replace(route, routes=tuple(self._children(read.routes, keys, route)))

    def _children(self, entries: tuple[Table, ...], keys: Keys, parent: Route) -> Iterator[Route]:
        for index, entry in enumerate(entries):
            place = ".".join(filter(None, [parent.place, str(index + 1)]))
            yield self.read(entry, (*keys, "routes", index), parent, place)

    def _check(self, read: RouteTable, keys: Keys) -> None:
        for index, receiver in enumerate(read.receivers or ()):
            if receiver not in self.receivers:
                hint = nearest(receiver, self.receivers)
                self.findings.problem((*keys, "receivers", index), f'there is no receiver "{receiver}"', hint)
        for index, label in enumerate(read.group_by or ()):
            self._check_label(label, (*keys, "group_by", index))
        for label, value in read.match.items():
            self._check_match(label, value, (*keys, "match", label))
        if keys == ("route",) and (read.match or read.continue_):
            self.findings.problem(
                keys, "the outermost route takes everything", "put match into [[route.routes]]"
            )

    def _check_match(self, label: str, value: str | tuple[str, ...], keys: Keys) -> None:
        self._check_label(label, keys)
        known = self.values.get(label)
        for wanted in (value,) if isinstance(value, str) else value:
            if known is not None and wanted not in known:
                self.findings.problem(keys, f'there is no {label} "{wanted}"', nearest(wanted, known))

    def _check_label(self, label: str, keys: Keys) -> None:
        if label not in LABELS:
            self.findings.problem(keys, f'alerts have no label "{label}"', nearest(label, LABELS))


def _warn_of_idle_receivers(root: Route, document: Table, findings: Findings) -> None:
    told = frozenset(_told(root))
    for keys, entry in entries(document, "receiver"):
        if isinstance(entry.get("id"), str) and entry["id"] not in told:
            findings.warning(keys, "no route tells this receiver anything")


def _told(route: Route) -> Iterator[str]:
    yield from route.receivers
    for child in route.routes:
        yield from _told(child)
