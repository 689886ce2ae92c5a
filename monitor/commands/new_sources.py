"""What commands that add sources share: what stands in the configuration, and writing tables into it."""

import os
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import click
from rich.console import Console

from monitor.commands.paper import draw, paragraph
from monitor.config import load_text
from monitor.source_tables import NewSource, known_sources, source_tables, with_tables


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A configuration as far as new sources must know it; it may be faulty, or not be there at all."""

    path: Path
    text: str | None  # None: there is none yet
    known: dict[str, str]  # identity of a source -> its id
    allow_private: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> "Written":
        """What stands at `path`."""
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            return cls(path=path, text=None, known={}, allow_private=())
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"{path} can't be read: {error}") from None
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise click.UsageError(f"{path} is not valid TOML: {error}") from None
        return cls(path=path, text=text, known=known_sources(document), allow_private=_trusted(document))

    def tables(self, sources: Sequence[NewSource]) -> str:
        """The tables of `sources`, under ids that are free here."""
        return source_tables(sources, self.known.values())

    def append(self, sources: Sequence[NewSource]) -> None:
        """Write `sources` behind what stands in the file; nothing else in it changes.

        Raises:
            ConfigInvalid: the configuration would not be sound; nothing is written.
        """
        if self.text is None:
            raise click.UsageError(f"there is no {self.path} to append to; copy config.example.toml to begin")
        text = with_tables(self.text, self.tables(sources))
        load_text(text, self.path)
        _replace(self.path.resolve(), text)


def apart(
    sources: Iterable[NewSource], written: Written
) -> tuple[list[NewSource], list[tuple[NewSource, str]]]:
    """The sources that are new, each once, and those that the configuration has, with their ids there."""
    new: dict[str, NewSource] = {}
    known = []
    for source in sources:
        if source.identity in written.known:
            known.append((source, written.known[source.identity]))
        else:
            new.setdefault(source.identity, source)
    return list(new.values()), known


def show_error(line: str) -> None:
    """A line on standard error; what stands in it may come from outside."""
    draw(Console(stderr=True, highlight=False, markup=False, emoji=False), paragraph(line))


def _replace(path: Path, text: str) -> None:
    """Whoever reads the file meanwhile finds it whole, as it was or as it is."""
    mark = b"\xef\xbb\xbf" if path.read_bytes().startswith(b"\xef\xbb\xbf") else b""
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(mark + text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).chmod(path.stat().st_mode)
        Path(file.name).replace(path)
    except OSError as error:
        raise click.ClickException(f"{path} could not be written: {error.strerror}") from None


def _trusted(document: dict[str, Any]) -> tuple[str, ...]:
    http = document.get("http")
    hosts = http.get("allow_private") if isinstance(http, dict) else None
    return tuple(host for host in hosts if isinstance(host, str)) if isinstance(hosts, list) else ()
