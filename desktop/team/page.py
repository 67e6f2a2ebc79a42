"""The teams (队伍) on the screen: who stands where, in peacetime and in emergency."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QPushButton

from desktop.background import Lanes, Latest, sentence_of
from desktop.register.service import Row
from desktop.reports.paper import Paper
from desktop.team.panel import TeamsPanel
from desktop.team.roster import Rosters
from desktop.team.service import Alert, Postings, Switches
from desktop.team.strip import EmergencyStrip
from desktop.team.switching import SwitchDialog
from desktop.team.teams import Teams
from desktop.team.views import is_held, postings_view, switches_view, teams_view
from desktop.widgets.buttons import button
from desktop.widgets.memory import Memory
from desktop.widgets.paper_view import PaperView
from desktop.widgets.register_page import RegisterPage
from desktop.widgets.view import Action, Note
from sync.records import Posting, ReadinessSwitch
from sync.records.teams import EMERGENCY, PEACETIME, Stand

TEAMS = "teams"


class TeamPage(RegisterPage):
    """Grids with their seats, all postings, all switches, and the duty roster."""

    emergency: QPushButton | None = None

    def __init__(
        self,
        teams: Teams,
        postings: Postings,
        switches: Switches,
        rosters: Rosters,
        lanes: Lanes,
        memory: Memory,
    ) -> None:
        self._switches, self._rosters = switches, rosters
        self._told, self._laid_out = Latest(), Latest()
        self.dialog: SwitchDialog | None = None
        hand_over = Action("handOverSeat", "换人", "readiness_switch", self._replace, is_held)
        leave = Action("leaveSeat", "离岗", "leave", self._end, is_held)
        posted = postings_view(postings, hand_over, leave)
        super().__init__("team", "队伍", "team", [posted, switches_view(switches)], lanes, memory)
        self.strip = EmergencyStrip()
        self.add_under_head(self.strip)
        self.teams = TeamsPanel(teams_view(teams), posted, teams, lanes, memory)
        self.add_panel(TEAMS, "各网格", self.teams, first=True)
        self.paper = self.keep(PaperView(lanes.files))
        roster = button("roster", "值班表", self.print, icon_name="print", tip="Ctrl+P")
        emergency = button("toEmergency", "转入战时", self._to_emergency, icon_name="emergency")
        self.emergency = emergency
        self.add_actions(roster, emergency)
        for crowded in (self.teams.crowded, *(r.crowded for r in self.registers.values())):
            crowded.connect(self.strip.make_room)
        self.strip.back_wanted.connect(partial(self.ask_to_switch, PEACETIME))
        self.teams.switch_wanted.connect(self.ask_to_switch)
        self.teams.roster_wanted.connect(self.show_roster)
        self.teams.records_wanted.connect(self._show_records)
        self.paper.left.connect(self.uncover)
        self.paper.said.connect(self.said)

    def refresh(self) -> None:
        super().refresh()
        self._told.ask(self.lanes.reading.run(self._switches.alerts, done=self._tell))

    def show_kind(self, kind: str) -> None:
        super().show_kind(kind)
        self._offer_emergency(kind != ReadinessSwitch.kind)

    def show_panel(self, name: str) -> None:
        super().show_panel(name)
        self._offer_emergency(True)

    def new(self) -> None:
        if self.panel() is None and self.current().view.kind == ReadinessSwitch.kind:
            self._to_emergency()
        else:
            super().new()

    def print(self) -> None:
        if self._on_paper():
            self.paper.print()
        else:
            self.show_roster(self.teams.shown_day(), "")

    def save(self) -> None:
        if self._on_paper():
            self.paper.save()
        else:
            super().save()

    def leave(self) -> None:
        if self._on_paper():
            self.paper.leave()
        else:
            super().leave()

    def show_roster(self, day: str, grid: str) -> None:
        """Show how the roster of a grid, or of all, comes out on paper."""
        work = partial(self._rosters.paper, day, [grid] if grid else None)
        self._laid_out.ask(
            self.lanes.writing.run(work, done=self._show_paper, failed=self._say_fault)
        )

    def ask_to_switch(self, mode: str, grid: str = "", name: str = "") -> None:
        """Ask what is to be switched, and why."""
        self.dialog = SwitchDialog(mode, grid, name, self)
        self.dialog.chosen.connect(self._switch)
        self.dialog.finished.connect(self._forget_dialog)
        self.dialog.open()

    def _forget_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def _to_emergency(self) -> None:
        team = self.teams.board.team if self.panel() is self.teams else None
        shown = team is not None and self.teams.board.isVisible()
        if team is not None and shown and team.manned.standing.mode == PEACETIME:
            self.ask_to_switch(EMERGENCY, team.grid, team.name)
        else:
            self.ask_to_switch(EMERGENCY)

    def _offer_emergency(self, offered: bool) -> None:
        """Among the switches the page's first action is the same already."""
        if self.emergency is not None:
            self.emergency.setVisible(offered)

    def _switch(self, mode: str, reason: str, grid: str) -> None:
        self.lanes.writing.run(
            partial(self._switches.switch, mode, reason, grid),
            done=partial(self._switched, mode),
            failed=self._not_switched,
        )

    def _switched(self, mode: str, _switch: str) -> None:
        if self.dialog is not None:
            self.dialog.accept()
        self.changed.emit()
        word = "已转入战时" if mode == EMERGENCY else "已转回平时"
        self.said.emit(Note(f"{word}，已保存在本机，同步后村里各台电脑都看得到"))
        self.refresh()

    def _not_switched(self, error: Exception) -> None:
        if self.dialog is not None:
            self.dialog.say_fault(sentence_of(error) or str(error))
        else:
            self._say_fault(error)

    def _tell(self, alerts: list[Alert]) -> None:
        self.strip.show_alerts(alerts)

    def _replace(self, row: Row) -> None:
        self._to_teams()
        self.teams.replace(_stand(row))

    def _end(self, row: Row) -> None:
        self._to_teams()
        self.teams.open_grid(str(row.values["grid"]))
        self.teams.end(_stand(row))

    def _to_teams(self) -> None:
        self.show_panel(TEAMS)

    def _show_records(self, grid: str, name: str) -> None:
        self.show_kind(Posting.kind)
        self.registers[Posting.kind].filters.hold("grid", grid, name)
        self.registers[Posting.kind].refresh()

    def _show_paper(self, paper: Paper) -> None:
        self.cover(self.paper)
        self.paper.show_paper(paper)

    def _on_paper(self) -> bool:
        return self.paper.isVisibleTo(self)

    def _say_fault(self, error: Exception) -> None:
        self.said.emit(Note(sentence_of(error) or str(error), bad=True))


def _stand(row: Row) -> Stand:
    values = {name: str(value or "") for name, value in row.values.items()}
    return Stand(row.id, values["grid"], values["seat"], values["name"], values["mode"])
