"""Settings and facts of this PC, by name."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from desktop.storage.tables import setting

#: Names in use, so that no two features take the same one.
AREA = "area"
AREA_NAME = "area_name"
SERVER = "server"
DEVICE = "device"
DEVICE_NAME = "device_name"
TOKEN = "token"  # noqa: S105 - the name of the setting
OPERATOR = "operator"
LAST_SYNC = "last_sync"
COURIER_KEYS = "courier_keys"
COUNTY_KEYS = "county_keys"
SYNC_MINUTES = "sync_minutes"
UI_SCALE = "ui_scale"


def read(connection: Connection, name: str, default: str = "") -> str:
    """One setting, or ``default`` where it was never written."""
    found = connection.execute(select(setting.c.value).where(setting.c.name == name)).scalar()
    return default if found is None else found


def write(connection: Connection, **values: str) -> None:
    """Write settings by name."""
    for name, value in values.items():
        statement = insert(setting).values(name=name, value=value)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
        )
