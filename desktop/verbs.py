"""What each verb does, on the same services as the window."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from desktop.attachments.service import Attachments, Incoming
from desktop.register.service import Register
from desktop.residents.service import Residents
from desktop.storage import checking
from desktop.storage.errors import StorageError
from desktop.storage.listing import Listing, Row
from desktop.storage.store import Store
from desktop.syncing.receipt_words import gist, outcome, way
from desktop.syncing.receipts import KeptReceipt, Receipts
from desktop.syncing.service import Receipt, Syncing
from desktop.widgets.words import moment
from sync.records import KINDS, Record

PAGE = 1000


class VerbError(Exception):
    """A verb was asked for something that cannot be; the message is a Chinese sentence."""


def enrol(store: Store, options: Namespace) -> int:
    """Show the county a one-time code."""
    print(f"登记好了：{Syncing(store).enrol(options.server, options.code)}")
    return 0


def import_file(store: Store, options: Namespace) -> int:
    """Import a register of residents."""
    _only_residents(options.what)
    # What is planned for this village must not be written into another one.
    residents = Residents(store.for_this_village())
    result = residents.carry_out(residents.preview(Path(options.file)))
    if options.json:
        _print(result.to_json())
        return 0
    print(f"导入{result.imported}人，原来已有{result.already}人，退回{len(result.refused)}行。")
    for refusal in result.refused:
        print(f"  {refusal.origin.sheet} 第{refusal.origin.line}行：{refusal.reason}")
    return 0


def export_file(store: Store, options: Namespace) -> int:
    """Write all residents to a workbook; personal fields masked unless asked for whole."""
    _only_residents(options.what)
    count = Residents(store).export(Path(options.file), masked=not options.unmask)
    print(f"已导出{count}人到 {options.file}")
    return 0


def add(store: Store, options: Namespace) -> int:
    """Add a record given as JSON; print its id."""
    register = Register(store, _kind(options.kind))
    _print({"id": register.add(object_of(options.json))})
    return 0


def edit(store: Store, options: Namespace) -> int:
    """Change fields of a record given as JSON; print its id."""
    register = Register(store, _kind(options.kind))
    changed = register.edit(options.id, object_of(options.json))
    _print({"id": options.id, "changed": changed})
    return 0


def list_records(store: Store, options: Namespace) -> int:
    """Print all records of a kind, page by page; showing them unmasked is logged."""
    register = Register(store, _kind(options.kind))
    order = register.order(Listing(options.kind))
    hides = any(field.masked for field in register.fields.values())
    if options.unmask and hides and order:
        register.log_full_view(None, len(order), "list --unmask")
    pages = (register.rows(order[at : at + PAGE]) for at in range(0, len(order), PAGE))
    rows = (row for page in pages for row in page)
    if not options.json:
        for row in rows:
            print("\t".join(_shown(register.record, row, options.unmask)))
        return 0
    _print_each(_as_object(register.record, row, options.unmask) for row in rows)
    return 0


def sync(store: Store, options: Namespace) -> int:
    """Sync now; print the receipt. Exit code 4 where a person must look at something."""
    syncing = Syncing(store)
    receipt = syncing.run(thorough=options.thorough)
    if receipt.notice:
        # This PC belongs to another village now: its records come with the next sync.
        print(receipt.notice, file=sys.stderr)
        receipt = syncing.run(thorough=options.thorough)
    if options.json:
        _print(receipt.to_json())
    else:
        print(receipt_in_words(receipt))
        if receipt.clock:
            print(receipt.clock)
    # What cannot be done now is done behind the next one.
    with suppress(StorageError):
        syncing.follow_up()
    return 4 if receipt.refused or receipt.conflicts else 0


def attach(store: Store, options: Namespace) -> int:
    """Add photos or documents to a record; print their ids. Exit code 1 where one was refused."""
    files = [Incoming(Path(file).name, Path(file)) for file in options.file]
    added = Attachments(store).attach_many(_kind(options.kind).kind, options.id, files)
    _print({"ids": added.ids})
    for name, sentence in added.refused:
        print(f"{name}：{sentence}", file=sys.stderr)
    return 1 if added.refused else 0


def files(store: Store, options: Namespace) -> int:
    """Print the photos and documents that the county does not have yet."""
    to_go = Attachments(store).to_go()
    left = sum(each.size - each.sent for each in to_go)
    if options.json:
        _print({"waiting": len(to_go), "bytes": left, "files": [asdict(each) for each in to_go]})
        return 0
    print(f"还有{len(to_go)}张照片或文件没有送到县里，共{left / 1024 / 1024:.1f} MB。")
    for each in to_go:
        print(f"  {each.sha256[:12]}  {each.sent}/{each.size}  {each.trouble}".rstrip())
    return 0


def fetch(store: Store, options: Namespace) -> int:
    """Write the original of an attachment to a file, from the county where it is not here."""
    attachments = Attachments(store)
    attachments.fetch(options.id)
    attachments.save(options.id, Path(options.out))
    print(f"已存到 {options.out}")
    return 0


def receipt_in_words(receipt: Receipt) -> str:
    """A receipt as a cadre reads it."""
    photos = ""
    if receipt.photos_sent or receipt.photos_waiting:
        photos = f"照片和文件送出{receipt.photos_sent}个，还有{receipt.photos_waiting}个。"
    return (
        f"同步完成（县里时间 {receipt.county_time}）："
        f"送出{receipt.sent}条，收到{receipt.received}条，"
        f"合并{receipt.merged}条，冲突{receipt.conflicts}条，退回{receipt.refused}条，"
        f"还有{receipt.waiting}条待同步。{photos}{receipt.photos_trouble}"
    )


def receipts(store: Store, options: Namespace) -> int:
    """Print the receipts that are kept, newest first."""
    every = _every_receipt(Receipts(store))
    if options.json:
        _print_each({"number": kept.number, **kept.receipt.to_json()} for kept in every)
        return 0
    for kept in every:
        told = (moment(kept.receipt.at), way(kept.receipt), gist(kept.receipt))
        print("\t".join([f"第{kept.number}次", *told, outcome(kept.receipt)]))
    return 0


def _every_receipt(kept: Receipts) -> Iterator[KeptReceipt]:
    before = None
    while page := kept.receipts(PAGE, before):
        yield from page
        before = page[-1].number


def status(store: Store, options: Namespace) -> int:
    """Print where this PC stands."""
    found = Syncing(store).status()
    if options.json:
        _print(
            {
                "enrolled": found.enrolled,
                "area": found.area,
                "area_name": found.area_name,
                "waiting": found.waiting,
                "conflicts": found.conflicts,
                "refused": found.refused,
                "last_sync": found.last_sync or None,
                "photos_waiting": found.photos_waiting.number,
                "photos_bytes": found.photos_waiting.size,
                "clock": found.clock or None,
                "trouble": found.trouble.code if found.trouble else None,
                "counts": found.counts,
            }
        )
        return 0
    print(f"{found.area_name or '还没有在县里登记'}：{found.waiting}条待同步，", end="")
    print(f"{found.conflicts}条有冲突，{found.refused}条被退回。", end="")
    print(f"县里最近收到：{found.last_sync or '从未'}")
    if found.trouble:
        print(f"最近一次没同步成：{found.trouble.sentence}")
    if found.clock:
        print(found.clock)
    return 0


def support(store: Store, options: Namespace) -> int:
    """Print what technical support needs to know; it holds nobody's data."""
    print(Syncing(store).support_text(), end="")
    return 0


