"""What a reader of public channels may call: no joining, no read marks, nobody's profile."""

from telethon.tl import types

from monitor.demo.data_centre import PASSERS_BY, Call, DataCentre

READING = frozenset(
    {
        "channels.getFullChannel",
        "channels.getMessages",
        "contacts.resolveUsername",
        "messages.getHistory",
        "updates.getChannelDifference",
        "updates.getDifference",
        "updates.getState",
    }
)
SIGNING = frozenset(
    {
        "account.getPassword",
        "auth.checkPassword",
        "auth.logOut",
        "auth.resendCode",
        "auth.sendCode",
        "auth.signIn",
        "help.getConfig",
    }
)

TRACES = frozenset(
    trace for person in PASSERS_BY for trace in (person.first_name, person.username, str(person.user_id))
)


def assert_traceless(stored: bytes | str) -> None:
    """Hold that nobody who reacted, commented or signed is found in what was stored."""
    text = stored if isinstance(stored, str) else stored.decode(errors="replace")
    found = sorted(trace for trace in TRACES if trace.lower() in text.lower())
    assert not found, found


def assert_harmless(centre: DataCentre) -> None:
    """Hold that no participant, user, reactor, join or read-mark method was ever called."""
    harmful = [call.method for call in centre.calls if not _is_harmless(call)]
    assert not harmful, harmful


def count_of(centre: DataCentre, method: str) -> int:
    """How often a method was called."""
    return [call.method for call in centre.calls].count(method)


def _is_harmless(call: Call) -> bool:
    if call.method == "users.getUsers":  # Telethon asks who it is itself
        return all(isinstance(one, types.InputUserSelf) for one in call.request.id)
    return call.method in READING | SIGNING
