"""Codes of grids: given by the county under the village's lock, and never given twice.

A code is the village's 12 digits and a serial number of fixed width. It does not tell the level,
for a level is sometimes corrected and a code is not. What was ever a code of a village, also of a
grid that is closed, deleted or gone to another village, belongs to nobody else there
(``grid_code``). Two PCs that divide a grid offline leave the codes empty, so they cannot give one
twice; both read theirs with the answer that tells them their grids were taken in.

A county that went back to a backup has forgotten its last codes, but PCs have not: in each era of
numbers (``sync.server.numbering``) serials begin far above the last one that it remembers.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from sync.records import Value, Values
from sync.records.grids import OPEN, SERIAL_DIGITS, code_problem
from sync.server.bulk import Row, insert_rows
from sync.server.numbering import Numbers
from sync.server.tables import grid_code, grid_serial

#: How far the serials of a new era begin above the last one that the county remembers: more than
#: the grids that a village makes between two backups.
LEAP = 500
_LAST = 10**SERIAL_DIGITS - 1


class _Serial(NamedTuple):
    """The last serial given in an area, and in which era; ``new`` where nothing was given yet."""

    last: int
    era: int
    new: bool


class GridCodes:
    """The codes of one area's grids, for as long as the transaction holds the area's lock.

    Nothing is read until the first grid is taken in, and nothing written before ``save``.
    """

    def __init__(self, connection: Connection, area: str, numbers: Numbers) -> None:
        self._connection = connection
        self._area = area
        self._numbers = numbers
        self._known: dict[str, str] | None = None
        self._begun: _Serial | None = None
        self._last = self._era = 0
        self._new: list[Row] = []

    def problem(self, grid: str, values: Values) -> str:
        """Why what an office typed cannot be the code of ``grid``; empty where it can."""
        code = values.get("code")
        if code is None:
            return ""
        holder = self._used().get(str(code))
        if holder is not None and holder != grid:
            return f"网格编号{code}给过别的网格，不能再用；空着就由县里编"
        # What is its own already was taken in before codes had a form.
        return "" if holder == grid else code_problem(code, self._area)

    def stamped(self, grid: str, values: Values) -> dict[str, Value]:
        """A new grid's values as the county keeps them: with a code, and open if nothing is said
        (an older program knows no closed ones)."""
        kept = {"state": OPEN, **{n: v for n, v in values.items() if v is not None}}
        return {**values, **kept, "code": self._code_of(grid, values.get("code"))}

    def stamped_edit(self, grid: str, values: Values, before: Values) -> dict[str, Value]:
        """What an edit writes, as the county keeps it: a grid that would have no code gets one."""
        code = values.get("code", before["code"])
        if code is not None and "code" not in values:
            return dict(values)
        return {**values, "code": self._code_of(grid, code)}

    def take(self, grid: str) -> str:
        """The next code, which is the grid's from now on."""
        used = self._used()
        if self._era < self._numbers.known.era:
            self._last, self._era = self._last + LEAP, self._numbers.known.era
        while (code := self._numbered(self._last + 1)) in used:
            self._last += 1
        self._last += 1
        self._note(grid, code)
        return code

    def save(self) -> None:
        """Write down what was given; the caller commits."""
        if self._new:
            insert_rows(self._connection, grid_code, ("area", "code", "grid"), self._new)
            self._new.clear()
        begun = self._begun
        if begun is None or (begun.last, begun.era) == (self._last, self._era):
            return
        now = {"last": self._last, "era": self._era}
        if begun.new:
            self._connection.execute(insert(grid_serial).values(area=self._area, **now))
        else:
            here = grid_serial.c.area == self._area
            self._connection.execute(update(grid_serial).where(here).values(**now))
        self._begun = _Serial(self._last, self._era, new=False)

    def _code_of(self, grid: str, typed: Value) -> str:
        if typed is None:
            return self.take(grid)
        if str(typed) not in self._used():
            self._note(grid, str(typed))
        return str(typed)

    def _numbered(self, serial: int) -> str:
        # Beyond the last serial codes grow longer rather than being given again.
        return f"{self._area}{serial:0{SERIAL_DIGITS}}"

    def _note(self, grid: str, code: str) -> None:
        self._used()[code] = grid
        self._new.append((self._area, code, grid))

    def _used(self) -> dict[str, str]:
        """Whose each code is or was."""
        if self._known is None:
            codes, serial = grid_code.c, grid_serial.c
            mine = select(codes.code, codes.grid).where(codes.area == self._area)
            self._known = dict(self._connection.execute(mine).all())
            last = select(serial.last, serial.era).where(serial.area == self._area)
            found = self._connection.execute(last).first()
            self._begun = _Serial(*found, new=False) if found else _Serial(0, 0, new=True)
            self._last, self._era = self._begun.last, self._begun.era
        return self._known
