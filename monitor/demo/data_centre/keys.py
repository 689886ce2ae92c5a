"""The numbers of the loopback data centre, and how a Telethon client comes to trust them.

Nothing here is a secret, and nothing here protects anything: the private key can be reckoned from the public
one, because its modulus is a prime. The data centre listens on loopback and holds invented posts only.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from telethon.crypto import rsa as telethon_rsa

# The 2048-bit safe prime that Telegram itself uses and Telethon knows to be good
# (https://core.telegram.org/mtproto/auth_key, https://core.telegram.org/api/srp).
SAFE_PRIME: Final = int(
    "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F"
    "48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C37"
    "20FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64"
    "2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4"
    "A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754"
    "FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4"
    "E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F"
    "0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B",
    16,
)
GENERATOR: Final = 3
PRIME_P: Final = 1_000_003  # small factors: the client has to find them
PRIME_Q: Final = 1_000_033
_EXPONENT: Final = 65_537
_PUBLIC: Final = telethon_rsa.rsa.PublicKey(SAFE_PRIME, _EXPONENT)
FINGERPRINT: Final[int] = telethon_rsa._compute_fingerprint(_PUBLIC)  # noqa: SLF001 - its only door
_PRIVATE_EXPONENT: Final = pow(_EXPONENT, -1, SAFE_PRIME - 1)
_HASH_LENGTH: Final = 20  # of SHA-1, bytes

_trust_lock = threading.Lock()
_trusting = 0


@contextmanager
def trusted() -> Iterator[None]:
    """Let this process's Telethon clients take the data centre's key for one of Telegram's, for as long."""
    _change_trust(+1)
    try:
        yield
    finally:
        _change_trust(-1)


def _change_trust(difference: int) -> None:
    global _trusting  # noqa: PLW0603 - Telethon keeps its keys for the whole process, too
    known = telethon_rsa._server_keys  # noqa: SLF001 - its only door
    with _trust_lock:
        _trusting += difference
        if _trusting:
            known[FINGERPRINT] = (_PUBLIC, False)
        else:
            known.pop(FINGERPRINT, None)


def decrypt(block: bytes) -> bytes:
    """What a client encrypted with the public key: SHA-1 of the data, the data, padding; without the SHA-1.

    Raises:
        ValueError: it was not encrypted with this key.
    """
    number = pow(int.from_bytes(block, "big"), _PRIVATE_EXPONENT, SAFE_PRIME)
    if number.bit_length() > 255 * 8:
        raise ValueError("the block was not encrypted with the data centre's key")
    return number.to_bytes(255, "big")[_HASH_LENGTH:]


def with_hash(data: bytes) -> bytes:
    """Data behind its SHA-1, as the handshake sends it (https://core.telegram.org/mtproto/auth_key)."""
    return hashlib.sha1(data).digest() + data  # noqa: S324 - the protocol's
