"""What goes wrong around the store is told apart in Chinese, and nothing is lost by it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from desktop.storage import keys
from desktop.storage.checking import check
from desktop.storage.errors import (
    Damaged,
    DiskFull,
    KeyMissing,
    Locked,
    NoStore,
    ReadOnly,
    StorageError,
    StoreExists,
    WeakPassword,
    WrongPassword,
)
from desktop.storage.store import DATABASE, KEY_FILE, Store
from sync.records import Grid, Resident
from tests.support.disk import Disk, small_disk, ways
from tests.support.store import PASSWORD, cheap_keys, id_number, new_store, outbox_of

pytestmark = pytest.mark.promise(1)

ROOT = Path(__file__).parents[3]


def add(store: Store, name: str = "王芳", count: int = 1) -> None:
    with store.write() as writing:
        writing.create_many(Grid, [{"name": f"{name}{n}"} for n in range(count)])


def count(store: Store) -> int:
    assert check(store).problems == []
    return check(store).figures["grid"]


def child(code: str, *arguments: str | Path, stdin: int | None = None) -> subprocess.Popen[str]:
    """A process of its own that runs a few lines with the store module at hand."""
    lines = "import sys\nfrom pathlib import Path\nfrom desktop.storage.store import Store\n"
    return subprocess.Popen(
        [sys.executable, "-c", lines + textwrap.dedent(code), *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stdin=stdin,
        text=True,
    )


# --- each its own sentence -----------------------------------------------------------------------


def test_each_fault_has_a_sentence_of_its_own_in_plain_chinese() -> None:
    faults = StorageError.__subclasses__()
    assert len(faults) >= 10
    sentences = {fault().sentence for fault in faults}
    assert len(sentences) == len(faults)
    for sentence in sentences:
        assert sentence.endswith("。")
        assert sum("\u4e00" <= character <= "\u9fff" for character in sentence) > 8


# --- password and key ----------------------------------------------------------------------------


def test_a_wrong_password_is_told_and_changes_nothing(store: Store) -> None:
    add(store)
    for wrong in ("", PASSWORD.upper(), PASSWORD + " ", "\udce4\udcb8"):
        with pytest.raises(WrongPassword):
            Store.open(store.folder, wrong)
    again = Store.open(store.folder, PASSWORD)
    assert count(again) == 1
    again.close()


def test_a_password_may_be_any_text_of_six_characters(tmp_path: Path) -> None:
    for number, password in enumerate(("村里的密码好", "  ￥%…&  ", "\udce4\udcb8\udcadabc")):
        with cheap_keys():
            Store.create(tmp_path / str(number), password).close()
        Store.open(tmp_path / str(number), password).close()


def test_a_short_password_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(WeakPassword):
        Store.create(tmp_path / "new", "12345")
    with pytest.raises(NoStore):
        Store.open(tmp_path / "new", "12345")


def test_changing_the_password_keeps_the_data_and_shuts_out_the_old_one(store: Store) -> None:
    add(store)
    with cheap_keys():
        keys.change_password(store.folder / KEY_FILE, PASSWORD, "new-password")
    with pytest.raises(WrongPassword):
        Store.open(store.folder, PASSWORD)
    again = Store.open(store.folder, "new-password")
    assert count(again) == 1
    again.close()


def test_a_password_change_that_fails_leaves_the_old_one(store: Store) -> None:
    before = (store.folder / KEY_FILE).read_bytes()
    for old, new in ((PASSWORD, "short"), ("wrong-one", "long-enough")):
        with pytest.raises(StorageError):
            keys.change_password(store.folder / KEY_FILE, old, new)
    assert (store.folder / KEY_FILE).read_bytes() == before


def test_a_real_key_file_costs_a_guesser_dearly_and_names_what_it_costs(tmp_path: Path) -> None:
    key = keys.new_key(tmp_path / KEY_FILE, PASSWORD)
    kept = msgspec.json.decode((tmp_path / KEY_FILE).read_bytes())
    assert (kept["passes"], kept["memory"]) == (3, 64 * 1024 * 1024)
    assert keys.open_key(tmp_path / KEY_FILE, PASSWORD) == key


def test_neither_the_key_nor_a_name_stands_anywhere_in_clear(store: Store) -> None:
    names = [f"欧阳䶮{n}" for n in range(50)]
    with store.write() as writing:
        rows = [{"name": name, "id_number": id_number(sequence=n)} for n, name in enumerate(names)]
        writing.create_many(Resident, rows)
    key = keys.open_key(store.folder / KEY_FILE, PASSWORD)
    secrets = [key, key.hex().encode(), "欧阳䶮".encode(), b"ouyang", b"510183198809"]
    secrets += [b"CREATE TABLE", b"SQLite format 3", "欧阳䶮".encode("utf-16-le")]
    files = [path for path in store.folder.rglob("*") if path.is_file()]
    assert {DATABASE, f"{DATABASE}-wal", KEY_FILE} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret in content], path.name


def test_two_stores_never_share_a_key(tmp_path: Path) -> None:
    with cheap_keys():
        ours, theirs = (keys.new_key(tmp_path / name, PASSWORD) for name in ("a", "b"))
    assert ours != theirs


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\0\xff" * 40,
        b"{}",
        b"[]",
        b'{"salt":"AAAA","passes":1,"memory":8192,"wrapped":"AAAA"}',
        b'{"salt":"AAAAAAAAAAAAAAAAAAAAAA==","passes":0,"memory":8192,"wrapped":"AAAA"}',
        b'{"salt":"AAAAAAAAAAAAAAAAAAAAAA==","passes":1,"memory":1,"wrapped":"AAAA"}',
        b'{"salt":"AAAAAAAAAAAAAAAAAAAAAA==","passes":1,"memory":8192,"wrapped":"AAAA"}',
        b'{"salt":"AAAAAAAAAAAAAAAAAAAAAA==","passes":4000000000,"memory":8192,"wrapped":"AAAA"}',
        b'{"salt":"AAAAAAAAAAAAAAAAAAAAAA==","passes":1,"memory":99999999999,"wrapped":"AAAA"}',
    ],
)
def test_a_key_file_that_is_garbage_is_damage_and_not_a_wrong_password(
    store: Store, garbage: bytes
) -> None:
    (store.folder / KEY_FILE).write_bytes(garbage)
    with pytest.raises(Damaged):
        Store.open(store.folder, PASSWORD)
    assert (store.folder / KEY_FILE).read_bytes() == garbage


def test_without_its_key_a_database_is_neither_opened_nor_made_anew(store: Store) -> None:
    store.close()
    (store.folder / KEY_FILE).unlink()
    before = (store.folder / DATABASE).read_bytes()
    with pytest.raises(KeyMissing):
        Store.open(store.folder, PASSWORD)
    with pytest.raises(StoreExists):
        Store.create(store.folder, PASSWORD)
    assert (store.folder / DATABASE).read_bytes() == before
    assert not (store.folder / KEY_FILE).exists()


def test_there_is_no_store_where_none_was_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path, tmp_path / "nowhere", tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(NoStore):
            Store.open(folder, PASSWORD)
    with pytest.raises(ReadOnly):
        Store.create(tmp_path / "file", PASSWORD)


def test_a_store_is_never_made_over_another(store: Store) -> None:
    add(store)
    with pytest.raises(StoreExists):
        Store.create(store.folder, PASSWORD)
    assert count(store) == 1


def test_a_power_cut_between_key_and_database_leaves_a_store_that_opens(tmp_path: Path) -> None:
    with cheap_keys():
        keys.new_key(tmp_path / KEY_FILE, PASSWORD)
    opened = Store.open(tmp_path, PASSWORD)
    add(opened)
    assert count(opened) == 1
    opened.close()


# --- the file ------------------------------------------------------------------------------------


def test_another_program_that_holds_the_file_is_told(store: Store) -> None:
    add(store)
    store.close()
    holding = """
        store = Store.open(Path(sys.argv[1]), sys.argv[2])
        with store.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
            print("held", flush=True)
            sys.stdin.readline()
    """
    holder = child(holding, store.folder, PASSWORD, stdin=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        waiting = Store.open(store.folder, PASSWORD, busy_seconds=0.05)
        with pytest.raises(Locked):
            add(waiting)
        with waiting.read() as connection:
            found = connection.exec_driver_sql("SELECT count(*) FROM grid").scalar()
        assert found == 1, "one may read while another writes"
        holder.kill()
    add(waiting)
    assert count(waiting) == 2
    waiting.close()


def test_a_writer_that_takes_too_long_is_told_as_locked(store: Store) -> None:
    other = Store.open(store.folder, PASSWORD, busy_seconds=0.05)
    with store.change(), pytest.raises(Locked):
        add(other)
    add(other)
    assert count(other) == 1
    other.close()


@pytest.fixture(params=ways())
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A disk that can be filled, in each way that this system allows."""
    with small_disk(tmp_path / "disk", str(request.param), 8) as disk:
        yield disk


