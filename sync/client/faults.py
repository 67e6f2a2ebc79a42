"""What can be wrong with the line, each told apart: a code, words for the cadre, and what follows.

A fault loses nothing: what is not at the county yet waits on this PC. ``FAULTS`` says of each code
what a cadre reads and whether it is worth trying again without anybody doing anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Code = Literal[
    # The line.
    "no_network",
    "name_not_found",
    "no_server",
    "too_slow",
    "broke_off",
    "unreachable",
    "proxy",
    "login_page",
    "tls_untrusted",
    "tls_other_name",
    "tls_expired",
    "pc_clock",
    # The county's server.
    "county_down",
    "maintenance",
    "not_ours",
    "busy",
    "disk_full",
    "internal",
    "county_too_old",
    "program_too_old",
    "too_large",
    "bad_message",
    # Who this PC is.
    "unknown_device",
    "revoked",
    "wrong_area",
    "bad_code",
    "too_many_tries",
    "not_enrolled",
    "other_village",
    "address",
    # A refusal that this program has no word for.
    "other",
]
CODES: tuple[Code, ...] = get_args(Code)


@dataclass(frozen=True)
class Told:
    """What is told of a fault: ``words`` on the sync button, the ``sentence`` (what happened, that
    nothing is lost, what to do), and whether trying ``again`` later may help by itself."""

    words: str
    sentence: str
    again: bool = True


_LEFT_ALONE = "不用管它。"
_SAFE = "您填的都在本机，通了会自动再试。"
_KEPT = "您填的都在本机，什么都没有丢。"

FAULTS: dict[Code, Told] = {
    "no_network": Told(
        "没有网络", f"这台电脑没有连上网。请看看网线插好没有、路由器亮不亮、无线网连上没有。{_SAFE}"
    ),
    "name_not_found": Told("找不到县里", f"找不到县里的服务器（网络没通或地址写错了）。{_SAFE}"),
    "no_server": Told(
        "县里没开", f"连不上县里的服务器：网是通的，但县里的服务器没有开。{_LEFT_ALONE}{_SAFE}"
    ),
    "too_slow": Told("线路太慢", f"县里的服务器很久没有回答（线路太慢或太忙）。{_SAFE}"),
    "broke_off": Told(
        "线路断了", f"连不上县里的服务器：话说到一半线路断了。已送到的不会重复，其余接着送。{_SAFE}"
    ),
    "unreachable": Told(
        "连不上县里", f"连不上县里的服务器（网线或宽带断了，或服务器没有开）。{_SAFE}"
    ),
    "proxy": Told(
        "代理不通", f"这台电脑上网要经过代理服务器，而代理不通。请找管网络的人看看。{_SAFE}"
    ),
    "login_page": Told(
        "要先登录上网",
        f"这里的网络要先登录才能上网。请打开浏览器，照登录页登录，再按一次同步。{_SAFE}",
    ),
    "tls_untrusted": Told(
        "证书不可信",
        f"县里服务器的证书不被这台电脑信任，没有发送任何内容。请联系县里，按说明装好证书。{_SAFE}",
    ),
    "tls_other_name": Told(
        "证书不可信",
        "应答的不是县里的服务器（证书是别人的），没有发送任何内容。先看看是不是要在浏览器里登录上网，"
        f"再核对服务器地址。{_SAFE}",
    ),
    "tls_expired": Told(
        "县里证书过期", f"县里服务器的证书已经过期，没有发送任何内容。请告诉县里换证书。{_SAFE}"
    ),
    "pc_clock": Told(
        "电脑时间不对",
        f"这台电脑的日期时间不对，认不了县里的证书，没有发送任何内容。请先校准电脑时间。{_SAFE}",
    ),
    "county_down": Told("县里停着", f"县里的服务器暂时停着。{_LEFT_ALONE}{_SAFE}"),
    "maintenance": Told("县里在维护", f"县里的服务器正在维护。{_LEFT_ALONE}{_SAFE}"),
    "not_ours": Told("县里答得不对", f"县里的服务器答得不对，可能正在维护。{_SAFE}"),
    "busy": Told("县里正忙", f"县里的服务器正忙，请过一会儿再试。{_SAFE}"),
    "disk_full": Told("县里存满了", f"县里的服务器存满了，暂时收不下。请告诉县里。{_SAFE}"),
    "internal": Told("县里出错", f"县里的服务器出了错，请联系县里。{_SAFE}"),
    "county_too_old": Told(
        "等县里升级", f"这台电脑上的程序比县里的新，要等县里升级。{_LEFT_ALONE}{_SAFE}"
    ),
    "program_too_old": Told(
        "程序要升级", f"这台电脑上的程序太旧了，请升级后再同步。{_KEPT}", again=False
    ),
    "too_large": Told("送得太多", f"一次送的内容太多，县里收不下，下次会少送一些。{_SAFE}"),
    "bad_message": Told("送得不完整", f"送到县里的内容不完整，请再同步一次。{_SAFE}"),
    "unknown_device": Told(
        "登记失效", f"县里不认识这台电脑。请向县里要登记码重新登记。{_KEPT}", again=False
    ),
    "revoked": Told("登记已停用", f"县里停用了这台电脑。请联系县里。{_KEPT}", again=False),
    "wrong_area": Told(
        "辖区不对", f"县里说这台电脑不能同步这个村的资料。请联系县里。{_KEPT}", again=False
    ),
    "bad_code": Told("登记码不对", "登记码不对或已用过，请对照县里给的再输一遍。", again=False),
    "too_many_tries": Told("稍后再试", "登记码输错的次数太多，请过十分钟再试。", again=False),
    "not_enrolled": Told(
        "还没登记", "这台电脑还没有在县里登记。请在“同步”里填服务器地址和登记码。", again=False
    ),
    "other_village": Told("登记码不对", "这个登记码是另一个村的。", again=False),
    "address": Told("地址不对", "服务器地址不对，请向县里核对。", again=False),
    "other": Told("县里没收", f"县里没有收。请联系县里。{_KEPT}", again=False),
}


class LineFault(Exception):
    """The county could not be asked, or refused to answer; nothing was lost.

    ``code`` tells what it was, ``sentence`` says in Chinese what happened and what to do,
    ``detail`` is for support and names nobody.
    """

    def __init__(self, sentence: str, detail: str = "", code: Code = "other") -> None:
        super().__init__(sentence)
        self.code: str = code
        self.sentence = sentence
        self.detail = detail

    @property
    def again(self) -> bool:
        """Whether trying again later may help without anybody doing anything."""
        return told(self.code).again

    @property
    def words(self) -> str:
        """The fault in a few characters."""
        return told(self.code).words


class NoLine(LineFault):
    """The county cannot be reached just now: it is worth trying again later."""

    def __init__(self, sentence: str, detail: str = "", code: Code = "unreachable") -> None:
        super().__init__(sentence, detail, code)

    @classmethod
    def of(cls, code: Code, detail: str) -> NoLine:
        """The fault of a code, in the words of ``FAULTS``."""
        return cls(FAULTS[code].sentence, detail, code)


class Refused(LineFault):
    """The county was reached and refused the request as a whole.

    ``code`` is one of ``sync.protocol.Fault``, where ``version`` is told apart into
    ``county_too_old`` and ``program_too_old``.
    """

    def __init__(self, code: str, sentence: str, detail: str = "") -> None:
        super().__init__(sentence, detail)
        self.code = code


def what_happened(fault: LineFault) -> str:
    """What happened, without the promise to try again by itself: only a sync does that."""
    return fault.sentence.removesuffix(_SAFE).removesuffix(_LEFT_ALONE)


def told(code: str) -> Told:
    """What is told of a code, also of one that only a newer county knows."""
    return next((FAULTS[known] for known in CODES if known == code), FAULTS["other"])
