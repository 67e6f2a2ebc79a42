"""How bytes go over the line: piece by piece, and only to whom the system trusts.

A timeout counts from the last piece that moved, never from the beginning: a line of 20 kbit/s is
slow, not broken. So that the program sees a piece move, little is handed to the system ahead.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Any, Self

import truststore
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import MaxRetryError
from urllib3.util import Retry

from sync.client.breaking import OpenConnections

#: Until the connection stands; until a piece of the request gets away; until a piece of the answer
#: comes (before the first of them, the county works, and what was handed to the system travels).
CONNECT_SECONDS = 10.0
SEND_SECONDS = 60.0
READ_SECONDS = 120.0
_PIECE = 8 * 1024
#: At 1 KB a second this much is away well within ``READ_SECONDS``; on a good line it is as quick.
_AHEAD = 64 * 1024
_BUFFER = (socket.SOL_SOCKET, socket.SO_SNDBUF, _AHEAD)


class Pieces:
    """A request's body, handed on piece by piece; it may be sent again from its beginning."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        return (self._body[at : at + _PIECE] for at in range(0, len(self._body), _PIECE))


class Again(Retry):
    """A connection that broke is tried again at once, for the county knows each change by its id.

    One that was too slow is not: the same again would be as slow. Whom one does not trust, one
    need not ask twice.
    """

    def __init__(self, **options: Any) -> None:
        usual: dict[str, Any] = {
            "total": 2,
            "other": 0,
            "backoff_factor": 0.5,
            "status": 0,
            "allowed_methods": None,
        }
        super().__init__(**usual | options)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: Any = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> Self:
        """Count a try, or raise the error where trying again is of no use."""
        if error is not None and is_timeout(error):
            raise MaxRetryError(_pool, url or "", error) from error
        return super().increment(method, url, response, error, _pool, _stacktrace)


class Adapter(HTTPAdapter):
    """Plain HTTP, which is for this PC only."""

    def __init__(self) -> None:
        super().__init__(max_retries=Again())

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool of connections, which hand little on ahead and are patient."""
        kwargs["socket_options"] = [*HTTPConnection.default_socket_options, _BUFFER]
        super().init_poolmanager(*args, **kwargs)
        self._open = OpenConnections()
        self.poolmanager.pool_classes_by_scheme = _pools(self._open)

    def close(self) -> None:
        """End every connection; whoever waits on one gets a fault at once."""
        self._open.end()
        super().close()


class TrustingTheSystem(Adapter):
    """Trusts whom the operating system trusts, so that the county's own CA works."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool of connections, with the system's trust."""
        kwargs["ssl_context"] = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        super().init_poolmanager(*args, **kwargs)


def is_timeout(error: BaseException) -> bool:
    """Whether an error, or one that it wraps, is that nothing moved for too long."""
    return any(isinstance(one, TimeoutError) for one in causes(error))


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all that it wraps, each once: libraries keep them in several places."""
    seen: list[BaseException] = []
    left: list[object] = [error]
    while left:
        one = left.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            left += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def _pools(open_now: OpenConnections) -> dict[str, type[HTTPConnectionPool]]:
    """Pools of patient connections that are known in ``open_now``."""

    class Plain(HTTPConnection):
        def connect(self) -> None:
            open_now.check(self)
            super().connect()
            _be_patient(self.sock)
            open_now.add(self)

        def putrequest(self, *args: Any, **kwargs: Any) -> None:
            _be_patient(self.sock)
            super().putrequest(*args, **kwargs)

    class Safe(HTTPSConnection):
        def connect(self) -> None:
            open_now.check(self)
            super().connect()
            _be_patient(self.sock)
            open_now.add(self)

        def putrequest(self, *args: Any, **kwargs: Any) -> None:
            _be_patient(self.sock)
            super().putrequest(*args, **kwargs)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SafePool(HTTPSConnectionPool):
        ConnectionCls = Safe

    return {"http": PlainPool, "https": SafePool}


def _be_patient(connection: Any) -> None:
    # Else the wait for the connection would be the wait for each piece too, of the first request
    # and of the later ones: for each of them urllib3 sets it anew.
    if connection is not None:
        connection.settimeout(SEND_SECONDS)
