"""Promises 2 and 4: each change is handled once, and has an outcome of its own."""

import pytest
from sqlalchemy import Engine

from sync.protocol import Change, ExchangeRequest, to_blocks
from sync.server.exchange import exchange
from tests.sync.server.pcs import (
    ID_NUMBERS,
    Pc,
    at_county,
    codes,
    count_of,
    create,
    delete,
    edit,
    reasons,
    revisions,
)

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(4)]


def test_what_is_new_is_accepted_and_numbered_without_a_gap(county: Engine) -> None:
    pc = Pc(county, "one")
    answer = pc.send(
        create("grid", "g", name="一组", level="micro"),
        create("resident", "r", name="张三", grid="g"),
        edit("resident", "r", 0, phone="13800000000"),
        delete("resident", "r", 0),
    )
    assert codes(answer) == ["accepted"] * 4
    assert revisions(answer) == [1, 2, 3, 4]
    row = at_county(county, "resident", "r")
    assert (row["revision"], row["deleted"], row["phone"]) == (4, 1, "13800000000")
    assert (row["made_by"], row["made_at"]) == ("李会计", "2026-11-25T09:00:00+08:00")


def test_the_same_request_twice_gets_the_same_answers_and_writes_nothing_twice(
    county: Engine,
) -> None:
    first, second = Pc(county, "one"), Pc(county, "two")
    second.send(create("resident", "r", name="张三", phone="13800000000", note="老"))
    changes = [
        create("resident", "s", name="李四"),
        create("resident", "t", name=None),
        edit("resident", "r", 0, phone="13900000000"),
        create("resident", "r", name="张三", address="三组"),
    ]
    before = first.send_and_lose(*changes)
    after = first.send_and_lose(*changes)
    assert codes(before) == codes(after) == ["accepted", "rejected", "conflict", "merged"]
    assert revisions(before) == revisions(after)
    assert reasons(before) == reasons(after)
    assert not any(o.again for o in before.outcomes)
    assert all(o.again for o in after.outcomes)
    assert count_of(county, "resident") == 2
    assert count_of(county, "conflict") == 1
    assert before.cursors == after.cursors


def test_after_a_lost_answer_the_same_changes_come_again_among_new_ones(county: Engine) -> None:
    pc = Pc(county, "one")
    lost = [create("resident", f"r{i}", name="张三") for i in range(5)]
    pc.send_and_lose(*lost)
    answer = pc.send(*lost[2:], create("resident", "new", name="李四"), *lost[:2])
    assert codes(answer) == ["accepted"] * 6
    assert revisions(answer) == [3, 4, 5, 6, 1, 2]
    assert count_of(county, "resident") == 6


def test_a_change_that_comes_twice_in_one_request_is_handled_once(county: Engine) -> None:
    change = create("resident", "r", name="张三")
    answer = Pc(county, "one").send(change, create("resident", "s", name="李四"), change)
    assert revisions(answer) == [1, 2, 1]
    assert [o.again for o in answer.outcomes] == [False, True]
    assert count_of(county, "resident") == 2


def test_one_poisonous_record_among_a_thousand_is_refused_alone(county: Engine) -> None:
    changes = [create("resident", f"r{i}", name=f"张{i}") for i in range(1000)]
    changes[500] = create("resident", "r500", name="张\x00三")
    answer = Pc(county, "one").send(*changes)
    assert codes(answer) == ["accepted"] * 500 + ["rejected"] + ["accepted"] * 499
    assert reasons(answer)[500] == "姓名里有不能保存的字符"
    assert count_of(county, "resident") == 999
    assert revisions(answer)[-1] == 999


def change(**parts: object) -> Change:
    usual: dict[str, object] = {
        "id": "c",
        "kind": "resident",
        "record": "r",
        "operation": "create",
        "base": 0,
        "values": {"name": "张三"},
        "by": "李会计",
        "at": "2026-11-25T09:00:00+08:00",
    }
    return Change(**(usual | parts))  # type: ignore[arg-type]


