"""Minutes in the life of a desk with an account: the real daemon, killed again and again among faults.

Life in the channels, the data centre and its faults are in this process; the daemon is one of its own.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Container
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.demo.clock import TurnedClock
from monitor.demo.data_centre import Channel
from monitor.demo.data_centre.describe import access_hash
from scrapers.telegram_session import Peer, SavedSession, SessionFile
from tests.fakes.webhook_sink import Posted, WebhookSink
from tests.flows import telegram_books as books
from tests.flows.at_work import AtWork, at_work
from tests.flows.daemons import Daemons, await_true, daemons, let_everything_be_due
from tests.flows.telegram_desk import Telegram, configure
from tests.telegram_dc.life import Life

LOOKED_UP = 20  # names that the desk does not know yet: it looks up thirty at once, and then one in 20 s
RECENT = 60  # messages of a channel that may be changed: more than every poll reads again
PATIENCE = 600  # seconds: a desk that was complained of goes on slowly, and calls seldom who hangs up at once
LATER = timedelta(hours=8)  # by then every source is due, however often it failed, and every post's next turn
FAULTS_AT_ONCE = 4  # when a daemon has just started, and everything is being polled
KNOWN_AND_GONE = 4  # channels of which a post is deleted that is known for certain
TWO_LOOKS = timedelta(minutes=11)  # what lies between two looks that make a deletion
HISTORY, MESSAGES, FULL = "messages.getHistory", "channels.getMessages", "channels.getFullChannel"
RULE = """
[[rule]]
id = "taken-down"
query = "отпуск AND is:deleted"
"""


@dataclass(kw_only=True)
class Figures:
    """What a soak came to."""

    channels: int
    kills: int = 0
    deeds: int = 0
    seconds: float = 0
    calls: dict[str, int] = field(default_factory=dict)
    struck: dict[str, int] = field(default_factory=dict)  # faults, by what was asked for
    met: dict[str, int] = field(default_factory=dict)  # and by what the daemon met
    stored: dict[str, int] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)

    def text(self) -> str:
        """For people and for programs."""
        return f"{json.dumps(asdict(self), indent=1)}\n"


class Misfortunes:
    """Draws what goes wrong next, every kind as often as the others."""

    def __init__(self, around: Telegram, chance: random.Random) -> None:
        self.struck: Counter[str] = Counter()
        self._around = around
        self._chance = chance
        self._deck: list[str] = []
        self._to_mend: list[tuple[float, Callable[[], None]]] = []
        faults, centre = around.faults, around.centre
        self._kinds: dict[str, Callable[[], None]] = {
            "hang up": centre.hang_up,
            "hang up on": lambda: faults.hang_up_on(self._method()),
            "hang": lambda: faults.hang(self._method()),
            "flood": lambda: faults.flood(chance.randint(1, 4), self._method()),
            "lost pushes": lambda: faults.lose_pushes(chance.randint(1, 5)),
            "garbled pushes": lambda: faults.garble_pushes(chance.randint(1, 3)),
            "shortened pushes": lambda: faults.shorten_pushes(chance.randint(1, 3)),
            "garbled answer": lambda: faults.garble(self._method()),
            "another salt": centre.change_salt,
            "private": self._close_a_channel,
            "internal error": lambda: faults.ail(self._method(), times=chance.randint(1, 3)),
            "forgotten changes": lambda: self._channel().forget_changes(),
            "down": self._be_down,
            "unknown key": self._forget_the_key,
        }

    def strike(self) -> None:
        """Let the next one happen."""
        if not self._deck:
            self._deck = [kind for kind in self._kinds if kind != "unknown key" or not self.struck[kind]]
            self._chance.shuffle(self._deck)
        kind = self._deck.pop()
        self.struck[kind] += 1
        self._kinds[kind]()

    def mend(self, *, everything: bool = False) -> None:
        """End what has lasted long enough."""
        now = time.monotonic()
        over = [(until, mend) for until, mend in self._to_mend if everything or until <= now]
        self._to_mend = [one for one in self._to_mend if one not in over]
        for _, mend in over:
            mend()

    def end(self) -> None:
        """Let everything go well from now on."""
        self.mend(everything=True)
        self._around.faults.recover()

    def _after(self, seconds: float, mend: Callable[[], None]) -> None:
        self._to_mend.append((time.monotonic() + seconds, mend))

    def _method(self) -> str:
        return self._chance.choice((HISTORY, HISTORY, MESSAGES, FULL))

    def _channel(self) -> Channel:
        return self._chance.choice(list(self._around.world.channels.values()))

    def _close_a_channel(self) -> None:
        channel = self._channel()
        channel.describe(closed=True)
        self._after(self._chance.uniform(1, 10), lambda: channel.describe(closed=False))

    def _be_down(self) -> None:
        def back() -> None:
            self._around.faults.down = False

        self._around.faults.down = True
        self._around.centre.hang_up()
        self._after(1, back)

    def _forget_the_key(self) -> None:
        """-404, as seldom happens to a key that is known again a moment later."""
        keys = self._around.centre.keys
        known = list(keys._known.values())

        def remember() -> None:
            for one in known:
                keys.add(one.auth_key, one.account)

        keys.forget_all()
        self._around.centre.hang_up()
        self._after(0.5, remember)


class Soak:
    """One desk, its account and its lives."""

    def __init__(
        self, folder: Path, around: Telegram, hook: WebhookSink, *, channels: int, seed: str
    ) -> None:
        self.figures = Figures(channels=channels)
        self._folder = folder
        self._around = around
        self._hook = hook
        self._url = f"sqlite:///{folder / 'groundswell.db'}"
        self._chance = random.Random(seed)
        self._channels = [
            around.world.channel(f"invented_{number:03}", joined=number % 2 == 0)
            for number in range(channels)
        ]
        self._life = Life(self._channels, seed=self._chance.randrange(10**6), recent=RECENT)
        self._misfortunes = Misfortunes(around, self._chance)
        self._told: list[list[Posted]] = []  # in each life of the daemon
        self._know_most_names(self._channels[LOOKED_UP:])
        configure(
            folder,
            around,
            database_url=self._url,
            hook=hook.url,
            interval="1m",
            each="first_posts = 1000",
            more=RULE,
        )

    def run(self, *, lives: int, seconds: float, fault_every: float, deeds: float, recovers: bool) -> Figures:
        """Live so often for so long, be killed each time; then let everything calm down, and look.

        Args:
            lives: How often the daemon is killed.
            recovers: Whether before its last death it is given the time to recover by itself.
            seconds: How long each life lasts, once the daemon is at work.
            fault_every: Seconds between two faults.
            deeds: Posts, edits, deletions and counts a second, in all channels together.
        """
        began = time.monotonic()
        self._happen(30 * self.figures.channels)
        with daemons(self._around, self._folder / "config.toml") as running:
            for life in range(1, lives + 1):
                self._live(running, seconds, fault_every, deeds)
                if recovers and life == lives:
                    self._recover(running)
                self._die(running)
                self._happen(self.figures.channels)
            self._end_in_peace(running)
        asyncio.run(self._look_twice_later())
        self._end_life()
        self._check()
        self.figures.seconds = time.monotonic() - began
        return self.figures

    # ---- living --------------------------------------------------------------------------

    def _live(self, running: Daemons, seconds: float, fault_every: float, deeds: float) -> None:
        running.start()
        running.await_ready()
        for _ in range(FAULTS_AT_ONCE):
            self._misfortunes.strike()
        now = time.monotonic()
        end, fault_at = now + seconds, now
        while (now := time.monotonic()) < end:
            if now >= fault_at:
                self._misfortunes.strike()
                fault_at = now + self._chance.expovariate(1) * fault_every
            self._misfortunes.mend()
            self._happen(1)
            running.all_live()
            time.sleep(self._chance.expovariate(1) / deeds)

    def _recover(self, running: Daemons) -> None:
        """The process that met all the faults finds all that is new, once they are over."""
        self._misfortunes.end()
        self._around.centre.hang_up()
        self._await_caught_up(running, apart_from=lambda: books.left_alone(self._url))

    def _die(self, running: Daemons) -> None:
        running.kill()
        self._misfortunes.mend(everything=True)
        self.figures.kills += 1
        self._end_life()
        let_everything_be_due(self._url)

    def _end_in_peace(self, running: Daemons) -> None:
        """The last process finds all that is new; it is asked to end, and does."""
        self._misfortunes.end()
        running.start()
        self._await_caught_up(running)
        for channel in [one for one in self._channels if one.profile.joined][:KNOWN_AND_GONE]:
            channel.delete(channel.history()[0].id)
            channel.post("Снова обещали отпуск (вымышленный пример)")
        self._await_caught_up(running)
        assert running.stop() == [0]
        self._end_life()

    def _await_caught_up(
        self, running: Daemons, apart_from: Callable[[], Container[str]] = frozenset
    ) -> None:
        world = self._around.world
        await_true(
            lambda: running.all_live() and books.is_caught_up(self._url, world, apart_from()),
            lambda: f"{sorted(books.missing(self._url, world))} {running.log()}",
            pause=0.2,
            patience=PATIENCE,
        )

    async def _look_twice_later(self) -> None:
        """Hours later by the desk's clock: every post is read again, and a second time what is missing."""
        clock = TurnedClock(datetime.now(UTC) + LATER)
        async with at_work(self._folder / "config.toml", clock) as desk:
            await _work_off(desk)
            clock.move_to(clock.now() + TWO_LOOKS)
            await _work_off(desk)

    def _happen(self, deeds: int) -> None:
        for _ in range(deeds):
            self._life.step()
        self.figures.deeds += deeds

    def _end_life(self) -> None:
        """What was told until now was told by one daemon."""
        before = sum(map(len, self._told))
        self._told.append(self._hook.posted[before:])

    # ---- looking -------------------------------------------------------------------------

    def _check(self) -> None:
        world, figures = self._around.world, self.figures
        figures.stored = books.check_store(self._url, world)
        books.check_alerts(self._url, world)
        figures.told = books.check_told(self._url, self._told)
        books.check_nobody_is_named(self._folder, self._folder / "groundswell.db", self._hook.posted, world)
        figures.calls = dict(Counter(call.method for call in self._around.centre.calls))
        figures.struck, figures.met = dict(self._misfortunes.struck), dict(Counter(self._around.faults.met))

    def _know_most_names(self, channels: list[Channel]) -> None:
        """As a desk does that has been at work for an hour."""
        owner = self._around.world.accounts[0]
        known = {
            channel.profile.username or "": Peer(
                channel_id=channel.id,
                access_hash=access_hash(owner, channel.id),
                resolved_at=datetime.now(UTC),
            )
            for channel in channels
        }
        key = self._around.centre.authorised_session()
        SessionFile(self._folder / "telegram.session").write(SavedSession(key=key, channels=known))


async def _work_off(desk: AtWork) -> None:
    """Ticks until nothing is due and nobody waits for a message."""
    while True:
        await desk.tick()
        now, store = desk.clock.now(), desk.running.store
        due = await asyncio.to_thread(store.next_due, now)
        if (due is None or due > now) and not (await asyncio.to_thread(store.totals)).pending:
            return
