"""The demo: a county, a village's PC with its register, and the window on it.

``python -m build_scripts.demo [--headless]``. With a display the window opens and is yours. With
``--headless`` the same window is driven through a village's day (see ``village_day``), pictures
of each page are left under ``build/demo/``, and the exit code is 0 only if all ends agree.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from build_scripts.county import County, county, first_village
from build_scripts.paths import BUILD, ROOT
from build_scripts.steps import say
from desktop.storage.store import Store

DEMO = BUILD / "demo"
PASSWORD = "shige-demo"  # noqa: S105 - made-up people behind it, and printed for whoever tries
REGISTER = ROOT / "tests" / "data" / "registers" / "residents_ledger_1.xlsx"
_ENVIRONMENT = os.environ | {"SHIGE_PASSWORD": PASSWORD}


def main() -> int:
    """Make the demo's data anew and show it."""
    parser = argparse.ArgumentParser(prog="demo")
    parser.add_argument("--headless", action="store_true")
    headless = parser.parse_args().headless
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir(parents=True)
    if headless:
        # Before Qt is imported.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        from build_scripts.village_day import live_a_day

        return live_a_day(DEMO)
    return _show()


def _show() -> int:
    with county(DEMO / "county") as server:
        data = DEMO / "village"
        village_pc(data, server)
        pc_verb(data, "import", "residents", str(REGISTER))
        say(f"密码 password: {PASSWORD}；关上窗口就结束 close the window to end")
        command = [sys.executable, "-m", "desktop", "--data", str(data)]
        given = ["--password-env", "SHIGE_PASSWORD"]
        return subprocess.run(
            [*command, *given], cwd=ROOT, env=_ENVIRONMENT, check=False
        ).returncode


def village_pc(
    data: Path, server: County, operator: str = "周桂芳", name: str = "村委会前台"
) -> None:
    """Make a PC's data and enrol it for the first village of the county."""
    pc_verb(data, "init", "--operator", operator)
    # As in the settings page: no verb asks for it.
    store = Store.open(data, PASSWORD)
    store.set(device_name=name)
    store.close()
    code = server.verb("enroll-code", "--village", first_village())
    pc_verb(data, "enroll", "--server", server.url, "--code", code)


def pc_verb(data: Path, *arguments: str) -> str:
    """Run one of the village program's verbs and return what it printed."""
    given = ["--data", str(data), "--password-env", "SHIGE_PASSWORD", *arguments]
    return subprocess.run(
        [sys.executable, "-m", "desktop", *given],
        cwd=ROOT,
        env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
