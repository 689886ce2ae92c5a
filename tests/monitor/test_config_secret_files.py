"""What is said of the files that hold secrets, before the first alert needs them."""

from pathlib import Path

import pytest

from monitor.config import load

CONFIG = """
[http]
contact = "https://desk.example.org"

[[source]]
id = "feed"
kind = "feed"
name = "(fictional sample)"
url = "https://news.example.org/feed"

[[receiver]]
id = "chat"
kind = "telegram"
chat_id = 1
token_file = "secrets/token"

[[receiver]]
id = "mail"
kind = "email"
host = "mail.example.org"
sender = "a@example.org"
to = ["b@example.org"]
username = "a"
password_file = "secrets/password"
ca_file = "authority.pem"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "authority.pem").write_text("(fictional sample)")
    (tmp_path / "authority.pem").chmod(0o644)
    (tmp_path / "secrets").mkdir()
    for name in ("token", "password"):
        (tmp_path / "secrets" / name).write_text("1:a-made-up-secret")
        (tmp_path / "secrets" / name).chmod(0o640)
    return tmp_path


def warnings(folder: Path) -> list[str]:
    said = [warning.message for warning in load(folder / "config.toml").warnings]
    return [message for message in said if str(folder) in message]


def test_secrets_of_the_owner_and_the_service_need_no_word(folder: Path) -> None:
    assert warnings(folder) == []


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602])
def test_a_secret_that_everyone_can_read_or_write_is_told(folder: Path, mode: int) -> None:
    (folder / "secrets/token").chmod(mode)
    assert warnings(folder) == [f"{folder}/secrets/token can be read by everyone on this machine"]


def test_a_secret_that_is_not_there_is_told(folder: Path) -> None:
    (folder / "secrets/password").unlink()
    (folder / "secrets/token").unlink()
    (folder / "secrets/token").mkdir()
    assert sorted(warnings(folder)) == [
        f"{folder}/secrets/token is no file",
        f"there is no file {folder}/secrets/password",
    ]


def test_a_secret_that_cannot_be_looked_at_is_told(folder: Path) -> None:
    (folder / "secrets/token").unlink()
    (folder / "secrets/token").symlink_to("token")
    (warning,) = warnings(folder)
    assert "secrets/token can't be read: " in warning
