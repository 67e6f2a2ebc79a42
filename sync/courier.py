"""The file that carries a sync on a stick: its form, its seal, its signature. No HTTP, no SQL.

::

    "SHIGE\\r\\n" | format (1 byte) | length (4) | header (JSON, readable by anybody)
    session key sealed to the receiver (80) | stream header (24)
    length (4) | message, encrypted         again and again; the last one is empty
    signature of the sender (64) | checksum of all before (16)

The header names who, whom and which file, nothing of the contents. Messages are those of the line,
packed (``ExchangeRequest`` out, ``Page`` back), encrypted one by one by libsodium's secretstream
(XChaCha20-Poly1305) and bound to the header, so that neither end holds more than one of them. The
checksum tells a damaged file from a forged one; only the signature (Ed25519ph) proves anything.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from typing import BinaryIO, Literal, TypeVar

import msgspec
from nacl import bindings, exceptions
from nacl.public import PrivateKey, PublicKey, SealedBox

from sync.decoding import decode
from sync.keys import PublicKeys, SecretKeys
from sync.protocol import LONGEST_PACKED, BadMessage, ExchangeAnswer, unpack

MAGIC = b"SHIGE\r\n"
FORMAT = 1
#: The longest file, in bytes: about half a million changes. What does not fit goes next time.
LONGEST_FILE = 64 * 1024 * 1024
#: A sender stops adding messages here, so that the last one still fits.
FULL = LONGEST_FILE - LONGEST_PACKED - 64 * 1024
CONTENT_TYPE = "application/vnd.shige.courier"
#: Ends of the names of files on their way to the county and back.
OUT, BACK = ".shige-out", ".shige-back"

_LONGEST_HEADER = 4096
_SEALED_KEY, _STREAM_HEADER = 80, bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_SIGNATURE, _CHECKSUM = 64, 16
_PART = 1024 * 1024
_LENGTH = struct.Struct(">I")
_MESSAGE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_CRYPTO = (exceptions.CryptoError, exceptions.RuntimeError, exceptions.ValueError)

Message = TypeVar("Message")


class CourierFault(Exception):
    """A file on a stick cannot be used. ``sentence`` tells a cadre why; nothing was changed."""

    code = "bad_file"
    sentence = "这个文件用不了。"

    def __init__(self, sentence: str = "", detail: str = "") -> None:
        self.sentence = sentence or self.sentence
        self.detail = detail
        super().__init__(self.sentence)


class NotOurs(CourierFault):
    """The file is none of ours at all."""

    sentence = "这不是实格的U盘文件，没有动任何东西。请选U盘里“实格-”开头的文件。"


class DamagedFile(CourierFault):
    """Bytes are missing or were changed on the way."""

    sentence = (
        "这个文件坏了，或者没有拷完整，没有动任何东西，您填的都在本机。请重新拷一次，"
        "还不行就重新存一次。"
    )


class Forged(CourierFault):
    """The file is whole, but not signed by whom it names, or not sealed to whom it is read by."""

    code = "forged"
    sentence = "这个文件不是它说的那一方做的，可能有人改过，没有读进任何东西。请联系县里。"


class NewerFormat(CourierFault):
    """A newer program made the file."""

    code = "version"
    sentence = "这个文件是新版程序做的，这里的程序太旧，读不了；什么都没有动。请先升级程序。"


class TooLarge(CourierFault):
    """The file is longer than any that a program of ours makes."""

    code = "too_large"
    sentence = "这个文件太大（超过64MB），不是程序存的样子，没有读。请重新存一次。"


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """What anybody may read of a file, and what its signature covers.

    ``kind`` is ``out`` (to the county) or ``back`` (its answer, to the file ``answers``).
    ``device`` is the PC at the one end, ``county`` the fingerprint of the county at the other.
    ``number`` counts the files of a PC, for people.
    """

    kind: Literal["out", "back"]
    file: str
    device: str
    county: str
    number: int = 0
    answers: str = ""
    village: str = ""


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of an answer file.

    ``changes`` are the ids of the changes that the outcomes of ``answer`` speak of, in order.
    ``since`` says from where its rows were read, as the PC had asked: every record that changed
    from there up to the answer's cursors is among them, the PC's own ones too. So an answer means
    the same whatever the PC has done, read or forgotten since. '' cursors: the rows are only shown.
    """

    changes: list[str]
    since: dict[str, int]
    answer: ExchangeAnswer


class Sealer:
    """Writes a file, message by message, to where only ``recipient`` can read it."""

    def __init__(
        self, file: BinaryIO, header: Header, secret: SecretKeys, recipient: PublicKeys
    ) -> None:
        self._file = file
        self._sign = bindings.crypto_sign_ed25519ph_state()
        self._sum = hashlib.blake2b(digest_size=_CHECKSUM)
        self._secret = secret
        #: Bytes written so far.
        self.size = 0
        plain = msgspec.json.encode(header)
        head = MAGIC + bytes([FORMAT]) + _LENGTH.pack(len(plain)) + plain
        self._bound = _bound(head)
        key = bindings.crypto_secretstream_xchacha20poly1305_keygen()
        self._stream = bindings.crypto_secretstream_xchacha20poly1305_state()
        start = bindings.crypto_secretstream_xchacha20poly1305_init_push(self._stream, key)
        self._write(head + SealedBox(PublicKey(recipient.box)).encrypt(key) + start)

    def add(self, message: bytes) -> None:
        """Add one packed message."""
        self._push(message, _MESSAGE)

    def close(self) -> None:
        """End, sign and sum up the file; the caller closes it."""
        self._push(b"", _FINAL)
        _, key = bindings.crypto_sign_seed_keypair(self._secret.sign)
        signature = bindings.crypto_sign_ed25519ph_final_create(self._sign, key)
        self._sum.update(signature)
        self._file.write(signature + self._sum.digest())
        self.size += _SIGNATURE + _CHECKSUM

    def _push(self, message: bytes, tag: int) -> None:
        sealed = bindings.crypto_secretstream_xchacha20poly1305_push(
            self._stream, message, self._bound, tag
        )
        self._write(_LENGTH.pack(len(sealed)) + sealed)

    def _write(self, part: bytes) -> None:
        bindings.crypto_sign_ed25519ph_update(self._sign, part)
        self._sum.update(part)
        self._file.write(part)
        self.size += len(part)


