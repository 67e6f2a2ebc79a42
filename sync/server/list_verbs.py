"""The county's verbs about its lists: one given out as a sheet to edit, and published again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sync.server.database import require_up_to_date
from sync.server.lists import publish_sheet, sheet_of
from sync.server.settings import open_folder


def add_list_verbs(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
) -> tuple[argparse.ArgumentParser, ...]:
    """Add the verbs to the command line, and return them."""
    show = verbs.add_parser("show-list", help="把一份清单写成表，改好再公布")
    show.set_defaults(verb=_show)
    show.add_argument("list", metavar="LIST", help="清单的名字，如 event_kind")

    publish = verbs.add_parser("publish-list", help="公布一份改好的清单，各村同步时收到")
    publish.set_defaults(verb=_publish)
    publish.add_argument("file", type=Path, metavar="FILE.csv", help="文件名就是清单的名字")
    return show, publish


def _show(options: argparse.Namespace) -> None:
    engine = open_folder(options.data)
    require_up_to_date(engine)
    # Offices' programs take a file for UTF-8 only where it says so by its first character.
    is_file = not sys.stdout.isatty() and sys.stdout.encoding.lower() == "utf-8"
    print("\ufeff" if is_file else "", sheet_of(engine, options.list), sep="", end="")
    engine.dispose()


def _publish(options: argparse.Namespace) -> None:
    engine = open_folder(options.data)
    require_up_to_date(engine)
    loaded = publish_sheet(engine, options.file)
    engine.dispose()
    print(f"公布了：新增{loaded.added}项，改动{loaded.changed}项；表里没有的项已停用")
