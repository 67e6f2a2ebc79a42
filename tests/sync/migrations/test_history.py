"""Each history of a database leads to the tables the program works with, step by step and back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, event, inspect

from sync.migrations import RECORDS, DatabaseTooNew, History, downgrade, is_current, upgrade
from sync.records import KINDS

pytestmark = pytest.mark.promise(11)

STEPS = [script.revision for script in RECORDS.scripts().walk_revisions()][::-1]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of each sort."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'records.db'}"
    else:
        url = str(request.getfixturevalue("postgres_database"))
    made = create_engine(url)
    if request.param == "sqlite":
        # pysqlite begins no transaction before CREATE TABLE by itself.
        event.listen(made, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
        event.listen(made, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    yield made
    made.dispose()


def tables(connection: Connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if "history" not in name}


def differences(connection: Connection, history: History) -> list[object]:
    """What of its own tables a history has not brought about as they are declared."""
    options = {"compare_type": True, "include_object": _is_of(history)}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, history.metadata))


def _is_of(history: History) -> object:
    def included(thing: object, name: str | None, kind: str, *_: object) -> bool:
        return kind != "table" or name in history.metadata.tables

    return included


def test_the_newest_version_is_what_the_records_declare(engine: Engine) -> None:
    with engine.begin() as connection:
        upgrade(connection, [RECORDS])
        assert differences(connection, RECORDS) == []
        assert tables(connection) == set(KINDS)
        assert is_current(connection, [RECORDS])


def test_every_step_goes_up_and_comes_down_again(engine: Engine) -> None:
    stands: list[set[str]] = []
    with engine.begin() as connection:
        for step in STEPS:
            stands.append(tables(connection))
            upgrade(connection, [RECORDS], to=step)
            assert RECORDS.revision_of(connection) == step
        assert is_current(connection, [RECORDS])
        for below, before in zip(reversed([None, *STEPS[:-1]]), reversed(stands), strict=True):
            downgrade(connection, RECORDS, below or "base")
            assert RECORDS.revision_of(connection) == below
            assert tables(connection) == before
        upgrade(connection, [RECORDS])
        assert differences(connection, RECORDS) == []


def test_steps_follow_one_another_without_a_fork() -> None:
    scripts = RECORDS.scripts()
    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1
    assert [f"records_{number:04d}" for number in range(1, len(STEPS) + 1)] == STEPS
    assert RECORDS.versions() == STEPS, "the names of the files say what Alembic finds in them"


def test_going_up_where_all_is_done_changes_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        upgrade(connection, [RECORDS])
        before = tables(connection)
        upgrade(connection, [RECORDS])
        assert tables(connection) == before
        assert differences(connection, RECORDS) == []


def test_a_step_that_fails_leaves_the_database_as_it_was(engine: Engine, tmp_path: Path) -> None:
    history = extended(tmp_path, "op.add_column('nowhere', sa.Column('x', sa.Text()))")
    with engine.begin() as connection:
        upgrade(connection, [RECORDS])
    with pytest.raises(Exception, match="nowhere"), engine.begin() as connection:
        upgrade(connection, [history])
    with engine.connect() as connection:
        assert RECORDS.revision_of(connection) == STEPS[-1]
        assert differences(connection, RECORDS) == []


def test_a_step_of_the_next_version_keeps_what_is_in_the_tables(
    engine: Engine, tmp_path: Path
) -> None:
    history = extended(
        tmp_path,
        "with op.batch_alter_table('grid') as batch:\n"
        "        batch.add_column(sa.Column('school', sa.Text()))",
    )
    with engine.begin() as connection:
        upgrade(connection, [RECORDS])
        connection.exec_driver_sql("INSERT INTO grid (area, id, name) VALUES ('5', 'g', '一组')")
        assert not is_current(connection, [history])
        upgrade(connection, [history])
        assert is_current(connection, [history])
        row = connection.exec_driver_sql("SELECT name, school, revision FROM grid").one()
        assert tuple(row) == ("一组", None, 0)


def test_a_database_of_a_newer_program_is_told_from_an_older_one(
    engine: Engine, tmp_path: Path
) -> None:
    newer = extended(tmp_path, "pass")
    with engine.begin() as connection:
        assert not is_current(connection, [RECORDS])
        upgrade(connection, [newer])
        with pytest.raises(DatabaseTooNew):
            is_current(connection, [RECORDS])


def extended(folder: Path, step: str) -> History:
    """The history of records with one more step, as the next version of the program has it."""
    versions = folder / "next" / "versions"
    shutil.copytree(RECORDS.folder / "versions", versions)
    (versions / "records_9000_next.py").write_text(
        f"import sqlalchemy as sa\nfrom alembic import op\nrevision = 'records_9000'\n"
        f"down_revision = '{STEPS[-1]}'\ndef upgrade():\n    {step}\ndef downgrade():\n    pass\n"
    )
    return History("records", folder / "next", RECORDS.metadata)
