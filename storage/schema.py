"""What is remembered, as tables. One schema for both databases; the full-text index is the dialects' own.

A change here needs a migration in `alembic/versions`; a test compares the two.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.columns import Json, PlainText, RowId, UtcDateTime
from storage.naming import named_metadata

REVISION = "0006"  # the latest migration, with which the database has this schema
SEARCH_TABLE = "item_search"  # FTS5 on SQLite (with shadow tables), tsvector on Postgres

metadata = named_metadata()


def is_compared(name: str | None, kind: str, parents: object) -> bool:  # noqa: ARG001
    """Whether alembic compares this name of a database with `metadata`: all but the full-text index."""
    return not (kind == "table" and name is not None and name.startswith(SEARCH_TABLE))


# ---- sources ---------------------------------------------------------------------------

source = Table(
    "source",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("config_id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("active", Boolean, nullable=False),  # still configured
    Column("native_id", Text, unique=True),  # numeric channel id: outlives user name, kind and config_id
    Column("cursor", Json, nullable=False),
    Column("backfill_cursor", Json),
    Column("version", Integer, nullable=False),
    Column("first_polled_at", UtcDateTime),
    Column("last_attempt_at", UtcDateTime),
    Column("last_success_at", UtcDateTime),
    Column("last_new_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("outcome", Text),
    Column("reason", PlainText),
    Column("next_due_at", UtcDateTime, nullable=False, index=True),
    Column("lease_token", Text),
    Column("lease_worker", Text),
    Column("lease_until", UtcDateTime),
    Column("username", PlainText),  # what the channel says of itself, from here on
    Column("title", PlainText),
    Column("description", PlainText),
    Column("labels", Json),
    Column("subscribers", RowId),
    Column("subscribers_raw", PlainText),
    Column("pace", Float),  # seconds between news, smoothed
    Column("live", Boolean),  # whether the account has joined it and hears its posts at once
    Column("options_digest", Text),  # of kind and options as registered last; NULL: by an older version
    sqlite_autoincrement=True,  # alerts and timers name rows: adoption deletes one, whose id must not return
)

audience = Table(
    "audience",  # how many follow a channel, over time
    metadata,
    Column("source_id", RowId, ForeignKey("source.id"), primary_key=True),
    Column("observed_at", UtcDateTime, primary_key=True),
    Column("subscribers", RowId, nullable=False),
    sqlite_with_rowid=False,
)

incident = Table(
    "incident",
    metadata,
    Column("id", Text, primary_key=True),  # also the id of its alert
    Column("source_id", RowId, ForeignKey("source.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("reason", PlainText, nullable=False),
)
Index(None, incident.c.source_id, incident.c.kind)
Index(
    "uq_incident_open",
    incident.c.source_id,
    incident.c.kind,
    unique=True,
    sqlite_where=text("closed_at IS NULL"),
)

timer = Table(
    "timer",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("due_at", UtcDateTime, nullable=False, index=True),
)


# ---- items -----------------------------------------------------------------------------

item = Table(
    "item",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("source_id", RowId, ForeignKey("source.id"), nullable=False),
    Column("external_id", PlainText, nullable=False),
    Column("kind", Text, nullable=False),
    Column("url", PlainText),
    Column("published_at", UtcDateTime),
    Column("published_raw", PlainText),
    Column("published_precision", Text),
    Column("published_basis", Text),
    Column("first_seen_at", UtcDateTime, nullable=False, index=True),
    Column("origin_id", RowId, ForeignKey("item.id"), index=True),  # NULL: it is an origin itself
    Column("forward_channel", PlainText),  # public channels only
    Column("forward_title", PlainText),
    Column("forward_message_id", PlainText),
    Column("reply_to", PlainText),
    Column("latest_seq", Integer, nullable=False),
    Column("position", RowId),  # its number, where items of its source are numbered
    Column("refresh_at", UtcDateTime),  # when it is to be read again; NULL: no more
    Column("missing_since", UtcDateTime),  # the first good fetch that did not show it any more
    UniqueConstraint("source_id", "external_id"),
)
Index(None, item.c.source_id, item.c.published_at, item.c.first_seen_at)  # a source's rhythm
for _column in (item.c.position, item.c.refresh_at):  # many items have no number, and most wait no more
    Index(
        None,
        item.c.source_id,
        _column,
        sqlite_where=_column.is_not(None),
    )

capture = Table(
    "capture",
    metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("url", PlainText, nullable=False),
    Column("fetched_at", UtcDateTime, nullable=False),
    Column("media_type", Text),
    Column("body", LargeBinary, nullable=False),  # sanitised: no signatures, no forwarding users
)

revision = Table(
    "revision",
    metadata,
    Column("item_id", RowId, ForeignKey("item.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("observed_at", UtcDateTime, nullable=False),
    Column("deleted", Boolean, nullable=False),  # a tombstone: the source no longer shows the item
    Column("title", PlainText),
    Column("text", PlainText, nullable=False),
    Column("text_hash", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary, index=True),
    Column("signature", LargeBinary),  # the place of near-duplicates
    Column("language", Text),
    Column("declared_language", Text),
    Column("edited", Boolean, nullable=False),
    Column("modified_at", UtcDateTime),
    Column("has", Json, nullable=False),
    Column("flags", Json, nullable=False),
    Column("links", Json, nullable=False),
    Column("analysis_version", Integer, nullable=False),
    Column("capture_sha256", LargeBinary, ForeignKey("capture.sha256"), index=True),
)


def _of_revision() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["item_id", "seq"], ["revision.item_id", "revision.seq"], ondelete="CASCADE")


media = Table(
    "media",
    metadata,
    Column("item_id", RowId, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("native_id", PlainText, index=True),
    Column("duration_ms", RowId),
    Column("size", RowId),  # bytes
    Column("title", PlainText),
    Column("perceptual_hash", LargeBinary, index=True),
    _of_revision(),
)

derived_text = Table(
    "derived_text",  # the place of translations and transcripts
    metadata,
    Column("item_id", RowId, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("producer", Text, primary_key=True),
    Column("text", PlainText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    _of_revision(),
)

reading = Table(
    "reading",
    metadata,
    Column("item_id", RowId, ForeignKey("item.id", ondelete="CASCADE"), primary_key=True),
    Column("observed_at", UtcDateTime, primary_key=True),
    Column("views", RowId),
    Column("forwards", RowId),
    Column("replies", RowId),
    Column("reactions", Json, nullable=False),
    Column("raw", Json, nullable=False),
    sqlite_with_rowid=False,
)

origin_key = Table(
    "origin_key",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("item_id", RowId, ForeignKey("item.id", ondelete="CASCADE"), nullable=False, index=True),
    sqlite_with_rowid=False,
)

seen = Table(
    "seen",  # outlives retention: what was seen once is never new again
    metadata,
    Column("source_id", RowId, ForeignKey("source.id"), primary_key=True),
    Column("external_id", PlainText, primary_key=True),
    Column("text_hash", LargeBinary, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

purged = Table(
    "purged",  # what a purge leaves: keyed hashes of items and of their texts
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("purged_at", UtcDateTime, nullable=False),
    Column("reason", PlainText),  # in the owner's words
)

desk_key = Table(
    "desk_key",  # random, made here and known nowhere else
    metadata,
    Column("purpose", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)


# ---- rules, matches, alerts ------------------------------------------------------------

rule = Table(
    "rule",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", PlainText, nullable=False),
    Column("severity", Text, nullable=False),
    Column("version", Integer, nullable=False),  # in force
    Column("active", Boolean, nullable=False),  # still configured
)

rule_version = Table(
    "rule_version",
    metadata,
    Column("rule_id", Text, ForeignKey("rule.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("query", PlainText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),  # or put in force again
)

alert = Table(
    "alert",
    metadata,
    Column("id", Text, primary_key=True),
    Column("rule_id", Text, nullable=False),  # no foreign key: incidents alert by no rule
    Column("rule_version", Integer, nullable=False),
    Column("severity", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_key", PlainText, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("source_id", RowId, ForeignKey("source.id"), nullable=False, index=True),
    Column("item_id", RowId, ForeignKey("item.id", ondelete="SET NULL"), index=True),
    Column("seq", Integer),  # the revision that opened it
    Column("status", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False, index=True),
    Column("updated_at", UtcDateTime, nullable=False, index=True),
    Column("headline", PlainText, nullable=False),
    Column("reason", PlainText, nullable=False),
    Column("labels", Json, nullable=False),
    Column("copies", Integer, nullable=False),
    Column("told_copies", Integer, nullable=False),
    Column("told_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("began_at", UtcDateTime),  # of a group: when its condition first held, by the times of its events
    Column("lasted_until", UtcDateTime),  # and when it last did
    UniqueConstraint("rule_id", "subject_kind", "subject_key", "episode"),
)
Index(None, alert.c.subject_kind, alert.c.subject_key)

match = Table(
    "match",
    metadata,
    Column("item_id", RowId, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("rule_id", Text, primary_key=True),
    Column("rule_version", Integer, primary_key=True),
    Column("matched_at", UtcDateTime, nullable=False),
    Column("spans", Json, nullable=False),
    Column("reading_at", UtcDateTime),  # the reading that made it true; NULL: the text did
    Column("alert_id", Text, ForeignKey("alert.id", ondelete="SET NULL"), index=True),
    Column("withheld", PlainText),  # why it opened no alert
    Column("happened_at", UtcDateTime),  # when its item was published, or first seen, or changed to this
    Column("ended_at", UtcDateTime),  # when an edit made it untrue; NULL: it counts
    Column("language", Text),  # of its revision
    _of_revision(),
)
Index(None, match.c.rule_id, match.c.matched_at)
Index(None, match.c.rule_id, match.c.happened_at)  # the windows of correlations

evidence = Table(
    "evidence",  # items that an alert on a group of them rests on, at most a few
    metadata,
    Column("alert_id", Text, ForeignKey("alert.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("item_id", RowId, ForeignKey("item.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("rule_id", Text, nullable=False),  # the rule that matched it
    sqlite_with_rowid=False,
)

correlation_group = Table(
    "correlation_group",  # raised by every decision on a group: of two at once, one must decide again
    metadata,
    Column("correlation_id", Text, primary_key=True),
    Column("subject_key", PlainText, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),  # when it was first judged
    Column("changed_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

alert_label = Table(
    "alert_label",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("alert_id", Text, ForeignKey("alert.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("value", Text, nullable=False),
    Column("note", PlainText),
    Column("labelled_by", Text),
    Column("labelled_at", UtcDateTime, nullable=False),
)


# ---- the outbox ------------------------------------------------------------------------

notification = Table(
    "notification",
    metadata,
    Column("id", Text, primary_key=True),
    Column("alert_id", Text, ForeignKey("alert.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("receiver", Text, nullable=False),
    Column("change", Text, nullable=False),
    Column("group_key", PlainText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("send_after", UtcDateTime, nullable=False),
    Column("reason", PlainText, nullable=False),  # which route sent it here
    Column("status", Text, nullable=False),
    Column("delivery_id", Text, index=True),  # those with the same one go out together, every time
    Column("attempts", Integer, nullable=False),  # settled ones
    Column("first_claimed_at", UtcDateTime),
    Column("lease_token", Text),
    Column("lease_worker", Text),
    Column("lease_until", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("settled_reason", PlainText),
)
Index(None, notification.c.status, notification.c.send_after)
Index(None, notification.c.status, notification.c.receiver, notification.c.group_key)

delivery = Table(
    "delivery",  # one row an attempt, and one before them of what was a part of another delivery
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True),  # from 1; 0: it was parted from another
    Column("receiver", Text, nullable=False),
    Column("notifications", Integer, nullable=False),
    Column("settled_at", UtcDateTime, nullable=False, index=True),
    Column(
        "outcome", Text, nullable=False
    ),  # "sent", "retry", "parted", "shortened", "dead"; "part" of attempt 0
    Column("detail", PlainText),
    Column("reference", PlainText),  # the receiver's own id for it
)
