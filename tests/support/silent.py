"""A county that hangs, from the first request on."""

from __future__ import annotations

import socket
import threading


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
