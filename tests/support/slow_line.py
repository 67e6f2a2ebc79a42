"""A line that carries so many bytes a second and no more: a proxy on a real socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

#: Bytes moved at once; small, so that a line of 2 KB/s moves something several times a second.
_PIECE = 512
#: The systems' buffers between PC and proxy are kept small, or they would swallow a whole request.
_BUFFER = 4096


@dataclass
class SlowLine:
    """Where PCs reach the county over it. ``rate`` (bytes a second, each way) may be changed;
    a request longer than ``swallows`` bytes in all never comes out at the other end."""

    port: int
    rate: float
    swallows: int = 10**9
    #: Bytes moved: to the county, to the PC.
    moved: dict[str, int] = field(default_factory=lambda: {"up": 0, "down": 0})

    @property
    def url(self) -> str:
        """The county's address over this line."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def slow_line(target: str, rate: float) -> Iterator[SlowLine]:
    """A line to ``target`` (``http://127.0.0.1:PORT``) at ``rate`` bytes a second."""
    county = ("127.0.0.1", int(target.rpartition(":")[2]))
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        line = SlowLine(listener.getsockname()[1], rate)
        ended = threading.Event()

        def accept() -> None:
            while True:
                try:
                    near, _ = listener.accept()
                except OSError:
                    return
                if ended.is_set():
                    near.close()
                    return
                far = socket.create_connection(county)
                for way, source, sink in (("up", near, far), ("down", far, near)):
                    threading.Thread(
                        target=_carry, args=(line, way, source, sink), daemon=True
                    ).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield line
        finally:
            ended.set()
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", line.port)).close()
            thread.join()


def _carry(line: SlowLine, way: str, source: socket.socket, sink: socket.socket) -> None:
    carried = 0
    with suppress(OSError):
        while data := source.recv(_PIECE):
            carried += len(data)
            # The line itself: this is what it is to be slow.
            time.sleep(len(data) / line.rate)
            if way == "down":
                carried = 0
            elif carried > line.swallows:
                continue
            line.moved[way] += len(data)
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
