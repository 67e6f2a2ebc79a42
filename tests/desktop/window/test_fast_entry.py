"""An ordinary event is noted on one screen, by the keyboard alone, in a few strokes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QObject, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from desktop.attachments.service import Attachments, Incoming
from desktop.events.fast_entry import FastEntry
from desktop.events.service import Events
from desktop.grids.service import Grids
from desktop.residents.service import Residents
from desktop.storage.store import Store
from desktop.widgets.keys_box import KeysBox
from tests.support.photos import photo, photo_files
from tests.support.window import Hands

CTRL = Qt.KeyboardModifier.ControlModifier
WHAT = "村口的路灯不亮了"


@pytest.fixture
def grid(store: Store) -> str:
    grids = Grids(store)
    grids.add({"name": "老水井微网格"})
    return grids.add({"name": "黄葛树微网格"})


@pytest.fixture
def opened(store: Store, folder: Path, grid: str, open_hands: Callable[..., Hands]) -> Hands:
    """The window, with the fast entry open."""
    hands = open_hands(folder)
    hands.unlock()
    hands.go("events")
    hands.press(Qt.Key.Key_N, CTRL)
    hands.wait(lambda: kinds(hands) > 0)
    return hands


def entry(hands: Hands) -> FastEntry:
    return hands.see("fastEntry", FastEntry)


def kinds(hands: Hands) -> int:
    return len(entry(hands).form.findChildren(KeysBox)[0]._keys)


def complaint(hands: Hands, name: str) -> str:
    return entry(hands).form.cells[name].complaint()


class Strokes(QObject):
    """Counts keys that are pressed, modifiers apart."""

    def __init__(self, hands: Hands) -> None:
        super().__init__()
        self._hands, self.count = hands, 0

    def press(self, *keys: Qt.Key) -> None:
        for key in keys:
            self.count += 1
            # An open list has the keys, as it has them on the desk.
            QTest.keyClick(QApplication.activePopupWidget() or self._hands.focused(), key)

    def ctrl(self, key: Qt.Key) -> None:
        self.count += 1
        self._hands.press(key, CTRL)

    def letters(self, text: str) -> None:
        self.count += len(text)
        self._hands.type(text)


def events_of(store: Store) -> list[dict[str, object]]:
    with store.read() as connection:
        found = connection.exec_driver_sql("SELECT * FROM event ORDER BY id").mappings()
        return [dict(row) for row in found]


def steps_of(store: Store, event: object) -> list[str]:
    return [step.action for step in Events(store).timeline(str(event))]


def test_an_ordinary_event_is_noted_with_the_keyboard_alone_photo_and_all(
    opened: Hands, store: Store, grid: str, tmp_path: Path
) -> None:
    strokes = Strokes(opened)
    assert opened.focused().objectName() == "field_what"
    opened.type(WHAT)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in photo_files(tmp_path / "phone", 1)])
    QGuiApplication.clipboard().setMimeData(data)
    strokes.ctrl(Qt.Key.Key_V)
    opened.wait(lambda: len(entry(opened).form.tray.taken()) == 1)
    strokes.press(Qt.Key.Key_Return)
    assert opened.focused().objectName() == "field_event_kind"
    strokes.press(Qt.Key.Key_4, Qt.Key.Key_Return)
    assert opened.focused().objectName() == "field_grid"
    strokes.letters("hgs")
    opened.wait(lambda: not entry(opened).form.is_asking())
    strokes.press(Qt.Key.Key_Return)
    opened.wait(lambda: entry(opened).form.raw()["grid"] == grid)
    strokes.ctrl(Qt.Key.Key_S)
    opened.wait(lambda: len(events_of(store)) == 1)
    opened.wait(lambda: not entry(opened).form.raw()["what"])

    (event,) = events_of(store)
    assert (event["what"], event["grid"]) == (WHAT, grid)
    assert event["event_kind"] == "event_kind.facility"
    assert event["level"] == "event_level.ordinary"
    assert steps_of(store, event["id"]) == ["found", "report"]
    (attached,) = Attachments(store).of("event", str(event["id"]))
    assert attached.is_picture
    assert attached.here
    assert strokes.count <= 10, "beside the words themselves"
    assert "已记下" in opened.shell.toast.words()

    # Empty again for the next one, in the same grid; the one that was saved is told beside it.
    opened.wait(lambda: entry(opened).form.raw()["grid"] == grid)
    assert opened.focused().objectName() == "field_what"
    assert entry(opened).form.tray.taken() == []
    assert entry(opened).recent.texts() == [f"{WHAT} · 公共设施 · 黄葛树微网格"]
    opened.press(Qt.Key.Key_Escape)
    opened.wait(lambda: opened.sees("table_event") and opened.listed("event") == [WHAT])


def test_the_next_one_in_the_same_grid_takes_four_strokes(
    opened: Hands, store: Store, grid: str
) -> None:
    def note(what: str, known: bool) -> int:
        strokes = Strokes(opened)
        opened.type(what)
        strokes.press(Qt.Key.Key_Return, Qt.Key.Key_3)
        if not known:
            entry(opened).form.cells["grid"].editor.setFocus()
            strokes.letters("lsj")
            opened.wait(lambda: not entry(opened).form.is_asking())
            strokes.press(Qt.Key.Key_Tab)
            opened.wait()
        strokes.ctrl(Qt.Key.Key_Return)
        opened.wait(lambda: not entry(opened).form.raw()["what"])
        opened.wait(lambda: bool(entry(opened).form.raw()["grid"]))
        return strokes.count

    note("垃圾没人收", known=False)
    assert note("沟里淤了", known=True) <= 4
    first, second = events_of(store)
    assert first["grid"] == second["grid"] != grid


def test_a_copied_picture_is_taken_as_a_photo_where_the_words_are_typed(
    opened: Hands, store: Store
) -> None:
    image = QImage(200, 100, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    QGuiApplication.clipboard().setImage(image)
    opened.press(Qt.Key.Key_V, CTRL)
    opened.wait(lambda: len(entry(opened).form.tray.taken()) == 1)
    QGuiApplication.clipboard().setText(WHAT)
    opened.press(Qt.Key.Key_V, CTRL)
    assert entry(opened).form.raw()["what"] == WHAT, "copied words are words"
    tray = entry(opened).form.tray
    tray.list.setFocus()
    opened.press(Qt.Key.Key_Delete)
    opened.wait(lambda: tray.taken() == [])


def test_what_is_wrong_is_said_when_a_field_is_left_and_nothing_is_written(
    opened: Hands, store: Store, tmp_path: Path
) -> None:
    phone: QLineEdit = opened.see("field_phone")
    phone.setFocus()
    opened.type("1380")
    assert complaint(opened, "phone") == "", "not while one types"
    opened.press(Qt.Key.Key_Tab)
    assert "1380" in complaint(opened, "phone")
    video = tmp_path / "现场.mp4"
    video.write_bytes(b"film")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(video))])
    QGuiApplication.clipboard().setMimeData(data)
    opened.see("field_what").setFocus()
    opened.press(Qt.Key.Key_V, CTRL)
    opened.wait(lambda: "视频太大" in entry(opened).form.tray.words())
    opened.press(Qt.Key.Key_S, CTRL)
    opened.wait()
    assert complaint(opened, "what")
    assert complaint(opened, "event_kind")
    assert opened.focused().objectName() == "field_what"
    assert events_of(store) == []


def test_a_half_written_entry_is_there_after_a_power_cut_its_photo_too(
    opened: Hands,
    store: Store,
    folder: Path,
    tmp_path: Path,
    open_hands: Callable[..., Hands],
) -> None:
    opened.type(WHAT)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in photo_files(tmp_path / "phone", 1)])
    QGuiApplication.clipboard().setMimeData(data)
    opened.press(Qt.Key.Key_V, CTRL)
    opened.wait(lambda: len(entry(opened).form.tray.taken()) == 1)
    opened.press(Qt.Key.Key_Return)
    opened.press(Qt.Key.Key_2)
    opened.wait(lambda: (d := Events(store).draft("")) is not None and "event_kind" in d.values)

    again = open_hands(folder)
    again.unlock()
    again.go("events")
    again.press(Qt.Key.Key_N, CTRL)
    again.wait(lambda: entry(again).form.raw()["what"] == WHAT)
    assert entry(again).form.raw()["event_kind"] == "event_kind.hazard"
    assert len(entry(again).form.tray.taken()) == 1
    assert again.sees("draftBanner")
    again.press(Qt.Key.Key_S, CTRL)
    again.wait(lambda: len(events_of(store)) == 1)
    again.wait(lambda: Events(store).draft("") is None)
    assert len(Attachments(store).of("event", str(events_of(store)[0]["id"]))) == 1


def test_starting_over_leaves_neither_words_nor_photos(opened: Hands, store: Store) -> None:
    opened.type(WHAT)
    tray = entry(opened).form.tray
    tray.add([Incoming("灯.jpg", photo(1))])
    opened.wait(lambda: len(tray.taken()) == 1)
    (taken,) = tray.taken()
    opened.press(Qt.Key.Key_Escape)
    opened.wait(lambda: Events(store).draft("") is not None)
    opened.press(Qt.Key.Key_N, CTRL)
    opened.wait(lambda: opened.sees("draftBanner"))
    begun = threading.Event()
    opened.window.lanes.files.run(begun.wait)
    tray.add([Incoming("另一盏.jpg", photo(2))])
    QTest.mouseClick(opened.see("draftDrop"), Qt.MouseButton.LeftButton)
    begun.set()
    opened.wait(lambda: Events(store).draft("") is None)
    assert entry(opened).form.raw()["what"] == ""
    assert tray.taken() == [], "nor the one that was still on its way in"
    assert not Attachments(store).files.has(taken.sha256)


def test_a_resident_who_reports_is_found_and_a_stranger_is_only_a_name(
    opened: Hands, store: Store
) -> None:
    wang = Residents(store).add({"name": "王桂花", "phone": "13800001234"})
    strokes = Strokes(opened)

    def note(person: str, phone: str = "") -> None:
        opened.type(WHAT)
        opened.press(Qt.Key.Key_Return)
        opened.press(Qt.Key.Key_1)
        opened.see("field_reporter").setFocus()
        opened.type(person)
        opened.wait(lambda: not entry(opened).form.is_asking())
        strokes.press(Qt.Key.Key_Tab)
        opened.wait()
        if phone:
            opened.type(phone, "field_phone")
        before = len(events_of(store))
        opened.press(Qt.Key.Key_S, CTRL)
        opened.wait(lambda: len(events_of(store)) == before + 1)
        opened.wait(lambda: not entry(opened).form.raw()["what"])

    note("王桂花")
    note("王", "13900005678")
    known, stranger = events_of(store)
    assert (known["reporter"], known["phone"]) == (wang, None)
    assert stranger["reporter"] is None, "the only match is not taken for a stranger"
    assert (stranger["reported_by"], stranger["phone"]) == ("王", "13900005678")


def test_what_was_settled_on_the_spot_is_closed_with_how_and_with_what_the_reporter_says(
    opened: Hands, store: Store
) -> None:
    opened.type(WHAT)
    opened.press(Qt.Key.Key_Return)
    opened.press(Qt.Key.Key_4)
    opened.see("settledHere").setFocus()
    opened.press(Qt.Key.Key_Space)
    assert opened.focused().objectName() == "settledHow"
    opened.press(Qt.Key.Key_S, CTRL)
    opened.wait()
    assert events_of(store) == [], "how is asked for"
    opened.type("换了灯泡")
    opened.press(Qt.Key.Key_S, CTRL)
    opened.wait(lambda: len(events_of(store)) == 1)
    steps = Events(store).timeline(str(events_of(store)[0]["id"]))
    assert [step.action for step in steps][-1] == "close"
    assert "换了灯泡" in [step.text for step in steps]
    asked = [step for step in steps if step.action == "evaluate"]
    assert asked[0].satisfaction == "没有反映人", "nobody is said to be content who was not asked"

    opened.wait(lambda: not entry(opened).form.raw()["what"])
    opened.type(WHAT)
    opened.press(Qt.Key.Key_Return)
    opened.press(Qt.Key.Key_4)
    opened.type("过路的张师傅", "field_reporter")
    opened.wait(lambda: not entry(opened).form.is_asking())
    opened.see("settledHere").setFocus()
    opened.press(Qt.Key.Key_Space)
    opened.type("换了灯泡")
    opened.press(Qt.Key.Key_S, CTRL)
    opened.wait()
    assert len(events_of(store)) == 1, "what the reporter says is asked for"
    opened.see("settledPleased").setFocus()
    opened.press(Qt.Key.Key_2)
    opened.press(Qt.Key.Key_S, CTRL)
    opened.wait(lambda: len(events_of(store)) == 2)
    steps = Events(store).timeline(str(events_of(store)[1]["id"]))
    assert [s.satisfaction for s in steps if s.action == "evaluate"] == ["基本满意"]


def test_the_entry_is_opened_from_another_page_too(opened: Hands) -> None:
    opened.press(Qt.Key.Key_Escape)
    opened.go("home")
    opened.page.begin_wanted.emit("event")
    opened.wait(lambda: opened.sees("fastEntry"))
    assert opened.focused().objectName() == "field_what"


def test_kinds_are_found_by_digits_pinyin_and_arrows(dressed: object, qtbot: object) -> None:
    box = KeysBox("box")
    box.resize(900, 80)
    box.offer([("a", "矛盾纠纷"), ("b", "安全隐患"), ("c", "环境卫生")])
    told: list[str] = []
    box.typed.connect(lambda: told.append(box.raw()))
    QTest.keyClick(box, Qt.Key.Key_3)
    QTest.keyClick(box, Qt.Key.Key_Left)
    QTest.keyClicks(box, "mdjf")
    QTest.keyClick(box, Qt.Key.Key_9)
    assert told[:2] == ["c", "b"]
    assert box.raw() == "a"
    box.offer([("b", "安全隐患")])
    assert box.word() == "", "what the county took away is chosen no longer"
