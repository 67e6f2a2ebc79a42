"""The points ledger (积分) on the screen: who earns, and each entry."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QPushButton

from desktop.background import Lanes, sentence_of
from desktop.points.service import PointsLedger, PointsSubjects, Way
from desktop.register.service import Row
from desktop.widgets.memory import Memory
from desktop.widgets.register_page import RegisterPage
from desktop.widgets.view import Action, Derived, EmptyWords, Note, View


class PointsPage(RegisterPage):
    """Subjects with their balance, and the entries that make it up."""

    def __init__(
        self, subjects: PointsSubjects, ledger: PointsLedger, lanes: Lanes, memory: Memory
    ) -> None:
        self._ledger = ledger
        views = [self._subjects(subjects, ledger), self._entries(ledger)]
        super().__init__("points", "积分", "points", views, lanes, memory)
        self.add_actions()

    def _subjects(self, subjects: PointsSubjects, ledger: PointsLedger) -> View:
        rights = ledger.rights

        def balances(ids: list[str]) -> dict[str, str]:
            return {i: str(points) for i, points in ledger.balances(ids).items()}

        return View(
            register=subjects,
            icon="points",
            new_word="新增积分对象",
            counted="个积分对象",
            columns=("name", "subject_type", "grid"),
            derived=(Derived("balance", "现有积分", balances),),
            form=("name", "subject_type", "resident", "grid", "note"),
            filters=("subject_type", "grid"),
            actions=(
                Action("addEntry", "记一笔", "add", self._write_entry),
                Action("handOver", "移交", "arrows", self._ask_how_to_hand_over),
            ),
            facts=lambda row: rights.facts(row.id),
            empty=EmptyWords(
                "points",
                "还没有积分对象",
                "党组织、党员、社区工作者和居民都可以积分。先把谁积分写上，再给他记一笔。",
            ),
        )

    def _entries(self, ledger: PointsLedger) -> View:
        return View(
            register=ledger,
            icon="points",
            new_word="记一笔",
            counted="笔",
            columns=("reason", "subject", "entry_type", "points", "occurred_on", "witness"),
            form=(
                "subject",
                "entry_type",
                "points",
                "occurred_on",
                "reason",
                "witness",
                "evidence",
            ),
            filters=("entry_type", "subject"),
            actions=(
                Action(
                    "reverse",
                    "冲正这一笔",
                    "undo",
                    self._reverse,
                    wanted=lambda row: row.values["entry_type"] != "reversal",
                ),
            ),
            advice=ledger.rights.advice,
            sort="made_at",
            descending=True,
            empty=EmptyWords(
                "points",
                "还没有积分记录",
                "每记一笔都写清事由和依据。记下以后不能改也不能删，记错了就“冲正”，账上看得见。",
            ),
        )

    def _write_entry(self, subject: Row) -> None:
        self.new_of("points_entry", {"subject": subject.id})

    def _ask_how_to_hand_over(self, subject: Row) -> None:
        """Show what may be done with the subject's points on this PC and elsewhere."""
        self.lanes.reading.run(
            partial(self._ledger.rights.ways, subject.id), done=partial(self._offer, subject)
        )

    def _offer(self, subject: Row, ways: list[Way]) -> None:
        if not ways:
            self.said.emit(Note("现在没有可以移交的积分：都在本机，或者还没有积分"))
            return
        under = self.findChild(QPushButton, "handOver")
        menu = QMenu(self)
        menu.setObjectName("handOverWays")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for way in ways:
            menu.addAction(way.words, partial(self._carry_out, subject, way))
        menu.setActiveAction(menu.actions()[0])
        # The menu opens upwards: its button stands at the foot of the panel.
        corner = under.mapToGlobal(under.rect().topLeft()) if under else self.cursor().pos()
        menu.popup(QPoint(corner.x(), corner.y() - menu.sizeHint().height()))

    def _carry_out(self, subject: Row, way: Way) -> None:
        self.lanes.writing.run(
            partial(self._ledger.rights.go, subject.id, way),
            done=partial(self._carried_out, subject),
            failed=lambda error: self.said.emit(Note(sentence_of(error) or str(error), bad=True)),
        )

    def _carried_out(self, subject: Row, words: str) -> None:
        self.open_record("points_subject", subject.id)
        self.changed.emit()
        self.said.emit(Note(words))

    def _reverse(self, entry: Row) -> None:
        reason = f"冲正：{entry.values['reason'] or '记错'}"
        self.lanes.writing.run(
            partial(self._ledger.reverse, entry.id, reason),
            done=self._reversed,
            failed=lambda error: self.said.emit(Note(sentence_of(error) or str(error), bad=True)),
        )

    def _reversed(self, entry_id: str) -> None:
        self.open_record("points_entry", entry_id)
        self.changed.emit()
        self.said.emit(Note("已冲正：两笔都留在账上，积分已改回"))
