"""The line over HTTPS: one session with the county's server, faults told apart in words."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import msgspec
import requests
import truststore
from requests.adapters import HTTPAdapter
from urllib3.exceptions import LocationParseError, NameResolutionError, ReadTimeoutError
from urllib3.util import Retry, Url, parse_url

from sync.client.ports import LineFault, NoLine, Refused
from sync.keys import IntroduceAnswer, IntroduceRequest
from sync.protocol import (
    CONTENT_TYPE,
    BadMessage,
    EnrolAnswer,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    Fault,
    pack,
    unpack,
)

CONNECT_SECONDS = 10
READ_SECONDS = 120
_PART = 64 * 1024
Answer = TypeVar("Answer")

_SAFE = "您填的都在本机，通了会自动再试。"


class _TrustingTheSystem(HTTPAdapter):
    """Trusts whom the operating system trusts, so that the county's own CA works."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        kwargs["ssl_context"] = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        super().init_poolmanager(*args, **kwargs)


class Sendable(Protocol):
    """What can be sent as a body: read part by part, and from its start again."""

    def __len__(self) -> int: ...

    def read(self, size: int = -1, /) -> bytes:
        """The next part."""

    def seek(self, place: int, whence: int = 0, /) -> int:
        """Back to a place."""

    def tell(self) -> int:
        """How far it was read."""


class HttpLine:
    """A line to the county's server at ``server`` (``https://…``; plain http on this PC only)."""

    def __init__(self, server: str, token: str = "") -> None:
        self._server = _checked(server)
        #: Bytes of messages so far, as they went over the wire.
        self.bytes_sent = self.bytes_received = 0
        self._session = requests.Session()
        # A broken connection is tried again at once: the county knows each change by its id.
        retry = Retry(total=2, backoff_factor=0.5, status=0, allowed_methods=None)
        self._session.mount("https://", _TrustingTheSystem(max_retries=retry))
        self._session.mount("http://", HTTPAdapter(max_retries=retry))
        self._session.headers["Content-Type"] = CONTENT_TYPE
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """Show a one-time code; raises NoLine or Refused."""
        return self._post("/api/enrol", request, EnrolAnswer)

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        """Send changes and ask for rows; raises NoLine or Refused."""
        return self._post("/api/exchange", request, ExchangeAnswer)

    def introduce(self, request: IntroduceRequest) -> IntroduceAnswer:
        """Exchange keys for files on a stick; raises NoLine or Refused."""
        return self._post("/api/introduce", request, IntroduceAnswer)

    def post_file(self, path: str, file: Sendable, take: Callable[[bytes], object]) -> int:
        """Send a file and hand over the answer part by part; return how many bytes came.

        Raises NoLine or Refused.
        """
        try:
            response = self._session.post(
                self._server + path,
                data=file,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            )
            if response.status_code != requests.codes.ok:
                raise _refused(response.status_code, response.content)
            received = 0
            for part in response.iter_content(_PART):
                take(part)
                received += len(part)
        except requests.RequestException as error:
            raise _no_line(error) from error
        return received

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _post(self, path: str, message: msgspec.Struct, form: type[Answer]) -> Answer:
        packed = pack(message)
        try:
            response = self._session.post(
                self._server + path,
                data=packed,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                # A login page in between, or worse: nobody else is sent residents' data.
                allow_redirects=False,
            )
            body = response.content
        except requests.RequestException as error:
            raise _no_line(error) from error
        self.bytes_sent += len(packed)
        self.bytes_received += len(body)
        try:
            if response.status_code == requests.codes.ok:
                return unpack(body, form)
        except BadMessage as error:
            raise _unreadable(response.status_code, error) from error
        raise _refused(response.status_code, body)


def _refused(status: int, body: bytes) -> LineFault:
    """What a body that is no answer means."""
    try:
        fault = unpack(body, Fault)
    except BadMessage as error:
        return _unreadable(status, error)
    return Refused(fault.code, fault.sentence, f"HTTP {status} {fault.code}")


def _unreadable(status: int, error: BadMessage) -> NoLine:
    return NoLine(f"县里的服务器答得不对，可能正在维护。{_SAFE}", f"HTTP {status}: {error}")


def _checked(server: str) -> str:
    """The address without a trailing slash; raise LineFault where it cannot be used."""
    address = server.strip().rstrip("/")
    try:
        parts = parse_url(address)
    except LocationParseError:
        parts = Url()
    if parts.scheme not in ("http", "https") or not (parts.host or "").strip("."):
        raise LineFault("服务器地址不对，应像 https://shige.example.gov.cn 这样写。", server)
    if parts.scheme == "http" and not _is_this_pc(str(parts.host)):
        raise LineFault(
            "服务器地址必须以 https:// 开头：居民资料不能明文在网上传。请向县里核对地址。", server
        )
    return address


def _is_this_pc(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _no_line(error: requests.RequestException) -> NoLine:
    """Say which part of the line failed, as far as the error tells."""
    # What made urllib3 give up, where it had tried more than once.
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(error, requests.exceptions.SSLError):
        sentence = (
            "县里服务器的证书不被这台电脑信任，没有发送任何内容。请检查电脑时间，或联系县里。"
        )
    elif isinstance(reason, NameResolutionError):
        sentence = f"找不到县里的服务器（网络没通或地址写错了）。{_SAFE}"
    elif isinstance(error, requests.exceptions.Timeout) or isinstance(reason, ReadTimeoutError):
        sentence = f"县里的服务器很久没有回答（线路太慢或太忙）。{_SAFE}"
    else:
        sentence = f"连不上县里的服务器（网线或宽带断了，或服务器没有开）。{_SAFE}"
    return NoLine(sentence, str(error))
