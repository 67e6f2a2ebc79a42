"""One exchange between a village PC and the county: take in its changes, answer, bring the rest."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine

from sync.protocol import VERSION, ExchangeAnswer, ExchangeRequest, Rows, to_outcomes
from sync.records.divisions import county_of
from sync.server.accounts import Device
from sync.server.apply import take_in
from sync.server.database import reading, writing
from sync.server.intake import Intake
from sync.server.pull import read_page, read_records


def exchange(engine: Engine, device: Device, request: ExchangeRequest) -> ExchangeAnswer:
    """Handle one request of a device that has shown who it is.

    What it wrote goes into its own area and nowhere else, whatever it claims, in one transaction;
    what it reads are its own area and the county's, in another. Sent again, the same request gets
    the same outcomes and writes nothing twice.
    """
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


def _take_in(engine: Engine, device: Device, request: ExchangeRequest) -> Intake | None:
    if not request.blocks:
        return None
    with writing(engine) as connection:
        read_to = request.cursors.get(device.area, 0)
        intake = Intake(connection, device, county_time(), read_to)
        take_in(intake, request.blocks)
    return intake
