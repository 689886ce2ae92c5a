"""The session file: the owner's alone, whole or not at all, and one process's at a time."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scrapers.telegram_session import (
    Miss,
    Pause,
    Peer,
    SavedSession,
    SessionFile,
    SessionMissing,
    SessionTaken,
    SessionUnusable,
)

FOUND_AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RIVER = Peer(channel_id=2_000_000_017, access_hash=-(2**62), resolved_at=FOUND_AT)
SAVED = SavedSession(
    key="1sample",
    channels={"river_sample": RIVER},
    misses={"nobody_sample": Miss(error="gone", reason="nobody holds it (sample)", missed_at=FOUND_AT)},
    pauses=(
        Pause(method="ResolveUsernameRequest", channel_id=None, until=FOUND_AT),
        Pause(method="GetHistoryRequest", channel_id=RIVER.channel_id, until=FOUND_AT),
    ),
    next_lookup_at=FOUND_AT,
)
HOLD = """
import sys, time
from pathlib import Path
from scrapers.telegram_session import SessionFile
SessionFile(Path(sys.argv[1])).take()
print("taken", flush=True)
time.sleep(60)
"""


@pytest.fixture
def file(tmp_path: Path) -> SessionFile:
    return SessionFile(tmp_path / "deep" / "telegram.session")


def test_what_is_written_is_read(file: SessionFile) -> None:
    file.write(SAVED)
    assert file.read() == SAVED
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert list(file.path.parent.iterdir()) == [file.path]


def test_a_session_that_is_not_there_says_what_to_do(file: SessionFile) -> None:
    with pytest.raises(SessionMissing, match="groundswell telegram login"):
        file.read()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_session_that_others_may_read_is_refused(file: SessionFile, mode: int) -> None:
    file.write(SAVED)
    file.path.chmod(mode)
    with pytest.raises(SessionUnusable, match="chmod 600"):
        file.read()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\x00",
        b"[]",
        b"{}",
        b'{"version": 2, "session": "1a", "channels": {}}',
        b'{"version": 1, "session": "", "channels": {}}',
        b'{"version": 1, "session": "1a", "channels": {"a": {}}}',
        b'{"version": 1, "session": "1a", "channels": []}',
        b'{"version": 1, "session": "1a", "channels": {}, "pauses": [{}]}',
        b'{"version": 1, "session": "1a", "channels": {}, "misses": []}',
        b'{"version": 1, "session": "1a", "channels": {}, "next_lookup_at": "2026-11-20T12:00:00"}',
    ],
)
def test_what_is_no_session_is_refused(file: SessionFile, body: bytes) -> None:
    file.write(SAVED)
    file.path.write_bytes(body)
    with pytest.raises(SessionUnusable, match="groundswell telegram login"):
        file.read()


def test_a_key_is_never_shown() -> None:
    assert "1sample" not in repr(SAVED)


def test_a_write_that_fails_leaves_what_was_there(file: SessionFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write(SAVED)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SessionUnusable, match="No space left"):
        file.write(SavedSession(key="1other"))
    assert file.read() == SAVED
    assert list(file.path.parent.iterdir()) == [file.path]


def test_a_session_from_before_pauses_were_kept_is_read(file: SessionFile) -> None:
    file.write(SAVED)
    file.path.write_bytes(b'{"version": 1, "session": "1sample", "channels": {}}')
    assert file.read() == SavedSession(key="1sample")


def test_what_is_learned_is_saved(file: SessionFile) -> None:
    file.write(SavedSession(key="1sample"))
    file.save(SAVED)
    assert file.read() == SAVED


def test_a_sign_in_meanwhile_is_not_undone(file: SessionFile) -> None:
    file.write(SavedSession(key="1sample"))
    file.write(SavedSession(key="1anew"))
    file.save(SAVED)
    assert file.read() == SavedSession(key="1anew")


def test_a_sign_in_at_the_very_moment_is_not_undone(
    file: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write(SavedSession(key="1sample"))
    other = threading.Thread(target=SessionFile(file.path).write, args=(SavedSession(key="1anew"),))

    def read_and_dawdle() -> SavedSession:
        other.start()
        other.join(timeout=0.3)  # nothing can tell that it waits
        return SAVED

    monkeypatch.setattr(file, "read", read_and_dawdle)
    file.save(SAVED)
    other.join()
    assert SessionFile(file.path).read() == SavedSession(key="1anew")


def test_only_what_is_ours_stands_in_the_file(file: SessionFile) -> None:
    file.write(SAVED)
    saved = json.loads(file.path.read_bytes())
    assert set(saved) == {"version", "session", "channels", "misses", "pauses", "next_lookup_at"}
    assert set(saved["misses"]["nobody_sample"]) == {"error", "reason", "missed_at"}
    assert set(saved["pauses"][0]) == {"method", "channel", "until"}
    assert set(saved["channels"]["river_sample"]) == {"id", "access_hash", "resolved_at"}


def test_a_new_session_shows_by_its_stamp(file: SessionFile) -> None:
    missing = file.stamp()
    file.write(SAVED)
    first = file.stamp()
    file.write(SAVED)
    assert missing is None
    assert first is not None
    assert file.stamp() != first
    assert file.stamp() == file.stamp()


def test_a_session_serves_one_process_and_says_which(file: SessionFile) -> None:
    file.write(SAVED)
    command = [sys.executable, "-c", HOLD, str(file.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "taken\n"
            with pytest.raises(SessionTaken, match=f"process {other.pid} works with the session"):
                file.take()
            assert not file.held
        finally:
            other.send_signal(signal.SIGKILL)  # its end is all it takes
    file.take()
    assert file.held


def test_a_session_given_back_can_be_taken_again(file: SessionFile) -> None:
    other = SessionFile(file.path)
    with file:
        file.take()
        with pytest.raises(SessionTaken, match=str(os.getpid())):
            other.take()
    other.take()
    other.give_back()


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    file = SessionFile(tmp_path / "file" / "telegram.session")
    with pytest.raises(SessionUnusable, match="cannot be opened"):
        file.take()
    with pytest.raises(SessionUnusable, match="cannot be written"):
        file.write(SAVED)
    with pytest.raises(SessionUnusable, match="cannot be read"):
        file.read()
