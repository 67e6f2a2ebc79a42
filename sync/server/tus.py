"""The door for photos and documents: tus 1.0 (core and creation) to bring them, ranges to fetch.

A file is uploaded under the SHA-256 of its bytes, so a PC that lost everything it knew of an upload
finds it again. There is no checksum for single parts: to check one it would have to be kept whole
before it counts, and a line that breaks every 200 kB is why bytes count as they come. The SHA-256
of the whole is checked instead.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
from litestar import Request, Response, Router, get, head, patch, post
from litestar.params import FromPath
from litestar.response import Stream

from sync.server.accounts import Device
from sync.server.errors import Refusal
from sync.server.files import Files, Upload

VERSION = "1.0.0"
UPLOADS = "/api/uploads"
_CONTENT = "application/offset+octet-stream"
#: What is written at once, and how many pieces may wait for it. They are lost with a kill.
_GATHERED, _BEHIND = 256 * 1024, 16
#: How long an older request of the same upload may take to end, in seconds.
_PATIENCE_S = 2.0
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
_PART = 256 * 1024

AnyRequest = Request[Any, Any, Any]
Answer = TypeVar("Answer")


def file_routes(
    files: Files, device_of: Callable[[str], Device], limiter: anyio.CapacityLimiter
) -> Router:
    """Return the routes under ``/api``. ``device_of`` knows a PC by its Authorization header."""
    turns = _Turns()

    async def on_thread(work: Callable[..., Answer], *arguments: object) -> Answer:
        return await anyio.to_thread.run_sync(work, *arguments, limiter=limiter)

    async def who(request: AnyRequest) -> Device:
        return await on_thread(device_of, request.headers.get("authorization", ""))

    @post("/uploads", status_code=201)
    async def begin(request: AnyRequest) -> Response[None]:
        _same_version(request)
        device = await who(request)
        sha256 = _metadata(request.headers.get("upload-metadata", "")).get("sha256", "")
        size = _number(request.headers.get("upload-length", ""))
        await on_thread(files.prune_daily)
        await turns.older_ends((device.area, sha256))
        upload = await on_thread(files.begin, device, sha256, size)
        return _told(upload, 201, Location=f"{UPLOADS}/{upload.sha256}")

    @head("/uploads/{sha256:str}")
    async def look(request: AnyRequest, sha256: FromPath[str]) -> Response[None]:
        _same_version(request)
        device = await who(request)
        await turns.older_ends((device.area, sha256))
        upload = await on_thread(files.upload, device, sha256)
        headers = {"Upload-Length": str(upload.size), "Cache-Control": "no-store"}
        return _told(upload, 200, **headers)

    @patch("/uploads/{sha256:str}", status_code=204)
    async def go_on(request: AnyRequest, sha256: FromPath[str]) -> Response[None]:
        _same_version(request)
        if request.headers.get("content-type", "") != _CONTENT:
            raise Refusal(415, "bad_message", "县里的服务器不认识这样送来的文件")
        device = await who(request)
        async with turns.turn((device.area, sha256)) as mine:
            upload = await on_thread(files.upload, device, sha256)
            if _number(request.headers.get("upload-offset", "")) != upload.offset:
                raise Refusal(409, "bad_message", "上传的位置对不上，请接着县里已收到的送")
            if not upload.whole:
                async for data in _gathered(request):
                    if mine.over:
                        raise Refusal(409, "bad_message", "同一份文件另有一次上传在接着送")
                    upload = await on_thread(files.append, upload, data)
                if upload.whole:
                    await on_thread(files.complete, upload)
        return _told(upload, 204)

    @get("/files/{sha256:str}")
    async def fetch(request: AnyRequest, sha256: FromPath[str]) -> Stream:
        path = await on_thread(files.path_for, await who(request), sha256)
        size = path.stat().st_size
        start, end = _range(request.headers.get("range", ""), size)
        headers = {"Content-Length": str(end - start), "Accept-Ranges": "bytes"}
        whole = end - start == size
        if not whole:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        return Stream(
            _read(path, start, end),
            media_type="application/octet-stream",
            status_code=200 if whole else 206,
            headers=headers,
        )

    return Router("/api", route_handlers=[begin, look, go_on, fetch])


class _Turn:
    """One request's turn at an upload: until it ends, or a newer one takes over."""

    def __init__(self) -> None:
        self.over = False
        self.ended = anyio.Event()


