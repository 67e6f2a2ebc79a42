"""Photos on a broken connection: how far the county is, is asked before anything goes again."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sync.client import wire
from sync.client.files import HttpFiles
from sync.client.ports import NoLine


class _EmptyDoor(BaseHTTPRequestHandler):
    """Says yes to everything, and neither gives nor keeps a byte."""

    asked: list[str]

    def do_POST(self) -> None:
        """Nothing has come yet."""
        self._answer(201)

    def do_PATCH(self) -> None:
        """Yes."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(204)

    def do_GET(self) -> None:
        """Yes."""
        self._answer(200)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""

    def _answer(self, status: int) -> None:
        self.asked.append(self.command)
        self.send_response(status)
        self.send_header("Upload-Offset", "0")
        self.send_header("Content-Length", "0")
        self.end_headers()


class _BreakingDoor(BaseHTTPRequestHandler):
    """Takes in what comes, and closes the first connection over which a file comes half-way, if it
    is to; it may take its time (``idle_s``) before it looks at a file."""

    asked: list[tuple[str, bytes]]
    break_next: bool
    idle_s: float

    def do_POST(self) -> None:
        """How far it is: as far as what came before the break."""
        came = sum(len(body) for method, body in self.asked if method == "PATCH")
        self.asked.append(("POST", b""))
        self._answer(201, came)

    def do_PATCH(self) -> None:
        """Bytes of a file; of the first ones half get through."""
        length = int(self.headers["Content-Length"])
        broken, type(self).break_next = self.break_next, False
        self.asked.append(("PATCH", b""))
        threading.Event().wait(self.idle_s)
        self.asked[-1] = ("PATCH", self.rfile.read(length // 2 if broken else length))
        if broken:
            self.close_connection = True
        else:
            self._answer(204, length)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""

    def _answer(self, status: int, offset: int) -> None:
        self.send_response(status)
        self.send_header("Upload-Offset", str(offset))
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def door(
    *, breaks: bool = False, idle_s: float = 0.0, protocol: str = "HTTP/1.0"
) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A county's door; its address, and what it was asked and given."""
    asked: list[tuple[str, bytes]] = []
    attributes = {"asked": asked, "break_next": breaks, "idle_s": idle_s, "timeout": 2}
    attributes["protocol_version"] = protocol
    with served(type("Door", (_BreakingDoor,), attributes)) as address:
        yield address, asked


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve until the block ends; the address."""
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.promise(2)
def test_after_a_break_a_photo_goes_on_where_the_county_says_and_not_blindly() -> None:
    photo = bytes(range(256)) * 2000
    with door(breaks=True) as (address, asked):
        line = HttpFiles(address, "token", pauses=(0, 0, 0))
        sent = line.send("0" * 64, io.BytesIO(photo), len(photo), lambda _: None, lambda: False)
        line.close()
    assert sent
    assert [method for method, _ in asked] == ["POST", "PATCH", "POST", "PATCH", "POST"]
    assert b"".join(body for _, body in asked) == photo


def test_a_piece_has_its_time_to_get_away_on_a_connection_that_stands_already(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "CONNECT_SECONDS", 0.2)
    photo = bytes(8 * 1024 * 1024)
    with door(idle_s=1.0, protocol="HTTP/1.1") as (address, asked):
        line = HttpFiles(address, "token", pauses=())
        sent = line.send("0" * 64, io.BytesIO(photo), len(photo), lambda _: None, lambda: False)
        line.close()
    assert sent
    assert [method for method, _ in asked] == ["POST", "PATCH", "POST"], "it did not break off"


class Shelf:
    """Where a fetched file goes: nothing ever comes."""

    offset = 0

    def write(self, data: bytes) -> None:
        self.offset += len(data)


@pytest.mark.parametrize(("how", "method"), [("send", "PATCH"), ("fetch", "GET")])
def test_answers_that_bring_no_byte_further_are_a_fault_of_the_line(how: str, method: str) -> None:
    asked: list[str] = []
    far: dict[str, object] = {"send": io.BytesIO(b"photo"), "fetch": Shelf()}
    with served(type("Door", (_EmptyDoor,), {"asked": asked})) as address:
        line = HttpFiles(address, "token", pauses=(0, 0, 0))
        with pytest.raises(NoLine, match="答得不对"):
            getattr(line, how)("0" * 64, far[how], 5, lambda _: None, lambda: len(asked) > 100)
        line.close()
    assert asked.count(method) == 4, "one for each pause, and no more"
