"""The map as a picture, as a PDF and on paper: A4 lying, with village, title and day."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QIODevice, QMarginsF, QPointF, QRectF, QSaveFile, QStandardPaths, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
)
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.widgets import tokens
from desktop.widgets.map_drawing import Legend, paint_areas, paint_labels, paint_legend
from desktop.widgets.map_frame import fitted
from desktop.widgets.map_scene import Scene
from desktop.widgets.paper_drawing import NotSaved

#: Pixels of a saved picture: A4 lying at 150 dots an inch.
_PICTURE = (1754, 1240)
_PDF_DPI = 150
#: A line of text is a sixtieth of the page's height.
_LINES = 60


@dataclass(frozen=True)
class MapPaper:
    """What is put on paper: the scene, what its colours say, and the lines above and below."""

    scene: Scene
    legend: Legend
    title: str
    foot: str


def ask_where(parent: QWidget, title: str, name: str, kinds: str) -> Path | None:
    """Ask where to save something, ``name`` proposed, as one of ``kinds``; None for nowhere."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    chosen, kind = QFileDialog.getSaveFileName(parent, title, str(Path(folder) / name), kinds)
    if not chosen:
        return None
    ending = kind.rpartition("*")[2].rstrip(")")
    path = Path(chosen)
    return path if path.suffix else path.with_name(f"{path.name}{ending}")


def save_picture(paper: MapPaper, path: Path) -> None:
    """Save as PNG, whole or not at all. Raises NotSaved."""
    image = QImage(*_PICTURE, QImage.Format.Format_RGB32)
    image.fill(QColor(tokens.SURFACE))
    painter = QPainter(image)
    _draw(painter, paper, *_PICTURE)
    painter.end()
    file = QSaveFile(os.fspath(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        raise NotSaved(path.name)
    # PySide takes the format as text where its stub asks for bytes.
    if not image.save(file, "PNG") or not file.commit():  # type: ignore[call-overload]
        raise NotSaved(path.name)


def save_pdf(paper: MapPaper, path: Path) -> None:
    """Save as a PDF, whole or not at all. Raises NotSaved."""
    file = QSaveFile(os.fspath(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        raise NotSaved(path.name)
    writer = QPdfWriter(file)
    writer.setTitle(paper.title)
    writer.setResolution(_PDF_DPI)
    if not print_map(paper, writer) or not file.commit():
        raise NotSaved(path.name)


def print_map(paper: MapPaper, device: QPrinter | QPdfWriter) -> bool:
    """Draw on a printer or into a PDF; whether it took it."""
    _lying(device)
    painter = QPainter()
    if not painter.begin(device):
        return False
    _draw(painter, paper, device.width(), device.height())
    return painter.end()


def _draw(painter: QPainter, paper: MapPaper, width: float, height: float) -> None:
    line = height / _LINES
    font = QFont(tokens.FONT_FAMILY)
    font.setPixelSize(max(round(line), 1))
    head = QFont(font)
    head.setPixelSize(max(round(line * 1.6), 1))
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setPen(QColor(tokens.INK))
    painter.setFont(head)
    edge = 2 * line
    painter.drawText(QPointF(edge, edge + QFontMetricsF(head).ascent()), paper.title)
    painter.setFont(font)
    painter.drawText(QPointF(edge, height - edge), paper.foot)
    place = QRectF(edge, 5.5 * line, width - 2 * edge, height - 10 * line)
    room = QRectF(line, line, place.width() - 2 * line, place.height() - 6 * line)
    frame = fitted(paper.scene.covers, place.width(), place.height(), room)
    painter.save()
    painter.setClipRect(place)
    painter.translate(place.topLeft())
    paint_areas(painter, paper.scene, frame)
    painter.restore()
    painter.save()
    painter.translate(place.topLeft())
    paint_labels(painter, paper.scene, frame, font)
    paint_legend(painter, frame, paper.legend, font)
    painter.restore()
    painter.setPen(QColor(tokens.LINE_STRONG))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(place)


def _lying(device: QPagedPaintDevice) -> None:
    """A4 across, from edge to edge: the margins are ours."""
    page = QPageLayout(
        QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Landscape, QMarginsF(0, 0, 0, 0)
    )
    page.setMode(QPageLayout.Mode.FullPageMode)
    device.setPageLayout(page)
