"""Packets and what is in them: TCP "full" framing, MTProto 2.0 encryption, message ids.

https://core.telegram.org/mtproto/mtproto-transports, https://core.telegram.org/mtproto/description
"""

import asyncio
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from zlib import crc32

from telethon.crypto import AES, AuthKey

_LONGEST_PACKET: Final = 2**24  # bytes
_CLIENT, _SERVER = 0, 8  # where each side's part of the key begins


class BadPacket(ValueError):
    """The bytes are no packet, or not encrypted with the key that they name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One decrypted message of a client."""

    salt: int
    session_id: int
    message_id: int
    body: bytes


async def read_packet(reader: asyncio.StreamReader) -> bytes:
    """The next packet's payload.

    Raises:
        asyncio.IncompleteReadError: the client is gone.
        BadPacket: another framing than TCP "full".
    """
    head = await reader.readexactly(8)
    length, _ = struct.unpack("<ii", head)
    if not 12 <= length <= _LONGEST_PACKET:
        raise BadPacket('only the TCP "full" transport is spoken here')
    rest = await reader.readexactly(length - 8)
    if crc32(head + rest[:-4]) != struct.unpack("<I", rest[-4:])[0]:
        raise BadPacket("the checksum is wrong")
    return rest[:-4]


def frame(number: int, payload: bytes) -> bytes:
    """A payload as the packet with this number, counted from 0 in each connection."""
    packet = struct.pack("<ii", len(payload) + 12, number) + payload
    return packet + struct.pack("<I", crc32(packet))


def plain(message_id: int, body: bytes) -> bytes:
    """A message without encryption: those of the handshake."""
    return struct.pack("<qqi", 0, message_id, len(body)) + body


def open_message(key: AuthKey, packet: bytes) -> Message:
    """What a client sent.

    Raises:
        BadPacket: it was not encrypted with `key`.
    """
    message_key, secret = packet[8:24], packet[24:]
    text = AES.decrypt_ige(secret, *_key_and_vector(key, message_key, _CLIENT))
    if sha256(key.key[88:120] + text).digest()[8:24] != message_key:
        raise BadPacket("the message key is wrong")
    salt, session_id, message_id, _, length = struct.unpack_from("<qqqii", text)
    return Message(salt=salt, session_id=session_id, message_id=message_id, body=text[32 : 32 + length])


def seal_message(key: AuthKey, message: Message, sequence: int) -> bytes:
    """A message of the server, encrypted."""
    text = struct.pack(
        "<qqqii", message.salt, message.session_id, message.message_id, sequence, len(message.body)
    )
    text += message.body
    text += secrets.token_bytes(-(len(text) + 12) % 16 + 12)
    message_key = sha256(key.key[96:128] + text).digest()[8:24]
    secret = AES.encrypt_ige(text, *_key_and_vector(key, message_key, _SERVER))
    return struct.pack("<Q", key.key_id) + message_key + bytes(secret)


def _key_and_vector(key: AuthKey, message_key: bytes, side: int) -> tuple[bytes, bytes]:
    first = sha256(message_key + key.key[side : side + 36]).digest()
    second = sha256(key.key[side + 40 : side + 76] + message_key).digest()
    aes_key = first[:8] + second[8:24] + first[24:32]
    vector = second[:8] + first[8:24] + second[24:32]
    return aes_key, vector


class MessageIds:
    """A server's message ids: unixtime x 2^32, odd and always growing."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 0

    def next(self, *, is_answer: bool) -> int:
        """The id of a message that is sent now."""
        ending = 1 if is_answer else 3
        wanted = (int(self._now() * 2**32) & ~3) | ending
        self._last = wanted if wanted > self._last else ((self._last & ~3) + 4) | ending
        return self._last
