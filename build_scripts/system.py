"""What the program needs of the operating system itself, and how to get it."""

import ctypes
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from build_scripts.steps import StepFailed, run, say

PYTHON = f"python3.{sys.version_info.minor}"
# What Qt's offscreen and X11 platforms load, by the Debian package that carries it.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
}


def ensure(*, freezing: bool = False) -> None:
    """Have every library of ``LIBRARIES`` and what freezing asks for, installing what is missing.

    Raises ``StepFailed`` with the list of packages where this account may not install them.
    """
    if not sys.platform.startswith("linux"):
        return
    packages = missing() + (missing_for_freezing() if freezing else [])
    if not packages:
        return
    names = " ".join(packages)
    if not _may_install():
        raise StepFailed(
            f"本机缺少系统软件包，请让管理员安装后再试：{names}\n"
            f"Missing system packages (Debian names). As root: apt-get install {names}"
        )
    say(f"正在安装系统软件包 installing: {names}")
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # A stale list names packages that the mirror no longer has; a failed update may still do.
    run("apt-get update", ["apt-get", "-qq", "update"], env=env)
    install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]
    if run("apt-get install", install, env=env) != 0:
        raise StepFailed(f"系统软件包没有装上，见上面的输出。\napt-get could not install: {names}")


def missing() -> list[str]:
    """Return the Debian packages whose library or Python part is not there."""
    packages = [package for soname, package in LIBRARIES.items() if not _loads(soname)]
    if importlib.util.find_spec("ensurepip") is None:  # Debian splits venv from its Python
        packages.append(f"{PYTHON}-venv")
    return packages


def missing_for_freezing() -> list[str]:
    """Return the Debian packages that PyInstaller still needs."""
    packages = [] if shutil.which("objdump") else ["binutils"]
    # Debian's own Python holds its library inside the program; a frozen one loads it.
    if sys.base_prefix == "/usr" and not _loads(f"lib{PYTHON}.so.1.0"):
        packages.append(f"lib{PYTHON}")
    return packages


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def _may_install() -> bool:
    debian = Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None
    return debian and os.geteuid() == 0
