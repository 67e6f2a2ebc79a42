"""Each field is declared once, and what is declared can be told apart by people and by sheets."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sync.records import KINDS, SYSTEM_COLUMNS, Privacy, Record
from sync.records.fields import Choice, Field, Moment, Number, Published, Reference, Value, Words
from tests.support.shapes import square
from tests.support.store import id_number

RECORDS = list(KINDS.values())
FIELDS = [(record, field) for record in RECORDS for field in record.fields.values()]
CHINESE = re.compile(r"[\u4e00-\u9fff（）、/]+")

#: Texts that have a form of their own.
OF_A_FORM = {
    "id_number": id_number(),
    "sha256": "0123456789abcdef" * 4,
    "taken_at": "2026-11-25T09:42:00",
    "thumbnail": "/9j/4AAQ",
    "shape": square(),
}

each_record = pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.kind)
each_field = pytest.mark.parametrize(
    ("record", "field"), FIELDS, ids=[f"{r.kind}.{f.name}" for r, f in FIELDS]
)


@each_record
def test_a_record_and_its_fields_have_chinese_labels_that_differ(record: type[Record]) -> None:
    labels = [field.label for field in record.fields.values()]
    for label in (record.label, *labels):
        assert CHINESE.fullmatch(label), label
    assert len(set(labels)) == len(labels)


def test_no_two_concepts_have_the_same_label() -> None:
    assert len({record.label for record in RECORDS}) == len(RECORDS)


@each_record
def test_a_header_names_one_field_of_a_record_only(record: type[Record]) -> None:
    names = [name for f in record.fields.values() for name in (f.label, *f.aliases)]
    assert sorted(names) == sorted(set(names))


@each_record
def test_the_table_has_the_system_columns_and_one_column_a_field(record: type[Record]) -> None:
    assert list(record.table.c.keys()) == [*SYSTEM_COLUMNS, *record.fields]
    assert [column.name for column in record.table.primary_key] == ["area", "id"]


@each_record
def test_what_names_and_finds_a_record_is_declared(record: type[Record]) -> None:
    assert record.title in record.fields
    assert set(record.searched) <= record.fields.keys()
    if record.natural_key:
        assert record.fields[record.natural_key].unique


@each_record
def test_a_written_record_has_no_unique_values(record: type[Record]) -> None:
    """What is never edited could never be put right again."""
    assert not (record.written and any(f.unique for f in record.fields.values()))


@each_field
def test_a_field_knows_its_own_name_and_is_stored_as_text_or_whole_number(
    record: type[Record], field: Field
) -> None:
    assert record.fields[field.name] is field
    number = isinstance(field, Number)
    assert record.table.c[field.name].type.python_type is (int if number else str)


@each_field
def test_a_default_is_a_value_the_field_allows(record: type[Record], field: Field) -> None:
    assert field.default is None or field.problem(field.default) is None


@each_field
def test_a_field_takes_back_what_it_shows(record: type[Record], field: Field) -> None:
    """A sheet that was exported can be imported again."""
    for value in examples(field):
        assert field.problem(value) is None, value
        assert field.clean(field.show(value)) == value


@each_field
def test_a_choice_has_words_of_its_own_and_a_reference_leads_somewhere(
    record: type[Record], field: Field
) -> None:
    if isinstance(field, Choice):
        codes, words = zip(*field.options, strict=True)
        assert len(set(codes)) == len(codes)
        assert len(set(words)) == len(words)
        assert all(CHINESE.fullmatch(word) for word in words)
    if isinstance(field, Reference):
        assert field.to in KINDS


@pytest.mark.parametrize("name", ["id_number", "phone"])
def test_what_must_not_hurt_a_resident_is_masked(name: str) -> None:
    assert KINDS["resident"].fields[name].privacy is not Privacy.OPEN


def examples(field: Any) -> list[Value]:
    """Stored values that the field allows."""
    if isinstance(field, Choice):
        return [code for code, _ in field.options]
    if isinstance(field, Published):
        return [f"{field.list}.other"]
    if isinstance(field, Number):
        return [field.least, field.most, max(field.least, 1)]
    if isinstance(field, Published):
        return [f"{field.list}.other"]
    if field.name in OF_A_FORM:
        return [OF_A_FORM[field.name]]
    if isinstance(field, Words):
        return ["13800000000"] if field.validator else ["䶮"]
    if isinstance(field, Moment):
        return ["2026-11-25T06:30:00+00:00", "2026-11-24T16:00:05+00:00"]
    return ["2026-11-25"]
