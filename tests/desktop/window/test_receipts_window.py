"""Receipts are looked through, read whole and printed, by the keyboard alone if one likes."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from desktop.storage.store import Store
from desktop.syncing.receipt_card import receipt_card
from desktop.syncing.receipts_panel import PAGE
from desktop.syncing.service import Receipt
from tests.desktop.window.test_choosing import tab_to
from tests.support.window import Hands

AT = "2026-11-25T09:42:00+08:00"
CONTROL = Qt.KeyboardModifier.ControlModifier


def receipt(number: int) -> Receipt:
    kinds = {"resident": {"sent": number}}
    return Receipt(
        sent=number, at=AT, county_time=AT, by_kind=kinds, proof="healed", healed={"resident": 3}
    )


@pytest.fixture
def with_receipts(
    store: Store, folder: Path, open_hands: Callable[..., Hands]
) -> Callable[[int], Hands]:
    def open_with(count: int) -> Hands:
        store.join_area(area="510183105201", area_name="平乐镇花楸村", server="x", token="t")
        with store.change() as connection:
            for number in range(1, count + 1):
                connection.exec_driver_sql(
                    "INSERT INTO receipt (at, county_time, receipt_json) VALUES (?, ?, ?)",
                    (AT, AT, msgspec.json.encode(receipt(number)).decode()),
                )
        hands = open_hands(folder)
        hands.unlock()
        hands.turn_to("syncing")
        hands.wait(lambda: hands.sees("receipts"))
        return hands

    return open_with


@pytest.mark.parametrize(
    ("sent", "told"), [(3, "照片和文件送出 3 个，1.2 MB"), (0, "没有新的往来")]
)
def test_a_card_without_records_shows_no_empty_figures(
    dressed: QApplication, sent: int, told: str
) -> None:
    made = receipt_card(Receipt(photos_sent=sent, photos_bytes=1_200_000))
    assert [label.text() for label in made.findChildren(QLabel)] == [told]


def test_a_receipt_is_found_read_and_saved_by_the_keyboard_alone(
    with_receipts: Callable[[int], Hands], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = with_receipts(3)
    tab_to(hands, "receipts")
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.sees("receiptTable"))
    panel = hands.page.receipts
    assert hands.focused().objectName() == "receiptTable"
    assert panel.chosen().receipt.sent == 3
    hands.press(Qt.Key.Key_Down)
    assert panel.chosen().receipt.sent == 2
    hands.press(Qt.Key.Key_Return)
    assert hands.focused().objectName() == "receiptPrint"
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.sees("paperPage"))
    told = hands.see("paperPage").accessibleName()
    whose = ("平乐镇花楸村", "周桂芳", "单位盖章")
    for words in (*whose, "同步回执", "第 2 次", "3位居民", "第 1 页 / 共 1 页"):
        assert words in told, words
    file = tmp_path / "回执"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(file), ""))
    hands.press(Qt.Key.Key_S, CONTROL)
    hands.wait(lambda: "已存为 回执.pdf" in hands.shell.toast.words())
    saved = (tmp_path / "回执.pdf").read_bytes()
    assert saved.startswith(b"%PDF")
    assert saved.count(b"/Type /Page\n") == 1
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("receiptTable"))
    assert panel.chosen().receipt.sent == 2, "where she was"
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("printNewest"))
    assert hands.focused().objectName() == "receipts"


def test_what_comes_out_of_the_printer_is_what_the_preview_shows(
    with_receipts: Callable[[int], Hands], tmp_path: Path
) -> None:
    hands = with_receipts(1)
    hands.wait(lambda: hands.sees("printNewest"))
    hands.press(Qt.Key.Key_P, CONTROL)
    hands.wait(lambda: hands.sees("paperPage"))
    view, out = hands.page.paper, tmp_path / "printed.pdf"
    hands.press(Qt.Key.Key_P, CONTROL)
    assert "没有装打印机" in hands.shell.toast.words()
    view.choose_printer = lambda _parent: _to_file(out)
    hands.press(Qt.Key.Key_P, CONTROL)
    hands.wait(lambda: "已送到打印机" in hands.shell.toast.words())
    assert out.read_bytes().count(b"/Type /Page\n") == len(view.sheets) == 1


def test_a_file_that_cannot_be_written_is_said_and_leaves_nothing(
    with_receipts: Callable[[int], Hands], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = with_receipts(1)
    hands.wait(lambda: hands.sees("printNewest"))
    hands.click("printNewest")
    hands.wait(lambda: hands.sees("paperPdf"))
    file = tmp_path / "no such folder" / "回执.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(file), ""))
    hands.click("paperPdf")
    hands.wait(lambda: "没有存成" in hands.shell.toast.words())
    assert not list(tmp_path.glob("**/*.pdf*"))


def test_the_list_reads_older_receipts_as_it_is_scrolled(
    with_receipts: Callable[[int], Hands],
) -> None:
    count = PAGE * 2 + 50
    hands = with_receipts(count)
    hands.click("receipts")
    table = hands.see("receiptTable")
    hands.wait(lambda: table.model().rowCount() == PAGE)
    for known in (PAGE * 2, count):
        hands.press(Qt.Key.Key_End, CONTROL)
        hands.wait(partial(_has_rows, table, known))
    last = [one.receipt.sent for one in hands.page.receipts.rows.receipts]
    assert last == list(range(count, 0, -1))


def test_before_the_first_sync_the_list_says_what_it_is_for(
    with_receipts: Callable[[int], Hands],
) -> None:
    hands = with_receipts(0)
    hands.click("receipts")
    hands.wait(lambda: hands.sees("empty"))
    assert "还没有同步过" in hands.see("empty").heading()


def _has_rows(table: Any, count: int) -> bool:
    return table.model().rowCount() == count


def _to_file(path: Path) -> QPrinter:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    return printer
