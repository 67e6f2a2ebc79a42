"""Syncing by a stick in three plain steps: save to it, send from a PC with a line, read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lane, Lanes, Latest, Task, sentence_of
from desktop.syncing.courier import Courier, Exported, Standing, TakenIn
from desktop.syncing.courier_step import CourierStep
from desktop.syncing.receipt_card import receipt_card
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.layouts import clear
from desktop.widgets.memory import Memory
from desktop.widgets.pages import PageHead
from desktop.widgets.progress import Progress
from desktop.widgets.words import when
from sync.courier import BACK, OUT

_FOLDER = "courier/folder"
_WHY = (
    "村里没有网时，用U盘同步。文件是加密的，只有县里和本机打得开，U盘丢了也不泄露；"
    "送重了、送晚了、读重了都不要紧。照片等有网时再送。"
)
_CARRY = (
    "把U盘插到任何一台装了实格、能上网的电脑（别的村、街道办都行），打开这一页，按“送到县里”。"
    "那台电脑看不到里面的内容。"
)


@dataclass(frozen=True)
class _Read:
    """All that the panel shows."""

    standing: Standing
    server: str


class CourierPanel(QWidget):
    """Covers the sync page while somebody syncs by a stick."""

    left = Signal()
    #: Something was written.
    changed = Signal()
    said = Signal(object)

    def __init__(self, courier: Courier, lanes: Lanes, memory: Memory) -> None:
        super().__init__()
        self.setObjectName("courierPanel")
        self._courier, self._lanes, self._memory = courier, lanes, memory
        self._latest = Latest()
        self._task: Task | None = None
        self._standing: Standing | None = None
        # Where the next step may be taken by the keyboard at once.
        self._to_next = False
        self.head = PageHead("用U盘带")
        self._back = button("courierBack", "返回", self.leave, icon_name="back", tip="Esc")
        self.head.add(self._back)
        self.progress = Progress()
        self._place = QLabel()
        self._choose = button("courierFolder", "选U盘……", self.choose_folder)
        self._fault, self._server = QLabel(), QLineEdit()
        self._save = CourierStep("courierSave", "① 存到U盘", "存到U盘", self.save)
        self._carry = CourierStep("courierCarry", "② 拿到有网的电脑上送", "送到县里", self.carry)
        self._take = CourierStep("courierRead", "③ 把回执读回来", "读回执", self.take_in)
        self._receipt = QVBoxLayout()
        self._lay_out()

    @property
    def folder(self) -> Path | None:
        """The folder on the stick that was chosen last."""
        text = self._memory.recall(_FOLDER)
        return Path(text) if text else None

    def open(self) -> None:
        """Show where the stick stands, with the cursor on what to do next."""
        for step in (self._save, self._carry, self._take):
            step.tell("")
        clear(self._receipt)
        self._fault.hide()
        self._to_next = True
        self.refresh()

    def refresh(self) -> None:
        """Read again where the stick stands."""
        self._latest.ask(
            self._lanes.reading.run(_read, self._courier, self.folder, done=self._show)
        )

    def leave(self) -> None:
        """Go back to the page; work under way is stopped first."""
        if self._task is not None:
            self._task.cancel()
        else:
            self._latest.drop()
            self.left.emit()

    def choose_folder(self) -> bool:
        """Ask for the stick; return whether one was chosen."""
        start = str(self.folder or Path.home())
        chosen = QFileDialog.getExistingDirectory(self, "选U盘上的文件夹", start)
        if chosen:
            self._memory.remember(_FOLDER, chosen)
            self._to_next = True
            self.refresh()
        return bool(chosen)

    def save(self) -> None:
        """Step 1: write what waits to the stick."""
        folder = self.folder
        if (folder is None or not folder.is_dir()) and not self.choose_folder():
            return
        place = self.folder
        assert place is not None  # noqa: S101 (chosen just now)

        def work(task: Task) -> Exported:
            return self._courier.export(place, task.progress, task.cancelled)

        self._start(self._lanes.files, work, self._saved, "正在存到U盘")

    def carry(self) -> None:
        """Step 2: send what lies on the stick, whichever village it is from."""
        files = self._standing.to_carry if self._standing else ()
        files = files or self._ask_for(OUT, "选要送的文件")
        server = self._server.text().strip()
        if not files:
            return

        def work(task: Task) -> list[Path]:
            def heard(done: int, total: int) -> None:
                task.progress(_kilobytes(done), _kilobytes(total))

            return [self._courier.carry(f, server, heard, task.cancelled) for f in files]

        self._start(self._lanes.network, work, self._carried, "正在送到县里")

    def take_in(self) -> None:
        """Step 3: read the county's answer."""
        known = self._standing.to_read if self._standing else None
        files = (known,) if known else self._ask_for(BACK, "选县里的回执")
        if not files:
            return

        def work(task: Task) -> TakenIn:
            def heard(done: int, total: int) -> None:
                task.progress(_kilobytes(done), _kilobytes(total))

            return self._courier.take_in(files[0], heard, task.cancelled)

        # On the lane of the line, so that an answer is never read while a sync is under way.
        self._start(self._lanes.network, work, self._taken, "正在读回执")

    def fault(self) -> str:
        """What is said to have gone wrong."""
        return self._fault.text() if self._fault.isVisible() else ""

    def _ask_for(self, ending: str, title: str) -> tuple[Path, ...]:
        start = str(self.folder or Path.home())
        path, _ = QFileDialog.getOpenFileName(self, title, start, f"实格U盘文件 (*{ending})")
        if path:
            self._memory.remember(_FOLDER, str(Path(path).parent))
        return (Path(path),) if path else ()

    def _start(
        self, lane: Lane, work: Callable[[Task], Any], done: Callable[[Any], None], words: str
    ) -> None:
        if self._task is not None:
            return
        self._fault.hide()
        clear(self._receipt)

        def ended(answer: Any) -> None:
            self._end()
            done(answer)

        def failed(error: Exception) -> None:
            self._end()
            self._fault.setText(sentence_of(error) or str(error))
            self._fault.setToolTip(f"详情：{getattr(error, 'detail', '')}")
            self._fault.show()
            self._to_next = True
            self.refresh()

        self._task = lane.run_long(work, ended, failed, self.progress.move_on)
        self.progress.watch(self._task, words)

    def _end(self) -> None:
        self._task = None
        self.progress.finish()

    def _saved(self, done: Exported) -> None:
        rest = f"还有 {done.left:,} 条放不下，下次再带。" if done.left else ""
        self._save.tell(f"存好了 {done.changes:,} 条：{done.path.stem}。{rest}现在可以拔U盘。")
        self._go_on()

    def _carried(self, answers: list[Path]) -> None:
        self._carry.tell(f"送到县里了，{len(answers)} 份回执已存在U盘上。带回村里那台电脑上读。")
        self._go_on()

    def _taken(self, taken: TakenIn) -> None:
        words = "回执读好了。"
        if taken.remaining:
            words += f"县里还有 {taken.remaining:,} 条没带回来，请从第①步再带一次。"
        if not taken.remembered:
            words += "本机不记得存过这个文件（可能恢复过备份），能对上的都记下了。"
        if not taken.receipt.finished and not taken.remaining:
            words = "中途停下了，已读的都记下了，可以再读一次。"
        self._take.tell(words)
        self._receipt.addWidget(receipt_card(taken.receipt))
        self.changed.emit()
        self._go_on()

    def _go_on(self) -> None:
        self._to_next = True
        self.refresh()

    def _show(self, read: _Read) -> None:
        standing = self._standing = read.standing
        self.head.say(_facts(standing))
        folder = self.folder
        place = str(folder) if folder else "还没有选。插上U盘，按右边的按钮选它。"
        if folder is not None and not standing.in_place:
            place += "　（现在找不到，U盘没插好？）"
        self._place.setText(place)
        self._save.explain(standing.why_not or _what_is_saved(standing))
        self._save.button.setEnabled(not standing.why_not)
        self._carry.explain(_what_is_carried(standing))
        self._server.setVisible(not read.server)
        self._take.explain(_what_is_read(standing))
        self._take.button.setEnabled(not standing.why_not)
        following = self._next_of(standing)
        for step in (self._save, self._carry, self._take):
            step.be_next(step is following)
        if self._to_next:
            self._to_next = False
            ready = following is not None and following.button.isEnabled()
            rest = self._back if folder else self._choose
            (following.button if following and ready else rest).setFocus()

    def _next_of(self, standing: Standing) -> CourierStep | None:
        if standing.to_read is not None:
            return self._take
        if standing.to_carry:
            return self._carry
        if standing.why_not or not standing.waiting or (standing.out and standing.out.waiting):
            return None
        return self._save

    def _lay_out(self) -> None:
        self._fault.setObjectName("wrongWords")
        self._fault.setWordWrap(True)
        self._fault.hide()
        self._server.setObjectName("courierServer")
        self._server.setPlaceholderText("县里给的网址，如 https://…（这台电脑没有登记过，要填）")
        self._server.setFixedHeight(tokens.px(tokens.CONTROL))
        self._server.setMaximumWidth(tokens.px(440))
        self._server.returnPressed.connect(self.carry)
        self._server.hide()
        self._carry.add(self._server)
        why = QLabel(_WHY)
        why.setObjectName("quiet")
        why.setWordWrap(True)
        inner, area = QWidget(), QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, tokens.px(tokens.S2), 0)
        inside.setSpacing(tokens.px(tokens.S3))
        inside.addWidget(why)
        inside.addLayout(self._place_row())
        for step in (self._save, self._carry, self._take):
            inside.addWidget(step)
        inside.addWidget(self.progress)
        inside.addWidget(self._fault)
        inside.addLayout(self._receipt)
        inside.addStretch()
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addWidget(area, 1)

    def _place_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(tokens.px(tokens.S3))
        label = QLabel("U盘")
        label.setObjectName("quiet")
        self._place.setObjectName("courierPlace")
        self._place.setWordWrap(True)
        row.addWidget(label)
        row.addWidget(self._place, 1)
        row.addWidget(self._choose)
        return row


