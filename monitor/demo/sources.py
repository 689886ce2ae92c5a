"""The sources of the demo's configuration, in terms of the sample web's address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from monitor.demo.load import load_story
from monitor.demo.story import Channel, Outlet

_WHOLE_ARTICLES = frozenset({"idnes-cz", "moscow-times", "isw", "uk-mod"})  # their feeds hold leads only
_COUNTRIES = {"cs": "CZ", "ru": "RU", "uk": "UA"}

OptionValue: TypeAlias = str | bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleSource:
    """One `[[source]]`. Addresses in `options` begin with "{base_url}"."""

    id: str
    kind: str  # a key of scrapers.registry.KINDS
    name: str
    options: Mapping[str, OptionValue]
    tags: tuple[str, ...]
    language: str
    country: str | None


def sample_sources(base_url: str) -> tuple[SampleSource, ...]:
    """`SAMPLE_SOURCES` with the address of a running sample web put in."""
    return tuple(_addressed(source, base_url) for source in SAMPLE_SOURCES)


def read_through_account(sources: Iterable[SampleSource]) -> tuple[SampleSource, ...]:
    """`sources` with every channel read through an account, and its preview while the account cannot."""
    return tuple(
        replace(source, kind="telegram", options={**source.options, "fallback": source.kind})
        if source.kind == "telegram_web"
        else source
        for source in sources
    )


def _addressed(source: SampleSource, base_url: str) -> SampleSource:
    options = {
        key: value.replace("{base_url}", base_url) if isinstance(value, str) else value
        for key, value in source.options.items()
    }
    return replace(source, options=options)


def _channel(channel: Channel) -> SampleSource:
    return SampleSource(
        id=channel.source,
        kind="telegram_web",
        name=channel.title,
        options={"channel": channel.username, "base_url": "{base_url}"},
        tags=channel.tags,
        language=channel.language,
        country=None,
    )


def _outlet(outlet: Outlet) -> SampleSource:
    return SampleSource(
        id=outlet.source,
        kind="page" if outlet.format == "page" else "feed",
        name=outlet.name,
        options=_outlet_options(outlet),
        tags=outlet.tags,
        language=outlet.language,
        country=_COUNTRIES.get(outlet.language),
    )


def _outlet_options(outlet: Outlet) -> dict[str, OptionValue]:
    address = "{base_url}" + outlet.listing
    if outlet.format == "page":
        return {"url": address, "items": ".art", "link": ".art-link", "title": "h3", "time": ".time"}
    return {"url": address, "full_text": True} if outlet.source in _WHOLE_ARTICLES else {"url": address}


_FIRST_USERS = ("way-home", "idnes-cz", "idnes-tv", "forum24", "moscow-times", "isw", "uk-mod")


def _all_sources() -> tuple[SampleSource, ...]:
    story = load_story()
    every = [_channel(channel) for channel in story.channels.values()]
    every += [_outlet(outlet) for outlet in story.outlets.values()]
    named = {source.id: source for source in every}
    return tuple(named.pop(name) for name in _FIRST_USERS) + tuple(named.values())


SAMPLE_SOURCES = _all_sources()
"""All twenty: those of the first users, then the thirteen small channels."""
