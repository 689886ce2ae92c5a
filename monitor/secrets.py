"""Passwords, tokens and keys: read from the environment or a file, and never shown."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HIDDEN = "[secret]"


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
    return Secret(value)


def _from_file(file: Path) -> Secret:
    try:
        value = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SecretMissing(f"the secret file {file} can't be read: {why}") from None
    if not value:
        raise SecretMissing(f"the secret file {file} is empty")
    return Secret(value)
