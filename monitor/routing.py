"""Who is told about an alert: a tree of routes over its labels, as in Prometheus Alertmanager. Pure.

An alert enters at the root, which matches everything, and goes down: the first child that matches takes it,
and so do matching ones after it if that one says `continue`. A route takes what none of its children does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

Labels = Mapping[str, tuple[str, ...]]

# What an alert can be routed and grouped by, with what each means.
LABELS: Mapping[str, str] = {
    "rule": "id of the watch rule or correlation; source-health for trouble with a source",
    "severity": "info, warning or critical",
    "source": "id of the source; groundswell for trouble with the desk itself",
    "tag": "tags of the source",
    "kind": "kind of the source; desk for the desk itself",
    "subject": "what the alert is about: origin (a text), group (a correlation), incident, deletion",
    "lang": "language of the text",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One node of the tree. What its table leaves out is its parent's already."""

    receivers: tuple[str, ...]  # ids; () tells nobody
    match: Labels = field(default_factory=dict)  # every label must hold one of its values
    group_by: tuple[str, ...] = ("rule",)  # alerts with equal values of these go out together
    group_wait: timedelta = timedelta(seconds=30)  # how long a group collects before it goes out
    keep_matching: bool = False  # whether the routes after this one are tried as well
    routes: tuple["Route", ...] = ()
    place: str = ""  # "" for the root, "2" for its second child, "2.1" for that one's first


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """One receiver that is to be told, with whom to group it and why."""

    receiver: str
    group_key: str
    group_wait: timedelta
    reason: str


def destinations(
    route: Route, labels: Labels, told_to: frozenset[str] = frozenset()
) -> tuple[Destination, ...]:
    """Where an alert with `labels` goes: each receiver once, at the first route that names it.

    Whoever in `told_to` has been told of it hears how it goes on, as long as any route names that receiver.
    """
    found: dict[str, Destination] = {}
    for path in _taken(route, labels, ()):
        for receiver in path[-1].receivers:
            found.setdefault(receiver, _destination(receiver, path, labels))
    for receiver in sorted(told_to.intersection(_named(route)) - found.keys()):
        found[receiver] = replace(_destination(receiver, (route,), labels), reason="was told of it before")
    return tuple(found.values())


def _named(route: Route) -> Iterator[str]:
    """All receivers of the tree."""
    yield from route.receivers
    for child in route.routes:
        yield from _named(child)


def longest_group_wait(route: Route) -> timedelta:
    """How long a group may wait at most, anywhere in the tree."""
    return max([route.group_wait, *map(longest_group_wait, route.routes)])


def _taken(route: Route, labels: Labels, above: tuple[Route, ...]) -> Iterator[tuple[Route, ...]]:
    """The routes that take the alert, each with all routes above it."""
    path = (*above, route)
    passed_on = False
    for child in route.routes:
        if not _holds(child.match, labels):
            continue
        passed_on = True
        yield from _taken(child, labels, path)
        if not child.keep_matching:
            return
    if not passed_on:
        yield path


def _holds(match: Labels, labels: Labels) -> bool:
    return all(not set(values).isdisjoint(labels.get(name, ())) for name, values in match.items())


def _destination(receiver: str, path: tuple[Route, ...], labels: Labels) -> Destination:
    route = path[-1]
    return Destination(
        receiver=receiver,
        group_key=_group_key(path, labels),
        group_wait=route.group_wait,
        reason=_reason(route, labels),
    )


def _group_key(path: tuple[Route, ...], labels: Labels) -> str:
    """The form that Alertmanager gives its group keys, so that it survives a reordering of the routes."""
    shared = {name: labels.get(name, ()) for name in path[-1].group_by}
    return "/".join(_braced(node.match) for node in path) + ":" + _braced(shared)


def _braced(labels: Labels) -> str:
    return "{" + ",".join(f"{name}={'|'.join(sorted(labels[name]))}" for name in sorted(labels)) + "}"


def _reason(route: Route, labels: Labels) -> str:
    if not route.place:
        return "default route"
    if not route.match:
        return f"route {route.place}: matches everything"
    facts = (f"{name} is {_shared(values, labels[name])}" for name, values in route.match.items())
    return f"route {route.place}: {' and '.join(facts)}"


def _shared(wanted: tuple[str, ...], present: tuple[str, ...]) -> str:
    return ", ".join(value for value in present if value in wanted)
