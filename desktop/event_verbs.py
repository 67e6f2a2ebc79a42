"""Events without a screen: reported, gone on with, shown and listed, on the same service."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from desktop.events.service import VIEWS, Entry, Events, Standing
from desktop.register.service import Row
from desktop.storage.store import Store
from desktop.verbs import PAGE, VerbError, object_of
from sync.records import Event, EventStep
from sync.records.event_loop import ACTION_WORDS
from sync.records.moments import show_moment


def report(store: Store, options: Namespace) -> int:
    """Report an event given as JSON; with ``--settled`` it was seen to on the spot."""
    events, raw = Events(store), object_of(options.json)
    if options.settled:
        event = events.settle_at_once(raw, options.settled)
    else:
        event = events.report(raw)
    _print({"id": event, "state": events.standing(event).state})
    return 0


def step(store: Store, options: Namespace) -> int:
    """Take a step with an event; print its id and where the event stands."""
    if options.action not in ACTION_WORDS:
        known = "、".join(f"{action}（{word}）" for action, word in ACTION_WORDS.items())
        raise VerbError(f"没有“{options.action}”这一步，可用的有：{known}")
    events, raw = Events(store), object_of(options.json or "{}")
    unknown = raw.keys() - EventStep.fields.keys()
    if unknown:
        raise VerbError(f"处理步骤没有这些项：{'、'.join(sorted(unknown))}")
    step_id = events.step(options.id, options.action, raw)
    _print({"id": step_id, "state": events.standing(options.id).state})
    return 0


def show(store: Store, options: Namespace) -> int:
    """Print one event: where it stands, what may be done, and how it went."""
    events = Events(store)
    row, stands = events.get(options.id), events.standing(options.id)
    told = events.timeline(options.id)
    if options.json:
        may = [act.action for act in events.may(options.id)]
        entries = [asdict(entry) for entry in told]
        _print(_as_object(row, stands) | {"may": may, "timeline": entries})
        return 0
    now = events.now()
    print(f"{row.values['what']}：{stands.word} {stands.due_words(now)}".rstrip())
    for entry in told:
        print(f"  {_line(entry)}")
    print(f"可以：{'、'.join(act.word for act in events.may(options.id))}")
    return 0


def list_events(store: Store, options: Namespace) -> int:
    """Print the events of a view, what is due first at the top."""
    if options.view and options.view not in VIEWS:
        raise VerbError(f"没有“{options.view}”这种列法，可用的有：{'、'.join(VIEWS)}")
    events = Events(store)
    found = _each(events, options.view)
    if options.json:
        print("[", end="")
        for place, (row, stands) in enumerate(found):
            text = json.dumps(_as_object(row, stands), ensure_ascii=False)
            print(",\n" if place else "\n", text, sep="", end="")
        print("\n]")
        return 0
    now = events.now()
    for row, stands in found:
        what = str(row.values["what"]).replace("\n", " ")
        print("\t".join([row.id, stands.word, stands.due_words(now), what]))
    return 0


def _each(events: Events, view: str) -> Iterator[tuple[Row, Standing]]:
    order = events.order(events.listing(view))
    for start in range(0, len(order), PAGE):
        rows = events.rows(order[start : start + PAGE])
        standings = events.standings([row.id for row in rows])
        yield from ((row, standings[row.id]) for row in rows if row.id in standings)


def _as_object(row: Row, stands: Standing) -> dict[str, Any]:
    fields = Event.fields.items()
    values = {
        name: field.mask(row.values[name]) if field.masked else field.to_json(row.values[name])
        for name, field in fields
    }
    plain = {name: None if value == "" else value for name, value in values.items()}
    return {"id": row.id, "sync_state": row.state, **plain, **asdict(stands)}


def _line(entry: Entry) -> str:
    said = [show_moment(entry.at), entry.word, entry.person, entry.to_whom, entry.text]
    line = " ".join(part for part in said if part)
    reason = entry.refused or entry.why
    return f"{line}（{'县里退回' if entry.refused else '未生效'}：{reason}）" if reason else line


def _print(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False))
