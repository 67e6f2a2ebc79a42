"""The program without a screen: the same services by verbs, for support and for tests."""

from __future__ import annotations

import argparse
import getpass
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from desktop import courier_verbs, event_verbs, grid_verbs, verbs
from desktop.reports.faults import FileFault
from desktop.storage.errors import RecordInvalid, RecordMissing, StorageError
from desktop.storage.store import Store
from sync.client.ports import LineFault, NoLine
from sync.courier import CourierFault

#: Exit codes that scripts rely on.
DONE, FAILED, USAGE, NO_LINE, NEEDS_A_PERSON = 0, 1, 2, 3, 4

Verb = Callable[[Store, argparse.Namespace], int]


class _Parser(argparse.ArgumentParser):
    """Says in Chinese that a call was off."""

    def error(self, message: str) -> NoReturn:
        print(f"命令写得不对：{message}。用 --help 看用法。", file=sys.stderr)
        raise SystemExit(USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb, or open the window; return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A Chinese Windows console is GBK by default and has no room for rare characters.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = _parser().parse_args(arguments)
    try:
        if options.verb is None:
            return _open_window(options)
        code = _run(options)
        sys.stdout.flush()
        return code
    except (FileFault, CourierFault) as fault:
        print(fault.sentence, file=sys.stderr)
    except LineFault as fault:
        print(fault.sentence, file=sys.stderr)
        return NO_LINE if isinstance(fault, NoLine) else FAILED
    except StorageError as fault:
        print(fault.sentence, file=sys.stderr)
    except (RecordInvalid, RecordMissing, verbs.VerbError) as fault:
        print(str(fault), file=sys.stderr)
    except BrokenPipeError:
        # Whoever read the list has seen enough; what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("已停下，已保存的内容都在。", file=sys.stderr)
    return FAILED


def _run(options: argparse.Namespace) -> int:
    if options.verb == "courier" and getattr(options, "server", ""):
        # A town office carries for villages and has no data of its own.
        return courier_verbs.carry_for_others(options)
    password = _password(options)
    if options.verb == "init":
        with_name = {"operator": options.operator} if options.operator else {}
        store = Store.create(options.data, password)
        store.set(**with_name)
        store.close()
        print("已建立，请记住密码：忘了密码，谁也打不开这里的资料。")
        return DONE
    store = Store.open(options.data, password)
    try:
        run: Verb = options.run
        return run(store, options)
    finally:
        store.close()


def _open_window(options: argparse.Namespace) -> int:
    _need_a_screen(options.screenshot is not None)
    # Qt is only needed here.
    from desktop.window import open_window

    password = os.environ.get(options.password_env) if options.password_env else None
    return open_window(options.data, password, screenshot=options.screenshot)


def _need_a_screen(picture_only: bool) -> None:
    """Qt ends the whole program where there is no screen; say so in words before."""
    where = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if not sys.platform.startswith("linux") or any(os.environ.get(name) for name in where):
        return
    if not picture_only:
        raise verbs.VerbError("这里没有屏幕，窗口打不开；不用窗口的话，请在后面写上要做的事。")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"


def _password(options: argparse.Namespace) -> str:
    if options.password_env:
        password = os.environ.get(options.password_env)
        if password is None:
            raise verbs.VerbError(f"环境变量 {options.password_env} 里没有密码。")
        return password
    if not sys.stdin.isatty():
        raise verbs.VerbError("没有给密码：请用 --password-env 指明放密码的环境变量。")
    return getpass.getpass("密码：")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="shige", description="实格：没有网也能用的村级台账")
    parser.add_argument("--data", type=Path, default=_default_folder(), help="数据文件夹")
    parser.add_argument("--password-env", metavar="NAME", help="放密码的环境变量名")
    parser.add_argument("--screenshot", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("-platform", help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)

    init = commands.add_parser("init", help="建立本机数据")
    init.add_argument("--operator", help="经办人姓名")
    _add(commands, "enroll", verbs.enrol, "向县里登记这台电脑", "--server=", "--code=")
    _add(commands, "import", verbs.import_file, "导入名册", "what", "file", "--json")
    _add(commands, "export", verbs.export_file, "导出名册", "what", "file", "--unmask")
    _add(commands, "add", verbs.add, "添加一条记录", "kind", "--json=")
    _add(commands, "edit", verbs.edit, "修改一条记录", "kind", "id", "--json=")
    _add(commands, "list", verbs.list_records, "列出记录", "kind", "--json", "--unmask")
    _add(commands, "attach", verbs.attach, "给一条记录加照片或文件", "kind", "id", "file+")
    _add(commands, "files", verbs.files, "看还没有送到县里的照片和文件", "--json")
    _add(commands, "fetch", verbs.fetch, "把附件的原件存成文件", "id", "out")
    _add(commands, "sync", verbs.sync, "同步", "--json", "--thorough")
    _add(commands, "receipts", verbs.receipts, "列出同步记录", "--json")
    _add(commands, "status", verbs.status, "看本机的情况", "--json")
    _add(commands, "support", verbs.support, "给技术支持的情况说明，不含任何人的资料")
    _add(commands, "check", verbs.check, "检查数据", "--json")
    courier = commands.add_parser("courier", help="没有网：用U盘同步")
    steps = courier.add_subparsers(dest="step", metavar="STEP", required=True, parser_class=_Parser)
    _add(
        steps, "export", courier_verbs.export, "把待同步的存到U盘（文件或文件夹）", "file", "--json"
    )
    carry = _add(steps, "carry", courier_verbs.carry, "在有网的电脑上送", "file", "--json")
    carry.add_argument("--server", default="", help="县里的服务器地址；给了就不用密码")
    _add(steps, "import", courier_verbs.take_in, "把县里的回执读回来", "file", "--json")
    _add_events(commands)
    _add_grids(commands)
    return parser


def _add_events(commands: object) -> None:
    event = commands.add_parser("event", help="事件：上报、处理、查看")  # type: ignore[attr-defined]
    steps = event.add_subparsers(dest="step", metavar="STEP", required=True, parser_class=_Parser)
    report = _add(steps, "report", event_verbs.report, "上报一件事", "--json=")
    report.add_argument("--settled", default="", metavar="TEXT", help="当场办好了：怎么办的")
    go_on = _add(steps, "step", event_verbs.step, "走一步：受理、转办、处置……", "id", "action")
    go_on.add_argument("--json", default="", help="这一步的内容")
    _add(steps, "show", event_verbs.show, "看一件事办到哪里", "id", "--json")
    listing = _add(steps, "list", event_verbs.list_events, "列出事件", "--json")
    listing.add_argument("--view", default="", help="open、mine、today、overdue……")


def _add(
    commands: object, name: str, run: Verb, about: str, *arguments: str
) -> argparse.ArgumentParser:
    """Add a verb: ``--flag``, ``--option=`` (required), ``name`` or ``name+`` (several)."""
    parser: argparse.ArgumentParser
    parser = commands.add_parser(name, help=about)  # type: ignore[attr-defined]
    parser.set_defaults(run=run)
    for argument in arguments:
        if argument.endswith("="):
            parser.add_argument(argument[:-1], required=True)
        elif argument.startswith("--"):
            parser.add_argument(argument, action="store_true")
        elif argument.endswith("+"):
            parser.add_argument(argument[:-1], nargs="+")
        else:
            parser.add_argument(argument)
    return parser


def _add_grids(commands: object) -> None:
    grid = commands.add_parser("grid", help="划分、合并、关闭网格")  # type: ignore[attr-defined]
    steps = grid.add_subparsers(dest="step", metavar="STEP", required=True, parser_class=_Parser)
    _add(steps, "divide", grid_verbs.divide, "把一个网格划分成几个", "id", "--json=")
    merge = _add(steps, "merge", grid_verbs.merge, "把几个网格并成一个", "id+")
    merge.add_argument("--name", default="", help="并成一个新网格时，它的名称")
    close = _add(steps, "close", grid_verbs.close, "关闭网格", "id")
    for step in (merge, close):
        step.add_argument("--into", default="", help="到哪个网格")
        step.add_argument("--reason", default="", help="原因")
        step.add_argument("--json", action="store_true", help="结果总是写成 JSON")


def _default_folder() -> Path:
    base = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "shige"
