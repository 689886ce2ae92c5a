"""The `[[source]]` tables: what is polled."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from monitor.options import Id, Table, Text, read_with_kind, tables
from monitor.problems import Findings
from monitor.refresh import check_ages
from monitor.toml_lines import Keys
from scrapers.address import Forbidden, judge_url
from scrapers.model import Source
from scrapers.registry import KINDS
from storage.model import DESK_ID

SHORTEST_INTERVAL = timedelta(minutes=1)  # the public web is not asked more often

_OPTIONS = {name: kind.options for name, kind in KINDS.items()}
_ALIASES = (
    dict.fromkeys(("rss", "atom", "rdf"), "feed")
    | dict.fromkeys(("html", "web", "website", "site"), "page")
    | dict.fromkeys(("tg", "channel", "telegram-web"), "telegram_web")
)
_URLS = ("url", "base_url")
_HOST_FIRST = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?(/|$)")

Language = Annotated[str, Meta(pattern=r"^[a-z]{2}\Z", description='two small letters (ISO 639-1), as "ru"')]
Tag = Annotated[
    str,
    Meta(
        min_length=1,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+\Z",
        description='a name without line breaks and other control characters, as "families"',
    ),
]
Country = Annotated[
    str, Meta(pattern=r"^[A-Z]{2}\Z", description='two capital letters (ISO 3166-1), as "CZ"')
]


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceTable:
    """What every `[[source]]` can say, whatever its kind."""

    id: Id
    kind: str
    name: Text | None = None  # None: the id
    interval: timedelta = timedelta(minutes=15)
    interval_max: timedelta | None = None  # None: `interval` is fixed
    tags: tuple[Tag, ...] = ()
    language: Language | None = None
    country: Country | None = None
    contact_url: str | None = None
    refresh: tuple[timedelta, ...] | None = None  # None: as for all sources

    def __post_init__(self) -> None:
        check_ages(self.refresh or ())
        if self.interval_max is not None and self.interval_max < self.interval:
            raise ValueError("interval_max must not be shorter than interval")


def read_sources(
    document: Table,
    findings: Findings,
    *,
    folder: Path,
    allow_private: tuple[str, ...],
    refresh: tuple[timedelta, ...],
) -> tuple[Source, ...]:
    """All sources that can be polled; the others are noted. `refresh` is for those that say nothing of it."""
    reader = _SourceReader(findings, folder, allow_private, refresh)
    read = [(keys, reader.read(table, keys)) for keys, table in tables(document, "source", findings)]
    sound = [(keys, source) for keys, source in read if source is not None]
    _refuse_twins(sound, findings)
    return tuple(source for _, source in sound)


@dataclass(frozen=True, slots=True)
class _SourceReader:
    findings: Findings
    folder: Path
    allow_private: tuple[str, ...]
    refresh: tuple[timedelta, ...]

    def read(self, table: Table, keys: Keys) -> Source | None:
        """The source of a table, or None after noting what is wrong with it."""
        common, options = read_with_kind(
            SourceTable, _OPTIONS, table, keys, self.findings, folder=self.folder, aliases=_ALIASES
        )
        options = self._checked(str(table.get("kind")), options, keys)
        ours = self._check_addresses(_addresses(table if options is None else options), keys)
        if table.get("id") == DESK_ID:
            reason = f'"{DESK_ID}" is the desk itself, under whose name its own incidents stand'
            self.findings.problem((*keys, "id"), reason, "give the source another id")
        if common is not None and common.interval < SHORTEST_INTERVAL and not ours:
            hint = 'ask a public server once a minute at most, e.g. interval = "10m"'
            self.findings.problem((*keys, "interval"), '"interval" is too short', hint)
        if common is None or options is None:
            return None
        ages = self.refresh if common.refresh is None else common.refresh
        return _source(common, options, ages if KINDS[common.kind].refreshes(options) else ())

    def _checked(self, kind: str, options: object | None, keys: Keys) -> object | None:
        if options is None:
            return None
        try:
            checked: object = KINDS[kind].checked(options)
        except ValueError as fault:
            self.findings.problem((*keys, "channel"), str(fault))
            return None
        return checked

    def _check_addresses(self, addresses: Mapping[str, str], keys: Keys) -> bool:
        """Note addresses that would never be asked; returns whether one is the owner's own machine."""
        ours = False
        for name, url in addresses.items():
            verdict = judge_url(url, allow_private=self.allow_private)
            if isinstance(verdict, Forbidden):
                self._forbidden((*keys, name), url, verdict)
            else:
                ours = ours or verdict.trusted
        return ours

    def _forbidden(self, keys: Keys, url: str, verdict: Forbidden) -> None:
        if not self.findings.faulty(keys):
            hint = f"write https://{url}" if _HOST_FIRST.match(url) else None
            self.findings.problem(keys, f'"{keys[-1]}": {verdict.reason}', hint)


def _source(common: SourceTable, options: object, refresh: tuple[timedelta, ...]) -> Source:
    return Source(
        id=common.id,
        kind=common.kind,
        name=common.name or common.id,
        options=options,
        interval=common.interval,
        interval_max=common.interval_max,
        refresh=refresh,
        tags=common.tags,
        language=common.language,
        country=common.country,
        contact_url=common.contact_url,
    )


def _addresses(options: object) -> Mapping[str, str]:
    """The web addresses among a source's options, or in its table where they are faulty, by their keys."""
    named = options if isinstance(options, Mapping) else {key: getattr(options, key, None) for key in _URLS}
    found = {name: named.get(name) for name in _URLS}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _refuse_twins(sources: list[tuple[Keys, Source]], findings: Findings) -> None:
    """The same channel or feed twice would be the same items twice."""
    first: dict[object, tuple[Keys, Source]] = {}
    for keys, source in sources:
        for name, identity in _identities(source):
            twin = first.setdefault(identity, (keys, source))
            if twin[1] is not source:
                line = findings.line(twin[0])
                message = f'reads the same {name} as source "{twin[1].id}" on line {line}'
                findings.problem((*keys, name), message)


def _identities(source: Source) -> list[tuple[str, object]]:
    channel = getattr(source.options, "channel", None)
    if channel is not None:
        return [("channel", str(channel).lower())]  # whatever reads it: it is the same posts
    if source.kind in ("feed", "sitemap"):
        return [("url", (source.kind, getattr(source.options, "url", None)))]
    return []
