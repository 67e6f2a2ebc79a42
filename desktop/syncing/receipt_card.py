"""What the last sync did, by kind, on a card."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout

from desktop.syncing.service import Receipt
from desktop.widgets import tokens
from desktop.widgets.words import when
from sync.records import KINDS


def stamp(receipt: Receipt) -> str:
    """When the county had it all."""
    if not receipt.finished:
        return f"{when(receipt.at)}，中途停下，没送完的下次接着送"
    return f"{when(receipt.county_time)} 县里收到"


def receipt_card(receipt: Receipt) -> QFrame:
    """Sent, received, merged, in conflict, refused; all together and by kind."""
    made, column = card()
    grid = QGridLayout()
    grid.setHorizontalSpacing(tokens.px(32))
    grid.setVerticalSpacing(tokens.px(tokens.S2))
    names = ("sent", "received", "merged", "conflicts", "refused")
    for place, word in enumerate(("", "送出", "收到", "合并", "冲突", "退回")):
        _put(grid, 0, place, word, quiet=True)
    _line(grid, 1, "合计", [getattr(receipt, name) for name in names])
    # What only the county makes (the division table) is no news for a village.
    kinds = [k for k in sorted(receipt.by_kind) if k in KINDS and "create" in KINDS[k].villages_may]
    for line, kind in enumerate(kinds, 2):
        counts, label = receipt.by_kind[kind], KINDS[kind].label
        _line(grid, line, label, [counts.get(name, 0) for name in names])
    grid.setColumnStretch(6, 1)
    column.addLayout(grid)
    return made


def _line(grid: QGridLayout, line: int, label: str, figures: list[int]) -> None:
    _put(grid, line, 0, label)
    for place, figure in enumerate(figures, 1):
        _put(grid, line, place, f"{figure:,}" if figure else "—", quiet=not figure)


def _put(grid: QGridLayout, line: int, place: int, words: str, *, quiet: bool = False) -> None:
    label = QLabel(words)
    label.setObjectName("quiet" if quiet else "plain")
    grid.addWidget(label, line, place)


def card() -> tuple[QFrame, QVBoxLayout]:
    """An empty card and the column to fill."""
    made = QFrame()
    made.setObjectName("card")
    column = QVBoxLayout(made)
    column.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 12)))
    column.setSpacing(tokens.px(tokens.S2))
    return made, column
