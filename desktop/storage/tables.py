"""The desktop's own tables, beside those of the records."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, SmallInteger, Table, Text, text

from sync.migrations import RECORDS, History

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}
)

#: Changes the county has not settled yet, oldest first; within a long sync also settled ones, until
#: it ends (``settled``). ``values_json`` holds the touched fields, ``previous_json`` what they
#: replaced. ``after_json`` lists the ids of changes of the same record that waited or were refused
#: when this one was written: whoever wrote it saw them too. ``state`` is ``waiting`` or ``refused``
#: (with a reason).
outbox = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("change", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("record", Text, nullable=False, index=True),
    Column("operation", Text, nullable=False),
    Column("base", BigInteger, nullable=False),
    Column("values_json", Text, nullable=False),
    Column("previous_json", Text, nullable=False),
    Column("after_json", Text, nullable=False, server_default=text("'[]'")),
    Column("by", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    Column("reason", Text, nullable=False, server_default=text("''")),
    # What waits is counted after each answer of a sync, and by the status sentence.
    Index(None, "state", "number"),
    sqlite_autoincrement=True,
)

#: Where a record stands, unless it simply is at the county: then it has no row here.
standing = Table(
    "standing",
    metadata,
    Column("record", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
)

#: One row for each live record: what it sorts by and what the search box finds it by. ``row`` is
#: the number of the record's row in its own table, so that a list of 100,000 joins by whole
#: numbers. They hold until a table is rebuilt, which only an upgrade does; the index, a cache, is
#: then made anew. A list is one scan of the index by ``sort``, a search one scan of the rows.
search_index = Table(
    "search_index",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("sort", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "kind", "sort", "row"),
    sqlite_with_rowid=False,
)

#: Records of which a sync has changed words and the index not yet: their ids as a JSON list.
#: Whoever searches looks at these themselves, and the index is brought up to date behind the sync.
reworded = Table(
    "reworded",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("area", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("records", Text, nullable=False),
)

#: How far this PC has read in each area, and in which era of the county's numbers, which was begun
#: when the county remembered those up to ``since``. ``whole`` is 1 where nothing more was to be
#: read: then it has every record as it stood at that number. Within a long reading it has not: what
#: was changed again further on comes with that.
cursor = Table(
    "cursor",
    metadata,
    Column("area", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("era", BigInteger, nullable=False, server_default=text("0")),
    Column("whole", SmallInteger, nullable=False, server_default=text("0")),
    Column("since", BigInteger, nullable=False, server_default=text("0")),
)

#: What this PC holds of each area as the county gave it: how many records of a kind, and the
#: checksum of their versions (``sync.proof``). A cache: it follows from the records.
holding = Table(
    "holding",
    metadata,
    Column("area", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("records", BigInteger, nullable=False),
    Column("checksum", BigInteger, nullable=False),
)

#: What was done to records: who, when, on which PC; ``fields_json`` is {name: [old, new]}. ``code``
#: is an outcome of the protocol, or ``given_up`` for what the county refused and nobody sent again
#: (then without a revision). New records are not here: a record itself says who made it.
history = Table(
    "history",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("area", Text, nullable=False),
    Column("revision", BigInteger),
    Column("kind", Text, nullable=False),
    Column("record", Text, nullable=False, index=True),
    Column("operation", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("fields_json", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Index(None, "area", "revision", unique=True),
)

#: What the last syncs told of changes, until it is laid into the history behind them: a JSON list
#: of ``histories.Kept`` a message. Whoever asks what came to stand goes through ``histories``.
fresh_history = Table(
    "fresh_history",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("area", Text, nullable=False),
    Column("steps", Text, nullable=False),
)

#: Which records this PC has made (``making``): the end of each id, a message in one row.
made_here = Table(
    "made_here",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("area", Text, nullable=False),
    Column("kind", Text, nullable=False, index=True),
    Column("records", Text, nullable=False),
)

#: The other PCs of the village that the points ledger speaks of, by id.
neighbour = Table(
    "neighbour",
    metadata,
    Column("device", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

#: Settings and facts of this PC by name (device, village, the cadre's name, last sync).
setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

#: Each full view of masked fields: who looked at what, when (PIPL).
view_log = Table(
    "view_log",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("record", Text),
    Column("purpose", Text, nullable=False),
    Column("count", Integer, nullable=False),
)

#: Half-written forms, so that a power cut loses nothing. ``record`` is '' for a new record, and
#: ``<id>/<what>`` for what is done with a record beside editing it (a step, a division).
draft = Table(
    "draft",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("values_json", Text, nullable=False),
    Column("at", Text, nullable=False),
)

#: What each sync did, as told to the cadre.
receipt = Table(
    "receipt",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("county_time", Text, nullable=False),
    Column("receipt_json", Text, nullable=False),
)

#: Files that left on a stick, by the id that their answers name. ``number`` counts them for people,
#: ``upto`` is the place in the outbox of the last change in it. ``answer`` is the id of the answer
#: that was read last ('': none yet), ``county_time`` when the county made it.
courier = Table(
    "courier",
    metadata,
    Column("file", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("upto", Integer, nullable=False),
    Column("answer", Text, nullable=False, server_default=text("''")),
    Column("county_time", Text, nullable=False, server_default=text("''")),
)

#: Photos and documents on this PC that the county does not have yet, by the SHA-256 of their bytes:
#: how many bytes of ``size`` it has, and in ``trouble`` why the last try did not go through. One
#: that no live attachment names is not sent, unless its record ``moved`` to another village: then
#: it goes to the county, if it has not gone yet, and from here.
transfer = Table(
    "transfer",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("sent", BigInteger, nullable=False, server_default=text("0")),
    Column("at", Text, nullable=False),
    Column("trouble", Text, nullable=False, server_default=text("''")),
    Column("moved", SmallInteger, nullable=False, server_default=text("0")),
)

#: Where each live event stands: what its steps have come to (``sync.records.event_loop``), and
#: what is due until when. A cache: it follows from the records (``event_standings``). All in UTC.
#: ``due_certain`` is 0 where no calendar of holidays reaches that far, ``late`` 1 where a limit was
#: overrun, ``joined_to`` the event whose fate it shares.
event_standing = Table(
    "event_standing",
    metadata,
    Column("record", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("held_by", Text),
    Column("made_by", Text, nullable=False),
    Column("due_at", Text),
    Column("due_certain", SmallInteger, nullable=False),
    Column("reported_at", Text),
    Column("disposed_at", Text),
    Column("fed_back_at", Text),
    Column("closed_at", Text),
    Column("late", SmallInteger, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("without_effect", Integer, nullable=False),
    Column("last_step", Text),
    Column("last_at", Text),
    Column("joined_to", Text),
    Index(None, "state", "due_at"),
    Index(None, "reported_at"),
)

DESKTOP = History("desktop", Path(__file__).parent / "migrations", metadata)
HISTORIES = (RECORDS, DESKTOP)
