"""The grids (网格) of the village on the screen: the tree, the list, and what was done to them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QPushButton

from desktop.background import Lanes, sentence_of
from desktop.grids.divide_panel import DividePanel
from desktop.grids.move_panel import CLOSE, MERGE, REST, MovePanel
from desktop.grids.service import Done, GridChangeList, Grids
from desktop.grids.tree_view import GridTreePanel
from desktop.register.service import Row
from desktop.widgets.memory import Memory
from desktop.widgets.register_page import RegisterPage
from desktop.widgets.view import Action, Derived, EmptyWords, Note, View, once_a_page
from sync.records.grids import CLOSED

TREE = "tree"


class GridsPage(RegisterPage):
    """Shows grids as a tree and as a list; divides, merges and closes them."""

    def __init__(self, grids: Grids, lanes: Lanes, memory: Memory) -> None:
        self._grids = grids
        view = self._view(grids)
        views = [view, _changes(GridChangeList(grids.store))]
        super().__init__("grids", "网格", "grid", views, lanes, memory)
        self.tree = GridTreePanel(view, grids, lanes, memory)
        self.dividing = self.keep(DividePanel(grids, lanes))
        self.moving = self.keep(MovePanel(grids, lanes))
        self.add_panel(TREE, "网格树", self.tree, first=True)
        self.name_tab(view.kind, "名单")
        self.name_tab("grid_change", "变更记录")
        self.add_actions()
        self.dividing.left.connect(self._stop)
        self.dividing.divided.connect(self._divided)
        self.moving.left.connect(self._stop)
        self.moving.moved.connect(self._moved)

    def save(self) -> None:
        if (doing := self._doing()) is not None:
            doing.do()
        else:
            super().save()

    def leave(self) -> None:
        if (doing := self._doing()) is not None:
            doing.foot.leave()
        else:
            super().leave()

    def new(self) -> None:
        if self._doing() is None:
            super().new()

    def open_record(self, kind: str, record_id: str) -> None:
        if kind == self._grids.record.kind and record_id:
            self._show_tree()
            self.tree.open_grid(record_id)
        else:
            super().open_record(kind, record_id)

    def edit_record(self, kind: str, record_id: str) -> None:
        if kind == self._grids.record.kind:
            self._show_tree()
            self.tree.register.edit_record(record_id)
        else:
            super().edit_record(kind, record_id)

    def new_of(self, kind: str, prefilled: Mapping[str, str]) -> None:
        if kind == self._grids.record.kind:
            self._show_tree()
            self.tree.register.new(prefilled)
        else:
            super().new_of(kind, prefilled)

    def _view(self, grids: Grids) -> View:
        counted = once_a_page(grids.counted_of)

        def counts(of_households: bool, ids: list[str]) -> Mapping[str, str]:
            found = counted(ids).households if of_households else counted(ids).people
            return {i: str(found[i]) for i in ids}

        def is_open(row: Row) -> bool:
            return row.values["state"] != CLOSED

        return View(
            register=grids,
            icon="grid",
            new_word="新增网格",
            counted="个网格",
            columns=("name", "level", "parent", "state", "code"),
            derived=(
                Derived("led_by", "网格长", grids.leaders, number=False),
                Derived("households", "登记户数", partial(counts, True)),
                Derived("people", "登记人数", partial(counts, False)),
            ),
            form=(
                "name",
                "level",
                "parent",
                "code",
                "scene",
                "terrain",
                "planned_households",
                "opened_on",
                "leader",
                "leader_phone",
                "note",
            ),
            filters=("level", "scene", "terrain", "state"),
            actions=(
                Action("changeGrid", "划分、合并……", "project", self._offer, wanted=is_open),
                Action(
                    "changeGrid",
                    "移走、启用……",
                    "project",
                    self._offer,
                    wanted=lambda row: not is_open(row),
                ),
            ),
            facts=self._facts_of,
            empty=EmptyWords(
                "grid",
                "还没有网格",
                "先把本村的一般网格写上，再写它下面的微网格。居民、积分和居住区都按网格归拢。",
            ),
        )

    def _facts_of(self, row: Row) -> list[tuple[str, str]]:
        """That it is closed and what is left in it; its code to come; what was done to it."""
        facts = []
        if row.values["state"] == CLOSED:
            facts.append(("已关闭", str(row.values["closed_on"] or "")))
            left = self._grids.changes.left_in(row.id)
            told = "、".join(f"{label} {count:,}" for label, count in left.items())
            facts.append(("还连着它", f"{told}。在下面“移走剩下的”" if told else "没有了"))
        return [*facts, *self._grids.descent(row.id)]

    def _offer(self, row: Row) -> None:
        """Show what may be done with a grid."""
        menu = QMenu(self)
        menu.setObjectName("gridChanges")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if row.values["state"] == CLOSED:
            menu.addAction("移走剩下的", partial(self._move, REST, row))
            menu.addAction("重新启用", partial(self._reopen, row))
        else:
            menu.addAction("划分成几个", partial(self._divide, row))
            menu.addAction("和别的网格合并", partial(self._move, MERGE, row))
            menu.addAction("关闭", partial(self._move, CLOSE, row))
        menu.setActiveAction(menu.actions()[0])
        # The menu opens upwards: its button stands at the foot of the panel.
        pressed = [b for b in self.findChildren(QPushButton, "changeGrid") if b.isVisible()]
        corner = pressed[0].mapToGlobal(QPoint(0, 0)) if pressed else self.cursor().pos()
        menu.popup(QPoint(corner.x(), corner.y() - menu.sizeHint().height()))

    def _divide(self, row: Row) -> None:
        self.cover(self.dividing)
        self.dividing.start(row)

    def _move(self, mode: str, row: Row) -> None:
        self.cover(self.moving)
        self.moving.start(row, mode)

    def _reopen(self, row: Row) -> None:
        self.lanes.writing.run(
            partial(self._grids.changes.reopen, row.id),
            done=lambda _done: self._moved(row.id, f"“{row.values['name']}”已重新启用"),
            failed=lambda error: self.said.emit(Note(sentence_of(error) or str(error), bad=True)),
        )

    def _divided(self, grid: str, done: Done) -> None:
        counted = f"{done.households} 户 {done.residents} 人"
        self._moved(done.grids[0] if done.grids else grid, f"已划分，{counted}归到新网格")

    def _moved(self, grid: str, words: str) -> None:
        self.uncover()
        self.open_record(self._grids.record.kind, grid)
        self.changed.emit()
        self.said.emit(Note(words))

    def _doing(self) -> DividePanel | MovePanel | None:
        if self.dividing.isVisibleTo(self):
            return self.dividing
        return self.moving if self.moving.isVisibleTo(self) else None

    def _stop(self) -> None:
        self.uncover()
        self.refresh()
        self.take_focus()

    def _show_tree(self) -> None:
        self.uncover()
        self.show_panel(TREE)


def _changes(changes: GridChangeList) -> View:
    return View(
        register=changes,
        icon="history",
        new_word="",
        counted="次变更",
        columns=("summary", "change_type", "changed_on", "reason"),
        form=(
            "summary",
            "change_type",
            "grid",
            "changed_on",
            "households",
            "residents",
            "reason",
            "basis",
        ),
        filters=("change_type",),
        sort="made_at",
        descending=True,
        empty=EmptyWords(
            "history",
            "还没有变更",
            "在网格树里选一个网格，点“划分”“合并”或“关闭”，做过什么都记在这里，改不了也删不了。",
        ),
    )
