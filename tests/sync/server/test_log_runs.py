"""Many new records lie in one row of the log, and nobody who asks the log can tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from sync.migrations import downgrade, upgrade
from sync.protocol import Change, ExchangeAnswer, Operation
from sync.records import Value
from sync.server import log_runs
from sync.server.database import reading, writing
from sync.server.log import answers_of, rows_at
from sync.server.tables import SERVER, change_log, log_run
from sync.server.villages import merge_villages
from tests.sync.server.enrolled import EnrolledPc, load_villages
from tests.sync.server.pcs import OTHER_VILLAGE, VILLAGE, Pc, codes, revisions

pytestmark = pytest.mark.promise(2)

AT = "2026-11-25T09:00:00+08:00"
_areas = count(510184_000001)
_transactions = count(1)


def written_at_once(number: int, transaction: str = "t1", first: int = 0) -> list[Change]:
    """New households that a PC wrote in one transaction."""
    return [
        Change(
            f"{transaction}.{place}",
            "household",
            f"{transaction}-{place}",
            "create",
            0,
            {"head": "张三", "note": f"第{place}户"},
            "李会计",
            AT,
        )
        for place in range(first, first + number)
    ]


def logged(county: Engine) -> tuple[int, int]:
    """How many rows and how many runs the log has."""
    with county.connect() as connection:
        return tuple(  # type: ignore[return-value]
            len(connection.execute(select(table.c.area)).all()) for table in (change_log, log_run)
        )


def test_what_was_written_at_once_is_one_row_of_the_log(county: Engine) -> None:
    assert set(codes(Pc(county, "one").send(*written_at_once(500)))) == {"accepted"}
    assert logged(county) == (0, 1)


@pytest.mark.parametrize(
    "changes",
    [
        written_at_once(log_runs.LEAST - 1),
        [*written_at_once(10), *written_at_once(10, first=11)],
        [*written_at_once(10), *written_at_once(10, "t2")],
        [
            Change(f"t1.0{n}", "household", f"r{n}", "create", 0, {"head": "张三"}, "", AT)
            for n in range(20)
        ],
        [
            Change(f"t1.{n}", "household", f"r{n}", "create", 0, {"head": "张三"}, f"{n % 2}", AT)
            for n in range(20)
        ],
        [
            Change(f"t1.{10**18 + n}", "household", f"r{n}", "create", 0, {"head": "张三"}, "", AT)
            for n in range(20)
        ],
    ],
    ids=["few", "a gap", "two transactions", "odd places", "two people", "a huge place"],
)
def test_what_differs_in_more_is_logged_one_by_one(county: Engine, changes: list[Change]) -> None:
    assert set(codes(Pc(county, "one").send(*changes))) == {"accepted"}
    assert logged(county) == (len(changes), 0)
    again = Pc(county, "one").send(*changes)
    assert revisions(again) == [*range(1, len(changes) + 1)]
    assert all(outcome.again for outcome in again.outcomes)


def test_a_run_tells_what_its_rows_would(county: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same changes logged both ways: by number, and by the change's id."""
    changes = written_at_once(40)
    told = []
    for least, area in ((2, VILLAGE), (41, OTHER_VILLAGE)):
        monkeypatch.setattr(log_runs, "LEAST", least)
        Pc(county, "one", area).send(*changes)
        with reading(county) as connection:
            rows = rows_at(connection, area, range(0, 60))
            answers = answers_of(connection, area, [c.id for c in written_at_once(60)])
        rows.sort(key=lambda row: row["revision"])
        told.append((answers, [{**row, "area": "", "received_at": ""} for row in rows]))
    assert logged(county) == (40, 1)
    assert told[0] == told[1]
    assert len(told[0][0]) == len(told[0][1]) == 40


def test_a_village_that_is_merged_takes_along_what_lay_in_runs(county: Engine) -> None:
    load_villages(county)
    pc = EnrolledPc(county, "one")
    pc.send(*written_at_once(40))
    assert logged(county)[1] == 1
    merge_villages(county, VILLAGE, OTHER_VILLAGE)
    with reading(county) as connection:
        here = answers_of(connection, OTHER_VILLAGE, [c.id for c in written_at_once(60)])
    assert {change: answer.code for change, answer in here.items()} == {
        f"t1.{place}": "accepted" for place in range(40)
    }


