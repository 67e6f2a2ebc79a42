"""Runs in the log: new records that were taken in one after the other lie in one row."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "server_0008"
down_revision = "server_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_run",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("transaction", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("area", "revision", name=op.f("pk_log_run")),
    )
    op.create_index(op.f("ix_log_run_area_transaction"), "log_run", ["area", "transaction"])


def downgrade() -> None:
    _log_one_by_one(op.get_bind())
    op.drop_index(op.f("ix_log_run_area_transaction"), table_name="log_run")
    op.drop_table("log_run")


def _log_one_by_one(connection: sa.Connection) -> None:
    # What was answered must be answered the same again by the older program too.
    log = sa.Table("change_log", sa.MetaData(), autoload_with=connection)
    runs = sa.Table("log_run", sa.MetaData(), autoload_with=connection)
    for run in connection.execute(sa.select(runs)).mappings().all():
        connection.execute(log.insert(), _rows_of(run))


def _rows_of(run: sa.RowMapping) -> list[dict[str, Any]]:
    same = {name: run[name] for name in ("area", "kind", "by", "at", "device", "received_at")}
    same |= {"operation": "create", "code": "accepted", "reason": "", "previous": 0}
    return [
        same
        | {
            "change": f"{run['transaction']}.{run['place'] + number}",
            "revision": run["revision"] + number,
            "record": record,
        }
        for number, record in enumerate(json.loads(run["records"]))
    ]
