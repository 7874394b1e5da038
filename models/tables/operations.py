"""What keeps the product running: runs of jobs, leadership, retention, revisions, users, the audit log."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    Sequence,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from models.tables.columns import metadata, time_column

job_runs = Table(
    "job_runs",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("job", String(32), nullable=False),
    time_column("scheduled_for"),
    Column("attempt", SmallInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("requested_by", String(64), nullable=False),
    Column("parameters", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("owner", String(128)),
    # Rises with each claim of any run: a write under an older token than the run's own is refused.
    Column("fencing_token", BigInteger),
    time_column("started_at", nullable=True),
    time_column("heartbeat_at", nullable=True),
    time_column("finished_at", nullable=True),
    Column("progress_done", BigInteger, nullable=False, server_default="0"),
    Column("progress_total", BigInteger, nullable=False, server_default="0"),
    Column("progress_message", Text, nullable=False, server_default=""),
    time_column("progress_since", nullable=True),  # when the step that is counted began
    Column("rows_written", BigInteger),
    Column("model_id", Integer),
    Column("message", Text, nullable=False, server_default=""),
    Column("error", Text, nullable=False, server_default=""),
    Column("cancel_requested", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("job", "scheduled_for", "attempt"),
    CheckConstraint(
        "state IN ('queued', 'running', 'succeeded', 'partial', 'failed', 'skipped', 'cancelled')",
        name="state",
    ),
    # A job runs at most once at a time, whoever runs it.
    Index("uq_job_runs_running", "job", unique=True, postgresql_where=text("state = 'running'")),
    Index("ix_job_runs_queue", "id", postgresql_where=text("state IN ('queued', 'running')")),
)

# Tokens of claims and of leaders: who came later has the higher one.
fencing_tokens = Sequence("fencing_tokens", metadata=metadata)

leadership = Table(
    "leadership",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("token", BigInteger, nullable=False),
    Column("owner", String(128), nullable=False),
    Column("backend_pid", Integer, nullable=False),
    time_column("acquired_at"),
    time_column("heartbeat_at"),
    CheckConstraint("id = 1", name="single"),
)

# Until when history has been pruned: what was known before cannot be answered any more.
retention = Table(
    "retention",
    metadata,
    Column("subject", String(32), primary_key=True),  # bars, events, signals
    time_column("pruned_until"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("subject", String(32), primary_key=True),  # data, jobs, accounts
    Column("number", BigInteger, nullable=False),
    time_column("changed_at"),
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("username", String(64), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("role", String(16), nullable=False),
    # Goes into each session cookie; a new password raises it, which ends the older sessions.
    Column("session_version", Integer, nullable=False, server_default="1"),
    Column("token_sha256", String(64), unique=True),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    time_column("created_at"),
    CheckConstraint("role IN ('viewer', 'trader', 'admin')", name="role"),
    Index("uq_users_username_lower", func.lower(text("username")), unique=True),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    time_column("at"),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("address", String(64), nullable=False, server_default=""),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Index("ix_audit_log_action_at", "action", "at"),
)
