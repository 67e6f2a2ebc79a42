"""Photos and documents on this PC: named by the SHA-256 of their bytes, encrypted where they lie.

A file is a mark and chunks of 64 kB, each sealed on its own (XChaCha20-Poly1305, a random nonce
each time), so that any part can be read without the rest, and a download that broke off goes on
behind the last whole chunk. Each chunk is bound to its file, its place, and to whether it is the
last: none can be altered, left out, put elsewhere or taken from another file unseen.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from nacl.exceptions import CryptoError
from nacl.secret import Aead
from uuid_utils import uuid7

from desktop.storage.errors import FileDamaged, FileMissing, fault_of

CHUNK = 64 * 1024
_MARK = b"SGF1"
_OVERHEAD = Aead.NONCE_SIZE + Aead.MACBYTES
_SEALED = CHUNK + _OVERHEAD


def sha256_of(source: BinaryIO) -> str:
    """The SHA-256 of all that ``source`` holds, in hexadecimal; reads it in parts."""
    digest = hashlib.sha256()
    source.seek(0)
    while part := source.read(CHUNK):
        digest.update(part)
    return digest.hexdigest()


class Files:
    """The folder of one PC's files. Methods raise StorageError for faults of the disk."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """``key`` is the database's; what is used here is derived from it."""
        self.folder = folder
        self._box = Aead(_derived(key, b"contents"))
        # Not even the names tell whether a picture that somebody knows lies here.
        self._naming = _derived(key, b"names")

    def put(self, source: BinaryIO) -> str:
        """Keep the bytes of ``source``; return their SHA-256. They are on the disk when it
        returns, whole or not at all; what is there already is not written twice, unless it is
        damaged there."""
        sha256 = sha256_of(source)
        if self.is_sound(sha256):
            return sha256
        size = source.seek(0, os.SEEK_END)
        source.seek(0)
        with self._aside(sha256, f".{uuid7()}.new") as aside, aside.open("xb") as file:
            file.write(_MARK)
            for place in range(chunks_of(size)):
                last = place == chunks_of(size) - 1
                file.write(self._seal(sha256, place, last, source.read(CHUNK)))
            _to_disk(file)
            self._into_place(aside, sha256)
        return sha256

    def has(self, sha256: str) -> bool:
        """Whether the bytes are here, whole."""
        return self._path(sha256).exists()

    def open(self, sha256: str) -> BinaryIO:
        """Read a file, from any place of it. Raises FileMissing; reading raises FileDamaged."""
        try:
            raw = self._path(sha256).open("rb")
        except FileNotFoundError:
            raise FileMissing(sha256) from None
        except OSError as error:
            raise fault_of(error) from error
        return io.BufferedReader(_Plain(raw, self, sha256), CHUNK)

    def verify(self, sha256: str) -> None:
        """Read all of a file and compare its SHA-256. Raises FileMissing, FileDamaged."""
        with self.open(sha256) as file:
            if sha256_of(file) != sha256:
                raise FileDamaged(sha256)

    def is_sound(self, sha256: str) -> bool:
        """Whether the bytes are here, and what they should be: reads all of them."""
        try:
            self.verify(sha256)
        except (FileMissing, FileDamaged):
            return False
        return True

    def remove(self, sha256: str) -> None:
        """Take a file away, and what has arrived of it; none there is fine."""
        with _faults_told_apart():
            self._path(sha256).unlink(missing_ok=True)
            self._path(sha256, ".part").unlink(missing_ok=True)

    def arriving(self, sha256: str, size: int) -> Arriving:
        """Go on with a file of ``size`` bytes that comes in parts, behind what has arrived."""
        return Arriving(self, sha256, size)

    def name_of(self, sha256: str) -> str:
        """The name under which a file lies here, without an ending; it does not tell which."""
        return hashlib.blake2b(sha256.encode(), key=self._naming, digest_size=20).hexdigest()

    def _path(self, sha256: str, ending: str = "") -> Path:
        name = self.name_of(sha256)
        return self.folder / name[:2] / f"{name}{ending}"

    @contextmanager
    def _aside(self, sha256: str, ending: str) -> Iterator[Path]:
        """A path beside the file's own that is gone afterwards, unless moved into place."""
        aside = self._path(sha256, ending)
        with _faults_told_apart():
            aside.parent.mkdir(parents=True, exist_ok=True)
            try:
                yield aside
            finally:
                aside.unlink(missing_ok=True)

    def _into_place(self, aside: Path, sha256: str) -> None:
        aside.replace(self._path(sha256))
        _folder_to_disk(aside.parent)

    def _seal(self, sha256: str, place: int, last: bool, plain: bytes) -> bytes:
        return bytes(self._box.encrypt(plain, _bound_to(sha256, place, last)))

    def _unseal(self, sha256: str, place: int, last: bool, sealed: bytes) -> bytes:
        try:
            return self._box.decrypt(sealed, _bound_to(sha256, place, last))
        except (CryptoError, ValueError) as error:
            raise FileDamaged(f"{sha256} at {place}") from error


