"""The server process: uvicorn on a socket of ours, and one line when it really answers."""

from __future__ import annotations

import socket

import uvicorn
from litestar import Litestar

from sync.server.errors import ServerError

_BACKLOG = 512


def serve(app: Litestar, host: str, port: int) -> None:
    """Serve until told to stop; prints ``listening on http://HOST:PORT`` when ready.

    Port 0 takes any free one. Raises ServerError where the address cannot be had.
    """
    with _listening(host, port) as listener:
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, lifespan="on"
        )
        bound = listener.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        _Announcing(config, f"listening on http://{shown}:{bound}").run(sockets=[listener])


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, line: str) -> None:
        super().__init__(config)
        self._line = line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self._line, flush=True)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, else asyncio leaves Nagle's algorithm on, which costs each answer 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ServerError(f"占不到地址 {host}:{port}，可能已被别的程序占用") from error
    return listener
