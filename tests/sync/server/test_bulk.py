"""Many rows written at once stand as rows written one by one."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from sync.records import Settlement
from sync.server.bulk import insert_rows, update_rows
from sync.server.database import writing

NAMES = ("revision", "note", "people", "address")
#: What a county may keep: any text but for what no database takes.
TEXTS = st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
ROWS = st.tuples(st.integers(0, 2**62), TEXTS, st.none() | st.integers(-(2**63), 2**63 - 1), TEXTS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROWS, min_size=1, max_size=12), st.sampled_from(["%s", "?", "'", '"', "\\u0000"]))
def test_any_values_that_are_updated_together_stand_as_they_were_given(
    county: Engine, rows: list[tuple[int, str | None, int | None, str | None]], odd: str
) -> None:
    rows = [(number, odd + (note or ""), people, text) for number, note, people, text in rows]
    ids = [f"s{place}" for place in range(len(rows))]
    table = Settlement.table
    with writing(county) as connection:
        insert_rows(connection, table, ("area", "id"), [("v", own) for own in ids])
        insert_rows(connection, table, ("area", "id"), [("w", own) for own in ids])
        given_rows = [(*row, "v", own) for row, own in zip(rows, ids, strict=True)]
        update_rows(connection, table, NAMES, given_rows)
        columns = (table.c.id, *(table.c[name] for name in NAMES))
        found = connection.execute(select(*columns).where(table.c.area == "v")).all()
        other = connection.execute(select(*columns).where(table.c.area == "w")).all()
        connection.execute(table.delete())
    assert {own: tuple(row) for own, *row in found} == dict(zip(ids, rows, strict=True))
    assert {tuple(row) for _, *row in other} == {(0, None, None, None)}
