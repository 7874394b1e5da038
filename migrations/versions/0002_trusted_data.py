"""trusted data

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bar_flags",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("instrument_id", "session", "rule", name=op.f("pk_bar_flags")),
    )
    op.create_table(
        "provider_circuits",
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("n_failures", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_failure_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('closed', 'open', 'half_open')", name=op.f("ck_provider_circuits_state")
        ),
        sa.PrimaryKeyConstraint("provider", "symbol", name=op.f("pk_provider_circuits")),
    )
    op.create_table(
        "quality_scores",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("completeness", sa.Double(), nullable=True),
        sa.Column("validity", sa.Double(), nullable=True),
        sa.Column("timeliness", sa.Double(), nullable=True),
        sa.Column("uniqueness", sa.Double(), nullable=True),
        sa.Column("n_bars", sa.Integer(), nullable=False),
        sa.Column("n_expected", sa.Integer(), nullable=False),
        sa.Column("n_quarantined", sa.Integer(), nullable=False),
        sa.Column("n_flagged", sa.Integer(), nullable=False),
        sa.Column("longest_gap_sessions", sa.Integer(), nullable=False),
        sa.Column("first_session", sa.Date(), nullable=True),
        sa.Column("last_session", sa.Date(), nullable=True),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("instrument_id", name=op.f("pk_quality_scores")),
    )
    op.create_table(
        "quotes",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("quoted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price", sa.Double(), nullable=True),
        sa.Column("previous_close", sa.Double(), nullable=True),
        sa.Column("volume", sa.Double(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("instrument_id", "quoted_at", name=op.f("pk_quotes")),
    )
    op.create_table(
        "retention",
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("pruned_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_retention")),
    )
    op.create_table(
        "quality_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n_symbols", sa.Integer(), nullable=False),
        sa.Column("n_bars", sa.BigInteger(), nullable=False),
        sa.Column("completeness", sa.Double(), nullable=True),
        sa.Column("validity", sa.Double(), nullable=True),
        sa.Column("timeliness", sa.Double(), nullable=True),
        sa.Column("uniqueness", sa.Double(), nullable=True),
        sa.Column("n_quarantined", sa.Integer(), nullable=False),
        sa.Column("n_flagged", sa.Integer(), nullable=False),
        sa.Column(
            "findings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["datasets.id"],
            name=op.f("fk_quality_runs_dataset_id_datasets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_runs")),
    )
    op.create_index(
        "ix_quality_runs_dataset_assessed", "quality_runs", ["dataset_id", "assessed_at"], unique=False
    )
    op.create_table(
        "session_completeness",
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("n_expected", sa.Integer(), nullable=False),
        sa.Column("n_present", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["datasets.id"],
            name=op.f("fk_session_completeness_dataset_id_datasets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dataset_id", "session", name=op.f("pk_session_completeness")),
    )
    op.add_column("datasets", sa.Column("scored_with", sa.String(length=64), nullable=True))
    op.add_column("datasets", sa.Column("read_from", sa.String(length=64), nullable=True))
    op.add_column("datasets", sa.Column("assessed_with", sa.String(length=64), nullable=True))
    op.add_column("event_versions", sa.Column("detail", sa.Text(), server_default="", nullable=False))
    op.add_column("events", sa.Column("detail", sa.Text(), server_default="", nullable=False))
    op.add_column("quarantine", sa.Column("open", sa.Double(), nullable=True))
    op.add_column("quarantine", sa.Column("high", sa.Double(), nullable=True))
    op.add_column("quarantine", sa.Column("low", sa.Double(), nullable=True))
    op.add_column("quarantine", sa.Column("close", sa.Double(), nullable=True))
    op.add_column("quarantine", sa.Column("volume", sa.Double(), nullable=True))
    op.add_column("quarantine", sa.Column("adj_close", sa.Double(), nullable=True))
    op.add_column(
        "quarantine", sa.Column("status", sa.String(length=16), server_default="quarantined", nullable=False)
    )
    op.add_column("quarantine", sa.Column("decided_by", sa.String(length=64), nullable=True))
    op.add_column("quarantine", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("signal_versions", sa.Column("quantile_label", sa.String(length=16), nullable=True))
    op.add_column("signals", sa.Column("quantile_label", sa.String(length=16), nullable=True))
    op.create_check_constraint(
        op.f("ck_quarantine_status"), "quarantine", "status IN ('quarantined', 'released', 'confirmed')"
    )
    op.drop_constraint(op.f("ck_job_runs_state"), "job_runs")
    op.create_check_constraint(
        op.f("ck_job_runs_state"),
        "job_runs",
        "state IN ('queued', 'running', 'succeeded', 'partial', 'failed', 'skipped', 'cancelled')",
    )


def downgrade() -> None:
    op.execute("UPDATE job_runs SET state = 'succeeded' WHERE state = 'partial'")
    op.drop_constraint(op.f("ck_job_runs_state"), "job_runs")
    op.create_check_constraint(
        op.f("ck_job_runs_state"),
        "job_runs",
        "state IN ('queued', 'running', 'succeeded', 'failed', 'skipped', 'cancelled')",
    )
    op.drop_constraint(op.f("ck_quarantine_status"), "quarantine")
    op.drop_column("signals", "quantile_label")
    op.drop_column("signal_versions", "quantile_label")
    op.drop_column("quarantine", "decided_at")
    op.drop_column("quarantine", "decided_by")
    op.drop_column("quarantine", "status")
    op.drop_column("quarantine", "adj_close")
    op.drop_column("quarantine", "volume")
    op.drop_column("quarantine", "close")
    op.drop_column("quarantine", "low")
    op.drop_column("quarantine", "high")
    op.drop_column("quarantine", "open")
    op.drop_column("events", "detail")
    op.drop_column("event_versions", "detail")
    op.drop_column("datasets", "assessed_with")
    op.drop_column("datasets", "read_from")
    op.drop_column("datasets", "scored_with")
    op.drop_table("session_completeness")
    op.drop_index("ix_quality_runs_dataset_assessed", table_name="quality_runs")
    op.drop_table("quality_runs")
    op.drop_table("retention")
    op.drop_table("quotes")
    op.drop_table("quality_scores")
    op.drop_table("provider_circuits")
    op.drop_table("bar_flags")
