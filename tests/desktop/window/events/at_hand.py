"""What a cadre has at hand on the page of events."""

from __future__ import annotations

from PySide6.QtCore import Qt

from desktop.events.list_view import EventsList
from desktop.events.page import EventsPage
from desktop.events.panel import EventPanel
from desktop.storage.errors import Locked
from tests.support.window import Hands

CTRL = Qt.KeyboardModifier.ControlModifier
LAMP, DITCH, LATE = "村口路灯不亮", "水沟堵了", "老房子要塌"
LONG_AGO = "2026-01-05T02:00:00+00:00"


def page(hands: Hands) -> EventsPage:
    found = hands.shell.pages["events"]
    assert isinstance(found, EventsPage)
    return found


def events_list(hands: Hands) -> EventsList:
    return page(hands).list


def panel(hands: Hands) -> EventPanel:
    return events_list(hands).panel


def open_event(hands: Hands, event: str) -> EventPanel:
    hands.shell.open_record("event", event)
    hands.wait(lambda: (s := panel(hands).story) is not None and s.event == event)
    # Qt shows buttons that were put into a layout in the next turn of its loop.
    shown = panel(hands)
    hands.wait(lambda: shown.is_writing() or all(map(hands.sees, _buttons(shown))))
    return shown


def _buttons(shown: EventPanel) -> list[str]:
    return [f"step_{action}" for action in shown.next.offered()]


def take(hands: Hands, action: str, **typed: str) -> None:
    """Press the button of a step, type into its fields, and save it by Enter."""
    hands.wait(lambda: hands.sees(f"step_{action}"))
    before = len(panel(hands).steps.texts())
    hands.click(f"step_{action}")
    hands.wait(lambda: panel(hands).is_writing())
    for name, text in typed.items():
        if name == "satisfaction":
            hands.see("field_satisfaction").setFocus()
            hands.press(Qt.Key(ord(text)))
        else:
            hands.type(text, f"field_{name}")
    hands.see("field_text").setFocus()
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: len(panel(hands).steps.texts()) == before + 1)


def locked(*_args: object) -> None:
    raise Locked
