"""Where the areas of a file lie under one system of coordinates, as a picture to look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.grids.boundaries_crs import System
from desktop.grids.boundaries_import import ImportPlan, Laid, agreement, lay
from desktop.widgets.map_scene import OUTLINE, Mark, Scene, build
from sync.records.shapes import read_shape


@dataclass(frozen=True)
class Placed:
    """Where a file lies under one system: the features, the picture, and how far it agrees with the
    boundaries there are."""

    system: System
    laid: list[Laid] = field(repr=False)
    scene: Scene = field(repr=False)
    agrees: float | None


def there(plan: ImportPlan) -> list[Mark]:
    """The boundaries there are, as bold lines to compare with."""
    return [
        Mark(f"there.{target.grid}", target.name, "", OUTLINE, read_shape(target.shape))
        for target in plan.targets.values()
        if target.shape
    ]


def lie(
    plan: ImportPlan, system: System, chosen: dict[int, str], before: list[Laid] | None
) -> Placed:
    """Where everything lies; what was laid ``before`` under the same system lies there still."""
    laid = before if before is not None else lay(plan, system)
    marks = []
    for one in laid:
        if one.problem:
            continue
        target = plan.targets.get(chosen.get(one.feature.place, ""))
        name = target.name if target else one.feature.words
        words = "" if target else "还没选网格"
        marks.append(
            Mark(
                str(one.feature.place),
                name,
                words,
                2 if target else 0,
                read_shape(one.shape),
                dashed=target is None,
            )
        )
    return Placed(system, laid, build([*marks, *there(plan)]), agreement(plan, laid, chosen))
