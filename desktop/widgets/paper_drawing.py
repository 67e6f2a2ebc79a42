"""Draws laid out pages: on a picture for the screen, on a printer, into a PDF. Black on white."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QIODevice, QLineF, QMarginsF, QPointF, QRectF, QSaveFile, Qt
from PySide6.QtGui import (
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
)
from PySide6.QtPrintSupport import QPrinter

from desktop.widgets.paper_layout import HEIGHT, WIDTH, Sheet, font

_RULE = 3  # 0.3 mm
_PDF_DPI = 600
_PER_INCH = 254


class NotSaved(Exception):
    """A PDF could not be written; ``sentence`` is for the cadre."""

    def __init__(self, name: str) -> None:
        self.sentence = f"“{name}”没有存成：文件正开着、没有权限，或磁盘满了。换个名字或地方再存。"
        super().__init__(self.sentence)


def picture(sheet: Sheet, width: int) -> QImage:
    """One page as it comes out, ``width`` pixels wide."""
    image = QImage(width, round(width * HEIGHT / WIDTH), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    _draw(painter, sheet, width / WIDTH)
    painter.end()
    return image


def print_sheets(sheets: Sequence[Sheet], printer: QPrinter) -> bool:
    """Print pages on a printer that a person has chosen; whether it took them."""
    printer.setFullPage(True)
    first = max(printer.fromPage(), 1)
    last = printer.toPage() or len(sheets)
    return _on_paper(sheets[first - 1 : last], printer, printer.resolution())


def save_pdf(sheets: Sequence[Sheet], title: str, path: Path) -> None:
    """Save pages as a PDF, whole or not at all. Raises NotSaved."""
    file = QSaveFile(os.fspath(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        raise NotSaved(path.name)
    writer = QPdfWriter(file)
    writer.setTitle(title)
    writer.setResolution(_PDF_DPI)
    drawn = _on_paper(sheets, writer, _PDF_DPI)
    if not drawn or not file.commit():
        raise NotSaved(path.name)


def a4(device: QPagedPaintDevice) -> None:
    """Let a device take A4 upright, from edge to edge: the margins are ours."""
    page = QPageLayout(
        QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)
    )
    page.setMode(QPageLayout.Mode.FullPageMode)
    device.setPageLayout(page)


def _on_paper(sheets: Sequence[Sheet], device: QPagedPaintDevice, dpi: int) -> bool:
    a4(device)
    painter = QPainter()
    if not painter.begin(device):
        return False
    for place, sheet in enumerate(sheets):
        if place and not device.newPage():
            painter.end()
            return False
        _draw(painter, sheet, dpi / _PER_INCH)
    return painter.end()


def _draw(painter: QPainter, sheet: Sheet, scale: float) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.scale(scale, scale)
    for placed in sheet.pictures:
        room = QRectF(placed.x, placed.y, placed.width, placed.height)
        painter.drawImage(room, placed.image)
    for block in sheet.blocks:
        room = QRectF(block.x, block.y, block.width, block.height)
        painter.fillRect(room, Qt.GlobalColor.black)
    painter.setPen(QPen(Qt.GlobalColor.black, _RULE))
    for rule in sheet.rules:
        painter.drawLine(QLineF(rule.x1, rule.y1, rule.x2, rule.y2))
    for text in sheet.texts:
        painter.setFont(font(text.size))
        painter.drawText(QPointF(text.x, text.y), text.words)
    painter.restore()
