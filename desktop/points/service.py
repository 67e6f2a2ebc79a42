"""What one may do with the points ledger. No Qt."""

from __future__ import annotations

from sqlalchemy import func, select

from desktop.register.service import Register
from desktop.storage import settings
from desktop.storage.store import Store
from sync.records import PointsEntry, PointsSubject


class PointsSubjects(Register):
    """Who earns points."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, PointsSubject)


class PointsLedger(Register):
    """The entries; balances are sums over them, never stored."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, PointsEntry)

    def balances(self, subjects: list[str]) -> dict[str, int]:
        """The balance of each of these subjects in points; 0 without entries."""
        entries = PointsEntry.table.c
        statement = (
            select(entries.subject, func.sum(entries.points))
            .where(entries.area == self._area(), entries.subject.in_(subjects))
            .group_by(entries.subject)
        )
        with self.store.read() as connection:
            found = dict(connection.execute(statement).all())
        return {subject: int(found.get(subject, 0)) for subject in subjects}

    def reverse(self, entry_id: str, reason: str) -> str:
        """Write the entry that undoes another (冲正); return its id. Raises RecordInvalid."""
        entry = self.get(entry_id)
        points = entry.values["points"]
        return self.add(
            {
                "subject": entry.values["subject"],
                "entry_type": "reversal",
                "points": -points if isinstance(points, int) else None,
                "reason": reason,
                "reverses": entry_id,
            }
        )

    def _area(self) -> str:
        return self.store.setting(settings.AREA)
