"""A box that chooses another record by name, pinyin or initials."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit

from desktop.background import Latest, Task
from desktop.widgets.icons import icon
from sync.records.fields import Reference

Choices = list[tuple[str, str]]
#: Find what a field may point to: (field, what was typed, who takes the answer).
Ask = Callable[[Reference, str, Callable[[Choices], None]], Task]
_REST = 150


class ReferenceBox(QLineEdit):
    """Holds the id of a record and shows its name. What is typed searches; Down opens the list."""

    typed = Signal()
    #: What was typed has been matched, or found to match nothing.
    settled = Signal()
    #: Whether Enter in the list takes the first that was found where no other was chosen.
    takes_the_first = True

    def __init__(self, ask: Callable[[str, Callable[[Choices], None]], Task]) -> None:
        super().__init__()
        self._ask = ask
        self._id, self._title = "", ""
        self._choices: Choices = []
        self._answered_for: str | None = None
        self._leaving = False
        self._latest = Latest()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST)
        self._rest.timeout.connect(self._search)
        self.setPlaceholderText("输名字或拼音来找")
        opener = self.addAction(icon("down"), QLineEdit.ActionPosition.TrailingPosition)
        opener.triggered.connect(self._open_all)
        self._model = QStandardItemModel(self)
        self._completer = QCompleter(self._model, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setWidget(self)
        self._completer.activated[QModelIndex].connect(self._take)  # type: ignore[index]
        self.textEdited.connect(self._edit)

    def raw(self) -> str:
        """The id of the chosen record; empty for none."""
        return self._id

    def put(self, raw: str) -> None:
        """Choose a record by id; ``name`` gives it its name."""
        self._id = raw
        if not raw:
            self._show("")

    def name(self, titles: Mapping[str, str]) -> None:
        """Show the name of the chosen record."""
        if self._id:
            self._show(titles.get(self._id, "（找不到这条记录）"))

    def complaint(self) -> str:
        """Something was typed that matches nothing."""
        text = self.text().strip()
        if self._id or not text or self.is_asking():
            return ""
        return f"没有“{text}”，请从列表里选"

    def is_asking(self) -> bool:
        """Whether an answer is still to come for what was typed."""
        return not self._id and self.text().strip() not in ("", self._answered_for)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self._completer.popup()
        if popup.isVisible() and event.key() in _POPUP_KEYS:
            event.ignore()
            return
        if event.key() == Qt.Key.Key_Down and not popup.isVisible():
            self._open_all()
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if not self.text() and not self.isReadOnly():
            self._open_all()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() == Qt.FocusReason.PopupFocusReason:
            return
        self._leaving = True
        if self.is_asking():
            self._search()
        else:
            self._settle()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._leaving = False

    def _edit(self) -> None:
        self._id = ""
        self._answered_for = None
        self._rest.start()
        self.typed.emit()

    def _search(self) -> None:
        self._rest.stop()
        text = self.text().strip()
        self._latest.ask(self._ask(text, lambda found: self._answer(text, found)))

    def _open_all(self) -> None:
        if not self.isReadOnly():
            self._latest.ask(self._ask("", lambda found: self._answer("", found)))

    def _answer(self, text: str, found: Choices) -> None:
        self._choices, self._answered_for = found, text
        self._model.clear()
        for record_id, title in found:
            item = QStandardItem(title)
            item.setData(record_id, Qt.ItemDataRole.UserRole)
            self._model.appendRow(item)
        if self._leaving:
            self._settle()
        elif self.hasFocus() and found:
            self._completer.complete()
            if text and self.takes_the_first:
                # Enter takes it; what was only opened to look at has nothing chosen yet.
                first = self._completer.completionModel().index(0, 0)
                self._completer.popup().setCurrentIndex(first)
        elif self._completer.popup().isVisible():
            self._completer.popup().hide()

    def _take(self, index: QModelIndex) -> None:
        self._id = str(index.data(Qt.ItemDataRole.UserRole))
        self._show(str(index.data()))
        self.typed.emit()
        self.settled.emit()

    def _settle(self) -> None:
        """On leaving: take the only match, or the one that is named exactly so."""
        text = self.text().strip()
        if text and not self._id:
            exact = [c for c in self._choices if c[1] == text]
            matches = exact or self._choices
            if len(matches) == 1:
                self._id = matches[0][0]
                self._show(matches[0][1])
                self.typed.emit()
        self.settled.emit()

    def _show(self, title: str) -> None:
        self._title = title
        self.setText(title)
        self.setCursorPosition(0)


_POPUP_KEYS = (
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Escape,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
)
