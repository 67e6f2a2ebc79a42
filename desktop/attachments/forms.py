"""How documents are looked at when they are added: as a reader would, but only as far as it takes
to know that one could open them. Nothing is drawn, and memory stays within what the file needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class Damaged(Exception):
    """A document is cut short or spoilt: no reader would open it."""


@dataclass(frozen=True)
class Form:
    """One way in which documents are written. ``begins`` tells it by the first bytes; ``is_one``
    tells whether a document that begins so is of the wanted sort, and raises Damaged."""

    begins: Callable[[bytes], bool]
    is_one: Callable[[bytes], bool]