class Arriving:
    """A file on its way in. What came before a break stays, in whole chunks and encrypted."""

    def __init__(self, files: Files, sha256: str, size: int) -> None:
        self._files, self._sha256, self._size = files, sha256, size
        self._path = files._path(sha256, ".part")
        self._rest = b""
        with _faults_told_apart():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
            self._file = self._path.open("r+b")
            length = self._path.stat().st_size
            self._place = min(max(length - len(_MARK), 0) // _SEALED, max(chunks_of(size) - 1, 0))
            if self._file.read(len(_MARK)) != _MARK:
                self._place = 0
                self._file.seek(0)
                self._file.write(_MARK)
            self._cut()

    @property
    def offset(self) -> int:
        """The bytes that are here already: go on from this one."""
        return self._place * CHUNK + len(self._rest)

    def write(self, data: bytes) -> None:
        """Take the next bytes. Raises StorageError; FileDamaged where more come than there are."""
        self._rest += data
        if self.offset > self._size:
            self._start_again()
            raise FileDamaged(self._sha256)
        with _faults_told_apart():
            while len(self._rest) > CHUNK:
                self._write_chunk(self._rest[:CHUNK], last=False)
                self._rest = self._rest[CHUNK:]

    def finish(self) -> None:
        """Let it be a file, if every byte is as it should be. Raises FileDamaged where not; then
        all of it has to come again."""
        with _faults_told_apart():
            self._write_chunk(self._rest, last=True)
            self._rest = b""
            self._file.seek(0)
            with io.BufferedReader(_Plain(self._file, self._files, self._sha256), CHUNK) as plain:
                sound = _is_sound(plain, self._sha256)
                if sound:
                    _to_disk(self._file)
            if not sound:
                self._path.unlink(missing_ok=True)
                raise FileDamaged(self._sha256)
            self._files._into_place(self._path, self._sha256)

    def close(self) -> None:
        """Let go of the file; what has arrived stays for the next time."""
        self._file.close()

    def _write_chunk(self, plain: bytes, *, last: bool) -> None:
        self._file.write(self._files._seal(self._sha256, self._place, last, plain))
        self._place += 1

    def _start_again(self) -> None:
        self._place, self._rest = 0, b""
        self._cut()

    def _cut(self) -> None:
        self._file.seek(len(_MARK) + self._place * _SEALED)
        self._file.truncate()


class _Plain(io.RawIOBase):
    """The plain bytes of an encrypted file, unsealed as they are read."""

    def __init__(self, raw: BinaryIO, files: Files, sha256: str) -> None:
        self._raw, self._files, self._sha256 = raw, files, sha256
        sealed = raw.seek(0, os.SEEK_END) - len(_MARK)
        self._chunks = -(-sealed // _SEALED)
        self._size = sealed - self._chunks * _OVERHEAD
        self._at, self._held, self._plain = 0, -1, b""
        raw.seek(0)
        if raw.read(len(_MARK)) != _MARK or self._size < 0 or self._chunks < 1:
            raw.close()
            raise FileDamaged(sha256)

    def readable(self) -> bool:
        """It is read."""
        return True

    def seekable(self) -> bool:
        """Any place of it can be read."""
        return True

    def tell(self) -> int:
        """The next byte to be read."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a byte."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read up to the end of a chunk. Raises FileDamaged."""
        place, start = divmod(self._at, CHUNK)
        # An empty file has a chunk too: it must not be mistaken for one that was cut to nothing.
        if place >= self._chunks:
            return 0
        if place != self._held:
            self._plain = self._read_chunk(place)
            self._held = place
        part = self._plain[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        """Let go of the file."""
        self._raw.close()
        super().close()

    def _read_chunk(self, place: int) -> bytes:
        with _faults_told_apart():
            self._raw.seek(len(_MARK) + place * _SEALED)
            sealed = self._raw.read(_SEALED)
        return self._files._unseal(self._sha256, place, place == self._chunks - 1, sealed)


def chunks_of(size: int) -> int:
    """How many chunks hold ``size`` bytes; an empty file has one."""
    return max(1, -(-size // CHUNK))


def _is_sound(plain: BinaryIO, sha256: str) -> bool:
    try:
        return sha256_of(plain) == sha256
    except FileDamaged:
        return False


def _bound_to(sha256: str, place: int, last: bool) -> bytes:
    return bytes.fromhex(sha256) + place.to_bytes(8, "big") + bytes([last])


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(
        purpose, key=key, digest_size=Aead.KEY_SIZE, person=b"shige files"
    ).digest()


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _folder_to_disk(folder: Path) -> None:
    """Let a power cut not undo that a file was moved into place; Windows cannot be asked to."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _faults_told_apart() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise fault_of(error) from error
