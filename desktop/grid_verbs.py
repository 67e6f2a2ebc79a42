"""Grids without a screen: divided, merged and closed, on the same service."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any

from desktop.grids.changing import Done, GridChanges, Part, Words
from desktop.grids.members import Member, proposal
from desktop.storage.store import Store
from desktop.verbs import VerbError

_PLAN = '{"parts": [{"name": "一组东"}, {"name": "一组西"}], "places": {"户或人的编号": 0}}'


def divide(store: Store, options: Namespace) -> int:
    """Divide a grid as a plan says; who is not placed there goes by the address, else to the last
    part."""
    plan = _plan(options.json)
    parts = [_part(part) for part in plan["parts"]]
    changes = GridChanges(store)
    below = bool(plan.get("below"))
    places = _places(changes.members(options.id), plan.get("places") or {}, len(parts), below)
    _print(changes.divide(options.id, parts, places, _words(plan), below=below))
    return 0


def merge(store: Store, options: Namespace) -> int:
    """Merge grids into another, or into a new one of that name."""
    changes, words = GridChanges(store), Words(reason=options.reason)
    if options.into:
        _print(changes.merge(options.id, options.into, words))
    elif options.name:
        _print(changes.merge_into_new(options.id, Part(options.name), words))
    else:
        raise VerbError("要写明并入哪个网格（--into），或者新网格的名称（--name）")
    return 0


def close(store: Store, options: Namespace) -> int:
    """Close a grid; what is in it goes to another."""
    words = Words(reason=options.reason)
    _print(GridChanges(store).close(options.id, options.into or None, words))
    return 0


def _plan(text: str) -> Mapping[str, Any]:
    try:
        plan = json.loads(text)
        sound = isinstance(plan, dict) and all(isinstance(p, dict) for p in plan["parts"])
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound:
        raise VerbError(f"--json 后面要写成 {_PLAN} 的样子")
    return dict(plan)


def _part(part: Mapping[str, Any]) -> Part:
    told = {name: str(part.get(name) or "") for name in ("name", "leader", "leader_phone")}
    return Part(**told)


def _places(
    members: Sequence[Member], wanted: Mapping[str, int], parts: int, below: bool
) -> dict[str, int]:
    placed = {m.id: parts - 1 for m in members} | proposal(members, parts) if not below else {}
    return placed | {record: int(place) for record, place in wanted.items()}


def _words(plan: Mapping[str, Any]) -> Words:
    given = {name: str(plan[name]) for name in ("day", "reason", "basis") if plan.get(name)}
    return Words(**given)


def _print(done: Done) -> None:
    print(json.dumps(done.to_json(), ensure_ascii=False))
