"""A map of 400 grids of 200 corners each, painted as a whole and from closer and closer.

The floor is the same map of grids of four corners: the same names, areas and colours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from tests.bench.measurement import Measurement, median_seconds

USUAL = 200
_ACROSS, _PAINTINGS = 20, 9
_FACTORS = (1.0, 1.4, 2.0, 4.0)


def measure(corners: int | None = None) -> Iterator[Measurement]:
    """Measure each zoom: how long until what moved is painted."""
    # Before Qt is imported.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    corners = corners or USUAL
    ours, floor = _painted(corners), _painted(4)
    for factor in _FACTORS:
        ours_s, floor_s = ours[factor], floor[factor]
        yield Measurement(
            f"map.{factor:g}", corners, ours_s=ours_s, floor_s=floor_s, ratio=ours_s / floor_s
        )


def _painted(corners: int) -> dict[float, float]:
    """Median seconds of a painting, by zoom."""
    from PySide6.QtCore import QSize
    from PySide6.QtWidgets import QApplication

    from desktop.widgets.map_drawing import Legend
    from desktop.widgets.map_scene import Mark, build
    from desktop.widgets.map_view import MapView
    from tests.support.shapes import tiles
    from tests.support.window import dress

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    dress(app)
    rings = tiles(_ACROSS, _ACROSS, points=corners)
    marks = [
        Mark(str(n), f"第{n}组", f"{n} 人", n % 4, [[ring]], brief=str(n))
        for n, ring in enumerate(rings)
    ]
    view = MapView()
    view.resize(QSize(750, 492))
    view.show_scene(build(marks), Legend())
    found = {}
    for factor in _FACTORS:
        view.fit()
        view.zoom(factor)
        view._drawn()
        found[factor] = median_seconds(view._drawn, _PAINTINGS)
    return found
