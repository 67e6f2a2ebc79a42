"""What the county sent back: mended, written once more, or let go and taken back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from desktop.attachments.service import Attachments, Incoming
from desktop.points.service import PointsLedger, PointsSubjects
from desktop.residents.service import Residents
from desktop.storage.store import Store
from desktop.syncing.refusals import BY_A_BUTTON
from sync.records import KINDS, Attachment, PointsRequest, PointsSubject, Resident, Values
from tests.desktop.window.test_choosing import tab_to
from tests.support.photos import photo
from tests.support.store import VILLAGE, county_rows, id_number, receive
from tests.support.window import Hands

REASON = "身份证号码没有填"


def refuse(store: Store, kind: str) -> None:
    with store.change() as connection:
        for sql in (
            "UPDATE outbox SET state = 'refused', reason = ? WHERE kind = ?",
            "UPDATE standing SET state = 'refused' WHERE ? <> '' AND kind = ?",
        ):
            connection.exec_driver_sql(sql, (REASON, kind))


def enrol(store: Store) -> None:
    store.join_area(area=VILLAGE, area_name="平乐镇花楸村", server="x", token="t")


@pytest.fixture
def opened(store: Store, folder: Path, open_hands: Callable[..., Hands]) -> Callable[[], Hands]:
    def open_it() -> Hands:
        hands = open_hands(folder)
        hands.unlock()
        hands.turn_to("syncing")
        hands.wait(lambda: hands.sees("giveUp"))
        return hands

    return open_it


def test_a_refusal_is_given_up_by_the_keyboard_and_taken_back(
    store: Store, opened: Callable[[], Hands]
) -> None:
    person = Residents(store).add({"name": "王建国", "phone": "13808023451"})
    Residents(store).add({"name": "李秀英"})
    refuse(store, "resident")
    hands = opened()
    assert hands.status.refused == 2
    tab_to(hands, "giveUp")
    hands.press(Qt.Key.Key_Tab)
    assert hands.focused().objectName() == "openRefused"
    section = hands.page.refused
    section.buttons("giveUp")[1].setFocus()
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.status.refused == 1 and len(section.buttons("giveUp")) == 1)
    assert "王建国" in hands.shell.toast.words()
    assert hands.focused() is section.buttons("giveUp")[0], "and on to the next one"
    assert _badge(hands) == "1"
    hands.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.status.refused == 2 and len(section.buttons("giveUp")) == 2)
    hands.page.refresh()
    hands.wait()
    assert hands.focused() in section.buttons("giveUp"), "also when the page is read anew"
    assert _badge(hands) == "2"
    assert Residents(store).get(person).values["phone"] == "13808023451"


def test_what_was_given_up_can_be_looked_up_also_when_the_record_is_no_more(
    store: Store, opened: Callable[[], Hands]
) -> None:
    enrol(store)
    Residents(store).add({"name": "王建国", "phone": "13808023451"})
    refuse(store, "resident")
    hands = opened()
    hands.click("giveUp")
    hands.wait(lambda: hands.status.refused == 0)
    assert hands.shell.toast.words() == "“王建国”已放弃，留在“放弃过的”里备查"
    hands.click("givenUp")
    hands.wait(lambda: hands.sees("givenUpSection"))
    words = " ".join(w.text() for w in hands.see("givenUpSection").findChildren(QLabel))
    for told in ("居民：王建国", "周桂芳", REASON, "138******51"):
        assert told in words
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: not hands.sees("givenUpSection"))
    assert hands.focused().objectName() == "givenUp"
    hands.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.status.refused == 1)
    hands.click("givenUp")
    hands.wait(lambda: hands.sees("empty"))


def test_a_written_record_is_written_once_more_in_place_of_the_refused_one(
    store: Store, opened: Callable[[], Hands]
) -> None:
    subject = PointsSubjects(store).add({"name": "张素芬"})
    entry = PointsLedger(store).add({"subject": subject, "points": "50", "reason": "环境整治"})
    refuse(store, "points_entry")
    hands = opened()
    assert hands.see("openRefused").text() == "改好重记一笔"
    hands.click("openRefused")
    hands.wait(lambda: hands.sees("field_points") and hands.see("field_points").text() == "50")
    assert hands.see("field_reason").text() == "环境整治"
    assert hands.page.name == "points"
    hands.see("field_points").clear()
    hands.type("30", "field_points")
    hands.press(Qt.Key.Key_Escape)
    hands.wait()
    assert hands.status.refused == 1, "nothing is given up before the new one is saved"
    hands.shell.edit_record("points_entry", entry)
    hands.wait(lambda: hands.sees("field_points") and hands.see("field_points").text() == "30")
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.status.refused == 0 and hands.sees("reverse"))
    assert PointsLedger(store).balances([subject]) == {subject: 30}
    assert hands.listed("points_entry") == ["环境整治"]


def test_more_than_fifty_are_listed_as_far_as_one_asks(
    store: Store, opened: Callable[[], Hands]
) -> None:
    with store.write() as writing:
        writing.create_many(Resident, [{"name": f"村民{place:03}"} for place in range(70)])
    refuse(store, "resident")
    hands = opened()
    section = hands.page.refused
    hands.wait(lambda: len(section.buttons("giveUp")) == 50)
    assert "还有 20 条" in hands.see("refusedSectionMore").text()
    hands.click("refusedSectionMore")
    hands.wait(lambda: len(section.buttons("giveUp")) == 70)
    assert not hands.sees("refusedSectionMore")


def said(hands: Hands, name: str) -> str:
    return " ".join(label.text() for label in hands.see(name).findChildren(QLabel))


def test_a_refused_photo_tells_whose_it_is_and_where_to_add_it_again(
    store: Store, opened: Callable[[], Hands]
) -> None:
    enrol(store)
    person = Residents(store).add({"name": "王建国"})
    Attachments(store).attach("resident", person, Incoming("门口.jpg", photo()))
    refuse(store, Attachment.kind)
    hands = opened()
    assert "加在 居民：王建国" in said(hands, "refusedSection")
    assert "再到原来那一条里重新加" in said(hands, "refusedSection")
    assert "字节" not in said(hands, "refusedSection")
    hands.click("giveUp")
    hands.wait(lambda: hands.status.refused == 0)
    hands.click("givenUp")
    hands.wait(lambda: hands.sees("givenUpSection"))
    assert "加在 居民：王建国" in said(hands, "givenUpSection")


def test_what_can_not_be_opened_any_more_is_told_whole(
    store: Store, opened: Callable[[], Hands]
) -> None:
    enrol(store)
    values = {
        "name": "王建国",
        "id_number": id_number(),
        "phone": "13808023451",
        "address": "二组5号",
        "political_status": "群众",
        "note": "外出务工，过年才回来",
    }
    Residents(store).add(values)
    refuse(store, "resident")
    hands = opened()
    assert "项，点开可以看到" in said(hands, "refusedSection")
    assert values["note"] not in said(hands, "refusedSection")
    hands.click("giveUp")
    hands.wait(lambda: hands.status.refused == 0)
    hands.click("givenUp")
    hands.wait(lambda: hands.sees("givenUpSection"))
    assert values["note"] in said(hands, "givenUpSection")
    assert "点开" not in said(hands, "givenUpSection")


def test_of_what_is_deleted_by_now_nobody_is_told_that_it_stays(
    store: Store, opened: Callable[[], Hands]
) -> None:
    enrol(store)
    receive(store, county_rows(Resident, {"id": "r1", "revision": 7, "name": "李秀英"}))
    with store.write() as writing:
        writing.delete(Resident, "r1")
    refuse(store, "resident")
    hands = opened()
    assert hands.see("giveUp").text() == "放弃"
    assert "已经被删了，只能放弃" in said(hands, "refusedSection")
    hands.click("giveUp")
    hands.wait(lambda: hands.status.refused == 0)
    assert "留着" not in hands.shell.toast.words().replace("留在", "")


def _badge(hands: Hands) -> str:
    return hands.see("navBadge").text()


def test_what_has_no_form_is_told_without_codes_and_without_a_button_that_does_nothing(
    store: Store, opened: Callable[[], Hands]
) -> None:
    person = Residents(store).add({"name": "王建国"})
    photo_id = Attachments(store).attach("resident", person, Incoming("门口.jpg", photo()))
    with store.write() as writing:
        subject = writing.create(PointsSubject, {"name": "张素芬"})
        asked: Values = {"subject": subject, "points": 5, "device": "pc-1"}
        request = writing.create(PointsRequest, asked)
    for kind in (Attachment.kind, PointsRequest.kind):
        refuse(store, kind)
    hands = opened()
    assert not hands.sees("openRefused")
    assert len(hands.page.refused.buttons("giveUp")) == 2
    words = " ".join(w.text() for w in hands.see("refusedSection").findChildren(QLabel))
    for told in ("附件：门口.jpg", "积分移交请求", "张素芬", "先放弃，再重新做一次"):
        assert told in words
    for code in (person, photo_id, request, "pc-1", "image/jpeg", "（空）"):
        assert code not in words


def test_every_kind_that_a_village_writes_has_a_form_or_is_known_to_have_none(
    hands: Hands,
) -> None:
    with_form = {kind for page in hands.shell.parts.pages for kind in page.kinds()}
    written = {kind for kind, record in KINDS.items() if "create" in record.villages_may}
    assert written - with_form <= set(BY_A_BUTTON) <= written
