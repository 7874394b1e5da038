"""The whole database schema (SQLAlchemy Core).

Facts that can change keep their history: the current row stands in the plain table, each earlier one in
the ``*_versions`` twin with the time until which it was believed. Times are ``timestamptz``.
"""

from models.tables.columns import metadata
from models.tables.market import (
    bar_flags,
    bar_versions,
    bars,
    datasets,
    event_versions,
    events,
    instruments,
    memberships,
    provider_circuits,
    quality_runs,
    quality_scores,
    quarantine,
    quotes,
    sectors,
    session_completeness,
)
from models.tables.operations import (
    audit_log,
    fencing_tokens,
    job_runs,
    leadership,
    retention,
    revisions,
    users,
)
from models.tables.risk import risk_backtests, risk_figures, risk_reports, risk_snapshots, risk_stresses
from models.tables.signals import indicators, matured_counts, signal_versions, signals
from models.tables.trained import (
    audits,
    explanation_summaries,
    explanations,
    model_decisions,
    model_scores,
    models,
    trials,
)

__all__ = [
    "audit_log",
    "audits",
    "bar_flags",
    "bar_versions",
    "bars",
    "datasets",
    "event_versions",
    "events",
    "explanation_summaries",
    "explanations",
    "fencing_tokens",
    "indicators",
    "instruments",
    "job_runs",
    "leadership",
    "matured_counts",
    "memberships",
    "metadata",
    "model_decisions",
    "model_scores",
    "models",
    "provider_circuits",
    "quality_runs",
    "quality_scores",
    "quarantine",
    "quotes",
    "retention",
    "revisions",
    "risk_backtests",
    "risk_figures",
    "risk_reports",
    "risk_snapshots",
    "risk_stresses",
    "sectors",
    "session_completeness",
    "signal_versions",
    "signals",
    "trials",
    "users",
]
