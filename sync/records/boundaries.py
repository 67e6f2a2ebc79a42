"""Boundaries (边界) of grids: where on the ground a grid lies."""

from __future__ import annotations

from sync.records.base import Kept
from sync.records.fields import Choice, Reference, Words
from sync.records.shapes import Shape

#: From which kind of map coordinates were taken, in words of whoever has the file. Stored shapes
#: are always WGS 84; this tells where they came from.
SYSTEMS = (
    ("wgs84", "手机或卫星定位"),
    ("gcj02", "高德、腾讯地图"),
    ("cgcs2000", "自然资源部门的图"),
)


class GridBoundary(Kept):
    """The boundary of one grid (网格边界), drawn or imported.

    A record of its own, so that lists of grids stay light. Two PCs that draw the same grid write
    the same record, for its id follows from the grid: their shapes are in conflict like any field.
    Its size follows from the shape and is not kept.
    """

    label = "网格边界"
    title = "name"
    natural_key = "grid"
    named_after = "grid"
    bulky = True

    grid = Reference("网格", required=True, fixed=True, unique=True, to="grid")
    #: Follows the grid's, so that refusals and conflicts can name the boundary.
    name = Words("网格名称", longest=60)
    shape = Shape("边界", required=True)
    source = Choice(
        "来源",
        required=True,
        default="drawn",
        options=(("drawn", "本机画的"), ("imported", "从文件导入")),
    )
    source_crs = Choice("原来的坐标", required=True, default="wgs84", options=SYSTEMS)
