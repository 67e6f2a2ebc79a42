"""One grid's seats as a board, 1 / 2 / N: who stands there, what is empty, who stood there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.team.service import today
from desktop.team.teams import Person, Team
from desktop.team.views import MODE_STATES
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.elided import Elided
from desktop.widgets.icons import icon
from desktop.widgets.words import when
from sync.records import Posting
from sync.records.teams import BOTH, EMERGENCY, LEADER, PEACETIME, Filled, Stand

#: So many postings are listed of a grid; the rest is in the list of all.
_PAST = 12
_BAND = 26
#: On an old screen drawn large there is hardly more; what is below is scrolled to.
_LEAST_BODY = 48
_MODE = Posting.fields["mode"]


class Board(QFrame):
    """Reads one grid's team; what is to be done is asked of whoever shows it."""

    #: Somebody is wanted on a seat, by the seat's id.
    fill_wanted = Signal(str)
    #: A posting is to be followed by another, ended, or mended: a ``Stand``.
    replace_wanted = Signal(object)
    end_wanted = Signal(object)
    edit_wanted = Signal(object)
    #: The leader that the grid's form names is to be posted.
    take_wanted = Signal()
    #: A mode is wanted for the grid.
    switch_wanted = Signal(str)
    roster_wanted = Signal()
    full_wanted = Signal()
    #: All postings of the grid are wanted.
    records_wanted = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("detail")
        self.team: Team | None = None
        self._phones: Mapping[str, str] = {}
        self._title, self._mode = QLabel(), Elided()
        self._title.setObjectName("panelTitle")
        self._title.setWordWrap(True)
        self._mode.setObjectName("quiet")
        self._sign = QLabel()
        self._body = QScrollArea()
        self._full = button(
            "teamPhones",
            "显示完整号码",
            self.full_wanted.emit,
            weight="quiet",
            icon_name="eye",
            tip="看一次会留一条记录",
        )
        self._roster = button(
            "teamRoster", "值班表", self.roster_wanted.emit, icon_name="print", tip="只打这个网格"
        )
        self._switch = button("teamSwitch", "", self._press_switch, icon_name="emergency")
        self._lay_out()

    def show_team(self, team: Team) -> None:
        """Show a grid's team; telephones masked again."""
        far = self._body.verticalScrollBar().value()
        same = self.team is not None and self.team.grid == team.grid
        focus = QApplication.focusWidget()
        at_work = same and focus is not None and self.isAncestorOf(focus)
        self.team, self._phones = team, {}
        self._draw()
        self._body.verticalScrollBar().setValue(far if same else 0)
        if at_work:
            # What was pressed is not there any more.
            self.take_focus()

    def show_phones(self, phones: Mapping[str, str]) -> None:
        """Show telephones in full, by posting."""
        self._phones = phones
        self._draw()

    def take_focus(self) -> None:
        """Stand on the first thing one may do with a seat."""
        for name in ("fillSeat", "replacePosting", "takeLeader", "teamSwitch"):
            for found in self.findChildren(QWidget):
                if found.objectName().startswith(name) and found.isVisibleTo(self):
                    found.setFocus(Qt.FocusReason.TabFocusReason)
                    return

    def words(self) -> list[str]:
        """All that can be read on the board."""
        return [
            label.text()
            for label in self.findChildren(QLabel)
            if label.isVisibleTo(self) and label.text()
        ]

    def _press_switch(self) -> None:
        if self.team is not None:
            peace = self.team.manned.standing.mode == PEACETIME
            self.switch_wanted.emit(EMERGENCY if peace else PEACETIME)

    def _draw(self) -> None:
        team = self.team
        if team is None:
            return
        standing, now = team.manned.standing, team.day == today()
        state = MODE_STATES[standing.mode]
        size = tokens.px(16)
        self._title.setText(team.name)
        self._sign.setPixmap(icon(state.icon, state.colour).pixmap(QSize(size, size)))
        self._mode.setText(_mode_words(team))
        inner, seats = QWidget(), QVBoxLayout()
        seats.setContentsMargins(0, 0, tokens.px(tokens.S2), 0)
        seats.setSpacing(tokens.px(tokens.S1))
        if team.written is not None and now:
            seats.addWidget(self._written(team))
        for band, found in _bands(team.manned.seats):
            seats.addWidget(self._band(band, found, now=now))
        if team.notes:
            seats.addWidget(_notes(team.notes))
        seats.addWidget(self._history(team))
        seats.addStretch()
        inner.setLayout(seats)
        # A new one each time has its size at once; the old one may be about to answer a press.
        if (old := self._body.takeWidget()) is not None:
            old.hide()
            old.deleteLater()
        self._body.setWidget(inner)
        self._full.setVisible(bool(team.manned.people) and not self._phones)
        self._switch.setText("转入战时" if standing.mode == PEACETIME else "转回平时")
        self._switch.setVisible(now)

    def _band(self, band: str, seats: Sequence[Filled], *, now: bool) -> QWidget:
        made, sign = QWidget(), QLabel(band)
        made.setObjectName("teamBand")
        sign.setObjectName("bandSign")
        sign.setFixedWidth(tokens.px(_BAND))
        sign.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout()
        column.setSpacing(tokens.px(tokens.S2))
        for filled in seats:
            column.addLayout(self._seat(filled, now=now))
        row = QHBoxLayout(made)
        row.setContentsMargins(0, tokens.px(tokens.S2), 0, tokens.px(tokens.S2))
        row.setSpacing(tokens.px(tokens.S2))
        row.addWidget(sign)
        row.addLayout(column, 1)
        return made

    def _seat(self, filled: Filled, *, now: bool) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(tokens.px(2))
        head = QHBoxLayout()
        name = QLabel(_seat_words(filled))
        name.setObjectName("detailLabel")
        head.addWidget(name, 1)
        if now and filled.seat.needs is None:
            head.addWidget(self._fill(filled, "加人"))
        column.addLayout(head)
        for stand in filled.stands:
            column.addWidget(self._person(stand, now=now))
        for _ in range(filled.missing):
            column.addLayout(self._vacancy(filled, now=now))
        return column

    def _person(self, stand: Stand, *, now: bool) -> QWidget:
        made = QWidget()
        made.setObjectName("teamPerson")
        person = self.team.people.get(stand.id) if self.team else None
        phone = self._phones.get(stand.id) or (person.phone if person else "")
        name, number = QLabel(stand.name), QLabel(phone or "没有电话")
        name.setObjectName("detailValue")
        name.setToolTip(period(stand))
        number.setObjectName("detailValue" if phone else "detailNothing")
        number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout()
        row.setSpacing(tokens.px(tokens.S2))
        row.addWidget(name)
        row.addWidget(number, 1)
        if now:
            row.addLayout(self._deeds(stand))
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        if words := _beside(stand, person):
            more = QLabel(words)
            more.setObjectName("quiet")
            column.addWidget(more)
        return made

    def _deeds(self, stand: Stand) -> QHBoxLayout:
        """What one may do with somebody on a seat."""
        row = QHBoxLayout()
        row.setSpacing(0)
        for which, words, signal, tip in (
            ("edit", "改", self.edit_wanted, "改这一条上岗记录"),
            ("replace", "换人", self.replace_wanted, "一位离岗，一位到岗，一步写完"),
            ("end", "离岗", self.end_wanted, "从今天起不在这个岗上"),
        ):
            made = button(
                f"{which}Posting_{stand.id}",
                words,
                partial(signal.emit, stand),
                weight="quiet",
                tip=tip,
            )
            made.setAccessibleName(f"{stand.name}：{words}")
            row.addWidget(made)
        return row

    def _vacancy(self, filled: Filled, *, now: bool) -> QHBoxLayout:
        row, sign, words = QHBoxLayout(), QLabel(), QLabel("空缺")
        size = tokens.px(16)
        sign.setPixmap(icon("unchosen", tokens.WAIT).pixmap(QSize(size, size)))
        words.setObjectName("vacancyWords")
        row.setSpacing(tokens.px(tokens.S1))
        row.addWidget(sign)
        row.addWidget(words, 1)
        if now:
            row.addWidget(self._fill(filled, "安排人"))
        return row

    def _fill(self, filled: Filled, words: str) -> QWidget:
        return button(
            f"fillSeat_{filled.seat.id.partition('.')[2]}",
            words,
            partial(self.fill_wanted.emit, filled.seat.id),
            icon_name="add",
            tip=f"安排{filled.seat.name}",
        )

    def _written(self, team: Team) -> QWidget:
        """Offers to take over the leader that stands only in the grid's own form."""
        made = QFrame()
        made.setObjectName("draftBanner")
        named = team.written
        words = QLabel(f"网格表里写着：{named.name} {named.phone}".strip() if named else "")
        words.setWordWrap(True)
        row = QHBoxLayout(made)
        row.setContentsMargins(*(tokens.px(n) for n in (12, 4, 4, 4)))
        row.addWidget(words, 1)
        row.addWidget(
            button("takeLeader", "记到岗位上", self.take_wanted.emit, tip="只写一次，以后在这里改")
        )
        return made

    def _history(self, team: Team) -> QWidget:
        made = QWidget()
        made.setObjectName("teamHistory")
        column = QVBoxLayout(made)
        column.setContentsMargins(0, tokens.px(tokens.S3), 0, 0)
        column.setSpacing(tokens.px(tokens.S1))
        heading = QLabel("谁在什么时候在岗")
        heading.setObjectName("bandSign")
        column.addWidget(heading)
        names = {seat.id: seat.name for seat in team.seats}
        newest = sorted(team.past, key=lambda stand: stand.started_on, reverse=True)
        for stand in newest[:_PAST]:
            line = QLabel(f"{names.get(stand.seat, '')} {stand.name}　{period(stand)}")
            line.setObjectName("detailValue" if not stand.ended_on else "quiet")
            line.setWordWrap(True)
            column.addWidget(line)
        if not newest:
            nothing = QLabel("还没有人上过岗")
            nothing.setObjectName("quiet")
            column.addWidget(nothing)
        else:
            column.addWidget(
                button(
                    "teamRecords",
                    f"全部上岗记录（{len(newest)}条）",
                    self.records_wanted.emit,
                    weight="quiet",
                    icon_name="history",
                ),
                0,
                Qt.AlignmentFlag.AlignLeft,
            )
        return made

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        close = button("closeTeam", "", self.closed.emit, weight="quiet", icon_name="close")
        close.setToolTip("收起 Esc")
        top.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        second = QHBoxLayout()
        second.setSpacing(tokens.px(tokens.S1))
        second.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        second.addWidget(self._mode, 1)
        self._body.setWidgetResizable(True)
        self._body.setMinimumHeight(tokens.px(_LEAST_BODY))
        self._body.setFrameShape(QFrame.Shape.NoFrame)
        self._body.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._body.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        foot = QHBoxLayout()
        foot.setSpacing(tokens.px(tokens.S1))
        foot.addWidget(self._full)
        foot.addStretch()
        foot.addWidget(self._roster)
        foot.addWidget(self._switch)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S4)
        column.setContentsMargins(margin, tokens.px(tokens.S3), margin, tokens.px(tokens.S3))
        column.setSpacing(tokens.px(tokens.S1))
        column.addLayout(top)
        column.addLayout(second)
        column.addWidget(self._body, 1)
        column.addLayout(foot)


