"""What is printed, as parts in order; ``desktop/widgets`` decides how it looks on A4. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Pairs of label and words, one under the other."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Column:
    """One column of a grid. ``share`` is its part of the width beside the others."""

    label: str
    share: int = 1
    number: bool = False


@dataclass(frozen=True)
class Grid:
    """A ruled table; its head is repeated on every page it runs over."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A photo as it lies on paper: the bytes of a JPEG, and what is said under it."""

    data: bytes = field(repr=False)
    caption: str = ""


@dataclass(frozen=True)
class Pictures:
    """Photos side by side, small; those that cannot be read are left out."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: its name, how long it is, and the words at its end."""

    label: str
    value: float
    words: str


@dataclass(frozen=True)
class Bars:
    """A chart of bars, one under the other, with its title; black on white."""

    title: str
    bars: tuple[Bar, ...]


Part = Words | Facts | Grid | Pictures | Bars


@dataclass(frozen=True)
class Paper:
    """One thing to print: whose it is, what of when it is, who printed it, and places to sign.

    ``printed_at`` is an ISO time; ``signatures`` name what is written or stamped by hand.
    """

    village: str
    title: str
    period: str
    parts: tuple[Part, ...]
    printed_by: str
    printed_at: str
    signatures: tuple[str, ...] = ("经办人签字", "负责人签字", "单位盖章")

    @property
    def file_name(self) -> str:
        """A name for the file it is saved as, without an ending."""
        named = f"{self.title} {self.period}".strip()
        return "".join("-" if sign in '\\/:*?"<>|' else sign for sign in named)
