"""What is different between two configurations, in words for the log. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from monitor.config import Config, ReceiverConfig, RuleConfig
from monitor.correlation.kinds import Correlation
from scrapers.model import Source

_Entry = Source | RuleConfig | Correlation | ReceiverConfig

_LISTS = ("sources", "rules", "correlations", "receivers")
_UNTOLD = {"path", "warnings", "database_url", *_LISTS}


def needs_restart(old: Config, new: Config) -> tuple[str, ...]:
    """The keys that changed and that a running service cannot take over."""
    changed = {
        "database": old.database_url != new.database_url,
        "telegram": old.telegram != new.telegram,
        "health": (old.health.listen, old.health.expose) != (new.health.listen, new.health.expose),
    }
    return tuple(name for name, differs in changed.items() if differs)


def changes(old: Config, new: Config) -> tuple[str, ...]:
    """What a reload brings, e.g. ("sources +2 -1 ~3", "route"); never a value. (): nothing."""
    lists = (_counted(name, getattr(old, name), getattr(new, name)) for name in _LISTS)
    return (*filter(None, lists), *_other(old, new))


def _other(old: Config, new: Config) -> Iterator[str]:
    for one in fields(Config):
        if one.name not in _UNTOLD and getattr(old, one.name) != getattr(new, one.name):
            yield one.name


def _counted(name: str, old: Sequence[_Entry], new: Sequence[_Entry]) -> str:
    """Added, removed and changed entries; their order does not count."""
    before, after = _by_id(old), _by_id(new)
    counts = {
        "+": len(after.keys() - before.keys()),
        "-": len(before.keys() - after.keys()),
        "~": sum(before[key] != after[key] for key in before.keys() & after.keys()),
    }
    told = [f"{sign}{count}" for sign, count in counts.items() if count]
    return " ".join([name, *told]) if told else ""


def _by_id(entries: Sequence[_Entry]) -> Mapping[str, tuple[object, ...]]:
    """Every entry by its id, as what can be compared: a compiled query is no more than its text."""
    return {
        entry.id: tuple(getattr(entry, one.name) for one in fields(entry) if one.name != "query")
        for entry in entries
    }
