"""The demo itself, as a newcomer calls it: the real daemon over the sample web, and nothing left behind."""

import os
import sqlite3
import subprocess
import sys
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from monitor.demo.facts import carriers, published
from monitor.demo.play import START
from monitor.demo.story import LENGTH

OUTLETS = (
    "Way Home",
    "iDNES.cz",
    "iDNES.tv",
    "Forum 24",
    "The Moscow Times",
    "ISW",
    "UK Ministry of Defence",
)


WHOLE = ("-m", "monitor")
SHORTENED = (
    "from datetime import timedelta; from monitor.cli import main; from monitor.demo import play; "
    "play.LENGTH = timedelta(hours=6); main()"
)
FIRST_HOURS = ("-c", SHORTENED)


def demo(*arguments: str, folder: Path, story: tuple[str, ...] = WHOLE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *story, "demo", *arguments],
        env=os.environ | {"TMPDIR": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    played = demo("--keep", str(folder / "kept"), folder=folder)
    assert played.returncode == 0, played.stderr
    assert played.stderr == ""
    assert [path.name for path in folder.iterdir()] == ["kept"]
    return folder / "kept", played.stdout


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / "groundswell.db") as database:
        found = database.execute(query).fetchall()
    database.close()
    return found


def test_the_summary_names_every_source_its_health_and_where_things_are(kept):
    folder, shown = kept

    for name in OUTLETS:
        assert f"{name} (sample)" in shown
    assert "switched its public preview off" in shown
    assert str(folder / "mails") in shown
    assert "вымышленный пример" in shown


def test_everything_that_was_published_is_stored_once(kept):
    folder, _ = kept

    stored = dict(
        rows(
            folder, "SELECT s.config_id, count(*) FROM item i JOIN source s ON s.id = i.source_id GROUP BY 1"
        )
    )
    expected = published(LENGTH)

    # One channel switches its preview off, and what comes out after the last poll is not seen.
    assert stored.keys() == expected.keys()
    assert all(stored[name] <= expected[name] for name in stored)
    assert sum(stored.values()) >= sum(expected.values()) - 8


def test_the_viral_video_is_one_alert_that_counts_its_copies(kept):
    folder, _ = kept

    copies = rows(folder, "SELECT max(copies) FROM alert WHERE rule_id = 'threat'")[0][0]

    assert copies == len(carriers("threat")) - 1


def test_many_small_complaints_and_one_loud_video_are_told_apart_and_so_is_the_about_face(kept):
    folder, shown = kept

    groups = dict(
        rows(
            folder,
            "SELECT rule_id, count(*) FROM alert WHERE subject_kind = 'group' GROUP BY rule_id",
        )
    )
    about_faces = rows(folder, "SELECT subject_key FROM alert WHERE rule_id = 'about-face'")

    assert groups["groundswell"] == 1  # however long it goes on
    assert groups["splash"] == 2  # the threat and the retraction, each one text in many channels
    assert ("kind=telegram_web",) in about_faces
    assert "A groundswell: complaints of unrelated origin: 1 alert" in shown
    assert f"and {len(carriers('threat')) - 1} copies of it elsewhere" in " ".join(shown.split())
    assert "threat, then retraction" in shown


def test_the_backtest_finds_what_the_daemon_told_and_shows_what_a_change_would_lose(kept):
    folder, shown = kept

    alerts = dict(
        rows(folder, "SELECT rule_id, count(*) FROM alert WHERE subject_kind <> 'incident' GROUP BY 1")
    )
    tried = {line.split()[0]: line.split()[1:] for line in _between(shown, "rule ", "lost") if line.strip()}

    assert {rule: int(counts[0]) for rule, counts in tried.items()} == alerts
    assert tried["rotation-and-leave"] == [
        str(alerts["rotation-and-leave"]),
        str(alerts["rotation-and-leave"] - 1),
        "1",
    ]
    assert tried["groundswell"][1] == "0"


def _between(shown: str, first: str, last: str) -> list[str]:
    """The lines after the last one that begins with `first`, up to one that begins with `last`."""
    lines = shown.splitlines()
    begin = max(number for number, line in enumerate(lines) if line.startswith(first))
    until = next(number for number, line in enumerate(lines) if number > begin and line.startswith(last))
    return lines[begin + 1 : until]


def test_what_happens_to_posts_is_told(kept):
    folder, shown = kept

    deletions = rows(folder, "SELECT count(*) FROM alert WHERE subject_kind = 'deletion'")[0][0]
    tombstones = rows(folder, "SELECT item_id FROM revision WHERE deleted")
    edits = rows(folder, "SELECT count(*) FROM revision WHERE edited AND NOT deleted AND seq > 1")[0][0]
    viral = rows(
        folder,
        "SELECT max(r.views) FROM reading r JOIN match m USING (item_id) WHERE m.rule_id = 'gone-viral'",
    )[0][0]

    assert deletions == len(tombstones) == 1
    assert edits >= 1
    assert viral >= 1_000_000
    assert "the source took it away" in shown


def test_what_happens_to_sources_is_told_once_and_so_is_its_end(kept):
    folder, shown = kept

    incidents = dict(
        rows(folder, "SELECT i.kind, s.config_id FROM incident i JOIN source s ON s.id = i.source_id")
    )
    ended = {kind for (kind,) in rows(folder, "SELECT kind FROM incident WHERE closed_at IS NOT NULL")}

    assert incidents == {
        "label_fake": "way-home",
        "description_changed": "lesnoy-families",
        "layout_changed": "relatives-abroad",
        "silent": "dubrava-duty",
        "preview_off": "mamy-stepove",
    }
    assert ended == {"description_changed", "layout_changed"}
    assert "marked as fake" in shown.lower() or "FAKE" in shown


def test_mails_are_real_and_masked_and_thread(kept):
    folder, _ = kept
    mails = [
        message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.glob("mails/*.eml"))
    ]

    assert len(mails) > 30
    for mail in mails:
        assert isinstance(mail, EmailMessage)
        assert mail["Subject"].removeprefix("Re: ").startswith("[Groundswell]")
        assert "000-00-00" not in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    updates = [mail for mail in mails if "Re:" in mail["Subject"]]
    assert updates
    assert all(mail["References"] for mail in updates)


def test_every_notification_came_to_its_end(kept):
    folder, _ = kept

    assert {status for (status,) in rows(folder, "SELECT DISTINCT status FROM notification")} <= {
        "sent",
        "folded",
    }


def test_the_story_is_ten_days_long(kept):
    folder, _ = kept

    last = str(rows(folder, "SELECT max(last_attempt_at) FROM source")[0][0])

    assert last >= (START + LENGTH).strftime("%Y-%m-%d") or last.isdigit()


def test_without_keep_nothing_is_left_behind(tmp_path):
    played = demo(folder=tmp_path, story=FIRST_HOURS)

    assert played.returncode == 0, played.stderr
    assert "Way Home (sample)" in played.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused(tmp_path):
    (tmp_path / "precious").touch()

    assert demo("--keep", str(tmp_path), folder=tmp_path).returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
