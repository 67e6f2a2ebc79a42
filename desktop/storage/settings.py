"""Settings and facts of this PC, by name."""

from __future__ import annotations

from sqlalchemy import Connection

from desktop.storage.driver import carry_out, tuples_of

#: Names in use, so that no two features take the same one.
AREA = "area"
AREA_NAME = "area_name"
SERVER = "server"
DEVICE = "device"
DEVICE_NAME = "device_name"
TOKEN = "token"  # noqa: S105 - the name of the setting
OPERATOR = "operator"
LAST_SYNC = "last_sync"
#: The place in the outbox of the last change that is on its way to the county; '0' for none.
UNDER_WAY = "under_way"
#: The place in the outbox of the last change that was on its way when a sync ended without knowing
#: of an answer: the county may have it; '0' for none.
ASKED = "asked"
#: How often records were laid under what is in the outbox, which has other places since.
LAID_UNDER = "laid_under"
#: The place in the outbox up to which all that waited is settled, and not taken out yet; '0' for
#: none.
SETTLED = "settled"
COURIER_KEYS = "courier_keys"
COUNTY_KEYS = "county_keys"
#: The county's time of the last sync that compared every field.
LAST_PROOF = "last_proof"
MOVE_NOTICE = "move_notice"
#: How often this PC has left a village; '' for never.
DEPARTURES = "departures"
#: 'yes' while the file has pages of a village that this PC has left.
TRACES = "traces"
#: Which files are still to go with what has left this PC, as JSON (``leftovers``); '' for none.
LEFTOVERS = "leftovers"
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
    found = tuples_of(connection, "SELECT value FROM setting WHERE name = ?", (name,))
    return str(found[0][0]) if found else default


def read_some(connection: Connection, *names: str) -> dict[str, str]:
    """Those of these settings that were ever written, by name; all by one query."""
    marks = ", ".join("?" * len(names))
    statement = f"SELECT name, value FROM setting WHERE name IN ({marks})"  # noqa: S608 - marks
    return dict(tuples_of(connection, statement, names))


def read_all(connection: Connection) -> dict[str, str]:
    """Every setting that was ever written, by name."""
    return dict(tuples_of(connection, "SELECT name, value FROM setting"))


def write(connection: Connection, **values: str) -> None:
    """Write settings by name."""
    carry_out(
        connection,
        "INSERT INTO setting (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        list(values.items()),
    )
