"""What there is to tell of enrolment and sync is true, and kept."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from desktop.register.service import Register
from desktop.storage import settings
from desktop.storage.errors import RecordMissing
from desktop.storage.store import Store
from desktop.syncing.service import Receipt, Syncing
from sync.client.ports import LineFault, NoLine
from sync.keys import IntroduceAnswer, IntroduceRequest
from sync.protocol import (
    EnrolAnswer,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    Histories,
    Outcome,
    Rows,
)
from sync.records import Conflict, Grid, PointsSubject, Resident, Values
from tests.support.line import PlainLine
from tests.support.store import (
    COUNTY_TIME,
    VILLAGE,
    answer,
    county_rows,
    new_store,
    receive,
    standing_of,
)


class Line(PlainLine):
    """A line on which the county says what a test wrote down for it."""

    def __init__(self, *answers: ExchangeAnswer | EnrolAnswer) -> None:
        self.answers = list(answers)
        self.opened: list[tuple[str, str]] = []
        self.enrolments: list[EnrolRequest] = []
        self.closed = 0

    def open(self, server: str, token: str) -> Line:
        self.opened.append((server, token))
        return self

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        self.enrolments.append(request)
        said = self.answers.pop(0)
        assert isinstance(said, EnrolAnswer)
        return said

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        if not self.answers:
            raise NoLine("网断了")
        said = self.answers.pop(0)
        assert isinstance(said, ExchangeAnswer)
        return said

    def introduce(self, request: IntroduceRequest) -> IntroduceAnswer:
        raise LineFault("this county knows no sticks")

    def close(self) -> None:
        self.closed += 1


def taken_in(area: str = VILLAGE, name: str = "文脉坊社区") -> EnrolAnswer:
    return EnrolAnswer(1, "device-1", "token-1", area, name, COUNTY_TIME)


@pytest.fixture
def new_pc(tmp_path: Path) -> Iterator[Store]:
    """A store that belongs to no village yet."""
    opened = new_store(tmp_path / "new", area="")
    yield opened
    opened.close()


@pytest.fixture
def enrolled(store: Store) -> Store:
    Syncing(store, Line(taken_in()).open).enrol("https://shige.example.gov.cn/", "ABCD-1234")
    return store


def residents(store: Store, *names: str) -> list[str]:
    with store.write() as writing:
        return writing.create_many(Resident, [{"name": name} for name in names])


def test_enrolment_brings_the_village_and_the_token(new_pc: Store) -> None:
    line = Line(taken_in())
    syncing = Syncing(new_pc, line.open)
    assert not syncing.status().enrolled
    assert syncing.enrol(" https://shige.example.gov.cn/ ", "ABCD-1234") == "文脉坊社区"
    assert syncing.enrolled
    assert line.enrolments[0].code == "ABCD-1234"
    assert (line.opened[0][1], line.closed) == ("", 1)
    status = syncing.status()
    assert (status.area, status.area_name) == (VILLAGE, "文脉坊社区")
    assert status.server == "https://shige.example.gov.cn"


@pytest.mark.promise(1)
def test_what_was_written_before_enrolment_moves_to_the_village_and_is_sent(new_pc: Store) -> None:
    register = Register(new_pc, Resident)
    grid = Register(new_pc, Grid).add({"name": "一组"})
    person = register.add({"name": "王芳", "grid": grid})
    line = Line(taken_in(), answer([Outcome("accepted", 0, 3, 1)], cursor=3))
    syncing = Syncing(new_pc, line.open)
    syncing.enrol("https://a.cn", "ABCD-1234")
    assert register.get(person).values["name"] == "王芳"
    assert register.edit(person, {"phone": "13800000000"})
    assert syncing.run().sent == 3
    assert syncing.status().waiting == 0


@pytest.mark.promise(7)
def test_a_code_of_another_village_changes_nothing(enrolled: Store) -> None:
    syncing = Syncing(enrolled, Line(taken_in("510183001003", "南街村")).open)
    with pytest.raises(LineFault, match="这个登记码是南街村的，而本机的资料属于另一个村"):
        syncing.enrol("https://a.cn", "ABCD-1234")
    assert syncing.status().area == VILLAGE
    assert enrolled.setting(settings.TOKEN) == "token-1"


def test_a_pc_that_is_not_enrolled_says_so_and_asks_nobody(store: Store) -> None:
    line = Line()
    with pytest.raises(LineFault, match="还没有在县里登记"):
        Syncing(store, line.open).run()
    assert line.opened == []


@pytest.mark.promise(6)
def test_a_sync_shows_its_token_and_leaves_a_receipt(enrolled: Store) -> None:
    residents(enrolled, "甲", "乙", "丙")
    theirs = county_rows(Resident, {"id": "r1", "revision": 9, "name": "丁"})
    outcomes = [
        Outcome("accepted", 0, 1, 1),
        Outcome("merged", 1, 1, 2),
        Outcome("rejected", 2, reason="不行"),
    ]
    line = Line(answer(outcomes, theirs, cursor=9))
    syncing = Syncing(enrolled, line.open)
    receipt = syncing.run()
    assert (line.opened, line.closed) == ([("https://shige.example.gov.cn", "token-1")], 1)
    told = (receipt.sent, receipt.received, receipt.merged, receipt.refused, receipt.waiting)
    assert told == (3, 1, 1, 1, 0)
    assert receipt.by_kind == {"resident": {"sent": 3, "received": 1, "merged": 1, "refused": 1}}
    assert (receipt.finished, receipt.county_time, receipt.round_trips) == (True, COUNTY_TIME, 1)
    assert syncing.last_receipt() == receipt
    assert syncing.status().last_sync == COUNTY_TIME


def test_who_was_entered_under_a_name_that_another_pc_corrected_gets_it_in_the_same_sync(
    enrolled: Store,
) -> None:
    subject: Values = {
        "id": "s1",
        "revision": 2,
        "subject_type": "resident",
        "name": "王芳",
        "resident": "r1",
    }
    person: Values = {"id": "r1", "revision": 1, "name": "王芳"}
    receive(enrolled, county_rows(Resident, person), county_rows(PointsSubject, subject), cursor=2)
    corrected = county_rows(Resident, {**person, "revision": 3, "name": "王方"})
    told = Histories(
        VILLAGE, [3], ["resident"], ["r1"], ["edit"], ["accepted"], ["李主任"], [COUNTY_TIME],
        ["二号机"], [{"name": ("王芳", "王方")}],
    )  # fmt: skip
    came = structs.replace(answer([], corrected, cursor=3), histories=[told])
    line = Line(came, answer([Outcome("accepted", 0, 1, 4)], cursor=4))
    receipt = Syncing(enrolled, line.open).run()
    assert (receipt.sent, receipt.waiting, line.answers) == (1, 0, [])
    named = Register(enrolled, PointsSubject).get("s1").values["name"]
    assert named == "王方"


def test_what_an_office_has_called_otherwise_than_its_person_keeps_its_name(
    enrolled: Store,
) -> None:
    subject: Values = {"id": "s1", "revision": 2, "subject_type": "resident", "name": "王芳家"}
    person: Values = {"id": "r1", "revision": 1, "name": "王芳"}
    called = county_rows(PointsSubject, {**subject, "resident": "r1"})
    came = answer([], county_rows(Resident, person), called, cursor=2)
    receipt = Syncing(enrolled, Line(came).open).run()
    assert (receipt.received, receipt.waiting) == (2, 0)
    assert Register(enrolled, PointsSubject).get("s1").values["name"] == "王芳家"


def test_a_sync_without_a_line_leaves_no_receipt_and_closes_what_it_opened(enrolled: Store) -> None:
    (person,) = residents(enrolled, "甲")
    line = Line()
    syncing = Syncing(enrolled, line.open)
    with pytest.raises(NoLine):
        syncing.run()
    assert line.closed == 1
    assert gc.get_freeze_count() == 0, "nothing stays set aside"
    assert syncing.last_receipt() is None
    status = syncing.status()
    assert (status.waiting, status.sending, status.last_sync) == (1, 0, "")
    assert standing_of(enrolled, person) == "waiting"


def test_a_cancelled_sync_does_not_say_that_the_county_has_everything(enrolled: Store) -> None:
    residents(enrolled, "甲")
    line = Line(answer([Outcome("accepted", 0, 1, 1)], remaining=5, cursor=1))
    receipt = Syncing(enrolled, line.open).run(cancelled=lambda: True)
    assert not receipt.finished
    assert Syncing(enrolled).status().last_sync == ""


@pytest.mark.promise(8)
def test_the_status_counts_what_waits_what_was_refused_and_what_is_in_conflict(
    enrolled: Store,
) -> None:
    residents(enrolled, "甲", "乙")
    outcomes = [Outcome("rejected", 0, reason="不行")]
    Syncing(enrolled, Line(answer(outcomes, conflict())).open).run()
    status = Syncing(enrolled).status()
    assert (status.waiting, status.refused, status.conflicts) == (1, 1, 1)
    assert (status.counts["resident"], status.counts["conflict"]) == (2, 1)
    (found,) = Syncing(enrolled).conflicts()
    assert found.values["record_title"] == "甲"


def conflict() -> Rows:
    return county_rows(
        Conflict,
        {
            "id": "c1",
            "revision": 5,
            "record_kind": "resident",
            "record": "r9",
            "record_title": "甲",
            "fields_in_conflict": "name",
            "state": "open",
        },
    )


@pytest.mark.promise(4)
def test_what_the_county_sent_back_is_listed_with_its_reason_until_it_is_given_up(
    enrolled: Store,
) -> None:
    (person,) = residents(enrolled, "甲")
    syncing = Syncing(enrolled, Line(answer([Outcome("rejected", 0, reason="号码不对")])).open)
    syncing.run()
    ((row, reason),) = syncing.refused()
    assert (row.id, row.state, reason) == (person, "refused", "号码不对")
    assert Register(enrolled, Resident).refusal(person) == "号码不对"
    syncing.give_up("resident", person)
    assert (syncing.refused(), syncing.status().refused) == ([], 0)


def test_what_was_sent_back_can_be_given_up_also_when_the_county_deleted_the_record(
    enrolled: Store,
) -> None:
    receive(enrolled, county_rows(Resident, {"id": "r1", "revision": 7, "name": "甲"}))
    Register(enrolled, Resident).edit("r1", {"phone": "13800000000"})
    gone = county_rows(Resident, {"id": "r1", "revision": 8, "name": "甲", "deleted": 1})
    syncing = Syncing(enrolled, Line(answer([Outcome("rejected", 0, reason="不行")], gone)).open)
    syncing.run()
    ((row, _),) = syncing.refused()
    assert row.values["name"] == "甲"
    syncing.give_up("resident", "r1")
    assert syncing.status().refused == 0
    with pytest.raises(RecordMissing):
        Register(enrolled, Resident).get("r1")


def test_nothing_of_an_unknown_kind_can_be_given_up(enrolled: Store) -> None:
    with pytest.raises(RecordMissing):
        Syncing(enrolled).give_up("parcel", "p1")


def test_an_old_receipt_can_be_read_by_a_newer_program(enrolled: Store) -> None:
    with enrolled.change() as connection:
        connection.exec_driver_sql(
            "INSERT INTO receipt (at, county_time, receipt_json) VALUES ('', '', ?)",
            ('{"sent": 3, "colour": "blue"}',),
        )
    assert Syncing(enrolled).last_receipt() == Receipt(sent=3)
