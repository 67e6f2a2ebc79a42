"""All changes of one request, in their order, each with its own outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sync.protocol import Block, Change, Operation, from_block
from sync.server.creates import create, runs, unusual_rows
from sync.server.edits import delete, edit, unusual_edits
from sync.server.forms import block_problem, change_problem
from sync.server.intake import Intake

_RULES: dict[Operation, Callable[[Intake, Change], str]] = {
    "create": create,
    "edit": edit,
    "delete": delete,
}


def take_in(intake: Intake, blocks: Sequence[Block]) -> None:
    """Judge every change of ``blocks`` and write what may stand; the caller commits."""
    problems = [block_problem(block) for block in blocks]
    sound = [b for b, problem in zip(blocks, problems, strict=True) if not problem]
    intake.load(blocks, sound)
    for block, problem in zip(blocks, problems, strict=True):
        if problem:
            _refuse(intake, block, problem)
        elif block.operation == "create":
            _create(intake, block)
        elif block.operation == "edit":
            _edit(intake, block)
        else:
            for change in from_block(block):
                _judge(intake, change)
    intake.save()


def _create(intake: Intake, block: Block) -> None:
    unusual = unusual_rows(intake, block)
    judge = intake.judges.get(block.kind)
    kept = judge.as_kept(block) if judge else block
    as_sent = kept.names == block.names and kept.columns[-1:] == block.columns[-1:]
    noted = list(from_block(kept)) if judge else []
    for start, stop in runs(len(block.ids), unusual):
        if start in unusual:
            _judge(intake, _change(block, start))
        else:
            intake.add_many(kept, start, stop, as_sent=as_sent)
            if judge:
                for change in noted[start:stop]:
                    judge.note(change.kind, change.record, change.values)


def _edit(intake: Intake, block: Block) -> None:
    unusual = unusual_edits(intake, block)
    for start, stop in runs(len(block.ids), unusual):
        if start in unusual:
            _judge(intake, _change(block, start))
        else:
            intake.write_many(block, start, stop)


def _change(block: Block, place: int) -> Change:
    head = (block.ids[place], block.kind, block.records[place], block.operation, block.bases[place])
    values = {n: column[place] for n, column in zip(block.names, block.columns, strict=True)}
    return Change(*head, values, block.by[place], block.at[place])


def _judge(intake: Intake, change: Change) -> None:
    answer = intake.answer_to(change.id)
    if answer is not None:
        intake.repeat(change, answer)
        return
    sentence = change_problem(change) or _RULES[change.operation](intake, change)
    if sentence:
        intake.reject(change, sentence)


def _refuse(intake: Intake, block: Block, sentence: str) -> None:
    for change in from_block(block):
        answer = intake.answer_to(change.id)
        if answer is not None:
            intake.repeat(change, answer)
        else:
            intake.reject(change, sentence)
