"""A second account of what the county accepted, kept beside it and compared with it at rest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.protocol import (
    Change,
    ExchangeAnswer,
    ExchangeRequest,
    by_outcome,
    from_block,
)
from sync.records import KINDS, Value
from sync.server.accounts import Device
from tests.support.store import COUNTY

Row = dict[str, Any]
#: Why the county may refuse a change of an honest PC; anything else is a bug of one of the ends.
_REASONS = (
    "指向的记录不存在或已删除",
    "已登记在",
    "里连着它",
    "县里没有这条记录",
    "积分不够",
    "已经冲正过了",
    "不在这位积分对象名下",
    "冲正以后",
    "完工不能早于开工",
)


@dataclass
class Known:
    """A record as it must stand at the county, and who wrote which of its fields when."""

    values: dict[str, Value]
    revision: int
    made: tuple[str, str]
    deleted: int = 0
    history: list[tuple[int, str, frozenset[str]]] = field(default_factory=list)
    writers: dict[str, str] = field(default_factory=dict)

    def changed_by_others(self, device: str, since: int) -> set[str]:
        """The fields that other devices wrote after a revision."""
        found: set[str] = set()
        for revision, writer, names in self.history:
            if revision > since and writer != device:
                found |= names
        return found

    def write(self, revision: int, device: str, values: dict[str, Value]) -> None:
        """Note what a device wrote."""
        self.values.update(values)
        self.revision = revision
        self.history.append((revision, device, frozenset(values)))
        self.writers.update(dict.fromkeys(values, device))


class Truth:
    """What the county must hold, by what crossed the line."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str, str], Known] = {}
        self.answers: dict[tuple[str, str], tuple[str, int, str]] = {}
        self.conflicts: list[tuple[str, ...]] = []
        #: What the cadre had before their eyes when they wrote a change, by change.
        self.seen: dict[str, Row] = {}
        self.codes: Counter[str] = Counter()

    def note(self, device: Device, request: ExchangeRequest, answer: ExchangeAnswer) -> None:
        """Take in one exchange as the county answered it, and hold the answer to the promises."""
        for rows in answer.rows:
            assert rows.area in (device.area, COUNTY), f"{device.area} was shown {rows.area}"
        assert set(answer.cursors) <= {device.area, COUNTY}
        changes = [change for block in request.blocks for change in from_block(block)]
        outcomes = {
            place: (str(code), revision, reason)
            for place, code, revision, reason in by_outcome(answer.outcomes)
        }
        assert sorted(outcomes) == list(range(len(changes))), "each change gets its own outcome"
        for place, change in enumerate(changes):
            code, revision, reason = outcomes[place]
            known = self.answers.get((device.area, change.id))
            if known is not None:
                assert known == (code, revision, reason), f"{change.id}: another answer than before"
                continue
            self.answers[device.area, change.id] = (code, revision, reason)
            self.codes[f"{change.operation} {code}"] += 1
            if code == "rejected":
                assert any(words in reason for words in _REASONS), f"{reason} {change}"
                self.codes[reason[-12:]] += 1
            else:
                self._take_in(device, change, code, revision)

    def _take_in(self, device: Device, change: Change, code: str, revision: int) -> None:
        key = (device.area, change.kind, change.record)
        known = self.records.get(key)
        if known is None:
            assert (change.operation, code) == ("create", "accepted"), f"{code} {change}"
            blank = dict.fromkeys(KINDS[change.kind].fields)
            known = Known(dict(blank), revision, (change.by, change.at))
            known.write(revision, device.id, dict(change.values))
            self.records[key] = known
            return
        assert not KINDS[change.kind].written, f"a written record was changed: {change}"
        grade, values, losing = self._judge(device, change, known)
        assert code == grade, f"{code}, must be {grade}: {change} on {known}"
        self._nothing_unseen(device, change, known, [n for n in values if n not in losing])
        if code == "conflict":
            other = json.dumps(change.values, ensure_ascii=False, sort_keys=True)
            self.conflicts.append(
                (device.area, change.kind, change.record, other, ",".join(sorted(losing)))
            )
        if change.operation == "delete":
            known.deleted = 1 if code == "accepted" else known.deleted
            if code == "accepted":
                self._nothing_unseen(device, change, known, list(known.values))
        elif code == "accepted" and known.deleted:
            known.deleted = 0
        known.write(revision, device.id, values)

    @staticmethod
    def _judge(
        device: Device, change: Change, known: Known
    ) -> tuple[str, dict[str, Value], list[str]]:
        """The grade a change must get, the values it leaves, and its losing fields."""
        touched = dict(change.values)
        changed = known.changed_by_others(device.id, change.base)
        if change.operation == "delete":
            if known.deleted:
                return "merged", {}, []
            return ("conflict", {}, sorted(changed)) if changed else ("accepted", {}, [])
        if change.operation == "create":
            if known.deleted and change.base == known.revision:
                return "accepted", dict.fromkeys(known.values) | touched, []
            touched = {n: v for n, v in touched.items() if v is not None}
            changed = {n for n, v in known.values.items() if v is not None}
        if known.deleted:
            return "conflict", {}, list(touched)
        losing = [n for n, v in touched.items() if n in changed and known.values[n] != v]
        values = {n: v for n, v in touched.items() if n not in losing and known.values[n] != v}
        if losing:
            return "conflict", values, losing
        return ("merged" if changed or change.operation == "create" else "accepted"), values, []

    def _nothing_unseen(
        self, device: Device, change: Change, known: Known, names: Sequence[str]
    ) -> None:
        """Promise 3: what another PC wrote goes only if the cadre had it before their eyes."""
        seen = self.seen.get(change.id)
        if seen is None or change.operation == "create":
            return
        for name in names:
            if known.writers.get(name, device.id) != device.id:
                stood = known.values[name]
                if change.values.get(name, object()) != stood:
                    assert seen[name] == stood, f"{name} silently overwritten: {change} on {known}"


class Unasked(Truth):
    """No account: where a county forgets or villages choose, what crossed the line does not do."""

    def note(self, device: Device, request: ExchangeRequest, answer: ExchangeAnswer) -> None:
        """Believe nothing."""
