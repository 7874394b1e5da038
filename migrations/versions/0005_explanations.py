"""explanations

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "explanations",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("model_hash", sa.String(length=64), nullable=False),
        sa.Column("baseline", sa.Text(), nullable=False),
        sa.Column("class_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("shown_class", sa.String(length=16), nullable=False),
        sa.Column("output", sa.Double(), nullable=False),
        sa.Column("base_output", sa.Double(), nullable=False),
        sa.Column("additivity_error", sa.Double(), nullable=False),
        sa.Column("probabilities", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("base_probabilities", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("feature_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("values", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("percentiles", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("attributions", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("standard_errors", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("window", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("is_filled", postgresql.ARRAY(sa.Boolean()), nullable=False),
        sa.Column("scaled_days", sa.LargeBinary(), nullable=False),
        sa.Column("day_attributions", sa.LargeBinary(), nullable=False),
        sa.Column("attention", sa.LargeBinary(), nullable=False),
        sa.Column("family_attributions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("family_error", sa.Double(), nullable=False),
        sa.Column("sentences", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "instrument_id", "session", "model_id", "method", name=op.f("pk_explanations")
        ),
    )
    op.create_index("ix_explanations_model_session", "explanations", ["model_id", "session"], unique=False)
    op.create_table(
        "explanation_summaries",
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["datasets.id"],
            name=op.f("fk_explanation_summaries_dataset_id_datasets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "dataset_id", "model_id", "kind", "session", name=op.f("pk_explanation_summaries")
        ),
    )


def downgrade() -> None:
    op.drop_table("explanation_summaries")
    op.drop_index("ix_explanations_model_session", table_name="explanations")
    op.drop_table("explanations")
