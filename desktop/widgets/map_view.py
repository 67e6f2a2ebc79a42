"""A map on the screen: areas to look at and to choose, offline, by mouse and by keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip, QVBoxLayout, QWidget

from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.map_drawing import (
    Legend,
    paint_areas,
    paint_labels,
    paint_legend,
    paint_outline,
)
from desktop.widgets.map_frame import Frame, fitted
from desktop.widgets.map_scene import OUTLINE, Area, Scene

_MARGIN = 20
#: What the scale bar and the words of the colours lie on.
_FOOT = 40
_NARROW = 560
_WHEEL = 1.2
_STEP = 1.4
#: A key moves the ground by so much of the picture.
_PULL = 0.15

WAYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class MapView(QWidget):
    """Shows a scene. A click, or an arrow key, chooses an area; Enter or a double click opens it.

    The wheel and the keys + and - zoom, 0 shows everything, dragging and Ctrl with an arrow move
    the ground.
    """

    #: The id of the area that was chosen; empty for none.
    chosen = Signal(str)
    #: An area is wanted in full.
    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mapView")
        self.setAccessibleName("地图")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.scene = Scene()
        self.legend = Legend()
        self.frame = Frame(0, 0, 1, 1, 1)
        self._choice = ""
        self._layer: QPixmap | None = None
        self._fits = True
        self._pressed: QPointF | None = None
        self._dragging = False
        self._zooms = self._make_zooms()

    def show_scene(self, scene: Scene, legend: Legend, *, fit: bool = False) -> None:
        """Show other areas; with ``fit`` all of them, else what was in sight stays so."""
        moved = self.scene.plane != scene.plane
        self.scene, self.legend = scene, legend
        if fit or moved or self._fits:
            self.fit()
        if self._choice and scene.area(self._choice) is None:
            self._choice = ""
        self._anew()

    def fit(self) -> None:
        """Show everything."""
        self._fits = True
        if self.scene.areas:
            self._look(self._fitted(self.scene.covers))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Nearer or farther, around a pixel or the middle."""
        self._fits = False
        self._look(self.frame.zoomed(factor, at))

    def choose(self, mark_id: str) -> None:
        """Mark an area and bring it in sight; empty for none."""
        self._choice = mark_id
        area = self.scene.area(mark_id) if mark_id else None
        if area is not None and not self.frame.ground.contains(area.covers):
            whole = self._fitted(area.covers)
            # Only what does not fit at this scale is looked at from farther away.
            self._fits = False
            fits = self.frame.scale <= whole.scale
            self._look(self.frame.centred(area.covers.center()) if fits else whole)
        self.update()

    def choice(self) -> str:
        """The id of the chosen area; empty for none."""
        return self._choice

    def pixel_of(self, mark_id: str) -> QPointF:
        """Where the name of an area stands, in pixels."""
        area = self.scene.area(mark_id)
        assert area is not None  # noqa: S101 (who asks knows it is there)
        return self.frame.to_screen(area.label)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._layer is None:
            self._layer = self._drawn()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._layer)
        area = self.scene.area(self._choice) if self._choice else None
        if area is not None:
            paint_outline(painter, area, self.frame, tokens.PRIMARY_DARK, tokens.px(3))
        self.paint_over(painter)
        paint_legend(painter, self.frame, self.legend, self.font())
        if self.hasFocus():
            painter.setPen(QColor(tokens.PRIMARY))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def paint_over(self, painter: QPainter) -> None:
        """What is drawn over the areas; a sketch, for those who have one."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.frame = self.frame.sized(self.width(), self.height())
        if self._fits:
            self.fit()
        margin = tokens.px(tokens.S3)
        self._zooms.move(self.width() - self._zooms.width() - margin, margin)
        self._anew()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120
        if turns:
            self.zoom(_WHEEL**turns, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            way = event.position() - self._pressed
            if self._dragging or way.manhattanLength() >= QApplication.startDragDistance():
                self._dragging = True
                self._pressed = event.position()
                self._fits = False
                self._look(self.frame.moved(way.x(), way.y()))
        else:
            over = self.scene.at(self.frame.to_ground(event.position()))
            self.setCursor(
                Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.OpenHandCursor
            )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._pressed is not None:
            if not self._dragging:
                self.click(event.position())
            self._pressed, self._dragging = None, False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._choice:
            self.opened.emit(self._choice)

    def click(self, pixel: QPointF) -> None:
        """What a click on a pixel does: it chooses what lies there."""
        area = self.scene.at(self.frame.to_ground(pixel))
        self._pick(area.mark.id if area else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in WAYS:
            self._go(WAYS[key], pull=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_STEP)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom(1 / _STEP)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Home):
            self.fit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._choice:
            self.opened.emit(self._choice)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            area = self.scene.at(self.frame.to_ground(QPointF(event.pos())))
            words = "\n".join(filter(None, (area.mark.name, area.mark.words))) if area else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def _make_zooms(self) -> QWidget:
        """Nearer, farther, all of it: over the map's corner, for hands that know no wheel."""
        made = QWidget(self)
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(tokens.S1))
        acts: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("nearer", "放大（+）", lambda: self.zoom(_STEP)),
            ("farther", "缩小（-）", lambda: self.zoom(1 / _STEP)),
            ("whole", "看全部（0）", self.fit),
        )
        for name, tip, act in acts:
            zoom = button(f"map_{name}", "", act, icon_name=name, tip=tip)
            zoom.setAccessibleName(tip)
            # Its keys work on the map itself; Tab need not stop at each.
            zoom.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            column.addWidget(zoom)
        made.adjustSize()
        return made

    def _go(self, way: tuple[int, int], *, pull: bool) -> None:
        if pull or not self.scene.areas:
            self._fits = False
            self._look(
                self.frame.moved(-way[0] * self.width() * _PULL, -way[1] * self.height() * _PULL)
            )
        elif (area := self._next(way)) is not None:
            self._pick(area.mark.id)
            self.choose(area.mark.id)

    def _next(self, way: tuple[int, int]) -> Area | None:
        """The area next to the chosen one in a direction; the one in the middle to begin with."""
        listed = [area for area in self.scene.areas if area.mark.step != OUTLINE]
        stands = self.scene.area(self._choice)
        if stands is None:
            middle = self.frame.ground.center()
            return min(listed, key=lambda a: (a.label - middle).manhattanLength(), default=None)

        def far(area: Area) -> float | None:
            off = area.label - stands.label
            along = off.x() * way[0] + off.y() * way[1]
            across = abs(off.x() * way[1]) + abs(off.y() * way[0])
            # What lies rather beside than ahead is reached by another key.
            return along + 2 * across if along > 0 and across <= along else None

        ahead = [(found, area) for area in listed if (found := far(area)) is not None]
        return min(ahead, key=lambda one: one[0])[1] if ahead else None

    def _pick(self, mark_id: str) -> None:
        self._choice = mark_id
        self.update()
        self.chosen.emit(mark_id)

    def _fitted(self, ground: QRectF) -> Frame:
        margin = tokens.px(_MARGIN)
        right = self._zooms.width() + margin
        # Where the map is narrow, one lies over the other.
        lines = 1 if self.width() > tokens.px(_NARROW) else 2
        foot = margin + lines * tokens.px(_FOOT)
        room = self.rect().adjusted(margin, margin, -margin - right, -foot)
        return fitted(ground, self.width(), self.height(), QRectF(room))

    def _look(self, frame: Frame) -> None:
        self.frame = frame
        self._anew()

    def _anew(self) -> None:
        self._layer = None
        self.update()

    def _drawn(self) -> QPixmap:
        """The areas and their names; kept until something moves."""
        ratio = self.devicePixelRatioF()
        layer = QPixmap(self.size() * ratio)
        layer.setDevicePixelRatio(ratio)
        layer.fill(QColor(tokens.PAPER))
        painter = QPainter(layer)
        paint_areas(painter, self.scene, self.frame)
        paint_labels(painter, self.scene, self.frame, label_font(self.font()))
        painter.end()
        return layer


def label_font(font: QFont) -> QFont:
    """The font of names on a map: a little smaller than the program's."""
    smaller = QFont(font)
    smaller.setPointSizeF(font.pointSizeF() * 0.9)
    return smaller
