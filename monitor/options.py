"""Reads a TOML table into a frozen dataclass: field by field, so that all faults are found at once."""

import dataclasses
import functools
import re
import typing
from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import msgspec

from monitor.problems import Findings, nearest
from monitor.toml_lines import Keys

Options = typing.TypeVar("Options")
Table = Mapping[str, object]

_NONE: Mapping[str, str] = MappingProxyType({})

Id = typing.Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\Z",
        description='a short name of letters, digits, "-", "_" and "."',
    ),
]
Text = typing.Annotated[str, msgspec.Meta(min_length=1, description="a text that is not empty")]

Size = typing.Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{1,6}(\.[0-9]{1,3})?(MB|GB|TB)\Z",
        description='a size such as "500MB" or "1.5GB"',
    ),
]

_SIZE_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12}  # bytes
LONGEST_DURATION = timedelta(days=36525)
DURATION_HINT = 'write a number and a unit, s, m, h, d or w: "30s", "5m", "1h30m", "7d"'

_UNITS = {
    "y": timedelta(days=365),
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_DURATION = re.compile("".join(rf"(?:(\d{{1,6}}){unit})?" for unit in _UNITS), re.ASCII)
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_SECRET_NAME = re.compile(
    r"(^|_)(token|password|passwd|pass|secret|api_?key|credentials?|session)$", re.IGNORECASE
)
_TYPE_NAMES = {
    "str": "a text",
    "int": "a whole number",
    "float": "a decimal number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "duration": "a duration",
    "date": "a date",
    "datetime": "a date with time",
    "time": "a time of day",
}
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`")
_OUT_OF_BOUNDS = re.compile(r"Expected `\w+` [<>]")
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_ELEMENT = re.compile(r" - at `\$\[(?P<index>\d+)\]")


def parse_duration(text: str) -> timedelta:
    """The length of time that a text such as "5m", "7d" or "1h30m" says, as Prometheus writes it.

    Raises:
        ValueError: it is none, or longer than a hundred years.
    """
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        raise ValueError(f'"{text}" is not a duration')
    counts = zip(found.groups(), _UNITS.values(), strict=True)
    length = sum((int(count) * unit for count, unit in counts if count), timedelta(0))
    if length > LONGEST_DURATION:
        raise ValueError(f'"{text}" is longer than a hundred years')
    return length


def parse_size(text: str) -> int:
    """The bytes that a text of the type `Size` says."""
    return round(float(text[:-2]) * _SIZE_UNITS[text[-2:]])


def option_names(options: type) -> tuple[str, ...]:
    """The TOML keys of an options dataclass; a field `continue_` is the key `continue`."""
    return tuple(name.removesuffix("_") for name in _fields(options))


def read_table(
    options: type[Options],
    table: Table,
    keys: Keys,
    findings: Findings,
    *,
    folder: Path,
    also: Collection[str] = (),
    elsewhere: Mapping[str, str] = _NONE,
) -> Options | None:
    """`table` as an instance of the dataclass `options`, or None after noting what is wrong with it.

    Args:
        options: Its fields are the keys. A `ValueError` of its `__post_init__` is noted at the key it names.
        table: As `tomllib` gives it.
        keys: Where the table stands in the document.
        findings: Takes the problems.
        folder: What relative paths are relative to.
        also: Further keys that may stand in the table and are read by someone else.
        elsewhere: Keys that mean nothing here, and what to tell who writes them all the same.
    """
    kind: type = options
    known = {name.removesuffix("_"): field for name, field in _fields(kind).items()}
    _refuse_unknown(table, known.keys() | set(also), keys, findings, elsewhere)
    reader = _Reader(findings, folder)
    values: dict[str, object] = {}
    sound = True
    for name, field in known.items():
        if name not in table:
            sound = _may_be_absent(field, name, keys, findings) and sound
            continue
        value = reader.field(field.hint, table[name], (*keys, name))
        sound = not isinstance(value, _Faulty) and sound
        values[field.name] = value
    return _built(options, values, known, keys, findings) if sound else None


class _Faulty:
    """Stands where a value could not be read; the findings say why."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Field:
    name: str
    hint: object
    required: bool


@functools.cache
def _fields(options: type) -> Mapping[str, _Field]:
    hints = typing.get_type_hints(options, include_extras=True)
    return {
        field.name: _Field(
            name=field.name,
            hint=hints[field.name],
            required=field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(options)
    }


def _refuse_unknown(
    table: Table, known: Collection[str], keys: Keys, findings: Findings, elsewhere: Mapping[str, str]
) -> None:
    for name in table.keys() - known:
        if _SECRET_NAME.search(name):
            hint = f'put it into the environment or a file: {name}_env = "NAME" or {name}_file = "PATH"'
            findings.problem((*keys, name), f'"{name}": a secret does not belong into this file', hint)
        else:
            findings.problem(
                (*keys, name), f'unknown key "{name}"', elsewhere.get(name) or nearest(name, known)
            )


def _may_be_absent(field: _Field, name: str, keys: Keys, findings: Findings) -> bool:
    if field.required:
        findings.problem(keys, f'"{name}" is missing')
    return not field.required


def _built(
    options: type[Options],
    values: Mapping[str, object],
    known: Collection[str],
    keys: Keys,
    findings: Findings,
) -> Options | None:
    try:
        return options(**values)
    except ValueError as fault:
        named = [word for word in re.findall(r"\w+", str(fault)) if word in known]
        findings.problem((*keys, *named[:1]), str(fault))
        return None


@dataclasses.dataclass(frozen=True, slots=True)
class _Reader:
    findings: Findings
    folder: Path

    def field(self, hint: object, value: object, keys: Keys) -> object:
        """`value` as `hint` asks, or `_Faulty` after noting why not."""
        if isinstance(value, str) and _mentions(hint, timedelta) and not _mentions_list(hint):
            return self._duration(value, keys)
        if isinstance(value, list) and _mentions(hint, timedelta):
            return self._durations(value, hint, keys)
        if str(keys[-1]).endswith("_env") and not _may_name_a_variable(value):
            return self._faulty(keys, "must be the name of an environment variable, not the secret itself")
        return self._converted(value, hint, keys)

    def _converted(self, value: object, hint: object, keys: Keys) -> object:
        try:
            return msgspec.convert(value, hint, builtin_types=(timedelta,), dec_hook=self._special)
        except msgspec.ValidationError as error:
            return self._explained(error, hint, value, keys)

    def _durations(self, values: list[object], hint: object, keys: Keys) -> object:
        lengths: list[object] = []
        for value in values:
            try:
                lengths.append(parse_duration(value) if isinstance(value, str) else value)
            except ValueError as error:
                return self._faulty(keys, str(error), DURATION_HINT)
        return self._converted(lengths, hint, keys)

    def _duration(self, text: str, keys: Keys) -> object:
        try:
            return parse_duration(text)
        except ValueError as error:
            return self._faulty(keys, str(error), DURATION_HINT)

    def _special(self, wanted: type, value: object) -> object:
        """What msgspec can't make by itself. Raises ValueError, which it wraps."""
        if not isinstance(value, str):
            raise ValueError("must be a text")  # noqa: TRY004 - msgspec wraps only this one with its message
        if wanted is Path:
            return self.folder / Path(value).expanduser()
        if wanted is ZoneInfo:
            return _time_zone(value)
        raise TypeError(f"options can't hold {wanted}")

    def _explained(self, error: msgspec.ValidationError, hint: object, value: object, keys: Keys) -> _Faulty:
        said = str(error)
        message, way_out = _in_words(said, hint, value)
        element = _ELEMENT.search(said)
        if element is None or not isinstance(value, list):
            self.findings.problem(keys, f'"{keys[-1]}" {message}', way_out)
        else:
            index = int(element["index"])
            name = f'element {index + 1} of "{keys[-1]}"'
            self.findings.problem((*keys, index), f"{name} {message}", way_out)
        return _Faulty()

    def _faulty(self, keys: Keys, message: str, hint: str | None = None) -> _Faulty:
        self.findings.problem(keys, f'"{keys[-1]}": {message}', hint)
        return _Faulty()


def _in_words(said: str, hint: object, value: object) -> tuple[str, str | None]:
    """What msgspec said, for a person, with a hint."""
    wanted = _EXPECTED.search(said)
    if wanted is not None and "duration" in wanted["wanted"]:
        return "must be a duration in quotes", DURATION_HINT
    if wanted is not None:
        return f"must be {_type_names(wanted['wanted'])}, not {_type_names(wanted['got'])}", None
    if said.startswith("Invalid enum value"):
        return f'can\'t be "{value}"', nearest(str(value), _choices(hint))
    described = next((meta.description for meta in _metas(hint) if meta.description), None)
    if described is not None:
        return f"must be {described}", None
    return (f"must be {_bounds(hint)}" if _OUT_OF_BOUNDS.match(said) else said), None


def _bounds(hint: object) -> str:
    """Between which numbers a value may lie, e.g. "at least 1 and at most 64"."""
    bounds = ((words, getattr(meta, name)) for meta in _metas(hint) for name, words in _BOUNDS.items())
    return " and ".join(f"{words} {bound:g}" for words, bound in bounds if bound is not None)


def _type_names(names: str) -> str:
    known = [_TYPE_NAMES.get(name, name) for name in names.split(" | ") if name != "null"]
    return " or ".join(known)


def _metas(hint: object) -> list[msgspec.Meta]:
    inner = [meta for argument in typing.get_args(hint) for meta in _metas(argument)]
    return inner + ([hint] if isinstance(hint, msgspec.Meta) else [])


def _choices(hint: object) -> list[str]:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return [str(member) for member in hint]
    if typing.get_origin(hint) is typing.Literal:
        return [str(choice) for choice in typing.get_args(hint)]
    return [choice for argument in typing.get_args(hint) for choice in _choices(argument)]


def _mentions(hint: object, wanted: type) -> bool:
    return hint is wanted or any(_mentions(argument, wanted) for argument in typing.get_args(hint))


def _mentions_list(hint: object) -> bool:
    return typing.get_origin(hint) is tuple or any(map(_mentions_list, typing.get_args(hint)))


def _may_name_a_variable(value: object) -> bool:
    return not isinstance(value, str) or _ENVIRONMENT_NAME.fullmatch(value) is not None


def _time_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = nearest(name, available_timezones()) or 'write one as "Europe/Prague"'
        raise ValueError(f"names no time zone; {hint}") from None


def read_with_kind(
    common: type[Options],
    kinds: Mapping[str, type],
    table: Table,
    keys: Keys,
    findings: Findings,
    *,
    folder: Path,
    aliases: Mapping[str, str] = _NONE,
) -> tuple[Options | None, object | None]:
    """A table whose `kind` says which keys it has beside those of `common`; None for a faulty part.

    `aliases` are other names of kinds, which are answered with the right ones.
    """
    kind = table.get("kind")
    if isinstance(kind, str) and kind not in kinds:
        meant = aliases.get(kind.lower())
        hint = f'did you mean "{meant}"?' if meant else nearest(kind, kinds)
        findings.problem((*keys, "kind"), f'there is no kind "{kind}"', hint)
    options = kinds.get(kind) if isinstance(kind, str) else None
    names = (
        table if options is None else option_names(options)
    )  # of an unknown kind no key can be called wrong
    own = set(names) - set(option_names(common))
    elsewhere = {} if options is None else _keys_of_others(str(kind), kinds)
    first = read_table(common, table, keys, findings, folder=folder, also=own, elsewhere=elsewhere)
    if options is None:
        return first, None
    chosen = {name: table[name] for name in own & table.keys()}
    return first, read_table(options, chosen, keys, findings, folder=folder)


def _keys_of_others(kind: str, kinds: Mapping[str, type]) -> dict[str, str]:
    """The keys that only other kinds have, each with the words that say which; of kinds that are loaded."""
    owners: dict[str, list[str]] = {}
    loaded = {name: options for name, options in kinds.items() if dataclasses.is_dataclass(options)}
    for other, options in loaded.items():
        for name in set(option_names(options)) - set(option_names(kinds[kind])):
            owners.setdefault(name, []).append(other)
    return {
        name: f"a {kind} has none: it is a key of {' and '.join(those)}" for name, those in owners.items()
    }


def tables(document: Table, name: str, findings: Findings) -> list[tuple[Keys, Table]]:
    """The tables of the array `[[name]]`, each with where it stands; what is no such array is noted."""
    found = entries(document, name)
    if not found and document.get(name, []) != []:
        findings.problem((name,), f"write [[{name}]], with two brackets: there can be several")
    return found


def entries(document: Table, name: str) -> list[tuple[Keys, Table]]:
    """Like `tables`, but what is no such array is passed over."""
    value = document.get(name)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return []
    return [((name, index), one) for index, one in enumerate(value)]


def single_table(document: Table, name: str, findings: Findings) -> Table:
    """The one table `[name]`, empty where it is left out; what is no table is noted."""
    value = document.get(name, {})
    if isinstance(value, dict):
        return value
    findings.problem((name,), f"write [{name}], with one bracket: there is only one")
    return {}
