from pathlib import Path

import pytest

from monitor.secrets import Secret, SecretMissing, check_places, read_secret


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("swordfish")
    assert "swordfish" not in f"{secret} {secret!r} {secret!s} {[secret]}"
    assert secret.reveal() == "swordfish"
    assert secret.hide_in("535 swordfish c3dvcmRmaXNo refused") == "535 [secret] [secret] refused"


def test_a_secret_comes_from_the_environment() -> None:
    assert read_secret(env="TOKEN", environ={"TOKEN": " swordfish\n"}).reveal() == "swordfish"


def test_a_secret_file_may_be_rotated(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old\n")
    assert read_secret(file=file).reveal() == "old"
    file.write_text("new\n")
    assert read_secret(file=file).reveal() == "new"


@pytest.mark.parametrize("value", [None, "", " \n"])
def test_a_missing_variable_is_named(value: str | None) -> None:
    environ = {} if value is None else {"GROUNDSWELL_TOKEN": value}
    with pytest.raises(SecretMissing, match="GROUNDSWELL_TOKEN"):
        read_secret(env="GROUNDSWELL_TOKEN", environ=environ)


def test_an_unreadable_or_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretMissing, match="absent"):
        read_secret(file=tmp_path / "absent")
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(SecretMissing, match="empty"):
        read_secret(file=tmp_path / "empty")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(SecretMissing, match="UTF-8") as caught:
        read_secret(file=tmp_path / "binary")
    assert caught.value.__cause__ is None


def test_no_place_at_all_is_refused() -> None:
    with pytest.raises(SecretMissing):
        read_secret()


def test_places_are_checked_when_options_are_read() -> None:
    check_places("token", "TOKEN", None, required=True)
    check_places("token", None, None, required=False)
    with pytest.raises(ValueError, match="not both"):
        check_places("token", "TOKEN", Path("token"), required=True)
    with pytest.raises(ValueError, match="token_env or token_file"):
        check_places("token", None, None, required=True)
