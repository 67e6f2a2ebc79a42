"""What a request's bytes become: a message, checked, handled, packed again. No web framework."""

from __future__ import annotations

from typing import BinaryIO, TypeVar

import msgspec
from sqlalchemy import Engine, text

from sync.keys import IntroduceRequest
from sync.protocol import (
    LONGEST_PLAIN,
    OLDEST,
    VERSION,
    BadMessage,
    EnrolRequest,
    ExchangeRequest,
    FiguresRequest,
    VerifyRequest,
    pack,
    unpack,
)
from sync.server.accounts import Device, device_of, enrol, known_device, note_seen
from sync.server.courier import answer_file, introduce
from sync.server.database import reading
from sync.server.errors import Refusal
from sync.server.event_figures import event_figures
from sync.server.exchange import answer_at_once, county_time, exchange
from sync.server.throttle import Throttle
from sync.server.verify import verify

#: The longest message of whoever has not shown a token yet, in bytes, when unpacked.
_LONGEST_ENROL = 64 * 1024

Message = TypeVar(
    "Message", EnrolRequest, ExchangeRequest, VerifyRequest, IntroduceRequest, FiguresRequest
)


class Api:
    """The county's answers, given an engine. Each method takes and gives bytes; raises Refusal."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._throttle = Throttle()
        self._wrong_files = Throttle()

    def enrol(self, body: bytes, address: str) -> bytes:
        """Let a new PC in by its one-time code; wrong codes slow ``address`` down."""
        if not self._throttle.is_open(address):
            raise Refusal(429, "too_many_tries", "注册码输错的次数太多，请过十分钟再试")
        request = _read(body, EnrolRequest, _LONGEST_ENROL)
        try:
            return pack(enrol(self._engine, request))
        except Refusal:
            self._throttle.note_wrong(address)
            raise

    def exchange(self, body: bytes, authorization: str) -> bytes:
        """Take in a PC's changes and answer with what it has not read."""
        with reading(self._engine) as connection:
            device = known_device(connection, _token(authorization))
            request = _read(body, ExchangeRequest)
            answer = answer_at_once(connection, device, request)
        note_seen(self._engine, device)
        return pack(answer or exchange(self._engine, device, request))

    def introduce(self, body: bytes, authorization: str) -> bytes:
        """Exchange keys for files on a stick with a PC that was enrolled without."""
        device = self.device(authorization)
        return pack(introduce(self._engine, device, _read(body, IntroduceRequest, _LONGEST_ENROL)))

    def courier(self, source: BinaryIO, target: BinaryIO, address: str) -> None:
        """Take in a file from a stick and write the answer file; the file proves itself, and wrong
        ones slow ``address`` down."""
        try:
            answer_file(self._engine, source, target)
        except Refusal:
            self._wrong_files.note_wrong(address)
            raise

    def expect_courier(self, address: str) -> None:
        """Refuse an address that brought too many wrong files, before anything is read."""
        if not self._wrong_files.is_open(address):
            raise Refusal(429, "too_many_tries", "送来的坏文件太多，请过十分钟再送")

    def verify(self, body: bytes, authorization: str) -> bytes:
        """Let a PC compare what it holds with what the county holds."""
        device = self.device(authorization)
        return pack(verify(self._engine, device, _read(body, VerifyRequest)))

    def event_figures(self, body: bytes, authorization: str) -> bytes:
        """Count the events of a PC's own village or town."""
        device = self.device(authorization)
        request = _read(body, FiguresRequest, _LONGEST_ENROL)
        return pack(event_figures(self._engine, device, request))

    def health(self) -> dict[str, str | int]:
        """Say that the county answers, down to its database."""
        with reading(self._engine) as connection:
            connection.execute(text("SELECT 1"))
        return {"status": "ok", "version": VERSION, "county_time": county_time()}

    def device(self, authorization: str) -> Device:
        """The PC that an Authorization header speaks for; raises Refusal (401)."""
        return device_of(self._engine, _token(authorization))


class _Versioned(msgspec.Struct):
    version: int


def _token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _read(body: bytes, form: type[Message], longest: int = LONGEST_PLAIN) -> Message:
    try:
        message = unpack(body, form, longest)
    except BadMessage as error:
        _refuse_version(_version_of(body, longest))
        sentence = "送来的内容不完整或看不懂，请再同步一次；总是这样请联系县里"
        raise Refusal(400, "bad_message", sentence) from error
    _refuse_version(message.version)
    return message


def _version_of(body: bytes, longest: int) -> int:
    # Another version may have another form altogether; only this one number stays in its place.
    try:
        return unpack(body, _Versioned, longest).version
    except BadMessage:
        return VERSION


def _refuse_version(version: int) -> None:
    if version > VERSION:
        sentence = "这台电脑上的程序比县里的新，请等县里升级后再同步；您填的都在本机"
        raise Refusal(426, "version", sentence, VERSION)
    if version < OLDEST:
        sentence = "这台电脑上的程序太旧了，请升级后再同步；您填的都在本机"
        raise Refusal(426, "version", sentence, VERSION)
