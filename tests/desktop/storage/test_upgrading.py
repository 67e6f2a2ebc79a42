"""A store of an older program is brought up to date after a copy; one of a newer is left alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from desktop.points.service import PointsLedger
from desktop.storage import database, keys, tables
from desktop.storage.checking import check
from desktop.storage.errors import Damaged, ReadOnly, RecordInvalid, TooNew
from desktop.storage.ledger import Standing
from desktop.storage.listing import Listing, order_of, rows_at
from desktop.storage.outbox import Outbox
from desktop.storage.store import DATABASE, KEY_FILE, Store
from desktop.storage.tables import DESKTOP, HISTORIES
from sync.migrations import RECORDS, History, downgrade, upgrade
from sync.records import Resident, metadata
from tests.support.store import PASSWORD, VILLAGE, new_store, standing_of

pytestmark = pytest.mark.promise(11)

STEPS = [script.revision for script in DESKTOP.scripts().walk_revisions()][::-1]


def next_version(folder: Path, history: History, step: str) -> History:
    """A history with one more step, as the next version of the program has it."""
    versions = folder / history.name / "versions"
    shutil.copytree(history.folder / "versions", versions)
    head = history.scripts().get_current_head()
    (versions / f"{history.name}_9000_next.py").write_text(
        f"import sqlalchemy as sa\nfrom alembic import op\nrevision = '{history.name}_9000'\n"
        f"down_revision = '{head}'\ndef upgrade():\n    {step}\ndef downgrade():\n    pass\n"
    )
    return History(history.name, folder / history.name, history.metadata)


def names_in(store: Store, search: str = "") -> list[object]:
    with store.read() as connection:
        order = order_of(connection, Listing("resident", search=search))
        return [row.values["name"] for row in rows_at(connection, "resident", order)]


def with_people(folder: Path) -> Path:
    store = new_store(folder)
    with store.write() as writing:
        writing.create_many(Resident, [{"name": name} for name in ("曾荣", "王芳", "单丹")])
        writing.create(Resident, {"name": "仇英"})
    store.close()
    return folder


def test_a_new_store_has_the_tables_that_both_histories_declare(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        declared = [metadata, tables.metadata]
        wrong = [
            each
            for each in compare_metadata(context, declared)  # type: ignore[arg-type]
            if not (each[0] == "remove_table" and each[1].name.startswith("history_"))
        ]
        assert wrong == []
        assert [h.revision_of(connection) for h in HISTORIES] == [
            h.scripts().get_current_head() for h in HISTORIES
        ]


def test_every_step_goes_up_and_comes_down_again_on_the_encrypted_file(store: Store) -> None:
    with store.change() as connection:
        full = set(inspect(connection).get_table_names())
        downgrade(connection, DESKTOP, "base")
        stands = []
        for step in STEPS:
            stands.append(set(inspect(connection).get_table_names()))
            upgrade(connection, [DESKTOP], to=step)
            assert DESKTOP.revision_of(connection) == step
        assert set(inspect(connection).get_table_names()) == full
        for before, step in zip(reversed(stands), reversed(["base", *STEPS[:-1]]), strict=True):
            downgrade(connection, DESKTOP, step)
            assert set(inspect(connection).get_table_names()) == before
    assert [f"desktop_{number:04d}" for number in range(1, len(STEPS) + 1)] == STEPS
    assert DESKTOP.versions() == STEPS


def test_what_an_older_program_left_marked_as_being_sent_waits_or_is_at_the_county(
    store: Store,
) -> None:
    with store.write() as writing:
        waits, arrived = writing.create_many(Resident, [{"name": "曾荣"}, {"name": "王芳"}])
    with store.change() as connection:
        downgrade(connection, DESKTOP, "desktop_0009")
        connection.exec_driver_sql("UPDATE standing SET state = 'sending'")
        connection.exec_driver_sql("DELETE FROM outbox WHERE record = ?", (arrived,))
        upgrade(connection, [DESKTOP])
    assert [standing_of(store, record) for record in (waits, arrived)] == ["waiting", "synced"]
    assert check(store).problems == []


def test_an_older_store_is_copied_before_it_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = with_people(tmp_path / "village")
    newer = next_version(
        tmp_path, RECORDS, "op.add_column('resident', sa.Column('school', sa.Text()))"
    )
    monkeypatch.setattr(database, "HISTORIES", (newer, DESKTOP))
    store = Store.open(folder, PASSWORD)
    with store.read() as connection:
        assert "school" in {c["name"] for c in inspect(connection).get_columns("resident")}
    assert names_in(store) == ["仇英", "单丹", "王芳", "曾荣"]
    store.close()
    (copy,) = (folder / "backup").iterdir()
    monkeypatch.undo()
    restored = tmp_path / "restored"
    restored.mkdir()
    shutil.copy(copy, restored / DATABASE)
    shutil.copy(folder / KEY_FILE, restored / KEY_FILE)
    old = Store.open(restored, PASSWORD)
    assert names_in(old) == ["仇英", "单丹", "王芳", "曾荣"]
    assert check(old).problems == []
    assert b"SQLite format 3" not in copy.read_bytes()[:64], "the copy is encrypted as well"
    old.close()


def test_a_new_store_and_a_store_that_is_up_to_date_are_not_copied(tmp_path: Path) -> None:
    folder = with_people(tmp_path / "village")
    Store.open(folder, PASSWORD).close()
    assert not (folder / "backup").exists()


def test_a_table_that_an_upgrade_built_anew_is_still_searched_rightly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rebuilding a table numbers its rows anew, and the index goes by these numbers."""
    folder = with_people(tmp_path / "village")
    store = Store.open(folder, PASSWORD)
    with store.change() as connection:
        connection.exec_driver_sql("DELETE FROM resident WHERE name = '曾荣'")
    store.close()
    step = (
        "with op.batch_alter_table('resident', recreate='always') as batch:\n"
        "        batch.add_column(sa.Column('school', sa.Text()))"
    )
    monkeypatch.setattr(database, "HISTORIES", (next_version(tmp_path, RECORDS, step), DESKTOP))
    store = Store.open(folder, PASSWORD)
    assert names_in(store, "qiuying") == ["仇英"]
    assert check(store).healed == []
    store.close()


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = with_people(tmp_path / "village")
    half = "op.add_column('resident', sa.Column('school', sa.Text()))\n    raise ZeroDivisionError"
    monkeypatch.setattr(database, "HISTORIES", (next_version(tmp_path, RECORDS, half), DESKTOP))
    with pytest.raises(ZeroDivisionError):
        Store.open(folder, PASSWORD)
    monkeypatch.undo()
    store = Store.open(folder, PASSWORD)
    with store.read() as connection:
        assert "school" not in {c["name"] for c in inspect(connection).get_columns("resident")}
    assert names_in(store) == ["仇英", "单丹", "王芳", "曾荣"]
    store.close()


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_a_store_of_a_newer_program_is_refused_untouched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, history: History
) -> None:
    folder = with_people(tmp_path / "village")
    newer = tuple(
        next_version(tmp_path, each, "pass") if each is history else each for each in HISTORIES
    )
    monkeypatch.setattr(database, "HISTORIES", newer)
    Store.open(folder, PASSWORD).close()
    shutil.rmtree(folder / "backup")
    monkeypatch.undo()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(TooNew) as caught:
        Store.open(folder, PASSWORD)
    assert "请先更新程序" in caught.value.sentence
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("in_the_way", ["file", "damage"])
def test_where_no_copy_can_be_made_nothing_is_upgraded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_the_way: str
) -> None:
    folder = with_people(tmp_path / "village")
    if in_the_way == "file":
        (folder / "backup").write_text("not a folder")
    else:
        content = bytearray((folder / DATABASE).read_bytes())
        middle = len(content) // 8192 * 4096
        content[middle : middle + 4096] = bytes(4096)
        (folder / DATABASE).write_bytes(content)
    before = (folder / DATABASE).read_bytes()
    monkeypatch.setattr(database, "HISTORIES", (next_version(tmp_path, RECORDS, "pass"), DESKTOP))
    with pytest.raises((ReadOnly, Damaged)):
        Store.open(folder, PASSWORD)
    assert (folder / DATABASE).read_bytes() == before
    if in_the_way == "damage":
        assert list(folder.glob("backup/*")) == [], "no half copy is left behind"