POISON = {
    "a number for a name": change(values={"name": 5}),
    "nothing for a name": change(values={"name": None}),
    "no field at all": change(values={}),
    "text for a number": change(kind="grid", values={"name": "一组", "planned_households": "多"}),
    "a number beyond all bounds": change(
        kind="grid", values={"name": "一组", "level": "micro", "planned_households": 10**30}
    ),
    "a name too long": change(values={"name": "张" * 1000}),
    "a word that is no choice": change(values={"name": "张三", "sex": "unknown"}),
    "no day of the calendar": change(values={"name": "张三", "birth_date": "2025-02-30"}),
    "a wrong ID number": change(values={"name": "张三", "id_number": "510183198001010011"}),
    "a reference to nothing": change(values={"name": "张三", "household": "nowhere"}),
    "a reference with a NUL": change(values={"name": "张三", "household": "a\x00b"}),
    "a reference by number": change(values={"name": "张三", "household": 7}),
    "a field nobody knows": change(values={"name": "张三", "age": 7}),
    "a column that is not a field": change(values={"name": "张三", "area": "510183001003"}),
    "a kind nobody knows": change(kind="no\x00thing"),
    "a kind only the county writes": change(kind="division", values={"code": "1", "name": "村"}),
    "a conflict made up": change(kind="conflict", values={"record_kind": "resident"}),
    "an empty record id": change(record=""),
    "a record id with a NUL": change(record="a\x00b"),
    "a record id of two lines": change(record="a\nb"),
    "an endless record id": change(record="r" * 100_000),
    "an empty change id": change(id=""),
    "a change id with a NUL": change(id="a\x00b"),
    "a change id of two lines": change(id="a\nb"),
    "an endless name of the writer": change(by="李" * 100_000),
    "a writer with a NUL": change(by="a\x00b"),
    "an endless clock": change(at="2" * 100_000),
    "an edit of nothing": change(operation="edit"),
    "a deletion of nothing": change(operation="delete", values={}),
    "a base beyond all bounds": change(operation="edit", base=10**30),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_whatever_is_wrong_with_a_change_it_gets_a_sentence_and_its_neighbours_stand(
    county: Engine, poison: Change
) -> None:
    pc = Pc(county, "one")
    answer = pc.send(create("resident", "a", name="甲"), poison, create("resident", "b", name="乙"))
    assert codes(answer) == ["accepted", "rejected", "accepted"]
    sentence = reasons(answer)[1]
    assert sentence
    assert not sentence.isascii()
    assert count_of(county, "resident") == 2
    assert codes(pc.send(poison)) == ["rejected"]


def test_fields_named_twice_are_refused_and_not_guessed_at(county: Engine) -> None:
    (block,) = to_blocks([create("resident", "r", name="张三")])
    twice = type(block)(
        **{f: getattr(block, f) for f in block.__struct_fields__}
        | {"names": ["name", "name"], "columns": [["张三"], ["李四"]]}
    )
    answer = exchange(county, Pc(county, "one").device, ExchangeRequest(1, {}, [twice]))
    assert codes(answer) == ["rejected"]


def test_references_may_point_to_what_came_earlier_in_the_same_request(county: Engine) -> None:
    answer = Pc(county, "one").send(
        create("grid", "micro", name="二组", level="micro", parent="general"),
        create("grid", "general", name="一格", level="general", parent=None),
        create("grid", "later", name="三组", level="micro", parent="general"),
        create("household", "h", head="张三", grid="later"),
        create("resident", "r", name="张三", household="h"),
        delete("resident", "r", 0),
        delete("household", "h", 0),
        create("resident", "s", name="李四", household="h"),
    )
    refused = [place for place, code in enumerate(codes(answer)) if code == "rejected"]
    assert refused == [0, 7]
    assert reasons(answer)[7] == "所属家庭户指向的记录不存在或已删除"


def test_a_record_that_others_point_to_is_not_deleted(county: Engine) -> None:
    pc = Pc(county, "one")
    pc.send(create("household", "h", head="张三"))
    Pc(county, "two").send(create("resident", "r", name="李四", household="h"))
    answer = pc.send(delete("household", "h", 1))
    assert reasons(answer) == ["还有别的记录在“所属家庭户”里连着它，请先改掉那边再删"]
    assert pc.row("household", "h")["deleted"] == 0
    gone = pc.send(delete("resident", "r", 2), delete("household", "h", 1))
    assert codes(gone) == ["accepted", "accepted"]


def test_a_unique_value_belongs_to_one_live_record(county: Engine) -> None:
    pc = Pc(county, "one")
    first, second, third = ID_NUMBERS
    pc.send(create("resident", "r", name="张三", id_number=first))
    answer = pc.send(
        create("resident", "s", name="李四", id_number=first),
        create("resident", "t", name="王五", id_number=second),
        create("resident", "u", name="赵六", id_number=second),
        edit("resident", "t", 0, id_number=first),
        edit("resident", "r", 1, id_number=third),
        edit("resident", "t", 0, id_number=first),
        create("resident", "v", name="孙七", id_number=second),
        delete("resident", "t", 0),
        create("resident", "w", name="周八", id_number=first),
    )
    taken = "身份证号码已登记在“{}”名下"
    assert reasons(answer)[:4] == [
        taken.format("张三"),
        "",
        taken.format("王五"),
        taken.format("张三"),
    ]
    assert codes(answer)[4:] == ["accepted"] * 5


def test_what_is_entered_anew_holds_its_unique_value_for_what_comes_behind_it(
    county: Engine,
) -> None:
    number, pc = ID_NUMBERS[0], Pc(county, "one")
    pc.send(create("resident", "r", name="张三", id_number=number))
    pc.send(delete("resident", "r", 1))
    answer = pc.send(
        create("resident", "r", 2, name="张三"),
        create("resident", "s", name="李四", id_number=number),
    )
    assert codes(answer) == ["merged", "rejected"]


def test_a_value_taken_in_another_village_is_free_here(county: Engine) -> None:
    number = ID_NUMBERS[0]
    Pc(county, "one").send(create("resident", "r", name="张三", id_number=number))
    other = Pc(county, "two", area="510183001003")
    assert codes(other.send(create("resident", "r", name="张三", id_number=number))) == ["accepted"]
