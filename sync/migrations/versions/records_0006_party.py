"""The party in the grids: organisations, groups, members, commitments and deeds."""

import sqlalchemy as sa
from alembic import op

revision = "records_0006"
down_revision = "records_0005"
branch_labels = None
depends_on = None

#: Columns by table, in the order of the records; all of them are texts.
TABLES = {
    "party_organisation": ("name", "organisation_type", "grid", "phone", "note"),
    "party_group": ("name", "organisation", "grid", "note"),
    "party_member": (
        "name",
        "resident",
        "organisation",
        "party_group",
        "role",
        "status",
        "joined_on",
        "away",
        "phone",
        "shown_on",
        "shown_how",
        "left_on",
        "note",
    ),
    "party_commitment": (
        "member",
        "text",
        "commitment_kind",
        "made_on",
        "due_on",
        "made_public",
        "withdrawn_on",
        "withdrawn_why",
        "note",
    ),
    "party_deed": (
        "member",
        "commitment",
        "text",
        "done_on",
        "beneficiary",
        "fulfils",
        "corrects",
    ),
}
#: What is looked up: references, by table.
SOUGHT = {
    "party_organisation": ("grid",),
    "party_group": ("organisation", "grid"),
    "party_member": ("resident", "organisation", "party_group"),
    "party_commitment": ("member",),
    "party_deed": ("member", "commitment", "corrects"),
}


def upgrade() -> None:
    for table, names in TABLES.items():
        op.create_table(
            table,
            sa.Column("area", sa.Text(), nullable=False),
            sa.Column("id", sa.Text(), nullable=False),
            sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
            sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
            sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
            sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
            *(sa.Column(name, sa.Text(), nullable=True) for name in names),
            sa.PrimaryKeyConstraint("area", "id", name=op.f(f"pk_{table}")),
        )
        for name in SOUGHT[table]:
            filled = sa.text(f"{name} IS NOT NULL")
            op.create_index(
                op.f(f"ix_{table}_area_{name}"),
                table,
                ["area", name],
                unique=False,
                sqlite_where=filled,
                postgresql_where=filled,
            )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