def fill(store: Store) -> None:
    for _ in range(200):
        add(store, "长" * 50, 100)


def test_a_full_disk_is_told_and_what_was_saved_stays(disk: Disk) -> None:
    store = new_store(disk.folder / "village")
    add(store, count=100)
    disk.fill()
    with pytest.raises(DiskFull):
        fill(store)
    disk.free()
    with store.read() as connection:
        tables = ("grid", "outbox", "standing")
        kept = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in tables
        ]
    assert kept == [kept[0]] * 3
    assert kept[0] >= 100
    assert kept[0] % 100 == 0
    add(store)
    assert count(store) == kept[0] + 1, "with room again one goes on"
    store.close()


def test_a_disk_too_full_for_a_new_store_is_told(disk: Disk) -> None:
    disk.fill()
    with pytest.raises(DiskFull):
        Store.create(disk.folder / "village", PASSWORD)


def test_a_database_that_may_not_grow_is_told_as_a_full_disk(store: Store) -> None:
    """As a full disk, where nobody may mount one."""
    add(store)
    with store.read() as connection:  # the pool hands the same connection out again
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFull):
        fill(store)
    assert count(store) == 1


@pytest.mark.parametrize("damage", ["middle", "truncated", "head", "empty-pages", "other-file"])
def test_a_damaged_file_is_told_and_left_as_it_is(store: Store, damage: str) -> None:
    add(store, count=500)
    store.close()
    path = store.folder / DATABASE
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    if damage == "middle":
        content[4096 * 2 : middle] = os.urandom(middle - 4096 * 2)
    elif damage == "truncated":
        del content[middle:]
    elif damage == "head":
        content[:64] = bytes(64)
    elif damage == "empty-pages":
        content[4096:] = bytes(len(content) - 4096)
    else:
        content = bytearray("姓名,电话\n王芳,13800000000\n".encode() * 400)
    path.write_bytes(content)
    with pytest.raises(Damaged):
        read_all(store.folder)
    assert path.read_bytes()[:middle] == content[:middle]


