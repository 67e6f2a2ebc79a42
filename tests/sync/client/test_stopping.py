"""A person who stops a sync does not wait for a county that hangs; nothing is lost by it."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from sync.client import wire
from sync.client.files import HttpFiles
from sync.client.http import HttpLine
from sync.client.ports import Cancelled, NoLine, Sink, Source, Told
from sync.client.stopping import GRACE_S, StoppableFiles, StoppableLine, Stopped
from sync.protocol import VERSION, ExchangeRequest
from tests.support.silent import Silent

SHA256 = "0" * 64
REQUEST = ExchangeRequest(VERSION, {})
#: Usually half a second. Whoever waited for the county would wait for all of ``READ_SECONDS``.
AT_ONCE_S = wire.READ_SECONDS / 4


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


class Shelf:
    """Where a fetched file goes, and what was written there."""

    def __init__(self) -> None:
        self.data = b""

    @property
    def offset(self) -> int:
        return len(self.data)

    def write(self, data: bytes) -> None:
        self.data += data


def send(line: StoppableFiles, cancelled: Cancelled) -> bool:
    return line.send(SHA256, io.BytesIO(b"photo"), 5, lambda _: None, cancelled)


def fetch(line: StoppableFiles, cancelled: Cancelled) -> bool:
    return line.fetch(SHA256, Shelf(), 5, lambda _: None, cancelled)


@pytest.mark.parametrize("go", [send, fetch])
def test_a_stop_lets_go_of_a_photo_whose_line_hangs_and_hangs_up(
    silent: Silent, go: Callable[[StoppableFiles, Cancelled], bool]
):
    with closing(StoppableFiles(HttpFiles(silent.url, "token"))) as line:
        start = time.monotonic()
        assert not go(line, silent.asked.is_set)
        assert time.monotonic() - start < AT_ONCE_S
        assert silent.left.wait(AT_ONCE_S), "the socket was closed under the request"
    assert silent.connections == 1, "and it was not tried again"


class Sleeper:
    """A line for files that hangs until it is woken, and then goes on as if nothing had been."""

    def __init__(self) -> None:
        self.asked, self.woken, self.ended = (threading.Event() for _ in range(3))
        self.stopped: list[str] = []

    def send(self, _name: str, source: Source, _size: int, told: Told, _over: Cancelled) -> bool:
        self._sleep()
        return self._try(lambda: source.seek(0), lambda: source.read(1), lambda: told(1))

    def fetch(self, _name: str, sink: Sink, _size: int, told: Told, _over: Cancelled) -> bool:
        self._sleep()
        return self._try(lambda: sink.offset, lambda: sink.write(b"late"), lambda: told(4))

    def close(self) -> None:
        pass

    def _sleep(self) -> None:
        self.asked.set()
        assert self.woken.wait(AT_ONCE_S)

    def _try(self, *works: Callable[[], object]) -> bool:
        for work in works:
            try:
                work()
            except Stopped as stopped:
                self.stopped.append(stopped.sentence)
        self.ended.set()
        return True


def test_what_was_let_go_touches_nothing_when_its_line_comes_to_life_again():
    told: list[int] = []
    shelf, photo = Shelf(), io.BytesIO(b"photo")
    for how, lent in (("send", photo), ("fetch", shelf)):
        sleeper = Sleeper()
        line = StoppableFiles(sleeper)
        assert not getattr(line, how)(SHA256, lent, 5, told.append, sleeper.asked.is_set)
        sleeper.woken.set()
        assert sleeper.ended.wait(AT_ONCE_S)
        assert len(sleeper.stopped) == 3
    assert (told, shelf.data, photo.tell()) == ([], b"", 0)
