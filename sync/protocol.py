"""The messages between a village PC and the county, their version and their outcome codes.

One request carries what the PC wrote and asks for what others wrote; one answer settles the first
and brings the second. Changes and rows travel by columns, grouped into blocks of one shape, because
like stands next to like and compresses to about two thirds of the same rows one after another.
Messages are JSON under zstd. A message that does not have this form raises ``BadMessage``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import groupby, repeat
from typing import Any, Literal, TypeVar

import msgspec
import zstandard

from sync.decoding import decode
from sync.keys import PublicKeys
from sync.records import Value
from sync.records.event_figures import EventFigures

#: What this program speaks, and the oldest version whose messages it still understands. A county
#: serves at least the two versions before its own; fields that a message of an older version lacks
#: have defaults, and fields that a reader does not know are passed over.
VERSION = 2
OLDEST = 1
#: The longest message accepted, in bytes, before and after decompression.
LONGEST_PACKED = 16 * 1024 * 1024
LONGEST_PLAIN = 128 * 1024 * 1024
CONTENT_TYPE = "application/vnd.shige+json"
ENCODING = "zstd"

Operation = Literal["create", "edit", "delete"]
Code = Literal["accepted", "merged", "conflict", "rejected"]


class BadMessage(ValueError):
    """Bytes that are no message of ours: cut short, corrupted, or of another form."""


class Change(msgspec.Struct, frozen=True):
    """One thing a cadre did to one record.

    ``id`` is its own for ever: the county remembers it and answers the same again. ``base`` is the
    revision of the record that the cadre saw (0: none yet). ``values`` holds only the touched
    fields. ``at`` is the PC's clock, told but never relied on.
    """

    id: str
    kind: str
    record: str
    operation: Operation
    base: int
    values: dict[str, Value]
    by: str
    at: str


class Block(msgspec.Struct, frozen=True):
    """Consecutive changes of one kind, one operation and the same touched fields, by columns."""

    kind: str
    operation: Operation
    names: list[str]
    ids: list[str]
    records: list[str]
    bases: list[int]
    by: list[str]
    at: list[str]
    columns: list[list[Value]]

    def __post_init__(self) -> None:
        """Refuse a block whose columns do not have the same height."""
        height = len(self.ids)
        heights = {len(self.records), len(self.bases), len(self.by), len(self.at)}
        heights.update(len(column) for column in self.columns)
        if len(self.names) != len(self.columns) or heights != {height}:
            raise ValueError("columns of unequal height")


class Rows(msgspec.Struct, frozen=True, omit_defaults=True):
    """Records of one kind and one area as they stand at the county, by columns.

    ``names`` are the record's columns, ``id`` and ``revision`` first; ``columns`` their values.
    Where ``since`` is given, only what was edited since then is told: a PC that has the record as
    it stood at that revision, or later, has it whole with these columns laid over.
    """

    kind: str
    area: str
    names: list[str]
    columns: list[list[Value]]
    since: list[int] = []

    def __post_init__(self) -> None:
        """Refuse rows whose columns do not have the same height."""
        heights = {len(column) for column in self.columns}
        if self.since:
            heights.add(len(self.since))
        if len(self.names) != len(self.columns) or len(heights) > 1:
            raise ValueError("columns of unequal height")

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of ``count`` consecutive changes, the first at place ``first`` of the request.

    ``revision`` is the number given to the first of them; the next ones follow it without a gap.
    It is 0 where nothing was written. ``reason`` is a Chinese sentence for the cadre. ``again``
    tells that the county had handled these changes before and repeats its answer.
    """

    code: Code
    first: int
    count: int = 1
    revision: int = 0
    reason: str = ""
    again: bool = False


class Histories(msgspec.Struct, frozen=True):
    """Edits and deletions of records in one area, by columns: who changed what, when, on which PC.

    ``fields`` are what each wrote: field name -> (value before, value after). New records are not
    among them, for a record itself says who made it; but of one that another PC entered too, and
    otherwise, the first making is told, with no fields.
    """

    area: str
    revisions: list[int]
    kinds: list[str]
    records: list[str]
    operations: list[Operation]
    codes: list[Code]
    by: list[str]
    at: list[str]
    devices: list[str]
    fields: list[dict[str, tuple[Value, Value]]]

    def __post_init__(self) -> None:
        """Refuse columns of unequal height."""
        columns: tuple[list[Any], ...] = (
            self.kinds,
            self.records,
            self.operations,
            self.codes,
            self.by,
            self.at,
            self.devices,
            self.fields,
        )
        if any(len(column) != len(self.revisions) for column in columns):
            raise ValueError("columns of unequal height")


