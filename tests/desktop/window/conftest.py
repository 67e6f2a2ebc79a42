"""The real window on a real store in a folder of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.storage.store import Store
from desktop.window import Window
from tests.support.window import Hands, dress, open_window, village

#: Two busy cores and a password that is slow on purpose.
PATIENCE = 60_000
#: In per cent; what another one was chosen in is dressed as before after its test.
USUAL_SCALE = 100


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["shige"]


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    """The program in its own font and style: taking them on costs a second, so once."""
    dress(qapp)
    return qapp


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "village"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    """A village's store, to fill before the window opens."""
    opened = village(folder)
    yield opened
    opened.close()


@pytest.fixture
def open_hands(dressed: QApplication, qtbot: QtBot) -> Iterator[Callable[..., Hands]]:
    """Opens windows, and closes them after the test."""
    opened: list[Window] = []

    def open_one(folder: Path, **how: object) -> Hands:
        window = open_window(folder, **how)  # type: ignore[arg-type]
        opened.append(window)
        return Hands(window, lambda until: qtbot.waitUntil(until, timeout=PATIENCE))

    yield open_one
    enlarged = any(window.remembered.scale != USUAL_SCALE for window in opened)
    for window in opened:
        window.close()
        shiboken6.delete(window)
    if enlarged:
        dress(dressed)


@pytest.fixture
def hands(store: Store, folder: Path, open_hands: Callable[..., Hands]) -> Hands:
    """The window of an empty village, unlocked."""
    made = open_hands(folder)
    made.unlock()
    return made
