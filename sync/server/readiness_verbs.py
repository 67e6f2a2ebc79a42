"""The county's verb for emergencies: an area goes over, and comes back."""

from __future__ import annotations

import argparse

from sync.records.teams import MODE_WORDS
from sync.server.database import require_up_to_date
from sync.server.readiness import switch_area
from sync.server.settings import open_folder


def add_readiness_verbs(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
) -> tuple[argparse.ArgumentParser, ...]:
    """Add the verb to the command line, and return it."""
    readiness = verbs.add_parser("readiness", help="把全县市、一个镇街或一个村转入战时，或转回平时")
    readiness.set_defaults(verb=_switch)
    readiness.add_argument(
        "--area", required=True, metavar="CODE", help="县、镇街或村的12位区划代码"
    )
    readiness.add_argument("--to", required=True, choices=list(MODE_WORDS), help="战时或平时")
    readiness.add_argument("--reason", required=True, help="事由，各村都看得到")
    readiness.add_argument("--by", default="县里", help="谁转的，各村都看得到")
    return (readiness,)


def _switch(options: argparse.Namespace) -> None:
    engine = open_folder(options.data)
    require_up_to_date(engine)
    done = switch_area(engine, options.area, options.to, options.reason, options.by)
    engine.dispose()
    word = MODE_WORDS[options.to]
    print(f"{done.name}已转入{word}：{done.villages}个村（社区）下次同步时收到")
