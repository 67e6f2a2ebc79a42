"""A person who stops a sync does not wait for a county that hangs; nothing is lost by it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from sync.client import wire
from sync.client.http import HttpLine
from sync.client.ports import NoLine
from sync.client.stopping import GRACE_S, StoppableLine, Stopped
from sync.protocol import VERSION, ExchangeRequest

REQUEST = ExchangeRequest(VERSION, {})
#: Usually half a second. Whoever waited for the county would wait for all of ``READ_SECONDS``.
AT_ONCE_S = wire.READ_SECONDS / 4


class Silent:
    """A server that takes a request in and never says a word."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.asked, self.left = threading.Event(), threading.Event()
        self.connections = 0
        self._talking: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._talking = connection
            with connection:
                while connection.recv(65536):
                    self.asked.set()
            self.left.set()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        if self._talking is not None and not self.left.is_set():
            self._talking.shutdown(socket.SHUT_RDWR)
        self._thread.join()


@pytest.fixture
def silent() -> Iterator[Silent]:
    server = Silent()
    yield server
    server.close()


def test_a_stop_ends_a_request_that_the_county_never_answers_and_hangs_up(silent: Silent):
    line = StoppableLine(HttpLine(silent.url), silent.asked.is_set)
    start = time.monotonic()
    with pytest.raises(Stopped, match="没送完的都在本机"):
        line.exchange(REQUEST)
    assert time.monotonic() - start < AT_ONCE_S
    assert silent.left.wait(AT_ONCE_S), "the socket was closed under the request"
    assert silent.connections == 1, "and it was not tried again"


def test_closing_a_line_from_elsewhere_ends_the_request_that_waits_on_it(silent: Silent):
    line = HttpLine(silent.url)
    faults: list[BaseException] = []

    def ask() -> None:
        try:
            line.exchange(REQUEST)
        except NoLine as fault:
            faults.append(fault)

    asking = threading.Thread(target=ask)
    asking.start()
    assert silent.asked.wait(AT_ONCE_S)
    line.close()
    asking.join(AT_ONCE_S)
    assert len(faults) == 1


def test_an_answer_that_is_nearly_here_is_taken_all_the_same():
    stopped = threading.Event()

    def ask() -> str:
        stopped.set()
        threading.Event().wait(GRACE_S / 4)  # the county is at it
        return "answer"

    line = StoppableLine(HttpLine("http://127.0.0.1:1"), stopped.is_set)
    assert line.until_stopped(ask) == "answer"
    line.close()


def test_what_a_request_raises_is_raised_where_it_was_asked():
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    line = StoppableLine(HttpLine(f"http://127.0.0.1:{port}"), lambda: False)
    with pytest.raises(NoLine, match="连不上县里的服务器"):
        line.exchange(REQUEST)
    line.close()