def period(stand: Stand) -> str:
    """From when to when somebody stood there."""
    start = stand.started_on or "没写到岗日期"
    words = f"{start} 至 {stand.ended_on}" if stand.ended_on else f"{start} 起"
    return words if stand.mode == BOTH else f"{words}（{_MODE.show(stand.mode)}）"


def _bands(seats: Sequence[Filled]) -> list[tuple[str, list[Filled]]]:
    """The seats as 1 + 2 + N: who leads, the others with a number, those with any number."""
    lead = [filled for filled in seats if filled.seat.id == LEADER]
    counted = [f for f in seats if f.seat.id != LEADER and f.seat.needs is not None]
    many = [f for f in seats if f.seat.id != LEADER and f.seat.needs is None]
    number = sum(filled.seat.needs or 0 for filled in counted)
    bands = [("1", lead), (str(number), counted), ("N", many)]
    return [(band, found) for band, found in bands if found]


def _mode_words(team: Team) -> str:
    standing = team.manned.standing
    word = MODE_STATES[standing.mode].word
    day = "" if team.day == today() else f"{team.day} · "
    if standing.since is None:
        return f"{day}{word}"
    switch = standing.since
    by = f"，{switch.by}" if switch.by else ""
    return f"{day}{word} · {when(switch.at)} 起{by}：{switch.reason}"


def _seat_words(filled: Filled) -> str:
    if filled.seat.needs is None:
        return (
            f"{filled.seat.name}（{len(filled.stands)}人）" if filled.stands else filled.seat.name
        )
    return f"{filled.seat.name}（名额{filled.seat.needs}人）" if filled.spare else filled.seat.name


def _beside(stand: Stand, person: Person | None) -> str:
    """What is out of the ordinary with a posting."""
    words = [] if stand.mode == BOTH else [f"只在{_MODE.show(stand.mode)}"]
    if person is not None and person.state in ("conflict", "refused"):
        words.append("有冲突" if person.state == "conflict" else "被县里退回")
    return " · ".join(words)


def _notes(notes: Sequence[str]) -> QWidget:
    """What there is to look at, in plain words."""
    made = QLabel("\n".join(notes))
    made.setObjectName("teamNotes")
    made.setWordWrap(True)
    return made
