"""The three-way merge, field by field: what of a change may stand, and what is in conflict.

Pure rules, no database: the county calls them for changes that were not made on the newest
revision. Grades: a *fast-forward* was made on what the county has; a *soft* merge touches other
fields than the changes in between; a *hard* one touches a field somebody else gave another value,
or a record that is gone. In a hard merge the county's value stands and the fields named in
``losing`` stay open.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from sync.records import Values
from sync.records.fields import Value

Grade = Literal["fast-forward", "soft", "hard"]


@dataclass(frozen=True)
class Merge:
    """The verdict: the values to write (``delete`` if the record goes), and the losing fields."""

    grade: Grade
    values: dict[str, Value] = field(default_factory=dict)
    losing: tuple[str, ...] = ()
    delete: bool = False


def merge_edit(
    touched: Values, county: Values, *, deleted: bool, changed_since: Collection[str]
) -> Merge:
    """Merge an edit into the county's record.

    ``changed_since`` names the fields that others changed after the revision the edit was made on.
    """
    if deleted:
        return Merge("hard", losing=tuple(touched))
    losing = tuple(n for n, v in touched.items() if n in changed_since and v != county.get(n))
    values = {n: v for n, v in touched.items() if n not in losing and v != county.get(n)}
    if losing:
        return Merge("hard", values, losing)
    return Merge("soft" if changed_since else "fast-forward", values)


def merge_create(touched: Values, county: Values, *, deleted: bool) -> Merge:
    """Merge a record entered on two PCs: one fills what the other left empty, the rest agrees."""
    filled = {name: value for name, value in touched.items() if value is not None}
    known = [name for name, value in county.items() if value is not None]
    verdict = merge_edit(filled, county, deleted=deleted, changed_since=known)
    return verdict if verdict.grade == "hard" else Merge("soft", verdict.values)


def merge_delete(*, deleted: bool, changed_since: Collection[str]) -> Merge:
    """Merge a deletion: what others edited meanwhile is not thrown away unseen."""
    if deleted:
        return Merge("soft")
    if changed_since:
        return Merge("hard", losing=tuple(changed_since))
    return Merge("fast-forward", delete=True)
