"""The made-up alert that `groundswell test-notify` sends."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.message import AlertView, Change, Fragment, Message, Severity


def sample_message(now: datetime, timezone: ZoneInfo) -> Message:
    """A message with one fictional alert that says that it is one; its ids tell one test from the next."""
    stamp = f"{now:%Y%m%d%H%M%S}"
    return Message(
        delivery_id=f"test-{stamp}",
        alerts=(_sample_alert(f"test-{stamp}", now),),
        created_at=now,
        timezone=timezone,
        test=True,
    )


def _sample_alert(alert_id: str, now: datetime) -> AlertView:
    return AlertView(
        alert_id=alert_id,
        change=Change.OPENED,
        rule_id="sample",
        rule_title="Rotation and leave (fictional sample)",
        severity=Severity.INFO,
        subject_kind="origin",
        source_name="Letters from home (fictional sample)",
        headline="“We ask for rotation” (fictional sample)",
        excerpt=(
            Fragment(text="(fictional sample) It has been fourteen months. We ask for "),
            Fragment(text="rotation", hit=True),
            Fragment(text=" and for the "),
            Fragment(text="leave", hit=True),
            Fragment(text=" that was promised. Просим о "),
            Fragment(text="ротации", hit=True),
            Fragment(text="."),
        ),
        reason='matched "rotation", "leave", "ротация" in text',
        url="https://news.example.org/fictional-sample",
        published_at=now - timedelta(minutes=12),
        first_seen_at=now,
        language="en",
        copies=2,
        also_in=("Second channel (fictional sample)", "Third channel (fictional sample)"),
        views=1234,
    )
