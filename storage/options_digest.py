"""What stands for a source's kind and options, by which one that its owner changed is known."""

import hashlib
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from scrapers.model import Source

LENGTH = 16  # hexadecimal digits


def options_digest(one: Source) -> str:
    """The beginning of a SHA-256 of what makes a source read otherwise when it is changed.

    Options that have their default value are left out, so that one more option in a later version does not
    change every source.
    """
    return hashlib.sha256(repr((one.kind, _given(one.options))).encode()).hexdigest()[:LENGTH]


def _given(options: object) -> list[tuple[str, object]]:
    if not is_dataclass(options) or isinstance(options, type):
        return [("options", options)]
    values = [(field, getattr(options, field.name)) for field in fields(options)]
    return sorted((field.name, repr(value)) for field, value in values if value != _default(field))


def _default(field: "Field[Any]") -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()
