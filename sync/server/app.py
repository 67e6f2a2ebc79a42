"""The county's door for village PCs: Litestar around ``api``.

Bodies are whole messages of ``sync.protocol``; the database works on threads, never on the event
loop. Whatever is refused is answered with a packed ``Fault``. Bodies are never logged.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import HTTPException
from sqlalchemy import Engine, exc

from sync.protocol import CONTENT_TYPE, LONGEST_PACKED, Fault, pack
from sync.server.api import Api
from sync.server.courier_door import courier_door
from sync.server.database import WORKERS, is_disk_full
from sync.server.errors import Refusal
from sync.server.files import Files
from sync.server.tus import file_routes

_log = logging.getLogger("shige.server")
_LONGEST_ENROL = 64 * 1024
_TOO_LARGE = 413

AnyRequest = Request[Any, Any, Any]
Packed = Response[bytes]


def make_app(engine: Engine, folder: Path) -> Litestar:
    """Return the web application over a database that is up to date; it closes the engine.

    ``folder`` is the county's data folder, where photos and documents lie.
    """
    api = Api(engine)
    limiter = anyio.CapacityLimiter(WORKERS)

    async def on_thread(work: Callable[..., bytes], *arguments: object) -> Packed:
        began = time.monotonic()
        content = await anyio.to_thread.run_sync(work, *arguments, limiter=limiter)
        # The rest of the time is the line's: a PC sends less at once on a slow line, not when the
        # county is busy, for that would make it busier.
        worked = {"Server-Timing": f"work;dur={(time.monotonic() - began) * 1000:.0f}"}
        return Response(content, media_type=CONTENT_TYPE, headers=worked)

    @post("/api/enrol", status_code=200, request_max_body_size=_LONGEST_ENROL)
    async def enrol(request: AnyRequest) -> Packed:
        address = request.client.host if request.client else ""
        return await on_thread(api.enrol, await request.body(), address)

    @post("/api/exchange", status_code=200, request_max_body_size=LONGEST_PACKED)
    async def exchange(request: AnyRequest) -> Packed:
        authorization = request.headers.get("authorization", "")
        return await on_thread(api.exchange, await request.body(), authorization)

    @post("/api/introduce", status_code=200, request_max_body_size=_LONGEST_ENROL)
    async def introduce(request: AnyRequest) -> Packed:
        authorization = request.headers.get("authorization", "")
        return await on_thread(api.introduce, await request.body(), authorization)

    @post("/api/verify", status_code=200, request_max_body_size=LONGEST_PACKED)
    async def verify(request: AnyRequest) -> Packed:
        authorization = request.headers.get("authorization", "")
        return await on_thread(api.verify, await request.body(), authorization)

    @post("/api/event-figures", status_code=200, request_max_body_size=_LONGEST_ENROL)
    async def event_figures(request: AnyRequest) -> Packed:
        authorization = request.headers.get("authorization", "")
        return await on_thread(api.event_figures, await request.body(), authorization)

    @get("/api/health", sync_to_thread=True)
    def health() -> dict[str, str | int]:
        return api.health()

    files = file_routes(Files(engine, folder), api.device, limiter)
    return Litestar(
        [enrol, exchange, introduce, verify, event_figures, courier_door(api), health, files],
        exception_handlers={
            Refusal: _refused,
            HTTPException: _http_refused,
            exc.DBAPIError: _database_failed,
            Exception: _failed,
        },
        on_shutdown=[engine.dispose],
        openapi_config=None,
        logging_config=None,
    )


def _refused(_request: AnyRequest, refusal: Refusal) -> Packed:
    return _fault(refusal.status, refusal.fault)


def _http_refused(_request: AnyRequest, error: HTTPException) -> Packed:
    if error.status_code == _TOO_LARGE:
        return _fault(_TOO_LARGE, Fault("too_large", "一次送来的内容太多，请升级程序后再同步"))
    return _fault(error.status_code, Fault("bad_message", "县里的服务器不认识这个请求"))


def _database_failed(request: AnyRequest, error: exc.DBAPIError) -> Packed:
    if is_disk_full(error):
        _log.error("no room on the disk: %s", error.orig)
        sentence = "县里的服务器磁盘满了，这次送的没有收下，请告诉县里；您填的都在本机"
        return _fault(503, Fault("disk_full", sentence))
    if not isinstance(error, exc.OperationalError | exc.InterfaceError):
        return _failed(request, error)
    _log.error("the database does not answer: %s", error.orig)
    return _fault(503, Fault("busy", "县里的服务器正忙，请过一会儿再试；您填的都在本机"))


def _failed(_request: AnyRequest, error: Exception) -> Packed:
    _log.error("a request failed: %s", _traced(error))
    return _fault(500, Fault("internal", "县里的服务器出了错，请联系县里；您填的都在本机"))


def _traced(error: BaseException | None) -> str:
    """What was raised, and where; not what it says: a database quotes whole rows."""
    told = []
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        places = "".join(f"\n  {f.filename}:{f.lineno} in {f.name}" for f in frames)
        told.append(f"{type(error).__module__}.{type(error).__qualname__}{places}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nafter ".join(told)


def _fault(status: int, fault: Fault) -> Packed:
    return Response(pack(fault), status_code=status, media_type=CONTENT_TYPE)
