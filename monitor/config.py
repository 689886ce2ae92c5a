"""The configuration: a TOML file becomes frozen values, or every problem at once, each with its line.

`[http]` is `scrapers.http.HttpOptions`, `[alerting]` is `monitor.settings.AlertingOptions`; what sources,
rules, receivers and routes can say stands in the modules `config_*` beside this one. docs/configuration.md
tells it all to people.
"""

import os
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta

from monitor.config_correlations import read_correlations
from monitor.config_health import HealthOptions
from monitor.config_matching import read_matching
from monitor.config_packs import read_packs
from monitor.config_retention import warn_of_short_retention
from monitor.config_routes import ReceiverConfig, read_receivers, read_route
from monitor.config_rule_names import warn_of_unknown_names
from monitor.config_rules import RuleConfig, read_rules
from monitor.config_secrets import read_database_url, read_http, refuse_secrets
from monitor.config_sources import read_sources
from monitor.config_telegram import TelegramOptions, read_telegram
from monitor.correlation.kinds import Correlation
from monitor.incidents import RULE as SOURCE_HEALTH
from monitor.message import Severity
from monitor.options import Size, Table, entries, parse_size, read_table, single_table
from monitor.problems import ConfigInvalid, Findings, Problem
from monitor.refresh import DEFAULT_AGES, check_ages
from monitor.routing import Route
from monitor.settings import AlertingOptions
from monitor.toml_lines import Keys, Places
from scrapers.http import HttpOptions
from scrapers.model import Source
from scrapers.registry import KINDS
from storage.model import SubjectKind
from storage.model.words import DESK_ID, DESK_KIND

__all__ = ["Config", "ConfigInvalid", "Problem", "ReceiverConfig", "RuleConfig", "load", "load_text"]


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneralTable:
    """The keys that stand before the first table."""

    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    retention: timedelta = timedelta(days=730)
    retention_size: Size | None = None
    concurrency: Annotated[int, Meta(ge=1, le=64)] = 8
    refresh: tuple[timedelta, ...] = DEFAULT_AGES

    def __post_init__(self) -> None:
        check_ages(self.refresh)
        if self.retention < timedelta(days=1):
            raise ValueError("retention must be at least a day")
        if self.retention_size is not None and parse_size(self.retention_size) < SMALLEST_SIZE:
            raise ValueError("retention_size must be at least 50MB")


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """One desk, as configured."""

    path: Path
    sources: tuple[Source, ...]
    rules: tuple[RuleConfig, ...]
    correlations: tuple[Correlation, ...]
    receivers: tuple[ReceiverConfig, ...]  # at least one
    route: Route
    alerting: AlertingOptions
    health: HealthOptions
    http: HttpOptions
    telegram: TelegramOptions | None  # None: there is no account
    database_url: str = field(repr=False)  # may hold a password
    timezone: ZoneInfo  # in which times are shown
    retention: timedelta  # how long items are kept
    retention_size: int | None  # bytes in use above which the oldest items go before their time
    concurrency: int  # sources polled at the same time
    warnings: tuple[Problem, ...] = ()

    @property
    def is_for_one_worker(self) -> bool:
        """Whether no other process works on the same database, as `Store.working` has it."""
        return self.database_url.startswith("sqlite:")


SMALLEST_SIZE = 50_000_000
"""Bytes of `retention_size`: an empty database takes some, and a limit below them would leave nothing."""

_TABLES = (
    "database",
    "http",
    "telegram",
    "alerting",
    "health",
    "matching",
    "source",
    "rule",
    "packs",
    "correlation",
    "receiver",
    "route",
)


