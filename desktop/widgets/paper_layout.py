"""Lays a ``Paper`` out on A4 pages, once, so that screen, printer and PDF show the very same.

All lengths are tenths of a millimetre from the corner of the sheet.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QTextLayout, QTextOption

from desktop.reports.paper import Bars, Facts, Grid, Paper, Pictures, Words
from desktop.widgets import tokens
from desktop.widgets.words import moment

WIDTH, HEIGHT = 2100, 2970
#: The left edge is wider: paper is kept in binders.
LEFT, RIGHT, TOP, BOTTOM = 220, 180, 180, 200
BODY, SMALL, TITLE = 37, 32, 56
_GAP, _CELL, _LABEL = 50, 16, 300
#: Room for a signature, and for a round stamp of 42 mm.
_SIGN, _STAMP = 130, 440
#: Photos: how many side by side, and how high one is at the most.
_ACROSS, _PICTURE = 4, 320
#: The name of a bar takes no more than this.
_LONGEST_LABEL = 520


@dataclass(frozen=True)
class Text:
    """One line of text: its left end on the base line, and its height in letters."""

    x: float
    y: float
    words: str
    size: int


@dataclass(frozen=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Placed:
    """A picture, and the room that it fills."""

    x: float
    y: float
    width: float
    height: float
    image: QImage


@dataclass(frozen=True)
class Block:
    """A black rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass
class Sheet:
    """All that stands on one page."""

    texts: list[Text] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    pictures: list[Placed] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def words(self) -> str:
        """What can be read on it, line by line."""
        return "\n".join(text.words for text in self.texts)


def font(size: int) -> QFont:
    """The font of paper at a height of ``size``; unhinted, so that every device sets it alike."""
    made = QFont(tokens.FONT_FAMILY)
    made.setPixelSize(size)
    made.setFeature(QFont.Tag("tnum"), 1)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def lay_out(paper: Paper) -> list[Sheet]:
    """The pages of a paper, at least one."""
    return _Setter(paper).pages()


def wrapped(words: str, size: int, width: float) -> list[str]:
    """Words in lines that fit into a width; at least one line."""
    lines: list[str] = []
    for paragraph in words.split("\n"):
        layout = QTextLayout(paragraph, font(size))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            start = line.textStart()
            lines.append(paragraph[start : start + line.textLength()].rstrip())
        layout.endLayout()
    return lines or [""]


