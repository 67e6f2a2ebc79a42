"""Try the frozen program as a village would: ``python -m build_scripts.smoke``.

It starts on a fresh data folder and on one that the source program made, adds a record, syncs with
a real county server, and shows its window. What is checked are the records on both ends, not words
on a screen. The program gets a bare environment: nothing of ``.venv`` may help it.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from build_scripts.county import County, county, first_village
from build_scripts.freeze import PROGRAM
from build_scripts.paths import BUILD, FROZEN, ROOT

FROZEN_PROGRAM = [str(FROZEN / PROGRAM / (PROGRAM + (".exe" if os.name == "nt" else "")))]
SOURCE_PROGRAM = [sys.executable, "-m", "desktop"]
PASSWORD = {"SHIGE_PASSWORD": "试运行 2026"}
SCREENSHOTS = BUILD / "smoke"
SMALLEST_WINDOW = 10_000  # bytes of PNG; an empty one has fewer

PEOPLE = {
    "fresh": {"name": "单小芳", "id_number": "510183198503070020", "phone": "13800000001"},
    "source": {"name": "仇建国", "id_number": "510183197210010011", "phone": "13800000002"},
    "frozen": {"name": "曾玉兰", "id_number": "510183199012120040", "phone": "13800000003"},
}


class Village:
    """A data folder and one of the two programs on it."""

    def __init__(self, program: list[str], data: Path) -> None:
        self.program = program
        self.data = data

    def verb(self, *arguments: object) -> str:
        """Run the program to its end and return what it printed; raises when it failed."""
        bare = {"PATH": os.defpath, "HOME": str(self.data.parent), "LANG": "C.UTF-8"}
        bare["QT_QPA_PLATFORM"] = "offscreen"
        given = ["--data", self.data, "--password-env", "SHIGE_PASSWORD", *arguments]
        return subprocess.run(
            [*self.program, *map(str, given)],
            cwd=ROOT,
            env=bare | PASSWORD,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            check=True,
            timeout=120,
        ).stdout

    def answer(self, *arguments: object) -> Any:
        """Run a verb that answers in JSON."""
        return json.loads(self.verb(*arguments))

    def join(self, server: County, village: str) -> None:
        """Make the data folder and enrol it for ``village``."""
        self.verb("init")
        code = server.verb("enroll-code", "--village", village)
        self.verb("enroll", "--server", server.url, "--code", code)

    def add(self, person: str) -> str:
        """Add one of ``PEOPLE``; return the record's id."""
        record = json.dumps(PEOPLE[person], ensure_ascii=False)
        return str(self.answer("add", "resident", "--json", record)["id"])

    def sync(self) -> dict[str, int]:
        """Sync; nothing may be left waiting, refused or in conflict."""
        receipt: dict[str, int] = self.answer("sync", "--json")
        assert not any(receipt[name] for name in ("waiting", "refused", "conflicts")), receipt
        return receipt

    def residents(self) -> dict[str, dict[str, Any]]:
        """Return every resident in full, by ID number."""
        records = self.answer("list", "resident", "--json", "--unmask")
        return {record["id_number"]: record for record in records}


def main() -> int:
    """Try everything; return 0 when the frozen program did all of it."""
    if not Path(FROZEN_PROGRAM[0]).exists():
        print("还没有打包，请先运行 first run: python3 build_scripts/dev.py freeze")
        return 1
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="shige-smoke-") as folder:
        root = Path(folder)
        with step("县服务器 county server"), county(root / "county") as server:
            village = first_village()
            with step("全新的数据 fresh data folder"):
                fresh = _fresh(root, server, village)
            with step("源程序留下的数据 data folder of the source program"):
                taken_over = _taken_over(root, server, village)
            with step("两端一致 both ends agree"):
                _agree(server, fresh, taken_over)
            with step("窗口 window"):
                _window(fresh, "fresh")
                _window(taken_over, "taken-over")
    print(f"试运行通过 smoke test passed，截图在 {SCREENSHOTS.relative_to(ROOT)}")
    return 0


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Tell what was done and how long it took."""
    start = time.monotonic()
    yield
    print(f"   {name} {time.monotonic() - start:.1f} s", flush=True)


def _fresh(root: Path, server: County, village: str) -> Village:
    fresh = Village(FROZEN_PROGRAM, root / "fresh")
    fresh.join(server, village)
    record = fresh.add("fresh")
    assert fresh.answer("status", "--json")["waiting"] == 1
    assert fresh.sync()["sent"] == 1
    assert fresh.residents()[PEOPLE["fresh"]["id_number"]]["id"] == record
    return fresh


def _taken_over(root: Path, server: County, village: str) -> Village:
    """Begin with the source program, leave a record waiting, and go on with the frozen one."""
    source = Village(SOURCE_PROGRAM, root / "taken-over")
    source.join(server, village)
    source.add("source")
    frozen = Village(FROZEN_PROGRAM, source.data)
    frozen.add("frozen")
    assert frozen.sync()["sent"] == 2
    return frozen


def _agree(server: County, *villages: Village) -> None:
    expected = {person["id_number"]: person for person in PEOPLE.values()}
    for village in villages:
        village.sync()
        found = village.residents()
        assert found.keys() == expected.keys(), found
        for number, person in expected.items():
            assert person.items() <= found[number].items(), found[number]
        village.verb("check")
    totals = json.loads(server.verb("totals", "--json"))
    assert totals["resident"] == len(PEOPLE), totals


def _window(village: Village, name: str) -> None:
    picture = SCREENSHOTS / f"{name}.png"
    picture.unlink(missing_ok=True)
    village.verb("--screenshot", picture)
    assert picture.read_bytes().startswith(b"\x89PNG"), picture
    assert picture.stat().st_size > SMALLEST_WINDOW, picture


if __name__ == "__main__":
    sys.exit(main())
