"""The door for files from a stick: a long body in, a long body out, neither whole in memory."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

import anyio
from litestar import Request, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from sync.courier import CONTENT_TYPE, LONGEST_FILE
from sync.server.api import Api

#: Files at work at once: each is as much as many syncs, and those must not wait behind them.
_AT_ONCE = 2
#: Longer ones lie on disk while they are read and answered.
_IN_MEMORY = 1024 * 1024
_PART = 64 * 1024


def courier_door(api: Api) -> HTTPRouteHandler:
    """``POST /api/courier``: a file from a stick, answered by the county's answer file."""
    at_once = anyio.CapacityLimiter(_AT_ONCE)

    @post("/api/courier", status_code=200, request_max_body_size=LONGEST_FILE)
    async def courier(request: Request[Any, Any, Any]) -> Stream:
        address = request.client.host if request.client else ""
        api.expect_courier(address)
        target = _room()
        try:
            with _room() as source:
                async for part in request.stream():
                    source.write(part)
                await anyio.to_thread.run_sync(
                    api.courier, source, target, address, limiter=at_once
                )
        except BaseException:
            target.close()
            raise
        length = {"content-length": str(target.tell())}
        return Stream(_parts(target), media_type=CONTENT_TYPE, headers=length)

    return courier


def _room() -> BinaryIO:
    return cast("BinaryIO", SpooledTemporaryFile(max_size=_IN_MEMORY))


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while part := file.read(_PART):
            yield part
