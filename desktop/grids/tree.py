"""The tree of grids with its counts: county, town, village, general grids, and those below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sqlalchemy import Connection, select

from desktop.grids.counting import Counted, count_by_grid
from desktop.register.service import Listing, Row
from desktop.storage import listing as lists
from desktop.storage import settings
from desktop.storage.store import Store
from sync.records import Division, Grid
from sync.records.divisions import CODE_LENGTH, county_of, town_of
from sync.records.grids import GENERAL, MICRO, is_closed


@dataclass
class Node:
    """One line of the tree. ``row`` is the grid's record; None for what is above grids, and for
    the line of who is in no grid. Counts are of all below."""

    name: str
    level: str
    row: Row | None = None
    leader: str = ""
    households: int = 0
    people: int = 0
    children: list[Node] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The grid's id; '' for a line that is no grid."""
        return self.row.id if self.row else ""

    @property
    def closed(self) -> bool:
        """Whether the grid is closed."""
        return self.row is not None and is_closed(self.row.values)


@dataclass(frozen=True)
class Tree:
    """The whole tree, and how many grids of it are shown, open and closed."""

    roots: list[Node]
    shown: int
    micro: int
    closed: int


def read_tree(store: Store, wanted: Listing, leaders: Mapping[str, str], *, closed: bool) -> Tree:
    """Read the tree in one picture; with words or a state sought (``wanted``) what fits, and what
    is above it. Closed grids are shown where they are wanted, and where somebody is in them.
    ``leaders`` are who is posted to lead a grid, by its id; else the grid's own form says it."""
    with store.read() as connection:
        area = settings.read(connection, settings.AREA)
        counted = count_by_grid(connection, area)
        order = lists.order_of(connection, Listing(Grid.kind))
        rows = lists.rows_at(connection, Grid.kind, order)
        found = _found(connection, wanted)
        chain = _chain(connection, area)
        homes, people = counted.all_households, counted.all_people
    nodes = [_node(row, counted, leaders) for row in sorted(rows, key=_place)]
    shut = sum(node.closed for node in nodes)
    micro = sum(n.row is not None and n.row.values["level"] == MICRO for n in nodes if not n.closed)
    village = _hang(nodes, found, closed=closed)
    shown = sum(1 for top in village for _ in _walk(top))
    outside = Node("还没归到网格", "", None, "", homes - counted.households.total(), 0)
    outside.people = people - counted.people.total()
    if found is None and nodes and (outside.households > 0 or outside.people > 0):
        village.append(outside)
    return Tree(_below(chain, village, homes, people), shown, micro, shut)


def _found(connection: Connection, wanted: Listing) -> set[str] | None:
    """The ids of the grids that are sought; None where nothing is."""
    if not (wanted.search.strip() or wanted.state):
        return None
    order = lists.order_of(connection, wanted)
    return {row.id for row in lists.rows_at(connection, Grid.kind, order)}


def _chain(connection: Connection, area: str) -> list[Node]:
    """County, town and village by their names; before enrolment just the village."""
    codes = [county_of(area), town_of(area), area] if len(area) == CODE_LENGTH else []
    table = Division.table.c
    named = select(table.id, table.name, table.level).where(table.id.in_(codes))
    level = Division.fields["level"]
    known = {row.id: Node(row.name, level.show(row.level)) for row in connection.execute(named)}
    chain = [known[code] for code in codes if code in known]
    if area in known:
        return chain
    return [*chain, Node(settings.read(connection, settings.AREA_NAME) or "本村", "村")]


def _node(row: Row, counted: Counted, leaders: Mapping[str, str]) -> Node:
    level = Grid.fields["level"].show(row.values["level"])
    households, people = counted.households[row.id], counted.people[row.id]
    leader = leaders.get(row.id) or str(row.values["leader"] or "")
    return Node(str(row.values["name"]), level, row, leader, households, people)


def _place(row: Row) -> tuple[bool, str, str]:
    """General grids first, then in the order of their codes; those without in that of making."""
    return (row.values["level"] != GENERAL, str(row.values["code"] or "~"), row.id)


def _hang(nodes: Sequence[Node], found: set[str] | None, *, closed: bool) -> list[Node]:
    """Put each node below its own; what is not shown goes, but for what is above what is."""
    by_id = {node.id: node for node in nodes}
    tops = []
    for node in nodes:
        parent = by_id.get(str(node.row.values["parent"])) if node.row else None
        if parent is None or parent is node:
            tops.append(node)
        else:
            parent.children.append(node)
    for top in tops:
        # Below a general grid there is one level: what is below counts for it too.
        top.households += sum(child.households for child in top.children)
        top.people += sum(child.people for child in top.children)
        top.children = [n for n in top.children if _is_shown(n, found, closed=closed)]
    return [n for n in tops if n.children or _is_shown(n, found, closed=closed)]


def _is_shown(node: Node, found: set[str] | None, *, closed: bool) -> bool:
    if found is not None:
        return node.id in found
    return closed or not node.closed or bool(node.households or node.people)


def _below(chain: list[Node], village: list[Node], homes: int, people: int) -> list[Node]:
    for upper, lower in pairwise(chain):
        upper.children = [lower]
    chain[-1].children = village
    chain[-1].households, chain[-1].people = homes, people
    return chain[:1]


def _walk(node: Node) -> Iterable[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)
