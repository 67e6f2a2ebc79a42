"""Run a command as one named step and tell how it ended."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from build_scripts.paths import ROOT


class StepFailed(Exception):
    """A step of the set-up cannot be done; the message says what a developer can do about it."""


def say(message: str) -> None:
    """Tell the person at the terminal something, beside the output and not in it."""
    print(message, file=sys.stderr, flush=True)


def run(
    name: str, command: Sequence[object], *, env: Mapping[str, str] | None = None, ask: bool = False
) -> int:
    """Run ``command`` in the root of the tree and return its exit code.

    It has no standard input unless ``ask`` is set: a question nobody can answer must fail at once.
    """
    say(f"── {name}")
    start = time.monotonic()
    code = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=env,
        stdin=None if ask else subprocess.DEVNULL,
        check=False,
    ).returncode
    say(f"   {'好 ok' if code == 0 else f'失败 failed ({code})'}，{time.monotonic() - start:.1f} s")
    return code
