"""The whole database schema (SQLAlchemy Core).

Facts that can change keep their history: the current row stands in the plain table, each earlier one in
the ``*_versions`` twin with the time until which it was believed. Times are ``timestamptz``.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _time(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _instrument_key() -> Column[int]:
    # Without a foreign key: checking it row by row costs as much as the COPY of millions of rows. Who fills
    # these tables takes the numbers from `instruments` in the same transaction, and nothing deletes those.
    return Column("instrument_id", Integer, primary_key=True)


def _doubles(*names: str) -> list[Column[object]]:
    return [Column(name, Double) for name in names]


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
    _time("created_at"),
    # The dataset activated last is the one that pages show.
    _time("activated_at", nullable=True),
    _time("refreshed_at", nullable=True),
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
    _instrument_key(),
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
    *_doubles(*_PRICES),  # as far as they are numbers
    _time("found_at"),
    # What an administrator made of it; a row that comes again with other values is to be looked at again.
    Column("status", String(16), nullable=False, server_default="quarantined"),
    Column("decided_by", String(64)),
    _time("decided_at", nullable=True),
    CheckConstraint("status IN ('quarantined', 'released', 'confirmed')", name="status"),
)

# Bars that are kept but look suspicious (soft rules).
bar_flags = Table(
    "bar_flags",
    metadata,
    _instrument_key(),
    Column("session", Date, primary_key=True),
    Column("rule", String(32), primary_key=True),
    Column("detail", Text, nullable=False),
    _time("found_at"),
)

# How good the prices of each symbol are, as assessed last; shares in [0, 1].
quality_scores = Table(
    "quality_scores",
    metadata,
    _instrument_key(),
    *_doubles("completeness", "validity", "timeliness", "uniqueness"),
    Column("n_bars", Integer, nullable=False),
    Column("n_expected", Integer, nullable=False),
    Column("n_quarantined", Integer, nullable=False),
    Column("n_flagged", Integer, nullable=False),
    Column("longest_gap_sessions", Integer, nullable=False),
    Column("first_session", Date),
    Column("last_session", Date),
    _time("assessed_at"),
)

# The same over all symbols, one row an assessment.
quality_runs = Table(
    "quality_runs",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    _time("assessed_at"),
    Column("n_symbols", Integer, nullable=False),
    Column("n_bars", BigInteger, nullable=False),
    *_doubles("completeness", "validity", "timeliness", "uniqueness"),
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
    _instrument_key(),
    Column("session", Date, primary_key=True),
    *_doubles(*_PRICES),
    _time("known_at"),
)
bar_versions = Table(
    "bar_versions",
    metadata,
    _instrument_key(),
    Column("session", Date, primary_key=True),
    *_doubles(*_PRICES),
    Column("known_at", DateTime(timezone=True), primary_key=True),
    _time("believed_until"),
)

events = Table(
    "events",
    metadata,
    _instrument_key(),
    Column("session", Date, primary_key=True),
    Column("kind", String(16), primary_key=True),
    *_doubles("value"),
    Column("detail", Text, nullable=False, server_default=""),
    _time("known_at"),
)
event_versions = Table(
    "event_versions",
    metadata,
    _instrument_key(),
    Column("session", Date, primary_key=True),
    Column("kind", String(16), primary_key=True),
    *_doubles("value"),
    Column("detail", Text, nullable=False, server_default=""),
    Column("known_at", DateTime(timezone=True), primary_key=True),
    _time("believed_until"),
)

# Prices within a session: shown, never scored, never a version of a bar.
quotes = Table(
    "quotes",
    metadata,
    _instrument_key(),
    Column("quoted_at", DateTime(timezone=True), primary_key=True),
    *_doubles("price", "previous_close", "volume"),
    _time("received_at"),
)

# Whether a provider, or one symbol of it, is asked at all; the symbol is empty for the provider as a whole.
provider_circuits = Table(
    "provider_circuits",
    metadata,
    Column("provider", String(32), primary_key=True),
    Column("symbol", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("n_failures", Integer, nullable=False),  # in a row
    _time("opened_at", nullable=True),
    _time("last_success_at", nullable=True),
    _time("last_failure_at", nullable=True),
    Column("last_error", Text, nullable=False, server_default=""),
    CheckConstraint("state IN ('closed', 'open', 'half_open')", name="state"),
)

indicators = Table(
    "indicators",
    metadata,
    _instrument_key(),
    Column("session", Date, primary_key=True),
    # Sessions since the history, or the last gap of over five sessions, began; this one included.
    Column("window_sessions", Integer, nullable=False),
    # Of the last 200 sessions, how many had no bar and were filled with the one before.
    Column("filled_sessions", Integer, nullable=False),
    *_doubles(
        "rsi_14",
        "macd",
        "macd_signal",
        "macd_hist",
        "sma_20",
        "sma_50",
        "sma_200",
        "bb_upper",
        "bb_middle",
        "bb_lower",
        "atr_14",
    ),
)

_SCORES = ("confluence", "technical", "sentiment", "model", "rsi_score", "macd_score", "ma_score", "bb_score")


def _signal_columns() -> list[Column[object]]:
    return [
        Column("label", String(16), nullable=False),
        Column("technical_label", String(16), nullable=False),
        Column("quantile_label", String(16)),
        *_doubles(*_SCORES, "rank", "confidence", "confidence_base_rate"),
        Column("confidence_n", Integer),
        Column("model_id", Integer),
        Column("segment", String(16), nullable=False),
        _time("computed_at"),
    ]


signals = Table(
    "signals",
    metadata,
    _instrument_key(),
    Column("session", Date, primary_key=True),
    *_signal_columns(),
    _time("known_at"),
    Index("ix_signals_session", "session"),
)
signal_versions = Table(
    "signal_versions",
    metadata,
    _instrument_key(),
    Column("session", Date, primary_key=True),
    *_signal_columns(),
    Column("known_at", DateTime(timezone=True), primary_key=True),
    _time("believed_until"),
)

# Counts of matured signals behind the confidence (quant.confidence), so that an evening needs no history.
matured_counts = Table(
    "matured_counts",
    metadata,
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("through", Date, nullable=False),
    Column("n_sessions", Integer, nullable=False),
    Column("ups", ARRAY(Double), nullable=False),
    Column("totals", ARRAY(Double), nullable=False),
)

job_runs = Table(
    "job_runs",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("job", String(32), nullable=False),
    _time("scheduled_for"),
    Column("attempt", SmallInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("requested_by", String(64), nullable=False),
    Column("parameters", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("owner", String(128)),
    # Rises with each claim of any run: a write under an older token than the run's own is refused.
    Column("fencing_token", BigInteger),
    _time("started_at", nullable=True),
    _time("heartbeat_at", nullable=True),
    _time("finished_at", nullable=True),
    Column("progress_done", BigInteger, nullable=False, server_default="0"),
    Column("progress_total", BigInteger, nullable=False, server_default="0"),
    Column("progress_message", Text, nullable=False, server_default=""),
    _time("progress_since", nullable=True),  # when the step that is counted began
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
    _time("acquired_at"),
    _time("heartbeat_at"),
    CheckConstraint("id = 1", name="single"),
)

# Until when history has been pruned: what was known before cannot be answered any more.
retention = Table(
    "retention",
    metadata,
    Column("subject", String(32), primary_key=True),  # bars, events, signals
    _time("pruned_until"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("subject", String(32), primary_key=True),  # data, jobs, accounts
    Column("number", BigInteger, nullable=False),
    _time("changed_at"),
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
    _time("created_at"),
    CheckConstraint("role IN ('viewer', 'trader', 'admin')", name="role"),
    Index("uq_users_username_lower", func.lower(text("username")), unique=True),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _time("at"),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("address", String(64), nullable=False, server_default=""),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Index("ix_audit_log_action_at", "action", "at"),
)

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
    _time("first_run_at"),
    _time("last_run_at"),
    Column("n_runs", Integer, nullable=False),
    # Of the newest run: the data it saw, the code that ran, what came out.
    Column("data_snapshot", String(64), nullable=False),
    Column("code_version", String(64), nullable=False),
    Column("evaluation", JSONB, nullable=False),
    # Net returns per session of the book that the forecasts make; NULL where no book was made.
    Column("return_sessions", ARRAY(Date)),
    Column("returns", ARRAY(Double)),
    CheckConstraint("kind IN ('walk_forward', 'protocol')", name="kind"),
)

# What could be lost, as computed by one run for one request. What does not fit columns is JSON by field.
risk_reports = Table(
    "risk_reports",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    Column("request_key", String(64), nullable=False),
    _time("computed_at"),
    Column("session", Date, nullable=False),  # the book's
    Column("origin", String(32), nullable=False),
    Column("horizon_sessions", SmallInteger, nullable=False),
    Column("n_paths", Integer, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("report", JSONB, nullable=False),  # all but what the tables below hold
    Column("data_snapshot", String(64), nullable=False),
    Column("code_version", String(64), nullable=False),
    Index("ix_risk_reports_dataset_key_computed", "dataset_id", "request_key", "computed_at"),
)


def _report_key() -> Column[int]:
    return Column(
        "report_id", BigInteger, ForeignKey("risk_reports.id", ondelete="CASCADE"), primary_key=True
    )


# What each method of a report said, in the order asked for.
risk_snapshots = Table(
    "risk_snapshots",
    metadata,
    _report_key(),
    Column("method", String(32), primary_key=True),
    Column("place", SmallInteger, nullable=False),
    Column("snapshot", JSONB, nullable=False),
)

# Its key figures, one row a confidence: they are kept for good and exported.
risk_figures = Table(
    "risk_figures",
    metadata,
    _report_key(),
    Column("method", String(32), primary_key=True),
    Column("confidence", Double, primary_key=True),
    *_doubles("value_at_risk", "value_at_risk_error", "expected_shortfall", "expected_shortfall_error"),
)

risk_backtests = Table(
    "risk_backtests",
    metadata,
    _report_key(),
    Column("backtest", JSONB, nullable=False),
)

risk_stresses = Table(
    "risk_stresses",
    metadata,
    _report_key(),
    Column("place", SmallInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("stress", JSONB, nullable=False),
    CheckConstraint("kind IN ('historical', 'factor', 'user')", name="kind"),
)

# What the leakage audit found.
audits = Table(
    "audits",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE")),
    Column("trial_id", Integer, ForeignKey("trials.id", ondelete="CASCADE")),
    _time("audited_at"),
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
    _time("trained_at"),
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
    _time("at"),
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
    _instrument_key(),
    Column("session", Date, primary_key=True),
    Column("model_id", Integer, nullable=False),
    Column("probabilities", ARRAY(Double), nullable=False),  # by class, the most bearish first
    Column("score", Double, nullable=False),
    Column("is_proven", Boolean, nullable=False),  # whether it counted in the confluence
    _time("computed_at"),
)

# Why a model said what it said of a signal; the same can be computed again at any time.
explanations = Table(
    "explanations",
    metadata,
    _instrument_key(),
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
    _time("computed_at"),
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
    _time("computed_at"),
)
