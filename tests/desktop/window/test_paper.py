"""Paper: A4, black on white, nothing lost between two pages, and the same on every device."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QFontMetricsF

from desktop.reports.paper import Column, Facts, Grid, Paper, Picture, Pictures, Words
from desktop.widgets.paper_drawing import NotSaved, picture, save_pdf
from desktop.widgets.paper_layout import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    WIDTH,
    font,
    lay_out,
    wrapped,
)
from tests.support.photos import photo

LONG = "花楸村五组靠近老水井旁边往上走第三家，门口有一棵大黄葛树，房子是青瓦房。" * 3


def paper(rows: int) -> Paper:
    places = [LONG if place % 7 == 0 else "3组" for place in range(rows)]
    grid = Grid(
        (Column("姓名", 2), Column("住址", 4), Column("积分", 1, number=True)),
        tuple((f"村民{place:03}", words, str(place)) for place, words in enumerate(places)),
    )
    parts = (Facts((("本机时间", "2026-11-25 09:42"), ("说明", LONG))), grid, Words(LONG))
    at = "2026-11-25T10:00:00+08:00"
    return Paper("平乐镇花楸村", "积分公示", "2026年11月", parts, "周桂芳", at)


@pytest.mark.parametrize("rows", [0, 1, 20, 33, 34, 35, 200])
def test_every_row_stands_once_on_some_page_and_nothing_runs_over_the_edge(dressed, rows: int):
    sheets = lay_out(paper(rows))
    words = "\n".join(sheet.words() for sheet in sheets).split("\n")
    for place in range(rows):
        assert words.count(f"村民{place:03}") == 1
    for number, sheet in enumerate(sheets, 1):
        assert f"第 {number} 页 / 共 {len(sheets)} 页" in sheet.words()
        assert "平乐镇花楸村" in sheet.words(), "each page says whose it is"
        assert "周桂芳 2026-11-25" in sheet.words()
        if "村民" in sheet.words():
            assert "姓名" in sheet.words(), "the head of the table comes again"
        for text in sheet.texts:
            width = QFontMetricsF(font(text.size)).horizontalAdvance(text.words)
            assert text.x >= LEFT
            assert text.x + width <= WIDTH - RIGHT + 1, text.words
            assert text.y <= HEIGHT - BOTTOM + 71
        for rule in sheet.rules:
            assert max(rule.y1, rule.y2) <= HEIGHT - BOTTOM + 27
    assert all(label in sheets[-1].words() for label in ("经办人签字", "单位盖章"))


def test_long_words_are_broken_without_losing_a_letter(dressed):
    for words in (LONG, "A" * 300, "门牌 12 号 " * 30, "", "一\n二"):
        lines = wrapped(words, 37, 600)
        assert "".join(lines).replace(" ", "") == words.replace("\n", "").replace(" ", "")
        widths = [QFontMetricsF(font(37)).horizontalAdvance(line) for line in lines]
        assert max(widths) <= 601, "but for a fraction of a tenth of a millimetre"


def test_pages_are_black_on_white_at_any_size(dressed):
    (sheet,) = lay_out(paper(3))
    for width in (400, 1240):
        image = picture(sheet, width)
        assert image.height() == round(width * 297 / 210)
        assert image.isGrayscale()
        assert 0.001 < _ink(image) < 0.2


def _ink(image) -> float:
    points = [(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)]
    return sum(image.pixelColor(x, y).lightness() < 128 for x, y in points) / len(points)


def test_a_pdf_has_as_many_pages_as_the_preview_and_replaces_the_old_one_whole(
    dressed, tmp_path: Path
):
    file = tmp_path / "公示.pdf"
    file.write_bytes(b"old")
    sheets = lay_out(paper(120))
    save_pdf(sheets, "积分公示", file)
    assert file.read_bytes().count(b"/Type /Page\n") == len(sheets) > 2
    with pytest.raises(NotSaved, match="没有存成"):
        save_pdf(sheets, "积分公示", tmp_path / "nowhere" / "公示.pdf")


def test_photos_lie_side_by_side_within_the_page_and_no_row_is_torn(dressed):
    shots = [photo(n, (640, 480) if n % 3 else (300, 900), noisy=False) for n in range(23)]
    shown = tuple(Picture(shot, f"第{n}张 " + LONG[: n * 3]) for n, shot in enumerate(shots))
    grid = paper(28).parts[1]
    parts = (grid, Pictures((*shown, Picture(b"no picture"))), Words("完"))
    sheets = lay_out(replace(paper(0), parts=parts))
    placed = [(sheet, one) for sheet in sheets for one in sheet.pictures]
    assert len(placed) == len(shots), "what cannot be read is left out"
    for sheet, one in placed:
        assert one.x >= LEFT
        assert one.x + one.width <= WIDTH - RIGHT
        assert one.y + one.height <= HEIGHT - BOTTOM
        proportion = one.image.width() / one.image.height()
        assert one.width / one.height == pytest.approx(proportion)
        others = [other for other in sheet.pictures if other is not one]
        assert not any(_overlap(one, other) for other in others)
    words = "".join(sheet.words() for sheet in sheets)
    assert all(words.count(f"第{n}张") == 1 for n in range(len(shots)))
    assert not picture(placed[0][0], 1240).isGrayscale(), "they are drawn"


def _overlap(one, other) -> bool:
    apart = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not apart and one.y < other.y + other.height and other.y < one.y + one.height
