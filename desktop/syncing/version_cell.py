"""One version of one field, as large as it needs to be: a click, Space or Enter chooses it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
)

from desktop.widgets import tokens
from desktop.widgets.icons import icon


class VersionCell(QPushButton):
    """A button that is chosen or not, with words that wrap."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("version", True)
        self.setCheckable(True)
        # Both versions get half of the width, however long one is, and the same height.
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        # Enter chooses it, as Space does.
        self.setAutoDefault(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._mark, self._words, self._who = QLabel(), QLabel(words), QLabel()
        self._who.setObjectName("quiet")
        for label in (self._words, self._who):
            label.setWordWrap(True)
        self._who.hide()
        for label in (self._mark, self._words, self._who):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (12, 8, 12, 8)))
        row.setSpacing(tokens.px(tokens.S3))
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._words)
        column.addWidget(self._who)
        row.addWidget(self._mark)
        row.addLayout(column, 1)
        self.toggled.connect(self._show)
        self._show(False)

    def say(self, words: str) -> None:
        """Show other words."""
        self._words.setText(words)

    def say_who(self, words: str) -> None:
        """Show who wrote it, under the words."""
        self._who.setText(words)
        self._who.setVisible(bool(words))

    def words(self) -> str:
        """The words as shown."""
        return self._words.text()

    def sizeHint(self) -> QSize:
        return self._row.sizeHint()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._row.heightForWidth(width)

    def minimumSizeHint(self) -> QSize:
        return self._row.minimumSize()

    def _show(self, chosen: bool) -> None:
        size = tokens.px(20)
        name, colour = ("tick", tokens.PRIMARY) if chosen else ("unchosen", tokens.QUIET)
        self._mark.setPixmap(icon(name, colour).pixmap(QSize(size, size)))


def pair(one: VersionCell, other: VersionCell) -> QButtonGroup:
    """Let one of two be chosen at a time; the arrow keys go from one to the other."""
    group = QButtonGroup(one)
    group.addButton(one)
    group.addButton(other)
    return group
