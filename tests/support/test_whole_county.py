"""The made-up county adds up to the county's own account, and reaches a county by the real line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.server import ROOT
from tests.support.whole_county.plan import TOTALS, plans, shares

counts = st.lists(st.integers(0, 50), min_size=1, max_size=12)


def test_the_villages_add_up_to_the_countys_own_account() -> None:
    villages = plans()
    assert len(villages) == 189
    for kind, total in TOTALS.items():
        assert sum(village.counts[kind] for village in villages) == total, kind


def test_the_same_seed_makes_the_same_county() -> None:
    assert plans() == plans()


@given(weights=counts, extra=st.integers(0, 200), room=counts)
def test_shares_add_up_and_stay_within_their_bounds(
    weights: list[int], extra: int, room: list[int]
) -> None:
    least = [weight // 3 for weight in weights]
    most = [low + room[i % len(room)] * (weights[i] > 0) for i, low in enumerate(least)]
    total = min(sum(least) + extra, sum(most))
    found = shares(total, weights, least, most)
    assert sum(found) == total
    assert all(low <= n <= high for low, n, high in zip(least, found, most, strict=True))


def test_what_cannot_be_split_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be split"):
        shares(5, [1, 1], most=[2, 2])


def test_villages_that_are_filled_and_synced_stand_at_the_county(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.whole_county", "--villages", "2", "--json"]
    done = subprocess.run(
        [*command, "--folder", str(tmp_path / "county")],
        stdout=subprocess.PIPE, encoding="utf-8", check=False, cwd=ROOT,
    )  # fmt: skip
    figures = json.loads(done.stdout)
    assert figures["failed"] == []
    assert figures["county"] == figures["villages_wrote"]
    assert min(figures["county"].values()) > 0
    assert done.returncode == 0