class _Setter:
    """Sets parts one under the other and begins a new page where one is full."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._metrics = {size: QFontMetricsF(font(size)) for size in (BODY, SMALL, TITLE)}
        self._sheets = [Sheet()]
        self._y = float(TOP)

    def pages(self) -> list[Sheet]:
        paper = self._paper
        self._middle(paper.village, BODY)
        self._middle(paper.title, TITLE)
        self._middle(paper.period, BODY)
        self._y += _GAP / 2
        for part in paper.parts:
            if isinstance(part, Grid):
                self._grid(part)
            elif isinstance(part, Facts):
                self._facts(part)
            elif isinstance(part, Pictures):
                self._pictures(part)
            elif isinstance(part, Bars):
                self._bars(part)
            else:
                self._words(part)
            self._y += _GAP
        self._sign()
        for number, sheet in enumerate(self._sheets, 1):
            self._foot(sheet, number)
        return self._sheets

    def _line_height(self, size: int) -> float:
        return size * 1.5

    def _room(self, height: float) -> bool:
        return self._y + height <= HEIGHT - BOTTOM

    def _turn(self) -> None:
        """Begin a new page; it says again what it belongs to."""
        self._sheets.append(Sheet())
        self._y = float(TOP)
        paper = self._paper
        named = " · ".join(n for n in (paper.village, f"{paper.title}（续）", paper.period) if n)
        self._middle(named, SMALL)
        self._y += _GAP / 4

    def _put(self, words: str, x: float, y: float, size: int) -> None:
        """Write a line whose upper edge is at ``y``."""
        metrics = self._metrics[size]
        air = (self._line_height(size) - metrics.height()) / 2
        self._sheets[-1].texts.append(Text(x, y + air + metrics.ascent(), words, size))

    def _middle(self, words: str, size: int) -> None:
        if not words:
            return
        for line in wrapped(words, size, WIDTH - LEFT - RIGHT):
            width = self._metrics[size].horizontalAdvance(line)
            self._put(line, LEFT + (WIDTH - LEFT - RIGHT - width) / 2, self._y, size)
            self._y += self._line_height(size)

    def _words(self, part: Words) -> None:
        height = self._line_height(BODY)
        for line in wrapped(part.text, BODY, WIDTH - LEFT - RIGHT):
            if not self._room(height):
                self._turn()
            self._put(line, LEFT, self._y, BODY)
            self._y += height

    def _facts(self, part: Facts) -> None:
        height = self._line_height(BODY)
        for label, words in part.pairs:
            for place, line in enumerate(wrapped(words, BODY, WIDTH - LEFT - RIGHT - _LABEL)):
                if not self._room(height):
                    self._turn()
                if not place:
                    self._put(label, LEFT, self._y, BODY)
                self._put(line, LEFT + _LABEL, self._y, BODY)
                self._y += height

    def _grid(self, part: Grid) -> None:
        widths = _widths(part)
        head = tuple(column.label for column in part.columns)
        first = self._cells(part, widths, part.rows[0]) if part.rows else []
        if not self._room(self._row_height([*self._cells(part, widths, head), *first]) * 2):
            self._turn()
        self._row(part, widths, head, first=True)
        for row in part.rows:
            if not self._room(self._row_height(self._cells(part, widths, row))):
                self._turn()
                self._row(part, widths, head, first=True)
            self._row(part, widths, row)

    def _cells(self, part: Grid, widths: list[float], row: tuple[str, ...]) -> list[list[str]]:
        cells = zip(row, widths, strict=True)
        return [wrapped(words, BODY, width - 2 * _CELL) for words, width in cells]

    def _row_height(self, cells: list[list[str]]) -> float:
        lines = max(len(cell) for cell in cells)
        return lines * self._line_height(BODY) + _CELL

    def _row(
        self, part: Grid, widths: list[float], row: tuple[str, ...], *, first: bool = False
    ) -> None:
        cells = self._cells(part, widths, row)
        top, bottom = self._y, self._y + self._row_height(cells)
        rules = self._sheets[-1].rules
        if first:
            rules.append(Rule(LEFT, top, WIDTH - RIGHT, top))
        rules.append(Rule(LEFT, bottom, WIDTH - RIGHT, bottom))
        x = float(LEFT)
        rules.append(Rule(x, top, x, bottom))
        for column, width, lines in zip(part.columns, widths, cells, strict=True):
            for place, line in enumerate(lines):
                room = width - 2 * _CELL - self._metrics[BODY].horizontalAdvance(line)
                left = x + _CELL + (max(room, 0) if column.number else 0)
                self._put(line, left, top + _CELL / 2 + place * self._line_height(BODY), BODY)
            x += width
            rules.append(Rule(x, top, x, bottom))
        self._y = bottom

    def _pictures(self, part: Pictures) -> None:
        """Rows of pictures, each with its caption under it; a row is never torn."""
        read = [(QImage.fromData(each.data), each.caption) for each in part.pictures]
        whole = [(image, caption) for image, caption in read if not image.isNull()]
        width = (WIDTH - LEFT - RIGHT + _GAP / 2) / _ACROSS
        room = width - _GAP / 2
        for first in range(0, len(whole), _ACROSS):
            row = whole[first : first + _ACROSS]
            sizes = [_fitting(image, room, _PICTURE) for image, _caption in row]
            lines = [wrapped(caption, SMALL, room) if caption else [] for _image, caption in row]
            high = max(height for _width, height in sizes)
            under = max(map(len, lines)) * self._line_height(SMALL)
            if not self._room(high + under):
                self._turn()
            for place, (image, _caption) in enumerate(row):
                x, (wide, height) = LEFT + place * width, sizes[place]
                self._sheets[-1].pictures.append(Placed(x, self._y, wide, height, image))
                for number, line in enumerate(lines[place]):
                    y = self._y + high + number * self._line_height(SMALL)
                    self._put(line, x, y, SMALL)
            self._y += high + under + _CELL

    def _bars(self, part: Bars) -> None:
        """Bars beside their names, with their words behind them; a title never stands alone."""
        height = self._line_height(BODY)
        metrics = self._metrics[BODY]
        label = max((metrics.horizontalAdvance(bar.label) for bar in part.bars), default=0.0)
        words = max((metrics.horizontalAdvance(bar.words) for bar in part.bars), default=0.0)
        start = LEFT + min(label, _LONGEST_LABEL) + _GAP / 2
        room = WIDTH - RIGHT - start - words - _GAP / 2
        longest = max((bar.value for bar in part.bars), default=0.0) or 1.0
        if not self._room(height * 2):
            self._turn()
        self._put(part.title, LEFT, self._y, BODY)
        self._y += height
        for bar in part.bars:
            if not self._room(height):
                self._turn()
            name = metrics.elidedText(bar.label, Qt.TextElideMode.ElideRight, _LONGEST_LABEL)
            self._put(name, LEFT, self._y, BODY)
            length = max(bar.value, 0.0) / longest * room
            thick = height * 0.5
            block = Block(start, self._y + (height - thick) / 2, length, thick)
            self._sheets[-1].blocks.append(block)
            self._put(bar.words, start + length + _GAP / 4, self._y, BODY)
            self._y += height

    def _sign(self) -> None:
        """Places to sign and to stamp, side by side, never torn from each other."""
        if not self._paper.signatures:
            return
        if not self._room(_STAMP):
            self._turn()
        width = (WIDTH - LEFT - RIGHT) / len(self._paper.signatures)
        for place, label in enumerate(self._paper.signatures):
            x = LEFT + place * width
            self._put(f"{label}：", x, self._y + _SIGN / 2, BODY)
            if "章" not in label:
                y = self._y + _SIGN / 2 + self._line_height(BODY) * 2
                self._sheets[-1].rules.append(Rule(x, y, x + width - _GAP * 2, y))
        day = self._y + _SIGN / 2 + self._line_height(BODY) * 2.6
        self._put("日期：　　　　年　　月　　日", LEFT, day, BODY)
        self._y += _STAMP

    def _foot(self, sheet: Sheet, number: int) -> None:
        paper, metrics = self._paper, self._metrics[SMALL]
        y = HEIGHT - BOTTOM + 70
        sheet.rules.append(Rule(LEFT, y - 44, WIDTH - RIGHT, y - 44))
        by = f"{paper.printed_by} " if paper.printed_by else ""
        sheet.texts.append(Text(LEFT, y, f"{by}{moment(paper.printed_at)} 打印", SMALL))
        page = f"第 {number} 页 / 共 {len(self._sheets)} 页"
        sheet.texts.append(Text(WIDTH - RIGHT - metrics.horizontalAdvance(page), y, page, SMALL))


def _fitting(image: QImage, width: float, height: float) -> tuple[float, float]:
    """The size of an image that fits into a room, its sides in their proportion."""
    scale = min(width / image.width(), height / image.height())
    return image.width() * scale, image.height() * scale


def _widths(part: Grid) -> list[float]:
    whole = WIDTH - LEFT - RIGHT
    shares = sum(column.share for column in part.columns)
    return [whole * column.share / shares for column in part.columns]
