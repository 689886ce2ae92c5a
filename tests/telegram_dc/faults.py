"""What can go wrong between a client and Telegram, made to go wrong.

Everything may be asked for from any thread, and holds until it was met `times` times, or until `recover`.
Keys that Telegram forgot or signed out: `centre.keys.forget_all()` (-404), `centre.keys.sign_out_all()`
(AUTH_KEY_UNREGISTERED). Lost connections and salts: `centre.hang_up()`, `centre.change_salt()`. A difference
that is too long: `channel.forget_changes()`. A channel that was closed: `channel.describe(closed=True)`.
"""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from telethon.tl import types

from monitor.demo.data_centre import Call, Channel, Conduct, HangUp, RpcRefused
from monitor.demo.data_centre.tl import read, write

FOR_EVER = 10**9
UNKNOWN = struct.pack("<I", 0x0BADC0DE)  # no constructor of any layer


@dataclass(kw_only=True)
class Fault:
    """One thing that goes wrong."""

    name: str  # as `Faults.met` tells it
    methods: tuple[str, ...]  # "messages.getHistory"; () is every method
    channel: Channel | None
    times: int
    answer: Any = None
    refusal: RpcRefused | None = None
    hangs: bool = False
    hangs_up: bool = False
    garbles: bool = False

    def concerns(self, call: Call) -> bool:
        of_method = not self.methods or call.method in self.methods
        return self.times > 0 and of_method and (self.channel is None or self._is_about(call, self.channel))

    @property
    def lets_it_happen(self) -> bool:
        """Whether the request is carried out, and only its answer replaced."""
        return self.garbles or self.answer is not None

    def _is_about(self, call: Call, channel: Channel) -> bool:
        name = getattr(call.request, "username", None)
        return call.channel_id == channel.id or (name is not None and name == channel.profile.username)


