"""Half-made divisions, kept so that neither a power cut nor another errand loses who was placed.
No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from desktop.grids.changing import Part
from desktop.register.service import Register
from desktop.storage.store import Store
from sync.decoding import decode
from sync.records import GridChange

_NAME = "division"


@dataclass(frozen=True)
class Division:
    """A division as far as somebody has come: the new grids, the part (from 0) of each who is
    placed, whether they come below the old one, and what is written down of it (raw texts)."""

    parts: list[Part]
    places: Mapping[str, int] = field(default_factory=dict, repr=False)
    below: bool = False
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class KeptDivision:
    """A half-made division, and when it was kept."""

    division: Division
    at: str


class DivisionDrafts:
    """The half-made divisions of this PC, one a grid. Every method is one transaction."""

    def __init__(self, store: Store) -> None:
        self._register = Register(store, GridChange)

    def keep(self, grid: str, division: Division) -> None:
        """Keep how far the division of a grid has come."""
        text = msgspec.json.encode(division).decode()
        self._register.keep_draft(_key(grid), {_NAME: text})

    def find(self, grid: str) -> KeptDivision | None:
        """How far the division of a grid has come; None where nobody has begun."""
        draft = self._register.draft(_key(grid))
        if draft is None:
            return None
        try:
            division = decode(draft.values.get(_NAME, ""), Division)
        except msgspec.DecodeError:
            # A newer program kept more than this one knows.
            return None
        return KeptDivision(division, draft.at)

    def drop(self, grid: str) -> None:
        """Forget it: the grid was divided, or somebody starts over."""
        self._register.drop_draft(_key(grid))


def _key(grid: str) -> str:
    return f"{grid}/divide"