def glance(file: BinaryIO) -> Header:
    """What the readable part says; nothing of it is proven. Raises CourierFault."""
    file.seek(0)
    return _head(file)[0]


def inspect(file: BinaryIO) -> Header:
    """The header of a file that is whole, by its checksum. Raises CourierFault.

    Whether it says the truth is only known when it is unsealed.
    """
    size = _size(file)
    header = glance(file)
    if size < file.tell() + _SEALED_KEY + _STREAM_HEADER + _SIGNATURE + _CHECKSUM:
        raise DamagedFile
    total = hashlib.blake2b(digest_size=_CHECKSUM)
    for part in _parts(file, size - _CHECKSUM):
        total.update(part)
    if file.read() != total.digest():
        raise DamagedFile
    return header


def unseal(file: BinaryIO, secret: SecretKeys, sender: PublicKeys) -> Iterator[bytes]:
    """The messages of a whole file that ``sender`` signed for us, one after the other.

    The signature is checked before this returns. Raises CourierFault.
    """
    _check_signature(file, sender)
    file.seek(0)
    _, head = _head(file)
    try:
        key = SealedBox(PrivateKey(secret.box)).decrypt(_exactly(file, _SEALED_KEY))
        stream = bindings.crypto_secretstream_xchacha20poly1305_state()
        start = _exactly(file, _STREAM_HEADER)
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(stream, start, key)
    except _CRYPTO as error:
        raise Forged(detail="not sealed to these keys") from error
    return _messages(file, stream, _bound(head))


def unpacked(message: bytes, form: type[Message]) -> Message:
    """A message of a file in its form. Raises CourierFault."""
    try:
        return unpack(message, form)
    except BadMessage as error:
        sentence = "这个文件里的内容看不懂，两边的程序版本可能不合，没有读完；您填的都在本机。"
        raise CourierFault(sentence, str(error)) from error


def _messages(
    file: BinaryIO,
    stream: bindings.crypto_secretstream_xchacha20poly1305_state,
    bound: bytes,
) -> Iterator[bytes]:
    while True:
        sealed = _exactly(file, _length(file, LONGEST_PACKED + 64))
        try:
            message, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(
                stream, sealed, bound
            )
        except _CRYPTO as error:
            # Signed, and still not to be read: put together from parts of other files.
            raise Forged(detail="the stream does not decrypt") from error
        if tag == _FINAL:
            if len(file.read(_SIGNATURE + _CHECKSUM + 1)) != _SIGNATURE + _CHECKSUM:
                raise Forged(detail="something follows the end")
            return
        yield message


def _check_signature(file: BinaryIO, sender: PublicKeys) -> None:
    size = _size(file)
    state = bindings.crypto_sign_ed25519ph_state()
    for part in _parts(file, size - _SIGNATURE - _CHECKSUM):
        bindings.crypto_sign_ed25519ph_update(state, part)
    signature = _exactly(file, _SIGNATURE)
    try:
        bindings.crypto_sign_ed25519ph_final_verify(state, signature, sender.sign)
    except (*_CRYPTO, exceptions.BadSignatureError) as error:
        raise Forged(detail="the signature is not the sender's") from error


def _head(file: BinaryIO) -> tuple[Header, bytes]:
    start = file.read(len(MAGIC) + 1)
    if start[: len(MAGIC)] != MAGIC or len(start) == len(MAGIC):
        raise NotOurs
    if start[-1] > FORMAT:
        raise NewerFormat
    length = _length(file, _LONGEST_HEADER)
    plain = _exactly(file, length)
    try:
        header = decode(plain, Header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedFile(detail=str(error)) from error
    return header, start + _LENGTH.pack(length) + plain


def _bound(head: bytes) -> bytes:
    return hashlib.blake2b(head, digest_size=32).digest()


def _length(file: BinaryIO, longest: int) -> int:
    (length,) = _LENGTH.unpack(_exactly(file, _LENGTH.size))
    if length > longest:
        raise DamagedFile
    return int(length)


def _exactly(file: BinaryIO, length: int) -> bytes:
    found = file.read(length)
    if len(found) != length:
        raise DamagedFile
    return found


def _size(file: BinaryIO) -> int:
    size = file.seek(0, os.SEEK_END)
    if size > LONGEST_FILE:
        raise TooLarge
    return size


def _parts(file: BinaryIO, upto: int) -> Iterator[bytes]:
    """The file from its start up to a place, in parts that fit into any memory."""
    file.seek(0)
    left = upto
    while left > 0:
        part = file.read(min(left, _PART))
        if not part:
            raise DamagedFile
        left -= len(part)
        yield part
