"""Paints a scene: on the screen, into a picture and on paper by the same hands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from desktop.widgets import tokens
from desktop.widgets.map_frame import Frame
from desktop.widgets.map_scene import OUTLINE, Area, Scene

_FILLS = (tokens.SURFACE, tokens.MAP_1, tokens.MAP_2, tokens.MAP_3)
#: A name may stand out of the circle around it by so much of its width.
_BEYOND = 1.4
#: Lines need so much of their height as room.
_LOW = 0.8
_SWATCH = 14
_BAR = 140


@dataclass(frozen=True)
class Legend:
    """What the colour says: the figure with its unit, and the words of each step of it."""

    title: str = ""
    steps: Sequence[tuple[int, str]] = ()


def paint_areas(painter: QPainter, scene: Scene, frame: Frame) -> None:
    """Fill and outline what is in sight. Lines are one pixel wide: broader ones take ten times as
    long, and four hundred grids must not."""
    sight = frame.ground
    areas = [area for area in scene.areas if area.covers.intersects(sight)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setTransform(frame.transform, True)
    line, dashes = _pen(tokens.QUIET, 1), _pen(tokens.QUIET, 1, dashed=True)
    for area in areas:
        _paint_area(painter, area, frame, dashes if area.mark.dashed else line)
    painter.restore()


def paint_outline(painter: QPainter, area: Area, frame: Frame, colour: str, width: float) -> None:
    """A line around one area, for what is chosen."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setTransform(frame.transform, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(colour, width))
    painter.drawPath(area.path(frame.scale))
    painter.restore()


def paint_labels(painter: QPainter, scene: Scene, frame: Frame, font: QFont) -> None:
    """Names, and the words under them, where there is room for them and no other name stands."""
    painter.setFont(font)
    metrics = _letters(font.toString())
    painter.setPen(QColor(tokens.INK))
    sight = frame.ground
    taken: list[QRectF] = []
    for area in scene.areas:
        if area.mark.step == OUTLINE or not sight.contains(area.label):
            continue
        for lines in _labels(area, frame, metrics):
            place = _place(lines, area, frame, metrics)
            if not any(place.intersects(other) for other in taken):
                taken.append(place)
                _paint_lines(painter, lines, place, metrics)
                break


def paint_legend(painter: QPainter, frame: Frame, legend: Legend, font: QFont) -> None:
    """A scale bar at the lower left, and what the colours say at the lower right."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    # In lines of text, for paper has far more pixels than a screen.
    unit = metrics.height() / 20
    margin = 12 * unit
    taken = _paint_bar(painter, frame, metrics, unit, margin)
    if legend.steps:
        _paint_steps(painter, frame, legend, metrics, unit, margin, taken)


def tell_length(metres: float) -> str:
    """A length on the scale bar: 「200 米」, 「2 公里」."""
    return f"{metres / 1000:g} 公里" if metres >= 1000 else f"{metres:g} 米"


class _Letters(QFontMetricsF):
    """The measures of a font; the width of a text is worked out once, for a map is painted again
    and again with the same names."""

    def __init__(self, font: QFont) -> None:
        super().__init__(font)
        self._widths: dict[str, float] = {}

    def width(self, text: str) -> float:
        """How wide a text is."""
        if text not in self._widths:
            self._widths[text] = self.horizontalAdvance(text)
        return self._widths[text]


@lru_cache(maxsize=8)
def _letters(described: str) -> _Letters:
    font = QFont()
    font.fromString(described)
    return _Letters(font)


def _paint_area(painter: QPainter, area: Area, frame: Frame, line: QPen) -> None:
    path = area.path(frame.scale)
    if area.mark.step == OUTLINE:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(tokens.QUIET, 2))
        painter.drawPath(path)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(_FILLS[area.mark.step]))
    # The line over its edge is smooth, which is all that is seen.
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.drawPath(path)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(line)
    painter.drawPath(path)


def _labels(area: Area, frame: Frame, metrics: _Letters) -> Iterator[list[str]]:
    """The lines that have room in an area, the most telling first: name and number, or the number
    alone, which says more than half a name."""
    mark, room, high = area.mark, 2 * area.room * frame.scale, metrics.height()
    for lines in ([mark.name, mark.words], [mark.words], [mark.brief]):
        told = [line for line in lines if line]
        low_enough = bool(told) and room >= high * _LOW * len(told)
        if low_enough and all(metrics.width(n) <= room * _BEYOND for n in told):
            yield told


def _paint_lines(painter: QPainter, lines: list[str], place: QRectF, metrics: _Letters) -> None:
    for n, line in enumerate(lines):
        left = place.center().x() - metrics.width(line) / 2
        base = place.top() + n * metrics.height() + metrics.ascent()
        painter.drawText(QPointF(left, base), line)


def _place(lines: list[str], area: Area, frame: Frame, metrics: _Letters) -> QRectF:
    """What lines cover around the place of an area's label."""
    wide = max(map(metrics.width, lines))
    place = QRectF(0, 0, wide, metrics.height() * len(lines))
    place.moveCenter(frame.to_screen(area.label))
    return place


