"""A check finds what does not agree, heals what is only a cache, and touches nothing else."""

from __future__ import annotations

import pytest

from desktop.storage.checking import check
from desktop.storage.store import Store
from sync.protocol import Outcome
from sync.records import KINDS, Grid, PointsEntry, PointsSubject, Resident
from tests.support.store import county_rows, receive, send_all


@pytest.fixture
def village(store: Store) -> Store:
    """A store with a little of everything, some of it sent."""
    with store.write() as writing:
        grid = writing.create(Grid, {"name": "一组"})
        writing.create_many(Resident, [{"name": name, "grid": grid} for name in "甲乙丙"])
        subject = writing.create(PointsSubject, {"name": "甲"})
        for points in (5, 7):
            writing.create(PointsEntry, {"subject": subject, "points": points})
    outcomes = [Outcome("accepted", 0, 3, 1), Outcome("rejected", 3, reason="不行")]
    send_all(store, *outcomes)
    return store


def spoil(store: Store, sql: str) -> None:
    with store.change() as connection:
        connection.exec_driver_sql(sql)


def test_a_sound_store_has_figures_and_no_problems(village: Store) -> None:
    report = check(village)
    assert (report.problems, report.healed) == ([], [])
    assert {kind: report.figures[kind] for kind in KINDS if report.figures[kind]} == {
        "grid": 1,
        "resident": 3,
        "points_subject": 1,
        "points_entry": 2,
    }
    assert (report.figures["waiting"], report.figures["refused"]) == (3, 1)
    assert report.figures["points_total"] == 12


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("UPDATE resident SET grid = 'gone' WHERE name = '甲'",
         "居民里有1条的“所在网格”指向不存在的记录"),
        ("UPDATE outbox SET values_json = '{' WHERE state = 'waiting'",
         "待发送的内容里有3条读不出来"),
        ("DELETE FROM outbox WHERE state = 'refused'", "有1条记录的同步状态与待发送的内容对不上"),
        ("DELETE FROM standing WHERE state = 'refused'", "有1条记录的同步状态与待发送的内容对不上"),
        ("UPDATE points_entry SET points = -points", "有1位积分对象的余额小于0"),
        ("INSERT INTO points_handover (area, id, subject, from_device, points)"
         " SELECT area, 'h', id, 'another', 1 FROM points_subject",
         "有1位积分对象在某台电脑上的可用积分小于0"),
    ],
)  # fmt: skip
def test_what_does_not_agree_is_told_in_words(village: Store, sql: str, problem: str) -> None:
    spoil(village, sql)
    assert check(village).problems == [problem]


def test_a_reference_to_what_was_deleted_elsewhere_is_no_damage(village: Store) -> None:
    """Two PCs may delete a grid and use it at the same time; the form tells when it is opened."""
    with village.read() as connection:
        grid = connection.exec_driver_sql("SELECT id FROM grid").scalar()
    receive(village, county_rows(Grid, {"id": grid, "revision": 9, "name": "一组", "deleted": 1}))
    assert check(village).problems == []


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM search_index",
        "DELETE FROM search_index WHERE kind = 'grid'",
        "UPDATE search_index SET row = row + 100 WHERE kind = 'resident'",
    ],
)
def test_a_search_index_that_went_astray_is_made_anew(village: Store, sql: str) -> None:
    spoil(village, sql)
    report = check(village)
    assert (report.problems, report.healed) == ([], ["搜索目录与记录对不上，已重新整理"])
    assert check(village).healed == []
