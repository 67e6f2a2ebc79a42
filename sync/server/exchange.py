"""One exchange between a village PC and the county: take in its changes, answer, bring the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Engine

from sync.protocol import VERSION, ExchangeAnswer, ExchangeRequest, Move, Rows, to_outcomes
from sync.records.divisions import county_of
from sync.server.accounts import Device
from sync.server.apply import take_in
from sync.server.database import reading, writing
from sync.server.devices import whereabouts
from sync.server.intake import Intake
from sync.server.numbering import lock_areas
from sync.server.pull import read_page, read_records
from sync.server.redirects import Routes, take_in_elsewhere


def exchange(engine: Engine, device: Device, request: ExchangeRequest) -> ExchangeAnswer:
    """Handle one request of a device that has shown who it is.

    What it wrote goes into its own area and nowhere else, whatever it claims, in one transaction;
    what it reads are its own area and the county's, in another. Sent again, the same request gets
    the same outcomes and writes nothing twice.
    """
    leave = whereabouts(engine, device, request.area)
    if leave is not None:
        return _part(engine, replace(device, area=leave.area), request, leave.move)
    intake = _take_in(engine, device, request)
    outcomes = to_outcomes(intake.outcomes) if intake else []
    known = intake.accepted if intake else set()
    areas = (county_of(device.area), device.area)
    with reading(engine) as connection:
        page = read_page(connection, areas, request.cursors, request.page, known)
        shown: list[Rows] = []
        if intake and intake.shown:
            shown = read_records(connection, device.area, intake.shown, page.rows)
    return ExchangeAnswer(
        VERSION, outcomes, page.rows + shown, page.cursors, page.remaining, county_time()
    )


def county_time() -> str:
    """The county's time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _part(engine: Engine, device: Device, request: ExchangeRequest, move: Move) -> ExchangeAnswer:
    """Take in what a PC still has for the village that it leaves. It reads nothing more there, and
    is told where it belongs now."""
    intake = _take_in(engine, device, request)
    outcomes = to_outcomes(intake.outcomes) if intake else []
    cursors = {device.area: request.cursors.get(device.area, 0)}
    return ExchangeAnswer(VERSION, outcomes, [], cursors, 0, county_time(), move=move)


def _take_in(engine: Engine, device: Device, request: ExchangeRequest) -> Intake | None:
    """Take in the changes, each where its record is, under the locks of those areas."""
    if not request.blocks:
        return None
    areas = {device.area}
    while True:
        with writing(engine) as connection:
            lock_areas(connection, areas)
            routes = Routes(connection, device.area, request.blocks)
            if not routes.areas:
                intake = Intake(connection, device, county_time())
                take_in(intake, request.blocks)
                return intake
            if routes.areas <= areas:
                return take_in_elsewhere(connection, device, county_time(), request.blocks, routes)
        # Records have moved: once more, with the locks of where they are.
        areas |= routes.areas
