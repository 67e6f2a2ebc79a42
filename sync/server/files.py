"""Photos and documents at the county: which there are of each area, and their bytes on the disk.

The bytes lie once, named by their SHA-256, in ``files/`` of the data folder. What is on its way in
lies in ``files/arriving/`` and becomes a file only when all of it is there and its SHA-256 is
right. How far an upload has come is the length of that file and nothing else, so a server that was
killed goes on where it stood. Bytes on their way are not forced to the disk: after a power cut the
tail may be missing or wrong, which the length, or the SHA-256 at the end, shows, and it is sent
again. A whole file is on the disk before the county says that it has it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, exc, insert, select, update

from sync.records import Attachment
from sync.server.accounts import Device
from sync.server.database import reading, writing
from sync.server.errors import Refusal
from sync.server.tables import file, left_area, moved_record

FOLDER = "files"
#: The largest file the county takes; a PC refuses far smaller ones already when they are added.
LONGEST_FILE = 64 * 1024 * 1024
#: An upload of which nothing more has come for so long is forgotten; its PC begins it anew.
FORGOTTEN_AFTER = timedelta(days=30)
_CHECKSUM_MISMATCH = 460
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PART = 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """How far the upload of one file of an area has come, in bytes."""

    area: str
    sha256: str
    size: int
    offset: int

    @property
    def whole(self) -> bool:
        """Whether the county has every byte."""
        return self.offset == self.size


class Files:
    """The county's files. Methods work on a thread; they raise Refusal."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        """``folder`` is the county's data folder."""
        self._engine = engine
        self._folder = folder / FOLDER
        self._arriving = self._folder / "arriving"
        self._pruned = datetime.min.replace(tzinfo=UTC)

    def begin(self, device: Device, sha256: str, size: int) -> Upload:
        """Begin an upload, or find how far it has come: of a file the area has, to its end."""
        if not _SHA256.fullmatch(sha256):
            raise _bad("要送来的文件没有写明校验值")
        if not 0 < size <= LONGEST_FILE:
            raise Refusal(413, "too_large", "文件太大（或是空的），县里不收")
        area = self._home_of(device, sha256)
        found = self._find(area, sha256)
        if found is not None and found.size != size and not found.whole:
            self._forget(area, sha256)
            found = None
        if found is None:
            row = {"area": area, "sha256": sha256, "size": size, "device": device.id}
            # Another PC of the village may have begun it this instant: then it is the same one.
            with suppress(exc.IntegrityError), writing(self._engine) as connection:
                connection.execute(insert(file).values(row | {"begun_at": _now()}))
            found = Upload(area, sha256, size, 0)
        return found

    def upload(self, device: Device, sha256: str) -> Upload:
        """How far an upload has come. Raises Refusal (404) for one that was not begun."""
        known = _SHA256.fullmatch(sha256)
        found = self._find(self._home_of(device, sha256), sha256) if known else None
        if found is None:
            raise Refusal(404, "no_file", "县里没有这份文件的上传记录，请重新开始")
        return found

    def append(self, upload: Upload, data: bytes) -> Upload:
        """Put the next bytes behind what has come. Raises Refusal (409) where others came first,
        (507) where the disk is full."""
        path = self._part(upload)
        if upload.offset + len(data) > upload.size:
            raise _bad("送来的内容比说好的长")
        try:
            self._arriving.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as part:
                if part.tell() != upload.offset:
                    raise Refusal(409, "bad_message", "上传的位置对不上，请接着县里已收到的送")
                part.write(data)
        except OSError as error:
            raise Refusal(507, "disk_full", "县里的磁盘满了，照片先留在本机，以后再送") from error
        return Upload(upload.area, upload.sha256, upload.size, upload.offset + len(data))

    def complete(self, upload: Upload) -> None:
        """Let an upload whose last byte has come be a file. Raises Refusal (460) where its bytes
        are not what they should be: they are thrown away, to be sent again."""
        path, target = self._part(upload), self._path(upload.sha256)
        try:
            # Windows forces to the disk only what was opened to be written.
            with path.open("r+b") as part:
                digest = hashlib.file_digest(part, "sha256").hexdigest()
                os.fsync(part.fileno())
            if digest != upload.sha256:
                path.unlink(missing_ok=True)
                sentence = "文件在路上损坏了，已经丢掉，会重新送"
                raise Refusal(_CHECKSUM_MISMATCH, "bad_message", sentence)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            _to_disk(target.parent)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and target.exists():
                # A PC that asked meanwhile has had it put in its place already.
                return
            raise Refusal(507, "disk_full", "县里的磁盘写不进去，照片先留在本机") from error
        with writing(self._engine) as connection:
            connection.execute(
                update(file)
                .where(file.c.area == upload.area, file.c.sha256 == upload.sha256)
                .values(arrived_at=_now())
            )

    def path_for(self, device: Device, sha256: str) -> Path:
        """The file of an attachment that is live in the device's area.

        Raises Refusal (404) where the area names no such file, or it has not come yet.
        """
        named = Attachment.table.c
        here = (named.area == device.area, named.sha256 == sha256, named.deleted == 0)
        with reading(self._engine) as connection:
            attachments = connection.execute(select(named.id).where(*here)).scalars().all()
            if not attachments:
                raise Refusal(404, "no_file", "本村没有用到这份文件")
            areas = _ways_of(connection, device.area, attachments)
        for area in areas:
            found = self._find(area, sha256)
            if found is not None and found.whole:
                return self._path(sha256)
        raise Refusal(404, "no_file", "这份原件还没有送到县里，等加它的那台电脑同步以后再看")

    def prune_daily(self) -> None:
        """Prune, unless that was done within the last day."""
        now = datetime.now(UTC)
        if now - self._pruned > timedelta(days=1):
            self._pruned = now
            self.prune(now)

    def prune(self, now: datetime | None = None) -> int:
        """Forget uploads that never ended and with which nobody goes on; return how many."""
        before = (now or datetime.now(UTC)) - FORGOTTEN_AFTER
        begun = file.c.begun_at < before.isoformat(timespec="seconds")
        old = select(file.c.area, file.c.sha256).where(file.c.arrived_at.is_(None), begun)
        with reading(self._engine) as connection:
            uploads = [Upload(area, sha, 0, 0) for area, sha in connection.execute(old)]
        left = [each for each in uploads if not self._came_since(each, before)]
        for each in left:
            self._forget(each.area, each.sha256)
        return len(left)

    def _came_since(self, upload: Upload, moment: datetime) -> bool:
        """Whether a piece of an upload has come since then: on a thin line a large file takes as
        long as it takes."""
        try:
            return self._part(upload).stat().st_mtime >= moment.timestamp()
        except FileNotFoundError:
            return False

    def _home_of(self, device: Device, sha256: str) -> str:
        """The area that a PC brings a file for: a village that it is leaving, while an attachment
        there names the file, else its own."""
        if not device.moved:
            return device.area
        named = Attachment.table.c
        left = select(left_area.c.area).where(left_area.c.device == device.id)
        wanted = select(named.area).where(
            named.area.in_(left), named.sha256 == sha256, named.deleted == 0
        )
        with reading(self._engine) as connection:
            return str(connection.execute(wanted.limit(1)).scalar() or device.area)

    def _find(self, area: str, sha256: str) -> Upload | None:
        this = (file.c.area == area) & (file.c.sha256 == sha256)
        with reading(self._engine) as connection:
            row = connection.execute(select(file.c.size, file.c.arrived_at).where(this)).first()
        if row is None:
            return None
        upload = Upload(area, sha256, row.size, row.size)
        if row.arrived_at is not None and self._path(sha256).exists():
            return upload
        # One that is gone from the disk (a county that went back to a backup) is taken in again.
        part = self._part(upload)
        come = part.stat().st_size if part.exists() else 0
        if come < row.size:
            return Upload(area, sha256, row.size, come)
        try:
            # The server was killed between the last byte and the look at the whole.
            self.complete(upload)
        except Refusal:
            return Upload(area, sha256, row.size, 0)
        return upload

    def _forget(self, area: str, sha256: str) -> None:
        self._part(Upload(area, sha256, 0, 0)).unlink(missing_ok=True)
        with writing(self._engine) as connection:
            connection.execute(delete(file).where(file.c.area == area, file.c.sha256 == sha256))

    def _part(self, upload: Upload) -> Path:
        return self._arriving / f"{upload.area}-{upload.sha256}"

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def _ways_of(connection: Connection, area: str, attachments: Sequence[str]) -> list[str]:
    """The areas in which attachments lie or have lain: one that moved left its file behind."""
    moved, ways = moved_record.c, [area]
    these = (moved.kind == Attachment.kind, moved.record.in_(attachments))
    for new_area in ways:
        came = select(moved.area).where(*these, moved.new_area == new_area).distinct()
        ways += [one for one in connection.execute(came).scalars() if one not in ways]
    return ways


def _bad(sentence: str) -> Refusal:
    return Refusal(400, "bad_message", sentence)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _to_disk(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
