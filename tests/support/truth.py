"""A second account of what the county accepted, kept beside it and compared with it at rest."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.protocol import (
    Change,
    ExchangeAnswer,
    ExchangeRequest,
    Rows,
    by_outcome,
    from_block,
)
from sync.records import (
    KINDS,
    Conflict,
    Grid,
    PointsEntry,
    PointsHandover,
    PointsRequest,
    Value,
)
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
    "本机只能用",
    "分可以移交",
    "完工不能早于开工",
    "一般网格上面没有别的网格",
    "它下面还有网格",
    "不是一般网格，下面不能再有网格",
    "给过别的网格",
)
#: The reasons for which an honest PC's points may be refused only where the county refused
#: something that they stood on: promise 10.
_LACK = ("积分不够", "冲正以后", "本机只能用", "分可以移交")
#: Refusals of what gives points that take no right from the PC: the entry is reversed already, and
#: that gave them; or it was refused itself, and never took them.
NO_LOSS = ("已经冲正过了", "冲正哪一笔指向的记录不存在")


@dataclass
class Known:
    """A record as it must stand at the county, and who wrote which of its fields when."""

    values: dict[str, Value]
    revision: int
    made: tuple[str, str]
    deleted: int = 0
    history: list[tuple[int, str, frozenset[str]]] = field(default_factory=list)

    def all_seen(self, base: int, seen: Collection[str]) -> bool:
        """Whether something was written after ``base``, and all of that was ``seen``."""
        since = [change for revision, change, _ in self.history if revision > base]
        return bool(since) and set(since) <= set(seen)

    def changed_unseen(self, since: int, seen: Collection[str]) -> set[str]:
        """The fields that were written after a revision by changes that whoever wrote the next one
        had not ``seen``."""
        found: set[str] = set()
        for revision, change, names in self.history:
            if revision > since and change not in seen:
                found |= names
        return found

    def write(self, revision: int, change: str, values: dict[str, Value]) -> None:
        """Note what a change wrote."""
        self.values.update(values)
        self.revision = revision
        self.history.append((revision, change, frozenset(values)))


class Truth:
    """What the county must hold, by what crossed the line."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str, str], Known] = {}
        self.answers: dict[tuple[str, str], tuple[str, int, str]] = {}
        self.conflicts: list[tuple[str, ...]] = []
        #: What the cadre had before their eyes when they wrote a change, by change.
        self.seen: dict[str, Row] = {}
        self.codes: Counter[str] = Counter()
        #: What changes wanted that were refused, by change.
        self.refused: dict[str, Mapping[str, Value]] = {}
        self.rights = Rights()
        #: Which grid each code was seen at, and which of them the county gave.
        self.whose: dict[str, str] = {}
        self.given: set[str] = set()
        #: Whether all PCs keep to the rules of their own end; a test may spoil one.
        self.honest = True

    def note(self, device: Device, request: ExchangeRequest, answer: ExchangeAnswer) -> None:
        """Take in one exchange as the county answered it, and hold the answer to the promises."""
        self._learn_of_conflicts(answer.rows)
        for rows in answer.rows:
            assert rows.area in (device.area, COUNTY), f"{device.area} was shown {rows.area}"
        assert set(answer.cursors) <= {device.area, COUNTY}
        changes = [change for block in request.blocks for change in from_block(block)]
        outcomes = {
            place: (str(code), revision, reason)
            for place, code, revision, reason in by_outcome(answer.outcomes)
        }
        assert sorted(outcomes) == list(range(len(changes))), "each change gets its own outcome"
        earlier: defaultdict[str, set[str]] = defaultdict(set)
        for place, change in enumerate(changes):
            code, revision, reason = outcomes[place]
            seen = earlier[change.record] | set(request.follows.get(change.id, ()))
            earlier[change.record].add(change.id)
            known = self.answers.get((device.area, change.id))
            if known is not None:
                assert known == (code, revision, reason), f"{change.id}: another answer than before"
                continue
            self.answers[device.area, change.id] = (code, revision, reason)
            self.codes[f"{change.operation} {code}"] += 1
            if code == "rejected":
                known_reason = any(words in reason for words in _REASONS)
                assert known_reason or not self.honest, f"{reason} {change}"
                self.codes[reason[-12:]] += 1
                self.rights.refuse(device, change, reason)
                self.refused[change.id] = change.values
            else:
                self._take_in(device, change, code, revision, seen)

    def learn_codes(self, grids: Mapping[tuple[str, str], Row]) -> None:
        """Where a grid has been left without a code the county has given it one: of its village,
        of a form of its own, and never one that another grid has or had."""
        for (area, grid), row in grids.items():
            known = self.records.get((area, Grid.kind, grid))
            assert row["code"] is not None or row["deleted"], f"no code: {row}"
            if known is not None and known.values["code"] is None and row["code"] is not None:
                code = str(row["code"])
                assert (code[:12], len(code[12:]), code[12:].isdigit()) == (area, 4, True), row
                known.values["code"] = code
                self.given.add(code)
            if row["code"] is not None:
                holder = self.whose.setdefault(row["code"], grid)
                assert holder == grid, f"{row['code']} was given twice: {row}"

    def _learn_of_conflicts(self, sent: Sequence[Rows]) -> None:
        """The county made them; nobody can choose in one before it was sent to a PC."""
        for rows in sent:
            if rows.kind != Conflict.kind:
                continue
            for column in zip(*rows.columns, strict=True):
                row = dict(zip(rows.names, column, strict=True))
                key = (rows.area, rows.kind, str(row["id"]))
                if key not in self.records:
                    values = {name: row[name] for name in Conflict.fields}
                    made = (str(row["made_by"]), str(row["made_at"]))
                    known = self.records[key] = Known({}, 0, made)
                    known.write(int(row["revision"] or 0), "", values)

    def _take_in(
        self, device: Device, change: Change, code: str, revision: int, seen: Collection[str]
    ) -> None:
        key = (device.area, change.kind, change.record)
        known = self.records.get(key)
        if known is None:
            assert (change.operation, code) == ("create", "accepted"), f"{code} {change}"
            blank = dict.fromkeys(KINDS[change.kind].fields)
            known = Known(dict(blank), revision, (change.by, change.at))
            known.write(revision, change.id, dict(change.values))
            self.records[key] = known
            self.rights.take_in(device, change, known.values, self.records)
            return
        assert not KINDS[change.kind].written, f"a written record was changed: {change}"
        grade, values, losing = self._judge(change, known, seen)
        assert code == grade, f"{code}, must be {grade}: {change} on {known}"
        self._nothing_unseen(change, known, [n for n in values if n not in losing], seen)
        if code == "conflict":
            other = json.dumps(change.values, ensure_ascii=False, sort_keys=True)
            self.conflicts.append(
                (device.area, change.kind, change.record, other, ",".join(sorted(losing)))
            )
        if change.operation == "delete":
            known.deleted = 1 if code == "accepted" else known.deleted
            if code == "accepted":
                self._nothing_unseen(change, known, list(known.values), seen)
        elif code == "accepted" and known.deleted:
            known.deleted = 0
        known.write(revision, change.id, values)

    @staticmethod
    def _judge(
        change: Change, known: Known, seen: Collection[str]
    ) -> tuple[str, dict[str, Value], list[str]]:
        """The grade a change must get, the values it leaves, and its losing fields."""
        touched = dict(change.values)
        if change.operation == "edit":
            touched = dict(KINDS[change.kind].still_said(touched, known.values))
        changed = known.changed_unseen(change.base, seen)
        if change.operation == "delete":
            if known.deleted:
                return "merged", {}, []
            return ("conflict", {}, sorted(changed)) if changed else ("accepted", {}, [])
        knew = change.base == known.revision or known.all_seen(change.base, seen)
        if change.operation == "create" and known.deleted and knew:
            return "accepted", dict.fromkeys(known.values) | touched, []
        if change.operation == "create" and not change.base:
            touched = {n: v for n, v in touched.items() if v is not None}
            changed = {n for n, v in known.values.items() if v is not None}
        if known.deleted:
            return "conflict", {}, list(touched)
        losing = [n for n, v in touched.items() if n in changed and known.values[n] != v]
        values = {n: v for n, v in touched.items() if n not in losing and known.values[n] != v}
        if losing:
            return "conflict", values, losing
        anew = change.operation == "create" and not change.base
        return ("merged" if changed or anew else "accepted"), values, []

    def _nothing_unseen(
        self, change: Change, known: Known, names: Sequence[str], follows: Collection[str]
    ) -> None:
        """Promise 3: what was written goes only if the cadre had it before their eyes; also what
        this very PC wrote, for it may have been set back or copied since."""
        seen = self.seen.get(change.id)
        if seen is None or change.operation == "create":
            return
        for name in names:
            stood = known.values[name]
            if name == "code" and stood in self.given:
                # Nobody wrote it: what an office types before it has read it stands.
                continue
            # The cadre's own word that the county refused meanwhile covered what stands.
            refused = [self.refused[c] for c in follows if c in self.refused]
            covered = [values[name] for values in refused if name in values]
            if change.values.get(name, object()) != stood and seen[name] not in covered:
                assert seen[name] == stood, f"{name} silently overwritten: {change} on {known}"


