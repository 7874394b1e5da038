"""Datasets and what was delivered of them: instruments, bars, events, quotes, and how good these are."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from models.tables.columns import doubles, instrument_key, metadata, time_column

datasets = Table(
    "datasets",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("provider", String(32), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("label", Text, nullable=False),
    Column("price_basis", String(16), nullable=False),
    Column("historical", Boolean, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("benchmark", String(32)),
    Column("survivorship_note", Text, nullable=False, server_default=""),
    Column("banner", Text, nullable=False, server_default=""),
    time_column("created_at"),
    # The dataset activated last is the one that pages show.
    time_column("activated_at", nullable=True),
    time_column("refreshed_at", nullable=True),
    # The version of the code that computed the scores; another one computes them all again.
    Column("scored_with", String(64)),
    # A hash of what the stored rows were read from (content, settings, code); the same changes nothing.
    Column("read_from", String(64)),
    # The version of the code that looked for flags; another one looks at every bar again.
    Column("assessed_with", String(64)),
    UniqueConstraint("provider", "fingerprint"),
)

sectors = Table(
    "sectors",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # the GICS code
    Column("name", String(64), nullable=False, unique=True),
)

instruments = Table(
    "instruments",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    Column("symbol", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("sector_id", SmallInteger, ForeignKey("sectors.id")),
    Column("in_universe", Boolean, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    # The first session whose bars or events changed since the scores were computed; NULL: none did.
    Column("changed_from", Date),
    UniqueConstraint("dataset_id", "symbol"),
)

# When an instrument belonged to the universe; without any row of a dataset, always.
memberships = Table(
    "memberships",
    metadata,
    instrument_key(),
    Column("start_session", Date, primary_key=True),
    Column("end_session", Date),  # the first day out; NULL: still in
)

_PRICES = ("open", "high", "low", "close", "volume", "adj_close")

# Rows of a source that broke a hard rule: kept for people, never read by a job.
quarantine = Table(
    "quarantine",
    metadata,
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("symbol", String(32), primary_key=True),
    Column("rule", String(64), primary_key=True),
    Column("source", Text, primary_key=True),  # file and line, or what the provider calls the place
    Column("session", Date),
    Column("detail", Text, nullable=False),
    *doubles(*_PRICES),  # as far as they are numbers
    time_column("found_at"),
    # What an administrator made of it; a row that comes again with other values is to be looked at again.
    Column("status", String(16), nullable=False, server_default="quarantined"),
    Column("decided_by", String(64)),
    time_column("decided_at", nullable=True),
    CheckConstraint("status IN ('quarantined', 'released', 'confirmed')", name="status"),
)

# Bars that are kept but look suspicious (soft rules).
bar_flags = Table(
    "bar_flags",
    metadata,
    instrument_key(),
    Column("session", Date, primary_key=True),
    Column("rule", String(32), primary_key=True),
    Column("detail", Text, nullable=False),
    time_column("found_at"),
)

# How good the prices of each symbol are, as assessed last; shares in [0, 1].
quality_scores = Table(
    "quality_scores",
    metadata,
    instrument_key(),
    *doubles("completeness", "validity", "timeliness", "uniqueness"),
    Column("n_bars", Integer, nullable=False),
    Column("n_expected", Integer, nullable=False),
    Column("n_quarantined", Integer, nullable=False),
    Column("n_flagged", Integer, nullable=False),
    Column("longest_gap_sessions", Integer, nullable=False),
    Column("first_session", Date),
    Column("last_session", Date),
    time_column("assessed_at"),
)

# The same over all symbols, one row an assessment.
quality_runs = Table(
    "quality_runs",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    time_column("assessed_at"),
    Column("n_symbols", Integer, nullable=False),
    Column("n_bars", BigInteger, nullable=False),
    *doubles("completeness", "validity", "timeliness", "uniqueness"),
    Column("n_quarantined", Integer, nullable=False),
    Column("n_flagged", Integer, nullable=False),
    Column("findings", JSONB, nullable=False, server_default=text("'{}'::jsonb")),  # count by rule
    Index("ix_quality_runs_dataset_assessed", "dataset_id", "assessed_at"),
)

# Of the symbols that were listed on a session, how many have a bar.
session_completeness = Table(
    "session_completeness",
    metadata,
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("n_expected", Integer, nullable=False),
    Column("n_present", Integer, nullable=False),
)

bars = Table(
    "bars",
    metadata,
    instrument_key(),
    Column("session", Date, primary_key=True),
    *doubles(*_PRICES),
    time_column("known_at"),
)
bar_versions = Table(
    "bar_versions",
    metadata,
    instrument_key(),
    Column("session", Date, primary_key=True),
    *doubles(*_PRICES),
    Column("known_at", DateTime(timezone=True), primary_key=True),
    time_column("believed_until"),
)

events = Table(
    "events",
    metadata,
    instrument_key(),
    Column("session", Date, primary_key=True),
    Column("kind", String(16), primary_key=True),
    *doubles("value"),
    Column("detail", Text, nullable=False, server_default=""),
    time_column("known_at"),
)
event_versions = Table(
    "event_versions",
    metadata,
    instrument_key(),
    Column("session", Date, primary_key=True),
    Column("kind", String(16), primary_key=True),
    *doubles("value"),
    Column("detail", Text, nullable=False, server_default=""),
    Column("known_at", DateTime(timezone=True), primary_key=True),
    time_column("believed_until"),
)

# Prices within a session: shown, never scored, never a version of a bar.
quotes = Table(
    "quotes",
    metadata,
    instrument_key(),
    Column("quoted_at", DateTime(timezone=True), primary_key=True),
    *doubles("price", "previous_close", "volume"),
    time_column("received_at"),
)

# Whether a provider, or one symbol of it, is asked at all; the symbol is empty for the provider as a whole.
provider_circuits = Table(
    "provider_circuits",
    metadata,
    Column("provider", String(32), primary_key=True),
    Column("symbol", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("n_failures", Integer, nullable=False),  # in a row
    time_column("opened_at", nullable=True),
    time_column("last_success_at", nullable=True),
    time_column("last_failure_at", nullable=True),
    Column("last_error", Text, nullable=False, server_default=""),
    CheckConstraint("state IN ('closed', 'open', 'half_open')", name="state"),
)