def _read(courier: Courier, folder: Path | None) -> _Read:
    return _Read(courier.standing(folder), courier.own_server())


def _facts(standing: Standing) -> str:
    waiting = f"{standing.waiting:,} 条待同步" if standing.waiting else "没有待同步的"
    out = standing.out
    if out is None:
        return waiting
    if out.changes and not out.waiting:
        return f"{waiting} · 第 {out.number} 次存的已经由网线送到，U盘上那份不用送了"
    return f"{waiting} · 第 {out.number} 次存的（{when(out.at)}，{out.changes:,} 条）还没有回执"


def _what_is_saved(standing: Standing) -> str:
    if standing.waiting:
        return f"把待同步的 {standing.waiting:,} 条存成一个加密的文件。本机的照样留着，一条不少。"
    return "没有待同步的；也可以存一个空的，去取县里的新内容。"


def _what_is_carried(standing: Standing) -> str:
    if not standing.to_carry:
        return _CARRY
    names = "、".join(file.stem for file in standing.to_carry[:3])
    more = f"等 {len(standing.to_carry)} 个" if len(standing.to_carry) > 3 else ""
    return f"U盘上等着送的：{names}{more}。这台电脑有网就在这里送，没有就拿到有网的电脑上送。"


def _what_is_read(standing: Standing) -> str:
    if standing.to_read is not None:
        return f"U盘上有县里的回执：{standing.to_read.stem}。读了才知道每一条收下没有。"
    return "U盘拿回村里，读县里的回执：哪些收下了，哪些退回了，别人改了什么。"


def _kilobytes(size: int) -> int:
    return (size + 1023) // 1024
