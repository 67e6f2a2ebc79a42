"""What one may do with the photos and documents of a record. No Qt.

The bytes are on the disk before the record that names them is written, and record and place in the
queue are one transaction: whatever happens in between, no record names a photo that is not there.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Integer, literal_column, select

from desktop.attachments.documents import PICTURE, media_type_of, refuse_what_no_office_opens
from desktop.attachments.faults import NotTaken
from desktop.attachments.fetching import fetch
from desktop.attachments.heads import HEAD, looks_like_a_picture
from desktop.attachments.limits import Limits, limits_from
from desktop.register.service import RecordMissing, Register
from desktop.storage import listing, transfers
from desktop.storage.errors import FileMissing, OtherVillage, fault_of
from desktop.storage.files import Files
from desktop.storage.listing import Row
from desktop.storage.store import Store
from desktop.storage.transfers import Transfer, Waiting
from desktop.storage.writing import Writing, now
from sync.client.ports import FileLine
from sync.records import KINDS, Attachment, Value

OpenFiles = Callable[[str, str], FileLine]
#: What a picture may measure as it comes, before it is scaled down.
_LARGEST_PICTURE_MB = 60
_LONGEST_NAME = 120
_MB = 1024 * 1024


@dataclass(frozen=True)
class Incoming:
    """A file to be added: where it lies, or its bytes (from the clipboard)."""

    name: str
    source: Path | bytes


@dataclass(frozen=True)
class Attached:
    """An attachment as a strip shows it. ``here``: its original is on this PC; ``to_go``: the
    county does not have it yet, ``trouble`` says why if it was tried."""

    row: Row
    here: bool
    to_go: bool
    trouble: str = ""

    @property
    def name(self) -> str:
        """The file's name."""
        return str(self.row.values["name"])

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown here."""
        return self.row.values["media_type"] == PICTURE

    @property
    def state(self) -> str:
        """Where it stands as a whole: a photo is at the county when its original is."""
        if self.row.state in ("synced", "merged") and self.to_go:
            return "waiting"
        return self.row.state


@dataclass(frozen=True)
class Taken:
    """A file that was taken in before the record that it belongs to is written: its bytes are kept
    already, so that a draft can name it. ``values`` are the attachment's, but for the record."""

    values: dict[str, Value] = field(repr=False)

    @property
    def name(self) -> str:
        """The file's name."""
        return str(self.values["name"])

    @property
    def sha256(self) -> str:
        """What names the bytes."""
        return str(self.values["sha256"])


@dataclass
class Added:
    """What came of adding several files: ids, and for each refused one its name and why."""

    ids: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    stopped: bool = False


def open_https_files(server: str, token: str) -> FileLine:
    """The usual way for files to the county."""
    # requests takes a tenth of a second to import: the window opens without it.
    from sync.client.files import HttpFiles

    return HttpFiles(server, token)