def read_all(folder: Path) -> None:
    opened = Store.open(folder, PASSWORD)
    try:
        report = check(opened)
        if report.problems:
            assert "损坏" in "".join(report.problems)
            raise Damaged
    finally:
        opened.close()


def test_a_folder_that_may_not_be_written_is_told(store: Store, tmp_path: Path) -> None:
    """Tried by a process that becomes nobody: nothing is forbidden to root."""
    add(store)
    store.close()
    new_store(tmp_path / "warm").close()
    trying = """
        import os
        from desktop.storage import keys
        from desktop.storage.errors import ReadOnly
        from sync.records import Grid

        def written(folder):
            opened = Store.open(folder, sys.argv[2])
            with opened.write() as writing:
                writing.create(Grid, {"name": "x"})

        os.chdir(sys.argv[1])
        written(Path("warm"))  # all that is imported late is imported now
        if os.geteuid() == 0:
            os.seteuid(65534)
        attempts = (
            lambda: written(Path("village")),
            lambda: Store.create(Path("village/new"), sys.argv[2]),
            lambda: keys.change_password(Path("village/key.json"), sys.argv[2], "long-enough"),
            lambda: Store.open(Path("shut"), sys.argv[2]),
            lambda: Store.create(Path("shut/new"), sys.argv[2]),
        )
        for attempt in attempts:
            try:
                attempt()
            except ReadOnly:
                print("told", flush=True)
    """
    shut = tmp_path / "shut"
    shut.mkdir(0o000)
    tmp_path.chmod(0o755)
    store.folder.chmod(0o555)
    for path in store.folder.iterdir():
        path.chmod(0o444)
    try:
        with child(trying, tmp_path, PASSWORD) as process:
            assert process.stdout is not None
            assert process.stdout.read().split() == ["told"] * 5
    finally:
        store.folder.chmod(0o755)
        shut.chmod(0o755)


def test_a_process_killed_while_it_writes_leaves_a_whole_store(store: Store) -> None:
    store.close()
    writing_on = """
        from sync.records import Grid
        store = Store.open(Path(sys.argv[1]), sys.argv[2])
        while True:
            with store.write() as writing:
                writing.create_many(Grid, [{"name": f"{n}组"} for n in range(25)])
                print("half", flush=True)
                writing.create_many(Grid, [{"name": f"{n}组"} for n in range(25)])
            print("whole", flush=True)
    """
    said = 0
    for wholes in (0, 1, 3):
        with child(writing_on, store.folder, PASSWORD) as process:
            assert process.stdout is not None
            for line in ["half\n", "whole\n"] * wholes + ["half\n"]:
                assert process.stdout.readline() == line
            process.send_signal(signal.SIGKILL)
            said += wholes + process.stdout.read().count("whole\n")
    again = Store.open(store.folder, PASSWORD)
    grids = count(again)
    assert grids % 50 == 0, "each transaction whole or not at all"
    assert grids >= said * 50, "what was said to be saved is there"
    assert len(outbox_of(again)) == grids
    again.close()
