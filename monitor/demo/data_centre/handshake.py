"""How a client and the data centre agree on a key (https://core.telegram.org/mtproto/auth_key)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from telethon import helpers
from telethon.crypto import AES, AuthKey
from telethon.crypto.rsa import get_byte_array
from telethon.tl import types
from telethon.tl.functions import ReqDHParamsRequest, ReqPqMultiRequest, SetClientDHParamsRequest

from monitor.demo.data_centre import keys, tl

_KEY_LENGTH = 256  # bytes


class BadHandshake(ValueError):
    """The client did not keep to the protocol."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Secrets:
    """What both sides know after the second step."""

    new_nonce: int
    exponent: int  # the server's
    key: bytes
    vector: bytes


class Handshake:
    """One client's way to a key; a client may begin again at any step."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._server_nonce = 0
        self._secrets: _Secrets | None = None

    def answer(self, request: tl.TL) -> tuple[tl.TL, AuthKey | None]:
        """What to answer a step with, and the key after the last.

        Raises:
            BadHandshake: the step is none, or not the next one, or was made wrongly.
        """
        if isinstance(request, ReqPqMultiRequest):
            return self._begin(request), None
        if isinstance(request, ReqDHParamsRequest):
            return self._exchange(request), None
        if isinstance(request, SetClientDHParamsRequest):
            return self._finish(request)
        raise BadHandshake(f"{type(request).__name__} is no step of a handshake")

    def _begin(self, request: tl.TL) -> tl.TL:
        self._server_nonce = int.from_bytes(secrets.token_bytes(16), "little", signed=True)
        return types.ResPQ(
            nonce=request.nonce,
            server_nonce=self._server_nonce,
            pq=(keys.PRIME_P * keys.PRIME_Q).to_bytes(8, "big"),  # Telethon reads it signed
            server_public_key_fingerprints=[keys.FINGERPRINT],
        )

    def _exchange(self, request: tl.TL) -> tl.TL:
        inner = tl.read(keys.decrypt(request.encrypted_data))
        factors = (int.from_bytes(inner.p, "big"), int.from_bytes(inner.q, "big"))
        if inner.server_nonce != self._server_nonce or factors != (keys.PRIME_P, keys.PRIME_Q):
            raise BadHandshake("another nonce, or other factors, than this handshake's")
        key, vector = helpers.generate_key_data_from_nonce(self._server_nonce, inner.new_nonce)
        exponent = int.from_bytes(secrets.token_bytes(_KEY_LENGTH), "big")
        self._secrets = _Secrets(new_nonce=inner.new_nonce, exponent=exponent, key=key, vector=vector)
        offer = types.ServerDHInnerData(
            nonce=request.nonce,
            server_nonce=self._server_nonce,
            g=keys.GENERATOR,
            dh_prime=get_byte_array(keys.SAFE_PRIME),
            g_a=get_byte_array(pow(keys.GENERATOR, exponent, keys.SAFE_PRIME)),
            server_time=int(self._now()),
        )
        return types.ServerDHParamsOk(
            nonce=request.nonce,
            server_nonce=self._server_nonce,
            encrypted_answer=AES.encrypt_ige(keys.with_hash(bytes(offer)), key, vector),
        )

    def _finish(self, request: tl.TL) -> tuple[tl.TL, AuthKey | None]:
        agreed = self._secrets
        if agreed is None or request.server_nonce != self._server_nonce:
            raise BadHandshake("the exchange was not begun in this handshake")
        plain = AES.decrypt_ige(request.encrypted_data, agreed.key, agreed.vector)
        g_b = int.from_bytes(tl.read(plain[20:]).g_b, "big")
        key = AuthKey(get_byte_array(pow(g_b, agreed.exponent, keys.SAFE_PRIME)))
        nonces = {"nonce": request.nonce, "server_nonce": self._server_nonce}
        if len(key.key) < _KEY_LENGTH:
            # Telethon's session texts would bring a shorter key back as another one.
            retry = key.calc_new_nonce_hash(agreed.new_nonce, 2)
            return types.DhGenRetry(**nonces, new_nonce_hash2=retry), None
        done = key.calc_new_nonce_hash(agreed.new_nonce, 1)
        return types.DhGenOk(**nonces, new_nonce_hash1=done), key
