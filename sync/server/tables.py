"""The county server's own tables, beside those of the records.

The area comes first in every key, so that the tables can be spread over machines by village.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Column, Index, MetaData, SmallInteger, Table, Text, text

from sync.migrations import RECORDS, History

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}
)

#: The last number given in each area. One number space serves as revision and as reading cursor;
#: who numbers holds the lock on the area's row. A county that went back to a backup begins another
#: ``era``: what it knew ends with the number ``since``, its new numbers begin at ``start``, above
#: all that were ever given, and name the era (``sync.server.numbering``).
area_head = Table(
    "area_head",
    metadata,
    Column("area", Text, primary_key=True),
    Column("head", BigInteger, nullable=False),
    Column("era", BigInteger, nullable=False, server_default=text("0")),
    Column("since", BigInteger, nullable=False, server_default=text("0")),
    Column("start", BigInteger, nullable=False, server_default=text("0")),
)

#: What the county holds of each area, by kind: how many records, and the checksum of their versions
#: (``sync.proof``). A cache: it follows from the records.
holding = Table(
    "holding",
    metadata,
    Column("area", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("records", BigInteger, nullable=False),
    Column("checksum", BigInteger, nullable=False),
)

#: Every change the county has handled, by its own id, with the answer it was given, but for what
#: lies in ``log_run``.
#: ``revision`` is its number in the area (NULL: nothing was written, mostly for it was rejected);
#: each number of an era belongs to exactly one row. ``previous`` is the number that the record had
#: before (0: none), so that a record's history is followed back number by number. ``fields`` is a
#: JSON object {name: [old, new]} of what an edit or a merge wrote, NULL for a plain create: the
#: record itself says it; of what was rejected it keeps [null, value], so that no value is lost.
#: ``device`` is '' for what the county wrote by itself. ``at`` is the PC's clock, ``received_at``
#: the county's (UTC). A change of a record that had moved is answered here, and logged whole there.
change_log = Table(
    "change_log",
    metadata,
    Column("area", Text, primary_key=True),
    Column("change", Text, primary_key=True),
    Column("revision", BigInteger),
    Column("previous", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("fields", Text),
    Column("by", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Index(None, "area", "revision", unique=True),
)

#: New records that one PC wrote in one transaction, taken in as they were sent and numbered one
#: after the other: what ``change_log`` would have in ``changes`` rows (``sync.server.log_runs``).
#: ``revision`` is the number of the first; its change's id is ``transaction``.``place``, and
#: ``records`` a JSON list of their ids.
log_run = Table(
    "log_run",
    metadata,
    Column("area", Text, primary_key=True),
    Column("revision", BigInteger, primary_key=True),
    Column("changes", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("transaction", Text, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("records", Text, nullable=False),
    Index(None, "area", "transaction"),
)

#: The PCs taken in, each for one village. The token itself is known to the PC alone.
#: ``courier_keys`` are its public keys for files on a stick, '' until it has handed them in.
device = Table(
    "device",
    metadata,
    Column("id", Text, primary_key=True),
    Column("area", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("token_hash", Text, nullable=False),
    Column("enrolled_at", Text, nullable=False),
    Column("last_seen_at", Text, nullable=False),
    Column("revoked", SmallInteger, nullable=False, server_default=text("0")),
    Column("courier_keys", Text, nullable=False, server_default=text("''")),
    Index(None, "token_hash", unique=True),
)

#: One-time codes that let a PC in.
enrol_code = Table(
    "enrol_code",
    metadata,
    Column("code_hash", Text, primary_key=True),
    Column("area", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("used_at", Text),
)

#: The county's own secret keys for files on a stick: one row. They lie where the records do: a
#: backup brings them along, and whoever could read them could read the records anyway.
county_keys = Table(
    "county_keys",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("secret", Text, nullable=False),
)

#: The photos and documents of each area, by the SHA-256 of their bytes: whole since ``arrived_at``,
#: or begun and not arrived yet. An area has only what one of its own PCs has sent in whole: naming
#: the checksum of another village's photo is not enough to be given it.
file = Table(
    "file",
    metadata,
    Column("area", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("device", Text, nullable=False),
    Column("begun_at", Text, nullable=False),
    Column("arrived_at", Text),
)

#: Areas that a PC has left without having taken up its new one: it may still hand in what waits
#: there. The county forgets them when the PC names its new area.
left_area = Table(
    "left_area",
    metadata,
    Column("area", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("left_at", Text, nullable=False),
    Index(None, "device"),
)

#: Records that went to another area and left a tombstone (``deleted`` is 2): ``revision`` is the
#: number they had here last, ``new_revision`` the number in ``new_area`` that holds the same
#: contents (0: none does, for they were merged into a record that was there).
moved_record = Table(
    "moved_record",
    metadata,
    Column("area", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("new_area", Text, nullable=False),
    Column("new_revision", BigInteger, nullable=False),
)

#: Villages that were merged into another one: what still comes for them goes there.
merged_area = Table(
    "merged_area",
    metadata,
    Column("area", Text, primary_key=True),
    Column("new_area", Text, nullable=False),
    Column("merged_at", Text, nullable=False),
)

#: Every code that a grid of an area ever had, and whose: none is given to another one again.
grid_code = Table(
    "grid_code",
    metadata,
    Column("area", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("grid", Text, nullable=False),
)

#: The last serial number that the county gave to a grid of an area, and in which era of numbers.
grid_serial = Table(
    "grid_serial",
    metadata,
    Column("area", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("era", BigInteger, nullable=False, server_default=text("0")),
)

SERVER = History("server", Path(__file__).parent / "migrations", metadata)
HISTORIES = (RECORDS, SERVER)
