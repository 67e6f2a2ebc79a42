"""What the sync page needs of whoever starts and stops syncs."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtCore import SignalInstance


class Clock(Protocol):
    """``desktop.shell.timer.SyncClock``, as a page may know it."""

    @property
    def started(self) -> SignalInstance:
        """A sync began."""

    @property
    def progressed(self) -> SignalInstance:
        """How far it is: a ``Progress``."""

    @property
    def stopping(self) -> SignalInstance:
        """It was asked to stop."""

    @property
    def finished(self) -> SignalInstance:
        """It ended: a ``Receipt``."""

    @property
    def failed(self) -> SignalInstance:
        """It could not go on: an exception with a sentence."""

    @property
    def running(self) -> bool:
        """Whether a sync is under way."""

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop and has not ended yet."""

    @property
    def begins_again(self) -> bool:
        """Whether the next one begins as soon as this one has stopped."""

    @property
    def far(self) -> Any:
        """How far it is, or None."""

    def press(self) -> None:
        """Sync now."""

    def cancel(self) -> None:
        """Stop."""
