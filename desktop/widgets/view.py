"""What a feature says about one kind of record; table, form and panel follow from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from desktop.register.service import Register, Row
from desktop.widgets.states import State
from sync.records import Field, Value
from sync.records.fields import Choice, Money, Number, Reference

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Derived:
    """A column that is worked out, not kept: ``load(ids)`` gives its texts by record id.

    ``load`` is called off the window's thread, for the rows of one page of the table. Where there
    are ``states`` it gives their codes, and they are shown with icon, word and colour.
    """

    name: str
    label: str
    load: Callable[[list[str]], Mapping[str, str]]
    width: int = 96
    number: bool = True
    states: Mapping[str, State] = field(default_factory=dict)

    def word(self, text: str) -> str:
        """What is shown of a text that ``load`` gave."""
        return self.states[text].word if text in self.states else text


def once_a_page(read: Callable[[list[str]], Answer]) -> Callable[[list[str]], Answer]:
    """``read``, for several ``Derived`` columns that are worked out of the same: asked again for
    the very same page it gives what it gave. Each page that is read is a list of its own."""
    last: list[tuple[list[str], Answer]] = []

    def of_page(ids: list[str]) -> Answer:
        if not last or last[0][0] is not ids:
            last[:] = [(ids, read(ids))]
        return last[0][1]

    return of_page


@dataclass(frozen=True)
class Action:
    """Something one may do with the chosen record beside editing it.

    ``wanted`` tells for which records the button is there at all.
    """

    name: str
    label: str
    icon: str
    carry_out: Callable[[Row], None]
    wanted: Callable[[Row], bool] = lambda row: True


@dataclass(frozen=True)
class EmptyWords:
    """What an empty list says: what it is for, and the first step."""

    icon: str
    heading: str
    words: str


@dataclass(frozen=True)
class View:
    """One kind of record on a page: which fields in the table, the form and the filters."""

    register: Register
    icon: str
    new_word: str
    columns: tuple[str, ...]
    form: tuple[str, ...]
    filters: tuple[str, ...]
    empty: EmptyWords
    #: What the form offers of a choice, by code, where not all of it may be chosen here.
    offered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    derived: tuple[Derived, ...] = ()
    #: The columns and what is worked out in one order; fields first where nothing is said. What
    #: does not fit is put away from the end.
    places: tuple[str, ...] = ()
    #: Widths of columns, unscaled, where the usual one of their sort of field is not the right one.
    widths: Mapping[str, int] = field(default_factory=dict)
    #: Chips for what is worked out, by name, as the field it would be: a ``Choice`` or a
    #: ``Reference``. What a value means to the list the register says in ``conditions``.
    asked: Mapping[str, Field] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    #: Facts over the fields in the panel: (label, text), worked out off the window's thread.
    facts: Callable[[Row], list[tuple[str, str]]] | None = None
    #: A sentence over the form by what stands in it (raw texts by field name), before anything is
    #: wrong; worked out off the window's thread.
    advice: Callable[[Mapping[str, str]], str] | None = None
    sort: str | None = None
    descending: bool = False
    #: What the counting words are: 「共 294 人」.
    counted: str = "条"

    @property
    def kind(self) -> str:
        """The record's kind, which names widgets and remembered things."""
        return self.register.record.kind

    @property
    def label(self) -> str:
        """The concept in Chinese."""
        return self.register.record.label

    @property
    def fields(self) -> Mapping[str, Field]:
        """The record's fields by name."""
        return self.register.record.fields

    def asked_for(self, name: str) -> Field:
        """A field as the form asks for it: with what may be chosen here."""
        declared = self.fields[name]
        if name not in self.offered or not isinstance(declared, Choice):
            return declared
        codes = self.offered[name]
        return replace(declared, options=tuple(o for o in declared.options if o[0] in codes))


@dataclass(frozen=True)
class Note:
    """One sentence for the person, with at most one thing to do about it."""

    words: str
    action: str = ""
    carry_out: Callable[[], Any] | None = None
    bad: bool = False
    #: Ctrl+Z does it too, also after the sentence has gone.
    undoes: bool = False


@dataclass
class Loaded:
    """Rows with the names of what they refer to, and their derived columns by column and id."""

    rows: list[Row]
    titles: dict[str, str] = field(default_factory=dict)
    derived: dict[str, Mapping[str, str]] = field(default_factory=dict)


def load(view: View, rows: list[Row], fields: Sequence[str]) -> Loaded:
    """Read what the rows refer to and what is derived of them. Runs on a lane."""
    titles: dict[str, str] = {}
    for name in fields:
        declared = view.fields[name]
        if isinstance(declared, Reference):
            ids = sorted({str(v) for r in rows if (v := r.values[name]) is not None})
            if ids:
                titles |= view.register.titles(declared.to, ids)
    ids = [row.id for row in rows]
    return Loaded(rows, titles, {d.name: d.load(ids) for d in view.derived} if ids else {})


def shown(declared: Field, row: Row, titles: Mapping[str, str], *, full: bool = False) -> str:
    """One field of a row as the cadre reads it: masked unless ``full``, references by name."""
    return value_shown(declared, row.values[declared.name], titles, full=full)


def value_shown(
    declared: Field, value: Value, titles: Mapping[str, str], *, full: bool = False
) -> str:
    """A value of a field as the cadre reads it; empty text for nothing."""
    if isinstance(declared, Reference):
        title = titles.get(str(value)) if value is not None else None
        return (title if full else declared.mask(title)) if title else ""
    if value is None:
        return declared.absent
    text = declared.show(value) if full else declared.mask(value)
    unit = declared.unit if isinstance(declared, Number) and text else ""
    return f"{text} {unit}" if isinstance(declared, Money) and text else f"{text}{unit}"


def is_number(declared: Field) -> bool:
    """Whether a field stands at the right of its column."""
    return isinstance(declared, Number)


def is_choice(declared: Field) -> bool:
    """Whether a field has a short list of values."""
    return isinstance(declared, Choice)
