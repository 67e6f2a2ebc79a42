"""Connections that can be broken off from another thread while an answer is waited for."""

from __future__ import annotations

import contextlib
import socket
import threading

from urllib3.connection import HTTPConnection
from urllib3.exceptions import NewConnectionError


class OpenConnections:
    """The connections of one adapter, also those that are in use: it ends them when it is closed.

    A session's own ``close`` lets go of idle connections only: whoever waits for an answer would go
    on waiting until its time is up.
    """

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
