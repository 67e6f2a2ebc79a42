"""How many live in each grid: the few of a page are counted as all are."""

from __future__ import annotations

import pytest

from desktop.grids.service import Grids
from desktop.register.service import Register
from desktop.storage.store import Store
from sync.records import Household, Resident


@pytest.mark.parametrize("homeless", [False, True], ids=["all in grids", "some by household"])
def test_a_page_of_grids_is_counted_as_all_are(store: Store, homeless: bool) -> None:
    grids, residents = Grids(store), Register(store, Resident)
    one, other = (grids.add({"name": name, "level": "micro"}) for name in ("一组", "二组"))
    home = Register(store, Household).add({"head": "王芳", "grid": other})
    for number in range(3):
        residents.add({"name": f"居民{number}", "grid": one if number else other})
    gone = residents.add({"name": "走了的", "grid": one})
    residents.delete(gone)
    if homeless:
        residents.add({"name": "跟着户走的", "household": home})
    whole, page = grids.counted(), grids.counted_of([one, other])
    assert (whole.people[one], whole.people[other]) == (2, 2 if homeless else 1)
    for grid in (one, other):
        assert page.people[grid] == whole.people[grid]
        assert page.households[grid] == whole.households[grid]
