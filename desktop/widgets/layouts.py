"""Emptying a layout whose widgets are made anew each time."""

from __future__ import annotations

from PySide6.QtWidgets import QLayout


def clear(layout: QLayout) -> None:
    """Take everything out; widgets vanish at once and are deleted when no event needs them."""
    for _ in range(layout.count()):
        item = layout.takeAt(0)
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
