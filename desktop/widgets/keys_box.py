"""A short list as large keys side by side: a digit, pinyin or a click chooses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QPushButton, QWidget

from desktop.pinyin import search_keys
from desktop.widgets import tokens

#: The digits of a keyboard in their order.
DIGITS = "1234567890"


class KeysBox(QWidget):
    """Holds the code of one of a few words. One stop for Tab: digits, letters and arrows choose."""

    typed = Signal()

    def __init__(self, name: str, *, numbered: bool = True) -> None:
        """``numbered`` keys show their digit, and are as wide as each other."""
        super().__init__()
        self.setObjectName(name)
        self.setProperty("keys", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._numbered = numbered
        self._code = ""
        self._keys: dict[str, QPushButton] = {}
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(*(tokens.px(2) for _ in range(4)))
        self._grid.setSpacing(tokens.px(6))
        self._sought = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(QApplication.keyboardInputInterval() * 2)
        self._rest.timeout.connect(self._forget)

    def offer(self, options: Sequence[tuple[str, str]]) -> None:
        """Show these (code, word); what was chosen stays chosen if it is still among them."""
        if [(code, key.property("word")) for code, key in self._keys.items()] == list(options):
            return
        for key in self._keys.values():
            self._grid.removeWidget(key)
            key.hide()
            key.deleteLater()
        self._keys = {}
        for place, (code, word) in enumerate(options):
            digit = DIGITS[place] if self._numbered and place < len(DIGITS) else ""
            key = QPushButton(f"{digit} {word}" if digit else word)
            key.setObjectName(f"key_{code}")
            key.setProperty("key", True)
            key.setProperty("word", word)
            key.setToolTip(f"按 {digit} 选“{word}”" if digit else "")
            key.setCheckable(True)
            key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            key.setMinimumHeight(tokens.px(tokens.CONTROL))
            key.clicked.connect(partial(self._click, code))
            self._keys[code] = key
        self._columns = 0
        self._arrange()
        self._show()

    def raw(self) -> str:
        """The code of what is chosen; empty for nothing."""
        return self._code

    def put(self, raw: str) -> None:
        """Choose by code; emits nothing."""
        self._code = raw
        self._show()

    def word(self) -> str:
        """What is chosen, as shown."""
        key = self._keys.get(self._code)
        return str(key.property("word")) if key else ""

    def complaint(self) -> str:
        """Only what is there can be chosen."""
        return ""

    def minimumSizeHint(self) -> QSize:
        return QSize(tokens.px(120), super().minimumSizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        step = _STEPS.get(Qt.Key(event.key()))
        codes = list(self._keys)
        if step is not None and codes:
            down = step[1] * max(self._columns, 1)
            place = codes.index(self._code) + step[0] + down if self._code in codes else 0
            if 0 <= place < len(codes):
                self._choose(codes[place])
        elif plain and self._numbered and event.text() and event.text() in DIGITS:
            place = DIGITS.index(event.text())
            if place < len(codes):
                self._choose(codes[place])
        elif plain and event.text().isascii() and event.text().isalpha():
            self._seek(event.text().lower())
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._columns = 0
            self._arrange()

    def _click(self, code: str, _checked: bool = False) -> None:
        self._choose(code)
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def _choose(self, code: str) -> None:
        self._code = code
        self._show()
        self.typed.emit()

    def _show(self) -> None:
        for code, key in self._keys.items():
            key.setChecked(code == self._code)

    def _seek(self, letter: str) -> None:
        """Choose the first word whose pinyin or initials begin with what was typed in one go."""
        self._sought += letter
        self._rest.start()
        for code, key in self._keys.items():
            words = search_keys(str(key.property("word"))).split()
            if any(word.startswith(self._sought) for word in words):
                self._choose(code)
                return

    def _forget(self) -> None:
        self._sought = ""

    def _arrange(self) -> None:
        """As many keys in a row as there is room for, all of one width."""
        if not self._keys:
            return
        metrics = QFontMetrics(self.font())
        widest = max(metrics.horizontalAdvance(key.text()) for key in self._keys.values())
        wide = widest + tokens.px(28)
        room = self.width() + self._grid.spacing()
        columns = max(1, min(len(self._keys), room // (wide + self._grid.spacing())))
        if columns == self._columns:
            return
        self._columns = columns
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 0)
        for place, key in enumerate(self._keys.values()):
            key.setFixedWidth(wide)
            self._grid.addWidget(key, place // columns, place % columns)
        self._grid.setColumnStretch(columns, 1)
        self.updateGeometry()


_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
