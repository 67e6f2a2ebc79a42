"""What one may do with settlements, their projects and reports of progress. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from desktop.register.service import Register
from desktop.storage.listing import areas
from desktop.storage.store import Store
from sync.records import Milestone, ProgressReport, Project, Settlement


@dataclass(frozen=True)
class Standing:
    """How far a project has come, derived from its reports: per cent, and money spent in fen."""

    percent: int = 0
    money_spent: int = 0
    reports: int = 0

    def after(self, percent: int | None, money_spent: int | None) -> Standing:
        """Where it stands one report later."""
        return Standing(
            self.percent if percent is None else percent,
            self.money_spent + (money_spent or 0),
            self.reports + 1,
        )


class Settlements(Register):
    """The settlements."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Settlement)


class Projects(Register):
    """Renovation projects and where they stand."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Project)

    def standings(self, projects: Sequence[str]) -> dict[str, Standing]:
        """Where each of these projects stands: the newest report's per cent, the sum of money."""
        reports = ProgressReport.table.c
        statement = select(reports.project, reports.percent, reports.money_spent).order_by(
            reports.reported_on, reports.made_at, reports.id
        )
        found = dict.fromkeys(projects, Standing())
        with self.store.read() as connection:
            theirs = (reports.area.in_(areas(connection)), reports.project.in_(projects))
            for project, percent, money in connection.execute(statement.where(*theirs)):
                found[project] = found[project].after(percent, money)
        return found


class Milestones(Register):
    """The planned and reached stages of projects."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Milestone)


class ProgressReports(Register):
    """Reports of progress: written once, only followed."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, ProgressReport)
