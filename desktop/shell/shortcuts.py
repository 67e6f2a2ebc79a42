"""Every key of the program, once: for the menu, for F1, and for the keys themselves."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget

from desktop.widgets import tokens
from desktop.widgets.buttons import button


@dataclass(frozen=True)
class Shortcut:
    """A key, what it does in words, and the name of what it does."""

    name: str
    keys: str
    words: str
    in_menu: bool = True


SHORTCUTS = (
    Shortcut("new", "Ctrl+N", "新增一条"),
    Shortcut("save", "Ctrl+S", "保存"),
    Shortcut("leave", "Esc", "离开（没填完的留着）"),
    Shortcut("undo", "Ctrl+Z", "撤销刚才的删除或放弃"),
    Shortcut("find", "Ctrl+K", "找人、网格、居住区"),
    Shortcut("filter", "Ctrl+F", "在这一页里找"),
    Shortcut("history", "Ctrl+H", "看这一条的修改记录"),
    Shortcut("print", "Ctrl+P", "打印"),
    Shortcut("sync", "F5", "和县里同步；正在同步时是停下"),
    Shortcut("help", "F1", "看全部快捷键"),
)

#: Keys that need no action of their own, told in the list all the same.
TOLD = (
    Shortcut("pages", "Alt+1 … Alt+9 Alt+0", "换页：从上往下数"),
    Shortcut("arrows", "↑ ↓", "在表里上下走"),
    Shortcut("open", "回车", "在表里：修改这一条；在表单里：到下一项"),
    Shortcut("choose", "← → 空格", "选冲突时：换一边；选这一份"),
    Shortcut("tab", "Tab", "到下一项"),
    Shortcut("pick", "↓", "在选择框里：打开列表"),
    Shortcut("map", "+ - 0 方向键", "在地图上：放大、缩小、看全部、走到旁边的网格"),
    Shortcut("photo", "Ctrl+Shift+A", "给选中的这一条加照片或文件"),
    Shortcut("paste", "Ctrl+V", "在附件里：把复制的照片贴上去"),
)


def page_key(place: int) -> str:
    """The key of the page at a place, counted from 1 from above; none beyond the tenth."""
    return f"Alt+{place % 10}" if place <= 10 else ""


class ShortcutList(QDialog):
    """The list that F1 shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcutList")
        self.setWindowTitle("快捷键")
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.px(tokens.S5))
        grid.setVerticalSpacing(tokens.px(tokens.S2))
        # Two columns: one would be higher than a small screen with large letters.
        for column, shortcuts in enumerate((SHORTCUTS, TOLD)):
            for place, shortcut in enumerate(shortcuts):
                keys = QLabel(shortcut.keys)
                keys.setObjectName("quiet")
                keys.setAlignment(Qt.AlignmentFlag.AlignRight)
                grid.addWidget(keys, place, column * 2)
                grid.addWidget(QLabel(shortcut.words), place, column * 2 + 1)
        whole = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        whole.setContentsMargins(margin, margin, margin, margin)
        whole.setSpacing(tokens.px(tokens.S4))
        whole.addLayout(grid)
        whole.addWidget(
            button("closeShortcuts", "知道了", self.accept, weight="primary"),
            0,
            Qt.AlignmentFlag.AlignRight,
        )

    def lines(self) -> list[str]:
        """What is listed, in words."""
        return [f"{s.keys} {s.words}" for s in (*SHORTCUTS, *TOLD)]
