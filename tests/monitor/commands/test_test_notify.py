"""`groundswell test-notify` beside what `tests/monitor/test_cli.py` tries of it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor import building
from monitor.cli import cli
from monitor.message import Message, Receipt

CONFIG = """
[http]
contact = "https://desk.example.org"

[[receiver]]
id = "first"
kind = "terminal"

[[receiver]]
id = "second"
kind = "terminal"
"""


class Broken:
    """Somebody's notifier with a fault of its own."""

    def __init__(self) -> None:
        self.closed = False

    async def send(self, message: Message) -> Receipt:
        raise RuntimeError(f"a fault while {message.delivery_id} was sent")

    async def close(self) -> None:
        self.closed = True


def test_receivers_are_closed_though_one_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    notifiers = {"first": Broken(), "second": Broken()}
    monkeypatch.setattr(building, "build_notifiers", lambda _: notifiers)
    result = CliRunner().invoke(cli, ["-c", str(tmp_path / "config.toml"), "test-notify"])
    assert isinstance(result.exception, RuntimeError)
    assert all(notifier.closed for notifier in notifiers.values())
