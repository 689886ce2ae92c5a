"""The Telegram account in the configuration: its secrets stand elsewhere, and what needs it says so."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import ConfigInvalid, load_text
from monitor.config_changes import needs_restart
from monitor.secrets import SecretMissing

PLACE = Path("/desk/config.toml")
ENVIRON = {"API_ID": "12345", "API_HASH": "0123456789abcdef0123456789abcdef"}
ACCOUNT = """
[telegram]
session_file = "telegram.session"
api_id_env = "API_ID"
api_hash_env = "API_HASH"
"""
REST = """
[http]
contact = "https://desk.example.org"

[[source]]
id = "way-home"
kind = "telegram_web"
channel = "way_home_sample"

[[receiver]]
id = "hook"
kind = "webhook"
url = "https://desk.example.org/hook"
"""


def config(text, environ=ENVIRON):
    return load_text(text + REST, PLACE, environ)


def problems(text, environ=ENVIRON):
    with pytest.raises(ConfigInvalid) as refused:
        config(text, environ)
    return [str(problem) for problem in refused.value.problems]


def test_an_account_has_a_session_and_the_two_secrets_of_an_application():
    account = config(ACCOUNT).telegram
    assert account.session_file == Path("/desk/telegram.session")
    assert account.api_id(ENVIRON) == 12345
    assert account.api_hash(ENVIRON).reveal() == ENVIRON["API_HASH"]
    assert (account.requests_per_minute, account.request_timeout) == (60, timedelta(seconds=30))


def test_without_the_table_there_is_no_account():
    assert config("").telegram is None


def test_an_api_id_is_no_larger_than_telegram_takes():
    account = config(ACCOUNT).telegram
    assert account is not None
    assert account.api_id({**ENVIRON, "API_ID": "2147483647"}) == 2147483647
    with pytest.raises(SecretMissing, match="at most 2147483647"):
        account.api_id({**ENVIRON, "API_ID": "2147483648"})


def test_secrets_can_stand_in_files(tmp_path):
    for name in ("id", "hash"):
        (tmp_path / name).write_text(ENVIRON[f"API_{name.upper()}"] + "\n")
    text = ACCOUNT.replace('api_id_env = "API_ID"', 'api_id_file = "id"')
    text = text.replace('api_hash_env = "API_HASH"', 'api_hash_file = "hash"')
    account = load_text(text + REST, tmp_path / "config.toml", {}).telegram
    assert account is not None
    assert account.api_id() == 12345
    assert account.api_hash().reveal() == ENVIRON["API_HASH"]


def test_what_is_missing_here_is_warned_of_and_told_when_it_is_needed():
    read = config(ACCOUNT, {})
    said = [warning.message for warning in read.warnings]
    assert "the environment variable API_ID is not set here" in said
    assert "the environment variable API_HASH is not set here" in said
    with pytest.raises(SecretMissing, match="API_ID is not set"):
        read.telegram.api_id({})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("api_id", "my-app", "which is a number"), ("api_hash", "0123abcd", "which is 32 of 0-9 and a-f")],
)
def test_what_cannot_be_a_secret_of_telegram_is_refused_without_being_repeated(name, value, says):
    account = config(ACCOUNT).telegram
    with pytest.raises(SecretMissing) as refused:
        getattr(account, name)({name.upper(): value})
    assert says in str(refused.value)
    assert value not in str(refused.value)


def test_too_long_a_patience_is_refused():
    (problem,) = problems(ACCOUNT + 'request_timeout = "1h"\n')
    assert "between a second and five minutes" in problem


def test_a_secret_in_the_file_itself_is_refused():
    text = ACCOUNT.replace('api_id_env = "API_ID"', "api_id = 12345")
    assert any("api_id" in problem for problem in problems(text))


def test_a_channel_cannot_be_read_twice_by_two_kinds():
    text = ACCOUNT + '[[source]]\nid = "by-account"\nkind = "telegram"\nchannel = "@Way_Home_Sample"\n'
    (problem,) = problems(text)
    assert 'reads the same channel as source "by-account"' in problem


def test_a_source_of_an_account_needs_one():
    (problem,) = problems('[[source]]\nid = "by-account"\nkind = "telegram"\nchannel = "another"\n')
    assert 'kind "telegram" needs an account' in problem
    assert "[telegram]" in problem


def test_another_account_needs_a_restart():
    assert needs_restart(config(""), config(ACCOUNT)) == ("telegram",)
    assert needs_restart(config(ACCOUNT), config(ACCOUNT)) == ()
