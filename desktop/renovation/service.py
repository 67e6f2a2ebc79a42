"""What one may do with settlements, their projects and reports of progress. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from desktop.register.service import Register
from desktop.storage.listing import areas
from desktop.storage.store import Store
from sync.records import Milestone, ProgressReport, Project, Settlement


@dataclass(frozen=True)
class Standing:
    """How far a project has come, derived from its reports: per cent, and money spent in fen."""

    percent: int
    money_spent: int
    reports: int


class Settlements(Register):
    """The settlements."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Settlement)


class Projects(Register):
    """Renovation projects and where they stand."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Project)

    def standing(self, project: str) -> Standing:
        """Where a project stands: the newest report's per cent, the sum of money spent."""
        reports = ProgressReport.table.c
        mine = reports.project == project
        newest = (
            select(reports.percent)
            .where(mine, reports.percent.is_not(None))
            .order_by(reports.reported_on.desc(), reports.made_at.desc(), reports.id.desc())
            .limit(1)
        )
        sums = select(func.coalesce(func.sum(reports.money_spent), 0), func.count()).where(mine)
        with self.store.read() as connection:
            here = reports.area.in_(areas(connection))
            percent = connection.execute(newest.where(here)).scalar()
            spent, count = connection.execute(sums.where(here)).one()
        return Standing(percent or 0, int(spent), count)


class Milestones(Register):
    """The planned and reached stages of projects."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Milestone)


class ProgressReports(Register):
    """Reports of progress: written once, only followed."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, ProgressReport)
