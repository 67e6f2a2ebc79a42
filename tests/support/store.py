"""Village stores and what the county sends them, made cheaply and for real.

A store is an encrypted database of its own, as a cadre's is. Setting it up is done once; each test
gets a copy, whose key file asks for little work, so that a store costs milliseconds.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import select
from stdnum.cn.ric import calc_check_digit

from desktop.storage import keys
from desktop.storage.outbox import Outbox
from desktop.storage.standing import shown_state
from desktop.storage.store import Store
from desktop.storage.tables import standing
from sync.client.ports import Batch, Tally
from sync.protocol import ExchangeAnswer, Outcome, Rows
from sync.records import SYSTEM_COLUMNS, Record, Value, Values

PASSWORD = "village-2026"
VILLAGE = "510183001002"
COUNTY = "510183000000"
COUNTY_TIME = "2026-11-25T01:42:00+00:00"
#: What Argon2 takes at the least; a real key file asks for 64 MB and a fifth of a second.
CHEAP = {"_PASSES": 1, "_MEMORY": 8192}


def new_store(folder: Path, *, area: str = VILLAGE) -> Store:
    """Open a new store in ``folder`` that belongs to ``area`` but knows no server."""
    shutil.copytree(_template(area), folder)
    return Store.open(folder, PASSWORD)


@contextmanager
def cheap_keys() -> Iterator[None]:
    """Key files made within ask for little work."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CHEAP.items():
            patch.setattr(keys, name, value)
        yield


@cache
def _template(area: str) -> Path:
    folder = tempfile.TemporaryDirectory(prefix="shige-store-", ignore_cleanup_errors=True)
    _kept.append(folder)
    with cheap_keys():
        store = Store.create(Path(folder.name) / "store", PASSWORD)
    store.set(area=area, area_name="文脉坊社区", operator="王会计")
    store.close()
    return store.folder


_kept: list[tempfile.TemporaryDirectory[str]] = []


def id_number(birth: str = "19880921", sequence: int = 165, place: str = "510183") -> str:
    """A valid ID number for a birth date ``YYYYMMDD``; an odd sequence is a man's."""
    body = f"{place}{birth}{sequence:03d}"
    return body + str(calc_check_digit(body + "0"))


def outbox_of(store: Store) -> list[dict[str, object]]:
    """What the outbox holds, oldest first."""
    with store.read() as connection:
        found = connection.exec_driver_sql("SELECT * FROM outbox ORDER BY number").mappings()
        return [dict(row) for row in found]


def standing_of(store: Store, record_id: str) -> str:
    """Where a record stands, as it is shown; ``synced`` where it has no row in ``standing``."""
    with store.read() as connection:
        shown = select(shown_state).where(standing.c.record == record_id)
        return connection.execute(shown).scalar() or "synced"


def county_rows(record: type[Record], *rows: Mapping[str, Value], area: str = VILLAGE) -> Rows:
    """Rows as the county sends them: each names ``id``, ``revision`` and some fields."""
    names = [*SYSTEM_COLUMNS[1:], *record.fields]
    blank: Values = {"deleted": 0, "made_by": "李主任", "made_at": "2026-11-24T09:00:00+08:00"}
    columns = [[{**blank, **row}.get(name) for row in rows] for name in names]
    return Rows(record.kind, area, names, columns)


def answer(
    outcomes: Sequence[Outcome] = (), *rows: Rows, cursor: int = 0, remaining: int = 0
) -> ExchangeAnswer:
    """An answer of the county."""
    return ExchangeAnswer(1, list(outcomes), list(rows), {VILLAGE: cursor}, remaining, COUNTY_TIME)


def send_all(store: Store, *outcomes: Outcome, rows: Sequence[Rows] = (), cursor: int = 0) -> Tally:
    """One exchange in which the county answers all that waits with ``outcomes``."""
    outbox, tally = Outbox(store), Tally()
    outbox.settle(outbox.take(2000), answer(outcomes, *rows, cursor=cursor), tally)
    return tally


def receive(store: Store, *rows: Rows, cursor: int = 0) -> Tally:
    """One exchange in which nothing is sent and ``rows`` come."""
    tally = Tally()
    Outbox(store).settle(Batch(), answer((), *rows, cursor=cursor), tally)
    return tally
