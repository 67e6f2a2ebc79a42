"""The county's verbs about who works where: PCs listed, moved, no longer let in; villages merged
and split."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from sync.server.database import require_up_to_date
from sync.server.devices import list_devices, move_device, revoke_device
from sync.server.moving import Tally
from sync.server.settings import open_folder
from sync.server.villages import merge_villages, split_village


def add_area_verbs(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
) -> tuple[argparse.ArgumentParser, ...]:
    """Add the verbs to the command line, and return them."""
    code: dict[str, Any] = {"required": True, "metavar": "CODE"}

    listing = verbs.add_parser("devices", help="列出登记的电脑")
    listing.set_defaults(verb=_devices)
    listing.add_argument("--json", action="store_true")
    listing.add_argument("--village", default="", metavar="CODE", help="只列一个村的")

    move = verbs.add_parser("move-device", help="把一台电脑改到另一个村")
    move.set_defaults(verb=_move)
    move.add_argument("--village", help="新的村，12位区划代码", **code)

    revoke = verbs.add_parser("revoke-device", help="停用一台电脑")
    revoke.set_defaults(verb=_revoke)
    for verb in (move, revoke):
        verb.add_argument("--device", required=True, metavar="ID", help="电脑编号，用 devices 查")

    merge = verbs.add_parser("merge-villages", help="把一个村并入另一个村，原村撤销")
    merge.set_defaults(verb=_merge)

    split = verbs.add_parser("split-village", help="把一些网格划到另一个村")
    split.set_defaults(verb=_split)
    split.add_argument("--grids", required=True, metavar="ID,ID", help="网格编号，逗号隔开")
    split.add_argument("--name", default="", help="区划表里还没有新村时给出它的名称")
    for verb in (merge, split):
        verb.add_argument("--from", dest="source", help="原来的村", **code)
        verb.add_argument("--into", help="去的村", **code)

    return listing, move, revoke, merge, split


def _devices(options: argparse.Namespace) -> None:
    with _county(options) as engine:
        found = list_devices(engine, options.village)
    print(json.dumps(found, ensure_ascii=False) if options.json else as_list(found))


def as_list(devices: list[dict[str, Any]]) -> str:
    """PCs as a list to read, a line each."""
    if not devices:
        return "还没有登记的电脑"
    return "\n".join(
        f"{one['id']}  {one['village_name'] or one['village']}  {one['name']}"
        f"  登记于{one['enrolled_at'][:10]}，最近同步{one['last_seen_at'][:10]}"
        + ("，已停用" if one["revoked"] else "")
        + ("，正在改属（等它下次同步）" if one["leaving"] else "")
        for one in devices
    )


def _move(options: argparse.Namespace) -> None:
    with _county(options) as engine:
        village = move_device(engine, options.device, options.village)
    print(f"已改属{village}。这台电脑下次同步时先把没送的送完，再换成新村的资料")


def _revoke(options: argparse.Namespace) -> None:
    with _county(options) as engine:
        name = revoke_device(engine, options.device)
    print(f"已停用电脑“{name}”，县里不再和它收发")


def _merge(options: argparse.Namespace) -> None:
    with _county(options) as engine:
        tally = merge_villages(engine, options.source, options.into)
    print(f"已并入{options.into}：{_in_words(tally)}，电脑{tally.devices}台随之改属")


def _split(options: argparse.Namespace) -> None:
    grids = [grid.strip() for grid in options.grids.split(",") if grid.strip()]
    with _county(options) as engine:
        tally = split_village(engine, options.source, options.into, grids, options.name)
    print(f"已划到{options.into}：{_in_words(tally)}。哪些电脑改到新村，请用 move-device")


def _in_words(tally: Tally) -> str:
    words = f"记录{tally.records}条"
    if tally.emptied:
        words += f"，跨村的关联清空{tally.emptied}处"
    if tally.conflicts:
        words += f"，两边对不上留给村里选定的{tally.conflicts}处"
    return words


@contextmanager
def _county(options: argparse.Namespace) -> Iterator[Engine]:
    engine = open_folder(options.data)
    require_up_to_date(engine)
    yield engine
    engine.dispose()
