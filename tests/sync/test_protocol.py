"""Messages say the same on both ends; what is no message is refused before it costs anything."""

from __future__ import annotations

import tracemalloc
from itertools import groupby
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol import (
    LONGEST_PACKED,
    LONGEST_PLAIN,
    VERSION,
    BadMessage,
    Block,
    Change,
    Code,
    EnrolAnswer,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    Fault,
    Outcome,
    Rows,
    by_outcome,
    from_block,
    pack,
    to_blocks,
    to_outcomes,
    unpack,
    values_to_json,
)
from sync.records import Value

FORMS = (EnrolRequest, EnrolAnswer, ExchangeRequest, ExchangeAnswer, Fault)

words = st.text(max_size=12)
numbers = st.integers(0, 2**62)
values = st.none() | words | st.integers(-(2**62), 2**62)
names = st.sampled_from(["name", "phone", "address", "note"])
changes = st.builds(
    Change,
    id=words,
    kind=st.sampled_from(["resident", "grid"]),
    record=words,
    operation=st.sampled_from(["create", "edit", "delete"]),
    base=numbers,
    values=st.dictionaries(names, values),
    by=words,
    at=words,
)
codes: st.SearchStrategy[Code] = st.sampled_from(["accepted", "merged", "conflict", "rejected"])
answered = st.tuples(
    codes,
    st.integers(0, 5),
    st.sampled_from(["", "身份证号码已登记"]),
    st.booleans(),
)
outcomes = st.lists(answered).map(to_outcomes)
requests = st.builds(
    ExchangeRequest,
    version=st.just(VERSION),
    cursors=st.dictionaries(words, numbers, max_size=3),
    blocks=st.lists(changes, max_size=8).map(to_blocks),
)


@given(st.lists(changes))
def test_changes_come_out_of_blocks_as_they_went_in_and_in_order(sent: list[Change]) -> None:
    assert [change for block in to_blocks(sent) for change in from_block(block)] == sent


@given(st.lists(changes))
def test_a_block_holds_all_neighbours_of_one_shape(sent: list[Change]) -> None:
    shapes = [key for key, _ in groupby((c.kind, c.operation, tuple(c.values)) for c in sent)]
    assert [(b.kind, b.operation, tuple(b.names)) for b in to_blocks(sent)] == shapes


@given(st.lists(answered))
def test_every_change_gets_its_own_outcome_back(told: list[tuple[Code, int, str, bool]]) -> None:
    joined = to_outcomes(told)
    assert list(by_outcome(joined)) == [
        (place, code, revision, reason) for place, (code, revision, reason, _) in enumerate(told)
    ]
    again = [run.again for run in joined for _ in range(run.count)]
    assert again == [again for *_, again in told]


def test_a_thousand_new_records_are_answered_in_one_line() -> None:
    told: list[tuple[Code, int, str, bool]] = [
        ("accepted", number, "", False) for number in range(41, 1041)
    ]
    assert to_outcomes(told) == [Outcome("accepted", 0, 1000, 41)]


@given(requests)
def test_a_request_reads_as_it_was_written(request: ExchangeRequest) -> None:
    assert unpack(pack(request), ExchangeRequest) == request


@given(outcomes, st.lists(values), st.text())
def test_an_answer_reads_as_it_was_written(
    told: list[Outcome], column: list[str | int | None], kind: str
) -> None:
    rows = Rows(kind, "510183001002", ["id"], [column])
    answer = ExchangeAnswer(VERSION, told, [rows], {"510183001002": 7}, 0, "2026-11-25")
    assert unpack(pack(answer), ExchangeAnswer) == answer
    assert len(rows) == len(column)


@given(st.sampled_from(FORMS), st.binary())
def test_arbitrary_bytes_are_no_message(form: type[Any], data: bytes) -> None:
    for noise in (data, zstandard.compress(data)):
        with pytest.raises(BadMessage):
            unpack(noise, form)


@given(requests, st.data())
def test_a_message_cut_short_anywhere_is_no_message(
    request: ExchangeRequest, data: st.DataObject
) -> None:
    packed = pack(request)
    cut = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(BadMessage):
        unpack(packed[:cut], ExchangeRequest)


