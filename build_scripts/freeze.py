"""Freeze the village program with PyInstaller: ``python -m build_scripts.freeze``.

The outcome is the folder ``build/frozen/shige/`` with the program ``shige``, without the county
server, the tests and the developer's tools. A folder, not one file: it starts in half the time.
"""

import shutil
import sys
from pathlib import Path

import PyInstaller.__main__

from build_scripts.paths import BUILD, FROZEN, ROOT
from build_scripts.system_notices import write_system_notices

PROGRAM = "shige"
ENTRY = ROOT / "desktop" / "__main__.py"
HOOKS = ROOT / "build_scripts" / "hooks"
# Loaded by name at run time, where PyInstaller cannot see it.
HIDDEN = [
    "_cffi_backend",  # PyNaCl
    "logging.config",
    "pypinyin",
    "sqlalchemy.dialects.sqlite.pysqlcipher",
    "sqlcipher3.dbapi2",
]
WHOLE = ["sync.records", "sync.client"]  # revisions may import what the program itself does not
PACKAGE_DATA = ["pypinyin", "qtawesome", "stdnum", "tzdata"]
LEFT_OUT = [
    # Ours, but not the village's.
    "build_scripts",
    "sync.server",
    "tests",
    # Parts of the server and of development, should a kept part ask for them in passing.
    "hypothesis",
    "litestar",
    "mypy",
    "psutil",
    "psycopg",
    "pytest",
    "setuptools",
    "uvicorn",
    "yaml",
    # Links to GPL code, and a window has no use for it.
    "readline",
    # Two SQLite libraries on one file lose rows: the program has SQLCipher's and no other.
    "_sqlite3",
    "sqlite3",
    # Offered by the parts for icons, graphs and compression; no page uses them.
    "IPython",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtTest",
    "matplotlib",
    "pyqtgraph.examples",
    "pyqtgraph.opengl",
    "tkinter",
    "zstandard._cffi",
    "zstandard.backend_cffi",
]


def data_folders() -> list[Path]:
    """Return what is read from files at run time: resources and the databases' revisions."""
    revisions = [
        folder
        for room in ("sync", "desktop")
        for folder in sorted((ROOT / room).rglob("migrations/versions"))
        if ROOT / "sync" / "server" not in folder.parents
    ]
    return [folder for folder in [ROOT / "resources", *revisions] if folder.is_dir()]


def options() -> list[str]:
    """Return PyInstaller's command line."""
    line = [str(ENTRY), "--name", PROGRAM, "--onedir", "--noconfirm", "--log-level", "WARN"]
    line += ["--paths", str(ROOT), "--distpath", str(FROZEN)]
    line += ["--workpath", str(BUILD / "freezing"), "--specpath", str(BUILD / "freezing")]
    line += ["--additional-hooks-dir", str(HOOKS)]
    for folder in data_folders():
        line += ["--add-data", f"{folder}:{folder.relative_to(ROOT)}"]
    for name in HIDDEN:
        line += ["--hidden-import", name]
    for name in WHOLE:
        line += ["--collect-submodules", name]
    for name in PACKAGE_DATA:
        line += ["--collect-data", name]
    for name in LEFT_OUT:
        line += ["--exclude-module", name]
    return line


def main() -> int:
    """Freeze, add the notices of the system libraries taken along, and tell the size."""
    for cache in (cache for folder in data_folders() for cache in folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    PyInstaller.__main__.run(options())
    frozen = FROZEN / PROGRAM
    write_system_notices(frozen)
    size = sum(path.stat().st_size for path in frozen.rglob("*") if not path.is_symlink())
    print(f"{frozen.relative_to(ROOT)}: {size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