@dataclass(kw_only=True)
class Faults(Conduct):
    """A conduct of misfortunes. Without any asked for it is perfect."""

    skew: float = 0.0  # seconds by which Telegram's clock is ahead
    down: bool = False  # new connections are closed at once
    mute: bool = False  # new connections are accepted and never answered
    pushed: int = 0  # how many updates were really pushed, to each client
    met: list[str] = field(default_factory=list)  # what went wrong, in order
    _faults: list[Fault] = field(default_factory=list)
    _lost_pushes: int = 0
    _garbled_pushes: int = 0
    _shortened_pushes: int = 0

    # ---- asking for it -------------------------------------------------------------------

    def refuse(
        self, words: str, *methods: str, code: int = 400, channel: Channel | None = None, times: int = 1
    ) -> None:
        """Answer with an error: `refuse("CHANNEL_PRIVATE", "messages.getHistory")`."""
        fault = self._fault(words, methods, channel, times)
        fault.refusal = RpcRefused(code, words)

    def flood(self, seconds: int, *methods: str, channel: Channel | None = None, times: int = 1) -> None:
        """Answer FLOOD_WAIT."""
        self.refuse(f"FLOOD_WAIT_{seconds}", *methods, code=420, channel=channel, times=times)

    def freeze(self) -> None:
        """Let the account be frozen: it stays signed in, and nearly every method is refused."""
        methods = (
            "contacts.resolveUsername",
            "messages.getHistory",
            "channels.getMessages",
            "channels.getFullChannel",
            "updates.getChannelDifference",
        )
        self.refuse("FROZEN_METHOD_INVALID", *methods, code=420, times=FOR_EVER)

    def ail(self, *methods: str, times: int = 1) -> None:
        """Answer RPC 500, as Telegram does when something of its own is broken."""
        self.refuse("INTERDC_2_CALL_ERROR", *methods, code=500, times=times)

    def hang(self, *methods: str, channel: Channel | None = None, times: int = 1) -> None:
        """Never answer these calls; others on the same connection are answered."""
        self._fault("hang", methods, channel, times).hangs = True

    def hang_up_on(self, *methods: str, channel: Channel | None = None, times: int = 1) -> None:
        """Close the connection instead of answering."""
        self._fault("hang up", methods, channel, times).hangs_up = True

    def garble(self, *methods: str, channel: Channel | None = None, times: int = 1) -> None:
        """Answer with an object inside that Telethon does not know (TypeNotFoundError)."""
        self._fault("garble", methods, channel, times).garbles = True

    def answer_with(self, answer: Any, *methods: str, channel: Channel | None = None, times: int = 1) -> None:
        """Answer with another TL object than the true one."""
        self._fault("answer", methods, channel, times).answer = answer

    def lose_pushes(self, times: int = 1) -> None:
        """Push the next updates to nobody."""
        self._lost_pushes = times

    def garble_pushes(self, times: int = 1) -> None:
        """Push the next updates as something that Telethon does not know."""
        self._garbled_pushes = times

    def shorten_pushes(self, times: int = 1) -> None:
        """Push the next updates only as an updateChannelTooLong."""
        self._shortened_pushes = times

    def recover(self) -> None:
        """Let everything go well again, from now on: what hangs already stays hanging."""
        self._faults.clear()
        self.skew, self.down, self.mute = 0.0, False, False
        self._lost_pushes = self._garbled_pushes = self._shortened_pushes = 0

    # ---- meeting it ----------------------------------------------------------------------

    def clock_offset(self) -> float:
        return self.skew

    async def greet(self, connection: int) -> None:  # noqa: ARG002 - the core's signature
        if self.down:
            self.met.append("down")
            raise HangUp
        if self.mute:
            self.met.append("mute")
            await asyncio.Event().wait()

    async def before(self, call: Call) -> None:
        fault = self._met(call, lambda one: not one.lets_it_happen)
        if fault is None:
            return
        if fault.refusal is not None:
            raise RpcRefused(fault.refusal.code, fault.refusal.words)
        if fault.hangs_up:
            raise HangUp
        await asyncio.Event().wait()

    def answer(self, call: Call, result: bytes) -> bytes:
        fault = self._met(call, lambda one: one.lets_it_happen)
        if fault is None:
            return result
        return _garbled(result, types.Message) if fault.garbles else write(fault.answer)

    def push(self, update: bytes) -> bytes | None:
        if self._lost_pushes > 0:
            self._lost_pushes -= 1
            self.met.append("lost push")
            return None
        if self._garbled_pushes > 0:
            self._garbled_pushes -= 1
            self.met.append("garbled push")
            return _garbled(update, types.UpdateNewChannelMessage)
        self.pushed += 1
        if self._shortened_pushes > 0:
            self._shortened_pushes -= 1
            self.met.append("shortened push")
            return _shortened(update)
        return update

    # ---- within --------------------------------------------------------------------------

    def _fault(self, name: str, methods: tuple[str, ...], channel: Channel | None, times: int) -> Fault:
        fault = Fault(name=name, methods=methods, channel=channel, times=times)
        self._faults.append(fault)
        return fault

    def _met(self, call: Call, wanted: Callable[[Fault], bool]) -> Fault | None:
        for fault in list(self._faults):
            if wanted(fault) and fault.concerns(call):
                fault.times -= 1
                self.met.append(fault.name)
                return fault
        return None


def _garbled(sound: bytes, kind: type) -> bytes:
    """The bytes with the first constructor of `kind`, or else the outermost, made unknown."""
    constructor = struct.pack("<I", kind.CONSTRUCTOR_ID)  # type: ignore[attr-defined]
    if constructor in sound:
        return sound.replace(constructor, UNKNOWN, 1)
    return UNKNOWN + sound[4:]


def _shortened(update: bytes) -> bytes:
    updates = read(update)
    number = updates.chats[-1].id  # the channel's own
    updates.updates = [types.UpdateChannelTooLong(channel_id=number, pts=None)]
    return write(updates)
