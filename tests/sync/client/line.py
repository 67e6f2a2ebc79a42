"""A tiny server on a real socket that answers as badly as a test wants."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

#: What a test does with one connection: it has read the request's head and body.
Answer = Callable[[socket.socket, bytes], None]


@dataclass
class Server:
    """Where it listens, and the requests (head and body) that came so far."""

    port: int
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address over plain HTTP."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(*answers: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Answer one connection after the other, the last answer for all that follow."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])
        ended = threading.Event()

        def serve() -> None:
            for number in range(1_000):
                with suppress(OSError):
                    connection, _ = listener.accept()
                    if ended.is_set():
                        connection.close()
                        return
                    with connection:
                        connection.settimeout(10)
                        talk(connection, answers[min(number, len(answers) - 1)])

        def talk(connection: socket.socket, answer: Answer) -> None:
            if tls is not None:
                connection = tls.wrap_socket(connection, server_side=True)
            with connection:
                request = read_request(connection)
                server.requests.append(request)
                answer(connection, request)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", server.port)).close()
            thread.join()


def read_request(connection: socket.socket) -> bytes:
    """One request, its head and all of its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < length:
        body += _more(connection)
    return head + b"\r\n\r\n" + body


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError
    return data


def says(body: bytes, status: str = "200 OK", *headers: str) -> Answer:
    """A whole answer."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
        connection.sendall("\r\n".join([*lines, *headers, "", ""]).encode() + body)

    return answer


def breaks_off_after(body: bytes, count: int) -> Answer:
    """An answer that promises more than comes."""

    def answer(connection: socket.socket, _request: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[:count])

    return answer


def hangs_up(connection: socket.socket, _request: bytes) -> None:
    """No answer at all."""


def resets(connection: socket.socket, _request: bytes) -> None:
    """The connection breaks under the request's feet."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def never_answers(connection: socket.socket, _request: bytes) -> None:
    """Silence, until the other side gives up."""
    with suppress(OSError):
        connection.recv(1)
