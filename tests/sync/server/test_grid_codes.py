"""The county gives each grid a code of its village, and none to two grids, whatever happens."""

from __future__ import annotations

import shutil
from itertools import count as numbers
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from sync.protocol import Change
from sync.records import Grid
from sync.server.database import open_engine, writing
from sync.server.grid_codes import LEAP
from sync.server.grid_numbers import number_grids
from sync.server.numbering import begin_eras, heads_of
from sync.server.tables import grid_code
from sync.server.totals import as_list, totals
from sync.server.villages import merge_villages, split_village
from tests.sync.server.enrolled import EnrolledPc, load_villages
from tests.sync.server.pcs import (
    OTHER_VILLAGE,
    VILLAGE,
    Pc,
    at_county,
    codes,
    create,
    delete,
    edit,
    reasons,
    revisions,
)


def grid(record: str, base: int = 0, **values: object) -> Change:
    return create("grid", record, base, **{"name": record, "level": "micro", **values})  # type: ignore[arg-type]


def code_of(county: Engine, record: str, area: str = VILLAGE) -> str:
    return str(at_county(county, "grid", record, area)["code"])


def test_a_new_grid_gets_the_villages_next_code_and_its_pc_reads_it(county: Engine) -> None:
    pc = Pc(county, "one")
    answer = pc.send(grid("a"), grid("b"))
    assert codes(answer) == ["accepted", "accepted"]
    assert [code_of(county, r) for r in "ab"] == [f"{VILLAGE}0001", f"{VILLAGE}0002"]
    assert [pc.row("grid", r)["code"] for r in "ab"] == [f"{VILLAGE}0001", f"{VILLAGE}0002"]


def test_whose_answer_was_lost_reads_the_code_with_the_next(county: Engine) -> None:
    pc = Pc(county, "one")
    pc.send_and_lose(change := grid("a"))
    answer = pc.send(change)
    assert (codes(answer), answer.outcomes[0].again) == (["accepted"], True)
    assert pc.row("grid", "a")["code"] == f"{VILLAGE}0001"


def test_two_pcs_that_made_grids_offline_get_different_codes(county: Engine) -> None:
    one, two = Pc(county, "one"), Pc(county, "two")
    one.send(grid("a"), grid("b"))
    two.send(grid("c"), grid("d"))
    assert len({code_of(county, r) for r in "abcd"}) == 4


def test_each_village_counts_for_itself(county: Engine) -> None:
    Pc(county, "one").send(grid("a"))
    Pc(county, "two", OTHER_VILLAGE).send(grid("b"))
    assert code_of(county, "b", OTHER_VILLAGE) == f"{OTHER_VILLAGE}0001"


def test_a_code_that_the_office_typed_stays_and_is_passed_over_by_the_counting(
    county: Engine,
) -> None:
    pc = Pc(county, "one")
    pc.send(grid("a", code=f"{VILLAGE}0001", state="open"), grid("b"))
    assert [code_of(county, r) for r in "ab"] == [f"{VILLAGE}0001", f"{VILLAGE}0002"]
    assert ("grid", "a") not in pc.received, "it stands as it was sent"


@pytest.mark.parametrize("code", ["G-1", f"{OTHER_VILLAGE}0001", VILLAGE, f"{VILLAGE}一"])
def test_a_code_of_another_form_or_village_is_refused_in_words(county: Engine, code: str) -> None:
    answer = Pc(county, "one").send(grid("a", code=code))
    assert codes(answer) == ["rejected"]
    assert reasons(answer)[0].startswith("网格编号要以本村代码")


def test_a_code_is_not_given_again_after_its_grid_is_deleted_or_has_another(county: Engine) -> None:
    pc = Pc(county, "one")
    first, second = revisions(pc.send(grid("a"), grid("b")))
    pc.send(delete("grid", "a", first), edit("grid", "b", second, code=f"{VILLAGE}0007"))
    pc.send(grid("c"))
    assert code_of(county, "c") == f"{VILLAGE}0003"
    for gone in ("0001", "0002"):
        answer = pc.send(grid(f"again{gone}", code=f"{VILLAGE}{gone}"))
        assert "给过别的网格" in reasons(answer)[0]


def test_a_grid_whose_code_is_emptied_gets_the_next_one(county: Engine) -> None:
    pc = Pc(county, "one")
    (number,) = revisions(pc.send(grid("a")))
    pc.send(edit("grid", "a", number, code=None))
    assert pc.row("grid", "a")["code"] == f"{VILLAGE}0002"


def test_a_grid_comes_to_another_village_with_a_code_of_that_one(county: Engine) -> None:
    load_villages(county)
    pc, there = EnrolledPc(county, "one"), EnrolledPc(county, "two", OTHER_VILLAGE)
    there.send(grid("theirs"))
    pc.send(grid("a"), grid("b"))
    split_village(county, VILLAGE, OTHER_VILLAGE, ["a"])
    assert code_of(county, "a", OTHER_VILLAGE) == f"{OTHER_VILLAGE}0002"
    there.read_all()
    assert there.row("grid", "a")["code"] == f"{OTHER_VILLAGE}0002"
    assert "给过别的网格" in reasons(pc.send(grid("c", code=f"{VILLAGE}0001")))[0]
    merge_villages(county, VILLAGE, OTHER_VILLAGE)
    assert code_of(county, "b", OTHER_VILLAGE) == f"{OTHER_VILLAGE}0003"


def eras_now(county: Engine) -> dict[str, int]:
    """The era of the village's numbers, as a PC names it that has fallen back to it."""
    with county.connect() as connection:
        return {VILLAGE: heads_of(connection, [VILLAGE])[VILLAGE].era}


