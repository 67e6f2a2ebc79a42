"""A PC's village changes: what waits is handed in for the old one, then the new one is read."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from sync.server.devices import list_devices, move_device, revoke_device
from sync.server.errors import Refusal, ServerError
from sync.server.tables import left_area
from tests.sync.server.enrolled import THIRD_VILLAGE, EnrolledPc, live, load_villages
from tests.sync.server.pcs import COUNTY, OTHER_VILLAGE, VILLAGE, codes, create, edit


@pytest.fixture
def county(county: Engine) -> Engine:
    load_villages(county)
    return county


def test_what_waits_on_a_moved_pc_is_taken_in_for_the_village_it_leaves(county: Engine) -> None:
    pc = EnrolledPc(county, "one")
    pc.send(create("resident", "r", name="张三"))
    move_device(county, pc.id, OTHER_VILLAGE)
    answer = pc.send_and_lose(edit("resident", "r", 1, note="搬走前改的"))
    assert codes(answer) == ["accepted"]
    assert answer.move is not None
    assert (answer.move.area, answer.move.area_name) == (OTHER_VILLAGE, "东街社区")
    colleague = EnrolledPc(county, "two")
    colleague.read_all()
    assert colleague.row("resident", "r")["note"] == "搬走前改的"


def test_a_moved_pc_reads_nothing_new_of_the_village_it_leaves(county: Engine) -> None:
    pc, colleague = EnrolledPc(county, "one"), EnrolledPc(county, "two")
    pc.send(create("resident", "r", name="张三"))
    move_device(county, pc.id, OTHER_VILLAGE)
    colleague.send(create("resident", "s", name="李四"))
    pc.cursors = {VILLAGE: 0, OTHER_VILLAGE: 0}
    # A change that merges is shown to a PC of the village; to this one it is not.
    colleague.read_all()
    colleague.send(edit("resident", "r", 1, name="张叁"))
    answer = pc.send_and_lose(edit("resident", "r", 1, name="张三三"))
    assert codes(answer) == ["conflict"]
    assert (answer.rows, answer.remaining) == ([], 0)
    assert set(answer.cursors) == {VILLAGE}


def test_the_county_forgets_the_old_village_when_the_pc_names_its_new_one(county: Engine) -> None:
    pc = EnrolledPc(county, "one")
    move_device(county, pc.id, OTHER_VILLAGE)
    assert list_devices(county)[0]["leaving"] == [VILLAGE]
    pc.take_up(pc.send())
    assert pc.send(create("resident", "n", name="新村的人")).move is None
    assert live(county, OTHER_VILLAGE) == {("resident", "n")}
    assert list_devices(county)[0]["leaving"] == []
    pc.names = VILLAGE
    with pytest.raises(Refusal) as refusal:
        pc.send(create("resident", "x", name="不该有"))
    assert (refusal.value.status, refusal.value.fault.code) == (403, "wrong_area")
    assert "东街社区" in refusal.value.fault.sentence
    assert not live(county, VILLAGE)


def test_a_pc_that_names_a_village_that_was_never_its_own_is_refused(county: Engine) -> None:
    pc = EnrolledPc(county, "one")
    for moved in (False, True):
        if moved:
            move_device(county, pc.id, OTHER_VILLAGE)
        for claimed in (THIRD_VILLAGE, COUNTY, "51018300100", "%", "x" * 5000):
            pc.names = claimed
            with pytest.raises(Refusal) as refusal:
                pc.send(create("resident", "x", name="不该有"))
            assert refusal.value.fault.code == "wrong_area"


def test_a_pc_moved_twice_before_it_syncs_goes_straight_to_the_last(county: Engine) -> None:
    pc = EnrolledPc(county, "one")
    move_device(county, pc.id, OTHER_VILLAGE)
    move_device(county, pc.id, THIRD_VILLAGE)
    answer = pc.send(create("resident", "r", name="张三"))
    assert answer.move is not None
    assert answer.move.area == THIRD_VILLAGE
    assert live(county, VILLAGE) == {("resident", "r")}


def test_a_pc_moved_on_after_it_took_up_a_village_unseen_is_let_in(county: Engine) -> None:
    # It was told of the first move, purged, and comes back when it has been moved on meanwhile.
    pc = EnrolledPc(county, "one")
    move_device(county, pc.id, OTHER_VILLAGE)
    pc.take_up(pc.send())
    move_device(county, pc.id, THIRD_VILLAGE)
    pc.take_up(pc.send())
    assert pc.send().move is None
    with county.connect() as connection:
        assert connection.execute(select(left_area)).all() == []


def test_a_pc_moved_back_before_it_synced_notices_nothing(county: Engine) -> None:
    pc = EnrolledPc(county, "one")
    move_device(county, pc.id, OTHER_VILLAGE)
    move_device(county, pc.id, VILLAGE)
    answer = pc.send(create("resident", "r", name="张三"))
    assert (codes(answer), answer.move) == (["accepted"], None)
    assert live(county, VILLAGE) == {("resident", "r")}


def test_a_pc_of_an_older_version_never_mixes_two_villages(county: Engine) -> None:
    # It names no village and knows no move: it goes on to hand in, and reads nothing.
    pc = EnrolledPc(county, "one")
    pc.names = ""
    pc.send(create("resident", "r", name="张三"))
    EnrolledPc(county, "there", OTHER_VILLAGE).send(create("resident", "s", name="李四"))
    move_device(county, pc.id, OTHER_VILLAGE)
    answer = pc.send(create("resident", "t", name="王五"))
    assert (codes(answer), answer.rows) == (["accepted"], [])
    # Moved back it is at home, though it never noticed that it was away.
    move_device(county, pc.id, VILLAGE)
    answer = pc.send(create("resident", "u", name="赵六"))
    assert (codes(answer), answer.move) == (["accepted"], None)
    assert live(county, VILLAGE) == {("resident", id_) for id_ in "rtu"}


def test_an_answer_that_was_lost_before_the_move_is_given_again_after_it(county: Engine) -> None:
    pc = EnrolledPc(county, "one")
    change = create("resident", "r", name="张三")
    pc.send_and_lose(change)
    move_device(county, pc.id, OTHER_VILLAGE)
    answer = pc.send(change)
    assert answer.outcomes[0].again
    assert live(county, VILLAGE) == {("resident", "r")}


def test_a_revoked_pc_is_let_in_no_more_and_is_told_so(county: Engine) -> None:
    pc, colleague = EnrolledPc(county, "one"), EnrolledPc(county, "two")
    assert revoke_device(county, pc.id) == "one"
    with pytest.raises(Refusal) as refusal:
        pc.send()
    assert (refusal.value.status, refusal.value.fault.code) == (401, "revoked")
    colleague.send()
    revoked = {one["name"]: one["revoked"] for one in list_devices(county, VILLAGE)}
    assert revoked == {"one": True, "two": False}
    with pytest.raises(ServerError, match="已经停用"):
        move_device(county, pc.id, OTHER_VILLAGE)


def test_only_pcs_and_villages_that_there_are_can_be_moved(county: Engine) -> None:
    pc = EnrolledPc(county, "one")
    for device, village in ((pc.id, "510183999999"), (pc.id, COUNTY), ("nobody", VILLAGE)):
        with pytest.raises(ServerError):
            move_device(county, device, village)
    with pytest.raises(ServerError, match="没有编号"):
        revoke_device(county, "nobody")
    assert list_devices(county)[0]["village"] == VILLAGE
