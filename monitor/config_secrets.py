"""Secrets stay outside the configuration, which people show around: refused in it, read from elsewhere."""

import re
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.options import Table, option_names, read_table, single_table
from monitor.problems import Findings
from monitor.secrets import SecretMissing, read_secret
from monitor.toml_lines import Keys
from scrapers.http import HttpOptions
from storage.database import connect

_PASSWORD_IN_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)
_BOT_TOKEN = re.compile(r"(?<!\d)\d{8,12}:[A-Za-z0-9_-]{35}\b", re.ASCII)  # as the Bot API makes them
_ELSEWHERE = "put it into the environment or a file, and its name here: "


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseTable:
    """What `[database]` can say: one of the three."""

    url: str | None = None
    url_env: str | None = None
    url_file: Path | None = None

    def __post_init__(self) -> None:
        if sum(place is not None for place in (self.url, self.url_env, self.url_file)) > 1:
            raise ValueError("give one of url, url_env and url_file")


@dataclass(frozen=True, kw_only=True, slots=True)
class ProxyTable:
    """Where `[http]` can say that the proxy's address stands, instead of `proxy`."""

    proxy_env: str | None = None
    proxy_file: Path | None = None


_OTHERS = stat.S_IROTH | stat.S_IWOTH
DEFAULT_DATABASE = "sqlite:///groundswell.db"


def refuse_secrets(document: Table, findings: Findings) -> None:
    """Note every value that holds a password or a bot's token, without repeating it."""
    for keys, text in _texts(document, ()):
        name = next((str(part) for part in reversed(keys) if isinstance(part, str)), "secret")
        if _PASSWORD_IN_URL.search(text):
            findings.problem(keys, f'"{name}" holds a password', f"{_ELSEWHERE}{name}_env or {name}_file")
        if _BOT_TOKEN.search(text):
            findings.problem(keys, f'"{name}" holds a bot\'s token', f"{_ELSEWHERE}token_env or token_file")


def _texts(value: object, keys: Keys) -> Iterator[tuple[Keys, str]]:
    if isinstance(value, str):
        yield keys, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, (*keys, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*keys, index))


def read_database_url(
    document: Table, findings: Findings, *, folder: Path, environ: Mapping[str, str]
) -> str:
    """The database's address, a relative SQLite file made absolute from `folder`; a faulty one is noted."""
    keys: Keys = ("database",)
    entry = single_table(document, "database", findings)
    read = read_table(DatabaseTable, entry, keys, findings, folder=folder)
    if read is None:
        return ""
    named = next((name for name in ("url_env", "url_file", "url") if name in entry), "url")
    try:
        url = _given(read, environ)
        return _checked(url, folder)
    except (ValueError, SecretMissing) as fault:
        if not findings.faulty((*keys, named)):
            findings.problem((*keys, named), str(fault))
        return ""


def read_http(
    document: Table, findings: Findings, *, folder: Path, environ: Mapping[str, str]
) -> HttpOptions | None:
    """`[http]`, with a proxy that may stand elsewhere because its address holds a password."""
    entry = dict(single_table(document, "http", findings))
    outside: Table = {name: entry.pop(name) for name in option_names(ProxyTable) if name in entry}
    place = read_table(ProxyTable, outside, ("http",), findings, folder=folder)
    options = read_table(HttpOptions, entry, ("http",), findings, folder=folder)
    if place is None or options is None or not outside:
        return options
    try:
        proxy = read_secret(env=place.proxy_env, file=place.proxy_file, environ=environ)
        return replace(options, proxy=proxy.reveal())
    except (ValueError, SecretMissing) as fault:
        findings.problem(("http", *outside), str(fault))
        return None


def _given(read: DatabaseTable, environ: Mapping[str, str]) -> str:
    if read.url_env is None and read.url_file is None:
        return DEFAULT_DATABASE if read.url is None else read.url
    return read_secret(env=read.url_env, file=read.url_file, environ=environ).reveal()


def _checked(url: str, folder: Path) -> str:
    """`url`, absolute. Raises ValueError without repeating it: it may hold a password."""
    if re.match(r"postgresql(\+psycopg)?://", url):
        connect(url).close()  # it opens nothing, but reads the address and the schema's name
        return url
    if not url.startswith("sqlite:///") or url == "sqlite:///" or ":memory:" in url:
        raise ValueError(
            "the database address must be sqlite:///FILE or postgresql://USER@HOST/NAME (not postgres://)"
        )
    path, mark, parameters = url.removeprefix("sqlite:///").partition("?")
    return f"sqlite:///{(folder / Path(path).expanduser()).absolute()}{mark}{parameters}"


def warn_of_absent_secrets(
    options: object,
    keys: Keys,
    findings: Findings,
    environ: Mapping[str, str],
    *,
    without: Collection[str] = (),
) -> None:
    """Only a warning: secrets are read when they are used; a configuration may be checked without them.

    The keys `without` are looked after by the caller.
    """
    names = [name for name in option_names(type(options)) if name not in without]
    for name in names:
        value = getattr(options, name, None)
        if name.endswith("_env") and isinstance(value, str) and not environ.get(value):
            findings.warning((*keys, name), f"the environment variable {value} is not set here")
        if name.endswith("_file") and isinstance(value, Path):
            secret = f"{name.removesuffix('_file')}_env" in names
            _warn_of_file(value, (*keys, name), findings, secret=secret)


def _warn_of_file(file: Path, keys: Keys, findings: Findings, *, secret: bool) -> None:
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        findings.warning(keys, f"there is no file {file}")
        return
    except OSError as error:
        findings.warning(keys, f"{file} can't be read: {error.strerror}")
        return
    if not stat.S_ISREG(mode):
        findings.warning(keys, f"{file} is no file")
    elif secret and mode & _OTHERS:
        findings.warning(keys, f"{file} can be read by everyone on this machine", f"chmod o= {file}")
