"""What hangs on a record and has no page of its own: its photos and documents, and of a grid its
boundary. What was done to them is told in the history of the record. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from desktop.register.steps import Step
from desktop.storage.listing import areas
from sync.records import Attachment, Grid, GridBoundary, Record

PHOTO, DOCUMENT, BOUNDARY = "photo", "document", "boundary"


@dataclass(frozen=True)
class Part:
    """One of them, deleted or not: the kind of its record, and what it is called, if by a name."""

    record: type[Record]
    word: str
    name: str = ""

    def step(self, step: Step) -> Step:
        """A step of it as one of the record that it hangs on, without its own fields."""
        return replace(step, changes=(), lost=(), left=(), part=self.word, name=self.name)

    def tells(self, step: Step) -> bool:
        """Whether a step of it is worth telling: a boundary is also given its grid's new name."""
        if self.record is not GridBoundary or step.operation != "edit":
            return True
        return "shape" in step.said


def parts_of(connection: Connection, kind: str, record_id: str) -> dict[str, Part]:
    """What hangs on a record, or did until it was deleted, by id."""
    # By the area first, as the indexes have it: a row of each photo holds its thumbnail.
    here = areas(connection)
    hung = Attachment.table.c
    about = (hung.area.in_(here), hung.record_kind == kind, hung.record == record_id)
    found = connection.execute(select(hung.id, hung.media_type, hung.name).where(*about))
    parts = {
        id_: Part(Attachment, PHOTO if str(media).startswith("image/") else DOCUMENT, str(name))
        for id_, media, name in found
    }
    if kind == Grid.kind:
        drawn = GridBoundary.table.c
        of_it = (drawn.area.in_(here), drawn.grid == record_id)
        ids = connection.execute(select(drawn.id).where(*of_it)).scalars()
        parts |= {id_: Part(GridBoundary, BOUNDARY) for id_ in ids}
    return parts
