"""The first concepts: divisions, grids, residents, points, settlements and conflicts."""

import sqlalchemy as sa
from alembic import op

revision = "records_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conflict",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("record_title", sa.Text(), nullable=True),
        sa.Column("fields_in_conflict", sa.Text(), nullable=True),
        sa.Column("county_values", sa.Text(), nullable=True),
        sa.Column("other_values", sa.Text(), nullable=True),
        sa.Column("other_by", sa.Text(), nullable=True),
        sa.Column("other_at", sa.Text(), nullable=True),
        sa.Column("other_device", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("choice", sa.Text(), nullable=True),
        sa.Column("chosen_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_conflict")),
    )
    op.create_table(
        "division",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_division")),
    )
    op.create_index(
        op.f("ix_division_area_code"),
        "division",
        ["area", "code"],
        unique=False,
        sqlite_where=sa.text("code IS NOT NULL"),
        postgresql_where=sa.text("code IS NOT NULL"),
    )
    op.create_table(
        "grid",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("scene", sa.Text(), nullable=True),
        sa.Column("terrain", sa.Text(), nullable=True),
        sa.Column("planned_households", sa.BigInteger(), nullable=True),
        sa.Column("leader", sa.Text(), nullable=True),
        sa.Column("leader_phone", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_grid")),
    )
    op.create_index(
        op.f("ix_grid_area_code"),
        "grid",
        ["area", "code"],
        unique=False,
        sqlite_where=sa.text("code IS NOT NULL"),
        postgresql_where=sa.text("code IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_grid_area_parent"),
        "grid",
        ["area", "parent"],
        unique=False,
        sqlite_where=sa.text("parent IS NOT NULL"),
        postgresql_where=sa.text("parent IS NOT NULL"),
    )
    op.create_table(
        "household",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("head", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_household")),
    )
    op.create_index(
        op.f("ix_household_area_grid"),
        "household",
        ["area", "grid"],
        unique=False,
        sqlite_where=sa.text("grid IS NOT NULL"),
        postgresql_where=sa.text("grid IS NOT NULL"),
    )
    op.create_table(
        "milestone",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("planned_on", sa.Text(), nullable=True),
        sa.Column("reached_on", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_milestone")),
    )
    op.create_index(
        op.f("ix_milestone_area_project"),
        "milestone",
        ["area", "project"],
        unique=False,
        sqlite_where=sa.text("project IS NOT NULL"),
        postgresql_where=sa.text("project IS NOT NULL"),
    )
    op.create_table(
        "points_entry",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("entry_type", sa.Text(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("occurred_on", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("witness", sa.Text(), nullable=True),
        sa.Column("reverses", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_points_entry")),
    )
    op.create_index(
        op.f("ix_points_entry_area_reverses"),
        "points_entry",
        ["area", "reverses"],
        unique=False,
        sqlite_where=sa.text("reverses IS NOT NULL"),
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_points_entry_area_subject"),
        "points_entry",
        ["area", "subject"],
        unique=False,
        sqlite_where=sa.text("subject IS NOT NULL"),
        postgresql_where=sa.text("subject IS NOT NULL"),
    )
    op.create_table(
        "points_subject",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("subject_type", sa.Text(), nullable=True),
        sa.Column("resident", sa.Text(), nullable=True),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_points_subject")),
    )
    op.create_index(
        op.f("ix_points_subject_area_grid"),
        "points_subject",
        ["area", "grid"],
        unique=False,
        sqlite_where=sa.text("grid IS NOT NULL"),
        postgresql_where=sa.text("grid IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_points_subject_area_resident"),
        "points_subject",
        ["area", "resident"],
        unique=False,
        sqlite_where=sa.text("resident IS NOT NULL"),
        postgresql_where=sa.text("resident IS NOT NULL"),
    )
    op.create_table(
        "progress_report",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("reported_on", sa.Text(), nullable=True),
        sa.Column("percent", sa.BigInteger(), nullable=True),
        sa.Column("money_spent", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("problems", sa.Text(), nullable=True),
        sa.Column("reporter", sa.Text(), nullable=True),
        sa.Column("corrects", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_progress_report")),
    )
    op.create_index(
        op.f("ix_progress_report_area_corrects"),
        "progress_report",
        ["area", "corrects"],
        unique=False,
        sqlite_where=sa.text("corrects IS NOT NULL"),
        postgresql_where=sa.text("corrects IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_progress_report_area_project"),
        "progress_report",
        ["area", "project"],
        unique=False,
        sqlite_where=sa.text("project IS NOT NULL"),
        postgresql_where=sa.text("project IS NOT NULL"),
    )
    op.create_table(
        "project",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("settlement", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("planned_start", sa.Text(), nullable=True),
        sa.Column("planned_end", sa.Text(), nullable=True),
        sa.Column("actual_start", sa.Text(), nullable=True),
        sa.Column("actual_end", sa.Text(), nullable=True),
        sa.Column("money_planned", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_project")),
    )
    op.create_index(
        op.f("ix_project_area_settlement"),
        "project",
        ["area", "settlement"],
        unique=False,
        sqlite_where=sa.text("settlement IS NOT NULL"),
        postgresql_where=sa.text("settlement IS NOT NULL"),
    )
    op.create_table(
        "resident",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("id_number", sa.Text(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("relation", sa.Text(), nullable=True),
        sa.Column("political_status", sa.Text(), nullable=True),
        sa.Column("household", sa.Text(), nullable=True),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_resident")),
    )
    op.create_index(
        op.f("ix_resident_area_grid"),
        "resident",
        ["area", "grid"],
        unique=False,
        sqlite_where=sa.text("grid IS NOT NULL"),
        postgresql_where=sa.text("grid IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_resident_area_household"),
        "resident",
        ["area", "household"],
        unique=False,
        sqlite_where=sa.text("household IS NOT NULL"),
        postgresql_where=sa.text("household IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_resident_area_id_number"),
        "resident",
        ["area", "id_number"],
        unique=False,
        sqlite_where=sa.text("id_number IS NOT NULL"),
        postgresql_where=sa.text("id_number IS NOT NULL"),
    )
    op.create_table(
        "settlement",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("settlement_type", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("households", sa.BigInteger(), nullable=True),
        sa.Column("people", sa.BigInteger(), nullable=True),
        sa.Column("built_on", sa.Text(), nullable=True),
        sa.Column("property_service", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("area", "id", name=op.f("pk_settlement")),
    )
    op.create_index(
        op.f("ix_settlement_area_grid"),
        "settlement",
        ["area", "grid"],
        unique=False,
        sqlite_where=sa.text("grid IS NOT NULL"),
        postgresql_where=sa.text("grid IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        op.f("ix_settlement_area_grid"),
        table_name="settlement",
        sqlite_where=sa.text("grid IS NOT NULL"),
        postgresql_where=sa.text("grid IS NOT NULL"),
    )
    op.drop_table("settlement")
    op.drop_index(
        op.f("ix_resident_area_id_number"),
        table_name="resident",
        sqlite_where=sa.text("id_number IS NOT NULL"),
        postgresql_where=sa.text("id_number IS NOT NULL"),
    )
    op.drop_index(
        op.f("ix_resident_area_household"),
        table_name="resident",
        sqlite_where=sa.text("household IS NOT NULL"),
        postgresql_where=sa.text("household IS NOT NULL"),
    )
    op.drop_index(
        op.f("ix_resident_area_grid"),
        table_name="resident",
        sqlite_where=sa.text("grid IS NOT NULL"),
        postgresql_where=sa.text("grid IS NOT NULL"),
    )
    op.drop_table("resident")
    op.drop_index(
        op.f("ix_project_area_settlement"),
        table_name="project",
        sqlite_where=sa.text("settlement IS NOT NULL"),
        postgresql_where=sa.text("settlement IS NOT NULL"),
    )
    op.drop_table("project")
    op.drop_index(
        op.f("ix_progress_report_area_project"),
        table_name="progress_report",
        sqlite_where=sa.text("project IS NOT NULL"),
        postgresql_where=sa.text("project IS NOT NULL"),
    )
    op.drop_index(
        op.f("ix_progress_report_area_corrects"),
        table_name="progress_report",
        sqlite_where=sa.text("corrects IS NOT NULL"),
        postgresql_where=sa.text("corrects IS NOT NULL"),
    )
    op.drop_table("progress_report")
    op.drop_index(
        op.f("ix_points_subject_area_resident"),
        table_name="points_subject",
        sqlite_where=sa.text("resident IS NOT NULL"),
        postgresql_where=sa.text("resident IS NOT NULL"),
    )
    op.drop_index(
        op.f("ix_points_subject_area_grid"),
        table_name="points_subject",
        sqlite_where=sa.text("grid IS NOT NULL"),
        postgresql_where=sa.text("grid IS NOT NULL"),
    )
    op.drop_table("points_subject")
    op.drop_index(
        op.f("ix_points_entry_area_subject"),
        table_name="points_entry",
        sqlite_where=sa.text("subject IS NOT NULL"),
        postgresql_where=sa.text("subject IS NOT NULL"),
    )
    op.drop_index(
        op.f("ix_points_entry_area_reverses"),
        table_name="points_entry",
        sqlite_where=sa.text("reverses IS NOT NULL"),
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )
    op.drop_table("points_entry")
    op.drop_index(
        op.f("ix_milestone_area_project"),
        table_name="milestone",
        sqlite_where=sa.text("project IS NOT NULL"),
        postgresql_where=sa.text("project IS NOT NULL"),
    )
    op.drop_table("milestone")
    op.drop_index(
        op.f("ix_household_area_grid"),
        table_name="household",
        sqlite_where=sa.text("grid IS NOT NULL"),
        postgresql_where=sa.text("grid IS NOT NULL"),
    )
    op.drop_table("household")
    op.drop_index(
        op.f("ix_grid_area_parent"),
        table_name="grid",
        sqlite_where=sa.text("parent IS NOT NULL"),
        postgresql_where=sa.text("parent IS NOT NULL"),
    )
    op.drop_index(
        op.f("ix_grid_area_code"),
        table_name="grid",
        sqlite_where=sa.text("code IS NOT NULL"),
        postgresql_where=sa.text("code IS NOT NULL"),
    )
    op.drop_table("grid")
    op.drop_index(
        op.f("ix_division_area_code"),
        table_name="division",
        sqlite_where=sa.text("code IS NOT NULL"),
        postgresql_where=sa.text("code IS NOT NULL"),
    )
    op.drop_table("division")
    op.drop_table("conflict")
