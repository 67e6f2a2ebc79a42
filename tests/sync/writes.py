"""What cadres and lines may do, as strategies: plain data, so that a test can name it."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from desktop.attachments.service import Incoming
from sync.records import (
    KINDS,
    Event,
    EventStep,
    Grid,
    GridBoundary,
    Household,
    PointsEntry,
    PointsHandover,
    PointsRequest,
    PointsSubject,
    Posting,
    Project,
    Record,
    Resident,
    Settlement,
)
from sync.records.conflicts import COUNTY, OTHER
from tests.support import papers
from tests.support.files_here import FileFault
from tests.support.photos import photo
from tests.support.shapes import square
from tests.support.store import id_number
from tests.support.village import (
    Fault,
    Plan,
    Write,
)

_names = st.sampled_from(("王芳", "李强", "张伟"))
_grounds = st.sampled_from(("一组", "二组", None))
pick = st.integers(0, 20)
_id_numbers = st.sampled_from(
    (id_number(), id_number("19751203", 42), id_number("20010517", 99), None)
)
_shapes = st.sampled_from((square(), square(0.001), square(side=0.001)))
_days = st.sampled_from(("2026-01-01", "2026-06-01", "2026-12-31", None))

#: What may be written of each kind; a whole number stands for one of the records there.
FIELDS: dict[type[Record], dict[str, st.SearchStrategy[Any]]] = {
    Resident: {
        "name": _names,
        "id_number": _id_numbers,
        "address": _grounds,
        "phone": st.sampled_from(("13800000001", "13800000002", None)),
        "household": pick | st.none(),
        "grid": pick | st.none(),
    },
    Grid: {
        "name": _grounds.filter(bool),
        "code": st.sampled_from(("01", "02", None)),
        "level": st.sampled_from(("general", "micro", "micro")),
        "leader": _names | st.none(),
        "parent": pick | st.none(),
    },
    GridBoundary: {"grid": pick, "shape": _shapes},
    Household: {"head": _names, "address": _grounds, "grid": pick | st.none()},
    PointsSubject: {"name": _names, "resident": pick | st.none(), "note": _grounds},
    Settlement: {"name": _grounds.filter(bool), "people": st.integers(0, 2)},
    Posting: {
        "grid": pick,
        "seat": st.sampled_from(("grid_seat.leader", "grid_seat.worker")),
        "name": _names,
        "resident": pick | st.none(),
        "started_on": _days,
        "ended_on": _days,
    },
    Project: {
        "name": _names,
        "settlement": pick,
        "planned_start": _days,
        "planned_end": _days,
    },
    Event: {
        "what": _grounds.filter(bool),
        "event_kind": st.sampled_from(("event_kind.fire", "event_kind.dispute")),
        "level": st.sampled_from(("event_level.ordinary", "event_level.urgent")),
        "grid": pick | st.none(),
    },
}
REQUIRED: dict[type[Record], tuple[str, ...]] = {
    Resident: ("name",),
    Grid: ("name",),
    GridBoundary: ("grid", "shape"),
    Household: ("head",),
    PointsSubject: ("name",),
    Settlement: ("name",),
    Posting: ("grid", "seat", "name"),
    Project: ("name", "settlement"),
    Event: ("what", "event_kind", "level"),
}
_often: tuple[type[Record], ...] = (Resident, Resident, Resident, Grid, Grid)
_kinds: st.SearchStrategy[type[Record]] = st.sampled_from((*_often, *FIELDS))
_clocks = st.sampled_from(("", "", "1999-01-01T00:00:00+08:00", "2039-12-31T23:59:59+14:00"))


@st.composite
def creates(draw: st.DrawFn) -> Write:
    """A new record."""
    record = draw(_kinds)
    fields = FIELDS[record]
    names = {*REQUIRED[record], *draw(st.sets(st.sampled_from(sorted(fields))))}
    values = tuple((name, draw(fields[name])) for name in fields if name in names)
    return Write("create", record.kind, 0, values, draw(_clocks))


@st.composite
def edits(draw: st.DrawFn) -> Write:
    """An edit of one or two fields."""
    record = draw(_kinds)
    fields = FIELDS[record]
    names = draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=2, unique=True))
    values = tuple((name, draw(fields[name])) for name in names)
    return Write("edit", record.kind, draw(pick), values, draw(_clocks))


@st.composite
def differing_edits(draw: st.DrawFn) -> tuple[Write, Write, Write]:
    """A new record and two edits of the same fields of it, mostly with different values."""
    new = draw(creates())
    fields = FIELDS[KINDS[new.kind]]
    names = draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=3, unique=True))

    def edit() -> Write:
        values = tuple((name, draw(fields[name])) for name in names)
        return Write("edit", new.kind, 0, values, draw(_clocks))

    return new, edit(), edit()


@st.composite
def entries(draw: st.DrawFn) -> Write:
    """Points given, taken away or reversed."""
    points = draw(st.integers(1, 3))
    kind = draw(st.sampled_from(("positive", "negative", "redemption", "reversal")))
    values: dict[str, Any] = {"entry_type": kind, "points": points, "subject": draw(pick)}
    if kind == "reversal":
        values["reverses"] = draw(pick)
    elif kind != "positive":
        values["points"] = -points
    return Write("create", PointsEntry.kind, draw(pick), tuple(values.items()), draw(_clocks))


@st.composite
def handovers(draw: st.DrawFn) -> Write:
    """Points handed over or asked for."""
    kind = draw(st.sampled_from((PointsHandover, PointsHandover, PointsRequest)))
    values: dict[str, Any] = {"points": draw(st.integers(1, 4))}
    if kind is PointsHandover:
        values["to_device"] = draw(pick)
    return Write("hand over", kind.kind, draw(pick), tuple(values.items()), draw(_clocks))


@st.composite
def steps(draw: st.DrawFn) -> Write:
    """A step of an event, one of those that may be taken."""
    # What goes on with it comes first among them.
    action = draw(st.integers(0, 2) | pick)
    values = (("action", action), ("joined_to", draw(pick)))
    return Write("step", EventStep.kind, draw(pick), values)


removals = st.builds(
    Write,
    st.sampled_from(("delete", "restore", "give_up", "mend")),
    _kinds.map(lambda record: record.kind),
    pick,
)
_refusals = st.builds(Write, st.sampled_from(("give_up", "mend")), st.just(""), pick)
WRITES = st.one_of(
    creates(), edits(), edits(), entries(), handovers(), steps(), removals, _refusals
)

_faults = st.lists(st.sampled_from(Fault), max_size=4).map(tuple)
sizes = st.sampled_from((1, 2, 3, 1000))
#: Most photos get through: what stops none of them shows more of what comes after.
files = st.lists(st.sampled_from(FileFault), max_size=5).map(tuple)
_bytes = st.integers(0, 500) | st.integers(0, 200_000)
PLAIN_PLANS = st.builds(Plan, page=sizes, faults=_faults, place=_bytes, files=files)
PLANS = st.builds(
    Plan,
    page=sizes,
    faults=_faults,
    meanwhile_at=st.integers(0, 2),
    meanwhile=st.lists(
        WRITES | PLAIN_PLANS | st.tuples(st.integers(0, 2), edits()), max_size=3
    ).map(tuple),
    late=st.booleans(),
    cancel_after=st.none() | st.integers(1, 3),
    cut_at=st.none() | st.integers(0, 12),
    place=_bytes,
    files=files,
)

#: Records get through, and then the line turns bad.
PHOTO_PLANS = st.builds(
    Plan,
    files=st.lists(st.sampled_from(FileFault), min_size=1, max_size=5).map(tuple),
    place=_bytes,
)

#: Rows of a register on paper: the same people as other PCs enter by hand.
registers = st.lists(
    st.fixed_dictionaries(
        {
            "name": _names,
            "id_number": _id_numbers,
            "phone": FIELDS[Resident]["phone"],
            "address": _grounds,
        }
    ),
    min_size=1,
    max_size=4,
)
sides = st.lists(st.sampled_from((COUNTY, OTHER)), min_size=1, max_size=3)
WITH_PHOTOS: tuple[type[Record], ...] = (Resident, Resident, Grid, Household)


#: A photo or a document that somebody adds, by its name; few are alike.
names_of_files = st.builds("{}.{}".format, st.integers(0, 5), st.sampled_from(("jpg", "pdf")))


@cache
def incoming(name: str) -> Incoming:
    """The file of that name. Some documents are longer than what is kept or sent in one piece."""
    number, _, ending = name.partition(".")
    if ending == "jpg":
        return Incoming(name, photo(int(number), (48 + int(number), 36)))
    return Incoming(name, papers.pdf((60, 40 + int(number) * 500)))
