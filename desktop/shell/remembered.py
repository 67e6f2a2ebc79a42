"""What the window remembers on this PC: its place, its scale, the chips. Nothing personal."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from desktop.widgets import tokens

_SCALE, _GEOMETRY = "window/scale", "window/geometry"


class Remembered:
    """A small file beside the database; known before the password is."""

    def __init__(self, folder: Path) -> None:
        self._settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)

    def recall(self, name: str) -> str:
        """What was remembered; empty text for nothing."""
        return str(self._settings.value(name, ""))

    def remember(self, name: str, text: str) -> None:
        """Remember a text; an empty one forgets."""
        if text:
            self._settings.setValue(name, text)
        else:
            self._settings.remove(name)

    @property
    def scale(self) -> int:
        """The scale in per cent."""
        text = self.recall(_SCALE)
        return int(text) if text.isdigit() and int(text) in tokens.SCALES else tokens.SCALES[0]

    @scale.setter
    def scale(self, per_cent: int) -> None:
        self.remember(_SCALE, str(per_cent))

    @property
    def geometry(self) -> QByteArray:
        """Where the window stood; empty the first time."""
        value = self._settings.value(_GEOMETRY)
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, place: QByteArray) -> None:
        self._settings.setValue(_GEOMETRY, place)
