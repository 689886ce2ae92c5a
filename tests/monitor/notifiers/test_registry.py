import dataclasses
from pathlib import Path

import msgspec
import pytest

from monitor.notifiers.registry import KINDS
from monitor.secrets import check_places

TABLES = {
    "terminal": {},
    "email": {
        "host": "mail.example.org",
        "sender": "desk@example.org",
        "to": ["one@example.org"],
        "username": "desk",
        "password_file": "password",
    },
    "telegram": {"chat_id": -100123, "token_env": "TOKEN", "silent_below": "warning"},
    "apprise": {"url_file": "address"},
    "webhook": {"url": "https://hooks.example.org/1", "secret_env": "SECRET"},
}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_is_built_from_a_table(kind: str) -> None:
    options = msgspec.convert(TABLES[kind], KINDS[kind].options, dec_hook=_path)
    notifier = KINDS[kind].build(options)
    await notifier.close()
    await notifier.close()


@pytest.mark.parametrize("kind", KINDS)
def test_options_are_frozen_and_hold_no_secret_themselves(kind: str) -> None:
    options = KINDS[kind].options
    assert options.__dataclass_params__.frozen
    names = {field.name for field in dataclasses.fields(options)}
    assert not names & {"token", "password", "secret"}


def test_the_places_of_secrets_are_named_alike() -> None:
    for kind in KINDS.values():
        names = {field.name for field in dataclasses.fields(kind.options)}
        for secret in ("token", "password", "secret"):
            assert (f"{secret}_env" in names) == (f"{secret}_file" in names)
    check_places("token", None, Path("token"), required=True)


def _path(wanted: type, value: object) -> object:
    if wanted is Path:
        return Path(str(value))
    raise NotImplementedError(wanted)
