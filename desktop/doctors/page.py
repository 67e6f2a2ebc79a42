"""Family doctors (家庭医生) on the screen: teams, members, pairings, key residents and visits."""

from __future__ import annotations

from functools import partial

from desktop.background import Lanes, sentence_of
from desktop.doctors.service import Board, Doctors
from desktop.doctors.step_dialog import ASKED, StepDialog
from desktop.doctors.views import (
    key_residents_view,
    members_view,
    pairings_view,
    teams_view,
    visits_view,
)
from desktop.register.service import Row
from desktop.widgets.buttons import button
from desktop.widgets.memory import Memory
from desktop.widgets.paper_view import PaperView
from desktop.widgets.register_page import RegisterPage
from desktop.widgets.view import Note
from sync.records import DoctorPairing, DoctorTeamMember, DoctorVisit


class DoctorsPage(RegisterPage):
    """Teams and what they are paired with; from one to the next as the work goes."""

    def __init__(self, doctors: Doctors, lanes: Lanes, memory: Memory) -> None:
        self._doctors = doctors
        views = [
            teams_view(doctors.teams, self._add_member, self._pair),
            members_view(doctors.members),
            pairings_view(doctors.pairings, self._ask_step),
            key_residents_view(doctors.keys, self._write_visit),
            visits_view(doctors.visits, self._correct),
        ]
        super().__init__("doctors", "家庭医生", "doctor", views, lanes, memory)
        self.paper = self.keep(PaperView(lanes.files))
        self.paper.left.connect(self._leave_paper)
        self.paper.said.connect(self.said)
        self.add_actions(
            button("printBoard", "结对公示牌", self.print, icon_name="print", tip="Ctrl+P")
        )

    def print(self) -> None:
        if self.paper.isVisibleTo(self):
            self.paper.print()
        else:
            self.lanes.reading.run(self._doctors.board, done=self._show_paper, failed=self._fail)

    def save(self) -> None:
        if self.paper.isVisibleTo(self):
            self.paper.save()
        else:
            super().save()

    def leave(self) -> None:
        if self.paper.isVisibleTo(self):
            self.paper.leave()
        else:
            super().leave()

    def _show_paper(self, board: Board) -> None:
        waiting = f"还有 {board.waiting:,} 个结对没有双方确认，没有印上去" if board.waiting else ""
        if not board.shown:
            self.said.emit(Note(waiting or "还没有可以公示的结对：双方都确认了才印", bad=True))
            return
        self.cover(self.paper)
        self.paper.show_paper(board.paper)
        if waiting:
            self.said.emit(Note(waiting))

    def _leave_paper(self) -> None:
        self.uncover()
        self.current().table.setFocus()

    def _add_member(self, team: Row) -> None:
        self.new_of(DoctorTeamMember.kind, {"team": team.id})

    def _pair(self, team: Row) -> None:
        known = {"team": team.id, "tier": str(team.values["tier"] or "")}
        self.new_of(DoctorPairing.kind, known)

    def _write_visit(self, key: Row) -> None:
        known = {"resident": str(key.values["resident"]), "team": str(key.values["team"] or "")}
        self.new_of(DoctorVisit.kind, {**known, "visited_on": self._doctors.visits.today()})

    def _correct(self, visit: Row) -> None:
        """A correction begins as the visit stands, but for the words: those are written anew."""
        said = {n: str(v) for n, v in visit.values.items() if v is not None and n != "text"}
        self.new_of(DoctorVisit.kind, {**said, "corrects": visit.id})

    def _ask_step(self, step: str, pairing: Row) -> None:
        """Ask who makes a step; who that probably is, is looked up first."""
        pairings = self._doctors.pairings
        self.lanes.reading.run(
            lambda: (pairings.words(pairing), pairings.who_confirms(pairing, step)),
            done=partial(self._open_step, step, pairing),
            failed=self._fail,
        )

    def _open_step(self, step: str, pairing: Row, known: tuple[str, str]) -> None:
        dialog = StepDialog(step, *known, self)
        dialog.answered.connect(partial(self._make, dialog, step, pairing.id))
        dialog.open()

    def _make(self, dialog: StepDialog, step: str, pairing: str, by: str, reason: str) -> None:
        self.lanes.writing.run(
            partial(self._doctors.pairings.make, pairing, step, by, reason),
            done=lambda _: self._made(dialog, step, pairing),
            failed=lambda error: dialog.complain(sentence_of(error) or str(error)),
        )

    def _made(self, dialog: StepDialog, step: str, pairing: str) -> None:
        dialog.accept()
        self.open_record(DoctorPairing.kind, pairing)
        self.changed.emit()
        self.said.emit(Note(f"已记下：{ASKED[step].title}"))

    def _fail(self, error: Exception) -> None:
        self.said.emit(Note(sentence_of(error) or str(error), bad=True))
