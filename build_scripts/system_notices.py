"""Put the copyright notice of every system library that freezing took along beside the others."""

import shutil
import subprocess
from pathlib import Path

DOCUMENTS = Path("/usr/share/doc")


def write_system_notices(frozen: Path) -> int:
    """Copy Debian's copyright files of the packages whose libraries lie in ``frozen``.

    Return how many; none where there is no dpkg, as on Windows, whose program takes none along.
    """
    if shutil.which("dpkg") is None:
        return 0
    target = frozen / "_internal" / "resources" / "licenses" / "system"
    target.mkdir(parents=True, exist_ok=True)
    # Wheels keep their libraries in folders of their own: the top holds the system's.
    packages = {_package_of(path.name) for path in (frozen / "_internal").glob("*.so*")} - {None}
    for package in packages:
        notice = DOCUMENTS / str(package) / "copyright"
        if notice.exists():
            shutil.copyfile(notice, target / f"{package}.txt")
    return len(packages)


def _package_of(library: str) -> str | None:
    found = subprocess.run(
        ["dpkg", "-S", f"*/{library}"], capture_output=True, text=True, check=False
    )
    return found.stdout.split(":")[0] or None
