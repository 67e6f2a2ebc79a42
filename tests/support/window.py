"""The real window on a real store, and hands to touch it with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.shell import theme
from desktop.shell.shell import Shell
from desktop.storage.store import Store
from desktop.syncing.service import Status, Syncing
from desktop.window import RESOURCES, Window

PASSWORD = "mimamima"
SIZE = (1366, 768)


def dress(app: QApplication, per_cent: int = 100) -> None:
    """Load the font and the style, as the program does at its start."""
    theme.load_font(RESOURCES)
    theme.apply(app, RESOURCES, per_cent)


class Hands:
    """What a person does at the keyboard and with the mouse, and what she sees."""

    def __init__(self, window: Window, wait_until: Callable[[Callable[[], bool]], None]) -> None:
        self.window = window
        # Only an active window tells its fields that they are entered and left.
        window.activateWindow()
        wait_until(window.isActiveWindow)
        self._wait_until = wait_until

    @property
    def shell(self) -> Shell:
        assert self.window.shell is not None
        return self.window.shell

    @property
    def page(self) -> Any:
        """The page in sight, with all that it is made of."""
        return self.shell.page

    @property
    def status(self) -> Status:
        assert self.shell.status is not None
        return self.shell.status

    @property
    def sentence(self) -> str:
        """The status sentence."""
        return self.shell.status_bar.sentence()

    def wait(self, until: Callable[[], bool] = lambda: True) -> None:
        """Wait until every lane has answered, that is in sight, and ``until`` holds."""
        self._wait_until(lambda: self._at_rest() and until())

    def _at_rest(self) -> bool:
        # What was put into a layout is shown one turn of the event loop later: a lane may be
        # idle while the line that its answer made is not yet to be seen.
        if self.window.lanes.idle():
            QApplication.sendPostedEvents()
        return self.window.lanes.idle()

    def see(self, name: str, kind: type[QWidget] = QWidget) -> Any:
        """The visible widget of this object name."""
        QApplication.sendPostedEvents()
        found = [w for w in self.window.findChildren(kind, name) if w.isVisible()]
        assert found, f"nothing called {name} is in sight"
        return found[0]

    def sees(self, name: str) -> bool:
        """Whether a widget of this name is in sight."""
        return any(w.isVisible() for w in self.window.findChildren(QWidget, name))

    def click(self, name: str) -> None:
        """Click a widget as soon as it is in sight."""
        QTest.mouseClick(self._reach(name), Qt.MouseButton.LeftButton)
        self.wait()

    def _reach(self, name: str) -> Any:
        # Nobody clicks what she does not see yet.
        self._wait_until(lambda: self.sees(name))
        return self.see(name)

    def type(self, text: str, name: str = "") -> None:
        """Type into a widget, or where the cursor stands."""
        target = self._reach(name) if name else self.focused()
        if name:
            target.setFocus()
        if text.isascii():
            QTest.keyClicks(target, text)
        else:
            # Chinese comes from an input method, which commits a word at a time.
            event = QInputMethodEvent()
            event.setCommitString(text)
            QApplication.sendEvent(target, event)

    def press(
        self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        QTest.keyClick(self.focused(), key, modifier)

    def focused(self) -> QWidget:
        found: QWidget | None = QApplication.focusWidget() or self.window.focusWidget()
        return found or self.window

    def go(self, page: str) -> None:
        self.click(f"nav_{page}")

    def turn_to(self, page: str) -> None:
        """Go to a page by the number it stands under, or by the mouse where it has none."""
        place = [shown.name for shown in self.shell.parts.pages].index(page)
        if place < 9:
            self.press(Qt.Key(Qt.Key.Key_1 + place), Qt.KeyboardModifier.AltModifier)
        else:
            self.go(page)

    def unlock(self, password: str = PASSWORD) -> None:
        self.type(password, "password")
        self.press(Qt.Key.Key_Return)
        self.wait(lambda: self.window.shell is not None and self.window.shell.status is not None)

    def listed(self, kind: str, column: int = 0) -> list[str]:
        """What stands in one column of the list of a kind, as far as it has been read."""
        model = self.see(f"table_{kind}").rows
        return [str(model.index(row, column).data() or "") for row in range(model.rowCount())]


def village(folder: Path) -> Store:
    """A store of one village with two grids, enrolled nowhere."""
    store = Store.create(folder, PASSWORD)
    store.set(operator="周桂芳")
    return store


def open_window(folder: Path, make_syncing: Callable[[Store], Syncing] = Syncing) -> Window:
    """A window on a folder, shown, with no timer running."""
    window = Window(folder, make_syncing=make_syncing, quiet=True)
    window.resize(*SIZE)
    window.show()
    return window
