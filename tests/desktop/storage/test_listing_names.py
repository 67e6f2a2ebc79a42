"""A field may be called as a column of the list's own machinery."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.storage.listing import Listing, order_of, row_of, rows_at
from desktop.storage.store import Store
from sync.records import KINDS, Household
from tests.support.store import county_rows, new_store, receive


def test_a_field_called_number_keeps_its_own_value_in_lists(tmp_path: Path) -> None:
    store = new_store(tmp_path / "pc")
    with store.write() as writing:
        record = writing.create(Household, {"head": "郭忠珍", "number": "0012"})
    with store.read() as connection:
        listed = rows_at(connection, "household", order_of(connection, Listing("household")))
        alone = row_of(connection, "household", record)
    store.close()
    assert [row.values["number"] for row in listed] == ["0012"]
    assert alone is not None
    assert alone.values["number"] == "0012"


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_of_any_kind_is_received_and_received_anew(store: Store, kind: str) -> None:
    """Whatever its fields are called, the index takes it in."""
    record = KINDS[kind]
    for revision in (1, 2):
        receive(store, county_rows(record, {"id": "r", "revision": revision}), cursor=revision)
    with store.read() as connection:
        assert len(order_of(connection, Listing(kind))) == 1
