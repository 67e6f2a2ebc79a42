"""The party (党建) on the screen: organisations, groups, members, commitments and deeds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QPushButton

from desktop.background import Lanes, Latest, sentence_of
from desktop.party.public_sheet import PublicSheet
from desktop.party.service import Party
from desktop.party.views import (
    IMPORTED,
    commitments_view,
    deeds_view,
    groups_view,
    members_view,
    organisations_view,
)
from desktop.register.service import Row
from desktop.widgets.buttons import button
from desktop.widgets.import_panel import FILES, ImportPanel
from desktop.widgets.memory import Memory
from desktop.widgets.paper_view import PaperView
from desktop.widgets.register_page import RegisterPage
from desktop.widgets.view import Action, Note
from sync.records import PartyCommitment, PartyDeed, PartyGroup, PartyMember, PartyOrganisation

#: Kinds whose commitments are printed on one sheet.
PRINTED = (PartyOrganisation.kind, PartyGroup.kind)
#: What is said where grids have none of a kind.
_GAPS = {
    PartyOrganisation.kind: "{} 个一般网格还没有党组织",
    PartyGroup.kind: "{} 个微网格还没有党小组",
}


class PartyPage(RegisterPage):
    """Who belongs where, what was promised and what was done; one leads to the next."""

    _sheet: QPushButton | None = None
    _import: QPushButton | None = None

    def __init__(self, party: Party, lanes: Lanes, memory: Memory) -> None:
        self._party = party
        self._gaps = Latest()
        views = [
            organisations_view(
                party.organisations,
                (
                    Action("addGroup", "加小组", "party_group", self._write_group),
                    Action("addMember", "加党员", "party_member", self._write_member),
                ),
            ),
            groups_view(
                party.groups,
                (Action("addMember", "加党员", "party_member", self._write_member_of_group),),
            ),
            members_view(
                party.members,
                (
                    Action("addCommitment", "写承诺", "party_commitment", self._write_commitment),
                    Action("addDeed", "写践诺", "party_deed", self._write_deed),
                ),
            ),
            commitments_view(
                party.commitments,
                (
                    Action(
                        "addDeed",
                        "写践诺",
                        "party_deed",
                        self._write_deed_on,
                        wanted=lambda row: not row.values["withdrawn_on"],
                    ),
                ),
            ),
            deeds_view(party.deeds, (Action("correctDeed", "更正这一条", "undo", self._correct),)),
        ]
        super().__init__("party", "党建", "party", views, lanes, memory)
        self.paper = self.keep(PaperView(lanes.files))
        self.paper.left.connect(self._leave_paper)
        self.paper.said.connect(self.said)
        self._sheet = button(
            "publicSheet", "承诺公示表", self.print, icon_name="print", tip="Ctrl+P"
        )
        self.importing = self.keep(ImportPanel(IMPORTED, lanes.files))
        self.importing.left.connect(self._leave_import)
        self.importing.imported.connect(self.changed)
        self.importing.said.connect(self.said)
        self._import = button(
            "importMembers", "导入党员名册", self.choose_import, icon_name="import"
        )
        self.add_actions(self._import, self._sheet)
        self.changed.connect(self._ask_gaps)

    def refresh(self) -> None:
        super().refresh()
        self._ask_gaps()

    def show_kind(self, kind: str) -> None:
        super().show_kind(kind)
        if self._sheet is not None and self._import is not None:
            self._sheet.setVisible(kind in PRINTED)
            self._import.setVisible(kind == PartyOrganisation.kind)

    def choose_import(self) -> None:
        """Ask which sheet to import into the organisation that is chosen in the list."""
        row = self.current().table.chosen_row()
        if row is None:
            self.said.emit(Note("先在表里选一个党组织，名册里的党员就导入到它名下"))
            return
        path, _ = QFileDialog.getOpenFileName(self, "选择党员名册", "", FILES)
        if path:
            self.preview(Path(path), row)

    def preview(self, path: Path, organisation: Row) -> None:
        """Show what importing a sheet into an organisation would do; nothing is written yet."""
        self.cover(self.importing)
        register = self._party.members.register_of(organisation.id)
        self.importing.preview(path, register, into=str(organisation.values["name"]))

    def print(self) -> None:
        if self.paper.isVisibleTo(self):
            self.paper.print()
            return
        row = self.current().table.chosen_row()
        if row is None or row.kind not in PRINTED:
            self.said.emit(Note("先在“党组织”或“党小组”里选一个，再印它的承诺公示表"))
            return
        self.lanes.reading.run(
            partial(self._party.sheets.sheet, row.kind, row.id),
            done=self._show_paper,
            failed=lambda error: self.said.emit(Note(sentence_of(error) or str(error), bad=True)),
        )

    def save(self) -> None:
        if self.paper.isVisibleTo(self):
            self.paper.save()
        else:
            super().save()

    def leave(self) -> None:
        if self.importing.isVisibleTo(self):
            self.importing.leave()
        elif self.paper.isVisibleTo(self):
            self.paper.leave()
        else:
            super().leave()

    def _show_paper(self, sheet: PublicSheet) -> None:
        if not sheet.shown:
            self.said.emit(
                Note(
                    "没有可以公示的承诺：承诺要选“公开”，本人要填了亮身份日期，才会印上去", bad=True
                )
            )
            return
        self.cover(self.paper)
        self.paper.show_paper(sheet.paper)
        if sheet.left_out:
            self.said.emit(Note(f"还有 {sheet.left_out} 条没有公开或本人没有亮身份，没有印上去"))

    def _leave_paper(self) -> None:
        self.uncover()
        self.current().table.setFocus()

    def _leave_import(self) -> None:
        self.uncover()
        self.refresh()
        self.current().table.setFocus()

    def _ask_gaps(self) -> None:
        """Tell beside the counts which grids have nothing yet: a fact, for whoever looks."""
        self._gaps.ask(self.lanes.reading.run(self._party.gaps, done=self._say_gaps))

    def _say_gaps(self, found: dict[str, int]) -> None:
        for kind, words in _GAPS.items():
            missing = found.get(kind, 0)
            self.say_more(kind, words.format(f"{missing:,}") if missing else "")

    def _write_group(self, organisation: Row) -> None:
        self.new_of(PartyGroup.kind, {"organisation": organisation.id})

    def _write_member(self, organisation: Row) -> None:
        self.new_of(PartyMember.kind, {"organisation": organisation.id})

    def _write_member_of_group(self, group: Row) -> None:
        known = {"organisation": str(group.values["organisation"]), "party_group": group.id}
        self.new_of(PartyMember.kind, known)

    def _write_commitment(self, member: Row) -> None:
        self.new_of(PartyCommitment.kind, {"member": member.id})

    def _write_deed(self, member: Row) -> None:
        self.new_of(PartyDeed.kind, {"member": member.id})

    def _write_deed_on(self, commitment: Row) -> None:
        known = {"member": str(commitment.values["member"]), "commitment": commitment.id}
        self.new_of(PartyDeed.kind, known)

    def _correct(self, deed: Row) -> None:
        """A correction begins as the deed stands; the old one stays in the list and counts no
        more."""
        said = {n: str(v) for n, v in deed.values.items() if v is not None}
        self.new_of(PartyDeed.kind, {**said, "corrects": deed.id})
