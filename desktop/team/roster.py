"""The duty roster (值班表) as it is printed: who stands where, with telephones in full. No Qt."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from desktop.register.service import Register
from desktop.reports.paper import Column, Facts, Grid, Paper, Words
from desktop.storage import settings
from desktop.storage.store import Store
from desktop.storage.writing import now
from desktop.team.occupancy import Manned, manned, own_area, phones_of, values_of
from sync.records import Grid as GridRecord
from sync.records import Posting
from sync.records.teams import EMERGENCY, MODE_WORDS

VACANT = "（空缺）"
_COLUMNS = (
    Column("网格", 4),
    Column("岗位", 3),
    Column("姓名", 3),
    Column("电话", 4),
    Column("到岗日期", 3),
)
_NOBODY = "还没有网格，或者岗位上还没有人。"


class Rosters:
    """Makes rosters, and notes that telephones were shown in full."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def paper(self, day: str, grids: Sequence[str] | None = None) -> Paper:
        """The roster of some grids, or of the whole village, on a day, each grid in the mode in
        which it stands."""
        with self._store.read() as connection:
            found = manned(connection, grids, day)
            names = _names(connection, found)
            phones = phones_of(connection, [one.id for m in found.values() for one in m.people])
            village = settings.read(connection, settings.AREA_NAME)
            operator = settings.read(connection, settings.OPERATOR)
        Register(self._store, Posting).log_full_view(None, len(phones), "打印值班表")
        ordered = [found[grid] for grid in names]
        return Paper(
            village=village,
            title=f"{_title(ordered, names)}值班表",
            period=f"{day}　{_modes(ordered)}",
            parts=_parts(ordered, names, phones),
            printed_by=operator,
            printed_at=now(),
            signatures=("填表人签字", "负责人签字", "单位盖章"),
        )


def _names(connection: Connection, found: dict[str, Manned]) -> dict[str, str]:
    """The names of grids by id, in the order of their codes and names."""
    table = GridRecord.table.c
    statement = select(table.id, table.name).where(
        table.area == own_area(connection), table.deleted == 0, table.id.in_(values_of(found))
    )
    return dict(connection.execute(statement.order_by(table.code, table.name)).all())


def _title(ordered: Sequence[Manned], names: dict[str, str]) -> str:
    return names[ordered[0].grid] if len(ordered) == 1 else "网格队伍"


def _modes(ordered: Sequence[Manned]) -> str:
    modes = {one.standing.mode for one in ordered}
    return "、".join(word for mode, word in MODE_WORDS.items() if mode in modes)


def _parts(
    ordered: Sequence[Manned], names: dict[str, str], phones: dict[str, str]
) -> tuple[Facts | Grid | Words, ...]:
    rows = [row for one in ordered for row in _rows(one, names[one.grid], phones)]
    if not rows:
        return (Words(_NOBODY),)
    people = sum(len(one.people) for one in ordered)
    vacant = sum(filled.missing for one in ordered for filled in one.seats)
    facts = [("网格", f"{len(ordered)}个"), ("在岗", f"{people}人次"), ("空缺", f"{vacant}人")]
    return (Facts(tuple(facts)), *_why(ordered), Grid(_COLUMNS, tuple(rows)))


def _why(ordered: Sequence[Manned]) -> tuple[Words, ...]:
    """Why something is in emergency, once for each switch."""
    since = {
        one.standing.since.id: one.standing.since
        for one in ordered
        if one.standing.mode == EMERGENCY and one.standing.since
    }
    return tuple(
        Words(f"{switch.at[:10]}起转入战时：{switch.reason}（{switch.by}）")
        for switch in since.values()
    )


def _rows(one: Manned, name: str, phones: dict[str, str]) -> list[tuple[str, ...]]:
    """A grid's rows; its name stands in the first of them."""
    label = f"{name}（战时）" if one.standing.mode == EMERGENCY else name
    rows = []
    for filled in one.seats:
        rows += [
            (filled.seat.name, stand.name, phones.get(stand.id, ""), stand.started_on)
            for stand in filled.stands
        ]
        rows += [(filled.seat.name, VACANT, "", "")] * filled.missing
    return [("" if place else label, *row) for place, row in enumerate(rows)]
