"""Attachments (附件): photos and documents that belong to another record."""

from __future__ import annotations

import re
from datetime import datetime

from sync.records.base import Kept
from sync.records.fields import Number, Privacy, Words

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BASE64 = re.compile(r"[0-9A-Za-z+/]+={0,2}")
#: A thumbnail as it is kept, in characters of base64: about 3 kB of JPEG.
LONGEST_THUMBNAIL = 4096


def _sha256_problem(text: str) -> str | None:
    return None if _SHA256.fullmatch(text) else "内容校验值应是64位十六进制"


def _thumbnail_problem(text: str) -> str | None:
    sound = len(text) % 4 == 0 and _BASE64.fullmatch(text)
    return None if sound else "缩略图的格式不对"


def _moment_problem(text: str) -> str | None:
    try:
        return None if datetime.fromisoformat(text).isoformat() == text else "拍摄时间的格式不对"
    except ValueError:
        return "拍摄时间的格式不对"


class Attachment(Kept):
    """A photo or a document (附件) of another record, named by the SHA-256 of its bytes.

    The bytes themselves travel apart from the records and later (``sync.client.files``); the
    thumbnail travels with the record, so that every PC shows it at once. ``taken_at`` is the
    camera's own clock without a zone; ``latitude`` and ``longitude`` are millionths of a degree
    (WGS 84), both taken out of the picture when it is added.
    """

    label = "附件"
    title = "name"
    bulky = True

    record_kind = Words("属于哪种记录", required=True, fixed=True, longest=40, inner=True)
    record = Words("属于哪条记录", required=True, fixed=True, sought=True, longest=64, inner=True)
    name = Words("文件名", required=True, fixed=True, longest=120)
    media_type = Words("文件类型", required=True, fixed=True, longest=100, inner=True)
    sha256 = Words(
        "内容校验值",
        required=True,
        fixed=True,
        sought=True,
        longest=64,
        inner=True,
        validator=_sha256_problem,
    )
    size = Number("大小", required=True, fixed=True, least=1, unit="字节")
    width = Number("宽", fixed=True, least=1, most=100_000, unit="像素")
    height = Number("高", fixed=True, least=1, most=100_000, unit="像素")
    taken_at = Words("拍摄时间", fixed=True, longest=19, validator=_moment_problem)
    latitude = Number(
        "纬度", fixed=True, privacy=Privacy.PERSONAL, least=-90_000_000, most=90_000_000
    )
    longitude = Number(
        "经度", fixed=True, privacy=Privacy.PERSONAL, least=-180_000_000, most=180_000_000
    )
    thumbnail = Words(
        "缩略图",
        fixed=True,
        longest=LONGEST_THUMBNAIL,
        inner=True,
        validator=_thumbnail_problem,
    )
    note = Words("说明", longest=200)
