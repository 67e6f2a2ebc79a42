"""A receipt as it is printed. No Qt."""

from __future__ import annotations

from desktop.reports.paper import Column, Facts, Grid, Paper, Words
from desktop.syncing.receipt_words import COUNTED, by_kind, facts
from desktop.syncing.receipts import KeptReceipt, Office
from desktop.widgets.words import moment

_HEALED = "核对时改好的记录，已按县里的内容写到本机；本机还没送的没有动。"


def paper_of(kept: KeptReceipt, office: Office) -> Paper:
    """The receipt on A4: what was exchanged by kind, the county's stamp, places to sign."""
    receipt = kept.receipt
    rows = tuple(
        (label, *(f"{figure:,}" if figure else "—" for figure in figures))
        for label, figures in by_kind(receipt)
    )
    columns = (Column("类别", 2), *(Column(word, 1, number=True) for word in COUNTED.values()))
    where = (("这台电脑", office.device),) if office.device else ()
    at = receipt.county_time or receipt.at
    return Paper(
        village=office.village,
        title="同步回执",
        period=f"{moment(at)}　第 {kept.number:,} 次",
        parts=(
            Facts((*where, *facts(receipt))),
            Grid(columns, rows),
            *((Words(_HEALED),) if receipt.proof == "healed" else ()),
        ),
        printed_by=office.operator,
        printed_at=office.now,
    )
