"""Where two PCs enter one person, the county tells which PC entered her first; else it tells no
making, for a record itself says who made it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, insert

from sync.protocol import ExchangeAnswer
from sync.server.tables import device as devices
from tests.sync.server.pcs import ID_NUMBERS, VILLAGE, Pc, codes, create, delete, edit, revisions

pytestmark = pytest.mark.promise(3)

Told = list[tuple[str, str, str, int]]


def makings(answer: ExchangeAnswer) -> Told:
    """The new records that an answer tells of: id, PC, by whom, and the number."""
    return [
        (record, device, by, revision)
        for told in answer.histories
        for record, operation, device, by, revision, fields, code in zip(
            told.records,
            told.operations,
            told.devices,
            told.by,
            told.revisions,
            told.fields,
            told.codes,
            strict=True,
        )
        if operation == "create" and code == "accepted" and not fields
    ]


@pytest.fixture
def pcs(county: Engine) -> tuple[Pc, Pc, Pc]:
    made = tuple(Pc(county, name) for name in ("first", "second", "third"))
    with county.begin() as connection:
        for pc, name in zip(made, ("一号", "二号", "三号"), strict=True):
            known = {"id": pc.device.id, "area": VILLAGE, "name": name, "token_hash": name}
            connection.execute(insert(devices).values(**known, enrolled_at="", last_seen_at=""))
    first, second, third = made
    return first, second, third


@pytest.mark.parametrize("crowd", [0, 40])
def test_all_pcs_are_told_which_one_entered_a_person_first(
    pcs: tuple[Pc, Pc, Pc], crowd: int
) -> None:
    first, second, third = pcs
    number = ID_NUMBERS[0]
    others = [create("resident", name=f"村民{n}") for n in range(crowd)]
    # Among many it lies in a run of the log.
    answer = first.send(create("resident", "same", name="张三", id_number=number), *others)
    made = revisions(answer)[0]
    answer = second.send(create("resident", "same", name="章三", id_number=number))
    assert codes(answer) == ["conflict"]
    told = [("same", "一号", "李会计", made)]
    assert makings(answer) == makings(first.send()) == makings(third.send()) == told


def test_it_is_found_behind_what_was_edited_since(pcs: tuple[Pc, Pc, Pc]) -> None:
    first, second, _ = pcs
    number = ID_NUMBERS[0]
    (made,) = revisions(first.send(create("resident", "same", name="张三", id_number=number)))
    (changed,) = revisions(first.send(edit("resident", "same", made, note="一")))
    first.send(edit("resident", "same", changed, note="二"))
    answer = second.send(create("resident", "same", name="章三", id_number=number))
    assert makings(answer) == [("same", "一号", "李会计", made)]


def test_nothing_is_told_of_the_making_of_what_was_entered_once(pcs: tuple[Pc, Pc, Pc]) -> None:
    first, second, third = pcs
    number = ID_NUMBERS[0]
    first.send(
        create("resident", "r", name="张三", id_number=number), create("resident", "s", name="李四")
    )
    answer = second.send(create("resident", "r", name="张三", id_number=number))
    assert makings(answer) == [], "both entered the same: there is nothing to ask"
    (gone,) = revisions(first.send(delete("resident", "r", 1)))
    first.send(create("resident", "r", gone, name="张三", id_number=number))
    assert makings(third.send()) == []