@pytest.mark.promise(2)
@given(requests, st.data())
def test_one_bit_turned_over_on_the_way_is_never_believed(
    request: ExchangeRequest, data: st.DataObject
) -> None:
    packed = bytearray(pack(request))
    bit = data.draw(st.integers(0, len(packed) * 8 - 1))
    packed[bit // 8] ^= 1 << bit % 8
    try:
        assert unpack(bytes(packed), ExchangeRequest) == request
    except BadMessage:
        return


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | words,
                    lambda inner: st.lists(inner) | st.dictionaries(words, inner)),
       st.sampled_from(FORMS))  # fmt: skip
def test_json_of_another_form_is_no_message(tree: Any, form: type[Any]) -> None:
    with pytest.raises(BadMessage):
        unpack(zstandard.compress(msgspec.json.encode(tree)), form)


@pytest.mark.promise(11)
def test_a_message_of_a_newer_program_may_say_more() -> None:
    more = b'{"code":"version","sentence":"x","details":[1,{"a":[]}]}'
    assert unpack(zstandard.compress(more), Fault) == Fault("version", "x")


@pytest.mark.parametrize("depth", [5_000, 1_000_000])
def test_a_message_nested_without_end_is_no_message(depth: int) -> None:
    deep = b'{"more":' + b"[" * depth + b"]" * depth + b',"code":"a","sentence":"b"}'
    with pytest.raises(BadMessage):
        unpack(zstandard.compress(deep), Fault)


def _bomb(size: int, *, told: bool) -> bytes:
    compressor = zstandard.ZstdCompressor(level=1, write_content_size=told)
    feed = compressor.compressobj(size=size if told else -1)
    block = b" " * 2**20
    parts = [feed.compress(block) for _ in range(size // len(block))]
    return b"".join(parts) + feed.flush()


@pytest.mark.parametrize("told", [True, False], ids=["size-told", "size-not-told"])
def test_a_bomb_is_refused_without_being_unpacked(told: bool) -> None:
    bomb = _bomb(4 * LONGEST_PLAIN, told=told)
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(BadMessage):
            unpack(bomb, Fault)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * LONGEST_PLAIN


def test_a_message_that_claims_to_be_huge_is_refused() -> None:
    claims = b"\x28\xb5\x2f\xfd\xe0" + (2**62).to_bytes(8, "little") + b"\x01\x00\x00"
    with pytest.raises(BadMessage):
        unpack(claims, Fault)


def test_a_message_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(BadMessage, match="too long"):
        unpack(bytes(LONGEST_PACKED + 1), Fault)


@given(st.lists(changes, min_size=1, max_size=4).map(to_blocks), st.data())
def test_columns_of_unequal_height_are_refused(blocks: list[Block], data: st.DataObject) -> None:
    block = msgspec.to_builtins(blocks[0])
    lists = [block[n] for n in ("ids", "records", "bases", "by", "at")] + block["columns"]
    column = data.draw(st.sampled_from(lists))
    column.pop()
    if len({len(each) for each in lists}) == 1:
        return
    request = {"version": VERSION, "cursors": {}, "blocks": [block]}
    with pytest.raises(BadMessage):
        unpack(zstandard.compress(msgspec.json.encode(request)), ExchangeRequest)


def test_columns_without_a_name_and_names_without_a_column_are_refused() -> None:
    cases: list[tuple[list[str], list[list[Value]]]]
    cases = [(["id"], []), ([], [["a"]]), (["id", "name"], [["a"], []])]
    for names_, columns in cases:
        with pytest.raises(ValueError, match="unequal height"):
            Rows("resident", "510183001002", names_, columns)
        with pytest.raises(ValueError, match="unequal height"):
            Block("resident", "edit", names_, ["1"], ["a"], [0], ["b"], ["c"], columns)


@pytest.mark.parametrize("value", ["true", "1.5", "[1]", '{"a":1}'])
def test_a_value_is_text_a_whole_number_or_nothing(value: str) -> None:
    rows = f'[{{"kind":"grid","area":"5","names":["id"],"columns":[[{value}]]}}]'
    answer = f'{{"version":1,"outcomes":[],"rows":{rows},"cursors":{{}},"remaining":0,'
    with pytest.raises(BadMessage):
        unpack(zstandard.compress(f'{answer}"county_time":""}}'.encode()), ExchangeAnswer)


def test_values_inside_a_conflict_can_be_read_by_people() -> None:
    assert values_to_json({"name": "䶮", "points": 5, "note": None}) == (
        '{"name": "䶮", "points": 5, "note": null}'
    )
