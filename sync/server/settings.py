"""The data folder of a county server: where its settings and, by default, its database lie."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import Engine

from sync.server.database import open_engine
from sync.server.errors import ServerError

FILE = "server.json"
DATABASE = "county.sqlite3"


def prepare_folder(folder: Path, database: str) -> None:
    """Make the folder and note the database's URL in it; '' stands for a SQLite file inside.

    Raises ServerError where the folder cannot be made, or already belongs to another database.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / FILE
        if file.exists():
            known = _read(file)
            if database and database != known:
                raise ServerError(f"文件夹“{folder}”已经用着另一个数据库，请换一个文件夹")
            return
        file.write_text(json.dumps({"database": database}, indent=1), encoding="utf-8")
        # The URL may hold the database's password.
        file.chmod(0o600)
    except OSError as error:
        raise ServerError(f"用不了文件夹“{folder}”：{error.strerror}") from error


def open_folder(folder: Path) -> Engine:
    """Return an engine on the folder's database. Raises ServerError where there is none."""
    file = folder / FILE
    if not file.exists():
        raise ServerError(f"文件夹“{folder}”里还没有县级数据，请先运行 init")
    return open_engine(_read(file) or f"sqlite:///{(folder / DATABASE).resolve()}")


def _read(file: Path) -> str:
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["database"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ServerError(f"设置文件“{file}”读不了，请检查或重新 init") from error
