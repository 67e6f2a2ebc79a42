"""What one may do with the points ledger. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from desktop.register.service import RecordInvalid, Register
from desktop.storage import settings
from desktop.storage.handing_over import ask, hand_over
from desktop.storage.ledger import (
    POOL,
    SOME_PC,
    Standing,
    names_of,
    own_device,
    standings_of,
    where_in_words,
)
from desktop.storage.store import Store
from sync.records import PointsEntry, PointsSubject, Value, Values
from sync.records.points import SPENDING


class PointsSubjects(Register):
    """Who earns points."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, PointsSubject)


class PointsLedger(Register):
    """The entries; balances and rights are sums over them, never stored."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, PointsEntry)
        self.rights = PointsRights(store)

    def add(self, raw: Mapping[str, object]) -> str:
        """Write an entry; return its id. Raises RecordInvalid. Where the points are there, but may
        not be spent on this PC, it also asks the other PCs for what is missing."""
        try:
            return super().add(raw)
        except RecordInvalid as refused:
            if "device" in refused.problems:
                asked = self.rights.ask_for_missing(self.clean(raw)[0])
                words = f"{refused.problems['device']}。{asked}"
                raise RecordInvalid({**refused.problems, "device": words}) from refused
            raise

    def balances(self, subjects: list[str]) -> dict[str, int]:
        """The balance of each of these subjects in points; 0 without entries."""
        return {subject: s.balance for subject, s in self.rights.standings(subjects).items()}

    def reverse(self, entry_id: str, reason: str) -> str:
        """Write the entry that undoes another (冲正); return its id. Raises RecordInvalid."""
        entry = self.get(entry_id)
        points = entry.values["points"]
        return self.add(
            {
                "subject": entry.values["subject"],
                "entry_type": "reversal",
                "points": -points if isinstance(points, int) else None,
                "reason": reason,
                "reverses": entry_id,
            }
        )


@dataclass(frozen=True)
class Way:
    """Something to do with the right to a subject's points, in words: give to a PC or to the pool
    (None), or ask for what is elsewhere."""

    words: str
    to: str | None = None
    asks: bool = False


class PointsRights:
    """Where the points of a subject may be spent, and how that changes (移交)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def standings(self, subjects: list[str]) -> dict[str, Standing]:
        """What each of these subjects has, in all, on this PC and on the others."""
        with self._store.read() as connection:
            area = settings.read(connection, settings.AREA)
            return standings_of(connection, area, subjects)

    def ways(self, subject: str) -> list[Way]:
        """What may be done with the points of a subject here; nothing before the PC is enrolled."""
        with self._store.read() as connection:
            if own_device(connection) is None:
                return []
        standing, names = self.standings([subject])[subject], self._names()
        found: list[Way] = []
        if standing.here > 0:
            others = sorted(names.items(), key=lambda each: each[1])
            found += [
                Way(f"把本机的{standing.here}分移交给“{name}”", str(device))
                for device, name in others
            ]
            found.append(Way(f"把本机的{standing.here}分交到县里，哪台电脑都可以去要", POOL))
        if elsewhere := sum(points for points in standing.elsewhere.values() if points > 0):
            found.append(Way(f"把别处的{elsewhere}分要到本机", asks=True))
        return found

    def go(self, subject: str, way: Way) -> str:
        """Do one of the ``ways``; say what is done. Raises RecordInvalid."""
        if way.asks:
            return f"已去要{self.ask_for_all(subject)}分，两台电脑各同步一次就到"
        points = self.hand_over(subject, way.to)
        where = "县里" if way.to is POOL else f"“{self._names().get(way.to, SOME_PC)}”"
        return f"已移交{points}分给{where}，两边各同步一次，那边就能用"

    def hand_over(self, subject: str, to: str | None) -> int:
        """Give all that may be spent of a subject here to another PC, or to the county's pool
        (None); return the points. Raises RecordInvalid."""
        with self._store.write() as writing:
            self._enrolled(own_device(writing.connection))
            points = self._here(writing.connection, subject)
            hand_over(writing, subject, to, max(points, 1), "移交")
        return points

    def ask_for_all(self, subject: str) -> int:
        """Ask the other PCs for all that a subject has there; return the points. Raises
        RecordInvalid where there is nothing to ask for."""
        standing = self.standings([subject])[subject]
        points = sum(p for p in standing.elsewhere.values() if p > 0)
        if points <= 0:
            raise RecordInvalid({"points": "积分都在本机，不用向别处要"})
        self._ask(subject, points)
        return points

    def ask_for_missing(self, values: Values) -> str:
        """Ask for what an entry lacks on this PC but has elsewhere; say so, or nothing."""
        subject, points = values.get("subject"), values.get("points")
        if not isinstance(subject, str) or not isinstance(points, int) or points >= 0:
            return ""
        standing = self.standings([subject])[subject]
        missing = -points - max(standing.here, 0)
        if missing <= 0 or standing.balance + points < 0:
            return ""
        if standing.asked < missing:
            self._ask(subject, missing)
        both = "连上网同步一次" if set(standing.elsewhere) == {POOL} else "两台电脑各同步一次"
        return f"已替您去要这{missing}分，{both}就到。"

    def facts(self, subject: str) -> list[tuple[str, str]]:
        """What the panel says about a subject: where its points may be spent."""
        standing, names = self.standings([subject])[subject], self._names()
        if not standing.elsewhere and not standing.asked:
            return []
        lines = [("本机可用", f"{max(standing.here, 0)}分")]
        if standing.elsewhere:
            lines.append(("别处可用", where_in_words(standing.elsewhere, names)))
        if standing.asked:
            lines.append(("正在要", f"{standing.asked}分，两边同步以后就到"))
        return lines

    def advice(self, raw: Mapping[str, str]) -> str:
        """What a form that takes points away says before anything is typed."""
        subject, kind = raw.get("subject", ""), raw.get("entry_type", "")
        if not subject or kind not in SPENDING:
            return ""
        standing = self.standings([subject])[subject]
        if not standing.elsewhere:
            return f"现有{standing.balance}分，都可以在本机用。"
        return (
            f"现有{standing.balance}分，本机能用{max(standing.here, 0)}分；"
            f"{where_in_words(standing.elsewhere, self._names())}。"
        )

    def _names(self) -> dict[Value, str]:
        with self._store.read() as connection:
            return names_of(connection)

    def _ask(self, subject: str, points: int) -> None:
        with self._store.write() as writing:
            self._enrolled(own_device(writing.connection))
            ask(writing, subject, points)

    def _here(self, connection: Connection, subject: str) -> int:
        area = settings.read(connection, settings.AREA)
        return standings_of(connection, area, [subject])[subject].here

    @staticmethod
    def _enrolled(device: str | None) -> None:
        if device is None:
            raise RecordInvalid({"points": "这台电脑还没有在县里登记，积分都在本机，不用移交"})
