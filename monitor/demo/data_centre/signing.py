"""Signing in and out: a code, and a password where the account has one.

https://core.telegram.org/api/auth, https://core.telegram.org/api/srp
"""

import secrets
from collections.abc import Callable, Mapping

from telethon import password as srp
from telethon.crypto.rsa import get_byte_array
from telethon.tl import functions, types

from monitor.demo.data_centre import describe, keys
from monitor.demo.data_centre.accounts import Account, KnownKey
from monitor.demo.data_centre.conduct import RpcRefused
from monitor.demo.data_centre.tl import TL
from monitor.demo.data_centre.world import World


class Signing:
    """The codes that were sent, and the password checks that were begun."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sent: dict[str, Account] = {}  # by hash of the code
        self._checks: dict[int, PasswordCheck] = {}
        self.methods: Mapping[type, Callable[[KnownKey, TL], TL]] = {
            functions.auth.SendCodeRequest: self._send_code,
            functions.auth.ResendCodeRequest: self._send_code,
            functions.auth.SignInRequest: self._sign_in,
            functions.account.GetPasswordRequest: self._get_password,
            functions.auth.CheckPasswordRequest: self._check_password,
            functions.auth.LogOutRequest: self._log_out,
        }

    def expire_codes(self) -> None:
        """Take no code any more that was sent until now."""
        self._sent.clear()

    def _send_code(self, known: KnownKey, request: TL) -> TL:  # noqa: ARG002 - as all methods
        account = self._world.by_phone(request.phone_number)
        if account is None:
            raise RpcRefused(400, "PHONE_NUMBER_INVALID")
        code_hash = secrets.token_hex(9)
        self._sent[code_hash] = account
        kind = types.auth.SentCodeTypeApp(length=len(account.code))
        return types.auth.SentCode(type=kind, phone_code_hash=code_hash)

    def _sign_in(self, known: KnownKey, request: TL) -> TL:
        account = self._sent.get(request.phone_code_hash)
        if account is None:
            raise RpcRefused(400, "PHONE_CODE_EXPIRED")
        if request.phone_code != account.code:
            raise RpcRefused(400, "PHONE_CODE_INVALID")
        del self._sent[request.phone_code_hash]
        if account.password is not None:
            known.half_signed_in = account
            raise RpcRefused(401, "SESSION_PASSWORD_NEEDED")
        return self._opened(known, account)

    def _get_password(self, known: KnownKey, request: TL) -> TL:  # noqa: ARG002 - as all methods
        account = known.half_signed_in or known.account
        if account is None:
            raise RpcRefused(401, "AUTH_KEY_UNREGISTERED")
        if account.password is None:
            return _password(_new_algorithm())
        check = PasswordCheck(account.password)
        self._checks[check.id] = check
        return _password(check.algorithm, check)

    def _check_password(self, known: KnownKey, request: TL) -> TL:
        check = self._checks.pop(request.password.srp_id, None)
        if check is None or known.half_signed_in is None:
            raise RpcRefused(400, "SRP_ID_INVALID")
        if not check.accepts(request.password):
            raise RpcRefused(400, "PASSWORD_HASH_INVALID")
        return self._opened(known, known.half_signed_in)

    def _opened(self, known: KnownKey, account: Account) -> TL:
        known.account, known.half_signed_in = account, None
        return types.auth.Authorization(user=describe.oneself(account))

    def _log_out(self, known: KnownKey, request: TL) -> TL:  # noqa: ARG002 - as all methods
        known.account = known.half_signed_in = None
        return types.auth.LoggedOut()


class PasswordCheck:
    """The server's side of one SRP exchange."""

    def __init__(self, password: str) -> None:
        self.id = secrets.randbits(62)
        self.algorithm = _new_algorithm()
        self._verifier = int.from_bytes(srp.compute_digest(self.algorithm, password), "big")
        self._exponent = secrets.randbits(2048)
        multiplier = int.from_bytes(srp.sha256(_for_hash(keys.SAFE_PRIME), _for_hash(keys.GENERATOR)), "big")
        raised = pow(keys.GENERATOR, self._exponent, keys.SAFE_PRIME)
        self.public = _for_hash((multiplier * self._verifier + raised) % keys.SAFE_PRIME)

    def accepts(self, answer: TL) -> bool:
        """Whether an InputCheckPasswordSRP was made with the right password."""
        scrambler = int.from_bytes(srp.sha256(answer.A, self.public), "big")
        theirs = int.from_bytes(answer.A, "big") * pow(self._verifier, scrambler, keys.SAFE_PRIME)
        key = srp.sha256(_for_hash(pow(theirs, self._exponent, keys.SAFE_PRIME)))
        groups = srp.xor(srp.sha256(_for_hash(keys.SAFE_PRIME)), srp.sha256(_for_hash(keys.GENERATOR)))
        salts = (srp.sha256(self.algorithm.salt1), srp.sha256(self.algorithm.salt2))
        return secrets.compare_digest(srp.sha256(groups, *salts, answer.A, self.public, key), answer.M1)


def _password(algorithm: TL, check: PasswordCheck | None = None) -> TL:
    return types.account.Password(
        new_algo=algorithm,
        new_secure_algo=types.SecurePasswordKdfAlgoUnknown(),
        secure_random=secrets.token_bytes(32),
        has_password=check is not None,
        current_algo=algorithm if check else None,
        srp_B=check.public if check else None,
        srp_id=check.id if check else None,
    )


def _new_algorithm() -> TL:
    return types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
        salt1=secrets.token_bytes(16),
        salt2=secrets.token_bytes(16),
        g=keys.GENERATOR,
        p=get_byte_array(keys.SAFE_PRIME),
    )


def _for_hash(number: int) -> bytes:
    return number.to_bytes(256, "big")
