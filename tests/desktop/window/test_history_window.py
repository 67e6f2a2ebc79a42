"""修改记录 in the panel of a record: masked, whole when asked for, and back to where one was."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from desktop.grids.service import Grids
from desktop.register.history import Step
from desktop.residents.service import Residents
from desktop.storage.store import Store
from tests.support.window import Hands

OLD, NEW = "13808023451", "13999998888"
AT = "2026-01-19T09:00:00+08:00"


class Told:
    """A history as the county tells it."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)

    def of(self, kind: str, record_id: str, limit: int = 100) -> list[Step]:
        assert kind == "resident"
        return self.steps[:limit]


@pytest.fixture
def open_on(store: Store, folder: Path, open_hands):
    def open_record(*steps: Step) -> Hands:
        person = Residents(store).add({"name": "王建国", "phone": OLD})
        hands = open_hands(folder)
        hands.unlock()
        register = hands.shell.pages["residents"].registers["resident"]
        if steps:
            register.history.source = Told(*steps)
        hands.shell.open_record("resident", person)
        hands.wait(lambda: hands.sees("showHistory") and register.detail.row() is not None)
        return hands

    return open_record


def panel(hands: Hands):
    return hands.page.current().history


def test_each_change_says_who_when_where_what_and_how_it_came(open_on, store: Store):
    grid = Grids(store).add({"name": "花楸一组", "level": "micro"})
    hands = open_on(
        Step(AT, "周桂芳", "一号电脑", "edit", "refused", (("phone", OLD, NEW),), "号码不对"),
        Step(AT, "李会计", "二号电脑", "edit", "merged", (("grid", None, grid),)),
        Step(AT, "李会计", "", "edit", "chosen", (("address", "3组", None),), "问过本人"),
        Step(AT, "王主任", "", "create", "accepted", (("name", None, "王建国"),)),
        Step(AT, "王主任", "", "edit", "of a later version", (("unknown", 1, 2),)),
    )
    hands.press(Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: len(panel(hands).texts()) == 5)
    told = panel(hands).texts()
    clock = "1月19日"
    assert told[0].startswith(f"修改 · 周桂芳 · {clock}")
    assert told[0].endswith(
        "一号电脑 | 被退回 | 联系电话：138******51 → 139******88 | 县里说：号码不对"
    )
    assert told[1].endswith("二号电脑 | 合并 | 所在网格：（空） → 花楸一组")
    assert told[2].endswith("从冲突里选定 | 住址：3组 → （空） | 理由：问过本人")
    assert told[3].startswith("新记 · 王主任")
    assert told[3].endswith("直接采用 | 姓名：王建国")
    assert "unknown" not in told[4]


def test_whole_numbers_are_shown_when_asked_for_and_that_is_noted(open_on, store: Store):
    hands = open_on(Step(AT, "周桂芳", "", "edit", "accepted", (("phone", OLD, NEW),)))
    hands.click("showHistory")
    hands.wait(lambda: hands.sees("historyFull"))
    assert OLD not in panel(hands).texts()[0]
    hands.click("historyFull")
    assert f"{OLD} → {NEW}" in panel(hands).texts()[0]
    assert not hands.sees("historyFull")
    with store.read() as connection:
        noted = connection.exec_driver_sql("SELECT purpose, count FROM view_log").all()
    assert [tuple(row) for row in noted] == [("看修改记录", 1)]


def test_escape_leads_back_to_the_record(open_on):
    hands = open_on()
    hands.click("showHistory")
    hands.wait(lambda: hands.sees("historyBack") and len(panel(hands).texts()) == 1)
    assert "待同步" in panel(hands).texts()[0], "this PC's own creation"
    assert hands.focused().objectName() == "historyBack"
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("editRecord"))
    assert not hands.sees("historyBack")


def test_a_long_history_is_read_as_far_as_one_asks(open_on):
    hands = open_on(*(Step(AT, f"第{n}人", "", "edit", "accepted") for n in range(70)))
    hands.click("showHistory")
    hands.wait(lambda: len(panel(hands).texts()) == 50)
    hands.click("historyMore")
    hands.wait(lambda: len(panel(hands).texts()) == 70)
    assert not hands.sees("historyMore")


def test_a_choice_says_why_and_what_was_not_taken_masked_and_in_words(open_on, store: Store):
    chosen = (("phone", OLD, NEW),)
    hands = open_on(
        Step(AT, "李会计", "二号电脑", "choose", "chosen", (), "以县里为准", left=chosen),
        Step(AT, "李会计", "二号电脑", "edit", "chosen", chosen, "问过本人", besides="merged"),
        Step(AT, "李会计", "二号电脑", "choose", "waiting", left=chosen, besides="chosen"),
        Step(AT, "李会计", "二号电脑", "leave_deleted", "chosen", left=chosen),
        Step(AT, "李会计", "二号电脑", "keep", "chosen", (), "还住在村里"),
    )
    hands.click("showHistory")
    hands.wait(lambda: len(panel(hands).texts()) == 5)
    left, merged, waits, gone, kept = panel(hands).texts()
    assert left.startswith("选定 · 李会计 · 1月19日")
    assert left.endswith(
        "二号电脑 | 从冲突里选定 | "
        "联系电话：仍是“138******51”，没有采用“139******88” | 理由：以县里为准"
    )
    assert "从冲突里选定，与别处的修改合并" in merged
    assert merged.endswith("138******51 → 139******88 | 理由：问过本人")
    assert "待同步，从冲突里选定的" in waits
    assert gone.startswith("选定不恢复")
    assert gone.endswith("联系电话：没有采用“139******88”")
    assert kept.startswith("选定留着，不删")
    hands.click("historyFull")
    assert f"仍是“{OLD}”，没有采用“{NEW}”" in panel(hands).texts()[0]


def test_photos_documents_and_borders_say_what_was_done_and_which(open_on):
    def of(part: str, operation: str, name: str = "", how: str = "accepted") -> Step:
        return Step(AT, "李会计", "二号电脑", operation, how, part=part, name=name)

    hands = open_on(
        of("photo", "create", "门口.jpg", "waiting"),
        of("photo", "delete", "门口.jpg"),
        of("photo", "back", "门口.jpg"),
        of("document", "create", "申请.pdf"),
        of("boundary", "create"),
        of("boundary", "edit"),
        of("boundary", "delete"),
        of("boundary", "choose", how="chosen"),
    )
    hands.click("showHistory")
    hands.wait(lambda: len(panel(hands).texts()) == 8)
    told = [line.split(" · ")[0] for line in panel(hands).texts()]
    assert told == [
        *("添加照片", "删除照片", "恢复照片", "添加文件"),
        *("画边界", "重画边界", "去掉边界", "选定边界"),
    ]
    assert panel(hands).texts()[0].endswith("二号电脑 | 待同步 | 照片：门口.jpg")
    assert panel(hands).texts()[5].endswith("二号电脑 | 直接采用")
