"""Photos on their way to a county in this process: the real client, the real door, no socket."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

import requests
from litestar import Litestar
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from sync.client.files import HttpFiles

#: So often a file is tried when nothing gets through; nobody waits between.
_PAUSES = (0.0,) * 8

Headers = list[tuple[str, str]]


class FileFault(Enum):
    """What the line does to one request of a file and its answer."""

    NONE = "none"
    LOSE_REQUEST = "lose request"
    LOSE_ANSWER = "lose answer"
    REPEAT = "repeat"
    CUT_REQUEST = "cut request"
    CUT_ANSWER = "cut answer"
    FLIP_REQUEST = "flip a byte of the file on its way there"
    FLIP_ANSWER = "flip a byte of the answer"
    GONE = "gone for good"


class DoorHere:
    """The county's web application, called without a socket."""

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()

    def ask(
        self, method: str, path: str, headers: Headers, body: list[bytes], *, cut: bool = False
    ) -> tuple[int, Headers, bytes]:
        """Send a request, which may be ``cut`` off behind ``body``; status, headers and body."""
        return self._loop.run_until_complete(self._ask(method, path, headers, body, cut))

    def close(self) -> None:
        """Nobody calls any more."""
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _ask(
        self, method: str, path: str, headers: Headers, body: list[bytes], cut: bool
    ) -> tuple[int, Headers, bytes]:
        coming: list[dict[str, Any]] = [
            {"type": "http.request", "body": part, "more_body": True} for part in body
        ]
        if not cut:
            coming.append({"type": "http.request", "body": b"", "more_body": False})
        going: list[dict[str, Any]] = []
        answered = asyncio.Event()

        async def receive() -> Any:
            if not coming and not cut:
                # The line stays open until all is answered.
                await answered.wait()
            return coming.pop(0) if coming else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            going.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                answered.set()

        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
            "client": ("127.0.0.1", 1),
            "server": ("county", 80),
            "state": {},
            "extensions": {},
        }
        await self._app(scope, receive, send)
        told = [(name.decode(), value.decode()) for name, value in going[0]["headers"]]
        content = b"".join(message.get("body", b"") for message in going[1:])
        return going[0]["status"], told, content


class FaultyFiles(HttpFiles):
    """The real client of files on a line as bad as planned.

    ``faults`` are those of its requests, in order; then the line is sound. ``place`` says which
    byte is meant. ``GONE`` takes the line away from there on.
    """

    def __init__(self, door: DoorHere, token: str, faults: Iterable[FileFault], place: int) -> None:
        super().__init__("https://county", token, pauses=_PAUSES)
        self._session.trust_env = False
        self._session.mount(self._server, _InProcess(door, iter(faults), place))


class _InProcess(HTTPAdapter):
    def __init__(self, door: DoorHere, faults: Iterator[FileFault], place: int) -> None:
        super().__init__()
        self._door, self._faults, self._place = door, faults, place
        self._gone = False
        #: What is meant for bytes of a file, until there are some.
        self._held: FileFault | None = None

    def send(self, request: requests.PreparedRequest, **_how: Any) -> requests.Response:  # type: ignore[override]
        fault = next(self._faults, FileFault.NONE)
        self._gone = self._gone or fault is FileFault.GONE
        if self._gone or fault is FileFault.LOSE_REQUEST:
            raise requests.ConnectionError("no line", request=request)
        body = list(_parts(request.body))
        if body and self._held:
            fault, self._held = self._held, None
        elif not body and fault in (FileFault.CUT_REQUEST, FileFault.FLIP_REQUEST):
            fault, self._held = FileFault.NONE, fault
        cut = fault is FileFault.CUT_REQUEST
        if cut:
            body = _cut(body, self._place)
        elif fault is FileFault.FLIP_REQUEST:
            body = [_flipped(b"".join(body), self._place)]
        answer = self._ask(request, body, cut=cut)
        if fault is FileFault.REPEAT:
            answer = self._ask(request, body)
        if cut or fault is FileFault.LOSE_ANSWER:
            raise requests.ConnectionError("no answer", request=request)
        status, headers, content = answer
        if fault is FileFault.CUT_ANSWER:
            content = content[: self._place % (len(content) + 1)]
        elif fault is FileFault.FLIP_ANSWER:
            content = _flipped(content, self._place)
        raw = HTTPResponse(
            io.BytesIO(content),
            HTTPHeaderDict(headers),
            status,
            preload_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)

    def _ask(
        self, request: requests.PreparedRequest, body: list[bytes], *, cut: bool = False
    ) -> tuple[int, Headers, bytes]:
        headers = [(name, str(value)) for name, value in request.headers.items()]
        return self._door.ask(str(request.method), request.path_url, headers, body, cut=cut)


def _parts(body: Any) -> Iterable[bytes]:
    if not body:
        return []
    return [body] if isinstance(body, bytes) else body


def _cut(parts: list[bytes], place: int) -> list[bytes]:
    whole = b"".join(parts)
    return [whole[: place % (len(whole) + 1)]]


def _flipped(data: bytes, place: int) -> bytes:
    if not data:
        return data
    at = place % len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
