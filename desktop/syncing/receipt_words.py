"""A receipt in words, for the screen and for paper. No Qt."""

from __future__ import annotations

from desktop.syncing.service import Receipt
from desktop.widgets.words import moment, size, when
from sync.records import KINDS

#: What a receipt counts, and how it is called.
COUNTED = {
    "sent": "送出",
    "received": "收到",
    "merged": "合并",
    "conflicts": "冲突",
    "refused": "退回",
}
_COMPARED = "核对过："
_PHOTOS = "照片和文件"
#: What is said of a sync that moved nothing.
NOTHING_NEW = "没有新的往来"
_UNIT = {"resident": "位", "household": "户"}


def stamp(receipt: Receipt) -> str:
    """When the county had it all, or that it has not."""
    if not receipt.finished:
        return f"{when(receipt.at)}，中途停下，没送完的下次接着送"
    return f"{when(receipt.county_time or receipt.at)} 县里收到"


def gist(receipt: Receipt) -> str:
    """What it did in one line: 「送出 12 · 收到 30 · 照片和文件 3」."""
    said = [
        f"{word} {getattr(receipt, name):,}"
        for name, word in COUNTED.items()
        if getattr(receipt, name)
    ]
    if receipt.photos_sent:
        said.append(f"{_PHOTOS} {receipt.photos_sent:,}")
    return " · ".join(said) or NOTHING_NEW


def moved_records(receipt: Receipt) -> bool:
    """Whether there is a figure to show of records."""
    return any(getattr(receipt, name) for name in COUNTED)


def photos(receipt: Receipt) -> str:
    """Which photos and documents went: 「照片和文件送出 3 个，1.2 MB」; '' for none."""
    if not receipt.photos_sent:
        return ""
    return f"{_PHOTOS}送出 {receipt.photos_sent:,} 个，{size(receipt.photos_bytes)}"


def outcome(receipt: Receipt) -> str:
    """How it ended, in a word or two."""
    if not receipt.finished:
        return "中途停下"
    return {
        "equal": "核对一致",
        "healed": f"改好 {sum(receipt.healed.values()):,} 条",
        "differs": "还有不一样",
    }.get(receipt.proof, "办完了")


def proof(receipt: Receipt) -> str:
    """What the comparison at the end found; '' where there was none."""
    healed = "、".join(
        f"{number:,}{_UNIT.get(kind, '条')}{_label(kind)}"
        for kind, number in sorted(receipt.healed.items())
        if number
    )
    if receipt.proof == "equal":
        return f"{_COMPARED}本机与县里一致"
    if receipt.proof == "healed":
        return f"核对时发现{healed or '几条记录'}不一样，已改到两边一致；没送的一条没动"
    if receipt.proof == "differs" and healed:
        return f"核对时改好了{healed}，还有不一样的，下次同步再核对；没送的一条没动"
    if receipt.proof == "differs":
        return "核对时发现还有不一样的，没有动本机的资料，下次同步再核对"
    return ""


def way(receipt: Receipt) -> str:
    """How it travelled."""
    return "U盘" if receipt.by == "courier" else "网络"


def traffic(receipt: Receipt) -> str:
    """How much went over the line; '' where that is not known."""
    if not receipt.bytes_sent and not receipt.bytes_received:
        return ""
    return traffic_words(receipt.bytes_sent, receipt.bytes_received)


def traffic_words(sent: int, received: int) -> str:
    """Bytes both ways: 「发出 1.2 MB，收进 34 KB」."""
    return f"发出 {size(sent)}，收进 {size(received)}".replace(" 不到", "不到")


def lasted(receipt: Receipt) -> str:
    """How long it took; '' where that is not known."""
    if not receipt.seconds:
        return ""
    if receipt.seconds < 60:
        return f"{max(receipt.seconds, 0.1):.1f} 秒"
    minutes, seconds = divmod(round(receipt.seconds), 60)
    return f"{minutes} 分 {seconds} 秒"


def facts(receipt: Receipt) -> list[tuple[str, str]]:
    """All there is to tell beside the figures: (what, words)."""
    found = [
        ("本机时间", moment(receipt.at)),
        ("县里时间", moment(receipt.county_time)),
        ("走法", way(receipt)),
        ("结果", "办完了" if receipt.finished else "中途停下，没送完的下次接着送"),
        ("核对", proof(receipt).removeprefix(_COMPARED)),
        ("照片", photos(receipt).removeprefix(_PHOTOS)),
        ("还待同步", f"{receipt.waiting:,} 条" if receipt.waiting else "没有"),
        ("流量", traffic(receipt)),
        ("用时", lasted(receipt)),
    ]
    return [(what, words) for what, words in found if words]


def by_kind(receipt: Receipt) -> list[tuple[str, list[int]]]:
    """The figures of ``COUNTED``, kind by kind, and all together at the end.

    What only the county makes (the division table) is no news for a village.
    """
    rows = []
    for kind, record in KINDS.items():
        if kind in receipt.by_kind and "create" in record.villages_may:
            counts = receipt.by_kind[kind]
            rows.append((record.label, [counts.get(name, 0) for name in COUNTED]))
    return [*rows, ("合计", [getattr(receipt, name) for name in COUNTED])]


def _label(kind: str) -> str:
    return KINDS[kind].label if kind in KINDS else "记录"
