"""Receipts are kept, listed and told in words; paper says whose they are."""

from __future__ import annotations

import msgspec
import pytest

from desktop.reports.paper import Facts, Grid
from desktop.storage import receipts as bounds
from desktop.storage.errors import RecordMissing
from desktop.storage.store import Store
from desktop.syncing.receipt_paper import paper_of
from desktop.syncing.receipt_words import by_kind, facts, gist, outcome, proof, stamp
from desktop.syncing.receipts import KeptReceipt, Office, Receipts
from desktop.syncing.service import Receipt

AT = "2026-11-25T09:42:00+08:00"
BUSY = Receipt(sent=12, received=30, conflicts=1, at=AT, county_time=AT)
QUIET = Receipt(at=AT, county_time=AT, proof="equal")


def keep(store: Store, *receipts: Receipt) -> None:
    with store.change() as connection:
        for receipt in receipts:
            connection.exec_driver_sql(
                "INSERT INTO receipt (at, county_time, receipt_json) VALUES (?, ?, ?)",
                (receipt.at, receipt.county_time, msgspec.json.encode(receipt).decode()),
            )
            bounds.forget_old(connection)


def test_receipts_come_newest_first_and_page_by_page(store: Store) -> None:
    keep(store, *(Receipt(sent=number) for number in range(1, 8)))
    receipts = Receipts(store)
    first = receipts.receipts(3)
    assert [one.receipt.sent for one in first] == [7, 6, 5]
    rest = receipts.receipts(10, before=first[-1].number)
    assert [one.receipt.sent for one in rest] == [4, 3, 2, 1]
    assert receipts.receipts(10, before=rest[-1].number) == []
    assert receipts.receipt(first[0].number) == first[0]
    assert receipts.count() == 7
    with pytest.raises(RecordMissing):
        receipts.receipt(99)


def test_quiet_syncs_never_push_out_receipts_that_say_something(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"KEPT": 30, "QUIET_KEPT": 5, "EVERY": 10}.items():
        monkeypatch.setattr(bounds, name, value)
    tells = [
        BUSY,
        Receipt(at=AT, proof="healed", healed={"resident": 3}),
        Receipt(at=AT, proof="differs"),
        Receipt(at=AT, photos_sent=2, photos_bytes=1_000_000),
        Receipt(at=AT, finished=False, waiting=5000),
        Receipt(at=AT, notice="这台电脑改属别的村"),
    ]
    keep(store, *tells, *[QUIET] * 94)
    kept = [one.receipt for one in Receipts(store).receipts(200)]
    assert kept == [*[QUIET] * 5, *reversed(tells)]
    keep(store, *[BUSY] * 100)
    numbers = [one.number for one in Receipts(store).receipts(500)]
    assert numbers == list(range(200, 170, -1)), "the newest of them, and no more"


def test_a_receipt_says_in_words_what_was_done_and_what_the_proof_found() -> None:
    assert gist(BUSY) == "送出 12 · 收到 30 · 冲突 1"
    assert gist(QUIET) == "没有新的往来"
    sent = Receipt(photos_sent=3, photos_bytes=1_200_000)
    assert gist(sent) == "照片和文件 3"
    assert dict(facts(sent))["照片"] == "送出 3 个，1.2 MB"
    assert proof(QUIET) == "核对过：本机与县里一致"
    healed = Receipt(proof="healed", healed={"resident": 3, "grid": 1})
    assert "1条网格、3位居民不一样，已改到两边一致" in proof(healed)
    part = Receipt(finished=True, proof="differs", healed={"resident": 3})
    assert "改好了3位居民，还有不一样的" in proof(part)
    assert "没有动本机的资料" in proof(Receipt(finished=True, proof="differs"))
    assert outcome(healed) == "改好 4 条"
    assert outcome(Receipt(finished=False, proof="equal")) == "中途停下"
    assert "没送完的下次接着送" in stamp(Receipt(finished=False, at=AT))
    assert proof(Receipt()) == ""
    told = dict(facts(Receipt(by="courier", bytes_sent=1_254_000, bytes_received=34, seconds=63)))
    assert told["走法"] == "U盘"
    assert told["流量"] == "发出 1.3 MB，收进不到 1 KB"
    assert told["用时"] == "1 分 3 秒"
    assert "核对" not in told


def test_the_figures_by_kind_leave_out_what_no_village_writes_and_end_with_all_together() -> None:
    kinds = {"resident": {"sent": 12}, "division": {"received": 200}, "parcel": {"sent": 1}}
    rows = by_kind(Receipt(sent=13, by_kind=kinds))
    assert rows == [("居民", [12, 0, 0, 0, 0]), ("合计", [13, 0, 0, 0, 0])]


def test_paper_names_the_village_the_sync_and_who_printed_it() -> None:
    office = Office("平乐镇花楸村", "一号电脑", "周桂芳", AT)
    paper = paper_of(KeptReceipt(128, BUSY), office)
    assert (paper.village, paper.title, paper.printed_by) == ("平乐镇花楸村", "同步回执", "周桂芳")
    assert "第 128 次" in paper.period
    told, grid = paper.parts
    assert isinstance(told, Facts)
    assert ("这台电脑", "一号电脑") in told.pairs
    assert isinstance(grid, Grid)
    assert grid.rows[-1] == ("合计", "12", "30", "—", "1", "—")
    assert "/" not in paper.file_name
    assert ":" not in paper.file_name
