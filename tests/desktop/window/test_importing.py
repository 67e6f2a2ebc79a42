"""A register is seen before it is written, and the window never freezes meanwhile."""

import shutil
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer

from desktop.reports.register import read_register
from tests.desktop.reports.books import DATA, id_number, register_xlsx

LEDGER = DATA / "residents_ledger_1.xlsx"


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return Path(shutil.copy(LEDGER, tmp_path))


def page(hands):
    return hands.shell.pages["residents"]


def test_nothing_is_written_before_the_preview_was_agreed_to(hands, ledger: Path, tmp_path):
    hands.go("residents")
    page(hands).preview(ledger)
    hands.wait(lambda: hands.sees("carryOut"))
    assert hands.see("part_new").text() == "新增 294"
    assert hands.see("part_refused").text() == "不能导入 6"
    hands.shell.update_status()
    hands.wait()
    assert hands.status.counts["resident"] == 0

    hands.click("carryOut")
    hands.wait(lambda: "导入了 294 人" in page(hands).importing.words())
    page(hands).importing.save_refused(tmp_path / "改.xlsx")
    hands.wait(lambda: (tmp_path / "改.xlsx").exists())
    assert read_register(tmp_path / "改.xlsx").refused
    hands.click("importBack")
    hands.wait(lambda: "共 294 人" in page(hands).head.facts())
    assert "294 条待同步" in hands.sentence


def test_a_second_import_adds_nobody(hands, ledger: Path):
    hands.go("residents")
    for expected in ("新增 294", "新增 0"):
        page(hands).preview(ledger)
        hands.wait(lambda: hands.sees("part_new") and page(hands).importing._task is None)
        assert hands.see("part_new").text() == expected
        if hands.sees("carryOut"):
            hands.click("carryOut")
            hands.wait(lambda: "导入了" in page(hands).importing.words())


def test_a_file_that_is_no_register_is_said_so_in_words(hands, tmp_path: Path):
    nonsense = tmp_path / "照片.xlsx"
    nonsense.write_bytes(b"not a workbook")
    hands.go("residents")
    page(hands).preview(nonsense)
    hands.wait(lambda: page(hands).importing._task is None)
    assert "照片.xlsx" in page(hands).importing.words()
    hands.click("importBack")
    assert not hands.sees("importPanel")


def test_the_window_answers_while_a_register_is_imported(hands, tmp_path: Path):
    people = [
        (i, f"王{i}", "男", "", id_number(f"19{i // 1000 + 50}0101", i % 1000), "", "1组", "")
        for i in range(3000)
    ]
    file = register_xlsx(tmp_path / "三千人.xlsx", *people)
    hands.go("residents")
    ticks = _Ticks(hands.window)
    page(hands).preview(file)
    hands.wait(lambda: hands.sees("carryOut"))
    hands.click("carryOut")
    hands.wait(lambda: "导入了 3,000 人" in page(hands).importing.words())
    assert ticks.longest < ticks.of_all() / 4, "the window stood still"


class _Ticks:
    """The longest piece of work that the window's own thread did at a stretch, beside the work of
    all threads: seconds of computing, not of the clock, so that a busy machine changes neither."""

    def __init__(self, owner) -> None:
        self.longest = 0.0
        self._began = time.process_time()
        self._before = time.thread_time()
        timer = QTimer(owner)
        timer.timeout.connect(self._tick)
        timer.start(10)

    def of_all(self) -> float:
        return time.process_time() - self._began

    def _tick(self) -> None:
        now = time.thread_time()
        self.longest = max(self.longest, now - self._before)
        self._before = now