def check(store: Store, options: Namespace) -> int:
    """Look the store over; exit code 1 where something is wrong."""
    report = checking.check(store)
    if options.json:
        _print({"figures": report.figures, "problems": report.problems, "healed": report.healed})
    else:
        for kind, record in KINDS.items():
            print(f"{record.label}：{report.figures[kind]}")
        for sentence in [*report.healed, *report.problems]:
            print(sentence)
        if not report.problems:
            print("检查完毕，没有发现问题。")
    return 1 if report.problems else 0


def _kind(kind: str) -> type[Record]:
    if kind not in KINDS:
        raise VerbError(f"没有“{kind}”这种记录，可用的有：{'、'.join(KINDS)}")
    return KINDS[kind]


def object_of(text: str) -> dict[str, Any]:
    """What was typed as JSON behind a verb: fields and what they hold. Raises VerbError."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or any(isinstance(v, list | dict) for v in found.values()):
        raise VerbError('--json 后面要写成 {"字段": "内容"} 的样子')
    return found


def _only_residents(what: str) -> None:
    if what != "residents":
        raise VerbError("现在只能导入导出居民名册：residents")


def _as_object(record: type[Record], row: Row, unmask: bool) -> dict[str, Any]:
    values = {
        name: field.mask(value) if field.masked and not unmask else field.to_json(value)
        for name, field in record.fields.items()
        for value in (row.values[name],)
    }
    own = {"id": row.id, "sync_state": row.state, "made_by": row.made_by, "made_at": row.made_at}
    return own | {name: None if value == "" else value for name, value in values.items()}


def _shown(record: type[Record], row: Row, unmask: bool) -> list[str]:
    return [
        row.id,
        row.state,
        *(
            field.show(row.values[name]) if unmask else field.mask(row.values[name])
            for name, field in record.fields.items()
        ),
    ]


def _print_each(objects: Iterable[Mapping[str, object]]) -> None:
    """Write a list item by item: one of 100,000 does not have to fit into memory."""
    print("[", end="")
    for place, found in enumerate(objects):
        print(",\n" if place else "\n", json.dumps(found, ensure_ascii=False), sep="", end="")
    print("\n]")


def _print(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False))
