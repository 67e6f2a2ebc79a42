"""Photos are added, looked at, deleted and brought back in the window, with the keyboard alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from sqlalchemy import select

from desktop.attachments.service import Attachments, Incoming
from desktop.attachments.strip import AttachmentStrip
from desktop.attachments.viewer import Viewer
from desktop.background import sentence_of
from desktop.residents.service import Residents
from desktop.storage import tables
from desktop.storage.store import Store
from sync.client import wire
from sync.client.ports import NoLine, Sink
from tests.support import papers
from tests.support.photos import photo, photo_files
from tests.support.silent import Silent
from tests.support.window import Hands

#: Usually half a second. Whoever waited for the county would wait for all of ``READ_SECONDS``.
AT_ONCE_S = wire.READ_SECONDS / 4


@pytest.fixture
def resident(store: Store) -> str:
    return Residents(store).add({"name": "郭忠珍"})


@pytest.fixture
def opened(
    store: Store, folder: Path, resident: str, open_hands: Callable[..., Hands]
) -> Callable[[], Hands]:
    """Opens the window on the resident."""

    def open_it() -> Hands:
        hands = open_hands(folder)
        hands.unlock()
        hands.go("residents")
        hands.wait(lambda: hands.listed("resident") == ["郭忠珍"])
        hands.press(Qt.Key.Key_Home)
        hands.wait(lambda: hands.sees("addPhotos"))
        return hands

    return open_it


def strip(hands: Hands) -> AttachmentStrip:
    return hands.see("attachmentStrip", AttachmentStrip)


def count(hands: Hands) -> int:
    return strip(hands).list.count()


def viewer(hands: Hands) -> Viewer:
    hands.wait(lambda: bool(hands.window.findChildren(Viewer)))
    return hands.window.findChildren(Viewer)[0]


def chosen_files(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    """What a person picks in the system's own window for files."""
    picked = ([str(path) for path in paths], "")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_a, **_k: picked)


def test_photos_are_added_seen_large_deleted_and_brought_back_by_keyboard(
    opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = opened()
    chosen_files(monkeypatch, *photo_files(tmp_path / "phone", 3))
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    hands.press(Qt.Key.Key_A, modifiers)
    hands.wait(lambda: count(hands) == 3)
    assert "加了 3 个，已存在本机" in hands.shell.toast.words()
    hands.wait(lambda: hands.status.photos_waiting.number == 3)
    assert "3 张照片或文件待送" in hands.sentence

    strip(hands).add_button.setFocus()
    hands.press(Qt.Key.Key_Tab)
    assert hands.focused().objectName() == "attachments"
    hands.press(Qt.Key.Key_Right)
    hands.press(Qt.Key.Key_Return)
    shown = viewer(hands)
    hands.wait(lambda: shown.image().width() == 640)
    assert "IMG_0001" in shown.attached.name
    QTest.keyClick(shown, Qt.Key.Key_Right)
    hands.wait(lambda: "IMG_0002" in shown.attached.name and shown.image().width() == 640)
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    hands.wait(lambda: not hands.window.findChildren(Viewer))

    # Where there is no window manager, the window has to be told that it is in front again.
    hands.window.activateWindow()
    hands.wait(hands.window.isActiveWindow)
    strip(hands).list.setFocus()
    hands.press(Qt.Key.Key_Delete)
    hands.wait(lambda: count(hands) == 2)
    assert "已删除“IMG_0001.jpg”" in hands.shell.toast.words()
    hands.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: count(hands) == 3)
    hands.wait(lambda: hands.status.photos_waiting.number == 3)


