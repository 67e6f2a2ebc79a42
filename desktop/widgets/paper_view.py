"""The preview: what is on the screen is what comes out; print it, or save it as a PDF."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtWidgets import QFileDialog, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop.background import Lane, sentence_of
from desktop.reports.paper import Paper
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.layouts import clear
from desktop.widgets.pages import PageHead
from desktop.widgets.paper_drawing import a4, picture, print_sheets, save_pdf
from desktop.widgets.paper_layout import Sheet, lay_out
from desktop.widgets.view import Note

#: Wider than this, unscaled, a page is not easier to read.
_WIDEST = 860

ChoosePrinter = Callable[[QWidget], QPrinter | None]


class PaperView(QWidget):
    """Covers a page while something is looked at before it is printed."""

    left = Signal()
    said = Signal(object)

    def __init__(self, files: Lane, choose_printer: ChoosePrinter | None = None) -> None:
        """``files`` is where a PDF is written; ``choose_printer`` asks a person for a printer."""
        super().__init__()
        self.setObjectName("paperView")
        self._files = files
        #: Asks a person for a printer; None when there is none.
        self.choose_printer = choose_printer or ask_for_printer
        self._paper: Paper | None = None
        self.sheets: list[Sheet] = []
        self.head = PageHead("打印")
        self._back = button("paperBack", "返回", self.leave, icon_name="back", tip="Esc")
        self._pdf = button("paperPdf", "存为 PDF", self.save, icon_name="save", tip="Ctrl+S")
        self._print = button(
            "paperPrint", "打印", self.print, weight="primary", icon_name="print", tip="Ctrl+P"
        )
        self._pages, self._area = QVBoxLayout(), QScrollArea()
        self._lay_out()

    def show_paper(self, paper: Paper) -> None:
        """Show every page of a paper."""
        self._paper, self.sheets = paper, lay_out(paper)
        named = " · ".join(part for part in (paper.title, paper.period) if part)
        self.head.say(f"{named} · {len(self.sheets)} 页，A4")
        self._draw()
        self._area.verticalScrollBar().setValue(0)
        self._print.setFocus()

    def print(self) -> None:
        """Ask for a printer and print."""
        if self._paper is None:
            return
        if (printer := self.choose_printer(self)) is None:
            return
        printer.setDocName(self._paper.file_name)
        if print_sheets(self.sheets, printer):
            self.said.emit(Note(f"“{self._paper.title}”已送到打印机"))
        else:
            self.said.emit(Note("打印机没有接下这份文件，请看看它开着没有、有没有纸。", bad=True))

    def save(self) -> None:
        """Ask where to, and save as a PDF."""
        if self._paper is None:
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        offered = str(Path(folder) / f"{self._paper.file_name}.pdf")
        chosen, _filter = QFileDialog.getSaveFileName(self, "存为 PDF", offered, "PDF (*.pdf)")
        if not chosen:
            return
        path = Path(chosen if chosen.lower().endswith(".pdf") else f"{chosen}.pdf")
        self._files.run(
            partial(save_pdf, self.sheets, self._paper.title, path),
            done=lambda _: self.said.emit(Note(f"已存为 {path.name}，在 {path.parent}")),
            failed=lambda error: self.said.emit(Note(sentence_of(error) or str(error), bad=True)),
        )

    def leave(self) -> None:
        """Go back to what was there before."""
        self.left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    def _draw(self) -> None:
        clear(self._pages)
        room = self._area.viewport().width() - tokens.px(tokens.S5)
        width = max(min(room, tokens.px(_WIDEST)), tokens.px(tokens.DETAIL))
        for number, sheet in enumerate(self.sheets, 1):
            page = QLabel()
            page.setObjectName("paperPage")
            page.setAccessibleName(f"第 {number} 页：{sheet.words()}")
            ratio = self.devicePixelRatioF()
            drawn = QPixmap.fromImage(picture(sheet, round(width * ratio)))
            drawn.setDevicePixelRatio(ratio)
            page.setPixmap(drawn)
            self._pages.addWidget(page, 0, Qt.AlignmentFlag.AlignHCenter)
        self._pages.addStretch()

    def _lay_out(self) -> None:
        self.head.add(self._back, self._pdf, self._print)
        inner = QWidget()
        inner.setLayout(self._pages)
        self._pages.setContentsMargins(0, 0, 0, tokens.px(tokens.S4))
        self._pages.setSpacing(tokens.px(tokens.S4))
        self._area.setWidgetResizable(True)
        self._area.setWidget(inner)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addWidget(self._area, 1)


def ask_for_printer(parent: QWidget) -> QPrinter | None:
    """Let a person choose a printer and copies; None where there is none, or she leaves."""
    if not QPrinterInfo.availablePrinterNames() and isinstance(parent, PaperView):
        parent.said.emit(
            Note("这台电脑上没有装打印机。可以先“存为 PDF”，拿到有打印机的电脑上打。", bad=True)
        )
        return None
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    a4(printer)
    dialog = QPrintDialog(printer, parent)
    return printer if dialog.exec() else None
