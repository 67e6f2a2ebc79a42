"""Counts what really goes through this process's sockets: whole HTTP messages, headers too."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass
class Wire:
    """Bytes of all TCP connections of this process."""

    sent: int = 0
    received: int = 0

    @property
    def both(self) -> int:
        """Both ways together."""
        return self.sent + self.received


@contextmanager
def counted() -> Iterator[Wire]:
    """Count while the block lasts. Only what http.client uses is counted: sendall, recv_into."""
    wire = Wire()
    plain: Any = socket.socket
    sendall, recv_into = plain.sendall, plain.recv_into

    def counting_sendall(self: socket.socket, data: Any, *flags: int) -> None:
        wire.sent += len(memoryview(data).cast("B"))
        sendall(self, data, *flags)

    def counting_recv_into(self: socket.socket, buffer: Any, *more: int) -> int:
        got: int = recv_into(self, buffer, *more)
        wire.received += got
        return got

    plain.sendall, plain.recv_into = counting_sendall, counting_recv_into
    try:
        yield wire
    finally:
        # Both are inherited from the C class: without ours they show through again.
        del plain.sendall, plain.recv_into
