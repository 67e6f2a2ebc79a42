"""The composition root of the screen: everything is built once here and passed on by argument."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

import desktop
from desktop.attachments.service import Attachments
from desktop.attachments.strip import AttachmentStrip
from desktop.background import Bug, Lanes
from desktop.doctors.page import DoctorsPage
from desktop.doctors.service import Doctors
from desktop.events.page import EventsPage
from desktop.events.service import Events
from desktop.figures.page import FiguresPage
from desktop.figures.service import Figures
from desktop.grids.boundaries_service import Boundaries
from desktop.grids.map_figures import own_figures
from desktop.grids.map_panel import with_map
from desktop.grids.page import GridsPage
from desktop.grids.service import Grids
from desktop.home.desk import Desk
from desktop.home.page import HomePage
from desktop.home.reminder import Reminder
from desktop.party.page import PartyPage
from desktop.party.service import Party
from desktop.points.page import PointsPage
from desktop.points.service import PointsLedger, PointsSubjects
from desktop.renovation.page import RenovationPage
from desktop.renovation.service import Milestones, ProgressReports, Projects, Settlements
from desktop.residents.page import ResidentsPage
from desktop.residents.service import Households, Residents
from desktop.shell import theme
from desktop.shell.bug_report import BugReport, write_log
from desktop.shell.network import watch_network
from desktop.shell.preferences import Chosen, Preferences
from desktop.shell.remembered import Remembered
from desktop.shell.settings_page import SettingsPage
from desktop.shell.shell import SYNC_PAGE, Parts, Shell
from desktop.shell.timer import SyncClock
from desktop.shell.unlock import Unlock
from desktop.storage import keys
from desktop.storage.store import KEY_FILE, Store, exists
from desktop.syncing.conflicts import Conflicts
from desktop.syncing.courier import Courier
from desktop.syncing.courier_panel import CourierPanel
from desktop.syncing.page import Services, SyncPage
from desktop.syncing.receipts import Receipts
from desktop.syncing.refusals import Refusals
from desktop.syncing.service import Syncing
from desktop.team.page import TeamPage
from desktop.team.roster import Rosters
from desktop.team.service import Postings, Switches
from desktop.team.teams import Teams
from desktop.widgets.drafted_form import DraftedForm
from desktop.widgets.pages import Page
from desktop.widgets.register_page import RegisterPage

RESOURCES = Path(desktop.__file__).parent.parent / "resources"
_FIRST_SIZE = (1366, 768)
#: So many due visits are counted for the home page.
_MOST_VISITS = 1000
_ABOUT = (
    "实格 0.1 · 没有网也能用的村级台账。不打卡，不计在线时长，不给干部排名。\n"
    "许可 Apache-2.0；所用部件（Qt/PySide6、SQLCipher、Noto Sans SC 等）的许可"
    "在 resources/licenses。"
)


class Window(QMainWindow):
    """The one window: first the unlock screen, then the shell."""

    def __init__(
        self,
        folder: Path,
        *,
        make_syncing: Callable[[Store], Syncing] = Syncing,
        quiet: bool = False,
    ) -> None:
        """``quiet`` starts no timer: for screenshots and for tests."""
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("实格")
        self.folder = folder
        self.lanes = Lanes(self)
        self.remembered = Remembered(folder)
        self.store: Store | None = None
        self.shell: Shell | None = None
        self._make_syncing, self._quiet = make_syncing, quiet
        self._syncing: Syncing | None = None
        self._clock: SyncClock | None = None
        for lane in self.lanes.all():
            lane.broken.connect(self.report)
        create = None if exists(folder) else partial(_create, folder)
        self.unlock = Unlock(self.lanes.writing, partial(Store.open, folder), create)
        self.unlock.opened.connect(self.enter)
        self.setCentralWidget(self.unlock)
        self.resize(*_FIRST_SIZE)
        self.restoreGeometry(self.remembered.geometry)

    def enter(self, store: Store) -> None:
        """Build the shell on an opened store."""
        self.store = store
        self._syncing = self._make_syncing(store)
        self._clock = SyncClock(self._syncing, self.lanes.network, self)
        if not self._quiet:
            self._clock.start()
            watch_network(self, self._clock.line_is_back)
        self._build(self.remembered.scale)

    def set_scale(self, per_cent: int) -> None:
        """Draw everything larger or smaller; the pages are built anew."""
        page = self.shell.page.name if self.shell else ""
        self.remembered.scale = per_cent
        app = QApplication.instance()
        assert isinstance(app, QApplication)  # noqa: S101 (there is a window)
        # What goes anyhow need not be dressed anew: that takes seconds.
        self._put_away(now=True)
        theme.apply(app, RESOURCES, per_cent)
        self._build(per_cent)
        if self.shell and page:
            self.shell.show_page(page)

    def change_village(self, _notice: str) -> None:
        """Build the pages anew for the village that this PC belongs to now, and bring its records.

        Open forms show what is not here any more: they close, and nothing typed in them is kept.
        """
        if self.shell is None or self._syncing is None or self._clock is None:
            return
        for form in self.shell.findChildren(DraftedForm):
            form.forget()
        for page in self.shell.parts.pages:
            page.forget()
        # Behind whatever a form has just handed in to be kept.
        self.lanes.writing.run(self._syncing.forget_drafts)
        self._build(self.remembered.scale)
        self.shell.show_page(SYNC_PAGE)
        self._clock.press()

    def unlock_failed(self) -> bool:
        """Whether the password was tried and did not open."""
        return self.shell is None and bool(self.unlock.words())

    def report(self, bug: Bug) -> None:
        """Keep the log of an error of the program and say so."""
        print(bug.log, file=sys.stderr)
        BugReport(bug, write_log(self.folder, bug), self).open()

    def report_uncaught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """What Python calls for an error that nobody took care of."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        self.report(Bug(error.with_traceback(trace)))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.remembered.geometry = self.saveGeometry()
        # A line that hangs may take a while to let go; nobody has to watch.
        self.hide()
        if self.shell is not None:
            self.shell.page.leave()
        if self._clock is not None:
            self._clock.cancel()
        self.lanes.close()
        if self.store is not None:
            self.store.close()
        super().closeEvent(event)

    def _build(self, per_cent: int) -> None:
        if self.store is None or self._syncing is None or self._clock is None:
            return
        # What these pages show is written into the village that they show it of, or not at all.
        store = self.store.for_this_village()
        lanes, memory = self.lanes, self.remembered
        teams, residents, households = Teams(store), Residents(store), Households(store)
        grids = Grids(store, teams.leader_names)
        events, attachments = Events(store), Attachments(store)
        doctors = Doctors(store, teams.leader_names)
        subjects, ledger = PointsSubjects(store), PointsLedger(store)
        settlements, projects = Settlements(store), Projects(store)
        party, postings = Party(store), Postings(store)
        due_visits = partial(doctors.visits.due_visits, limit=_MOST_VISITS)
        desk = Desk(store, events, due_visits)
        change_password = partial(keys.change_password, self.folder / KEY_FILE)
        preferences = Preferences(store, change_password)
        settings = SettingsPage(preferences, lanes.writing, per_cent, _ABOUT)
        settings.scaled.connect(self.set_scale, Qt.ConnectionType.QueuedConnection)
        pages: list[Page] = [
            HomePage(desk, lanes),
            EventsPage(events, attachments, lanes, memory),
            with_map(
                GridsPage(grids, lanes, memory),
                Boundaries(store),
                own_figures(store),
                lanes,
                memory,
            ),
            TeamPage(teams, postings, Switches(store), Rosters(store), lanes, memory),
            ResidentsPage(residents, households, lanes, memory),
            PartyPage(party, lanes, memory),
            DoctorsPage(doctors, lanes, memory),
            PointsPage(subjects, ledger, lanes, memory),
            RenovationPage(
                settlements, projects, Milestones(store), ProgressReports(store), lanes, memory
            ),
            FiguresPage(Figures(store), lanes, memory),
            SyncPage(
                Services(self._syncing, Conflicts(store), Refusals(store), Receipts(store)),
                self._clock,
                lambda: preferences.read().minutes,
                lanes,
                CourierPanel(Courier(self.store), lanes, memory),
            ),
            settings,
        ]
        for page in pages:
            if isinstance(page, RegisterPage):
                page.hang(lambda: AttachmentStrip(attachments, lanes))
        found = (
            residents,
            households,
            grids,
            events,
            postings,
            party.organisations,
            party.groups,
            doctors.teams,
            doctors.members,
            settlements,
            projects,
            subjects,
        )
        registers = {register.record.kind: register for register in found}
        shell = Shell(Parts(pages, registers, self._syncing, self._clock, preferences, lanes))
        settings.chosen.connect(shell.take_preferences)
        shell.moved.connect(self.change_village)
        self._remind(shell, Reminder(desk.read, lanes.reading, shell))
        self._put_away()
        self.setCentralWidget(shell)
        self.shell = shell

    def _put_away(self, *, now: bool = False) -> None:
        """Take away what the window shows; ``now`` where none of its code is under way."""
        self.shell = None
        old: QWidget | None = self.takeCentralWidget()
        if old is not None:
            old.deleteLater()
            if now:
                QApplication.sendPostedEvents(old, QEvent.Type.DeferredDelete.value)

    def _remind(self, shell: Shell, reminder: Reminder) -> None:
        """Remind of what is due, from the moment the settings say so."""

        def switch(chosen: Chosen) -> None:
            reminder.switch(chosen.remind)
            if not self._quiet and not reminder.started:
                reminder.start()

        reminder.said.connect(shell.say)
        reminder.wanted.connect(partial(shell.show_page, "home"))
        shell.preferred.connect(switch)


