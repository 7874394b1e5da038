"""What is computed of each bar: indicators, signals, and the counts behind their confidence."""

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)
from sqlalchemy.dialects.postgresql import ARRAY

from models.tables.columns import doubles, instrument_key, metadata, time_column

indicators = Table(
    "indicators",
    metadata,
    instrument_key(),
    Column("session", Date, primary_key=True),
    # Sessions since the history, or the last gap of over five sessions, began; this one included.
    Column("window_sessions", Integer, nullable=False),
    # Of the last 200 sessions, how many had no bar and were filled with the one before.
    Column("filled_sessions", Integer, nullable=False),
    *doubles(
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
        *doubles(*_SCORES, "rank", "confidence", "confidence_base_rate"),
        Column("confidence_n", Integer),
        Column("model_id", Integer),
        Column("segment", String(16), nullable=False),
        time_column("computed_at"),
    ]


signals = Table(
    "signals",
    metadata,
    instrument_key(),
    Column("session", Date, primary_key=True),
    *_signal_columns(),
    time_column("known_at"),
    Index("ix_signals_session", "session"),
)
signal_versions = Table(
    "signal_versions",
    metadata,
    instrument_key(),
    Column("session", Date, primary_key=True),
    *_signal_columns(),
    Column("known_at", DateTime(timezone=True), primary_key=True),
    time_column("believed_until"),
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
