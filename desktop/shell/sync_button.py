"""The sync button: one look says where the village and the county stand."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton

from desktop.syncing.service import Status
from desktop.widgets import tokens
from desktop.widgets.icons import icon
from desktop.widgets.words import photos_words, size
from sync.client.engine import Progress


@dataclass(frozen=True)
class Look:
    """What the button shows: words, icon, a name for the style sheet, and the longer story."""

    words: str
    icon: str
    name: str
    tip: str


_COLOURS = {
    "act": tokens.ACT,
    "waits": tokens.WAIT,
    "done": tokens.GOOD,
    "busy": tokens.PRIMARY,
    "new": tokens.PRIMARY,
}


def look_of(
    status: Status, *, running: bool, stopping: bool, without_line: bool, wait: int
) -> Look:
    """What the button shows in a given state; the most urgent thing wins."""
    if stopping:
        return Look("正在停下……", "arrows", "busy", "没送完的都在本机；再按一下就接着同步")
    if running:
        return Look("正在同步 · 停下", "arrows", "busy", "正在和县里对账；再按一下停下，不会丢东西")
    if not status.enrolled:
        return Look("接入县里", "link", "new", "这台电脑还没在县里登记，按这里填登记码")
    act = status.conflicts + status.refused
    waiting = status.waiting
    trouble = status.trouble
    if trouble and not trouble.again:
        return Look(trouble.words, "warning", "act", trouble.sentence)
    if without_line:
        words = trouble.words if trouble else "没有网络"
        return Look(
            f"{words} · {waiting} 条待同步" if waiting else words,
            "line",
            "waits",
            f"您填的都在本机；{wait} 分钟后自动再试，按一下马上再试",
        )
    if act:
        return Look(
            f"同步 · {act} 条要处理", "warning", "act", "有冲突或被县里退回的记录，见“同步”"
        )
    if waiting:
        return Look(f"同步 · {waiting} 条待同步", "sync", "waits", "按一下现在就送到县里（F5）")
    if photos := photos_words(status.photos_waiting):
        return Look(
            "同步 · 照片待送", "sync", "waits", f"记录都送到了，{photos}；按一下现在送（F5）"
        )
    if not status.last_sync:
        return Look("同步", "sync", "waits", "还没有和县里同步过，按一下就开始（F5）")
    return Look("已同步", "tick", "done", "本机和县里一致；按一下再对一次（F5）")


class SyncButton(QPushButton):
    """Shows a ``Look``."""

    def __init__(self) -> None:
        super().__init__("同步")
        self.setObjectName("syncButton")
        self.setMinimumHeight(tokens.px(tokens.CONTROL))
        self.setMinimumWidth(tokens.px(132))
        self.setIconSize(QSize(tokens.px(22), tokens.px(16)))

    def show_progress(self, progress: Progress) -> None:
        """How far the sync under way is; in bytes only by the tip, the button stays short."""
        if progress.words:
            self.setText(f"正在送{progress.words} · 停下")
        elif progress.total:
            self.setText(f"正在同步 {progress.done:,}/{progress.total:,} · 停下")
            bytes_so_far = progress.bytes_sent + progress.bytes_received
            so_far = f"已走 {size(bytes_so_far)}；" if bytes_so_far else ""
            self.setToolTip(f"{so_far}再按一下停下，不会丢东西")

    def show_look(self, look: Look) -> None:
        """Take on a look."""
        self.setText(look.words)
        self.setToolTip(look.tip)
        self.setIcon(icon(look.icon, _COLOURS[look.name]))
        self.setProperty("look", look.name)
        self.style().unpolish(self)
        self.style().polish(self)
