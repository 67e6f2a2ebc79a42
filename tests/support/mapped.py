"""A village whose grids lie on a map: names as villages give them, people in them."""

from __future__ import annotations

from random import Random

import shapely

from desktop.grids.boundaries_service import Boundaries
from desktop.storage.store import Store
from sync.records import Grid, Household, Resident
from sync.records.shapes import write_shape
from tests.support.shapes import shape_of_ring, tiles

_PLACES = ("东门", "西街", "文脉坊", "竹林", "大同", "桥头", "石坝", "黄坝", "柏树林", "川王宫")
_NUMBERS = "一二三四五六七八九十"


def grid_name(place: int) -> str:
    """The name of the so-many-th grid."""
    number = place // len(_PLACES)
    suffix = f"{_NUMBERS[number]}组" if number < len(_NUMBERS) else f"{number + 1}组"
    return f"{_PLACES[place % len(_PLACES)]}{suffix}"


def mapped_village(
    store: Store, columns: int = 5, rows: int = 4, *, points: int = 16, missing: int = 3
) -> list[str]:
    """Fill a village with ``columns`` times ``rows`` micro grids that tile it, under two general
    ones, and ``missing`` grids without a boundary. Returns the ids of those with one, in order."""
    random = Random(7)
    rings = tiles(columns, rows, points=points)
    count = len(rings)
    with store.write() as writing:
        generals = writing.create_many(
            Grid, [{"name": f"{half}片区", "level": "general"} for half in ("东", "西")]
        )
        new = [
            {
                "name": grid_name(n),
                "parent": generals[n % columns < columns // 2],
                "level": "exclusive" if n == count // 2 else "micro",
                "planned_households": random.randint(25, 95),
                "leader": "周桂芳",
            }
            for n in range(count + missing)
        ]
        ids = writing.create_many(Grid, new)
        writing.create_many(
            Household,
            [{"head": f"户主{n}", "grid": ids[random.randrange(count)]} for n in range(count * 12)],
        )
        writing.create_many(
            Resident,
            [
                {
                    "name": f"村民{n}",
                    "grid": ids[min(int(random.triangular(0, count, count * 0.7)), count - 1)],
                    "birth_date": f"{random.randint(1935, 2020)}-06",
                }
                for n in range(count * 40)
            ],
        )
    boundaries = Boundaries(store)
    boundaries.keep(
        {grid: shape_of_ring(ring) for grid, ring in zip(ids, rings, strict=False)}, "cgcs2000"
    )
    halves: dict[str, str] = {}
    for half, general in enumerate(generals):
        mine = [r for n, r in enumerate(rings) if (n % columns < columns // 2) == bool(half)]
        whole = shapely.union_all([shapely.Polygon(ring) for ring in mine])
        whole = max(shapely.get_parts(whole), key=lambda part: part.area)
        whole = whole.simplify(1e-5)
        halves[general] = write_shape([[[(x, y) for x, y in whole.exterior.coords]]])
    boundaries.keep({g: s for g, s in halves.items() if len(s) < 25_000}, "cgcs2000")
    return ids[:count]
