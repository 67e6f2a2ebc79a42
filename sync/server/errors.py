"""What can go wrong around the county server, each with a plain Chinese sentence."""

from __future__ import annotations

from sync.protocol import Fault


class ServerError(Exception):
    """The surroundings do not allow it; the message is a Chinese sentence for who runs it."""


class Refusal(Exception):
    """A whole request is refused: an HTTP status, and the ``Fault`` that the PC gets."""

    def __init__(self, status: int, code: str, sentence: str, version: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.fault = Fault(code, sentence, version)
