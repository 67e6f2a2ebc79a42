"""Which part of the ground a picture shows, and how large: metres and pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTransform

#: Pixels a metre, at the least and at the most: a whole county, and a doorstep.
FARTHEST, NEAREST = 0.002, 20.0


@dataclass(frozen=True)
class Frame:
    """``x`` and ``y`` are metres east and south of the scene's middle at the picture's middle, so
    that both run as on a screen; ``scale`` is pixels a metre."""

    x: float
    y: float
    scale: float
    width: float
    height: float

    @property
    def transform(self) -> QTransform:
        """Metres to pixels."""
        moved = QTransform.fromTranslate(self.width / 2, self.height / 2)
        return moved.scale(self.scale, self.scale).translate(-self.x, -self.y)

    @property
    def ground(self) -> QRectF:
        """What is in sight, in metres."""
        wide, high = self.width / self.scale, self.height / self.scale
        return QRectF(self.x - wide / 2, self.y - high / 2, wide, high)

    def to_screen(self, place: QPointF) -> QPointF:
        """Pixels of a place in metres."""
        return QPointF(
            (place.x() - self.x) * self.scale + self.width / 2,
            (place.y() - self.y) * self.scale + self.height / 2,
        )

    def to_ground(self, pixel: QPointF) -> QPointF:
        """Metres of a pixel."""
        return QPointF(
            (pixel.x() - self.width / 2) / self.scale + self.x,
            (pixel.y() - self.height / 2) / self.scale + self.y,
        )

    def moved(self, right: float, down: float) -> Frame:
        """The ground pulled by so many pixels."""
        return replace(self, x=self.x - right / self.scale, y=self.y - down / self.scale)

    def zoomed(self, factor: float, at: QPointF | None = None) -> Frame:
        """Nearer or farther, with the ground under a pixel (or the middle) left where it is."""
        # A point at the very corner is false.
        at = QPointF(self.width / 2, self.height / 2) if at is None else at
        scale = min(max(self.scale * factor, FARTHEST), NEAREST)
        fixed = self.to_ground(at)
        nearer = replace(self, scale=scale)
        off = nearer.to_ground(at)
        return replace(nearer, x=self.x + fixed.x() - off.x(), y=self.y + fixed.y() - off.y())

    def sized(self, width: float, height: float) -> Frame:
        """The same ground in the middle of a picture of another size."""
        return replace(self, width=width, height=height)

    def centred(self, place: QPointF) -> Frame:
        """The same scale around another place."""
        return replace(self, x=place.x(), y=place.y())

    def bar(self, longest: float) -> tuple[float, float]:
        """The longest round number of metres (1, 2 or 5 with noughts) that ``longest`` pixels
        hold, and its pixels."""
        room = longest / self.scale
        nought = 10 ** math.floor(math.log10(room))
        metres = next(n * nought for n in (5, 2, 1) if n * nought <= room)
        return metres, metres * self.scale


def fitted(ground: QRectF, width: float, height: float, room: QRectF) -> Frame:
    """The frame of a picture of that size that shows all of ``ground`` within ``room``, which is
    what nothing else lies on."""
    wide, high = max(ground.width(), 1.0), max(ground.height(), 1.0)
    fit = min(max(room.width(), 1.0) / wide, max(room.height(), 1.0) / high)
    scale = min(max(fit, FARTHEST), NEAREST)
    off = QPointF(width / 2, height / 2) - room.center()
    middle = ground.center()
    return Frame(middle.x() + off.x() / scale, middle.y() + off.y() / scale, scale, width, height)
