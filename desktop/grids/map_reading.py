"""What a map of grids shows, read and made ready off the window's thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from desktop.grids.boundaries_service import Boundaries, Ground, Printed
from desktop.grids.map_figures import Figure, Steps, steps_of, with_members
from desktop.widgets.map_drawing import Legend
from desktop.widgets.map_scene import OUTLINE, Mark, Scene, build
from sync.records.grids import EXCLUSIVE, GENERAL

#: Which grids are coloured: micro and exclusive ones, or general ones.
MICRO_LAYER, GENERAL_LAYER = "micro", "general"


@dataclass(frozen=True)
class Seen:
    """The grids, what the chosen figure says of them, and the scene that shows it."""

    grounds: list[Ground] = field(default_factory=list, repr=False)
    values: Mapping[str, int] = field(default_factory=dict, repr=False)
    legend: Legend = field(default_factory=Legend)
    layer: str = MICRO_LAYER
    scene: Scene = field(default_factory=Scene, repr=False)
    printed: Printed = field(default_factory=Printed)

    @property
    def placed(self) -> list[Ground]:
        """The grids with a boundary."""
        return [ground for ground in self.grounds if ground.placed]

    @property
    def missing(self) -> list[Ground]:
        """The grids without a boundary."""
        return [ground for ground in self.grounds if not ground.placed]

    @property
    def layers(self) -> list[str]:
        """What there is to choose between."""
        general = {ground.level == GENERAL for ground in self.placed}
        return [
            name for name, held in ((MICRO_LAYER, False), (GENERAL_LAYER, True)) if held in general
        ]

    def ground(self, grid: str) -> Ground | None:
        """A grid by its id."""
        return next((ground for ground in self.grounds if ground.grid == grid), None)


def read(boundaries: Boundaries, figure: Figure, layer: str) -> Seen:
    """Read everything; a ``layer`` that is not there gives way to the one that is."""
    grounds = boundaries.grounds()
    values = figure.load()
    if figure.adds_up:
        values = with_members(values, {ground.grid: ground.parent for ground in grounds})
    known = Seen(grounds)
    shown = layer if layer in known.layers or not known.layers else known.layers[0]
    coloured = [
        ground for ground in known.placed if (ground.level == GENERAL) == (shown == GENERAL_LAYER)
    ]
    steps = steps_of(values.get(ground.grid, 0) for ground in coloured)
    marks = [_mark(ground, figure, steps, values) for ground in coloured]
    if shown == MICRO_LAYER:
        marks += [_outline(ground) for ground in known.placed if ground.level == GENERAL]
    legend = Legend(f"{figure.label}（{figure.unit}）", steps.words())
    return Seen(grounds, values, legend, shown, build(marks), boundaries.printed())


def outlines(grounds: Sequence[Ground]) -> list[Mark]:
    """Grids as white areas with their names, for what is drawn or imported over them."""
    return [
        Mark(ground.grid, ground.name, "", 0, ground.polygons, ground.label)
        for ground in grounds
        if ground.placed
    ]


def _mark(ground: Ground, figure: Figure, steps: Steps, values: Mapping[str, int]) -> Mark:
    value = values.get(ground.grid, 0)
    words = f"{value:,} {figure.unit}"
    return Mark(
        ground.grid,
        ground.name,
        words,
        steps.of(value),
        ground.polygons,
        ground.label,
        dashed=ground.level == EXCLUSIVE,
        brief=f"{value:,}",
    )


def _outline(ground: Ground) -> Mark:
    return Mark(ground.grid, ground.name, "", OUTLINE, ground.polygons, ground.label)
