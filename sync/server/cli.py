"""The county server's verbs. Errors are one Chinese sentence on stderr, never a traceback."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import exc

from sync.server.accounts import new_code
from sync.server.area_verbs import add_area_verbs
from sync.server.database import bring_up_to_date, require_up_to_date, writing
from sync.server.divisions import load_divisions, read_divisions
from sync.server.errors import ServerError
from sync.server.event_verbs import add_event_verbs
from sync.server.grid_numbers import number_grids
from sync.server.list_verbs import add_list_verbs
from sync.server.lists import publish_defaults
from sync.server.numbering import begin_eras
from sync.server.readiness_verbs import add_readiness_verbs
from sync.server.settings import open_folder, prepare_folder
from sync.server.totals import as_list, totals

FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        options.verb(options)
    except ServerError as error:
        print(error, file=sys.stderr)
        return FAILED
    except exc.OperationalError as error:
        print(f"数据库用不了：{str(error.orig).strip().splitlines()[0]}", file=sys.stderr)
        return FAILED
    return 0


def _init(options: argparse.Namespace) -> None:
    divisions = read_divisions(options.divisions)
    prepare_folder(options.data, options.database)
    engine = open_folder(options.data)
    bring_up_to_date(engine)
    loaded = load_divisions(engine, divisions)
    publish_defaults(engine)
    engine.dispose()
    print(f"准备好了：区划新增{loaded.added}个，改动{loaded.changed}个")


def _serve(options: argparse.Namespace) -> None:
    # Only this verb needs the web framework, which takes its time to load.
    from sync.server.app import make_app
    from sync.server.serving import serve

    engine = open_folder(options.data)
    bring_up_to_date(engine)
    publish_defaults(engine)
    number_grids(engine)
    serve(make_app(engine, options.data), options.host, options.port)


def _enroll_code(options: argparse.Namespace) -> None:
    engine = open_folder(options.data)
    require_up_to_date(engine)
    print(new_code(engine, options.village))
    engine.dispose()


def _restored(options: argparse.Namespace) -> None:
    engine = open_folder(options.data)
    bring_up_to_date(engine)
    with writing(engine) as connection:
        count = begin_eras(connection)
    engine.dispose()
    print(f"记下了：{count}个地方从备份恢复。各村下次同步时会把备份以后的内容再送一遍。")


def _totals(options: argparse.Namespace) -> None:
    engine = open_folder(options.data)
    require_up_to_date(engine)
    numbers = totals(engine, options.area)
    engine.dispose()
    print(json.dumps(numbers, ensure_ascii=False) if options.json else as_list(numbers))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sync.server", description="实格：县级服务器")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    init = verbs.add_parser("init", help="新建或更新数据文件夹，载入区划表")
    init.set_defaults(verb=_init)
    init.add_argument("--database", default="", metavar="URL", help="默认用文件夹里的 SQLite")
    init.add_argument("--divisions", required=True, type=Path, metavar="CSV", help="区划表")

    server = verbs.add_parser("serve", help="开始服务")
    server.set_defaults(verb=_serve)
    server.add_argument("--host", default="127.0.0.1")
    server.add_argument("--port", type=int, default=8710, help="0 表示任意空闲端口")

    code = verbs.add_parser("enroll-code", help="给一个村发一次性注册码")
    code.set_defaults(verb=_enroll_code)
    code.add_argument("--village", required=True, metavar="CODE", help="12位区划代码")

    restored = verbs.add_parser("restored", help="数据库从备份恢复以后运行一次")
    restored.set_defaults(verb=_restored)

    numbers = verbs.add_parser("totals", help="按种类统计")
    numbers.set_defaults(verb=_totals)
    numbers.add_argument("--json", action="store_true")
    numbers.add_argument("--area", default="", metavar="CODE", help="县、镇街或村的区划代码")

    more = (
        *add_area_verbs(verbs),
        *add_list_verbs(verbs),
        *add_readiness_verbs(verbs),
        *add_event_verbs(verbs),
    )
    for verb in (init, server, code, restored, numbers, *more):
        verb.add_argument("--data", required=True, type=Path, metavar="DIR", help="数据文件夹")
    return parser
