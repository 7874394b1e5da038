"""risk

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _of_report(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["report_id"],
        ["risk_reports.id"],
        name=op.f(f"fk_{table}_report_id_risk_reports"),
        ondelete="CASCADE",
    )


def upgrade() -> None:
    op.create_table(
        "risk_reports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("horizon_sessions", sa.SmallInteger(), nullable=False),
        sa.Column("n_paths", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("data_snapshot", sa.String(length=64), nullable=False),
        sa.Column("code_version", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["datasets.id"],
            name=op.f("fk_risk_reports_dataset_id_datasets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_reports")),
    )
    op.create_index(
        "ix_risk_reports_dataset_key_computed",
        "risk_reports",
        ["dataset_id", "request_key", "computed_at"],
        unique=False,
    )
    op.create_table(
        "risk_snapshots",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _of_report("risk_snapshots"),
        sa.PrimaryKeyConstraint("report_id", "method", name=op.f("pk_risk_snapshots")),
    )
    op.create_table(
        "risk_figures",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("value_at_risk", sa.Double(), nullable=True),
        sa.Column("value_at_risk_error", sa.Double(), nullable=True),
        sa.Column("expected_shortfall", sa.Double(), nullable=True),
        sa.Column("expected_shortfall_error", sa.Double(), nullable=True),
        _of_report("risk_figures"),
        sa.PrimaryKeyConstraint("report_id", "method", "confidence", name=op.f("pk_risk_figures")),
    )
    op.create_table(
        "risk_backtests",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("backtest", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _of_report("risk_backtests"),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_risk_backtests")),
    )
    op.create_table(
        "risk_stresses",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stress", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("kind IN ('historical', 'factor', 'user')", name=op.f("ck_risk_stresses_kind")),
        _of_report("risk_stresses"),
        sa.PrimaryKeyConstraint("report_id", "place", name=op.f("pk_risk_stresses")),
    )


def downgrade() -> None:
    for table in ("risk_stresses", "risk_backtests", "risk_figures", "risk_snapshots", "risk_reports"):
        op.drop_table(table)
