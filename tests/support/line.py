"""What the lines of tests have in common: no bytes are counted, no contents compared."""

from __future__ import annotations

from sync.client.ports import LineFault
from sync.keys import IntroduceAnswer, IntroduceRequest
from sync.protocol import EnrolAnswer, EnrolRequest, VerifyAnswer, VerifyRequest


class PlainLine:
    """A ``Line`` but for ``exchange``."""

    bytes_sent = 0
    bytes_received = 0

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """Nobody enrols here."""
        raise NotImplementedError

    def verify(self, request: VerifyRequest) -> VerifyAnswer:
        """Nobody compares contents here."""
        raise NotImplementedError

    def introduce(self, request: IntroduceRequest) -> IntroduceAnswer:
        """This county knows no sticks."""
        raise LineFault("this county knows no sticks")

    def close(self) -> None:
        """There is nothing to let go of."""
