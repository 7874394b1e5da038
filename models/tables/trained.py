"""What was learnt: trials, audits, models, their scores and explanations."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from models.tables.columns import instrument_key, metadata, time_column

# Every configuration ever tried, once: seeds, folds and reruns add to ``n_runs`` alone.
trials = Table(
    "trials",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("fingerprint", String(64), nullable=False, unique=True),  # SHA-256 of the configuration
    Column("kind", String(16), nullable=False),
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE")),
    Column("model", String(64), nullable=False),
    Column("configuration", JSONB, nullable=False),
    time_column("first_run_at"),
    time_column("last_run_at"),
    Column("n_runs", Integer, nullable=False),
    # Of the newest run: the data it saw, the code that ran, what came out.
    Column("data_snapshot", String(64), nullable=False),
    Column("code_version", String(64), nullable=False),
    Column("evaluation", JSONB, nullable=False),
    # Net returns per session of the book that the forecasts make; NULL where no book was made.
    Column("return_sessions", ARRAY(Date)),
    Column("returns", ARRAY(Double)),
    CheckConstraint("kind IN ('walk_forward', 'protocol', 'validation')", name="kind"),
)

# What the leakage audit found.
audits = Table(
    "audits",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE")),
    Column("trial_id", Integer, ForeignKey("trials.id", ondelete="CASCADE")),
    time_column("audited_at"),
    Column("passed", Boolean, nullable=False),
    Column("checks", JSONB, nullable=False),  # name, passed, detail
    Column("code_version", String(64), nullable=False),
    Index("ix_audits_dataset_audited", "dataset_id", "audited_at"),
)

# Models that were trained to be used. What is written when one is registered never changes.
models = Table(
    "models",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("content_hash", String(64), nullable=False),  # of the manifest; names the folder of its files
    Column("data_snapshot", String(64), nullable=False),
    Column("feature_hash", String(64), nullable=False),
    Column("configuration", JSONB, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("code_version", String(64), nullable=False),
    time_column("trained_at"),
    Column("train_from", Date, nullable=False),
    Column("train_to", Date, nullable=False),
    Column("labels_through", Date, nullable=False),
    Column("learning_curves", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("parent_id", Integer, ForeignKey("models.id")),
    Column("status", String(16), nullable=False, server_default="candidate"),
    Column("evaluation", JSONB),  # NULL: not judged yet
    Column("trial_id", Integer, ForeignKey("trials.id")),
    Column("audit_id", Integer, ForeignKey("audits.id")),
    Column("gate", JSONB),  # what the promotion gate found last: a list of criteria
    Column("is_forced", Boolean, nullable=False, server_default=text("false")),
    # Why its files could not be used when they were last wanted.
    Column("fault", Text, nullable=False, server_default=""),
    UniqueConstraint("dataset_id", "content_hash"),
    CheckConstraint("status IN ('candidate', 'champion', 'retired', 'refused')", name="status"),
    Index("uq_models_champion", "dataset_id", unique=True, postgresql_where=text("status = 'champion'")),
)

# Who decided what about a model, and why; never changed.
model_decisions = Table(
    "model_decisions",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("model_id", Integer, ForeignKey("models.id", ondelete="CASCADE"), nullable=False),
    Column("action", String(16), nullable=False),
    Column("actor", String(64), nullable=False),
    time_column("at"),
    Column("reasons", JSONB, nullable=False),
    Column("gate", JSONB),
    CheckConstraint(
        "action IN ('promote', 'force', 'refuse', 'retire', 'rollback', 'restore')", name="action"
    ),
    Index("ix_model_decisions_model", "model_id", "id"),
)

# What a model said of a session, written once: neither a later model nor a promotion restates it.
model_scores = Table(
    "model_scores",
    metadata,
    instrument_key(),
    Column("session", Date, primary_key=True),
    Column("model_id", Integer, nullable=False),
    Column("probabilities", ARRAY(Double), nullable=False),  # by class, the most bearish first
    Column("score", Double, nullable=False),
    Column("is_proven", Boolean, nullable=False),  # whether it counted in the confluence
    time_column("computed_at"),
)

# Why a model said what it said of a signal; the same can be computed again at any time.
explanations = Table(
    "explanations",
    metadata,
    instrument_key(),
    Column("session", Date, primary_key=True),
    Column("model_id", Integer, primary_key=True),
    Column("method", String(32), primary_key=True),
    Column("model_hash", String(64), nullable=False),
    Column("baseline", Text, nullable=False),
    Column("class_names", ARRAY(Text), nullable=False),
    Column("shown_class", String(16), nullable=False),
    *(Column(name, Double, nullable=False) for name in ("output", "base_output", "additivity_error")),
    *(Column(name, ARRAY(Double), nullable=False) for name in ("probabilities", "base_probabilities")),
    # By feature.
    Column("feature_names", ARRAY(Text), nullable=False),
    *(
        Column(name, ARRAY(Double), nullable=False)
        for name in ("values", "percentiles", "attributions", "standard_errors")
    ),
    # By day of the window; float32, little-endian, (day, feature) and (head, day).
    Column("window", ARRAY(Date), nullable=False),
    Column("is_filled", ARRAY(Boolean), nullable=False),
    Column("scaled_days", LargeBinary, nullable=False),
    Column("day_attributions", LargeBinary, nullable=False),
    Column("attention", LargeBinary, nullable=False),
    Column("family_attributions", JSONB, nullable=False),
    Column("family_error", Double, nullable=False),
    Column("sentences", ARRAY(Text), nullable=False),
    time_column("computed_at"),
    Index("ix_explanations_model_session", "model_id", "session"),
)

# What is said of a model as a whole: importance, the deletion test of its attention, stability.
explanation_summaries = Table(
    "explanation_summaries",
    metadata,
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("model_id", Integer, primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("content", JSONB, nullable=False),
    time_column("computed_at"),
)
