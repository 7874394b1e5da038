"""Risk reports and their parts."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from models.tables.columns import doubles, metadata, time_column

# What could be lost, as computed by one run for one request. What does not fit columns is JSON by field.
risk_reports = Table(
    "risk_reports",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("dataset_id", Integer, ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    Column("request_key", String(64), nullable=False),
    time_column("computed_at"),
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
    *doubles("value_at_risk", "value_at_risk_error", "expected_shortfall", "expected_shortfall_error"),
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
