"""Photos and documents over the line: brought by tus 1.0, fetched by ranges.

Both go on at the byte where a line broke, as often as it breaks, while something gets through each
time. The county names an upload by the SHA-256 of its bytes, so the PC has nothing to remember: it
begins, and is told how far it came before.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping

import requests
from urllib3.util import Retry

from sync.client import wire
from sync.client.diagnosis import no_line
from sync.client.http import HttpLine
from sync.client.ports import Cancelled, NoLine, Refused, Sink, Source, Told
from sync.protocol import BadMessage, Fault, unpack

TUS = "1.0.0"
#: How long to wait, in seconds, before trying again when nothing at all got through; then give up.
PAUSES = (0.5, 2.0, 5.0)
#: How often a file may arrive damaged before the line is called unfit.
_DAMAGED_AT_MOST = 3
_DAMAGED = 460
_PART = 64 * 1024
_SAFE = "原件在本机好好的，下次同步再送。"


class HttpFiles(HttpLine):
    """Files over a connection of their own, with the same trust and the same token as messages.

    Raises NoLine where nothing gets through any more, Refused where the county says no.
    """

    def __init__(self, server: str, token: str, pauses: tuple[float, ...] = PAUSES) -> None:
        super().__init__(server, token)
        # A part of a file must not be sent again blindly: how far it came is asked first.
        adapter = self._session.get_adapter(self._server)
        assert isinstance(adapter, wire.Adapter)  # noqa: S101 (it is the line's own)
        adapter.max_retries = Retry(0, read=False)
        self._session.headers["Tus-Resumable"] = TUS
        self._session.headers["Accept-Encoding"] = "identity"
        self._pauses = pauses

    def send(
        self, sha256: str, source: Source, size: int, told: Told, cancelled: Cancelled
    ) -> bool:
        """Bring a file, going on where it stands; whether the county has all of it now."""
        tries, damaged = _Tries(self._server, self._pauses), 0
        reached, answered = -1, False
        while not cancelled():
            try:
                offset = self._begin(sha256, size)
                told(offset)
                if offset == size:
                    return True
                if offset > reached:
                    tries.start_again()
                elif answered:
                    answered = False
                    raise _NothingMoved
                reached, answered = offset, False
                body = _Body(source, offset, size, told, cancelled)
                status = self._go_on(sha256, offset, body)
                answered = True
                if status == _DAMAGED:
                    damaged, reached = damaged + 1, -1
                    if damaged == _DAMAGED_AT_MOST:
                        raise NoLine(f"照片在路上总是损坏，线路太差。{_SAFE}", sha256)
            except (requests.RequestException, _NothingMoved) as error:
                tries.failed(error, cancelled)
            except _Stopped:
                break
        return False

    def fetch(self, sha256: str, sink: Sink, size: int, told: Told, cancelled: Cancelled) -> bool:
        """Fetch what is missing, going on where it stands; whether all of it is there now."""
        tries = _Tries(self._server, self._pauses)
        while sink.offset < size and not cancelled():
            before = sink.offset
            try:
                self._fetch_rest(sha256, sink, told, cancelled)
            except (requests.RequestException, _NothingMoved) as error:
                if sink.offset > before:
                    tries.start_again()
                tries.failed(error, cancelled)
        return sink.offset == size

    def _begin(self, sha256: str, size: int) -> int:
        """Begin an upload, or find one that was begun; how many bytes of it the county has."""
        name = base64.b64encode(sha256.encode()).decode()
        headers = {"Upload-Length": str(size), "Upload-Metadata": f"sha256 {name}"}
        response = self._ask("POST", "/api/uploads", headers)
        _refuse(response, 201)
        return _offset_of(response, size)

    def _go_on(self, sha256: str, offset: int, body: _Body) -> int:
        """Send the rest; return the status, which says whether it arrived as it was."""
        headers = {
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
        }
        response = self._ask("PATCH", f"/api/uploads/{sha256}", headers, body)
        # 409: an older request of ours was still bringing bytes. How far it is will be asked.
        _refuse(response, 204, 409, _DAMAGED)
        return response.status_code

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], body: _Body | None = None
    ) -> requests.Response:
        return self._session.request(
            method,
            self._server + path,
            headers=dict(headers),
            data=body,
            timeout=(wire.CONNECT_SECONDS, wire.READ_SECONDS),
            allow_redirects=False,
        )

    def _fetch_rest(self, sha256: str, sink: Sink, told: Told, cancelled: Cancelled) -> None:
        start = sink.offset
        with self._session.get(
            f"{self._server}/api/files/{sha256}",
            headers={"Range": f"bytes={start}-"} if start else {},
            timeout=(wire.CONNECT_SECONDS, wire.READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            _refuse(response, 206 if start else 200)
            for data in response.iter_content(_PART):
                sink.write(data)
                told(sink.offset)
                if cancelled():
                    return
        if sink.offset == start:
            raise _NothingMoved


class _NothingMoved(Exception):
    """An answer that was none of a fault, and yet no byte got any further by it."""


class _Stopped(Exception):
    """Somebody cancelled while a part was on its way."""


class _Body:
    """The rest of a file as the body of a request: read as it is sent, never held whole."""

    def __init__(
        self, source: Source, offset: int, size: int, told: Told, cancelled: Cancelled
    ) -> None:
        self._source, self._told, self._cancelled = source, told, cancelled
        self._length, self._at = size - offset, offset
        source.seek(offset)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        # requests takes for a stream what can be iterated; urllib3 then reads.
        while part := self.read(_PART):
            yield part

    def read(self, length: int = _PART) -> bytes:
        """The next bytes; raises _Stopped when cancelled."""
        if self._cancelled():
            raise _Stopped
        part = self._source.read(length)
        self._told(self._at)
        self._at += len(part)
        return part


class _Tries:
    """How often something may fail in a row, with a pause after each time."""

    def __init__(self, server: str, pauses: tuple[float, ...]) -> None:
        self._server, self._pauses = server, pauses
        self._failed = 0

    def start_again(self) -> None:
        """Something got through."""
        self._failed = 0

    def failed(
        self, error: requests.RequestException | _NothingMoved, cancelled: Cancelled
    ) -> None:
        """Pause, or raise NoLine when it has failed too often."""
        if self._failed >= len(self._pauses):
            raise self._fault(error) from error
        until = time.monotonic() + self._pauses[self._failed]
        self._failed += 1
        while (left := until - time.monotonic()) > 0 and not cancelled():
            time.sleep(min(left, 0.1))

    def _fault(self, error: requests.RequestException | _NothingMoved) -> NoLine:
        if isinstance(error, _NothingMoved):
            return NoLine.of("not_ours", "no byte moved")
        return no_line(error, self._server)


def _offset_of(response: requests.Response, size: int) -> int:
    text = response.headers.get("Upload-Offset", "")
    offset = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= offset <= size:
        raise _answered_wrong(response)
    return offset


def _refuse(response: requests.Response, *expected: int) -> None:
    """Raise Refused, or NoLine where no server of ours answers."""
    if response.status_code in expected:
        return
    try:
        fault = unpack(response.content, Fault)
    except BadMessage:
        raise _answered_wrong(response) from None
    raise Refused(fault.code, fault.sentence, f"HTTP {response.status_code} {fault.code}")


def _answered_wrong(response: requests.Response) -> NoLine:
    return NoLine.of("not_ours", f"HTTP {response.status_code}")