def test_while_photos_wait_nothing_says_that_all_is_done(
    store: Store, folder: Path, resident: str, open_hands: Callable[..., Hands]
) -> None:
    Attachments(store).attach("resident", resident, Incoming("a.jpg", photo(1)))
    with store.change() as connection:
        for table in ("outbox", "standing"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    store.join_area(area="510183105201", area_name="平乐镇花楸村", server="https://x", token="t")
    store.set(last_sync="2026-11-25T01:42:00+00:00")
    hands = open_hands(folder)
    hands.unlock()
    hands.wait(lambda: hands.status.photos_waiting.number == 1 and hands.sees("todo_waiting"))
    assert hands.status.waiting == 0
    assert "照片待送" in hands.shell.sync_button.text()
    hands.click("todo_waiting")
    hands.wait(lambda: "1 张照片或文件待送" in hands.page.strip.words())


def test_a_record_without_photos_says_how_to_add_one(opened) -> None:
    hands = opened()
    assert "加照片" in strip(hands)._hint.text()
    assert not hands.sees("attachments")


def test_what_cannot_be_added_is_told_beside_the_photos_and_the_rest_is_added(
    opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = opened()
    video, empty = tmp_path / "宣传.mp4", tmp_path / "空.pdf"
    video.write_bytes(b"film")
    empty.write_bytes(b"")
    chosen_files(monkeypatch, video, *photo_files(tmp_path / "phone", 1), empty)
    hands.click("addPhotos")
    hands.wait(lambda: count(hands) == 1 and bool(strip(hands).words()))
    assert "宣传.mp4：视频太大" in strip(hands).words()
    assert "空.pdf：这个文件是空的" in strip(hands).words()
    assert "2 个没有加进来" in hands.shell.toast.words()


def test_a_copied_picture_is_pasted_and_copied_files_too(
    opened, store: Store, resident: str, tmp_path: Path
) -> None:
    Attachments(store).attach("resident", resident, Incoming("a.jpg", photo(9)))
    hands = opened()
    hands.wait(lambda: count(hands) == 1)
    strip(hands).list.setFocus()
    image = QImage(200, 100, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    QGuiApplication.clipboard().setImage(image)
    hands.press(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: count(hands) == 2)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in photo_files(tmp_path / "phone", 1)])
    QGuiApplication.clipboard().setMimeData(data)
    hands.press(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: count(hands) == 3)
    QGuiApplication.clipboard().setText("文字")
    hands.press(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert "剪贴板里没有照片" in hands.shell.toast.words()


def test_photos_are_dragged_from_a_folder(opened, tmp_path: Path) -> None:
    hands = opened()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in photo_files(tmp_path / "phone", 2)])
    target, actions = strip(hands), Qt.DropAction.CopyAction
    no_keys, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(target.rect().center(), actions, data, left, no_keys)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    place = QPointF(target.rect().center())
    QApplication.sendEvent(target, QDropEvent(place, actions, data, left, no_keys))
    hands.wait(lambda: count(hands) == 2)


