"""Questions of our own to the county's database, with lists of values."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, exc, text

from sync.server.asking import ask, ask_each, ask_one, in_list, listed, write_many
from sync.server.bulk import insert_rows
from sync.server.database import reading, writing
from sync.server.log import COLUMNS, answers_of
from sync.server.tables import change_log
from tests.sync.server.pcs import VILLAGE

#: So often psycopg and PostgreSQL look at the values of a question before they settle on a plan.
SETTLED = 12


def log(connection: Connection, numbers: range) -> None:
    """Rows of the log, as ``change-7`` with the number 7."""
    rest = ("resident", "r", "edit", "accepted", "", "{}", "李", "", "pc", "")
    rows = [(VILLAGE, f"change-{n}", n, 0, *rest) for n in numbers]
    insert_rows(connection, change_log, COLUMNS, rows)


def test_values_may_be_named_twice_be_unknown_or_not_at_all(county: Engine) -> None:
    with writing(county) as connection:
        log(connection, range(1, 4))
        here = ("change", VILLAGE)
        for asked, found in (
            (["change-1", "change-1", "change-3", "other"], {1, 3}),
            (["o'ne", "two words", "?", "%s"], set()),
            ([], set()),
        ):
            rows = ask_each(connection, "revision", "change_log", here, asked)
            assert sorted(rows) == [(number,) for number in sorted(found)]
        there = ("change", "510183001003")
        assert ask_each(connection, "revision", "change_log", there, ["change-1"]) == []
        by_number = ("revision", VILLAGE)
        rows = ask_each(connection, "change", "change_log", by_number, [2, 9], numbers=True)
        assert rows == [("change-2",)]


@pytest.mark.promise(2)
@pytest.mark.parametrize("known", [0, 1, 499, 999])
def test_one_change_that_was_handled_is_found_among_a_thousand_new_ones(
    county: Engine, known: int
) -> None:
    changes = [f"change-{number}" for number in range(1000)]
    with writing(county) as connection:
        assert answers_of(connection, VILLAGE, changes) == {}
        log(connection, range(known, known + 1))
        assert answers_of(connection, VILLAGE, changes).keys() == {f"change-{known}"}
        assert answers_of(connection, "510183001003", changes) == {}


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_that_none_of_many_changes_was_handled_is_seen_at_one_look(county: Engine) -> None:
    with county.connect() as connection:
        log(connection, range(1, 2001))
        before = _read(connection)
        for _ in range(SETTLED):
            assert answers_of(connection, VILLAGE, [f"new-{n}" for n in range(1000)]) == {}
        assert _read(connection) - before <= SETTLED


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_an_area_is_never_gone_through_for_a_few_of_its_values(county: Engine) -> None:
    with county.connect() as connection:
        for _ in range(SETTLED):
            # Planned while there is nothing: every index is as good as another.
            ask_each(connection, "code", "change_log", ("change", VILLAGE), ["change-1"])
            ask_each(connection, "code", "change_log", ("revision", VILLAGE), [1], numbers=True)
        log(connection, range(1, 2001))
        before = _read(connection)
        for _ in range(SETTLED):
            few = [f"change-{number}" for number in range(1, 4001, 40)]
            assert len(ask_each(connection, "code", "change_log", ("change", VILLAGE), few)) == 50
            numbers = range(1, 4001, 40)
            key = ("revision", VILLAGE)
            assert len(ask_each(connection, "code", "change_log", key, numbers, numbers=True)) == 50
        assert _read(connection) - before <= 2 * SETTLED * 50


def test_what_a_driver_says_comes_as_it_would_from_sqlalchemy(county: Engine) -> None:
    with pytest.raises(exc.DBAPIError), reading(county) as connection:
        ask(connection, "SELECT nothing FROM nowhere WHERE x = ?", ("secret",))
    with writing(county) as connection:
        log(connection, range(1, 2))
    with pytest.raises(exc.IntegrityError), writing(county) as connection:
        log(connection, range(1, 2))
    with reading(county) as connection:
        sql = "SELECT revision FROM change_log WHERE area = ?"
        assert ask_one(connection, sql, (VILLAGE,)) == (1,)
        assert ask_one(connection, sql, ("elsewhere",)) is None


def test_a_long_list_is_one_parameter(county: Engine) -> None:
    with writing(county) as connection:
        log(connection, range(1, 101))
        write_many(connection, "UPDATE change_log SET kind = ? WHERE revision = ?", [("grid", 5)])
        sql = f"SELECT change FROM change_log WHERE kind = ? AND change {in_list(connection)}"
        these = listed(connection, [f"change-{number}" for number in range(100_000)])
        assert ask(connection, sql, ("grid", these), anew=True) == [("change-5",)]


def _read(connection: Connection) -> int:
    """How many entries of the log's indexes this transaction has read."""
    found = connection.execute(
        text(
            "SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index"
            " WHERE indrelid = 'change_log'::regclass"
        )
    )
    return int(found.scalar_one())
