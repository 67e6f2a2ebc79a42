"""Looking a store over: pages whole, what is derived in agreement, the outbox in order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection

from desktop.storage import derived, holdings, searching
from desktop.storage.errors import FileDamaged, FileMissing
from desktop.storage.ledger import rights_of
from desktop.storage.settled import UNSETTLED, WAITS
from desktop.storage.standing import under_way
from desktop.storage.store import Store
from sync.records import KINDS, Record


@dataclass
class Report:
    """What a check found: figures by name, and Chinese sentences for what is wrong."""

    figures: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    healed: list[str] = field(default_factory=list)


def check(store: Store) -> Report:
    """Look the whole store over. What is only a cache is put right; the rest is told."""
    report = Report()
    with store.change() as connection:
        _check_pages(connection, report)
        for record in KINDS.values():
            _check_kind(connection, record, report)
        _check_search(connection, report)
        _check_holdings(connection, report)
        _check_derived(connection, report)
        _check_outbox(connection, report)
        _check_ledger(connection, report)
    _check_files(store, report)
    return report


def _check_pages(connection: Connection, report: Report) -> None:
    for pragma in ("cipher_integrity_check", "integrity_check"):
        for (line,) in connection.exec_driver_sql(f"PRAGMA {pragma}"):
            if line != "ok":
                report.problems.append(f"数据库文件有损坏的地方：{line}")


def _check_kind(connection: Connection, record: type[Record], report: Report) -> None:
    live = f"FROM {record.kind} WHERE deleted = 0"
    report.figures[record.kind] = _number(connection, f"SELECT count(*) {live}")
    for reference in record.references():
        name, to = reference.name, reference.to
        dangling = _number(
            connection,
            f"SELECT count(*) FROM {record.kind} r WHERE r.deleted = 0"  # noqa: S608 - our own names
            f' AND r."{name}" IS NOT NULL AND NOT EXISTS'
            f' (SELECT 1 FROM {to} t WHERE t.area = r.area AND t.id = r."{name}")',
        )
        if dangling:
            report.problems.append(
                f"{record.label}里有{dangling}条的“{reference.label}”指向不存在的记录"
            )


def _check_search(connection: Connection, report: Report) -> None:
    if searching.put_right(connection):
        report.healed.append("搜索目录与记录对不上，已重新整理")


def _check_holdings(connection: Connection, report: Report) -> None:
    if holdings.recount(connection):
        report.healed.append("与县里核对用的合计不对，已重新算过，下次同步会再核对")


def _check_derived(connection: Connection, report: Report) -> None:
    if derived.put_right(connection):
        report.healed.append("事件办到哪一步的记号与步骤对不上，已重新算过")


def _check_outbox(connection: Connection, report: Report) -> None:
    report.figures["waiting"] = _number(
        connection,
        f"SELECT count(*) FROM outbox WHERE {WAITS}",  # noqa: S608 - our own words
    )
    report.figures["refused"] = _number(
        connection, "SELECT count(*) FROM outbox WHERE state = 'refused'"
    )
    broken = _number(connection, "SELECT count(*) FROM outbox WHERE NOT json_valid(values_json)")
    if broken:
        report.problems.append(f"待发送的内容里有{broken}条读不出来")
    # What a sync that was killed left as being sent, the next one puts right.
    states = "('refused')" if under_way(connection) else "('waiting', 'refused')"
    adrift = _number(
        connection,
        f"SELECT count(*) FROM standing s WHERE state IN {states}"  # noqa: S608 - written above
        f" AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.record = s.record AND {UNSETTLED})",
    )
    unmarked = _number(
        connection,
        f"SELECT count(DISTINCT record) FROM outbox o WHERE {UNSETTLED} AND NOT EXISTS"  # noqa: S608
        " (SELECT 1 FROM standing s WHERE s.record = o.record)",
    )
    if adrift or unmarked:
        report.problems.append(f"有{adrift + unmarked}条记录的同步状态与待发送的内容对不上")


def _check_ledger(connection: Connection, report: Report) -> None:
    report.figures["points_total"] = _number(
        connection, "SELECT coalesce(sum(points), 0) FROM points_entry WHERE deleted = 0"
    )
    subjects = defaultdict(list)
    for area, subject in connection.exec_driver_sql(
        "SELECT area, subject FROM points_entry UNION SELECT area, subject FROM points_handover"
    ):
        subjects[area].append(subject)
    overdrawn = without_right = 0
    for area, named in subjects.items():
        for rights in rights_of(connection, area, named).values():
            overdrawn += sum(rights.values()) < 0
            without_right += min(rights.values(), default=0) < 0 <= sum(rights.values())
    if overdrawn:
        report.problems.append(f"有{overdrawn}位积分对象的余额小于0")
    if without_right:
        report.problems.append(f"有{without_right}位积分对象在某台电脑上的可用积分小于0")


def _check_files(store: Store, report: Report) -> None:
    """Read every photo and document that lies here; that of others lies at the county."""
    with store.read() as connection:
        named = connection.exec_driver_sql(
            "SELECT sha256, max(name), EXISTS (SELECT 1 FROM transfer t WHERE t.sha256 = a.sha256)"
            " FROM attachment a WHERE deleted = 0 GROUP BY sha256"
        ).all()
    report.figures["originals"] = 0
    for sha256, name, to_go in named:
        try:
            store.files.verify(sha256)
            report.figures["originals"] += 1
        except FileMissing:
            if to_go:
                report.problems.append(f"“{name}”还没有送到县里，原件却不在本机了，请重新添加")
        except FileDamaged:
            if to_go:
                report.problems.append(f"“{name}”的原件坏了，还没有送到县里，请删掉重新添加")
            else:
                # It stays until a good one has come: who knows whether the county has it still.
                report.problems.append(f"“{name}”在本机的原件坏了，连上网打开看一次，就从县里再取")


def _number(connection: Connection, sql: str) -> int:
    return int(connection.exec_driver_sql(sql).scalar_one())
