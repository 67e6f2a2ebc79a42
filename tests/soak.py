"""``python -m tests.soak --minutes N [--seed S]``: let villages work over bad lines, for long.

The machine of ``tests.sync.machine`` with fresh random sequences until the time is over or a
promise breaks; then the sequence that breaks it is printed, with its seed, which ``--seed`` plays
again. In the end it tells how often each thing happened that is meant to happen.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sync.machine import Agreement

#: Sequences of one seed, and the longest of them in steps.
SEQUENCES, STEPS = 25, 40


def main() -> int:
    """Run seed after seed; return 1 where a promise broke."""
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, help="the first seed; each round takes the next")
    parser.add_argument("--shrink", action="store_true", help="look for a shorter sequence too")
    options = parser.parse_args()
    current = options.seed if options.seed is not None else random.randrange(2**31)
    done: Counter[str] = Counter()

    class Counted(Agreement):
        def teardown(self) -> None:
            done["sequences"] += 1
            try:
                super().teardown()
            finally:
                done.update(self.villages.county.truth.codes)
                done.update(self.villages.tally)

    how = settings(
        max_examples=SEQUENCES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if options.shrink else (Phase.generate,),
        verbosity=Verbosity.normal,
    )
    end = time.monotonic() + options.minutes * 60
    while time.monotonic() < end:
        try:
            run_state_machine_as_test(seed(current)(Counted), settings=how)
        except BaseException:
            print(f"seed {current}, after {done['sequences']} sequences", flush=True)
            _tell(done)
            raise
        print(f"seed {current}: {done['sequences']} sequences so far", flush=True)
        current += 1
    _tell(done)
    return 0


def _tell(done: Counter[str]) -> None:
    for name, number in done.most_common():
        print(f"{number:8} {name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
