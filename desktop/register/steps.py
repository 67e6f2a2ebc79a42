"""One step of a record's history, as a cadre reads it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.storage import unreadable
from sync.records import Value

#: Field name, old value, new value.
Changed = tuple[str, Value, Value]


@dataclass(frozen=True)
class Step:
    """One change of a record, or one choice about it.

    ``operation`` is create, edit, delete, or ``back`` for what was entered anew after a deletion;
    of a choice that wrote nothing into the record it is ``choose``, or of the record as a whole
    ``keep`` or ``leave_deleted``. ``how`` it came about: ``accepted`` as it was written, ``merged``
    with what others wrote, in part or whole a ``conflict``, ``chosen`` to settle one, ``waiting``
    to be sent, ``refused`` by the county for a ``reason``, or ``given_up`` after that; ``besides``
    is a second one of these, where a choice was merged, waits or did not stand. The ``reason`` of a
    choice is the one that was given for it.
    ``changes`` are (field name, old value, new value); ``lost`` is what lost a conflict, likewise,
    from what stood at the county; ``left`` is (field name, what stands, what was not taken) where a
    choice left a field as it was. ``part`` is what of the record it is about, if not its fields:
    ``photo``, ``document`` (called ``name``) or ``boundary``.
    """

    at: str
    by: str
    device: str
    operation: str
    how: str
    changes: tuple[Changed, ...] = field(default=(), repr=False)
    reason: str = ""
    lost: tuple[Changed, ...] = field(default=(), repr=False)
    left: tuple[Changed, ...] = field(default=(), repr=False)
    besides: str = ""
    part: str = ""
    name: str = ""

    @property
    def said(self) -> dict[str, Value]:
        """What was written by field, whether it came to stand or not."""
        return {name: new for name, _old, new in (*self.lost, *self.changes)}

    @property
    def is_making(self) -> bool:
        """Whether it is the making of the record, which says nothing of its fields."""
        return self.operation == "create" and self.how == "accepted" and not self.changes

    @property
    def county_says(self) -> bool:
        """Whether the reason is the county's, and neither a person's nor this PC's own."""
        return self.how in ("refused", "given_up") and unreadable.SENTENCE not in self.reason


@dataclass(frozen=True)
class Told:
    """A step, the record or conflict that it is a step of, and the county's number of it, if it has
    one."""

    record: str
    step: Step
    revision: int | None = None