def test_a_copy_holds_what_is_only_in_the_log_yet(store: Store) -> None:
    with store.write() as writing:
        writing.create(Resident, {"name": "王芳"})
    assert (store.folder / f"{DATABASE}-wal").stat().st_size
    key = keys.open_key(store.folder / KEY_FILE, PASSWORD)
    copy = database.copy_aside(store.folder / DATABASE, key)
    again = database.open_engine(copy, key)
    with again.connect() as connection:
        assert connection.exec_driver_sql("SELECT name FROM resident").scalar() == "王芳"
    again.dispose()


def test_a_store_of_before_reads_all_once_more_and_spends_only_what_it_may(store: Store) -> None:
    """An older program passed over whose right each entry is; what waits it sends as it was."""
    store.set(device="pc")
    with store.change() as connection:
        for history in (DESKTOP, RECORDS):
            downgrade(connection, history, f"{history.name}_0001")
        connection.exec_driver_sql(
            "INSERT INTO points_subject (area, id, name, revision) VALUES (?, 's', '王芳', 1)",
            (VILLAGE,),
        )
        for entry, points, revision in (("old", 20, 2), ("waits", -8, 0)):
            connection.exec_driver_sql(
                "INSERT INTO points_entry (area, id, subject, points, revision)"
                " VALUES (?, ?, 's', ?, ?)",
                (VILLAGE, entry, points, revision),
            )
        connection.exec_driver_sql("INSERT INTO cursor VALUES (?, 2)", (VILLAGE,))
    store.close()
    again = Store.open(store.folder, PASSWORD)
    assert Outbox(again).cursors() == {VILLAGE: 0}
    ledger = PointsLedger(again)
    assert ledger.rights.standings(["s"])["s"] == Standing(12, 0, {None: 12})
    ledger.add({"subject": "s", "points": 5, "reason": "值守"})
    ledger.add({"subject": "s", "points": -5, "entry_type": "redemption"})
    with pytest.raises(RecordInvalid, match="另外12分还在县里"):
        ledger.add({"subject": "s", "points": -1, "entry_type": "redemption"})
    assert not check(again).problems
    again.close()
