"""One event: where it stands, what may be done next, its steps, and the facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from desktop.attachments.service import Attachments, Taken
from desktop.background import Lanes, Latest, Task, sentence_of
from desktop.events.half_written import draft_of
from desktop.events.looks import Look, action_look
from desktop.events.next_steps import NextSteps
from desktop.events.service import Entry, Events
from desktop.events.standing_line import StandingLine
from desktop.events.step_form import StepForm
from desktop.events.steps_list import ShownStep, StepsList
from desktop.events.story import Story, story_of
from desktop.register.service import RecordInvalid, RecordMissing, Row
from desktop.widgets import tokens
from desktop.widgets.detail import Detail, Strip
from desktop.widgets.drafted_form import write_and_drop_draft
from desktop.widgets.reference_box import Choices
from desktop.widgets.tab_order import tab_as_one_reads
from desktop.widgets.view import Note, View
from desktop.widgets.words import when
from sync.records import Resident
from sync.records import event_loop as loop

#: Longer words stand among the facts; as a title they would push everything else out of sight.
_TITLE = 40
#: A moment without its seconds: 2026-11-25 09:42.
_MINUTES = 16


class EventPanel(Detail):
    """The panel at the right of the list of events."""

    #: A step was written.
    stepped = Signal()
    said = Signal(object)
    #: Another event is wanted: its id.
    event_wanted = Signal(str)
    #: What was sent back is to be seen to.
    refused_wanted = Signal()
    #: Its sheet is to be seen as it is printed.
    print_wanted = Signal()
    #: The form of a step was opened or put away.
    writing = Signal()

    #: An event is not deleted once there are steps: it is withdrawn.
    _offers_deletion = False

    def __init__(self, view: View, events: Events, attachments: Attachments, lanes: Lanes) -> None:
        super().__init__(view, lanes)
        self._events, self._attachments = events, attachments
        self.story: Story | None = None
        self._story_latest = Latest()
        self._stands = StandingLine(self.print_wanted.emit)
        self.next = NextSteps()
        self.next.wanted.connect(self.begin)
        self._half = QPushButton()
        self._half.setObjectName("halfStep")
        self._half.setProperty("link", True)
        self._half.setAutoDefault(True)
        self._half.clicked.connect(self._go_on)
        self._half.hide()
        self.step_form = StepForm(attachments, lanes, self._ask_events)
        self.step_form.wanted.connect(self._write)
        self.step_form.rested.connect(self._keep_draft)
        self.step_form.left.connect(self._put_away)
        self.step_form.shown.connect(self._make_room)
        self.steps = StepsList(attachments, lanes)
        self.steps.refused_wanted.connect(self.refused_wanted)
        # The title needs the room more than the word does.
        self._history.setText("")
        self._history.setToolTip("修改记录 Ctrl+H")
        self._arrange()

    def show_record(self, record_id: str) -> None:
        """Read one event with its steps."""
        if self.story is not None and self.story.event != record_id:
            # What was typed of a step is kept as a draft of the event that it was about.
            self.step_form.hide()
            self.story = None
            self._show_story()
        super().show_record(record_id)
        self._read_story(record_id)

    def show_full(self) -> None:
        """Show phones whole; that it was done is noted, also with the resident whose it is."""
        super().show_full()
        if self.story is not None and self.story.phone[0]:
            work = partial(self._events.log_phone_shown, self.story.phone[0])
            self._lanes.writing.run(work)

    def begin(self, action: str) -> None:
        """Open the form of a step; what was half written of it is there."""
        if self.story is None or action not in [act.action for act in self.story.acts]:
            return
        draft = self.story.drafts.get(action)
        self._open_form(self.story.event, action, draft.values if draft else {})

    def take_focus(self) -> bool:
        """Stand on what is most likely done next; whether there is anything to do."""
        if self.is_writing():
            self.step_form.start()
            return True
        return self.next.take_focus()

    def is_writing(self) -> bool:
        """Whether the form of a step is open."""
        return self.step_form.isVisibleTo(self)

    def save(self) -> None:
        """Ctrl+S."""
        if self.is_writing():
            self.step_form.save()

    def leave_step(self) -> None:
        """Put the form of a step away."""
        self.step_form.leave()

    def _lines(self) -> list[tuple[str, str]]:
        """The facts that there are: what is empty of an event needs no line, and what stands above
        is not said again."""
        fields = self._view.fields
        above = {each.label for each in self._view.derived}
        if self._read is not None and self._read.row.values["reported_by"]:
            # The name that was filled in from the resident is the resident's.
            above.add(fields["reporter"].label)
        lines = [
            (label, text[:_MINUTES] if label == fields["found_at"].label else text)
            for label, text in super()._lines()
            if text and label not in above
        ]
        if self._read is not None and len(what := str(self._read.row.values["what"])) > _TITLE:
            lines.insert(0, (fields["what"].label, what))
        if self.story is not None and self.story.phone[1]:
            phone = Resident.fields["phone"]
            number = self.story.phone[1]
            lines.append(("电话", phone.show(number) if self._full else phone.mask(number)))
        return lines

    def _show_actions(self, row: Row) -> None:
        super()._show_actions(row)
        for edit in self.findChildren(QPushButton, "editRecord"):
            # Enter leads to the next step here.
            edit.setToolTip("改写错的内容；办到哪了用上面的按钮")

    def hang(self, strip: Strip) -> None:
        """Photos of the event itself stand between its steps and the facts."""
        super().hang(strip)
        self._inside.removeWidget(strip.widget)
        self._inside.insertWidget(self._inside.indexOf(self.steps) + 1, strip.widget)

    def _make_room(self) -> None:
        """The form was opened or put away: the whole of it has to be in sight."""
        self.writing.emit()
        if self.is_writing():
            tab_as_one_reads(self)
            first = next(iter(self.step_form.cells.values()))
            self._bring_in_sight(self.step_form, self.step_form.save_button, first)
        else:
            self._bring_in_sight(self._stands)

    def _bring_in_sight(self, *widgets: QWidget) -> None:
        """When they have their places, in Qt's next turn; what matters most comes last."""
        for widget in widgets:
            QTimer.singleShot(0, widget, partial(self._body.ensureWidgetVisible, widget, 0, 0))

    def _read_story(self, event_id: str) -> None:
        work = partial(story_of, self._events, self._attachments, event_id)
        self._story_latest.ask(
            self._lanes.reading.run(work, done=self._take_story, failed=self._not_read)
        )

    def _not_read(self, error: Exception) -> None:
        """The event may be gone; anything else has to be told: nothing can be done with it."""
        if not isinstance(error, RecordMissing):
            self.said.emit(Note(sentence_of(error) or str(error), bad=True))

    def _take_story(self, story: Story) -> None:
        self.story = story
        self._show_story()
        if self._read is not None and self._read.row.id == story.event:
            self._show()

    def _show(self) -> None:
        super()._show()
        if self._read is not None:
            what = " ".join(str(self._read.row.values["what"]).split())
            self._title.setText(what if len(what) <= _TITLE else f"{what[: _TITLE - 1]}……")
        if self.story is not None and self.story.phone[1] and not self._full:
            self._full_view.setVisible(True)
        tab_as_one_reads(self)

    def _show_story(self) -> None:
        story = self.story
        for widget in (self._stands, self.next, self.steps):
            widget.setVisible(story is not None)
        if story is None:
            self.step_form.hide()
            self._half.hide()
            return
        self._stands.show_story(story)
        legal = [act.action for act in story.acts]
        self.next.offer(story.standing.state, legal)
        if self.is_writing() and self.step_form.action not in legal:
            # What was typed is kept as a draft.
            self.step_form.hide()
            self.said.emit(Note("这件事已经有人先往下办了，您写了的还留着"))
        self.next.setVisible(bool(legal) and not self.is_writing())
        half = self._half_written(story)
        ends = "接着写" if half in legal else "已经有人先办了；改成记进展，接着写"
        self._half.setText(f"“{loop.ACTION_WORDS.get(half, '')}”写了一半，{ends}")
        self._half.setVisible(bool(half) and not self.is_writing())
        self.steps.show_steps([_shown(entry, story) for entry in story.steps])

    def _half_written(self, story: Story) -> str:
        """The step that may be gone on with: what is legal first, else what can be a note."""
        legal = [act.action for act in story.acts]
        onward = [action for action in story.drafts if action in legal]
        stale = [action for action in story.drafts if loop.NOTE in legal]
        return next(iter([*onward, *stale]), "")

    def _go_on(self) -> None:
        story = self.story
        if story is None or not (half := self._half_written(story)):
            return
        if half in [act.action for act in story.acts]:
            self.begin(half)
            return
        turn = partial(self._events.steps.turn_into_note, story.event, half)
        self._lanes.writing.run(turn, done=partial(self._kept, story.event))
        self._open_form(story.event, loop.NOTE, story.drafts[half].values)

    def _open_form(self, event_id: str, action: str, raw: Mapping[str, str]) -> None:
        self.step_form.begin(event_id, action, raw)
        self.next.hide()
        self._half.hide()

    def _write(self, event_id: str, action: str, raw: dict[str, str], photos: list[Taken]) -> None:
        work = partial(self._events.step, event_id, action, raw, photos)
        self._lanes.writing.run(
            write_and_drop_draft,
            work,
            self._events.steps,
            draft_of(event_id, action),
            done=partial(self._written, event_id, action),
            failed=self._not_written,
        )

    def _written(self, event_id: str, action: str, _step: str) -> None:
        self.step_form.tray.forget()
        self.step_form.hide()
        if self.story is not None and self.story.event == event_id:
            self._read_story(event_id)
        word = loop.ACTION_WORDS[action]
        self.said.emit(Note(f"“{word}”已记下，存在本机"))
        self.stepped.emit()

    def _not_written(self, error: Exception) -> None:
        self.step_form.not_saved()
        if isinstance(error, RecordInvalid):
            self.step_form.complain(error.problems)
            if self.story is not None:
                self._read_story(self.story.event)
        else:
            self.step_form.say_fault(sentence_of(error) or str(error))
            self._bring_in_sight(self.step_form.save_button)

    def _keep_draft(self, event_id: str, whole: dict[str, str]) -> None:
        steps, key = self._events.steps, draft_of(event_id, whole["action"])
        typed = any(text for name, text in whole.items() if name != "action")
        keep = partial(steps.keep_draft, key, whole) if typed else partial(steps.drop_draft, key)
        self._lanes.writing.run(keep, done=partial(self._kept, event_id))

    def _kept(self, event_id: str, _answer: object) -> None:
        """The form may have been put away meanwhile: then what was half written is offered."""
        if self.story is not None and self.story.event == event_id and not self.is_writing():
            self._read_story(event_id)

    def _put_away(self) -> None:
        self.step_form.hide()
        if self.story is not None:
            self._read_story(self.story.event)
            self.next.setVisible(bool(self.story.acts))
            self.next.take_focus()

    def _ask_events(self, text: str, answer: Callable[[Choices], None]) -> Task:
        event_id = self.story.event if self.story else ""
        return self._lanes.reading.run(self._events.duplicates, event_id, text, done=answer)

    def _arrange(self) -> None:
        """Above the facts: where it stands, what is next, how it went."""
        # Who made it and the buttons scroll along: where the screen is low, steps need the room.
        for place, widget in enumerate(
            (self._stands, self.next, self._half, self.step_form, self.steps), start=2
        ):
            self._inside.insertWidget(place, widget)
        self._inside.insertWidget(0, self._made_row)
        self._inside.addWidget(self._foot)
        self._show_story()


def _shown(entry: Entry, story: Story) -> ShownStep:
    """A step as the list of steps shows it."""
    lines = [
        f"转给：{entry.to_whom}" if entry.to_whom else "",
        entry.satisfaction,
        f"并入：{entry.joined_to_what}" if entry.joined_to else "",
        entry.text if entry.action != loop.FOUND else "",
    ]
    look = _FOUND if entry.action == loop.FOUND else action_look(entry.action)
    who = entry.person
    if entry.by and entry.by != entry.person:
        who = f"{who}（{entry.by}记）" if who else f"{entry.by}记"
    return ShownStep(
        entry.id,
        look,
        who,
        when(entry.at),
        tuple(line for line in lines if line),
        "" if entry.effect or entry.refused else entry.why or "没有生效",
        "synced" if entry.refused else entry.sync_state,
        entry.refused,
        tuple(story.photos.get(entry.id, ())),
    )


_FOUND = Look("eye", "发现", tokens.QUIET)