class _Turns:
    """Whose turn it is at each upload. A line that broke leaves a request behind: what it brought
    until then is still being written, and if nobody told the server of the break it may wait for
    more for ever. So a newer one lets it end, but not for long, and then takes over: its bytes must
    not come in between any more."""

    def __init__(self) -> None:
        self._at_work: dict[tuple[str, str], _Turn] = {}

    async def older_ends(self, upload: tuple[str, str]) -> None:
        """Wait until nobody is at work on the upload; who does not end is shut out."""
        older = self._at_work.get(upload)
        if older is not None:
            with anyio.move_on_after(_PATIENCE_S):
                await older.ended.wait()
            older.over = True

    @asynccontextmanager
    async def turn(self, upload: tuple[str, str]) -> AsyncIterator[_Turn]:
        """Be the one at work on an upload, as soon as an older one has ended."""
        await self.older_ends(upload)
        if another := self._at_work.get(upload):
            another.over = True
        mine = self._at_work[upload] = _Turn()
        try:
            yield mine
        finally:
            mine.ended.set()
            if self._at_work.get(upload) is mine:
                del self._at_work[upload]


async def _gathered(request: AnyRequest) -> AsyncIterator[bytes]:
    """What a request brings, in parts worth a write; where it breaks off, what came until then.

    It is taken off the line while the part before is being written: what the web server still holds
    when the line breaks is lost.
    """
    parts: asyncio.Queue[bytes] = asyncio.Queue(_BEHIND)
    draining = asyncio.create_task(_drain(request, parts))
    try:
        more = True
        while more:
            held = bytearray(await parts.get())
            more = bool(held)
            while more and len(held) < _GATHERED and not parts.empty():
                part = parts.get_nowait()
                more = bool(part)
                held += part
            if held:
                yield bytes(held)
    finally:
        draining.cancel()


async def _drain(request: AnyRequest, parts: asyncio.Queue[bytes]) -> None:
    """Put what a request brings into ``parts``, and nothing as the last one."""
    more = True
    while more:
        message = await request.receive()
        more = False
        if message["type"] == "http.request":
            more = message.get("more_body", False)
            if body := message.get("body"):
                await parts.put(body)
    await parts.put(b"")


async def _read(path: Path, start: int, end: int) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        await file.seek(start)
        while start < end and (data := await file.read(min(_PART, end - start))):
            start += len(data)
            yield data


def _told(upload: Upload, status: int, **headers: str) -> Response[None]:
    stand = {"Tus-Resumable": VERSION, "Upload-Offset": str(upload.offset), **headers}
    return Response(None, status_code=status, headers=stand)


def _same_version(request: AnyRequest) -> None:
    if request.headers.get("tus-resumable", "") != VERSION:
        raise Refusal(412, "version", "这台电脑上的程序送文件的方式县里不认识，请升级程序")


def _metadata(header: str) -> dict[str, str]:
    """The pairs of an Upload-Metadata header; what cannot be read is left out."""
    found: dict[str, str] = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else -1


def _range(header: str, size: int) -> tuple[int, int]:
    """The first byte and the one behind the last; all of it where the header asks for no range we
    know. Raises Refusal (416) beyond the end."""
    asked = _RANGE.fullmatch(header)
    if asked is None:
        return 0, size
    start = int(asked[1])
    end = min(int(asked[2]) + 1, size) if asked[2] else size
    if start >= end:
        raise Refusal(416, "bad_message", "要取的部分超出了文件的末尾")
    return start, end