class Attachments(Register):
    """The photos and documents on this PC, of records of any kind."""

    def __init__(self, store: Store, open_files: OpenFiles = open_https_files) -> None:
        super().__init__(store, Attachment)
        self._open_files = open_files

    @property
    def files(self) -> Files:
        """Where the bytes lie."""
        return self.store.files

    def of(self, kind: str, record_id: str) -> list[Attached]:
        """What belongs to a record, oldest first."""
        wanted = listing.Listing(
            Attachment.kind, filters=(("record_kind", kind), ("record", record_id))
        )
        with self.store.read() as connection:
            rows = listing.rows_at(
                connection, Attachment.kind, listing.order_of(connection, wanted)
            )
            to_go = {each.sha256: each for each in transfers.waiting(connection)}
        rows.sort(key=lambda row: (row.made_at, row.id))
        return [self._attached(row, to_go) for row in rows]

    def of_many(self, kind: str, ids: Sequence[str]) -> dict[str, list[Attached]]:
        """What belongs to records of one kind, by record, oldest first; by one query."""
        named = Attachment.table.c
        found: dict[str, list[Attached]] = {}
        with self.store.read() as connection:
            statement = select(literal_column(f"{Attachment.kind}.rowid", Integer)).where(
                named.record_kind == kind, named.record.in_(list(ids)), named.deleted == 0
            )
            numbers = connection.execute(statement.select_from(Attachment.table)).scalars().all()
            rows = listing.rows_at(connection, Attachment.kind, numbers)
            to_go = {each.sha256: each for each in transfers.waiting(connection)}
        for row in sorted(rows, key=lambda row: (row.made_at, row.id)):
            found.setdefault(str(row.values["record"]), []).append(self._attached(row, to_go))
        return found

    def one(self, attachment_id: str) -> Attached:
        """One attachment. Raises RecordMissing."""
        row = self.get(attachment_id)
        with self.store.read() as connection:
            to_go = {each.sha256: each for each in transfers.waiting(connection)}
        return self._attached(row, to_go)

    def attach(self, kind: str, record_id: str, incoming: Incoming) -> str:
        """Add one file to a record; return the attachment's id.

        Raises NotTaken with a sentence for the cadre, RecordMissing, StorageError.
        """
        self._must_be_there(kind, record_id)
        taken = self.take(incoming)
        try:
            return self.attach_taken(kind, record_id, taken)
        except OtherVillage:
            self.let_go(taken)
            raise

    def take(self, incoming: Incoming) -> Taken:
        """Take a file in for a record that is still being written. Raises NotTaken, StorageError.

        The bytes lie encrypted beside the others from now on; nothing is sent before
        ``attach_taken``. Raises OtherVillage, as that would.
        """
        self._expect_this_village()
        limits = self.limits()
        values, kept = _values(incoming.name, _read(incoming, limits), limits)
        return Taken({**values, "sha256": self.files.put(io.BytesIO(kept)), "size": len(kept)})

    def attach_taken(self, kind: str, record_id: str, taken: Taken) -> str:
        """Let what was taken in belong to a record; return the attachment's id.

        Raises NotTaken where the record has the same already, FileMissing, StorageError.
        """
        self._expect_this_village()
        self._refuse_a_second(record_id, taken.sha256)
        if not self.files.has(taken.sha256):
            raise FileMissing(taken.sha256)
        with self.store.write() as writing:
            return write_taken(writing, kind, record_id, taken)

    def let_go(self, taken: Taken) -> None:
        """Forget what was taken in for a record that it will not belong to after all."""
        named = Attachment.table.c
        with self.store.read() as connection:
            statement = select(named.id).where(named.sha256 == taken.sha256).limit(1)
            if connection.execute(statement).first() is None:
                self.files.remove(taken.sha256)

    def attach_many(
        self,
        kind: str,
        record_id: str,
        incoming: Iterable[Incoming],
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Added:
        """Add files one by one; what is refused does not keep the others out."""
        files, added = list(incoming), Added()
        for place, each in enumerate(files):
            if cancelled():
                added.stopped = True
                break
            try:
                added.ids.append(self.attach(kind, record_id, each))
            except NotTaken as refusal:
                added.refused.append((each.name, refusal.sentence))
            progress(place + 1, len(files))
        return added

    def open(self, attachment_id: str) -> BinaryIO:
        """Read the original, which must be on this PC. Raises FileMissing, FileDamaged."""
        return self.files.open(self._sha256(attachment_id))

    def fetch(
        self,
        attachment_id: str,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Have the original on this PC, from the county where it is not here or damaged; whether
        it is here now, which a cancel leaves open. Raises LineFault, StorageError."""
        values = self.get(attachment_id).values
        sha256, size = str(values["sha256"]), int(values["size"] or 0)

        def told(done: int) -> None:
            progress(done, size)

        return fetch(self.store, self._open_files, sha256, size, told, cancelled)

    def on_paper(self, attached: Attached, side: int) -> bytes:
        """A photo for paper, at most ``side`` pixels long: of the original where it is here, else
        the thumbnail. Raises NotTaken where it cannot be read, StorageError."""
        from desktop.attachments.pictures import smaller

        if not attached.here:
            return base64.b64decode(str(attached.row.values["thumbnail"] or ""))
        with self.open(attached.row.id) as file:
            return smaller(file.read(), side)

    def save(self, attachment_id: str, path: Path) -> None:
        """Write the original to a file of the cadre's own: whole, or not at all. Raises
        FileMissing, FileDamaged, StorageError."""
        self.files.verify(self._sha256(attachment_id))
        with self.open(attachment_id) as source:
            try:
                with path.open("wb") as target:
                    while part := source.read(_MB):
                        target.write(part)
            except OSError as error:
                path.unlink(missing_ok=True)
                raise fault_of(error) from error

    def to_go(self) -> list[Transfer]:
        """What the county does not have yet, oldest first."""
        with self.store.read() as connection:
            return transfers.waiting(connection)

    def waiting(self) -> Waiting:
        """How much the county does not have yet."""
        with self.store.read() as connection:
            return transfers.count(connection)

    def limits(self) -> Limits:
        """What may be added, as set on this PC."""
        return limits_from(self.store.setting)

    def _attached(self, row: Row, to_go: dict[str, Transfer]) -> Attached:
        sha256 = str(row.values["sha256"])
        waits = to_go.get(sha256)
        trouble = waits.trouble if waits else ""
        return Attached(row, self.files.has(sha256), waits is not None, trouble)

    def _sha256(self, attachment_id: str) -> str:
        return str(self.get(attachment_id).values["sha256"])

    def _expect_this_village(self) -> None:
        with self.store.read() as connection:
            self.store.expect_this_village(connection)

    def _must_be_there(self, kind: str, record_id: str) -> None:
        if kind not in KINDS:
            raise RecordMissing(kind)
        with self.store.read() as connection:
            if listing.row_of(connection, kind, record_id) is None:
                raise RecordMissing(KINDS[kind].label)

    def _refuse_a_second(self, record_id: str, sha256: str) -> None:
        named = Attachment.table.c
        same = (named.record == record_id) & (named.sha256 == sha256) & (named.deleted == 0)
        with self.store.read() as connection:
            if connection.execute(select(named.id).where(same).limit(1)).first():
                raise NotTaken("这一份已经加过了，没有重复添加。")


def write_taken(writing: Writing, kind: str, record_id: str, taken: Taken) -> str:
    """Write the attachment of a record in the transaction that writes the record itself; return
    the attachment's id."""
    whole = {**taken.values, "record_kind": kind, "record": record_id}
    attachment_id = writing.create(Attachment, whole)
    transfers.queue(writing.connection, taken.sha256, int(taken.values["size"] or 0), now())
    return attachment_id


def _read(incoming: Incoming, limits: Limits) -> bytes:
    """The bytes of a file that is neither empty nor too large."""
    if isinstance(incoming.source, bytes):
        data = incoming.source
        _refuse_by_its_size(incoming.name, data[:HEAD], len(data), limits)
        return data
    try:
        with incoming.source.open("rb") as file:
            size = incoming.source.stat().st_size
            _refuse_by_its_size(incoming.name, file.read(HEAD), size, limits)
            file.seek(0)
            return file.read()
    except OSError as error:
        sentence = "这个文件读不出来，可能已被移走，或正被别的程序占着。请关掉那个程序再加。"
        raise NotTaken(sentence, error) from error


def _refuse_by_its_size(name: str, head: bytes, size: int, limits: Limits) -> None:
    """Refuse what is empty or too large, by the limit of what it is. Raises NotTaken."""
    if not size:
        raise NotTaken("这个文件是空的，没有加进来。")
    if looks_like_a_picture(head):
        if size > _LARGEST_PICTURE_MB * _MB:
            raise NotTaken(_too_large("这张照片", size, _LARGEST_PICTURE_MB, "先缩小"))
        return
    # Nobody makes a film smaller to be told that it is no document.
    refuse_what_no_office_opens(name, head)
    if size > limits.file_mb * _MB:
        raise NotTaken(_too_large("这个文件", size, limits.file_mb, "压缩或拆开"))


def _values(name: str, data: bytes, limits: Limits) -> tuple[dict[str, Value], bytes]:
    """The fields of an attachment, and the bytes to be kept."""
    if not looks_like_a_picture(data[:HEAD]):
        return {"name": _named(name), "media_type": media_type_of(name, data)}, data
    # Pillow takes a twentieth of a second to import: the window opens without it.
    from desktop.attachments.pictures import prepare

    picture = prepare(data, limits.photo_side)
    values: dict[str, Value] = {
        "name": _named(name, "jpg"),
        "media_type": PICTURE,
        "width": picture.width,
        "height": picture.height,
        "taken_at": picture.taken_at,
        "latitude": picture.latitude,
        "longitude": picture.longitude,
        "thumbnail": picture.thumbnail,
    }
    return values, picture.data


def _named(name: str, ending: str = "") -> str:
    """A file's name as it is kept: tidied, not too long, with the ending that is now true."""
    stem, _, given = name.rpartition(".") if "." in name else (name, "", "")
    ending = ending or given.lower()
    cleaned = Attachment.fields["name"].clean(stem)
    return f"{str(cleaned or '照片')[: _LONGEST_NAME - len(ending) - 1]}.{ending}"


def _too_large(what: str, size: int, most: int, do: str) -> str:
    shown = f"{size / _MB:,.0f}"
    return f"{what}有 {shown} MB，超过了 {most} MB 的上限，没有加进来。请{do}再加。"
