"""Sheets that the county's people edit, as they come out of their programs."""

from __future__ import annotations

from pathlib import Path

from sync.server.errors import ServerError


def text_of(path: Path, what: str) -> str:
    """The text of a CSV, saved as UTF-8 or as offices' programs save it. Raises ServerError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ServerError(f"读不到{what}“{path}”：{error.strerror}") from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ServerError(f"{what}“{path}”的文字编码看不懂，请另存为 UTF-8 的 CSV")