class Rights:
    """Who may spend what, by what crossed the line; none ever goes below zero."""

    def __init__(self) -> None:
        #: By area and subject: how much each PC may spend (None: the pool).
        self.held: defaultdict[tuple[str, Value], Counter[Value]] = defaultdict(Counter)
        #: What the county must have handed out of its pool: area, subject, PC, points.
        self.from_pool: Counter[tuple[str, Value, Value, int]] = Counter()
        #: Subjects of PCs that have built on an earning which the county refused.
        self.shaken: set[tuple[str, Value]] = set()
        #: The village of each PC that was moved.
        self.moved_to: dict[Value, str] = {}

    def take_in(
        self,
        device: Device,
        change: Change,
        stands: dict[str, Value],
        records: dict[tuple[str, str, str], Known],
    ) -> None:
        """Count in a record that the county accepted; ``stands`` is how it must stand there."""
        points, subject = stands.get("points"), stands.get("subject")
        held = self.held[device.area, subject]
        if change.kind == PointsRequest.kind:
            stands["device"] = device.id
            self._give(device, subject, min(int(points or 0), held[None]))
        elif change.kind == PointsHandover.kind:
            stands["from_device"] = device.id
            if self.moved_to.get(stands["to_device"], device.area) != device.area:
                # Who works for another village can spend nothing here: the pool has it.
                stands["to_device"] = None
            held[device.id] -= int(points or 0)
            held[stands["to_device"]] += int(points or 0)
        elif change.kind == PointsEntry.kind:
            stands["device"] = device.id
            if stands["reverses"] is not None and int(points or 0) > 0:
                target = records[device.area, PointsEntry.kind, str(stands["reverses"])]
                stands["device"] = target.values["device"]
            else:
                self._give(device, subject, -int(points or 0) - held[device.id])
            held[stands["device"]] += int(points or 0)
        assert min(held.values(), default=0) >= 0, f"a right below zero: {held} by {change}"

    def release(self, device: str, area: str) -> None:
        """A PC does not work for a village any more: the county takes back what it may spend."""
        for (where, subject), held in self.held.items():
            if where == area and (points := held.pop(device, 0)):
                held[None] += points
                self.from_pool[area, subject, None, points] += 1

    def went_back(self, device: str) -> None:
        """A PC has forgotten what it spent: until it learns of it, it allows what it may not."""
        self.shaken |= {(device, subject) for _, subject in self.held}

    def refuse(self, device: Device, change: Change, reason: str) -> None:
        """Promise 10: what a PC allowed without a line is not refused for lack of points."""
        if change.kind not in (PointsEntry.kind, PointsHandover.kind):
            return
        subject = change.values.get("subject")
        if any(words in reason for words in _LACK):
            built_on_sand = (device.id, subject) in self.shaken
            assert built_on_sand, f"honestly spent, and refused: {reason} {change}"
        elif int(change.values.get("points") or 0) > 0 and not any(w in reason for w in NO_LOSS):
            self.shaken.add((device.id, subject))

    def _give(self, device: Device, subject: Value, points: int) -> None:
        if points > 0:
            held = self.held[device.area, subject]
            held[None] -= points
            held[device.id] += points
            self.from_pool[device.area, subject, device.id, points] += 1


class Unasked(Truth):
    """No account: where a county forgets or villages choose, what crossed the line does not do."""

    def learn_codes(self, grids: Mapping[tuple[str, str], Row]) -> None:
        """Believe nothing."""

    def note(self, device: Device, request: ExchangeRequest, answer: ExchangeAnswer) -> None:
        """Believe nothing."""
