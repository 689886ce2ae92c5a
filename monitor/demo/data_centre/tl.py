"""Telegram's type language over Telethon's own classes: bytes to objects and back."""

import struct
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from telethon.extensions import BinaryReader

TL: TypeAlias = Any  # an object or a request of `telethon.tl`, which is not typed

_VECTOR: Final = 0x1CB5C415
_TRUE: Final = 0x997275B5
_FALSE: Final = 0xBC799737


def read(data: bytes) -> TL:
    """The object at the beginning of some bytes.

    Raises:
        telethon.errors.TypeNotFoundError: Telethon does not know it.
    """
    with BinaryReader(data) as reader:
        return reader.tgread_object()


def write(answer: TL) -> bytes:
    """An answer as it goes over the wire; vectors carry their constructor, and bools are nothing else."""
    if isinstance(answer, bytes):
        return answer
    if isinstance(answer, bool):
        return struct.pack("<I", _TRUE if answer else _FALSE)
    if isinstance(answer, Sequence):
        return struct.pack("<Ii", _VECTOR, len(answer)) + b"".join(map(write, answer))
    return bytes(answer)


def method_name(request: TL) -> str:
    """A request's name as Telegram's documentation writes it: "messages.getHistory"."""
    kind = type(request)
    name = kind.__name__.removesuffix("Request")
    namespace = kind.__module__.removeprefix("telethon.tl.functions").lstrip(".")
    short = name[:1].lower() + name[1:]
    return f"{namespace}.{short}" if namespace else short
