"""What one end holds, summed up, so that the other can tell whether it holds the same.

Two sums, both independent of order, so that either end may keep or make them as it likes:

- The *holding* of a kind: how many records, and a checksum over which version of which record each
  is. Within an area a revision belongs to one change for ever, so the same versions have the same
  contents. It is kept up to date with each write and costs nothing to ask for.
- The *contents* of a kind, in buckets: a checksum over every field of every record, made by reading
  all of them. It finds what a holding cannot: a page that a disk or a hand has changed. The bucket
  of a record follows from its id, so only buckets that differ have to be sent.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import islice

import msgspec

from sync.protocol import Holding
from sync.records import Value

#: Checksums are added up modulo this: two of them still fit into the 64 bits of a database.
MODULUS = 1 << 62
BUCKETS = 64
#: Versions marked at a time.
_PART = 1000

#: A record's id, the revision it has now, and the one it had before (0: it was not held).
Step = tuple[str, int, int]

_encode = msgspec.json.Encoder().encode


def moved(steps: Iterable[Step]) -> tuple[int, int]:
    """By how much ``steps`` change the number of records held and their checksum."""
    records = checksum = 0
    left = iter(steps)
    while part := list(islice(left, _PART)):
        come = [f"{record} {revision}" for record, revision, _ in part if revision]
        gone = [f"{record} {before}" for record, _, before in part if before]
        records += len(come) - len(gone)
        checksum += _total(come) - _total(gone)
    return records, checksum % MODULUS


def seal(holdings: Iterable[Holding]) -> str:
    """All that is held, in sixteen characters."""
    held = sorted((h.area, h.kind, h.records, h.checksum) for h in holdings if h.records)
    return blake2b(_encode(held), digest_size=8).hexdigest()


def bucket_of(record: str) -> int:
    """The bucket in which a record's contents are added up."""
    return blake2b(record.encode(), digest_size=1).digest()[0] % BUCKETS


def contents(rows: Iterable[Sequence[Value]]) -> list[int]:
    """The checksum of each bucket over whole rows, whose first value is the record's id."""
    sums = [0] * BUCKETS
    for row in rows:
        sums[bucket_of(str(row[0]))] += print_of(row)
    return [number % MODULUS for number in sums]


def print_of(row: Sequence[Value]) -> int:
    """The contents of one record as a number."""
    return _number(_encode(list(row)))


def _total(versions: Sequence[str]) -> int:
    """The marks of versions (id and revision), added up; a first sync has one for each record."""
    digests = [blake2b(version.encode(), digest_size=8).digest() for version in versions]
    numbers = struct.unpack(f">{len(digests)}Q", b"".join(digests))
    return sum(number >> 2 for number in numbers)


def _number(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=8).digest()) >> 2
