"""The virtual environment: made once, remade when broken, always as the lock says."""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

from build_scripts.paths import LOCK, VENV
from build_scripts.steps import StepFailed, run, say

STAMP = VENV / "locked.sha256"


def program(name: str) -> Path:
    """Return the path of a program inside the environment, such as ``python`` or ``ruff``."""
    return VENV / ("Scripts" if os.name == "nt" else "bin") / name


def ensure() -> None:
    """Have ``.venv`` with exactly the versions of the lock that are not there yet.

    Raises ``StepFailed`` where a package cannot be had.
    """
    if not _works():
        say("正在建立 Python 环境 making .venv")
        venv.create(VENV, with_pip=True, clear=True)
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    say("正在安装锁定的软件包，首次约一分钟 installing the locked packages")
    pip = [program("python"), "-m", "pip", "install", "--quiet", "--no-input"]
    if run("pip install", [*pip, "--require-hashes", "-r", LOCK]) != 0:
        raise StepFailed(
            "Python 软件包没有装上：多半是网络不通或代理没有设好，请看上面的输出，修好后再试。\n"
            "pip could not install the lock; fix what it says above and run this again."
        )
    STAMP.write_text(wanted)


def _works() -> bool:
    """Whether the environment runs, has pip, and is of this Python's version."""
    ask = "import pip, sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [program("python"), "-c", ask], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return answer.stdout.split() == [str(part) for part in sys.version_info[:2]]
