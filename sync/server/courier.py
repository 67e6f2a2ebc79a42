"""The county's end of the stick: a village's file in, the county's answer file out.

A carrier needs no token: the file proves itself by the signature of the PC that made it, and only
that PC can read the answer. The pages go through the same ``exchange`` as those of the line, each
in its own transaction; a file that comes again gets the same outcomes and writes nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

import msgspec
from sqlalchemy import Engine, exists, select, update
from uuid_utils import uuid7

from sync.courier import (
    FULL,
    CourierFault,
    Header,
    Page,
    Sealer,
    inspect,
    unpacked,
    unseal,
)
from sync.keys import IntroduceAnswer, IntroduceRequest, PublicKeys
from sync.protocol import OLDEST, VERSION, ExchangeAnswer, ExchangeRequest, pack
from sync.server.accounts import Device
from sync.server.database import reading, writing
from sync.server.errors import Refusal
from sync.server.exchange import exchange
from sync.server.own_keys import own_keys
from sync.server.tables import device, left_area

#: Records a page of an answer: neither end holds more of it at once.
PAGE = 1000


def introduce(engine: Engine, sender: Device, request: IntroduceRequest) -> IntroduceAnswer:
    """Note the keys of a PC that has shown its token, and hand it the county's."""
    with writing(engine) as connection:
        connection.execute(
            update(device)
            .where(device.c.id == sender.id)
            .values(courier_keys=request.keys.to_text())
        )
    return IntroduceAnswer(VERSION, own_keys(engine).public)


def answer_file(engine: Engine, source: BinaryIO, target: BinaryIO) -> None:
    """Take in a village's file from ``source`` and write the answer to it to ``target``.

    Holds one page at a time. Raises Refusal; pages taken in before one that cannot be read stay,
    as they would by line.
    """
    try:
        header = inspect(source)
        secret = own_keys(engine)
        _expect_ours(header, secret.public)
        sender, keys = _sender(engine, header.device)
        requests = unseal(source, secret, keys)
        back = Header(
            "back",
            str(uuid7()),
            sender.id,
            secret.public.fingerprint,
            header.number,
            header.file,
            header.village,
        )
        sealer = Sealer(target, back, secret, keys)
        for page in _pages(engine, sender, requests, sealer):
            sealer.add(pack(page))
        sealer.close()
    except CourierFault as fault:
        raise Refusal(400, fault.code, fault.sentence) from fault


def _pages(
    engine: Engine, sender: Device, messages: Iterator[bytes], sealer: Sealer
) -> Iterator[Page]:
    """The outcomes of each page of the file, then what the PC has not read, as far as fits."""
    asked: ExchangeRequest | None = None
    for message in messages:
        request = unpacked(message, ExchangeRequest)
        _refuse_version(request.version)
        asked = asked or request
        if request.blocks:
            changes = [change for block in request.blocks for change in block.ids]
            # Rows come below: the numbers of the PC's own changes must not be passed over, for it
            # may have forgotten them (a backup) by the time that it reads this.
            sent = msgspec.structs.replace(request, page=0, seal="")
            answer = exchange(engine, sender, sent, by_stick=True)
            if _went_back(asked, answer):
                yield Page([], {}, answer)
                return
            yield Page(changes, {}, msgspec.structs.replace(answer, cursors={}))
    if asked is None:
        return
    cursors = asked.cursors
    while True:
        reading_on = msgspec.structs.replace(asked, cursors=cursors, blocks=[], page=PAGE, seal="")
        answer = exchange(engine, sender, reading_on, by_stick=True)
        yield Page([], cursors, answer)
        if not answer.remaining or answer.cursors == cursors or sealer.size > FULL:
            return
        if _went_back(asked, answer):
            return
        cursors = answer.cursors


def _went_back(request: ExchangeRequest, answer: ExchangeAnswer) -> bool:
    """Whether this county went back to a backup since: the PC must fall back first."""
    return {area: era.number for area, era in answer.eras.items()} != request.eras


def _sender(engine: Engine, id_: str) -> tuple[Device, PublicKeys]:
    known = device.c
    moved = exists().where(left_area.c.device == known.id).label("moved")
    wanted = (known.id, known.area, known.name, known.revoked, known.courier_keys, moved)
    statement = select(*wanted).where(known.id == id_)
    with reading(engine) as connection:
        found = connection.execute(statement).first()
    if found is None:
        sentence = "县里不认识存这个文件的电脑，没有收。请在村里那台电脑上重新登记，再存一次"
        raise Refusal(401, "unknown_device", sentence)
    if found.revoked:
        sentence = "存这个文件的电脑已被县里停用，没有收。要继续用请与县里联系"
        raise Refusal(403, "revoked", sentence)
    keys = PublicKeys.from_text(found.courier_keys)
    if keys is None:
        sentence = "存这个文件的电脑还没有在县里留过U盘钥匙，请让它先连网同步一次"
        raise Refusal(403, "no_keys", sentence)
    with writing(engine) as connection:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        connection.execute(update(device).where(known.id == id_).values(last_seen_at=now))
    return Device(found.id, found.area, found.name, bool(found.moved)), keys


def _expect_ours(header: Header, keys: PublicKeys) -> None:
    if header.kind != "out":
        raise Refusal(400, "bad_file", "这是县里的回执，不用再送，请拿回村里那台电脑上读")
    if header.county != keys.fingerprint:
        sentence = "这个文件不是送给这个县的（或者县里换过服务器），没有收；请核对服务器地址"
        raise Refusal(403, "other_county", sentence)


def _refuse_version(version: int) -> None:
    if version > VERSION:
        sentence = "存这个文件的程序比县里的新，请等县里升级后再送；村里的东西都在"
        raise Refusal(426, "version", sentence)
    if version < OLDEST:
        raise Refusal(426, "version", "存这个文件的程序太旧，请升级后重新存一次；村里的东西都在")
