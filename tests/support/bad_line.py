"""A line between a PC and the county that breaks, or spoils what passes, as a test wants."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class BadLine:
    """A TCP relay. ``cut_after`` bytes towards the county a connection breaks; ``spoil`` flips a
    bit of the byte at this place of the next connection that gets so far, once."""

    port: int
    to: int
    cut_after: int | None = None
    spoil: int | None = None
    #: Bytes that went through to the county, and back.
    passed: int = 0
    returned: int = 0
    #: Connections that were made, and cut; bytes that were spoilt.
    connections: int = 0
    cuts: int = 0
    spoilt: int = 0
    #: Set when this many bytes have passed: for a test that waits to pull a plug.
    watch_for: int | None = None
    seen: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Where a PC finds the county through this line."""
        return f"http://127.0.0.1:{self.port}"

    def through(self, data: bytes, before: int) -> bytes:
        """What arrives of ``data`` that a connection sends behind ``before`` bytes."""
        with self._lock:
            if self.cut_after is not None:
                data = data[: max(0, self.cut_after - before)]
            if self.spoil is not None and before <= self.spoil < before + len(data):
                place = self.spoil - before
                data = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
                self.spoil, self.spoilt = None, self.spoilt + 1
            self.passed += len(data)
            if self.watch_for is not None and self.passed >= self.watch_for:
                self.seen.set()
        return data


@contextmanager
def bad_line(county_url: str) -> Iterator[BadLine]:
    """Relay to a county's server until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = BadLine(listener.getsockname()[1], int(county_url.rpartition(":")[2]))
        ended = threading.Event()

        def serve() -> None:
            while True:
                with suppress(OSError):
                    here, _ = listener.accept()
                    if ended.is_set():
                        here.close()
                        return
                    threading.Thread(target=_relay, args=(line, here), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield line
        finally:
            ended.set()
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", line.port)).close()
            thread.join()


def _relay(line: BadLine, here: socket.socket) -> None:
    line.connections += 1
    try:
        there = socket.create_connection(("127.0.0.1", line.to))
    except OSError:
        here.close()
        return
    back = threading.Thread(target=_back, args=(line, there, here), daemon=True)
    back.start()
    before = 0
    with suppress(OSError):
        while data := here.recv(16384):
            arrives = line.through(data, before)
            there.sendall(arrives)
            before += len(arrives)
            if len(arrives) < len(data):
                line.cuts += 1
                break
    # What has passed arrives; then neither side hears any more of the other.
    for end in (there, here):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    back.join()
    there.close()
    here.close()


def _back(line: BadLine, there: socket.socket, here: socket.socket) -> None:
    with suppress(OSError):
        while data := there.recv(16384):
            here.sendall(data)
            line.returned += len(data)
    with suppress(OSError):
        here.shutdown(socket.SHUT_RDWR)
