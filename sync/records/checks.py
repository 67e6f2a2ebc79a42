"""The rules both ends enforce on what a record may hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sync.records.base import Record, Values
from sync.records.fields import Value


def problems_of(record: type[Record], values: Values) -> dict[str, str]:
    """Check a whole record. Returns Chinese sentences by field name; empty when all is well."""
    found = {}
    for name, field in record.fields.items():
        value = values.get(name)
        # Most fields of most records are empty, and may be.
        if value is None and not field.required:
            continue
        if sentence := field.problem(value):
            found[name] = sentence
    return found or record.rule(values)


def forbidden(record: type[Record], operation: str) -> str:
    """Say in Chinese why a village may not create, edit or delete this kind; empty when it may."""
    if operation in record.villages_may:
        return ""
    word = {"create": "添加", "edit": "改", "delete": "删"}.get(operation, "改")
    if "create" in record.villages_may:
        return f"{record.label}记下以后不能{word}"
    return f"{record.label}由县里统一维护，村里不能{word}"


def problems_of_fixed(record: type[Record], values: Values, before: Values) -> dict[str, str]:
    """Check that an edit leaves alone what never changes after it was written."""
    return {
        name: f"{field.label}写下以后不能改"
        for name, field in record.fields.items()
        if field.fixed and name in values and values[name] != before.get(name)
    }


def problems_of_edit(record: type[Record], values: Values, before: Values) -> dict[str, str]:
    """Check the touched fields of an edit, and the whole record as it would stand after it."""
    if record.written:
        return {record.title: f"{record.label}记下以后不能改，只能另记一笔"}
    if fixed := problems_of_fixed(record, values, before):
        return fixed
    after = {**before, **values}
    return problems_of(record, after) or record.rule_of_edit(before, after)


def problems_of_columns(
    record: type[Record], names: Sequence[str], columns: Sequence[Sequence[Value]]
) -> dict[int, str]:
    """Check many new records that share the same field names, given column by column.

    Each distinct value of a column is checked once, which is what makes the check cheap: most
    columns of a register repeat a few words. Returns the first Chinese sentence by row number.
    """
    found: dict[int, str] = {}
    height = len(columns[0]) if columns else 0
    for field in record.fields.values():
        if field.name not in names:
            if sentence := field.problem(None):
                found.update((row, sentence) for row in range(height) if row not in found)
            continue
        column = columns[names.index(field.name)]
        distinct = set(column)
        if field.all_well(distinct):
            continue
        bad = {value: sentence for value in distinct if (sentence := field.problem(value))}
        for row, value in enumerate(column):
            if value in bad:
                found.setdefault(row, bad[value])
    if _has_own(record, "rule"):
        _check_rules(record, names, columns, found)
    return found


def looks_back(record: type[Record]) -> bool:
    """Whether what an edit may write, or still says, depends on how the record stood before."""
    return _has_own(record, "rule_of_edit") or _has_own(record, "still_said")


def unknown_fields(record: type[Record], names: Iterable[str]) -> list[str]:
    """Field names that the record does not declare."""
    return [name for name in names if name not in record.fields]


def _has_own(record: type[Record], rule: str) -> bool:
    return getattr(record, rule).__func__ is not getattr(Record, rule).__func__


def _check_rules(
    record: type[Record],
    names: Sequence[str],
    columns: Sequence[Sequence[Value]],
    found: dict[int, str],
) -> None:
    for row, values in enumerate(zip(*columns, strict=True)):
        if row not in found:
            sentences = record.rule(dict(zip(names, values, strict=True)))
            if sentences:
                found[row] = next(iter(sentences.values()))
