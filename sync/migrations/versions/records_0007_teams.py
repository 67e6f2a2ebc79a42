"""Who stands on which seat of a grid, and switching to emergency and back."""

import sqlalchemy as sa
from alembic import op

revision = "records_0007"
down_revision = "records_0006"
branch_labels = None
depends_on = None

INDEXED = {"posting": ("grid", "resident", "phone"), "readiness_switch": ("grid",)}


def upgrade() -> None:
    op.create_table(
        "posting",
        *_system(),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("seat", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("resident", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("started_on", sa.Text(), nullable=True),
        sa.Column("ended_on", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_posting")),
    )
    op.create_table(
        "readiness_switch",
        *_system(),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("seen", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_readiness_switch")),
    )
    for table, name in _indexed():
        op.create_index(
            op.f(f"ix_{table}_area_{name}"), table, ["area", name], unique=False, **_filled(name)
        )


def downgrade() -> None:
    for table, name in _indexed():
        op.drop_index(op.f(f"ix_{table}_area_{name}"), table_name=table, **_filled(name))
    for table in INDEXED:
        op.drop_table(table)


def _system() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
    )


def _indexed() -> list[tuple[str, str]]:
    return [(table, name) for table, names in INDEXED.items() for name in names]


def _filled(name: str) -> dict[str, sa.TextClause]:
    filled = sa.text(f"{name} IS NOT NULL")
    return {"sqlite_where": filled, "postgresql_where": filled}