def test_after_a_backup_was_put_back_codes_begin_above_all_that_pcs_may_tell_again(
    county: Engine,
) -> None:
    pc = Pc(county, "one")
    pc.send(grid("a"))
    with writing(county) as connection:
        begin_eras(connection)
    two, three = Pc(county, "two"), Pc(county, "three")
    two.eras = three.eras = eras_now(county)
    two.send(grid("b"))
    assert code_of(county, "b") == f"{VILLAGE}{2 + LEAP:04}"
    # What the other PC was told in the time that the county forgot.
    told_again = grid("lost", 1, code=f"{VILLAGE}0002", state="open")
    assert codes(three.send(told_again)) == ["accepted"]
    assert code_of(county, "lost") == f"{VILLAGE}0002"
    two.send(grid("c"))
    assert code_of(county, "c") == f"{VILLAGE}{3 + LEAP:04}"


def test_a_grid_that_is_told_again_gets_another_code_where_somebody_has_its_own(
    county: Engine,
) -> None:
    Pc(county, "one").send(grid("a"))
    pc = Pc(county, "two")
    assert codes(pc.send(grid("lost", 1, code=f"{VILLAGE}0001"))) == ["accepted"]
    assert pc.row("grid", "lost")["code"] == code_of(county, "lost") == f"{VILLAGE}0002"


def test_grids_of_before_there_were_codes_get_theirs_when_the_server_starts(
    county: Engine,
) -> None:
    pc = Pc(county, "one")
    pc.send(grid("a"), grid("b"))
    with writing(county) as connection:
        connection.execute(Grid.table.update().values(code=None))
        connection.execute(grid_code.delete())
    assert number_grids(county) == 2
    assert number_grids(county) == 0
    pc.read_all()
    assert sorted(str(pc.row("grid", r)["code"]) for r in "ab") == [
        f"{VILLAGE}0003",
        f"{VILLAGE}0004",
    ]


def test_an_older_desktop_says_nothing_of_being_closed_and_its_grid_is_open(
    county: Engine,
) -> None:
    Pc(county, "one").send(grid("a"))
    assert at_county(county, "grid", "a")["state"] == "open"


def test_a_micro_grid_stands_below_a_general_one_only(county: Engine) -> None:
    pc = Pc(county, "one")
    pc.send(grid("g", level="general"), grid("m", parent="g"))
    below_micro = pc.send(grid("n", parent="m"))
    assert reasons(below_micro) == ["“m”不是一般网格，下面不能再有网格"]
    above_general = pc.send(grid("h", level="general", parent="g"))
    assert reasons(above_general) == ["一般网格上面没有别的网格"]
    number = int(pc.row("grid", "g")["revision"] or 0)
    made_micro = pc.send(edit("grid", "g", number, level="micro"))
    assert "它下面还有网格" in reasons(made_micro)[0]


def test_two_pcs_cannot_put_grids_above_each_other_between_them(county: Engine) -> None:
    one, two = Pc(county, "one"), Pc(county, "two")
    one.send(grid("a", level="general"), grid("b", level="general"))
    two.read_all()
    a, b = (int(two.row("grid", r)["revision"] or 0) for r in "ab")
    assert codes(one.send(edit("grid", "a", a, level="micro", parent="b"))) == ["accepted"]
    answer = two.send(edit("grid", "b", b, level="micro", parent="a"))
    assert codes(answer) == ["rejected"]


def test_the_county_counts_micro_grids_that_are_not_closed(county: Engine) -> None:
    load_villages(county)
    pc = EnrolledPc(county, "one")
    pc.send(
        grid("a"),
        grid("b", state="closed"),
        grid("g", level="general"),
        grid("x", level="exclusive"),
    )
    assert totals(county)["micro_grid"] == 1
    assert totals(county)["grid"] == 4
    assert "在用的微网格：1" in as_list(totals(county))


_steps = st.lists(
    st.tuples(
        st.sampled_from(("make", "make", "type", "delete", "retype", "empty", "era", "told again")),
        st.integers(0, 1),
        st.integers(0, 9),
    ),
    max_size=25,
)


@tuned(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(steps=_steps)
def test_whatever_happens_no_two_grids_ever_had_one_code(
    steps: list[tuple[str, int, int]], fresh_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("codes") / "county.sqlite3"
    shutil.copy(fresh_file, path)
    county = open_engine(f"sqlite:///{path}")
    pcs = [Pc(county, "one"), Pc(county, "two")]
    names, whose = numbers(1), dict[str, str]()
    for what, at, pick in steps:
        pc = pcs[at]
        known = sorted(r for (kind, r), row in pc.rows.items() if kind == "grid" and row["id"])
        record = known[pick % len(known)] if known else ""
        base = int(pc.rows["grid", record]["revision"] or 0) if record else 0
        if what == "make":
            pc.send(grid(f"g{next(names)}"))
        elif what == "type":
            pc.send(grid(f"g{next(names)}", code=f"{VILLAGE}{pick:04}"))
        elif what == "told again":
            pc.send(grid(f"g{next(names)}", 1, code=f"{VILLAGE}{pick:04}"))
        elif what == "era":
            with writing(county) as connection:
                begin_eras(connection)
            for each in pcs:
                each.cursors, each.eras = {}, eras_now(county)
        elif record and what == "delete":
            pc.send(delete("grid", record, base))
        elif record:
            pc.send(
                edit("grid", record, base, code=None if what == "empty" else f"{VILLAGE}{pick:04}")
            )
        with county.connect() as connection:
            rows = connection.execute(select(Grid.table.c.id, Grid.table.c.code)).all()
        for grid_id, code in rows:
            assert whose.setdefault(code, grid_id) == grid_id, f"{code} was given twice"
    county.dispose()
