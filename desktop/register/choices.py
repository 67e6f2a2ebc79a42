"""What was chosen in conflicts about a record, told among the steps of its history. No Qt.

A choice is one transaction: an edit of the record, if it takes the other side, and an edit of the
conflict, which says who chose what for what reason. So the second tells of the first, and stands
for itself where nothing had to be written into the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from desktop.register.losses import Stored, side_of
from desktop.register.steps import Changed, Step, Told
from sync.records import Conflict, Value
from sync.records.conflicts import COUNTY, OTHER, WHOLE, choice_of

#: What becomes of a choice that did not simply come to stand.
_NOT_YET = ("waiting", "refused", "given_up", "conflict")


@dataclass(frozen=True)
class _Choice:
    """What one edit of a conflict says: of the ``record`` that it is about, which values were taken
    that did not stand, and which were left out, beside those that were kept. Where the record as a
    whole was asked about, ``gone`` tells whether it was to be deleted (else None)."""

    record: str
    step: Step
    reason: str
    taken: Mapping[str, Value] = field(repr=False)
    left: tuple[Changed, ...] = field(repr=False)
    #: What the choice took instead of what stood, to be told where no edit of the record tells it.
    instead: tuple[Changed, ...] = field(repr=False)
    writes: bool = False
    gone: bool | None = None


def with_choices(told: Sequence[Told], conflicts: Mapping[str, Stored]) -> list[Told]:
    """Steps of records, newest first, of which those of their ``conflicts`` have become the reason
    of an edit, or a step of their own."""
    found: list[Told | None] = list(told)
    chosen: set[int] = set()
    for place, one in enumerate(told):
        if one.record not in conflicts:
            continue
        found[place] = None
        choice = _choice(one.step, conflicts[one.record], conflicts)
        if choice is None:
            continue
        choice = replace(choice, left=tuple(_as_it_stood(choice, told, place)))
        carried_out = _carried_out(choice, told, place, chosen)
        if carried_out is None:
            found[place] = replace(one, record=choice.record, step=_for_itself(choice))
        else:
            chosen.add(carried_out)
            edit = told[carried_out]
            found[carried_out] = replace(edit, step=_as_chosen(edit.step, choice))
    return [one for one in found if one is not None]


def _choice(step: Step, conflict: Stored, conflicts: Mapping[str, Stored]) -> _Choice | None:
    """What a step of a conflict says; None where it says nothing that was chosen."""
    said = step.said
    sides = choice_of({"choice": said.get("choice")})
    reason = str(said.get("reason") or "")
    if not sides and not reason:
        return None
    root = _root(conflict, conflicts)
    county, other = side_of(root["county_values"]), side_of(root["other_values"])
    # Of two who chose differently, the first one's word is what the second question calls the
    # county's.
    first = {} if root is conflict else choice_of(root)
    taken: dict[str, Value] = {}
    left: list[Changed] = []
    instead: list[Changed] = []
    for name, side in sides.items():
        if name == WHOLE or name not in other:
            continue
        kept, dropped = county.get(name), other[name]
        if (side == OTHER) != (first.get(name) == OTHER):
            kept, dropped = dropped, kept
        if side == OTHER:
            taken[name] = kept
        if kept != dropped:
            (instead if side == OTHER else left).append((name, kept, dropped))
    gone = None
    if WHOLE in sides:
        others = (sides[WHOLE] == OTHER) != (first.get(WHOLE) == OTHER)
        # The other side is a deletion where it says nothing.
        gone = others == (not other)
        if gone and sides[WHOLE] == COUNTY:
            left = [(name, county.get(name), value) for name, value in other.items()]
    about = str(root["record"])
    writes = OTHER in sides.values()
    return _Choice(about, step, reason, taken, tuple(left), tuple(instead), writes, gone)


def _root(conflict: Stored, conflicts: Mapping[str, Stored]) -> Stored:
    """The conflict about the record, behind those about how it was chosen."""
    seen = set()
    while conflict["record_kind"] == Conflict.kind and conflict["id"] not in seen:
        seen.add(conflict["id"])
        conflict = conflicts.get(conflict["record"], conflict)
    return conflict


def _before(told: Sequence[Told], place: int) -> list[int]:
    """The places of what came before the step at ``place``, the newest first, by the county's
    numbers: of one answer a PC writes down first what it sent itself. What the county has not
    taken in comes last."""
    own = told[place].revision
    if own is None:
        return list(range(place + 1, len(told)))
    numbers = {n: one.revision or 0 for n, one in enumerate(told) if (one.revision or 0) < own}
    return sorted(numbers, key=lambda n: numbers[n], reverse=True)


def _as_it_stood(choice: _Choice, told: Sequence[Told], place: int) -> list[Changed]:
    """What a choice left, beside what stood in the record then: it may have been edited since the
    conflict was opened."""
    before = [told[n].step for n in _before(told, place) if told[n].record == choice.record]
    left = []
    for name, kept, dropped in choice.left:
        written = (new for step in before for n, _, new in step.changes if n == name)
        left.append((name, next(written, kept), dropped))
    return left


def _carried_out(choice: _Choice, told: Sequence[Told], place: int, but: set[int]) -> int | None:
    """The place of the edit that a choice is one transaction with: the newest before it that bears
    the same name and time and says what was chosen."""
    if not choice.writes:
        return None
    stamp = (choice.step.by, choice.step.at, choice.step.device)
    for n in _before(told, place):
        step = told[n].step
        same = told[n].record == choice.record and (step.by, step.at, step.device) == stamp
        if same and n not in but and _says(step, choice):
            return n
    return None


def _says(step: Step, choice: _Choice) -> bool:
    if choice.gone is not None:
        return (step.operation == "delete") == choice.gone
    said = step.said
    return any(name in said and said[name] == value for name, value in choice.taken.items())


def _as_chosen(step: Step, choice: _Choice) -> Step:
    how, besides = _how(step)
    reason = step.reason or choice.reason
    return replace(step, how=how, besides=besides, reason=reason, left=choice.left)


def _for_itself(choice: _Choice) -> Step:
    step = choice.step
    how, besides = _how(step) if step.how in _NOT_YET else ("chosen", "")
    operation = {None: "choose", False: "keep", True: "leave_deleted"}[choice.gone]
    head = (step.at, step.by, step.device, operation, how)
    left = (*choice.left, *choice.instead)
    return Step(*head, reason=step.reason or choice.reason, left=left, besides=besides)


def _how(step: Step) -> tuple[str, str]:
    """How a choice came, and what is to be told of it besides."""
    if step.how in _NOT_YET:
        return step.how, "chosen"
    return "chosen", "merged" if step.how == "merged" else ""
