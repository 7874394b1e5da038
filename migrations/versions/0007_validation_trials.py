"""validation trials

Revision: 0007, after 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_trials_kind"), "trials")
    op.create_check_constraint(
        op.f("ck_trials_kind"), "trials", "kind IN ('walk_forward', 'protocol', 'validation')"
    )


def downgrade() -> None:
    op.execute("DELETE FROM trials WHERE kind = 'validation'")
    op.drop_constraint(op.f("ck_trials_kind"), "trials")
    op.create_check_constraint(op.f("ck_trials_kind"), "trials", "kind IN ('walk_forward', 'protocol')")
