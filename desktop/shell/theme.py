"""Font, style and scale of the whole program, filled from the tokens."""

from __future__ import annotations

from pathlib import Path
from string import Template

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from desktop.widgets import tokens

_FONT_FILE = "fonts/NotoSansSC-Regular.otf"


def load_font(resources: Path) -> bool:
    """Load the font that ships with the program; whether it was there."""
    return QFontDatabase.addApplicationFont(str(resources / _FONT_FILE)) >= 0


def apply(app: QApplication, resources: Path, per_cent: int) -> None:
    """Dress the program at a scale of ``tokens.SCALES`` per cent."""
    app.setStyle("Fusion")
    font = QFont(tokens.FONT_FAMILY)
    font.setPointSizeF(tokens.FONT_POINTS * per_cent / 100)
    # Figures of one width, so that columns of numbers stand under each other.
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    app.setFont(font)
    palette = QPalette(app.palette())
    palette.setColor(QPalette.ColorRole.Highlight, QColor(tokens.PRIMARY_PALE))
    palette.setColor(QPalette.ColorRole.HighlightedText, QColor(tokens.INK))
    app.setPalette(palette)
    app.setStyleSheet(style_sheet(resources, per_cent / 100))


def style_sheet(resources: Path, scale: float) -> str:
    """The style sheet with every colour and size filled in."""
    template = Template((resources / "style" / "shige.qss").read_text(encoding="utf-8"))
    return template.substitute(
        tokens.colours(), **_sizes(scale), icons=(resources / "icons").as_posix()
    )


def _sizes(scale: float) -> dict[str, str]:
    pixels = {
        "s1": tokens.S1,
        "s2": tokens.S2,
        "s3": tokens.S3,
        "s4": tokens.S4,
        "s5": tokens.S5,
        "radius": tokens.RADIUS,
        "control_inner": tokens.CONTROL - 2,
        "row": tokens.ROW,
        "nav_least": 28,
        "cell": 5,
        "badge_half": 8,
        "chip_half": 15,
        "scroll": 12,
        "scroll_half": 5,
        "bar_least": 36,
    }
    points = {
        "font": tokens.FONT_POINTS,
        "font_small": 9,
        "font_mid": 12.5,
        "font_big": 15,
        "font_title": 16,
        "font_figure": 20,
    }
    sizes = {name: str(round(size * scale)) for name, size in pixels.items()}
    return sizes | {name: f"{size * scale:.2f}" for name, size in points.items()}