class Holding(msgspec.Struct, frozen=True):
    """How many records of a kind one end holds of an area, and a checksum of which version each is.

    ``checksum`` is made by ``sync.proof``.
    """

    area: str
    kind: str
    records: int
    checksum: int


class Era(msgspec.Struct, frozen=True):
    """The county went back to a backup: it knows an area's numbers up to ``since``, and gives new
    ones in the era ``number``. What a PC has from after ``since`` of an earlier one it sends again.
    """

    number: int
    since: int


class Move(msgspec.Struct, frozen=True):
    """The area that a PC belongs to from now on: its 12-digit code and its name."""

    area: str
    area_name: str


class ExchangeRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a PC sends: its changes, and how far it has read in each area it may read.

    ``area`` is the village that the PC works for, as far as it knows ('' before version 2).
    ``seal`` sums up all that it holds: where the county's is the same, it need not say more.
    ``follows`` names, by a change's id, those changes of the same record that had been made on the
    PC before, were not settled yet when this one was written, and are not in this request: whoever
    wrote it had them before their eyes. (One PC is not one memory: it may have been restored from a
    backup, or its folder copied.)
    ``eras`` are those in which the cursors were given, where they are not the first. ``brief``
    tells that the PC has every record as it stood at its cursor: of what was only edited since it
    need not be told the rest.
    """

    version: int
    cursors: dict[str, int]
    blocks: list[Block] = []
    page: int = 2000
    area: str = ""
    seal: str = ""
    eras: dict[str, int] = {}
    follows: dict[str, list[str]] = {}
    brief: bool = False


class ExchangeAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the county answers: outcomes by place, rows of others, and the cursors after them.

    ``remaining`` counts the revisions still to be read; 0 when the PC has all, and then
    ``holdings`` says what the PC must hold now, unless its seal said that already.
    ``county_time`` is ISO 8601 in UTC. Where ``eras`` names another era than the PC did, nothing
    was taken in and nothing is brought: the PC falls back to it first, and asks again. ``devices``
    names the PCs, by id, of which the rows of the points ledger speak.
    """

    version: int
    outcomes: list[Outcome]
    rows: list[Rows]
    cursors: dict[str, int]
    remaining: int
    county_time: str
    histories: list[Histories] = []
    holdings: list[Holding] = []
    move: Move | None = None
    devices: dict[str, str] = {}
    eras: dict[str, Era] = {}


class VerifyRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A PC compares the contents of an area with the county's, by kind and bucket.

    ``kinds`` names the fields that this program knows of each kind. With ``buckets``, the records
    that lie in these buckets of a kind are wanted as they stand.
    """

    version: int
    area: str
    kinds: dict[str, list[str]]
    buckets: dict[str, list[int]] = {}


class VerifyAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The checksum of each bucket by kind, or the records of the buckets that were wanted.

    ``head`` is the last number given in the area.
    """

    version: int
    head: int
    checksums: dict[str, list[int]] = {}
    rows: list[Rows] = []


class EnrolRequest(msgspec.Struct, frozen=True):
    """A new PC shows its one-time code, and hands in its keys for files on a stick."""

    version: int
    code: str
    device_name: str
    keys: PublicKeys | None = None


class EnrolAnswer(msgspec.Struct, frozen=True):
    """The county takes the PC in for one village: its id, its secret token, and the village.

    ``keys`` are the county's, by which its answers on a stick are known.
    """

    version: int
    device: str
    token: str
    area: str
    area_name: str
    county_time: str
    keys: PublicKeys | None = None


class FiguresRequest(msgspec.Struct, frozen=True):
    """A PC asks for the figures of events of its own village or town, over days (both counted)."""

    version: int
    area: str
    since: str
    until: str


