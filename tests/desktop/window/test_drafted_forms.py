"""What could not be saved is half written still: nothing is lost, and nothing written twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from desktop.events.service import Events
from desktop.register.service import Listing, Register
from desktop.residents.service import Residents
from desktop.storage.errors import Locked
from desktop.storage.store import Store
from desktop.widgets.drafted_form import DraftedForm
from tests.support.window import Hands

CTRL = Qt.KeyboardModifier.ControlModifier
#: A page, the register behind it, and its first field.
FORMS = [("events", Events, "what"), ("residents", Residents, "name")]
TYPED = "王桂花"


def locked(*_args: object, **_kwargs: object) -> str:
    raise Locked


def begin(hands: Hands, page: str) -> DraftedForm:
    hands.go(page)
    hands.press(Qt.Key.Key_N, CTRL)
    hands.wait()
    (form,) = [f for f in hands.page.findChildren(DraftedForm) if f.isVisible()]
    return form


def written(register: Register, field: str) -> list[object]:
    rows = register.rows(register.order(Listing(register.record.kind)))
    return [row.values[field] for row in rows]


def fill(hands: Hands, form: DraftedForm, first: str) -> None:
    hands.type(TYPED, f"field_{first}")
    if first == "what":
        hands.see("field_event_kind").setFocus()
        hands.press(Qt.Key.Key_4)


@pytest.mark.parametrize(("page", "register", "first"), FORMS)
def test_what_could_not_be_saved_is_there_the_next_time(
    hands: Hands,
    store: Store,
    page: str,
    register: Callable[[Store], Register],
    first: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    form = begin(hands, page)
    fill(hands, form, first)
    with monkeypatch.context() as patch:
        patch.setattr(store.__class__, "write", locked)
        # At once: typing has not rested, so that no draft of it was kept yet.
        hands.press(Qt.Key.Key_S, CTRL)
        hands.wait(lambda: form._fault.isVisible())
        assert form._fault.text() == Locked.sentence
        assert form._save.isEnabled()
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: register(store).draft("") is not None)
    begin(hands, page)
    hands.wait(lambda: hands.sees("draftBanner"))
    hands.press(Qt.Key.Key_S, CTRL)
    hands.wait(lambda: register(store).draft("") is None)
    assert written(register(store), first) == [TYPED]


@pytest.mark.parametrize(("page", "register", "first"), FORMS)
def test_what_was_saved_is_told_so_even_if_its_draft_could_not_be_put_away(
    hands: Hands,
    store: Store,
    page: str,
    register: Callable[[Store], Register],
    first: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    form = begin(hands, page)
    fill(hands, form, first)
    monkeypatch.setattr(Register, "drop_draft", locked)
    hands.press(Qt.Key.Key_S, CTRL)
    hands.wait(lambda: "存" in hands.shell.toast.words())
    assert not form._fault.isVisible()
    assert len(written(register(store), first)) == 1


def test_a_draft_that_is_gone_on_with_keeps_all_that_was_in_it(hands: Hands, store: Store) -> None:
    begin(hands, "events")
    hands.type("村口", "field_place")
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: Events(store).draft("") is not None)
    begin(hands, "events")
    hands.wait(lambda: hands.sees("draftBanner"))
    hands.type("路灯不亮", "field_what")
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: (d := Events(store).draft("")) is not None and "what" in d.values)
    draft = Events(store).draft("")
    assert draft is not None
    assert draft.values["place"] == "村口"
