"""One exchange between a village PC and the county: take in its changes, answer, bring the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from sync.proof import seal
from sync.protocol import (
    VERSION,
    ExchangeAnswer,
    ExchangeRequest,
    Holding,
    Move,
    Rows,
    to_outcomes,
)
from sync.records.divisions import county_of
from sync.server.accounts import Device
from sync.server.apply import take_in
from sync.server.database import reading, writing
from sync.server.devices import Leave, whereabouts
from sync.server.holdings import holdings_of
from sync.server.intake import Intake
from sync.server.moving import Side
from sync.server.numbering import Head, Numbers, eras_of, heads_of, lock_areas
from sync.server.pull import Brief, Page, read_page, read_records
from sync.server.redirects import Routes, take_in_elsewhere
from sync.server.rights import names_of_devices

#: PCs of earlier versions know no eras.
VERSION_OF_ERAS = 2
#: PCs of earlier versions do not say which of their own changes a change follows.
VERSION_OF_FOLLOWS = 2


def exchange(
    engine: Engine, device: Device, request: ExchangeRequest, *, by_stick: bool = False
) -> ExchangeAnswer:
    """Handle one request of a device that has shown who it is.

    What it wrote goes into its own area and nowhere else, whatever it claims, in one transaction;
    what it reads are its own area and the county's, in another. Sent again, the same request gets
    the same outcomes and writes nothing twice. What comes ``by_stick`` may have lain for months.
    """
    where = (request.area, request.cursors)
    leave = whereabouts(engine, device, *where, by_stick=by_stick)
    if leave is not None:
        device = replace(device, area=leave.area)
    intake = _take_in(engine, device, request)
    with reading(engine) as connection:
        answer = _answer(connection, device, request, intake, leave)
    return answer or _fall_back(engine, _areas_of(device), request)


def answer_at_once(
    connection: Connection, device: Device, request: ExchangeRequest
) -> ExchangeAnswer | None:
    """Answer a PC that brings nothing, in the transaction in which it was recognised: most syncs
    find nothing to do. None for one that there is more to do for, which is for ``exchange``."""
    if request.blocks or device.moved or request.area not in ("", device.area):
        return None
    return _answer(connection, device, request)


def county_time() -> str:
    """The county's time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _take_in(engine: Engine, device: Device, request: ExchangeRequest) -> Intake | None:
    """Take in the changes, each where its record is, under the locks of those areas."""
    if not request.blocks:
        return None
    areas = {device.area}
    follows = request.follows if request.version >= VERSION_OF_FOLLOWS else None
    read_to = request.cursors.get(device.area, 0)
    while True:
        with writing(engine) as connection:
            if len(areas) > 1:
                lock_areas(connection, areas)
            numbers = Numbers(connection, device.area)
            if not _follows(request, device.area, numbers.known):
                return None
            routes = Routes(connection, device.area, request.blocks)
            if not routes.areas:
                intake = Intake(connection, device, county_time(), numbers, follows, read_to)
                take_in(intake, request.blocks)
                return intake
            if routes.areas <= areas:
                side = Side(connection, device, county_time(), numbers, follows, read_to)
                take_in_elsewhere(connection, side, request.blocks, routes)
                return side
        # Records have moved: once more, with the locks of where they are.
        areas |= routes.areas


def _answer(
    connection: Connection,
    device: Device,
    request: ExchangeRequest,
    intake: Intake | None = None,
    leave: Leave | None = None,
) -> ExchangeAnswer | None:
    """The answer to what was taken in, if it was; None where the PC has read what this county does
    not know."""
    heads = heads_of(connection, _areas_of(device))
    if not all(_follows(request, area, head) for area, head in heads.items()):
        return None
    if leave is not None:
        return _part(heads, request, intake, leave.move)
    return _whole(connection, device, heads, request, intake)


def _part(
    heads: dict[str, Head], request: ExchangeRequest, intake: Intake | None, move: Move
) -> ExchangeAnswer:
    """Answer a PC that hands in what it has for the village that it leaves. It reads nothing more
    there, and is told where it belongs now."""
    outcomes = to_outcomes(intake.outcomes) if intake else []
    cursors = {area: request.cursors[area] for area in heads if area in request.cursors}
    eras = eras_of(heads)
    return ExchangeAnswer(VERSION, outcomes, [], cursors, 0, county_time(), eras=eras, move=move)


def _whole(
    connection: Connection,
    device: Device,
    heads: dict[str, Head],
    request: ExchangeRequest,
    intake: Intake | None,
) -> ExchangeAnswer:
    outcomes = to_outcomes(intake.outcomes) if intake else []
    known = intake.accepted if intake else set()
    brief = _brief(device, intake) if request.brief else None
    page = read_page(connection, heads, request.cursors, request.page, known, brief)
    shown: list[Rows] = []
    if intake and intake.shown:
        shown = read_records(connection, device.area, intake.shown, page.rows)
    return ExchangeAnswer(
        VERSION,
        outcomes,
        page.rows + shown,
        page.cursors,
        page.remaining,
        county_time(),
        page.histories,
        _holdings(connection, tuple(heads), page, request.seal),
        devices=names_of_devices(connection, page.rows + shown, but=device.id),
        eras=eras_of(heads),
    )


def _brief(device: Device, intake: Intake | None) -> Brief:
    shown = intake.shown if intake else {}
    return Brief(device.id, {(kind, record) for kind in shown for record in shown[kind]})


def _holdings(
    connection: Connection, areas: Sequence[str], page: Page, known: str
) -> list[Holding]:
    """What a PC that has read all must hold now, unless it has shown that it does."""
    if page.remaining:
        return []
    held = holdings_of(connection, areas)
    return [] if known and known == seal(held) else held


def _areas_of(device: Device) -> tuple[str, str]:
    """The areas that a PC reads; its own comes last."""
    return county_of(device.area), device.area


def _follows(request: ExchangeRequest, area: str, head: Head) -> bool:
    """Whether the PC knows this county as it is; one of version 1 is not asked."""
    cursor, era = request.cursors.get(area, 0), request.eras.get(area, 0)
    return request.version < VERSION_OF_ERAS or head.follows(cursor, era)


def _fall_back(engine: Engine, areas: tuple[str, str], request: ExchangeRequest) -> ExchangeAnswer:
    """Tell a PC that has read further than the county can tell where the county stands."""
    for area in areas:
        with writing(engine) as connection:
            numbers = Numbers(connection, area)
            cursor, era = request.cursors.get(area, 0), request.eras.get(area, 0)
            # Whoever came before may have begun it; an era unknown here went with the backup too.
            if era > numbers.known.era or (era == numbers.known.era and cursor > numbers.head):
                numbers.begin_era(cursor, era)
    with reading(engine) as connection:
        eras = eras_of(heads_of(connection, areas))
    return ExchangeAnswer(VERSION, [], [], {}, 1, county_time(), eras=eras)