def _paint_bar(
    painter: QPainter, frame: Frame, metrics: QFontMetricsF, unit: float, margin: float
) -> QRectF:
    """The scale bar; returns what it covers."""
    metres, long = frame.bar(_BAR * unit)
    words = f"{tell_length(metres)}　上北下南"
    low = frame.height - margin
    wide = max(long, metrics.horizontalAdvance(words)) + 2 * 8 * unit
    place = QRectF(margin, low - 36 * unit, wide, 36 * unit)
    _paint_ground(painter, place, unit)
    left = margin + 8 * unit
    painter.setPen(QPen(QColor(tokens.INK), 1.5 * unit))
    base = low - 8 * unit
    painter.drawLine(QPointF(left, base), QPointF(left + long, base))
    for x in (left, left + long):
        painter.drawLine(QPointF(x, base - 4 * unit), QPointF(x, base))
    painter.drawText(QPointF(left, base - 8 * unit), words)
    return place


def _paint_steps(
    painter: QPainter,
    frame: Frame,
    legend: Legend,
    metrics: QFontMetricsF,
    unit: float,
    margin: float,
    taken: QRectF,
) -> None:
    """What the steps mean; over the scale bar where there is no room beside it."""
    swatch, gap = _SWATCH * unit, 6 * unit
    texts = [words for _, words in legend.steps]
    widths = [swatch + gap + metrics.horizontalAdvance(text) + 2 * gap for text in texts]
    title = metrics.horizontalAdvance(legend.title) + 2 * gap
    if title + sum(widths) + 2 * (gap + margin) > frame.width:
        # The box over the map says it too.
        title = 0
    high = 32 * unit
    wide = title + sum(widths) + 2 * gap
    place = QRectF(frame.width - margin - wide, frame.height - margin - high, wide, high)
    if place.left() < taken.right() + margin:
        place.moveBottom(taken.top() - gap)
        place.moveLeft(max(place.left(), margin))
    _paint_ground(painter, place, unit)
    base = place.center().y() + (metrics.ascent() - metrics.descent()) / 2
    painter.setPen(QColor(tokens.INK))
    if title:
        painter.drawText(QPointF(place.left() + 2 * gap, base), legend.title)
    x = place.left() + gap + title
    for (step, text), width in zip(legend.steps, widths, strict=True):
        painter.setPen(QPen(QColor(tokens.QUIET), unit))
        painter.setBrush(QColor(_FILLS[step]))
        painter.drawRect(QRectF(x, place.center().y() - swatch / 2, swatch, swatch))
        painter.setPen(QColor(tokens.INK))
        painter.drawText(QPointF(x + swatch + gap, base), text)
        x += width


def _paint_ground(painter: QPainter, place: QRectF, unit: float) -> None:
    painter.setPen(QPen(QColor(tokens.LINE), unit))
    painter.setBrush(QColor(tokens.SURFACE))
    painter.drawRoundedRect(place, tokens.RADIUS * unit, tokens.RADIUS * unit)


def _pen(colour: str, width: float, *, dashed: bool = False) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dashed:
        pen.setStyle(Qt.PenStyle.DashLine)
    return pen
