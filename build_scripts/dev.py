"""The developer's commands: ``python3 build_scripts/dev.py run | test | lint | freeze | bench |
soak | county | screens``.

Each first makes sure of its surroundings (system libraries, ``.venv``, locked packages), so that
both commands of the README work on a fresh machine. Until then only the standard library is there.
"""

import argparse
import os
import sys
from pathlib import Path

OLDEST = (3, 11)
if sys.version_info < OLDEST:  # said here, before newer syntax is met
    sys.exit(f"需要 Python 3.11 以上 Python 3.11 or newer is needed: {sys.version.split()[0]}")
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from build_scripts import checks, system, venv  # noqa: E402  (only now on the path)
from build_scripts.steps import StepFailed, run, say  # noqa: E402


def main() -> int:
    """Carry out one verb and return its exit code."""
    arguments, rest = _parser().parse_known_args()
    if rest and arguments.verb != "test":
        _parser().error(f"不认识的参数 unknown arguments: {' '.join(rest)}")
    try:
        system.ensure(freezing=arguments.verb == "freeze")
        venv.ensure()
    except StepFailed as problem:
        say(str(problem))
        return 1
    return _carry_out(arguments, rest)


def _carry_out(arguments: argparse.Namespace, rest: list[str]) -> int:
    python = venv.program("python")
    if arguments.verb == "test":
        return checks.test(rest)
    if arguments.verb == "lint":
        return 1 if checks.lint() else 0
    if arguments.verb == "bench":
        options = [*arguments.names, *(["--json"] if arguments.json else [])]
        return run("测量 bench", [python, "-m", "tests.bench", *options])
    if arguments.verb == "soak":
        options = ["--minutes", str(arguments.minutes)]
        options += [] if arguments.seed is None else ["--seed", str(arguments.seed)]
        return run("久测 soak", [python, "-m", "tests.soak", *options])
    if arguments.verb == "county":
        options = [] if arguments.villages is None else ["--villages", str(arguments.villages)]
        options += ["--json"] if arguments.json else []
        return run("全县 county", [python, "-m", "tests.support.whole_county", *options])
    if arguments.verb == "screens":
        options = ["--scale", str(arguments.scale)]
        return run("截图 screens", [python, "-m", "tests.support.screens", *options])
    if arguments.verb == "freeze":
        code = run("打包 freeze", [python, "-m", "build_scripts.freeze"])
        return code or run("试运行 smoke", [python, "-m", "build_scripts.smoke"])
    headless = arguments.headless or not _has_display()
    options = ["--headless"] if headless else []
    return run("演示 demo", [python, "-m", "build_scripts.demo", *options], ask=True)


def _has_display() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    demo = verbs.add_parser("run", help="一个村的一天：县服务器、村电脑和样例数据 the demo")
    demo.add_argument("--headless", action="store_true", help="不要屏幕，截图存到 build/demo/")
    verbs.add_parser("test", help="全部检查和测试，其余参数交给 pytest", add_help=False)
    verbs.add_parser("lint", help="只做检查，不跑测试")
    verbs.add_parser("freeze", help="打包到 build/frozen/shige/ 并试运行")
    bench = verbs.add_parser("bench", help="测量，与下限并列")
    bench.add_argument("names", nargs="*", metavar="NAME")
    bench.add_argument("--json", action="store_true", help="每次测量一个 JSON 对象")
    soak = verbs.add_parser("soak", help="让几个村在坏线路上一直同步，直到时间到或出错")
    soak.add_argument("--minutes", type=float, required=True)
    soak.add_argument("--seed", type=int, help="从这个种子开始，用来重现")
    county = verbs.add_parser("county", help="造出全县各村的资料，经真的同步送到县里，对总数")
    county.add_argument("--villages", type=int, metavar="N", help="只做前 N 个村")
    county.add_argument("--json", action="store_true")
    screens = verbs.add_parser("screens", help="每一页在空、平常、满三种村里的截图")
    screens.add_argument("--scale", type=int, default=100, choices=(100, 125, 150))
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