class FiguresAnswer(msgspec.Struct, frozen=True):
    """Figures of an area by its name, counted from all records at the county's time."""

    area: str
    area_name: str
    county_time: str
    figures: EventFigures


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why the county refuses a whole request: a code for the program, a sentence for the cadre.

    Codes: ``bad_message``, ``unknown_device``, ``revoked``, ``wrong_area``, ``bad_code``,
    ``too_many_tries``, ``version``, ``too_large``, ``busy`` (its database does not answer),
    ``disk_full``, ``internal``; for a file on a stick also ``bad_file``, ``forged``,
    ``other_county``, ``no_keys``. With ``version`` comes the county's own, so that a PC knows which
    is too old.
    """

    code: str
    sentence: str
    version: int = 0


# RecursionError: lists within lists without end, where a form knows none.
_UNREADABLE = (
    zstandard.ZstdError,
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,
    MemoryError,
)

_KEPT = 2
_compressors: defaultdict[int, list[zstandard.ZstdCompressor]] = defaultdict(list)
_decompressors: list[zstandard.ZstdDecompressor] = []

Message = TypeVar("Message")
Part = TypeVar("Part")


def pack(message: msgspec.Struct, level: int = 3) -> bytes:
    """Encode a message for the wire, with a checksum: not every line is as careful as TLS."""
    plain = msgspec.json.encode(message)
    with _lent(_compressors[level], partial(_compressor, level)) as compressor:
        return compressor.compress(plain)


def unpack(data: bytes, form: type[Message], longest: int = LONGEST_PLAIN) -> Message:
    """Decode a message of the given form, at most ``longest`` bytes; raise ``BadMessage``."""
    if len(data) > LONGEST_PACKED:
        raise BadMessage("too long")
    try:
        # A frame that names its size is unpacked to that size, whatever limit is given.
        if zstandard.frame_content_size(data) > longest:
            raise BadMessage("too long when unpacked")
        with _lent(_decompressors, zstandard.ZstdDecompressor) as decompressor:
            plain = decompressor.decompress(data, max_output_size=longest, allow_extra_data=False)
        return decode(plain, form)
    except _UNREADABLE as error:
        raise BadMessage(str(error)) from error


@contextmanager
def _lent(idle: list[Part], make: Callable[[], Part]) -> Iterator[Part]:
    """One for this thread alone: to make it costs more than a small message."""
    try:
        part = idle.pop()
    except IndexError:
        part = make()
    try:
        yield part
    finally:
        # More are never at work for long; each holds as much memory as its longest message took.
        if len(idle) < _KEPT:
            idle.append(part)


def _compressor(level: int) -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(level=level, write_checksum=True)


def to_blocks(changes: Iterable[Change]) -> list[Block]:
    """Group consecutive changes of one shape into blocks; order is kept."""
    return [
        _block(list(run)) for _, run in groupby(changes, lambda c: (c.kind, c.operation, *c.values))
    ]


def from_block(block: Block) -> Iterator[Change]:
    """The changes of a block, in order."""
    rows = zip(*block.columns, strict=True) if block.columns else repeat((), len(block.ids))
    heads = zip(block.ids, block.records, block.bases, block.by, block.at, rows, strict=True)
    for id_, record, base, by, at, row in heads:
        values = dict(zip(block.names, row, strict=True))
        yield Change(id_, block.kind, record, block.operation, base, values, by, at)


def to_outcomes(codes: Iterable[tuple[Code, int, str, bool]]) -> list[Outcome]:
    """Join the outcomes of changes in request order (code, revision, reason, again) into runs."""
    runs: list[Outcome] = []
    last: tuple[Code, str, bool] | None = None
    first = count = begin = following = 0
    for place, (code, revision, reason, again) in enumerate(codes):
        if revision == following and (code, reason, again) == last:
            count += 1
        else:
            if last:
                runs.append(Outcome(last[0], first, count, begin, last[1], last[2]))
            last, first, count, begin = (code, reason, again), place, 1, revision
        following = revision + 1 if revision else 0
    if last:
        runs.append(Outcome(last[0], first, count, begin, last[1], last[2]))
    return runs


def by_outcome(outcomes: Iterable[Outcome]) -> Iterator[tuple[int, Code, int, str]]:
    """Each change's place in the request, code, revision and reason."""
    for run in outcomes:
        for i in range(run.count):
            yield run.first + i, run.code, run.revision + i if run.revision else 0, run.reason


def _block(run: list[Change]) -> Block:
    first = run[0]
    heads = [(c.id, c.record, c.base, c.by, c.at) for c in run]
    ids, records, bases, by, at = map(list, zip(*heads, strict=True))
    columns = list(map(list, zip(*(c.values.values() for c in run), strict=True)))
    return Block(
        first.kind, first.operation, list(first.values), ids, records, bases, by, at, columns
    )


def values_to_json(values: dict[str, Value]) -> str:
    """Values as they are kept inside a conflict record: readable JSON, names in order."""
    return json.dumps(values, ensure_ascii=False)
