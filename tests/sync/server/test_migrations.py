"""The histories: each step goes up and down, and the head is exactly what the code expects."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, inspect, text

from sync.migrations import RECORDS, History, downgrade, upgrade
from sync.records import metadata as records_metadata
from sync.server.database import bring_up_to_date, open_engine, require_up_to_date, writing
from sync.server.errors import ServerError
from sync.server.points import rights_of
from sync.server.tables import HISTORIES, SERVER
from sync.server.tables import metadata as server_metadata
from tests.sync.server.pcs import OTHER_VILLAGE, VILLAGE, Pc, create

pytestmark = pytest.mark.promise(11)


@pytest.fixture
def empty(database: str) -> Engine:
    return open_engine(database)


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def difference(connection: Connection, history: History) -> list[object]:
    """What Alembic would still change so that the database equals the code."""
    own = {table.name for table in history.metadata.tables.values()}

    def is_ours(thing: object, name: str | None, kind: str, *_: object) -> bool:
        return kind != "table" or name in own

    options = {"include_object": is_ours, "version_table": history.version_table}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, history.metadata))


def test_at_the_head_the_database_equals_the_code(empty: Engine) -> None:
    bring_up_to_date(empty)
    with empty.connect() as connection:
        assert difference(connection, SERVER) == []
        assert difference(connection, RECORDS) == []
    empty.dispose()


def test_a_table_without_a_migration_would_be_found(empty: Engine) -> None:
    bring_up_to_date(empty)
    more = MetaData()
    for table in server_metadata.tables.values():
        table.to_metadata(more)
    records_metadata.tables["grid"].to_metadata(more, name="forgotten")
    with empty.connect() as connection:
        assert difference(connection, History("server", SERVER.folder, more)) != []
    empty.dispose()


def test_every_step_goes_up_and_down_again(empty: Engine) -> None:
    with writing(empty) as connection:
        for history in HISTORIES:
            steps = [s.revision for s in history.scripts().walk_revisions()][::-1]
            before = tables(connection)
            for step in steps:
                upgrade(connection, [history], to=step)
                downgrade(connection, history, "-1")
                upgrade(connection, [history], to=step)
            downgrade(connection, history, "base")
            assert tables(connection) - {history.version_table} == before
            upgrade(connection, [history])
    empty.dispose()


def test_bringing_up_to_date_again_changes_nothing_and_keeps_the_records(county: Engine) -> None:
    pc = Pc(county, "one")
    pc.send(create("resident", "r", name="张三"))
    bring_up_to_date(county)
    assert pc.send().rows == []
    require_up_to_date(county)


def test_a_database_of_a_newer_program_is_refused_untouched(empty: Engine) -> None:
    bring_up_to_date(empty)
    with writing(empty) as connection:
        connection.execute(text("UPDATE history_server SET version_num = 'server_9999'"))
    for check in (bring_up_to_date, require_up_to_date):
        with pytest.raises(ServerError, match="更新版本的程序"):
            check(empty)
    with empty.connect() as connection:
        version = connection.execute(text("SELECT version_num FROM history_server"))
        assert version.scalar_one() == "server_9999"
    empty.dispose()


def test_an_empty_database_is_not_taken_for_a_county(empty: Engine) -> None:
    with pytest.raises(ServerError, match="还没有准备好"):
        require_up_to_date(empty)
    empty.dispose()


def test_a_file_that_is_no_database_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "county.sqlite3").write_bytes(b"no database at all" * 1000)
    engine = open_engine(f"sqlite:///{tmp_path / 'county.sqlite3'}")
    with pytest.raises(ServerError, match="损坏"):
        bring_up_to_date(engine)
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://a/b", "nonsense", ""])
def test_a_database_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ServerError):
        open_engine(url)


def test_points_of_before_belong_to_the_only_pc_of_a_village_or_to_nobody(empty: Engine) -> None:
    with writing(empty) as connection:
        for history in HISTORIES:
            upgrade(connection, [history], to=f"{history.name}_0001")
        pcs = {"pc1": VILLAGE, "pc2": OTHER_VILLAGE, "pc3": OTHER_VILLAGE}
        for place, (device, area) in enumerate(pcs.items()):
            connection.execute(
                text(
                    "INSERT INTO device (id, area, name, token_hash, enrolled_at, last_seen_at)"
                    f" VALUES ('{device}', '{area}', '{device}', '{place}', '', '')"
                )
            )
        for area in (VILLAGE, OTHER_VILLAGE):
            connection.execute(
                text(
                    "INSERT INTO points_entry (area, id, subject, entry_type, points)"
                    f" VALUES ('{area}', 'e', 's', 'positive', 5)"
                )
            )
    bring_up_to_date(empty)
    with empty.connect() as connection:
        assert rights_of(connection, VILLAGE, ["s"]) == {"s": {"pc1": 5}}
        assert rights_of(connection, OTHER_VILLAGE, ["s"]) == {"s": {None: 5}}
    empty.dispose()
