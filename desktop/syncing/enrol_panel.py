"""Taking this PC into the county: the server's address and a one-time code."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit

from desktop.background import Lane, Task, sentence_of
from desktop.syncing.service import Syncing
from desktop.syncing.support_foot import SupportFoot
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from sync.client.faults import LineFault, what_happened


class EnrolPanel(QFrame):
    """Asked once in the life of a PC."""

    #: The village's name.
    enrolled = Signal(str)

    def __init__(self, syncing: Syncing, lane: Lane) -> None:
        super().__init__()
        self.setObjectName("card")
        self._syncing, self._lane = syncing, lane
        self._server, self._code = QLineEdit(), QLineEdit()
        self._server.setObjectName("enrolServer")
        self._server.setPlaceholderText("县里给的网址，如 https://…")
        self._code.setObjectName("enrolCode")
        self._code.setPlaceholderText("县里给的一次性登记码")
        self._wrong = QLabel()
        self._wrong.setObjectName("wrongWords")
        self._wrong.setWordWrap(True)
        self.foot = SupportFoot(syncing, lane)
        self.foot.hide()
        self._go = button("enrolGo", "接入县里", self.go, weight="primary", icon_name="link")
        self._server.returnPressed.connect(self._code.setFocus)
        self._code.returnPressed.connect(self.go)
        self._lay_out()

    def go(self) -> None:
        """Show the code to the county."""
        if not self._go.isEnabled():
            return
        server, code = self._server.text().strip(), self._code.text().strip()
        if not server or not code:
            self._wrong.setText("请把服务器地址和登记码都填上，县里发登记码时一起给的。")
            return
        self._wrong.clear()
        self.foot.hide()
        self._go.setEnabled(False)
        self._go.setText("正在接入……")

        def work(task: Task) -> str:
            return self._syncing.enrol(server, code, task.cancelled)

        self._lane.run_long(work, done=self._done, failed=self._failed)

    def take_focus(self) -> None:
        """Stand where the first thing is typed."""
        self._server.setFocus()

    def words(self) -> str:
        """What is said to be wrong."""
        return self._wrong.text()

    def _done(self, village: str) -> None:
        self._rest()
        self._code.clear()
        self.enrolled.emit(village)

    def _failed(self, error: Exception) -> None:
        self._rest()
        words = sentence_of(error) or str(error)
        if isinstance(error, LineFault):
            if error.again:
                words = f"没有接入。{what_happened(error)}核对一下地址，过一会儿再按“接入县里”。"
            self.foot.show_fault(error.code, error.detail)
        self._wrong.setText(words)
        self._code.setFocus()

    def _rest(self) -> None:
        self._go.setEnabled(True)
        self._go.setText("接入县里")

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        margin = tokens.px(tokens.S4)
        grid.setContentsMargins(margin, margin, margin, margin)
        grid.setHorizontalSpacing(tokens.px(tokens.S3))
        grid.setVerticalSpacing(tokens.px(tokens.S2))
        heading = QLabel("接入县里")
        heading.setObjectName("panelTitle")
        why = QLabel("接入以后，本机填的会自动送到县里。没接入也能照常填，什么都不会丢。")
        why.setObjectName("quiet")
        why.setWordWrap(True)
        grid.addWidget(heading, 0, 0, 1, 3)
        grid.addWidget(why, 1, 0, 1, 3)
        for line, (word, editor) in enumerate(
            (("服务器地址", self._server), ("登记码", self._code)), 2
        ):
            label = QLabel(word)
            label.setBuddy(editor)
            editor.setFixedHeight(tokens.px(tokens.CONTROL))
            editor.setFixedWidth(tokens.px(340))
            grid.addWidget(label, line, 0)
            grid.addWidget(editor, line, 1)
        grid.addWidget(self._wrong, 4, 1, 1, 2)
        grid.addWidget(self._go, 5, 1)
        grid.addWidget(self.foot, 6, 1, 1, 2)
        grid.setColumnStretch(2, 1)
