"""What can go wrong with a file, each as one Chinese sentence: what happened, what to do."""

from __future__ import annotations


class FileFault(Exception):
    """A fault of a file, not of the program: a Chinese ``sentence``, a ``detail`` for support."""

    def __init__(self, sentence: str, detail: object = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = str(detail)


class UnreadableFile(FileFault):
    """The file cannot be read as a table; nothing was imported."""


class UnwritableFile(FileFault):
    """The file could not be written; whatever stood there before is untouched."""


class Stopped(Exception):
    """The cadre cancelled; nothing was written."""
