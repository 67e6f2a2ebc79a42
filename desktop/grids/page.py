"""The grids (网格) of the village on the screen."""

from __future__ import annotations

from collections.abc import Mapping

from desktop.background import Lanes
from desktop.grids.service import Grids
from desktop.widgets.memory import Memory
from desktop.widgets.register_page import RegisterPage
from desktop.widgets.view import Derived, EmptyWords, View


class GridsPage(RegisterPage):
    """Lists and writes grids, each with the number of its residents."""

    def __init__(self, grids: Grids, lanes: Lanes, memory: Memory) -> None:
        super().__init__("grids", "网格", "grid", [_view(grids)], lanes, memory)
        self.add_actions()


def _view(grids: Grids) -> View:
    def people(ids: list[str]) -> Mapping[str, str]:
        counted = grids.people()
        return {i: str(counted.get(i, 0)) for i in ids}

    return View(
        register=grids,
        icon="grid",
        new_word="新增网格",
        counted="个网格",
        columns=("name", "level", "parent", "leader", "leader_phone", "planned_households"),
        derived=(Derived("people", "已登记人数", people),),
        form=(
            "name",
            "level",
            "parent",
            "code",
            "scene",
            "terrain",
            "planned_households",
            "leader",
            "leader_phone",
            "note",
        ),
        filters=("level", "parent", "scene", "terrain"),
        empty=EmptyWords(
            "grid",
            "还没有网格",
            "先把本村的一般网格写上，再写它下面的微网格。居民、积分和居住区都按网格归拢。",
        ),
    )