@dataclass
class Village:
    """One village of which the log is kept in one of the two ways."""

    county: Engine
    least: int
    area: str = field(default_factory=lambda: str(next(_areas)))
    pcs: dict[str, Pc] = field(default_factory=dict)

    def send(self, name: str, changes: list[Change], page: int, *, lost: bool) -> ExchangeAnswer:
        pc = self.pcs.setdefault(name, Pc(self.county, name, self.area))
        before, log_runs.LEAST = log_runs.LEAST, self.least
        try:
            return (pc.send_and_lose if lost else pc.send)(*changes, page=page)
        finally:
            log_runs.LEAST = before


def told(answer: ExchangeAnswer, area: str) -> list[Any]:
    """All that an answer says, but for the village's code and the county's time."""
    # A conflict has a random id and the county's time.
    rows = [
        (
            r.kind,
            r.area == area,
            [
                column
                for name, column in zip(r.names, r.columns, strict=True)
                if not (r.kind == "conflict" and name in ("id", "made_at"))
            ],
        )
        for r in answer.rows
    ]
    histories = [
        (h.revisions, h.kinds, h.records, h.operations, h.codes, h.by, h.at, h.fields)
        for h in answer.histories
    ]
    holdings = sorted(
        (h.kind, h.records, h.kind == "conflict" or h.checksum) for h in answer.holdings
    )
    cursors = sorted(n for a, n in answer.cursors.items() if a == area)
    return [answer.outcomes, rows, histories, holdings, cursors, answer.remaining]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_nobody_can_tell_how_the_log_is_kept(county: Engine, data: st.DataObject) -> None:
    """Any mixture of imports, repeated and half repeated messages, stale edits, deletions and
    pages gives the same answers whether new records lie in runs or not."""
    kept, plain = Village(county, 2), Village(county, 10**9)
    sent: list[Change] = []
    edits = count(1)

    def some_edit() -> Change:
        record = data.draw(st.sampled_from([c.record for c in sent]))
        base = data.draw(st.integers(0, 30))
        operation: Operation = "delete" if data.draw(st.integers(0, 2)) == 0 else "edit"
        note = data.draw(st.sampled_from("甲乙丙"))
        values: dict[str, Value] = {} if operation == "delete" else {"note": note}
        return Change(f"e{next(edits)}", "household", record, operation, base, values, "王", AT)

    for _ in range(data.draw(st.integers(1, 5))):
        changes: list[Change] = []
        if sent and data.draw(st.integers(0, 1)) == 1:
            start, number = data.draw(st.integers(0, len(sent) - 1)), data.draw(st.integers(1, 12))
            changes += sent[start : start + number]
        if not changes or data.draw(st.integers(0, 1)) == 1:
            first, number = data.draw(st.integers(0, 3)), data.draw(st.integers(1, 9))
            changes += written_at_once(number, f"n{next(_transactions)}", first)
        if sent:
            changes += [some_edit() for _ in range(data.draw(st.integers(0, 3)))]
        name, page = data.draw(st.sampled_from("ab")), data.draw(st.integers(1, 12))
        lost = bool(data.draw(st.integers(0, 1)))
        answers = [told(v.send(name, changes, page, lost=lost), v.area) for v in (kept, plain)]
        assert answers[0] == answers[1]
        sent += [c for c in changes if c.operation == "create" and c not in sent]
    for _ in range(60):
        page = data.draw(st.integers(1, 12))
        last = [v.send("new", [], page, lost=False) for v in (kept, plain)]
        assert told(last[0], kept.area) == told(last[1], plain.area)
        if not last[0].remaining:
            break
    households = {record for kind, record in kept.pcs["new"].rows if kind == "household"}
    assert households == {c.record for c in sent}


def test_an_older_program_finds_each_change_of_a_run(county: Engine) -> None:
    changes = written_at_once(40)
    Pc(county, "one").send(*changes)
    with reading(county) as connection:
        before = rows_at(connection, VILLAGE, range(1, 41))
    with writing(county) as connection:
        downgrade(connection, SERVER, "server_0007")
        log = connection.execute(select(change_log)).mappings()
        assert sorted(map(dict, log), key=_revision) == sorted(before, key=_revision)
        upgrade(connection, [SERVER])
    assert revisions(Pc(county, "one").send(*changes)) == list(range(1, 41))


def _revision(row: dict[str, Any]) -> int:
    return int(row["revision"])
