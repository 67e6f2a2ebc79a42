"""What one may do with events. No Qt.

``Events`` is the register: report, take a step, what may be done next, what is due. Where one
stands is ``standing``, how it went ``timeline``, what waits ``views``, and what was half written of
a step ``half_written``; what they come to is ``desktop.figures``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Integer, Select, literal_column, select

from desktop.attachments.service import Taken, write_taken
from desktop.events.half_written import EventSteps
from desktop.events.standing import Act, Standing, act_of, standing_of
from desktop.events.timeline import Entry, timeline_of
from desktop.events.views import ARRIVED, VIEWS, Due, conditions_of, due_at, here, orders
from desktop.register.service import RecordInvalid, RecordMissing, Register
from desktop.storage import settings, tables
from desktop.storage.event_standings import limits_now
from desktop.storage.event_steps import county_now
from desktop.storage.listing import Listing
from desktop.storage.store import Store
from desktop.storage.writing import Writing
from sync.records import Event, EventStep, FieldError, Resident, Value
from sync.records.event_limits import QUICK_DISPOSAL
from sync.records.event_loop import (
    ACCEPT,
    CLOSE,
    DISPOSE,
    EVALUATE,
    FEED_BACK,
    REPORT,
    legal,
)

__all__ = [
    "VIEWS",
    "Act",
    "Due",
    "Entry",
    "EventSteps",
    "Events",
    "RecordInvalid",
    "RecordMissing",
    "Standing",
]

_standing = tables.event_standing.c
_event = Event.table.c


class Events(Register):
    """The events, and what may be done with each."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Event)
        self.steps = EventSteps(store)
        self.conditions, self.orders = conditions_of(store), orders()

    def now(self) -> str:
        """The time in UTC by the county's clock, as far as the last sync tells."""
        with self.store.read() as connection:
            return county_now(connection)

    def add(self, raw: Mapping[str, object]) -> str:
        """Report an event; return its id. Raises RecordInvalid."""
        return self.report(raw)

    def report(
        self,
        raw: Mapping[str, object],
        then: Sequence[tuple[str, Mapping[str, object]]] = (),
        photos: Sequence[Taken] = (),
    ) -> str:
        """Write an event, its photos and its first step, and more steps that were taken at once
        (action and its fields), all or nothing; return the event's id. Raises RecordInvalid."""
        values, problems = self.clean(raw)
        if problems:
            raise RecordInvalid(problems)
        steps = [self._step_values(action, fields) for action, fields in ((REPORT, {}), *then)]
        with self.store.write() as writing:
            self._complete(writing, values)
            event = writing.create(Event, values)
            self._write_steps(writing, event, steps)
            for photo in photos:
                write_taken(writing, Event.kind, event, photo)
        return event

    def settle_at_once(
        self,
        raw: Mapping[str, object],
        done: str,
        satisfaction: str = "nobody",
        photos: Sequence[Taken] = (),
    ) -> str:
        """Report a trifle that was seen to on the spot (即报即处): ``done`` says how. It is closed
        with it; return the event's id. Raises RecordInvalid."""
        then: list[tuple[str, Mapping[str, object]]] = [
            (ACCEPT, {}),
            (DISPOSE, {"text": done}),
            (FEED_BACK, {}),
            (EVALUATE, {"satisfaction": satisfaction}),
            (CLOSE, {}),
        ]
        return self.report(raw, then, photos)

    def step(
        self,
        event_id: str,
        action: str,
        raw: Mapping[str, object] | None = None,
        photos: Sequence[Taken] = (),
    ) -> str:
        """Take a step, with its photos; return its id. ``raw`` are fields of ``EventStep`` as
        typed; who and when are filled in where they are not said. Raises RecordInvalid,
        RecordMissing."""
        values = self._step_values(action, raw or {})
        with self.store.write() as writing:
            step = self._write_steps(writing, event_id, [values])[0]
            for photo in photos:
                write_taken(writing, EventStep.kind, step, photo)
        return step

    def may(self, event_id: str) -> list[Act]:
        """What may be done with an event now, what goes on first. Raises RecordMissing."""
        return [act_of(action) for action in legal(self.standing(event_id).state)]

    def standing(self, event_id: str) -> Standing:
        """Where an event stands. Raises RecordMissing."""
        found = self.standings([event_id])
        if event_id not in found:
            raise RecordMissing(Event.label)
        return found[event_id]

    def standings(self, ids: Sequence[str]) -> dict[str, Standing]:
        """Where events stand, by id, in one query; those that are no more are left out."""
        table = tables.event_standing
        with self.store.read() as connection:
            rows = connection.execute(select(table).where(table.c.record.in_(list(ids)))).mappings()
            return {row["record"]: standing_of(dict(row)) for row in rows}

    def timeline(self, event_id: str) -> list[Entry]:
        """How an event went, oldest first: found, then each step, with or without effect. Raises
        RecordMissing."""
        with self.store.read() as connection:
            return timeline_of(connection, event_id)

    def joined_with(self, event_id: str) -> list[tuple[str, str]]:
        """(id, what) of the events that were joined to this one, be it by way of others."""
        with self.store.read() as connection:
            joined = {event_id}
            while more := set(connection.scalars(_joining(joined))) - joined:
                joined |= more
            found = connection.execute(
                select(_event.id, _event.what)
                .join(tables.event_standing, _standing.record == _event.id)
                .where(_event.id.in_(joined), _standing.joined_to == event_id, _event.deleted == 0)
                .order_by(_standing.reported_at)
            )
            return [(event, what) for event, what in found]

    def listing(
        self,
        view: str = "",
        *,
        grid: str | None = None,
        kind: str | None = None,
        state: str | None = None,
        search: str = "",
        sort: str | None = None,
        descending: bool = False,
    ) -> Listing:
        """A list of events for ``order``: of a view ('': all), by grid, by kind, by state. Sorted
        by what is due first, all and ended ones with the newest on this PC first, where nothing is
        said."""
        filters: list[tuple[str, Value]] = [
            (name, value)
            for name, value in (
                ("view", view or None),
                ("grid", grid),
                ("event_kind", kind),
                ("state", state),
            )
            if value is not None
        ]
        if sort is None:
            recent = view in ("", "ended")
            sort, descending = (ARRIVED, True) if recent else ("due_at", False)
        return Listing(Event.kind, search, tuple(filters), None, sort, descending)

    def duplicates(self, event_id: str, search: str, limit: int = 30) -> list[tuple[str, str]]:
        """(id, words) of the events that one might be the same as: open ones that are found by
        some words, or without words those of the same grid; the newest first."""
        grid = str(self.get(event_id).values["grid"] or "") if event_id else ""
        wanted = self.listing(
            "open",
            grid=grid if grid and not search.strip() else None,
            search=search,
            sort="reported_at",
            descending=True,
        )
        rows = [row for row in self.rows(self.order(wanted)[: limit + 1]) if row.id != event_id]
        stands = self.standings([row.id for row in rows])
        return [
            (row.id, f"{row.values['what']}（{stands[row.id].word}）".replace("\n", " "))
            for row in rows[:limit]
            if row.id in stands
        ]

    def limit_words(self) -> dict[str, str]:
        """Within what time an event of each level has to be disposed of, by the level's id."""
        with self.store.read() as connection:
            limits = limits_now(connection)
        found = {
            level: limit for (speed, level), limit in limits.items() if speed == QUICK_DISPOSAL
        }
        return {level: f"{limit.words}内办好" for level, limit in found.items()}

    def newest(self, number: int) -> list[tuple[str, str, str]]:
        """(id, what, kind and grid) of the events that came last onto this PC."""
        here = literal_column(f"{Event.kind}.rowid", Integer)
        statement = select(here).select_from(Event.table).where(_event.deleted == 0)
        with self.store.read() as connection:
            numbers = connection.scalars(statement.order_by(here.desc()).limit(number)).all()
        rows = self.rows(numbers)
        titles: dict[str, str] = {}
        for name in ("event_kind", "grid"):
            ids = sorted({str(value) for row in rows if (value := row.values[name])})
            titles |= self.titles(self.fields[name].to, ids) if ids else {}  # type: ignore[attr-defined]
        return [
            (
                row.id,
                str(row.values["what"]).replace("\n", " "),
                " · ".join(
                    titles[str(value)]
                    for name in ("event_kind", "grid")
                    if (value := row.values[name]) and str(value) in titles
                ),
            )
            for row in rows
        ]

    def reporter_phone(self, event_id: str) -> tuple[str, str]:
        """The resident who reported an event (id) and their phone, which stands with them; two
        empty texts where nobody of the register did."""
        resident, area = Resident.table.c, settings.AREA
        with self.store.read() as connection:
            here = settings.read(connection, area)
            found = connection.execute(
                select(resident.id, resident.phone)
                .join(Event.table, (_event.reporter == resident.id) & (_event.area == here))
                .where(_event.id == event_id, resident.area == here, resident.deleted == 0)
            ).first()
        return (found.id, found.phone) if found and found.phone else ("", "")

    def log_phone_shown(self, resident_id: str) -> None:
        """Note that the phone of the resident who reported an event was shown whole."""
        Register(self.store, Resident).log_full_view(resident_id, 1, "看事件反映人电话")

    def due(self, now: str | None = None) -> Due:
        """How many events wait for what, in one query; ``now`` is a moment in UTC."""
        with self.store.read() as connection:
            return due_at(connection, now)

    @staticmethod
    def _complete(writing: Writing, values: dict[str, Value]) -> None:
        """Fill in when it was found, and from the resident who reported it the name."""
        if values.get("found_at") is None:
            values["found_at"] = county_now(writing.connection)
        if values.get("reporter") is not None and values.get("reported_by") is None:
            name = select(Resident.table.c.name).where(Resident.table.c.id == values["reporter"])
            values["reported_by"] = writing.connection.execute(name).scalar()

    def _step_values(self, action: str, raw: Mapping[str, object]) -> dict[str, Value]:
        values, problems = self.steps.clean(raw)
        if problems:
            raise RecordInvalid(problems)
        try:
            values["action"] = EventStep.fields["action"].clean(action)
        except FieldError as error:
            raise RecordInvalid({"action": str(error)}) from error
        return values

    @staticmethod
    def _write_steps(writing: Writing, event: str, steps: Sequence[dict[str, Value]]) -> list[str]:
        """Write steps of one event; the cadre of this PC took those that name nobody."""
        operator = settings.read(writing.connection, settings.OPERATOR, "本机用户")
        rows = [
            {**values, "event": event, "person": values.get("person") or operator}
            for values in steps
        ]
        return writing.create_many(EventStep, rows)


def _joining(events: Collection[str]) -> Select[str]:
    """The events of which a step says that they are the same as one of these."""
    step = EventStep.table.c
    return select(step.event).distinct().where(here(step.area), step.joined_to.in_(events))
