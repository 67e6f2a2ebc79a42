"""What technical support needs to know, and nothing of anybody, to be copied. No Qt.

Every line is a figure, a code or a time of our own making. No name, no content of a record, no
token, no path (it may hold a person's name); the server by its host only.
"""

from __future__ import annotations

import platform
import re
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, select

import desktop
from desktop.storage import settings, tables
from desktop.storage.outbox import waiting_in
from desktop.storage.store import Store
from desktop.storage.writing import now
from desktop.syncing.line import line_words
from desktop.syncing.troubles import Trouble, clock_behind, last_trouble
from sync.protocol import VERSION
from sync.records import Conflict

#: What details are made of: types, numbers, codes. Anything else was said by somebody else.
_PLAIN = re.compile(r"[A-Za-z0-9 _.,:;+/()-]{0,400}")
_HOST = re.compile(r"[0-9A-Za-z.:\[\]-]{1,253}")


def support_text(store: Store, trouble: Trouble | None = None) -> str:
    """The text for support, about ``trouble`` or else the last one. Reads, writes nothing."""
    with store.read() as connection:
        trouble = trouble or last_trouble(connection)
        lines = [
            ("程序", f"实格 {desktop.VERSION}，报文版本 {VERSION}"),
            ("系统", _system()),
            ("代号", _plain(trouble.code) if trouble else "没有出错"),
            ("详情", _plain(trouble.detail) if trouble else ""),
            ("出错时间", _plain(trouble.at) if trouble else ""),
            ("现在（本机）", now()),
            ("本机时间慢", f"{clock_behind(connection)} 秒（上次同步时）"),
            ("县里最近收到", _plain(settings.read(connection, settings.LAST_SYNC))),
            ("服务器", _host(settings.read(connection, settings.SERVER))),
            ("登记", "已登记" if settings.read(connection, settings.TOKEN) else "未登记"),
            ("线路", line_words(connection)),
            ("待同步", f"{waiting_in(connection)}"),
            ("被退回", f"{_refused(connection)}"),
            ("有冲突", f"{_conflicts(connection)}"),
        ]
    return "\n".join(f"{name}：{said or '无'}" for name, said in lines) + "\n"


def _system() -> str:
    # Not platform.node(): offices name PCs after people.
    return _plain(f"{platform.system()} {platform.release()} {platform.machine()}")


def _plain(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else "（略）"


def _host(server: str) -> str:
    """Where the server is: an address may hold a name and a password before the host."""
    try:
        parts = urlsplit(server)
        host = f"{parts.hostname or ''}:{parts.port}" if parts.port else (parts.hostname or "")
    except ValueError:
        return "（地址不对）"
    return host if _HOST.fullmatch(host) else ("（地址不对）" if server else "")


def _refused(connection: Connection) -> int:
    refused = select(func.count()).where(tables.outbox.c.state == "refused")
    return int(connection.execute(refused).scalar_one())


def _conflicts(connection: Connection) -> int:
    table = Conflict.table
    is_open = select(func.count()).where(table.c.state == "open", table.c.deleted == 0)
    return int(connection.execute(is_open).scalar_one())
