"""Connections that can be broken off from another thread while an answer is waited for."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError


class BreakableAdapter(HTTPAdapter):
    """Knows its open connections, also those that are in use, and ends them when it is closed.

    A session's own ``close`` lets go of idle connections only: whoever waits for an answer would go
    on waiting until its time is up.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Let connections be made that are known here."""
        self._open = _Open()
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._open)

    def close(self) -> None:
        """End every connection; whoever waits on one gets a fault at once."""
        self._open.end()
        super().close()


class _Open:
    """The connections of one adapter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: list[HTTPConnection] = []
        self._ended = False

    def check(self, connection: HTTPConnection) -> None:
        """Raise where the adapter has been closed: what was broken off is not tried again."""
        with self._lock:
            if self._ended:
                raise NewConnectionError(connection, "the line was closed")

    def add(self, connection: HTTPConnection) -> None:
        """A connection was made; raises where the adapter has been closed meanwhile."""
        with self._lock:
            if not self._ended:
                others = (one for one in self._connections if one is not connection)
                live = [one for one in others if one.sock is not None]
                self._connections = [*live, connection]
                return
        connection.close()
        raise NewConnectionError(connection, "the line was closed")

    def end(self) -> None:
        """Shut every socket, whoever reads from it."""
        with self._lock:
            self._ended = True
            for connection in self._connections:
                sock = connection.sock
                if sock is not None:
                    # It may have ended by itself.
                    with contextlib.suppress(OSError):
                        sock.shutdown(socket.SHUT_RDWR)
            self._connections = []


def _pools(open_now: _Open) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            open_now.check(self)
            super().connect()
            open_now.add(self)

    class Safe(HTTPSConnection):
        def connect(self) -> None:
            open_now.check(self)
            super().connect()
            open_now.add(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SafePool(HTTPSConnectionPool):
        ConnectionCls = Safe

    return {"http": PlainPool, "https": SafePool}
