"""Colours and sizes: the only place that names them."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

PAPER = "#F5F6F8"
SURFACE = "#FFFFFF"
LINE = "#E3E7EC"
LINE_STRONG = "#C3CBD5"
INK = "#1D2733"
QUIET = "#5B6776"
PRIMARY = "#1E6BB8"
PRIMARY_DARK = "#185793"
PRIMARY_PALE = "#E8F1FA"
GOOD = "#2E7D5B"
GOOD_PALE = "#E9F4EF"
WAIT = "#8F5E12"  # the amber of the state in words: 4.5:1 on paper; WAIT_MARK is for icons alone
WAIT_MARK = "#B7791F"
WAIT_PALE = "#FBF3E4"
ACT = "#C0392B"
ACT_PALE = "#FBEBE9"
HOVER = "#EEF1F5"
#: Steps of one colour on a map, from little to much; ink is readable on each.
MAP_1 = "#DCEAF7"
MAP_2 = "#A9CDEE"
MAP_3 = "#74AEE2"

FONT_FAMILY = "Noto Sans SC"
FONT_POINTS = 10.5
#: What the scale setting offers, in per cent.
SCALES = (100, 125, 150)

#: Spacing: 4-8-12-16-24.
S1, S2, S3, S4, S5 = 4, 8, 12, 16, 24
RADIUS = 6
ROW = 34
CONTROL = 34
NAVIGATION = 184
TOP_BAR = 56
STATUS_BAR = 30
DETAIL = 372
FORM = 720


def scale() -> float:
    """How large the screen is drawn: 1.0, 1.25 or 1.5, as the program's font says."""
    points = QApplication.font().pointSizeF()
    return max(points / FONT_POINTS, 0.5)


def px(size: float) -> int:
    """A size of this module on the screen as it is scaled now, in pixels."""
    return round(size * scale())


def colours() -> dict[str, str]:
    """The colours by lower-case name, for the style sheet."""
    return {
        name.lower(): value
        for name, value in globals().items()
        if isinstance(value, str) and value.startswith("#")
    }
