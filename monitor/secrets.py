"""Passwords, tokens and keys: read from the environment or a file, and never shown."""

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote, urlsplit

HIDDEN = "[secret]"
_SHORTEST = 4  # characters; hiding shorter ones would tear every text apart


class SecretMissing(Exception):
    """A secret is not where the configuration says; the message names the variable or the file."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that no repr, log or error may show."""

    _value: str = field(repr=False)

    def __str__(self) -> str:
        return HIDDEN

    def reveal(self) -> str:
        """The value itself, for the one call that needs it."""
        return self._value

    def hide_in(self, text: str) -> str:
        """`text` without the value, as it is or as base64, e.g. in what a server answered."""
        encoded = base64.b64encode(self._value.encode()).decode()
        return text.replace(self._value, HIDDEN).replace(encoded, HIDDEN)


class KnownSecrets:
    """Every secret that was read, so that what is written can be cleaned of them, however it came there."""

    def __init__(self) -> None:
        self._shapes: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def add(self, value: str) -> None:
        """Hide `value` from now on; of an address also its password, and its path if it is a web address."""
        shapes = self._shapes.union(*(_shapes(part) for part in (value, *_parts(value))))
        if shapes == self._shapes:
            return
        longest_first = sorted(shapes, key=lambda shape: (-len(shape), shape))
        self._shapes, self._pattern = shapes, re.compile("|".join(map(re.escape, longest_first)))

    def hide_in(self, text: str) -> str:
        """`text` without any of them, as they are, escaped, or within base64."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)


KNOWN = KnownSecrets()  # one for the process, as the log that it guards is


def hide_secrets(text: str) -> str:
    """`text` without any secret that this process has read."""
    return KNOWN.hide_in(text)


def _parts(value: str) -> Iterator[str]:
    """What is secret by itself in an address: its password, with and without the name, and a web path."""
    try:
        address = urlsplit(value)
    except ValueError:
        return
    if address.password is not None:
        yield from (address.password, unquote(address.password))
        yield f"{unquote(address.username or '')}:{unquote(address.password)}"  # what HTTP puts into base64
    path = address.path + (f"?{address.query}" if address.query else "")
    if address.scheme in {"http", "https"} and len(path) > 2 * _SHORTEST:
        yield path


def _shapes(value: str) -> set[str]:
    shapes = {value, quote(value, safe=""), quote_plus(value), repr(value)[1:-1], json.dumps(value)[1:-1]}
    return {shape for shape in shapes | set(_base64_shapes(value.encode())) if len(shape) >= _SHORTEST}


def _base64_shapes(value: bytes) -> Iterator[str]:
    """What base64 makes of `value` alone, and inside a longer text, where its place has three phases."""
    if len(value) < _SHORTEST:
        return
    yield base64.b64encode(value).decode()
    for lead in range(3):
        encoded = base64.b64encode(bytes(lead) + value).decode().rstrip("=")
        mixed_with_what_follows = (lead + len(value)) % 3 != 0
        yield encoded[(0, 2, 3)[lead] : -1 if mixed_with_what_follows else None]


def read_secret(
    *, env: str | None = None, file: Path | None = None, environ: Mapping[str, str] | None = None
) -> Secret:
    """The secret that stands in the variable `env` or in `file`, without the space around it.

    Read it whenever it is used, not once: a file may be rotated under a running service.

    Raises:
        SecretMissing: neither is given, the variable is unset or empty, or the file can't be read.
    """
    if env is not None:
        return _from_environment(env, os.environ if environ is None else environ)
    if file is not None:
        return _from_file(file)
    raise SecretMissing("no environment variable and no file is named for this secret")


def check_places(name: str, env: str | None, file: Path | None, *, required: bool) -> None:
    """Refuse options that name two places for the secret `name`, or none where one is `required`.

    Raises:
        ValueError: with a sentence for the person who wrote the configuration.
    """
    if env is not None and file is not None:
        raise ValueError(f"give {name}_env or {name}_file, not both")
    if required and env is None and file is None:
        raise ValueError(f"{name}_env or {name}_file is needed (a secret never stands in the configuration)")


def _from_environment(name: str, environ: Mapping[str, str]) -> Secret:
    value = environ.get(name, "").strip()
    if not value:
        raise SecretMissing(f"the environment variable {name} is not set or is empty")
    return _known(value)


def _from_file(file: Path) -> Secret:
    try:
        value = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SecretMissing(f"the secret file {file} can't be read: {why}") from None
    if not value:
        raise SecretMissing(f"the secret file {file} is empty")
    return _known(value)


def _known(value: str) -> Secret:
    KNOWN.add(value)
    return Secret(value)
