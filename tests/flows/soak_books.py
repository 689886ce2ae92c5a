"""What a soak keeps books of, and what must hold: nothing lost, nothing twice, everybody told."""

import json
import re
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.poll_report import PollReport
from tests.fakes.generated_web import MATCHING, GeneratedWeb, Name

RECEIVERS = ("mail", "chat", "hook")
_ALERT = re.compile(r"GS-[A-Z2-7]{10}")


class Books:
    """What was shown in good polls, and what people were told."""

    def __init__(self, database: Path, web: GeneratedWeb) -> None:
        self._database = database
        self._web = web
        self._certain: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)  # since the last look
        self._matching: set[Name] = set()  # of all that was certain, what people must be told of
        self._told: Counter[tuple[str, str]] = Counter()  # messages by alert and receiver
        self._positions: dict[str, int] = {}

    # ---- keeping -------------------------------------------------------------------

    def note_polls(self, reports: Iterable[PollReport]) -> None:
        """What good polls were shown must be remembered; what others were shown may be."""
        shown = self._web.take_shown()
        reports = tuple(reports)
        failed = {report.source_id for report in reports if report.reason is not None}
        for name in {report.source_id for report in reports} - failed:
            self._certain[name] |= shown.get(name, set())

    def note_messages(self, outside: Any) -> int:
        """Count which alerts the messages name, and throw them away; returns how many there were."""
        texts: dict[str, list[str]] = {
            "mail": [_take_mail(outside.mails.mails.pop(0)) for _ in list(outside.mails.mails)],
            "chat": [outside.bot.messages.pop(0).text for _ in list(outside.bot.messages)],
            "hook": [outside.hook.posted.pop(0).body.decode() for _ in list(outside.hook.posted)],
        }
        for receiver, said in texts.items():
            for text in said:
                self._told.update((alert, receiver) for alert in set(_ALERT.findall(text)))
        return sum(map(len, texts.values()))

    def weight(self) -> int:
        """Bytes of memory that these books take, which a measurement has to leave out."""
        names = [*self._told, *self._matching, *(pair for shown in self._certain.values() for pair in shown)]
        books = (self._told, self._matching, *self._certain.values())
        return sum(map(sys.getsizeof, books)) + sum(
            sys.getsizeof(name) + sum(map(sys.getsizeof, name)) for name in names
        )

    # ---- looking -------------------------------------------------------------------

    def look(self) -> None:
        """What must hold at any time: nothing that a cursor has passed is missing, and none goes back."""
        self._check_cursors()
        stored = self._stored_numbers()
        for name, shown in self._certain.items():
            behind = {(number, text) for number, text in shown if self._passed(name, number)}
            visible = {number for number in self._visible(name) if self._passed(name, number)}
            lost = sorted(({number for number, _ in behind} | visible) - stored[name])
            assert lost == [], (name, lost)
            self._matching.update((name, number) for number, text in behind if MATCHING in text)
            shown.difference_update(behind)

    def _visible(self, name: str) -> set[str]:
        """The posts of a channel that were not taken down."""
        author = self._web.authors[name]
        numbers = {author.external_id(post) for post in author.posts}
        return {number for number in numbers if number.isdecimal()}

    def _passed(self, name: str, number: str) -> bool:
        """Whether an item has to be stored; posts above the cursor were seen beside older ones."""
        return not number.isdecimal() or int(number) <= self._positions.get(name, 0)

    def _check_cursors(self) -> None:
        for name, cursor in self._rows("SELECT config_id, cursor FROM source WHERE kind = 'telegram_web'"):
            position = int(json.loads(cursor).get("position", 0))
            assert position >= self._positions.get(name, 0), (name, position, self._positions[name])
            self._positions[name] = position

    def look_at_the_end(self, end: datetime) -> None:
        """What must hold when everything has calmed down."""
        self.look()
        assert self._rows("PRAGMA integrity_check") == [("ok",)]
        self._check_revisions()
        self._check_alerts()
        self._check_notifications()
        self._check_tombstones(end)
        self._check_texts(end)

    def _check_revisions(self) -> None:
        """Every revision differs from the one before."""
        query = (
            "SELECT b.item_id, b.seq, b.text FROM revision a JOIN revision b ON b.item_id = a.item_id "
            "AND b.seq = a.seq + 1 AND b.text_hash = a.text_hash AND b.deleted = a.deleted "
            "AND b.edited = a.edited AND b.flags = a.flags AND b.has = a.has AND b.links = a.links"
        )
        assert self._rows(query) == []

    def _check_alerts(self) -> None:
        matched = (
            "SELECT DISTINCT source.config_id, item.external_id FROM match JOIN item ON item.id = item_id "
            "JOIN source ON source.id = source_id WHERE rule_id = 'complaint' AND alert_id IS NOT NULL"
        )
        assert self._matching - {(name, number) for name, number in self._rows(matched)} == set()
        twice = (
            "SELECT alert.rule_id, revision.fingerprint, count(*) FROM alert JOIN revision ON "
            "revision.item_id = alert.item_id AND revision.seq = 1 WHERE subject_kind = 'origin' "
            "AND revision.fingerprint IS NOT NULL "  # what could not be read at first is nobody's copy
            "GROUP BY 1, 2 HAVING count(*) > 1"
        )
        assert self._rows(twice) == []

    def _check_notifications(self) -> None:
        assert dict(self._rows("SELECT status, count(*) FROM notification GROUP BY 1")).keys() <= {
            "sent",
            "folded",
        }
        asked = self._rows("SELECT DISTINCT alert_id, receiver FROM notification")
        alerts = self._rows("SELECT id, subject_key FROM alert")
        wanted = {(alert, one) for alert, key in alerts for one in RECEIVERS if not key.endswith(f":{one}")}
        assert set(asked) == wanted  # nobody is told that he is not reached
        assert [one for one in asked if not self._told[one]] == []

    def _check_tombstones(self, end: datetime) -> None:
        """What was taken down is known to be, and nothing else."""
        gone = {
            (name, number): moment
            for name, author in self._web.authors.items()
            for number, moment in author.deleted.items()
        }
        dead = set(self._rows(_ITEMS + " WHERE revision.deleted"))
        assert dead - gone.keys() == set()
        stored = set(self._rows(_ITEMS))
        due = {name for name, moment in gone.items() if moment < end - timedelta(days=1)}
        assert (due & stored) - dead == set()

    def _check_texts(self, end: datetime) -> None:
        """What can be seen is known as it is: also what was edited in its first hours."""
        latest = {(name, number): text for name, number, text in self._rows(_LATEST)}
        for name, author in self._web.authors.items():
            for post in author.posts[-author.window :]:
                known = latest.get((name, author.external_id(post)))
                if known is not None and post.at < end - timedelta(days=1):
                    assert known == post.text, (name, post)

    # ---- telling -------------------------------------------------------------------

    def repeats(self) -> dict[str, int]:
        """How often receivers were told more than was asked for."""
        asked = Counter(self._rows("SELECT alert_id, receiver FROM notification"))
        return {
            receiver: sum(
                max(0, told - asked[alert, to]) for (alert, to), told in self._told.items() if to == receiver
            )
            for receiver in RECEIVERS
        }

    def stored(self) -> dict[str, int]:
        """How much there is."""
        tables = ("item", "revision", "reading", "match", "alert", "notification", "delivery", "incident")
        counts = {name: self._rows(f"SELECT count(*) FROM {name}")[0][0] for name in tables}
        return {**counts, "tombstone": self._rows("SELECT count(*) FROM revision WHERE deleted")[0][0]}

    def _stored_numbers(self) -> dict[str, set[str]]:
        numbers: defaultdict[str, set[str]] = defaultdict(set)
        for name, number in self._rows(_ITEMS):
            numbers[name].add(number)
        return numbers

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self._database)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


_ITEMS = (
    "SELECT source.config_id, item.external_id FROM revision JOIN item ON item.id = revision.item_id "
    "JOIN source ON source.id = item.source_id"
)
_LATEST = _ITEMS.replace("external_id", "external_id, revision.text") + (
    " WHERE revision.seq = item.latest_seq AND NOT revision.deleted"
)


def _take_mail(mail: Any) -> str:
    body = mail.read().get_body(("plain",))
    mail.file.unlink()
    return body.get_content() if body else ""