def open_window(folder: Path, password: str | None = None, screenshot: Path | None = None) -> int:
    """Open the window on a data folder and run until it is closed; return the exit code.

    With a ``password`` nobody is asked. With ``screenshot`` the first page is painted with its
    data, saved there as a PNG, and the program ends: 0 when it was saved.
    """
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)  # noqa: S101 (a core application has no window)
    app.setApplicationName("实格")
    theme.load_font(RESOURCES)
    theme.apply(app, RESOURCES, Remembered(folder).scale)
    window = Window(folder, quiet=screenshot is not None)
    sys.excepthook = window.report_uncaught
    window.show()
    if password is not None:
        window.unlock.type_password(password)
        window.unlock.go()
    if screenshot is not None:
        return _picture(app, window, screenshot)
    return app.exec()


def _picture(app: QApplication, window: Window, file: Path) -> int:
    """Wait until the first page stands with its data, then save it."""
    result = {"code": 1}

    def look() -> None:
        shell = window.shell
        if window.unlock_failed():
            app.quit()
        if shell is None or shell.status is None or not window.lanes.idle():
            return
        poll.stop()
        file.parent.mkdir(parents=True, exist_ok=True)
        result["code"] = 0 if window.grab().save(str(file)) else 1
        window.close()
        app.quit()

    poll = QTimer(window)
    poll.timeout.connect(look)
    poll.start(30)
    QTimer.singleShot(60_000, window, app.quit)
    app.exec()
    return result["code"]


def _create(folder: Path, password: str, operator: str) -> Store:
    store = Store.create(folder, password)
    store.set(operator=operator)
    return store
