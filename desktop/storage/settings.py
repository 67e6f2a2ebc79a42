"""Settings and facts of this PC, by name."""

from __future__ import annotations

from sqlalchemy import Connection

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
#: The county's time of the last sync that compared every field.
LAST_PROOF = "last_proof"
MOVE_NOTICE = "move_notice"
SYNC_MINUTES = "sync_minutes"
#: What the cadre said of the line (``sync.client.pace.Limit``), and what it came down to by itself.
LINE_LIMIT = "line_limit"
LINE_PAGE = "line_page"
#: How the last try to reach the county failed, as JSON; '' once it was reached.
TROUBLE = "trouble"
#: Seconds that this PC's clock was behind the county's time at the last sync.
CLOCK_BEHIND = "clock_behind"
#: The kinds and fields that the program knew which read what is here.
KNOWN = "known"
UI_SCALE = "ui_scale"
#: Up to which receipt the cadre has seen what is new; whether to remind of what is due ('no').
NEWS_SEEN = "news_seen"
REMIND = "remind"
#: What the county told last of the town's events, as JSON.
TOWN_FIGURES = "town_figures"
PHOTOS = "photos"
PHOTO_SIDE = "photo_side"
FILE_MB = "file_mb"


def read(connection: Connection, name: str, default: str = "") -> str:
    """One setting, or ``default`` where it was never written."""
    # Written out: each sync and each write asks for several.
    found = connection.exec_driver_sql("SELECT value FROM setting WHERE name = ?", (name,)).scalar()
    return default if found is None else str(found)


def read_all(connection: Connection) -> dict[str, str]:
    """Every setting that was ever written, by name."""
    return dict(connection.exec_driver_sql("SELECT name, value FROM setting").all())


def write(connection: Connection, **values: str) -> None:
    """Write settings by name."""
    if values:
        connection.exec_driver_sql(
            "INSERT INTO setting (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            list(values.items()),
        )
