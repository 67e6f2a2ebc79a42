"""What a person sees of an error of the program: calm words, and a log that can be handed in."""

from __future__ import annotations

import platform
from datetime import datetime
from pathlib import Path

from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Bug
from desktop.widgets import tokens
from desktop.widgets.buttons import button


def write_log(folder: Path, bug: Bug) -> Path | None:
    """Keep the log of a bug beside the data; where it lies, or None if it could not be kept."""
    moment = datetime.now().astimezone()
    logs = folder / "log"
    path = logs / f"bug-{moment:%Y%m%d-%H%M%S}.txt"
    try:
        logs.mkdir(exist_ok=True)
        path.write_text(_heading(moment) + bug.log + "\n", encoding="utf-8")
    except OSError:
        return None
    return path


class BugReport(QDialog):
    """Says that nothing is lost, where the log lies, and lets it be copied."""

    def __init__(self, bug: Bug, log: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bugReport")
        self.setWindowTitle("程序出错了")
        self.setMinimumWidth(tokens.px(560))
        words = QLabel(bug.sentence)
        words.setWordWrap(True)
        kept = f"出错记录在：{log}" if log else "出错记录没能存成文件，可以点“复制”。"
        where = QLabel(f"{kept}\n里面没有居民的资料，可以发给技术支持。")
        where.setObjectName("quiet")
        where.setWordWrap(True)
        self._log = QPlainTextEdit(_heading(datetime.now().astimezone()) + bug.log)
        self._log.setObjectName("bugLog")
        self._log.setReadOnly(True)
        self._log.setFixedHeight(tokens.px(160))
        self._log.hide()
        details = button("bugDetails", "详情", self._log.show, weight="quiet")
        copy = button("bugCopy", "复制", self._copy)
        close = button("bugClose", "知道了", self.accept, weight="primary")
        close.setFocus()
        foot = QHBoxLayout()
        foot.addWidget(details)
        foot.addStretch()
        foot.addWidget(copy)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.px(tokens.S3))
        for widget in (words, where, self._log):
            column.addWidget(widget)
        column.addLayout(foot)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self._log.toPlainText())


def _heading(moment: datetime) -> str:
    system = f"{platform.platform()} Python {platform.python_version()}"
    return f"实格 {moment:%Y-%m-%d %H:%M:%S} {system}\n"
