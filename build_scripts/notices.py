"""Write the notices of the parts a village PC gets: ``python -m build_scripts.notices``.

A distribution that carries its licence text gets ``resources/licenses/<name>.txt`` from its own
metadata. What carries none, or hides inside another part, is kept there by hand; see ``BY_HAND``.
"""

import sys
import tomllib
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from build_scripts.paths import ROOT

FOLDER = ROOT / "resources" / "licenses"
BY_HAND = {
    "CPython.txt",
    "GPL-3.0.txt",
    "LGPL-3.0.txt",
    "PyInstaller.txt",
    "Qt.txt",  # PySide6_Essentials and shiboken6 name their licence and leave out its text
    "icon-fonts.txt",  # inside qtawesome
    "chinesecalendar.txt",  # carries no licence text itself; the one of its repository
    "SQLCipher.txt",  # inside sqlcipher3, which speaks for itself alone
}
COVERED = {"pyside6-essentials", "shiboken6", "chinesecalendar"}
TEXTS = ("LICENSE", "LICENCE", "COPYING", "NOTICE")


def shipped() -> set[str]:
    """Return the canonical names of the runtime distributions and all they need, extras aside."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [Requirement(line) for line in project["dependencies"]]
    found: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found or not _wanted(requirement):
            continue
        found.add(name)
        waiting += [Requirement(line) for line in metadata.requires(name) or []]
    return found


def expected() -> dict[str, str]:
    """Return each notice that comes from metadata: its file name and text."""
    return {f"{name}.txt": _notice(name) for name in sorted(shipped() - COVERED)}


def _wanted(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def _notice(name: str) -> str:
    distribution = metadata.distribution(name)
    about = distribution.metadata.json
    texts = [
        path.read_text().strip()
        for path in distribution.files or []
        if ".dist-info" in str(path) and path.name.upper().startswith(TEXTS)
    ]
    if not texts:
        raise LookupError(f"{name} carries no licence text: write one by hand, see BY_HAND")
    # Without a version, the notice changes only when the terms do.
    licence = str(about.get("license_expression") or about.get("license") or "see below")
    heading = f"{about['name']}, https://pypi.org/project/{name}/\n{licence.splitlines()[0]}"
    return "\n\n".join([heading, *texts]) + "\n"


def main() -> int:
    """Write every notice and remove those of parts that are no longer shipped."""
    notices = expected()
    for name, text in notices.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for path in FOLDER.glob("*.txt"):
        if path.name not in notices and path.name not in BY_HAND:
            path.unlink()
    print(f"{len(notices)} notices in {FOLDER.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
