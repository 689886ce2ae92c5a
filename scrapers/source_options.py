"""A source's options, as those of the kind that its scraper knows."""

from typing import TypeVar

from scrapers.model import Source

_OptionsT = TypeVar("_OptionsT")


def options_of(source: Source, kind: type[_OptionsT]) -> _OptionsT:
    """The options of `source`. Raises TypeError where they are of another kind of source."""
    if not isinstance(source.options, kind):
        found = type(source.options)
        raise TypeError(
            f"source {source.id!r} has options of {found.__module__}.{found.__qualname__}, "
            f"not of {kind.__module__}"
        )
    return source.options
