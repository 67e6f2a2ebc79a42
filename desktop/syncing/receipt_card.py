"""What one sync did, by kind, on a card."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton

from desktop.syncing.receipt_words import (
    COUNTED,
    NOTHING_NEW,
    by_kind,
    facts,
    moved_records,
    photos,
    proof,
)
from desktop.syncing.section import card, line
from desktop.syncing.service import Receipt
from desktop.widgets import tokens

_LABEL = 96


def receipt_card(receipt: Receipt, action: QPushButton | None = None) -> QFrame:
    """Sent, received, merged, in conflict, refused; by kind and all together, the proof, and what
    one may do with it."""
    made, column = card()
    if moved_records(receipt):
        column.addLayout(figures_of(receipt))
    if told := photos(receipt) or ("" if moved_records(receipt) else NOTHING_NEW):
        column.addWidget(line(told, "plain"))
    if found := proof(receipt):
        column.addWidget(line(found, "plain" if receipt.proof == "differs" else "proofWords"))
    if action is not None:
        column.addWidget(action, 0, Qt.AlignmentFlag.AlignLeft)
    return made


def figures_of(receipt: Receipt) -> QGridLayout:
    """The figures of a receipt, a line a kind."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(tokens.px(tokens.S4))
    grid.setVerticalSpacing(tokens.px(tokens.S2))
    for place, word in enumerate(COUNTED.values(), 1):
        _put(grid, 0, place, word, quiet=True)
    for place, (label, figures) in enumerate(by_kind(receipt), 1):
        _put(grid, place, 0, label)
        for at, figure in enumerate(figures, 1):
            _put(grid, place, at, f"{figure:,}" if figure else "—", quiet=not figure)
    grid.setColumnStretch(len(COUNTED) + 1, 1)
    return grid


def facts_of(receipt: Receipt) -> QGridLayout:
    """Times, way, proof, bytes: whatever is known beside the figures."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(tokens.px(tokens.S3))
    grid.setVerticalSpacing(tokens.px(tokens.S1))
    grid.setColumnStretch(1, 1)
    for place, (label, words) in enumerate(facts(receipt)):
        name = line(label)
        name.setFixedWidth(tokens.px(_LABEL))
        grid.addWidget(name, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(line(words, "plain"), place, 1)
    return grid


def _put(grid: QGridLayout, row: int, place: int, words: str, *, quiet: bool = False) -> None:
    label = line(words, "quiet" if quiet else "plain")
    label.setWordWrap(False)
    side = Qt.AlignmentFlag.AlignRight if place else Qt.AlignmentFlag.AlignLeft
    grid.addWidget(label, row, place, side)
