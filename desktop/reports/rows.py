"""From the cells of one row to the stored values of one record, losing nothing that was typed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from desktop.reports.cells import is_month_or_ten, read_cell, says_none, shown
from desktop.reports.workbooks import Cell
from sync.records import Field, FieldError, Record, Value
from sync.records.fields import Reference

_NOTE = "note"


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A field and the column its values stand in.

    Most columns of a register repeat a few words, so what was understood once is remembered.
    """

    field: Field
    at: int
    _understood: dict[str, Value] = dataclasses.field(default_factory=dict)

    def value(self, raw: Cell) -> Value:
        """The value to keep of a cell. Raises FieldError with the reason."""
        if not isinstance(raw, str):
            return read_cell(self.field, raw)
        if raw not in self._understood:
            self._understood[raw] = read_cell(self.field, raw)
        return self._understood[raw]


@dataclasses.dataclass
class Reading:
    """What one row gave: values by field name, what to tell, and reasons to refuse it (if any)."""

    values: dict[str, Value] = dataclasses.field(default_factory=dict)
    warnings: list[str] = dataclasses.field(default_factory=list)
    refusals: list[str] = dataclasses.field(default_factory=list)


def read_row(record: type[Record], columns: Sequence[Column], row: Sequence[Cell]) -> Reading:
    """Read the cells at ``columns`` of a row.

    A title or number that is wrong refuses the row. Any other field that cannot be understood is
    left empty, and what was typed goes into the note.
    """
    reading = Reading()
    leftovers: list[str] = []
    for column in columns:
        raw = row[column.at]
        if raw == "":
            continue
        try:
            value = column.value(raw)
        except FieldError as error:
            _not_understood(record, column.field, raw, str(error), reading, leftovers)
        else:
            if value is not None:
                reading.values[column.field.name] = value
    _require(record, reading)
    if not reading.refusals:
        _complete(record, reading)
        _warn_of_months(columns, row, reading)
        _keep(record, leftovers, reading)
    return reading


def _not_understood(
    record: type[Record],
    declared: Field,
    raw: Cell,
    reason: str,
    reading: Reading,
    leftovers: list[str],
) -> None:
    optional = not declared.required and declared.name != _NOTE
    spared = optional and (not declared.unique or says_none(raw))
    if spared and _NOTE in record.fields:
        leftovers.append(f"{declared.label}原填：{shown(raw)}")
        reading.warnings.append(f"{reason}。原来填的“{shown(raw)}”已放进备注")
    else:
        reading.refusals.append(reason)


def _require(record: type[Record], reading: Reading) -> None:
    for declared in record.fields.values():
        # What a record must point to, no cell can say: whoever imports gives it.
        given = declared.name in reading.values or isinstance(declared, Reference)
        if not declared.required or given:
            continue
        if declared.default is not None:
            reading.values[declared.name] = declared.default
        elif not any(reason.startswith(declared.label) for reason in reading.refusals):
            reading.refusals.insert(0, f"没有{declared.label}")


def _complete(record: type[Record], reading: Reading) -> None:
    """Fill what follows from the natural key; warn where something else was typed."""
    typed = dict(reading.values)
    key = record.natural_key
    reading.values = record.complete(reading.values)
    if key is None or key not in typed:
        return
    for name, implied in record.complete({key: typed[key]}).items():
        said = typed.get(name)
        if said is None or said == implied or _same_month(str(said), str(implied)):
            continue
        declared = record.fields[name]
        kept = "按填的保留" if reading.values[name] == said else "按号码保存"
        reading.warnings.append(
            f"{declared.label}填的是“{declared.show(said)}”，"
            f"{record.fields[key].label}上是“{declared.show(implied)}”，已{kept}，请核对"
        )


def _same_month(said: str, implied: str) -> bool:
    """Whether a month typed without a day, which Excel keeps as its first day, fits a day."""
    month = said.removesuffix("-01") if len(said) == len("1988-09-01") else said
    return implied.startswith(f"{month}-")


def _warn_of_months(columns: Sequence[Column], row: Sequence[Cell], reading: Reading) -> None:
    for column in columns:
        raw = row[column.at]
        if is_month_or_ten(column.field, raw, reading.values.get(column.field.name)):
            reading.warnings.append(
                f"{column.field.label}在表里是数字 {raw}，看不出是1月还是10月，暂按1月，请核对"
            )


def _keep(record: type[Record], leftovers: list[str], reading: Reading) -> None:
    if leftovers:
        typed = reading.values.get(_NOTE)
        note = "；".join([str(typed), *leftovers] if typed else leftovers)
        reading.values[_NOTE] = note
        if sentence := record.fields[_NOTE].problem(note):
            reading.refusals.append(sentence)
    reading.refusals.extend(record.rule(reading.values).values())
