"""What is wrong with a configuration: everything at once, each with its place and a way out."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.toml_lines import Keys, Places


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong, or worth a warning."""

    file: Path
    line: int | None  # from 1; None: the file itself
    where: str | None  # the table, as a person would name it: 'source "way-home"', "[http]"
    message: str
    hint: str | None = None  # what to do about it
    excerpt: str | None = None  # the faulty line of a query with a caret under the fault

    def __str__(self) -> str:
        place = str(self.file) if self.line is None else f"{self.file}:{self.line}"
        parts = [place, *([self.where] if self.where else []), self.message]
        said = ": ".join(parts) + (f"; {self.hint}" if self.hint else "")
        if self.excerpt is None:
            return said
        return "\n    ".join([said, *self.excerpt.splitlines()])


class ConfigInvalid(Exception):
    """The configuration can't be used; `problems` says why, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class Findings:
    """Collects what is found while a document is read."""

    def __init__(self, file: Path, document: Mapping[str, object], places: Places) -> None:
        self._file = file
        self._document = document
        self._places = places
        self._problems: list[Problem] = []
        self._warnings: list[Problem] = []
        self._faulty: set[Keys] = set()

    def problem(self, keys: Keys, message: str, hint: str | None = None) -> None:
        """Note something wrong at `keys`."""
        self._faulty.add(keys)
        self._problems.append(self._found(keys, self.line(keys), message, hint))

    def problem_inside(self, keys: Keys, position: int, message: str, hint: str | None) -> None:
        """Note something wrong at a character of the string at `keys`, and show its line with a caret."""
        self._faulty.add(keys)
        self._problems.append(self._found_inside(keys, position, message, hint))

    def warning(self, keys: Keys, message: str, hint: str | None = None) -> None:
        """Note something that works, but perhaps not as it was meant."""
        self._warnings.append(self._found(keys, self.line(keys), message, hint))

    def warning_inside(self, keys: Keys, position: int, message: str, hint: str | None) -> None:
        """Like `problem_inside`, of something that works, but perhaps not as it was meant."""
        self._warnings.append(self._found_inside(keys, position, message, hint))

    def faulty(self, keys: Keys) -> bool:
        """Whether a problem was noted at these very keys."""
        return keys in self._faulty

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What makes the configuration unusable, in the order of the file."""
        return tuple(sorted(self._problems, key=_line))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What does not, in the order of the file."""
        return tuple(sorted(self._warnings, key=_line))

    def line(self, keys: Keys) -> int:
        """The line where `keys` stand."""
        return self._places.line(keys)

    def value(self, keys: Keys) -> object:
        """What stands at `keys`; None where nothing does."""
        value: object = self._document
        for part in keys:
            value = _step(value, part)
        return value

    def _found_inside(self, keys: Keys, position: int, message: str, hint: str | None) -> Problem:
        text = str(self.value(keys))
        line = self._places.text_line(keys, text.count("\n", 0, position))
        return self._found(keys, line, message, hint, _pointing(text, position))

    def _found(
        self, keys: Keys, line: int, message: str, hint: str | None, excerpt: str | None = None
    ) -> Problem:
        where = self._where(keys)
        return Problem(file=self._file, line=line, where=where, message=message, hint=hint, excerpt=excerpt)

    def _where(self, keys: Keys) -> str | None:
        match keys:
            case ("route", *rest):
                numbers = [str(part + 1) for part in rest if isinstance(part, int)]
                inside = [part for part in rest if isinstance(part, str)]
                return f"route {'.'.join(numbers[: inside.count('routes')])}".strip()
            case (str(table), int(index), *_) if isinstance(self.value((table, index)), Mapping):
                name = self.value((table, index, "id"))
                return f'{table} "{name}"' if isinstance(name, str) else f"{table} {index + 1}"
            case (str(table), *_) if isinstance(self.value((table,)), Mapping):
                return f"[{table}]"
            case _:
                return None


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """A hint at the choice that `word` was probably meant to be, or else at all of them if they are few."""
    known = sorted(choices)
    close = difflib.get_close_matches(word.lower(), known, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"one of: {', '.join(known)}" if 0 < len(known) <= 16 else None


def _step(value: object, part: str | int) -> object:
    if isinstance(value, Mapping) and part in value:
        return value[part]
    if isinstance(value, Sequence) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def _pointing(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    line = text[start:].split("\n", 1)[0].replace("\t", " ")
    return f"{line}\n{' ' * (position - start)}^"


def _line(problem: Problem) -> int:
    return problem.line or 0
