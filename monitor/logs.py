"""How Groundswell speaks while it works: one line an event, to standard error, and never a secret in it."""

import logging
import sys
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from types import TracebackType
from typing import Any, TextIO

from monitor.json_text import json_text
from monitor.secrets import hide_secrets

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
_TELLERS = tuple(
    f"monitor.{name}"
    for name in ("await_database", "commands", "daemon", "health", "pruning", "reload", "serving")
)
_CHATTY = ("httpx", "httpcore", "trafilatura", "htmldate", "charset_normalizer", "asyncio")
_STANDARD = vars(logging.makeLogRecord({})).keys() | {"message", "asctime", "taskName"}

log = logging.getLogger(__name__)


class LogFormat(StrEnum):
    """For whom log lines are written."""

    HUMAN = "human"
    JSON = "json"


class HumanLines(logging.Formatter):
    """`2026-03-05 09:17:00 CET WARNING text`; control characters, of a traceback too, are made visible."""

    zone: tzinfo | None = None  # in which times are shown; None: as this machine's clock

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802, ARG002
        """The time, with the name of its zone."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone(self.zone)
        return at.strftime("%Y-%m-%d %H:%M:%S %Z")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """The line itself; a traceback follows it."""
        from monitor.notifiers.wording import visible

        record.message = visible(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802, ANN401 - the library's names
        """A traceback, which ends with what a stranger may have written."""
        from monitor.notifiers.wording import visible

        return visible(super().formatException(ei))

    def format(self, record: logging.LogRecord) -> str:
        """The line and its traceback."""
        return hide_secrets(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line: `ts`, `level`, `logger`, `message`, what the event is about, `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; what was given as `extra` are further keys, e.g. `source`, `receiver`, `outcome`."""
        entry: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json_text({name: _clean(value) for name, value in entry.items()})


class StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at that moment, like the library's handler of last resort."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """Standard error as it is now: a test or a supervisor may have changed it."""
        return sys.stderr


def choose_format(wanted: LogFormat | None, *, for_machines: bool) -> LogFormat:
    """The format that was asked for; else JSON for what runs unattended, unless a person looks on."""
    if wanted is not None:
        return wanted
    return LogFormat.JSON if for_machines and not sys.stderr.isatty() else LogFormat.HUMAN


def configure_logging(verbosity: int, style: LogFormat = LogFormat.HUMAN) -> None:
    """Log our own events at the wanted level, and of the libraries only their warnings.

    What a command tells of its work, and a service of itself, is told at every level.

    httpx writes whole addresses at INFO, and a bot's token is part of its address: that must never be shown.
    """
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, StandardError)]:
        root.removeHandler(old)
    handler = StandardError()
    handler.setFormatter(JsonLines() if style is LogFormat.JSON else HumanLines())
    root.addHandler(handler)
    level = _LEVELS[min(verbosity, 2)]
    for package in ("monitor", "storage", "scrapers"):
        logging.getLogger(package).setLevel(level)
    for teller in _TELLERS:
        logging.getLogger(teller).setLevel(min(level, logging.INFO))
    for library in _CHATTY:
        logging.getLogger(library).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns whenever a tick outlasts its second
    logging.getLogger("asyncio").addFilter(_not_of_an_ended_worker)


def _not_of_an_ended_worker(record: logging.LogRecord) -> bool:
    """Pass over what Python 3.11 warns of when it closes a child process and waits for it in a thread, too.

    Whichever comes second finds no child any more.
    """
    return not str(record.msg).startswith("Unknown child process pid")


def show_times_in(zone: tzinfo) -> None:
    """From now on the log for people tells its times as `zone` has them."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, HumanLines):
            handler.formatter.zone = zone


def take_over() -> None:
    """Send what Python itself would print, warnings and uncaught exceptions, through the log.

    For a process that is all ours. A log call that fails is dropped: Python would print what it was given.
    """
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught


def say_last(text: str) -> None:
    """Tell why the command ends: as it stands to a person, as a line of the log where that is JSON."""
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    if any(isinstance(formatter, JsonLines) for formatter in formatters):
        log.critical("%s", text)
    else:
        sys.stderr.write(f"{hide_secrets(text)}\n")


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("an error that nobody expected", exc_info=(kind, error, trace))


def _clean(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return hide_secrets(str(value))
