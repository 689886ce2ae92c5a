"""Everything that the loopback data centre knows: accounts, channels, groups, people. All is invented."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from threading import RLock
from typing import Final, Unpack

from monitor.demo.data_centre.accounts import Account
from monitor.demo.data_centre.channel import Channel, ChatKind, Profile, Said
from monitor.demo.data_centre.post import Change, Person

PASSERS_BY: Final = tuple(
    Person(
        user_id=710_000_000 + number,
        first_name=first,
        last_name=f"{last} (fictional)",
        username=f"{first}_{last}_fictional".lower(),
    )
    for number, (first, last) in enumerate(
        [("Reactorina", "Inventova"), ("Commentek", "Inventovy"), ("Signata", "Vymyslena")], start=1
    )
)
"""Who reacts to, comments on and signs posts; their names must be found nowhere but on the wire."""


class World:
    """What there is. Every method may be called from any thread; listeners are called in the caller's.

    One thing holds for all accounts alike: which channels they have joined.
    """

    def __init__(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.lock = RLock()
        self.accounts: list[Account] = []
        self.channels: dict[int, Channel] = {}
        self.people: dict[int, Person] = {person.user_id: person for person in PASSERS_BY}
        self.bots: dict[int, Person] = {}
        self._listeners: list[Callable[[Change], None]] = []
        self._ids = itertools.count(1)
        self.account()

    # ---- who and what there is -----------------------------------------------------------

    def account(
        self, *, phone: str = "9996620001", code: str = "22222", password: str | None = None
    ) -> Account:
        """An account that may sign in; the first one is there already, without a password."""
        account = Account(user_id=990_000_000 + next(self._ids), phone=phone, code=code, password=password)
        self.accounts = [known for known in self.accounts if known.phone != phone] + [account]
        return account

    def channel(
        self,
        username: str | None,
        *,
        title: str = "Invented channel (fictional)",
        channel_id: int | None = None,
        **said: Unpack[Said],
    ) -> Channel:
        """A broadcast channel; without a user name a private one. It gets the next id, or `channel_id`."""
        return self._chat(ChatKind.BROADCAST, username, title, said, channel_id)

    def megagroup(self, username: str | None, *, title: str = "Invented group (fictional)") -> Channel:
        """A supergroup, in which everybody writes."""
        return self._chat(ChatKind.MEGAGROUP, username, title, {})

    def gigagroup(self, username: str | None, *, title: str = "Invented crowd (fictional)") -> Channel:
        """A broadcast group: without a limit of members."""
        return self._chat(ChatKind.GIGAGROUP, username, title, {})

    def user(self, username: str, *, name: str = "Somebody") -> Person:
        """A person with a user name."""
        person = self._person(720_000_000, username, name)
        self.people[person.user_id] = person
        return person

    def bot(self, username: str, *, name: str = "Machine") -> Person:
        """A bot with a user name."""
        bot = self._person(730_000_000, username, name)
        self.bots[bot.user_id] = bot
        return bot

    # ---- looking up ----------------------------------------------------------------------

    def by_username(self, username: str) -> Channel | Person | None:
        """The channel, group, person or bot with a user name, in any case."""
        wanted = username.lower()
        for channel in list(self.channels.values()):
            if (channel.profile.username or "").lower() == wanted:
                return channel
        everybody = [*self.people.values(), *self.bots.values()]
        return next((person for person in everybody if person.username.lower() == wanted), None)

    def by_phone(self, phone: str) -> Account | None:
        """The account with a phone number, however it is written."""
        digits = "".join(filter(str.isdigit, phone))
        return next((account for account in self.accounts if account.phone == digits), None)

    # ---- hearing of changes --------------------------------------------------------------

    def listen(self, listener: Callable[[Change], None]) -> None:
        """Tell `listener` of every change from now on; it must be quick and must not raise."""
        with self.lock:
            self._listeners.append(listener)

    def stop_listening(self, listener: Callable[[Change], None]) -> None:
        """Tell `listener` nothing any more."""
        with self.lock:
            self._listeners.remove(listener)

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)

    def _chat(
        self, kind: ChatKind, username: str | None, title: str, said: Said, channel_id: int | None = None
    ) -> Channel:
        profile = replace(Profile(title=title, username=username), **said)
        with self.lock:
            channel = Channel(
                channel_id=channel_id or 1_500_000_000 + next(self._ids),
                kind=kind,
                profile=profile,
                lock=self.lock,
                now=self.now,
                tell=self._tell,
            )
            self.channels[channel.id] = channel
            return channel

    def _person(self, base: int, username: str, name: str) -> Person:
        return Person(
            user_id=base + next(self._ids), first_name=name, last_name="(fictional)", username=username
        )
