"""The county's own keys for files on a stick: made when first asked for, the same ever after."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from sync.keys import SecretKeys
from sync.server.database import reading, writing
from sync.server.errors import ServerError
from sync.server.tables import county_keys


def own_keys(engine: Engine) -> SecretKeys:
    """The county's secret keys. Raises ServerError where somebody spoilt them."""
    with reading(engine) as connection:
        found = _found(connection)
    if found is None:
        with writing(engine) as connection:
            _make(connection)
            found = _found(connection)
    keys = SecretKeys.from_text(found or "")
    if keys is None:
        raise ServerError("县里的U盘钥匙坏了，请用备份恢复数据库")
    return keys


def _make(connection: Connection) -> None:
    row = {"id": 1, "secret": SecretKeys.new().to_text()}
    if connection.dialect.name == "sqlite":
        # BEGIN IMMEDIATE locked the whole file: nobody makes them at the same moment.
        if _found(connection) is None:
            connection.execute(insert(county_keys).values(row))
    else:
        connection.execute(insert_unless_there(county_keys).values(row).on_conflict_do_nothing())


def _found(connection: Connection) -> str | None:
    found: str | None = connection.execute(select(county_keys.c.secret)).scalar()
    return found
