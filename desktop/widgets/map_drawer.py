"""A map on which a boundary is drawn: click its corners, move them, close it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF

from desktop.widgets import tokens
from desktop.widgets.map_frame import Frame
from desktop.widgets.map_scene import Scene, to_ground
from desktop.widgets.map_sketch import Handle, Point, Sketch, sketch_of, snapped
from desktop.widgets.map_view import WAYS, MapView
from sync.records.shapes import Plane, Polygon, Position

#: Pixels within which a corner is taken hold of, and a neighbour's corner is taken over.
_REACH, _SNAP = 10, 9
_CORNER = 4
#: How far a key moves the cross: a step, and with Shift a small one.
_CROSS, _CROSS_SMALL = 20, 2
#: What a first corner on an empty map is looked at with, in pixels a metre.
_BLANK_SCALE = 1.0


class MapDrawer(MapView):
    """A ``MapView`` that can be drawn on while a sketch is begun.

    A click puts a corner, on a neighbour's corner where one is near; a double click or Enter ends
    the ring; Backspace takes the last corner back. Corners can be dragged, a press on a line makes
    a new one, Delete takes the chosen one out. By keys: arrows move a cross, Space puts a corner.
    """

    #: The sketch changed.
    sketched = Signal()
    #: Enter on a closed sketch: it is to be kept.
    finished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.sketch: Sketch | None = None
        self._held: Handle | None = None
        self._marked: Handle | None = None
        self._cross: Point | None = None
        self._corners: list[Point] = []

    def begin(
        self, polygons: Sequence[Polygon], neighbours: Sequence[Polygon], *, closed: bool = True
    ) -> None:
        """Begin to draw, or to change what is there; where it is not ``closed``, its last ring goes
        on. Corners of ``neighbours`` are taken over."""
        self.sketch = sketch_of([[self._points(ring) for ring in p] for p in polygons])
        self.sketch.closed = self.sketch.closed and closed
        self._corners = [c for p in neighbours for ring in p for c in self._points(ring)]
        self._held = self._marked = self._cross = None
        self._choice = ""
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocus()
        self._tell()

    def end(self) -> None:
        """Put the sketch away."""
        self.sketch = None
        self.unsetCursor()
        self.update()

    def drawn(self) -> list[list[list[Position]]]:
        """What is drawn, in degrees."""
        if self.sketch is None or self.scene.plane is None:
            return []
        return [
            [[self.scene.to_degrees(QPointF(*point)) for point in ring] for ring in polygon]
            for polygon in self.sketch.polygons()
            if polygon[0]
        ]

    def put(self, position: Position) -> None:
        """Add a corner by its degrees; on an empty map it becomes the middle."""
        if self.sketch is None:
            return
        if self.scene.plane is None:
            self.scene = Scene(Plane(*position))
            self.frame = Frame(0, 0, _BLANK_SCALE, self.width(), self.height())
        place = self.scene.to_ground(position)
        self.sketch.add((place.x(), place.y()))
        if not self.frame.ground.contains(place):
            self._look(self.frame.centred(place))
        self._tell()

    def back(self) -> None:
        """Take the last corner back."""
        if self.sketch is not None and self.sketch.back():
            self._marked = None
            self._tell()

    def close_ring(self) -> None:
        """End the ring; a closed one is finished."""
        if self.sketch is None:
            return
        if self.sketch.closed:
            self.finished.emit()
        elif self.sketch.close():
            self._tell()

    def paint_over(self, painter: QPainter) -> None:
        if self.sketch is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(tokens.PRIMARY)
        fill.setAlpha(40)
        for ring in self.sketch.rings:
            line = QPolygonF([self.frame.to_screen(QPointF(*point)) for point in ring])
            painter.setPen(QPen(QColor(tokens.PRIMARY_DARK), tokens.px(2)))
            painter.setBrush(fill if self.sketch.closed or len(ring) > 2 else Qt.BrushStyle.NoBrush)
            if self.sketch.closed:
                painter.drawPolygon(line)
            else:
                # The closing line is only thought of yet.
                painter.setPen(Qt.PenStyle.NoPen)
                painter.drawPolygon(line)
                painter.setPen(QPen(QColor(tokens.PRIMARY_DARK), tokens.px(2)))
                painter.drawPolyline(line)
        self._paint_corners(painter)
        if self._cross is not None:
            self._paint_cross(painter, self.frame.to_screen(QPointF(*self._cross)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if self.sketch is None or event.button() != Qt.MouseButton.LeftButton:
            return
        point, reach = self._point(event.position()), self._metres(_REACH)
        self._held = self.sketch.near(point, reach)
        if self._held is None and self.sketch.closed:
            self._held = self.sketch.break_line(point, reach / 2)
        self._marked = self._held
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.sketch is None:
            super().mouseMoveEvent(event)
        elif self._held is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._dragging = True
            self.sketch.move(self._held, self._snapped(event.position()))
            self._tell()
        elif event.buttons() & Qt.MouseButton.LeftButton:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._held = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.sketch is None:
            super().mouseDoubleClickEvent(event)
        elif not self.sketch.closed:
            self.close_ring()

    def click(self, pixel: QPointF) -> None:
        if self.sketch is None:
            super().click(pixel)
        elif self._held is not None:
            first = self._held.corner == 0 and not self.sketch.closed
            if first and len(self.sketch.rings[-1]) > 2:
                # Back at the first corner: that ends the ring.
                self.close_ring()
        elif not self.sketch.closed and self.scene.plane is not None:
            self.sketch.add(self._snapped(pixel))
            self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self.sketch is None:
            super().keyPressEvent(event)
        elif key in WAYS and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            small = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._move_cross(WAYS[key], _CROSS_SMALL if small else _CROSS)
        elif key == Qt.Key.Key_Space and self._cross is not None:
            self.sketch.add(self._snapped(self.frame.to_screen(QPointF(*self._cross))))
            self._tell()
        elif key == Qt.Key.Key_Backspace:
            self.back()
        elif key == Qt.Key.Key_Delete and self._marked is not None:
            if self.sketch.remove(self._marked):
                self._marked = None
            self._tell()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close_ring()
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        self.update()
        self.sketched.emit()

    def _move_cross(self, way: tuple[int, int], pixels: int) -> None:
        middle = self.frame.ground.center()
        x, y = self._cross or (middle.x(), middle.y())
        metres = self._metres(pixels)
        self._cross = (x + way[0] * metres, y + way[1] * metres)
        if not self.frame.ground.contains(QPointF(*self._cross)):
            self._look(self.frame.centred(QPointF(*self._cross)))
        self.update()

    def _points(self, ring: Sequence[Position]) -> list[Point]:
        if self.scene.plane is None and ring:
            self.scene = Scene(Plane(*ring[0]))
        plane = self.scene.plane
        if plane is None:
            return []
        places = [to_ground(plane, position) for position in ring]
        return [(place.x(), place.y()) for place in places]

    def _metres(self, pixels: float) -> float:
        return tokens.px(pixels) / self.frame.scale

    def _point(self, pixel: QPointF) -> Point:
        place = self.frame.to_ground(pixel)
        return place.x(), place.y()

    def _snapped(self, pixel: QPointF) -> Point:
        return snapped(self._point(pixel), self._corners, self._metres(_SNAP))

    def _paint_corners(self, painter: QPainter) -> None:
        assert self.sketch is not None  # noqa: S101 (only called with one)
        half = tokens.px(_CORNER)
        for r, ring in enumerate(self.sketch.rings):
            for c, point in enumerate(ring):
                place = self.frame.to_screen(QPointF(*point))
                marked = self._marked == Handle(r, c)
                painter.setPen(QPen(QColor(tokens.PRIMARY_DARK), tokens.px(2)))
                painter.setBrush(QColor(tokens.PRIMARY_DARK if marked else tokens.SURFACE))
                painter.drawRect(QRectF(place.x() - half, place.y() - half, 2 * half, 2 * half))

    def _paint_cross(self, painter: QPainter, at: QPointF) -> None:
        arm = tokens.px(12)
        painter.setPen(QPen(QColor(tokens.ACT), tokens.px(2)))
        painter.drawLine(QPointF(at.x() - arm, at.y()), QPointF(at.x() + arm, at.y()))
        painter.drawLine(QPointF(at.x(), at.y() - arm), QPointF(at.x(), at.y() + arm))
