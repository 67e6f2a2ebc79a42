"""Who stands on the seats of each micro grid (1+2+N)."""

from __future__ import annotations

from sync.records.teams import Posting
from tests.support.whole_county.made import Made

_SEATS = ("leader", "worker", "backbone", "volunteer", "building")


def write(made: Made) -> None:
    """A person a seat; here and there a seat is empty."""
    made.write(
        Posting,
        [
            {
                "grid": grid,
                "seat": f"grid_seat.{seat}",
                "resident": made.chance.choice(made.residents),
                "started_on": made.day(30, 900),
            }
            for grid in made.micro
            for seat in _SEATS
            if made.chance.random() < 0.9
        ],
    )
