"""The first screen: the password of this PC's data, or setting one for new data."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop.background import Lane, sentence_of
from desktop.widgets import tokens
from desktop.widgets.buttons import button

SHORTEST_PASSWORD = 6


class Unlock(QWidget):
    """Asks for the password and opens the store on a lane; says plainly why it did not open."""

    #: The opened store.
    opened = Signal(object)

    def __init__(
        self,
        lane: Lane,
        open_store: Callable[[str], Any],
        create_store: Callable[[str, str], Any] | None = None,
    ) -> None:
        """``create_store(password, operator)`` is given when there is no data yet."""
        super().__init__()
        self.setObjectName("unlock")
        self._lane, self._open, self._create = lane, open_store, create_store
        new = create_store is not None
        self._password, self._again = _secret("password", self), _secret("passwordAgain", self)
        self._operator = QLineEdit(self)
        self._operator.setObjectName("operator")
        self._words = QLabel()
        self._words.setObjectName("wrongWords")
        self._words.setWordWrap(True)
        self._words.setMinimumHeight(tokens.px(44))
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        words = "设好密码，开始使用" if new else "打开"
        self._go = button("openStore", words, self.go, weight="primary", icon_name="lock")
        self._lay_out(new)
        self._password.setFocus()

    def go(self) -> None:
        """Open with the password as typed, or make new data with it."""
        if not self._go.isEnabled():
            return
        password = self._password.text()
        wrong = self._what_is_wrong(password)
        self._words.setText(wrong)
        if wrong:
            return
        self._go.setEnabled(False)
        self._go.setText("正在打开……")
        if self._create is not None:
            work = partial(self._create, password, self._operator.text().strip())
        else:
            work = partial(self._open, password)
        self._lane.run(work, done=self._done, failed=self._failed)

    def words(self) -> str:
        """What is said to be wrong."""
        return self._words.text()

    def type_password(self, password: str) -> None:
        """Fill the password in, as it was given on the command line."""
        self._password.setText(password)
        self._again.setText(password)

    def _what_is_wrong(self, password: str) -> str:
        if not password:
            return "请输入密码。"
        if self._create is None:
            return ""
        if not self._operator.text().strip():
            return "请填经办人，也就是您的姓名：每条记录都会写上是谁记的。"
        if len(password) < SHORTEST_PASSWORD:
            return f"密码太短，至少要{SHORTEST_PASSWORD}个字符。"
        return "" if password == self._again.text() else "两次输入的密码不一样，请再输一遍。"

    def _done(self, store: Any) -> None:
        self._words.clear()
        self.opened.emit(store)

    def _failed(self, error: Exception) -> None:
        self._go.setEnabled(True)
        self._go.setText("打开" if self._create is None else "设好密码，开始使用")
        self._words.setText(sentence_of(error) or str(error))
        detail = getattr(error, "detail", "")
        self._words.setToolTip(f"详情：{detail}" if detail else "")
        self._password.setFocus()
        self._password.selectAll()

    def _lay_out(self, new: bool) -> None:
        card = QFrame()
        card.setObjectName("card")
        card.setFixedWidth(tokens.px(420))
        column = QVBoxLayout(card)
        margin = tokens.px(32)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.px(tokens.S3))
        brand = QLabel("实格")
        brand.setObjectName("brand")
        what = QLabel(
            "第一次使用，请设一个密码。本机的资料都用它加密，忘了谁也打不开，请记牢。"
            if new
            else "请输入本机密码。"
        )
        what.setObjectName("quiet")
        what.setWordWrap(True)
        column.addWidget(brand)
        column.addWidget(what)
        column.addLayout(self._grid(new))
        column.addWidget(self._words)
        column.addWidget(self._go)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)

    def _grid(self, new: bool) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.px(tokens.S3))
        grid.setVerticalSpacing(tokens.px(tokens.S2))
        rows = [("密码", self._password)]
        if new:
            rows = [
                ("经办人", self._operator),
                ("密码", self._password),
                ("再输一遍", self._again),
            ]
            self._operator.setPlaceholderText("您的姓名")
            self._password.setPlaceholderText(f"至少{SHORTEST_PASSWORD}个字符")
        for line in (self._operator, self._again):
            line.setVisible(new)
        for place, (label, line) in enumerate(rows):
            words = QLabel(label)
            words.setBuddy(line)
            line.setFixedHeight(tokens.px(tokens.CONTROL))
            grid.addWidget(words, place, 0)
            grid.addWidget(line, place, 1)
            following = rows[place + 1][1] if place + 1 < len(rows) else None
            line.returnPressed.connect(following.setFocus if following else self.go)
        return grid


def _secret(name: str, parent: QWidget) -> QLineEdit:
    line = QLineEdit(parent)
    line.setObjectName(name)
    line.setEchoMode(QLineEdit.EchoMode.Password)
    return line
