"""A choice list is found by what a cadre types: pinyin or initials."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest

from desktop.widgets.editors import ChoiceEditor
from sync.records import Project
from sync.records.fields import Choice


@pytest.mark.parametrize(
    ("typed", "chosen"), [("yanshou", "acceptance"), ("ys", "acceptance"), ("gong", "notice")]
)
def test_typing_pinyin_or_initials_chooses_the_word(qtbot, typed: str, chosen: str):
    stage = Project.fields["stage"]
    assert isinstance(stage, Choice)
    editor = ChoiceEditor(stage)
    qtbot.addWidget(editor)
    with qtbot.waitSignal(editor.typed):
        QTest.keyClicks(editor, typed)
    assert editor.raw() == chosen