def test_a_photo_whose_original_is_far_shows_its_thumbnail_and_says_why(
    opened, store: Store, resident: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachments = Attachments(store)
    made = attachments.attach("resident", resident, Incoming("a.jpg", photo(1)))
    with store.change() as connection:
        for table in ("transfer", "outbox", "standing"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    kept = attachments.open(made).read()
    attachments.files.remove(str(attachments.one(made).row.values["sha256"]))
    store.set(server="https://x", token="t")
    line = NoLine("连不上县里的服务器。")

    class Away:
        def fetch(self, *_rest: object) -> bool:
            raise line

        def close(self) -> None:
            pass

    hands = opened()
    far = strip(hands)._attachments
    far._open_files = lambda _server, _token: Away()  # type: ignore[assignment,return-value]
    hands.wait(lambda: count(hands) == 1)
    strip(hands).list.setFocus()
    hands.press(Qt.Key.Key_Return)
    shown = viewer(hands)
    hands.wait(lambda: "小图" in shown.words())
    assert str(sentence_of(line)) in shown.words()
    assert 0 < shown.image().width() <= 160
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    hands.wait(lambda: not hands.window.findChildren(Viewer))

    class Here(Away):
        def fetch(self, *rest: object) -> bool:
            rest[1].write(kept)  # type: ignore[attr-defined]
            return True

    far._open_files = lambda _server, _token: Here()  # type: ignore[assignment,return-value]
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: viewer(hands).image().width() == 640)
    assert viewer(hands).words() == ""


@pytest.mark.parametrize(
    ("moment", "where", "told"),
    [
        ("2026:03:02 10:15:40", (30.4123, 103.4612), "2026-03-02 10:15 · 北纬30.4123 东经103.4612"),
        ("2026:03:02 10:15:40", None, "2026-03-02 10:15"),
        ("", (-30.4123, -103.4612), "南纬30.4123 西经103.4612"),
        ("", None, ""),
    ],
)
def test_a_photo_seen_large_says_when_and_where_it_was_taken(
    opened,
    store: Store,
    resident: str,
    moment: str,
    where: tuple[float, float] | None,
    told: str,
) -> None:
    taken = photo(1, moment=moment, place=where)
    made = Attachments(store).attach("resident", resident, Incoming("院坝.jpg", taken))
    hands = opened()
    hands.wait(lambda: count(hands) == 1)
    strip(hands).list.setFocus()
    hands.press(Qt.Key.Key_Return)
    shown = viewer(hands)
    hands.wait(lambda: shown.image().width() == 640)
    assert shown.taken() == (f"拍摄于 {told}" if told else "")
    hands.wait()
    with store.read() as connection:
        noted = connection.execute(select(tables.view_log.c.record)).scalars().all()
    assert noted == ([made] if where else []), "who saw a place whole is noted"


@pytest.fixture
def silent() -> Iterator[Silent]:
    server = Silent()
    yield server
    server.close()


@pytest.fixture
def looking(opened: Callable[[], Hands], store: Store, resident: str, silent: Silent) -> Hands:
    """A window in which somebody looks at a photo whose original a hanging county is asked for."""
    attachments = Attachments(store)
    made = attachments.attach("resident", resident, Incoming("a.jpg", photo(1)))
    attachments.files.remove(str(attachments.one(made).row.values["sha256"]))
    store.set(server=silent.url, token="t")
    hands = opened()
    hands.wait(lambda: count(hands) == 1)
    strip(hands).list.setFocus()
    hands.press(Qt.Key.Key_Return)
    hands._wait_until(silent.asked.is_set)
    return hands


def test_whoever_stops_looking_at_a_far_photo_frees_the_way_for_files(looking: Hands) -> None:
    start = time.monotonic()
    (shown,) = looking.window.findChildren(Viewer)
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    looking.wait()
    assert time.monotonic() - start < AT_ONCE_S


def test_a_window_closes_at_once_while_a_far_photo_hangs(looking: Hands) -> None:
    start = time.monotonic()
    looking.window.close()
    assert time.monotonic() - start < AT_ONCE_S


def test_a_damaged_original_is_fetched_again_when_it_is_looked_at(
    opened: Callable[[], Hands], store: Store, resident: str
) -> None:
    attachments = Attachments(store)
    made = attachments.attach("resident", resident, Incoming("a.jpg", photo(1)))
    kept = attachments.open(made).read()
    path = attachments.files._path(str(attachments.one(made).row.values["sha256"]))
    path.write_bytes(path.read_bytes()[:-1])
    store.set(server="https://x", token="t")
    line = Lent(kept)
    hands = opened()
    hands.wait(lambda: count(hands) == 1)
    strip(hands)._attachments._open_files = lambda *_: line  # type: ignore[assignment]
    strip(hands).list.setFocus()
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: viewer(hands).image().width() == 640)
    assert viewer(hands).words() == ""
    assert attachments.open(made).read() == kept


class Lent:
    """A line over which one original comes."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def fetch(self, _sha256: str, sink: Sink, *_rest: object) -> bool:
        sink.write(self._data)
        return True

    def close(self) -> None:
        pass


def test_a_document_is_saved_elsewhere_to_be_opened(
    opened, store: Store, resident: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = papers.pdf()
    Attachments(store).attach("resident", resident, Incoming("协议.pdf", data))
    hands = opened()
    hands.wait(lambda: count(hands) == 1)
    strip(hands).list.setFocus()
    hands.press(Qt.Key.Key_Return)
    shown = viewer(hands)
    hands.wait(lambda: "另存" in shown.words())
    out = tmp_path / "out.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(out), ""))
    QTest.keyClick(shown, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(out.exists)
    assert out.read_bytes() == data


def test_how_large_photos_are_and_when_they_go_is_set_on_one_page(
    hands: Hands, store: Store
) -> None:
    hands.go("settings")
    hands.wait()
    hands.see("settingPhotos").setCurrentIndex(1)
    hands.see("settingPhotoSide").setCurrentIndex(0)
    hands.see("settingFileMb").setCurrentIndex(3)
    hands.click("savePhotoSettings")
    limits = Attachments(store).limits()
    assert (limits.photos, limits.photo_side, limits.file_mb) == ("night", 1280, 50)
