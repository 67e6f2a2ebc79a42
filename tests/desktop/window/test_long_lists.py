"""A list of a whole county's length opens, scrolls and answers without reading its rows."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from sqlalchemy import insert, update

from desktop.background import Lane
from desktop.register.service import Row
from desktop.residents.service import Residents
from desktop.storage import searching
from desktop.storage.store import Store
from desktop.widgets.table import PAGE, PAGES_KEPT, RegisterModel
from desktop.widgets.view import EmptyWords, View
from sync.records import Resident
from tests.desktop.window.conftest import PATIENCE
from tests.support.window import PASSWORD, village

MANY = 100_000
#: By pinyin the Zhangs come last.
LAST = "张第99998"


class CountingResidents(Residents):
    """Counts the rows that were read."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.read: list[int] = []

    def rows(self, numbers: Sequence[int]) -> list[Row]:
        self.read.append(len(numbers))
        return super().rows(numbers)


@pytest.fixture(scope="module")
def village_of_many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 100,000 people, written as a sync would: past the outbox. To copy."""
    made = tmp_path_factory.mktemp("many") / "village"
    people = [
        {"id": f"{i:06}", "area": "", "name": f"{'王李张刘'[i % 4]}第{i:05}"} for i in range(MANY)
    ]
    store = village(made)
    with store.change() as connection:
        connection.execute(insert(Resident.table), people)
        searching.rebuild(connection)
    store.close()
    return made


@pytest.fixture
def store(village_of_many: Path, folder: Path) -> Iterator[Store]:
    shutil.copytree(village_of_many, folder)
    opened = Store.open(folder, PASSWORD)
    yield opened
    opened.close()


@pytest.fixture
def residents(store: Store) -> CountingResidents:
    return CountingResidents(store)


@pytest.fixture
def model(residents: CountingResidents, dressed, qtbot):
    view = View(residents, "resident", "新增", ("name",), ("name",), (), EmptyWords("", "", ""))
    lane = Lane("reading")
    made = RegisterModel(view, lane)
    with qtbot.waitSignal(made.ordered, timeout=PATIENCE):
        made.show_listing()
    yield made
    lane.close()


def test_only_the_pages_that_are_looked_at_are_read(residents, model, qtbot):
    assert model.rowCount() == MANY
    assert residents.read == [PAGE]
    with qtbot.waitSignal(model.filled, timeout=PATIENCE):
        assert model.index(MANY - 1, 0).data() is None
    assert model.index(MANY - 1, 0).data() == LAST
    assert sum(residents.read) == 2 * PAGE


def test_a_scroll_through_everything_keeps_only_a_few_pages(residents, model, qtbot):
    for row in range(0, MANY, MANY // 40):
        model.index(row, 0).data()
    qtbot.waitUntil(lambda: not model._asked, timeout=PATIENCE)
    assert len(model._pages) <= PAGES_KEPT
    assert sum(residents.read) < MANY / 20


def test_a_list_that_is_as_it_was_is_not_painted_anew_but_for_what_was_out_of_sight(
    residents, model, qtbot
):
    with qtbot.waitSignal(model.filled, timeout=PATIENCE):
        model.index(MANY - 1, 0).data()
    with (
        qtbot.assertNotEmitted(model.modelReset),
        qtbot.waitSignal(model.ordered, timeout=PATIENCE),
    ):
        model.show_listing()
    assert model.index(0, 0).data() is not None
    with qtbot.waitSignal(model.filled, timeout=PATIENCE):
        assert model.index(MANY - 1, 0).data() is None, "somebody may have changed it meanwhile"
    assert model.index(MANY - 1, 0).data() == LAST


def test_a_list_in_which_one_word_is_another_is_shown_so(residents, model, store, qtbot):
    first = model.row(0)
    with store.change() as connection:
        table = Resident.table
        connection.execute(update(table).where(table.c.id == first.id).values(phone="13800000001"))
    with qtbot.waitSignals([model.modelReset, model.ordered], timeout=PATIENCE):
        model.show_listing()
    assert model.row(0).values["phone"] == "13800000001"


def test_two_characters_find_their_people_among_a_hundred_thousand(model, qtbot):
    with qtbot.waitSignal(model.ordered, timeout=PATIENCE):
        model.show_listing(search="第77777")
    assert model.rowCount() == 1


def test_the_table_opens_scrolls_and_stands_on_a_record_far_down(
    residents, store, folder: Path, open_hands
):
    hands = open_hands(folder)
    hands.unlock()
    hands.go("residents")
    table = hands.see("table_resident")
    hands.wait(lambda: table.rows.rowCount() == MANY)
    hands.press(Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: table.rows.index(MANY - 1, 0).data() == LAST)
    hands.shell.open_record("resident", "050000")
    hands.wait(lambda: table.currentIndex().data() == "王第50000")
    assert table.currentIndex().row() == 50_000 + 12_500
