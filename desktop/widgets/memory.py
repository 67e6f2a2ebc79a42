"""What widgets remember from one day to the next: chips, sizes. Never anything personal."""

from __future__ import annotations

from typing import Protocol


class Memory(Protocol):
    """A place for short texts by name."""

    def recall(self, name: str) -> str:
        """What was remembered; empty text for nothing."""

    def remember(self, name: str, text: str) -> None:
        """Remember a text; an empty one forgets."""
