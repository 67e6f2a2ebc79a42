"""事件处置单: one event on one page, as it is printed and signed. No Qt."""

from __future__ import annotations

from collections.abc import Mapping

from desktop.attachments.faults import NotTaken
from desktop.attachments.service import Attached, Attachments
from desktop.events.service import Entry, Events
from desktop.events.story import Story, story_of
from desktop.register.service import StorageError
from desktop.reports.paper import Column, Facts, Grid, Paper, Picture, Pictures, Words
from desktop.storage import settings
from desktop.storage.writing import now
from sync.records import Event, Value
from sync.records import event_loop as loop
from sync.records.fields import Reference
from sync.records.moments import show_moment

#: So many photos, of so many pixels: more would push the signatures to another page.
_PHOTOS, _SIDE = 4, 720
#: A moment without its seconds: 2026-11-25 09:42.
_MINUTES = 16
#: Facts that stand in one line, under the label of the first.
_FACTS = (("what",), ("event_kind", "level"), ("grid", "place"), ("reported_by",), ("found_at",))
_MORE = (("line", "duty"), ("note",))
SIGNATURES = ("经办人签字", "反映人签字", "负责人签字", "单位盖章")


def sheet_of(events: Events, attachments: Attachments, event_id: str) -> Paper:
    """One event on A4: the facts, each step with its time and person, small photos, places to
    sign. Phones stay masked: paper lies about. Raises RecordMissing."""
    story = story_of(events, attachments, event_id)
    row = events.get(event_id)
    photos = [*attachments.of(Event.kind, event_id)]
    named = [("发现时", each) for each in photos]
    for step in story.steps:
        named += [(step.word, each) for each in story.photos.get(step.id, [])]
    pictures = _pictures(attachments, named)
    # What the county refused never happened.
    done = [step for step in story.steps if step.action != loop.FOUND and not step.refused]
    steps = tuple(_line(step) for step in done)
    store = events.store
    return Paper(
        village=store.setting(settings.AREA_NAME),
        title="事件处置单",
        period=f"{show_moment(story.standing.reported_at or row.made_at)[:_MINUTES]} 上报",
        parts=(
            Facts(_facts(events, row.values, story)),
            Grid(
                (Column("时间", 4), Column("办了什么", 4), Column("谁", 3), Column("说明", 9)),
                steps,
            ),
            *((Words(_photos_word(len(pictures), named)), Pictures(pictures)) if pictures else ()),
        ),
        printed_by=store.setting(settings.OPERATOR),
        printed_at=now(),
        signatures=SIGNATURES,
    )


def _facts(
    events: Events, values: Mapping[str, Value], story: Story
) -> tuple[tuple[str, str], ...]:
    pairs = []
    for names in (*_FACTS, *_MORE):
        texts = [text for name in names if (text := _fact(events, values, name))]
        if texts:
            pairs.append((events.fields[names[0]].label, "　".join(texts)))
    stand = story.standing
    pairs.append(("办到哪了", f"{stand.word}{'（有超时）' if stand.late else ''}"))
    if stand.due_at:
        # Paper is read on another day: no 今天, no 还剩.
        pairs.append(("期限", show_moment(stand.due_at)[:_MINUTES]))
    pairs += [("并入这一件", what) for _event, what in story.joined]
    return tuple(pairs)


def _fact(events: Events, values: Mapping[str, Value], name: str) -> str:
    field, value = events.fields[name], values[name]
    if name == "reported_by":
        return _reporter(events, values, field.show(value))
    if isinstance(field, Reference):
        return events.titles(field.to, [str(value)]).get(str(value), "") if value else ""
    return field.show(value)[:_MINUTES] if name == "found_at" else field.mask(value)


def _reporter(events: Events, values: Mapping[str, Value], name: str) -> str:
    """Who reported it: the resident's name where it is one, and a masked phone of theirs."""
    resident = values["reporter"]
    if resident:
        field = events.fields["reporter"]
        assert isinstance(field, Reference)  # noqa: S101 (declared so)
        name = events.titles(field.to, [str(resident)]).get(str(resident), name)
    phone = events.fields["phone"].mask(values["phone"])
    return " ".join(part for part in (name, phone) if part)


def _line(step: Entry) -> tuple[str, ...]:
    told = [
        f"转给：{step.to_whom}" if step.to_whom else "",
        step.satisfaction,
        f"并入：{step.joined_to_what}" if step.joined_to else "",
        step.text,
    ]
    word = step.word if step.effect else f"{step.word}（未生效）"
    return (show_moment(step.at)[:_MINUTES], word, step.person, "\n".join(p for p in told if p))


def _photos_word(printed: int, named: list[tuple[str, Attached]]) -> str:
    number = sum(each.is_picture for _word, each in named)
    return "照片" if printed == number else f"照片（共 {number} 张，这里印 {printed} 张）"


def _pictures(attachments: Attachments, named: list[tuple[str, Attached]]) -> tuple[Picture, ...]:
    pictures: list[Picture] = []
    whole = [(word, each) for word, each in named if each.is_picture]
    if len(whole) > _PHOTOS:
        # How it was found, and how it was left.
        whole = [*whole[: _PHOTOS // 2], *whole[-_PHOTOS // 2 :]]
    for word, attached in whole:
        try:
            data = attachments.on_paper(attached, _SIDE)
        except (NotTaken, StorageError):
            # The others are printed all the same; the record says that there is one more.
            continue
        taken_at = str(attached.row.values["taken_at"] or "").replace("T", " ")[:_MINUTES]
        pictures.append(Picture(data, " ".join(part for part in (word, taken_at) if part)))
    return tuple(pictures)
