"""Edits of a block that are judged along its columns come to what each of them would alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any
from unittest import mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, Table, select

from sync.protocol import Block, Change, Operation, to_blocks
from sync.records import KINDS, Value
from sync.server import apply
from sync.server.accounts import Device
from sync.server.database import bring_up_to_date, open_engine, writing
from sync.server.edits import unusual_edits
from sync.server.holdings import recount
from sync.server.intake import Intake
from sync.server.tables import area_head, change_log, grid_code, grid_serial, holding
from tests.sync.server.pcs import ID_NUMBERS

pytestmark = pytest.mark.promise(3)

NOW = "2026-11-26T04:00:00+00:00"
A, B, C = ID_NUMBERS
#: What another PC has entered, in this order; ``*_gone`` it has deleted again.
THERE: dict[tuple[str, str], dict[str, Value]] = {
    ("household", "h1"): {"head": "张三"},
    ("household", "h2"): {"head": "李四", "note": "甲"},
    ("household", "h_gone"): {"head": "王五"},
    ("resident", "r1"): {"name": "张三", "id_number": A, "household": "h1"},
    ("resident", "r2"): {"name": "李四", "id_number": B},
    ("resident", "r3"): {"name": "王五", "phone": "13900000000"},
    ("resident", "r_gone"): {"name": "赵六", "id_number": C},
    ("grid", "g1"): {"name": "一组", "level": "general"},
    ("grid", "g2"): {"name": "二组", "level": "micro", "parent": "g1"},
    ("grid_change", "w1"): {
        "grid": "g1",
        "change_type": "close",
        "summary": "关闭",
        "changed_on": "2026-11-01",
    },
    ("settlement", "s1"): {"name": "小区", "settlement_type": "rural"},
    ("project", "p1"): {
        "name": "改造",
        "settlement": "s1",
        "stage": "survey",
        "planned_start": "2026-03-01",
    },
    ("project", "p2"): {
        "name": "扩建",
        "settlement": "s1",
        "stage": "survey",
        "planned_end": "2026-05-01",
    },
    ("doctor_pairing", "d1"): {"grid": "g1", "name": "一队"},
    ("doctor_pairing", "d2"): {
        "grid": "g2",
        "name": "二队",
        "grid_side_by": "李四",
        "grid_side_on": "2026-10-01",
    },
    ("milestone", "m1"): {"project": "p1", "stage": "survey"},
    **{("household", f"h{n}"): {"head": "周八"} for n in range(3, 9)},
    **{("resident", f"r{n}"): {"name": "周八"} for n in range(4, 10)},
    **{
        ("project", f"p{n}"): {"name": "建", "settlement": "s1", "stage": "survey"}
        for n in range(3, 6)
    },
}


def some(*options: Value, ill: tuple[Value, ...] = ()) -> st.SearchStrategy[Value]:
    """One of the options, mostly not one that is ``ill``."""
    return st.sampled_from((*options * 6, *ill))


DAYS = some("2026-02-01", "2026-04-01", None)
NOTES = some("甲", "乙", "丙", None, ill=(7,))
FIELDS: dict[str, dict[str, st.SearchStrategy[Value]]] = {
    "household": {"head": some("张三", "李四", "孙七", ill=(None,)), "note": NOTES},
    "resident": {
        "name": some("张三", "李四", "孙七", ill=("",)),
        "id_number": some(A, B, C, None, ill=("x",)),
        "phone": some("13900000000", "13800000000", ill=("电话",)),
        "household": some("h1", "h_gone", None, ill=("nowhere",)),
    },
    "grid": {
        "name": some("一组", "三组"),
        "level": some("general", "micro"),
        "parent": some("g1", "g2", None),
        "code": some(None, "1"),
    },
    "grid_change": {"summary": some("关闭", "开了"), "reason": some("甲", None)},
    "project": {"planned_start": DAYS, "planned_end": DAYS, "note": NOTES},
    "doctor_pairing": {
        "note": NOTES,
        "name": some("一队", "三队"),
        "grid_side_by": some("张三"),
        "grid_side_on": some("2026-11-01"),
        "grid": some("g1", "g2"),
    },
    "milestone": {"project": some("p1", "p2"), "planned_on": DAYS},
}
#: The kinds of which most may be written at once come oftener.
KINDS_HERE = (*FIELDS, *["household", "resident", "project"] * 3)
OPERATIONS: st.SearchStrategy[Operation] = st.sampled_from(["edit"] * 14 + ["delete", "create"])
#: On what a change is made: what stands, what stood first, or any number.
Base = int | str
BASES: st.SearchStrategy[Base] = st.sampled_from((*["now"] * 12, "first", "first", 0, 3, 18, 25))
_areas, _changes = count(510184_000001), count(1)


@st.composite
def runs_of_changes(draw: st.DrawFn) -> list[tuple[Change, Base]]:
    """Some changes of one shape, so that they come as one block, each with its base."""
    kind = draw(st.sampled_from(KINDS_HERE))
    operation = draw(OPERATIONS)
    names = sorted(draw(st.sets(st.sampled_from(sorted(FIELDS[kind])), min_size=1, max_size=2)))
    names = {"create": sorted(FIELDS[kind]), "delete": []}.get(operation, names)
    values = st.fixed_dictionaries({name: FIELDS[kind][name] for name in names})
    known = [record for k, record in THERE if k == kind]
    records = st.sampled_from([*known * 4, "none"])
    once = draw(st.sampled_from([True, True, False]))
    # A head that nobody can keep spoils its whole block.
    by = draw(st.sampled_from(["李会计"] * 19 + ["x" * 61]))
    found: list[tuple[Change, Base]] = []
    for record in draw(st.lists(records, min_size=1, max_size=6, unique=once)):
        head = (f"c{next(_changes)}", kind, record, operation, 0)
        found.append((Change(*head, draw(values), by, NOW), draw(BASES)))
    return found


@st.composite
def requests(draw: st.DrawFn) -> list[tuple[Change, Base]]:
    """The changes of one request; in some of them an id comes twice."""
    runs = draw(st.lists(runs_of_changes(), min_size=1, max_size=8))
    found = [one for run in runs for one in run]
    if draw(st.sampled_from([False] * 9 + [True])):
        (first, _), (last, base) = found[0], found[-1]
        found[-1] = (msgspec.structs.replace(last, id=first.id), base)
    return found


@pytest.fixture(scope="module")
def counties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    """Two counties that live through the same."""
    engines = []
    for name in ("at_once", "one_by_one"):
        path = tmp_path_factory.mktemp(name) / "county.sqlite3"
        engines.append(open_engine(f"sqlite:///{path}"))
        bring_up_to_date(engines[-1])
    yield engines[0], engines[1]
    for engine in engines:
        engine.dispose()


def taken_in(
    connection: Connection,
    device: Device,
    blocks: list[Block],
    follows: dict[str, list[str]] | None,
) -> Intake:
    intake = Intake(connection, device, NOW, follows=follows, read_to=len(THERE))
    apply.take_in(intake, blocks)
    return intake


def prepare(connection: Connection, area: str, of_another: list[tuple[Change, Base]]) -> None:
    other, at = Device("other", area, "别的电脑"), (area, NOW)
    made = [
        Change(f"{area}.{n}", kind, record, "create", 0, values, "王会计", at[1])
        for n, ((kind, record), values) in enumerate(THERE.items())
    ]
    intake = taken_in(connection, other, to_blocks(made), {})
    assert {(code, reason) for code, _, reason, _ in intake.outcomes} == {("accepted", "")}
    gone = [
        Change(f"{area}.gone.{r}", k, r, "delete", n, {}, "王会计", NOW)
        for n, (k, r) in enumerate(THERE, start=1)
        if r.endswith("_gone")
    ]
    taken_in(connection, other, to_blocks([*gone, *based(connection, area, of_another)]), {})


def based(connection: Connection, area: str, changes: list[tuple[Change, Base]]) -> list[Change]:
    """The changes, each on the number that its base means now."""
    first = {record: number for number, (_, record) in enumerate(THERE, start=1)}
    found = []
    for change, base in changes:
        table = KINDS[change.kind].table
        here = (table.c.area == area, table.c.id == change.record)
        now = connection.execute(select(table.c.revision).where(*here)).scalar() or 0
        number = {"now": now, "first": first.get(change.record, 0)}.get(str(base), base)
        found.append(msgspec.structs.replace(change, base=number))
    return found


def rows(connection: Connection, table: Table, area: str) -> list[dict[str, Any]]:
    found = connection.execute(select(table).where(table.c.area == area)).mappings()
    told = [
        {**row, "fields": msgspec.json.decode(f)} if (f := row.get("fields")) else dict(row)
        for row in found
    ]
    return sorted(told, key=str)


def everything(connection: Connection, area: str) -> dict[str, list[dict[str, Any]]]:
    own = (change_log, holding, area_head, grid_code, grid_serial)
    tables = (*own, *(record.table for record in KINDS.values()))
    return {table.name: rows(connection, table, area) for table in tables}


@given(runs_of_changes(), requests(), st.booleans(), st.booleans())
def test_a_request_judged_at_once_comes_to_what_its_changes_come_to_one_by_one(
    counties: tuple[Engine, Engine],
    of_another: list[tuple[Change, Base]],
    mine: list[tuple[Change, Base]],
    knows_follows: bool,
    wrote_before: bool,
) -> None:
    area, told = str(next(_areas)), []
    device = Device("other" if wrote_before else "mine", area, "本机")
    follows: dict[str, list[str]] | None = {} if knows_follows else None
    every = lambda _intake, block: set(range(len(block.ids)))  # noqa: E731
    for engine, judge in zip(counties, (unusual_edits, every), strict=True):
        ids = map("made-{}".format, count(1))
        with (
            mock.patch.object(apply, "unusual_edits", judge),
            mock.patch("sync.server.intake.uuid7", partial(next, ids)),
            writing(engine) as connection,
        ):
            prepare(connection, area, of_another)
            changes = based(connection, area, mine)
            intake = taken_in(connection, device, to_blocks(changes), follows)
            # A later request sees what the first one left.
            again = taken_in(connection, device, to_blocks(changes), follows)
            found = [(i.outcomes, i.accepted, i.shown) for i in (intake, again)]
            told.append((found, everything(connection, area)))
            assert not recount(connection, area)
    assert told[0] == told[1]
