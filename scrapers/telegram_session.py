"""The session file of a Telegram account: its key, the channels it has found, what it may not ask yet.

It is JSON of ours, so that nothing that Telethon would remember of people ever reaches the disk; the names
in it are those that its owner asked for. What Telegram asked to be spared stands in it too, for a process
that is started every few minutes would ask anew each time.

Who holds the key is the account: only the file's owner may read it, and only one process at a time works with
it. Signing in takes no such turn: who writes looks, under a short lock of its own, what the file holds.
"""

import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, Self

_VERSION: Final = 1
_FOR_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class SessionUnusable(Exception):
    """The session file cannot be worked with as it is; the message says what to do."""


class SessionMissing(SessionUnusable):
    """Nobody has signed in yet: there is no session file."""


class SessionTaken(SessionUnusable):
    """Another process works with the session; Telegram ends a session that two use at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """A channel as one account may ask for it; the access hash is worth nothing to any other account."""

    channel_id: int  # without Telegram's -100 prefix
    access_hash: int
    resolved_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Miss:
    """A name that leads to no public channel."""

    error: Literal["gone", "refused"]  # the outcome of a `scrapers.errors`
    reason: str
    missed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """A method that Telegram asked not to be asked for."""

    method: str
    channel_id: int | None  # None: for no channel at all
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedSession:
    """What a session file holds."""

    key: str = field(repr=False)  # as Telethon's StringSession writes it: data centre, address and key
    channels: Mapping[str, Peer] = field(default_factory=dict)  # by public user name, lower case
    misses: Mapping[str, Miss] = field(default_factory=dict)  # likewise
    pauses: tuple[Pause, ...] = ()
    next_lookup_at: datetime | None = None  # when a name might be looked up, had none been saved up before


class SessionFile:
    """One session file and the lock beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None  # an open file, while this process holds the session

    def read(self) -> SavedSession:
        """What was saved.

        Raises:
            SessionMissing: there is no such file.
            SessionUnusable: others may read it, or it is no session file.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise SessionMissing(
                f"there is no session {self.path} yet: sign in with `groundswell telegram login`"
            ) from None
        except OSError as error:
            raise SessionUnusable(f"the session {self.path} cannot be read: {error.strerror}") from None
        with open(descriptor, "rb") as file:  # noqa: PTH123 - what is judged must be what is read
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & _FOR_OTHERS:
                raise SessionUnusable(
                    f"others may read the session {self.path}, and who reads it is you: chmod 600 {self.path}"
                )
            return self._decoded(file.read())

    def write(self, session: SavedSession) -> None:
        """Put `session` in the place of whatever the file holds, whole or not at all.

        Raises:
            SessionUnusable: the file cannot be written.
        """
        with self._writing():
            self._replace(session)

    def save(self, session: SavedSession) -> None:
        """The same, unless somebody has signed in anew meanwhile.

        Raises:
            SessionUnusable: the file can be read no more, or not be written.
        """
        with self._writing():
            if self.read().key == session.key:
                self._replace(session)

    def stamp(self) -> tuple[int, int, int] | None:
        """Differs when the file was written anew; None where there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_mode

    def take(self) -> None:
        """Hold the session for this process, until `give_back` or its end.

        Raises:
            SessionTaken: another process holds it.
            SessionUnusable: the file beside it that tells so cannot be opened.
        """
        if self._lock is not None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SessionUnusable(f"the lock {self._lock_path} cannot be opened: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 20).decode("ascii", "replace").strip()
            os.close(lock)
            raise SessionTaken(
                f"{f'process {holder}' if holder else 'another process'} works with the session {self.path}: "
                "one account serves one process at a time"
            ) from None
        os.truncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        self._lock = lock

    @property
    def held(self) -> bool:
        """Whether this process holds the session."""
        return self._lock is not None

    def give_back(self) -> None:
        """Let another process hold the session."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()

    @property
    def _lock_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.lock")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Nobody else writes meanwhile; the folder itself is locked, which takes no file more."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        except OSError as error:
            raise self._unwritable(error) from None
        finally:
            os.close(folder)

    def _replace(self, session: SavedSession) -> None:
        descriptor, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - mkstemp gives it to its owner alone
                file.write(_encoded(session))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _unwritable(self, error: OSError) -> SessionUnusable:
        return SessionUnusable(f"the session {self.path} cannot be written: {error.strerror}")

    def _decoded(self, body: bytes) -> SavedSession:
        try:
            return _session(json.loads(body))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise SessionUnusable(
                f"{self.path} is no session of Groundswell: sign in anew with `groundswell telegram login`"
            ) from None


def _session(saved: Any) -> SavedSession:  # noqa: ANN401 - it is what JSON says
    if saved["version"] != _VERSION or not isinstance(saved["session"], str) or not saved["session"]:
        raise ValueError("another version, or none")
    next_lookup_at = saved.get("next_lookup_at")
    return SavedSession(
        key=saved["session"],
        channels={name: _peer(one) for name, one in saved["channels"].items()},
        misses={name: _miss(one) for name, one in saved.get("misses", {}).items()},
        pauses=tuple(_pause(one) for one in saved.get("pauses", ())),
        next_lookup_at=None if next_lookup_at is None else _moment(next_lookup_at),
    )


def _peer(saved: Any) -> Peer:  # noqa: ANN401
    return Peer(
        channel_id=int(saved["id"]),
        access_hash=int(saved["access_hash"]),
        resolved_at=_moment(saved["resolved_at"]),
    )


def _miss(saved: Any) -> Miss:  # noqa: ANN401
    error: Literal["gone", "refused"] = "gone" if saved["error"] == "gone" else "refused"
    return Miss(error=error, reason=str(saved["reason"]), missed_at=_moment(saved["missed_at"]))


def _pause(saved: Any) -> Pause:  # noqa: ANN401
    channel = saved["channel"]
    return Pause(
        method=str(saved["method"]),
        channel_id=None if channel is None else int(channel),
        until=_moment(saved["until"]),
    )


def _moment(saved: str) -> datetime:
    """Raises ValueError where it has no zone."""
    moment = datetime.fromisoformat(saved)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _encoded(session: SavedSession) -> bytes:
    channels = {
        name: {
            "id": peer.channel_id,
            "access_hash": peer.access_hash,
            "resolved_at": peer.resolved_at.isoformat(),
        }
        for name, peer in sorted(session.channels.items())
    }
    misses = {
        name: {"error": miss.error, "reason": miss.reason, "missed_at": miss.missed_at.isoformat()}
        for name, miss in sorted(session.misses.items())
    }
    pauses = [
        {"method": pause.method, "channel": pause.channel_id, "until": pause.until.isoformat()}
        for pause in session.pauses
    ]
    saved = {
        "version": _VERSION,
        "session": session.key,
        "channels": channels,
        "misses": misses,
        "pauses": pauses,
        "next_lookup_at": session.next_lookup_at and session.next_lookup_at.isoformat(),
    }
    return json.dumps(saved, indent=1).encode() + b"\n"
