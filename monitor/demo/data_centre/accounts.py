"""Whose account a key opens."""

from dataclasses import dataclass, field

from telethon.crypto import AuthKey


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A fictional owner of a phone, with what it takes to sign in."""

    user_id: int
    phone: str  # digits
    code: str  # what Telegram would send to the phone
    password: str | None = None  # of two-step verification
    name: str = "Desk (fictional)"


@dataclass(kw_only=True, slots=True, eq=False)
class KnownKey:
    """A key that a client and the data centre share."""

    auth_key: AuthKey
    account: Account | None = None  # None: not signed in
    half_signed_in: Account | None = None  # the code was right; the password is awaited


@dataclass(slots=True)
class KeyRing:
    """Every key of the data centre; they outlive connections, so a client may come back."""

    _known: dict[int, KnownKey] = field(default_factory=dict)

    def add(self, auth_key: AuthKey, account: Account | None = None) -> KnownKey:
        """Know a key from now on."""
        known = KnownKey(auth_key=auth_key, account=account)
        self._known[auth_key.key_id] = known
        return known

    def find(self, key_id: int) -> KnownKey | None:
        """The key with this id, or None."""
        return self._known.get(key_id)

    def sign_out_all(self) -> None:
        """Let no key open an account any more: its requests are answered AUTH_KEY_UNREGISTERED."""
        for known in list(self._known.values()):
            known.account = None

    def forget_all(self) -> None:
        """Know no key any more: whoever comes with one is told -404 and hung up on."""
        self._known.clear()
