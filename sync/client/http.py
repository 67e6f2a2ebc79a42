"""The line over HTTPS: one session with the county's server, faults told apart in words."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import msgspec
import requests
from urllib3.exceptions import LocationParseError
from urllib3.util import SKIP_HEADER, Url, parse_url

from sync.client import wire
from sync.client.clock import behind_s
from sync.client.diagnosis import no_line
from sync.client.faults import Code, LineFault, NoLine, Refused, told
from sync.keys import IntroduceAnswer, IntroduceRequest
from sync.protocol import (
    CONTENT_TYPE,
    VERSION,
    BadMessage,
    EnrolAnswer,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    Fault,
    FiguresAnswer,
    FiguresRequest,
    VerifyAnswer,
    VerifyRequest,
    pack,
    unpack,
)

_PART = 64 * 1024
Answer = TypeVar("Answer")

_BAD_GATEWAY, _UNAVAILABLE, _GATEWAY_TIMEOUT = 502, 503, 504
_NETWORK_LOGIN, _TOO_LARGE = 511, 413
#: What the county says of its own work in an answer's head, in milliseconds (``Server-Timing``).
_WORKED = re.compile(r"\bwork;dur=(\d{1,9}(?:\.\d+)?)")
#: Packed as tightly as can be, a batch is a fifth smaller and takes 15 ms more for 200 changes:
#: worth it on a line below so many bytes a second, as far as a message of this size tells.
_QUICK, _TIGHT = 3, 19
_SLOW_LINE, _TELLING = 32_000, 2_000
_A_CODE = re.compile(r"[a-z_]{1,40}")


class Body(Protocol):
    """What can be sent: measured, and handed on piece by piece, again from its beginning."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[bytes]: ...


class HttpLine:
    """A line to the county's server at ``server`` (``https://…``; plain http on this PC only)."""

    def __init__(self, server: str, token: str = "") -> None:
        self._server = _checked(server)
        #: Bytes of messages so far, as they went over the wire.
        self.bytes_sent = self.bytes_received = 0
        #: How long the county worked on its last answer; the rest of the time the line took.
        self.county_seconds = 0.0
        self._level = _QUICK
        self._foreseen: tuple[ExchangeRequest, int, bytes] | None = None
        self._session = requests.Session()
        # The system's trust store takes a while to open: only where it is wanted.
        secure = self._server.startswith("https:")
        self._session.mount(self._server, wire.TrustingTheSystem() if secure else wire.Adapter())
        # A proxy of the system's lies on no way to this PC itself; to look for one takes a while.
        self._session.trust_env = secure
        # Whoever this PC is, its token says it: a password file of the system's does not.
        self._session.auth = _as_it_is
        # What a sync with nothing to do sends is mostly heads: none that says nothing.
        self._session.headers.clear()
        self._session.headers["Content-Type"] = CONTENT_TYPE
        self._session.headers["User-Agent"] = "shige"
        self._session.headers["Accept-Encoding"] = SKIP_HEADER
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """Show a one-time code; raises NoLine or Refused."""
        return self._post("/api/enrol", request, EnrolAnswer)

    def foresee(self, request: ExchangeRequest) -> None:
        """Most likely this will be asked next: pack it while there is nothing else to do."""
        self._foreseen = (request, self._level, pack(request, self._level))

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        """Send changes and ask for rows; raises NoLine or Refused."""
        return self._post("/api/exchange", request, ExchangeAnswer)

    def introduce(self, request: IntroduceRequest) -> IntroduceAnswer:
        """Exchange keys for files on a stick; raises NoLine or Refused."""
        return self._post("/api/introduce", request, IntroduceAnswer)

    def verify(self, request: VerifyRequest) -> VerifyAnswer:
        """Compare what this PC holds with the county; raises NoLine or Refused."""
        return self._post("/api/verify", request, VerifyAnswer)

    def event_figures(self, request: FiguresRequest) -> FiguresAnswer:
        """Ask for the figures of an own area; raises NoLine or Refused."""
        return self._post("/api/event-figures", request, FiguresAnswer)

    def post_file(self, path: str, body: Body, take: Callable[[bytes], object]) -> None:
        """Send a file and hand over the answer part by part. Raises NoLine or Refused."""
        try:
            response = self._session.post(
                self._server + path,
                data=body,
                timeout=(wire.CONNECT_SECONDS, wire.READ_SECONDS),
                allow_redirects=False,
                stream=True,
            )
            if response.status_code != requests.codes.ok:
                raise _fault_in(response)
            for part in response.iter_content(_PART):
                take(part)
        except requests.RequestException as error:
            raise no_line(error, self._server) from error

    def close(self) -> None:
        """Close the connection; a request under way in another thread ends with a fault."""
        self._session.close()

    def _post(self, path: str, message: msgspec.Struct, form: type[Answer]) -> Answer:
        packed, start = self._packed(message), time.monotonic()
        try:
            response = self._session.post(
                self._server + path,
                data=wire.Pieces(packed),
                timeout=(wire.CONNECT_SECONDS, wire.READ_SECONDS),
                # A login page in between, or worse: nobody else is sent residents' data.
                allow_redirects=False,
            )
            body = response.content
        except requests.RequestException as error:
            raise no_line(error, self._server) from error
        self.bytes_sent += len(packed)
        self.bytes_received += len(body)
        worked = _WORKED.search(response.headers.get("Server-Timing", ""))
        self.county_seconds = float(worked[1]) / 1000 if worked else 0.0
        self._learn(len(packed) + len(body), time.monotonic() - start - self.county_seconds)
        try:
            if response.status_code == requests.codes.ok:
                return unpack(body, form)
            fault = unpack(body, Fault)
        except BadMessage as error:
            raise _unreadable(response) from error
        raise _refused(fault, response)

    def _packed(self, message: msgspec.Struct) -> bytes:
        foreseen = self._foreseen
        if foreseen is not None and foreseen[:2] == (message, self._level):
            self._foreseen = None
            return foreseen[2]
        return pack(message, self._level)

    def _learn(self, moved: int, seconds: float) -> None:
        if moved >= _TELLING:
            self._level = _TIGHT if moved < seconds * _SLOW_LINE else _QUICK


