"""Ready watch rules in packs: the TOML files beside this module, each rule with examples that tests run.

A query of a pack says `{soldier.ru}` for the list of that name and language in words.toml. docs/packs.md
tells what there is and how well it does.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from monitor.message import Severity

_FOLDER = files("monitor.packs")
_WORDS = "words.toml"
_LIST = re.compile(r"\{(\w+)\.(\w+)\}")


class Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fictional text that a rule has to find, or has to pass over."""

    language: Literal["ru", "uk", "cs", "en"]
    match: bool
    text: str


class PackRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule of a pack; all but the examples as a `[[rule]]` of the configuration has it."""

    id: str  # begins with the name of the pack
    title: str
    severity: Severity
    query: str
    example: tuple[Example, ...]


class Pack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one subject."""

    title: str
    rule: tuple[PackRule, ...]


@cache
def pack_names() -> tuple[str, ...]:
    """The packs that there are, in the order of the alphabet."""
    found = (file.name for file in _FOLDER.iterdir() if file.name.endswith(".toml") and file.name != _WORDS)
    return tuple(sorted(name.removesuffix(".toml") for name in found))


@cache
def load_pack(name: str) -> Pack:
    """The pack of that name, read once.

    Raises:
        FileNotFoundError: there is none.
        msgspec.ValidationError: its file has a wrong or unknown key.
    """
    pack = msgspec.convert(_read(f"{name}.toml"), Pack)
    rules = (msgspec.structs.replace(rule, query=_spelt_out(rule.query)) for rule in pack.rule)
    return msgspec.structs.replace(pack, rule=tuple(rules))


@cache
def rules_by_id() -> dict[str, tuple[str, PackRule]]:
    """Every rule of every pack, with the name of its pack."""
    return {rule.id: (name, rule) for name in pack_names() for rule in load_pack(name).rule}


def _spelt_out(query: str) -> str:
    return _LIST.sub(lambda name: _words()[name[1]][name[2]].strip(), query).strip()


@cache
def _words() -> dict[str, dict[str, str]]:
    return msgspec.convert(_read(_WORDS), dict[str, dict[str, str]])


def _read(file: str) -> dict[str, object]:
    return tomllib.loads((_FOLDER / file).read_text(encoding="utf-8"))
