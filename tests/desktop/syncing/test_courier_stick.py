"""The stick in a cadre's hand: what it shows, what is said of it, what comes of it half way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from desktop.storage.store import Store
from desktop.syncing.courier import (
    AlreadyRead,
    Courier,
    NotReady,
)
from desktop.syncing.service import Syncing
from sync.courier import BACK, OUT, DamagedFile
from sync.records import Resident
from sync.stick import StickFault, Stopped
from tests.desktop.syncing.sticks import World, add
from tests.support.store import PASSWORD, id_number
from tests.support.village import FaultyLine

pytestmark = pytest.mark.promise(12)


def test_who_carries_a_file_learns_nothing_of_the_people_in_it(world: World) -> None:
    number = id_number()
    rows = [{"name": "欧阳锦绣", "id_number": number, "phone": "13812345678"}]
    world.one.write(Resident, "", lambda w: w.create_many(Resident, rows), "")
    file = world.one.courier_out()
    answer = world.one.courier_carry(file)
    for data in (file, answer):
        for told in ("欧阳锦绣", number, "13812345678", "一号机", "会计"):
            assert told.encode() not in data
        assert b"resident" not in data


def test_a_pc_that_never_had_a_line_is_told_that_it_needs_one_once(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "new", PASSWORD)
    with pytest.raises(NotReady, match="登记"):
        Courier(store).export(tmp_path)
    store.set(token="t")
    with pytest.raises(NotReady, match="先连网同步一次"):
        Courier(store).export(tmp_path)
    assert list(tmp_path.glob("*.shige*")) == []
    store.close()


def test_a_pc_enrolled_by_an_older_program_gets_its_keys_at_its_next_sync(world: World) -> None:
    world.one.store.set(county_keys="", courier_keys="")
    with world.county.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE device SET courier_keys = ''")

    def line(_server: str, token: str) -> FaultyLine:
        return FaultyLine(world.county, token)

    Syncing(world.one.store, line).run()
    add(world.one, "张伟")
    assert world.one.courier_in(world.one.courier_carry(world.one.courier_out()))
    assert world.one.outbox() == []


def test_what_is_out_is_told_until_it_is_answered_or_went_by_line(world: World) -> None:
    courier = Courier(world.one.store)
    assert courier.standing().out is None
    add(world.one, "甲", "乙")
    file = world.one.courier_out()
    out = courier.standing().out
    assert out is not None
    assert (out.number, out.changes, out.waiting) == (1, 2, 2)
    world.one.sync()
    out = courier.standing().out
    assert out is not None
    assert (out.changes, out.waiting) == (2, 0)
    assert world.one.courier_in(world.one.courier_carry(file))
    assert courier.standing().out is None


def test_the_stick_shows_what_is_to_be_carried_and_what_is_to_be_read(world: World) -> None:
    courier, stick = Courier(world.one.store), world.folder / "stick"
    stick.mkdir()
    (stick / f"broken{BACK}").write_bytes(b"x")
    (stick / f"._hidden{OUT}").write_bytes(b"x")
    add(world.one, "甲")
    exported = courier.export(stick)
    found = courier.standing(stick)
    assert (found.to_carry, found.to_read) == ((exported.path,), None)
    answer = exported.path.with_suffix(BACK)
    answer.write_bytes(world.one.courier_carry(exported.path.read_bytes()))
    found = courier.standing(stick)
    assert (found.to_carry, found.to_read) == ((), answer)
    assert Courier(world.two.store).standing(stick).to_read is None
    courier.take_in(answer)
    assert courier.standing(stick).to_read is None
    shutil.rmtree(stick)
    assert not courier.standing(stick).in_place


def test_a_stick_that_is_gone_or_read_only_is_told_in_words(world: World) -> None:
    add(world.one, "甲")
    courier = Courier(world.one.store)
    with pytest.raises(StickFault, match="拔了"):
        courier.export(world.folder / "gone" / "file")
    with pytest.raises(StickFault, match="拔了"):
        courier.take_in(world.folder / "gone" / f"file{BACK}")
    assert courier.standing().out is None


def test_an_export_that_is_stopped_leaves_no_file_and_nothing_out(world: World) -> None:
    add(world.one, "甲")
    stick = world.folder / "stick"
    stick.mkdir()
    with pytest.raises(Stopped):
        Courier(world.one.store).export(stick, cancelled=lambda: True)
    assert list(stick.iterdir()) == []
    assert Courier(world.one.store).standing().out is None
    assert len(world.one.outbox()) == 1


def test_an_answer_that_is_stopped_half_way_is_read_again(world: World) -> None:
    add(world.one, "甲")
    path = world.folder / f"answer{BACK}"
    path.write_bytes(world.one.courier_carry(world.one.courier_out()))
    asked: list[int] = []

    def after_one() -> bool:
        asked.append(1)
        return len(asked) > 1

    courier = Courier(world.one.store)
    assert not courier.take_in(path, cancelled=after_one).receipt.finished
    assert courier.take_in(path).receipt.finished
    with pytest.raises(AlreadyRead):
        courier.take_in(path)


def test_a_damaged_file_is_not_even_sent(world: World) -> None:
    add(world.one, "甲")
    file = world.folder / f"x{OUT}"
    file.write_bytes(world.one.courier_out()[:-1])
    with pytest.raises(DamagedFile):
        Courier(world.one.store).carry(file, "http://127.0.0.1:9")
