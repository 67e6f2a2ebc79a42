"""What one may do with residents: registers come in after a preview, and go out. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import select

from desktop.register.service import Register
from desktop.reports.faults import Stopped
from desktop.reports.plan import ImportPlan, ImportResult
from desktop.reports.register import read_register
from desktop.reports.sheets import write_refused, write_register, write_template
from desktop.residents.importing import carry_out, plan_import
from desktop.storage import settings
from desktop.storage.constraints import parts_of
from desktop.storage.listing import Listing, areas
from desktop.storage.store import Store
from sync.records import Household, Resident, Value

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]

_PAGE = 1000
#: Rows an import writes in one transaction: enough to be quick, few enough to let others in.
_PART = 2000


class Households(Register):
    """The households of the village."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Household)


class Residents(Register):
    """The residents of the village."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Resident)

    def preview(
        self, path: Path, progress: Progress | None = None, cancelled: Cancelled | None = None
    ) -> ImportPlan:
        """Read a register and say what importing it would do; nothing is written.

        Raises UnreadableFile, or Stopped when cancelled.
        """
        register = read_register(path, Resident, progress, cancelled)
        return plan_import(register, _KnownResidents(self.store))

    def carry_out(
        self,
        plan: ImportPlan,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> ImportResult:
        """Write what a preview promised. Cancelled half-way, what was written stays and the same
        file may be imported again: nothing is added twice."""
        return carry_out(plan, _KnownResidents(self.store), progress, cancelled)

    def save_refused(self, path: Path, plan: ImportPlan | ImportResult) -> None:
        """Save the refused rows as a sheet to correct and import again. Raises UnwritableFile."""
        write_refused(path, plan.refused)

    def save_template(self, path: Path) -> None:
        """Save an empty register to fill in. Raises UnwritableFile."""
        write_template(path, Resident)

    def export(
        self,
        path: Path,
        masked: bool = True,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> int:
        """Write all residents to a workbook, page by page; return how many. A full one is logged.

        Raises UnwritableFile, or Stopped when cancelled; the file is then as it was before.
        """
        order = self.order(Listing(Resident.kind))
        if not masked:
            self.log_full_view(None, len(order), "导出名册")

        def rows() -> Iterator[dict[str, Value]]:
            for at in range(0, len(order), _PAGE):
                if progress:
                    progress(at, len(order))
                if cancelled and cancelled():
                    raise Stopped
                yield from (dict(row.values) for row in self.rows(order[at : at + _PAGE]))

        village = self.store.setting(settings.AREA_NAME)
        write_register(path, Resident, rows(), title="居民名册", village=village, masked=masked)
        return len(order)


class _KnownResidents:
    """What an import asks about the residents this PC already has."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def by_id_numbers(self, numbers: Sequence[str]) -> dict[str, tuple[str, str]]:
        """(record id, name) of the live residents with these ID numbers, by number."""
        table = Resident.table.c
        found: dict[str, tuple[str, str]] = {}
        with self._store.read() as connection:
            here = table.area.in_(areas(connection))
            for part in parts_of(numbers):
                statement = select(table.id_number, table.id, table.name).where(
                    here, table.id_number.in_(part), table.deleted == 0
                )
                for number, record, name in connection.execute(statement):
                    found[number] = (record, name)
        return found

    def by_names(self, names: Sequence[str]) -> list[dict[str, Value]]:
        """The values of live residents without an ID number who have one of these names."""
        table = Resident.table
        fields = [table.c[name] for name in Resident.fields]
        found: list[dict[str, Value]] = []
        with self._store.read() as connection:
            for part in parts_of(names):
                statement = select(*fields).where(
                    table.c.name.in_(part), table.c.id_number.is_(None), table.c.deleted == 0
                )
                found += [dict(row) for row in connection.execute(statement).mappings()]
        return found

    def add_many(
        self,
        rows: Sequence[dict[str, Value]],
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> int:
        """Write new residents in parts; return how many were written before a cancel.

        Raises OtherVillage where the PC is moved to another village in between.
        """
        store = self._store.for_this_village()
        for at in range(0, len(rows), _PART):
            if cancelled and cancelled():
                return at
            with store.write() as writing:
                writing.create_many(Resident, rows[at : at + _PART])
            if progress:
                progress(min(at + _PART, len(rows)), len(rows))
        return len(rows)
