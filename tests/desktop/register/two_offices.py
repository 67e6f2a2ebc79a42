"""Two PCs of one village that write about one resident, and what the history of it says."""

from __future__ import annotations

from desktop.register.history import History, Step
from desktop.syncing.conflicts import Conflicts, OpenConflict
from sync.records import Resident
from tests.support.village import VillagePc, Write
from tests.sync.agreement import Villages


def person(villages: Villages) -> str:
    """A resident that both PCs have."""
    record = villages.write(villages.pcs[0], Write("create", Resident.kind, 0, (("name", "王芳"),)))
    for pc in villages.pcs[:2]:
        villages.sync(pc)
    return str(record)


def edit(pc: VillagePc, record: str, **values: str) -> None:
    pc.write(Resident, record, lambda w: w.edit(Resident, record, values), "")


def steps(pc: VillagePc, record: str, kind: str = Resident.kind) -> list[Step]:
    return History(pc.store).of(kind, record)


def told(step: Step) -> tuple[str, str, str, str]:
    return (step.by, step.device, step.operation, step.how)


def rest(villages: Villages) -> None:
    for pc in (*villages.pcs[:2], *villages.pcs[:2]):
        villages.sync(pc)


def asked(pc: VillagePc) -> OpenConflict:
    """The one conflict that is open there."""
    (conflict,) = Conflicts(pc.store).open()
    return conflict


def choose(pc: VillagePc, reason: str, **choice: str) -> None:
    Conflicts(pc.store).choose(asked(pc).id, choice, reason)