def _fault_in(response: requests.Response) -> LineFault:
    """What an answer that is no file means."""
    try:
        return _refused(unpack(response.content, Fault), response)
    except BadMessage:
        return _unreadable(response)


def _unreadable(response: requests.Response) -> NoLine:
    detail = _detail(response, f"{len(response.content)} B of no message")
    return NoLine.of(_code_of_page(response), detail)


def _code_of_page(response: requests.Response) -> Code:
    """Who answered, where it was not the county's program."""
    status = response.status_code
    if status == _NETWORK_LOGIN or response.is_redirect:
        return "login_page"
    if status in (_BAD_GATEWAY, _GATEWAY_TIMEOUT):
        return "county_down"
    if status == _UNAVAILABLE:
        return "maintenance"
    if status == _TOO_LARGE:
        return "too_large"
    is_page = "html" in response.headers.get("Content-Type", "") or b"<html" in (
        response.content[:1000].lower()
    )
    return "login_page" if status == requests.codes.ok and is_page else "not_ours"


def _refused(fault: Fault, response: requests.Response) -> Refused:
    """The county's own refusal, in its own words."""
    code = fault.code if _A_CODE.fullmatch(fault.code) else "other"
    if code == "version":
        # A county of version 1 does not say its own: it is the older one, or we would not ask.
        newer = fault.version > VERSION
        code = "program_too_old" if newer else "county_too_old"
    detail = _detail(response, f"{code} v{fault.version}" if fault.version else code)
    return Refused(code, fault.sentence or told(code).sentence, detail)


def _detail(response: requests.Response, what: str) -> str:
    behind = behind_s(response.headers.get("Date"))
    date = "" if behind is None else f"; Date {behind:+d} s"
    return f"HTTP {response.status_code}: {what}{date}"


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _checked(server: str) -> str:
    """The address without a trailing slash; raise LineFault where it cannot be used."""
    address = server.strip().rstrip("/")
    try:
        parts = parse_url(address)
    except LocationParseError:
        parts = Url()
    if parts.scheme not in ("http", "https") or not (parts.host or "").strip("."):
        raise LineFault("服务器地址不对，应像 https://shige.example.gov.cn 这样写。", "", "address")
    if parts.scheme == "http" and not _is_this_pc(str(parts.host)):
        raise LineFault(
            "服务器地址必须以 https:// 开头：居民资料不能明文在网上传。请向县里核对地址。",
            "",
            "address",
        )
    return address


def _is_this_pc(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