def load(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """Read the configuration file at `path`.

    Args:
        path: The TOML file; relative paths inside it are relative to its folder.
        environ: Where `*_env` keys are looked up; None: this process's environment.

    Raises:
        ConfigInvalid: with every problem that could be found, in the order of the file.
    """
    return load_text(_text(path), path, environ)


def load_text(text: str, path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """Like `load`, of a text that stands, or could stand, at `path`."""
    document, places = _parsed(text, path)
    findings = Findings(path, document, places)
    config = _read(document, findings, path, os.environ if environ is None else environ)
    if config is None or findings.problems:
        raise ConfigInvalid(findings.problems)
    return config


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        hint = "copy config.example.toml to begin, or name another file with --config"
        raise _unreadable(path, "there is no such file", hint) from None
    except OSError as error:
        raise _unreadable(path, f"can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _unreadable(path, "is not UTF-8 text", "save it as UTF-8", line) from None


def _parsed(text: str, path: Path) -> tuple[Table, Places]:
    try:
        return tomllib.loads(text), Places(text)
    except tomllib.TOMLDecodeError as error:
        message, line = _place(str(error), text)
        raise _unreadable(path, f"not valid TOML: {message}", _toml_hint(message), line) from None
    except RecursionError:
        raise _unreadable(path, "not valid TOML: nested too deeply") from None


def _place(message: str, text: str) -> tuple[str, int]:
    found = re.fullmatch(r"(?s)(.*) \(at (?:line (\d+), column \d+|end of document)\)", message)
    if found is None:
        return message, 1
    return found[1], int(found[2]) if found[2] else text.rstrip("\n").count("\n") + 1


def _toml_hint(message: str) -> str | None:
    if "twice" in message or "overwrite" in message:
        return "it stands in the file already: change that one, or remove it"
    return None


def _unreadable(path: Path, message: str, hint: str | None = None, line: int | None = None) -> ConfigInvalid:
    return ConfigInvalid([Problem(file=path, line=line, where=None, message=message, hint=hint)])


def _read(document: Table, findings: Findings, path: Path, environ: Mapping[str, str]) -> Config | None:
    folder = path.absolute().parent
    refuse_secrets(document, findings)
    _refuse_repeated_ids(document, findings)
    general = read_table(GeneralTable, document, (), findings, folder=folder, also=_TABLES)
    http = read_http(document, findings, folder=folder, environ=environ)
    telegram = read_telegram(document, findings, folder=folder, environ=environ)
    alerting = _alerting(document, findings, folder)
    health = _health(document, findings, folder)
    trusted = http.allow_private if http is not None else ()
    ages = DEFAULT_AGES if general is None else general.refresh
    sources = read_sources(document, findings, folder=folder, allow_private=trusted, refresh=ages)
    rules = _rules(document, findings, folder)
    rule_names = {*_ids(document, "rule"), *(rule.id for rule in rules)}
    correlations = read_correlations(document, findings, folder=folder, rules=rule_names)
    receivers = read_receivers(document, findings, folder=folder, environ=environ)
    names = tuple(_ids(document, "receiver")) or tuple(receiver.id for receiver in receivers)
    route = read_route(
        document, findings, folder=folder, receivers=names, values=_label_values(document, rules)
    )
    database_url = read_database_url(document, findings, folder=folder, environ=environ)
    _warn(document, findings, rules)
    if general is None or http is None or alerting is None or health is None:
        return None
    warn_of_short_retention(
        document, findings, retention=general.retention, sources=sources, correlations=correlations
    )
    return Config(
        path=path,
        sources=sources,
        rules=rules,
        correlations=correlations,
        receivers=receivers,
        route=route,
        alerting=alerting,
        health=health,
        http=http,
        telegram=telegram,
        database_url=database_url,
        timezone=general.timezone,
        retention=general.retention,
        retention_size=None if general.retention_size is None else parse_size(general.retention_size),
        concurrency=general.concurrency,
        warnings=findings.warnings,
    )


def _rules(document: Table, findings: Findings, folder: Path) -> tuple[RuleConfig, ...]:
    """The owner's own, then those of packs."""
    matching = read_matching(document, findings, folder=folder)
    own_rules = read_rules(document, findings, folder=folder, matching=matching)
    own = set(_ids(document, "rule"))
    return (*own_rules, *read_packs(document, findings, folder=folder, own=own, matching=matching))


def _alerting(document: Table, findings: Findings, folder: Path) -> AlertingOptions | None:
    table = single_table(document, "alerting", findings)
    options = read_table(AlertingOptions, table, ("alerting",), findings, folder=folder)
    if options is not None and options.failures_before_incident < 1:
        keys = ("alerting", "failures_before_incident")
        findings.problem(keys, '"failures_before_incident" must be at least 1')
    return options


def _health(document: Table, findings: Findings, folder: Path) -> HealthOptions | None:
    table = single_table(document, "health", findings)
    return read_table(HealthOptions, table, ("health",), findings, folder=folder)


def _refuse_repeated_ids(document: Table, findings: Findings) -> None:
    for names in (("source",), ("rule", "correlation"), ("receiver",)):  # alerts name rules and correlations
        first: dict[object, Keys] = {}
        for keys, table in (entry for name in names for entry in entries(document, name)):
            taken = first.setdefault(table["id"], keys) if isinstance(table.get("id"), str) else keys
            if taken != keys:
                line = findings.line((*taken, "id"))
                findings.problem((*keys, "id"), f"this id is taken already, on line {line}")


def _label_values(document: Table, rules: Iterable[RuleConfig]) -> Mapping[str, Collection[str]]:
    """The values that routes can match on; also of what is faulty, so that one fault is not told twice."""
    sources = _names_of_sources(document)
    return {
        "rule": {
            SOURCE_HEALTH,
            *_ids(document, "rule"),
            *_ids(document, "correlation"),
            *(one.id for one in rules),
        },
        "severity": list(Severity),
        "source": {DESK_ID, *sources["source"]},
        "tag": sources["tag"],
        "kind": {DESK_KIND, *KINDS},
        "subject": list(SubjectKind),
    }


def _names_of_sources(document: Table) -> Mapping[str, Collection[str]]:
    """What sources are called, tagged and made of, as fields of rules name it."""
    tables = [table for _, table in entries(document, "source")]
    return {
        "source": set(_ids(document, "source")),
        "tag": {tag for table in tables for tag in _strings(table.get("tags"))},
        "kind": {kind for table in tables for kind in _strings([table.get("kind")])},
    }


def _ids(document: Table, name: str) -> Iterator[str]:
    return (found for _, table in entries(document, name) for found in _strings([table.get("id")]))


def _strings(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _warn(document: Table, findings: Findings, rules: Collection[RuleConfig]) -> None:
    if not document.get("source"):
        findings.warning((), "no sources: nothing is polled", "add a [[source]]")
    if not document.get("rule") and not rules:
        hint = "add a [[rule]], or switch on [packs]"
        findings.warning((), "no rules: only trouble with sources alerts", hint)
    _warn_of_idle_rules(document, findings)
    warn_of_unknown_names(document, findings, names=_names_of_sources(document))
    http = document.get("http")
    if not isinstance(http, dict) or "contact" not in http:
        message = "servers are not told whom to ask about our visits"
        findings.warning(("http",), message, "add contact to [http]")


def _warn_of_idle_rules(document: Table, findings: Findings) -> None:
    fed = {name for _, table in entries(document, "correlation") for name in _strings(table.get("rules"))}
    for keys, table in entries(document, "rule"):
        if table.get("alert") is False and table.get("id") not in fed:
            hint = "name it among the rules of a [[correlation]]"
            findings.warning(keys, "this rule neither alerts nor feeds a correlation", hint)
