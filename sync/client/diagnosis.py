"""What failed on the line, as far as errors, certificates and answers tell."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Iterable
from contextlib import closing, suppress

from urllib3.exceptions import NameResolutionError, ProxyError
from urllib3.util import parse_url

from sync.client.clock import behind_s, clock_words
from sync.client.faults import FAULTS, Code, NoLine
from sync.client.wire import causes, is_timeout

#: What the systems call it: POSIX by name, Windows' sockets by number.
_NUMBERS: dict[Code, frozenset[int]] = {
    "no_network": frozenset(
        (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, 10050, 10051, 10065)
    ),
    "no_server": frozenset((errno.ECONNREFUSED, 10061)),
    "too_slow": frozenset((errno.ETIMEDOUT, 10060)),
    "broke_off": frozenset(
        (errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, 10052, 10053, 10054)
    ),
}
#: OpenSSL's and Windows' numbers for a certificate that is not valid yet or no more, and for one
#: that belongs to another name.
_DATES = frozenset((9, 10, 0x800B0101, 0x800B0102))
_OTHER_NAME = frozenset((62, 64, 0x800B010F))
_PEEK_SECONDS = 10
#: An address that belongs to nobody (RFC 5737): asking for the way to it sends nothing.
_NOWHERE = ("192.0.2.1", 9)


def no_line(error: BaseException, server: str) -> NoLine:
    """Say which part of the line to ``server`` failed, as far as the error tells."""
    chain = list(causes(error))
    detail = "; ".join(dict.fromkeys(_detail(one) for one in chain))
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return _not_trusted(one, server, detail)
    return NoLine.of(_code(chain, error), detail)


def code_of_number(number: int | None) -> Code | None:
    """What the number of an ``OSError`` means for the line, on any system."""
    return next((code for code, numbers in _NUMBERS.items() if number in numbers), None)


def _code(chain: Iterable[BaseException], error: BaseException) -> Code:
    chain = list(chain)
    if any(isinstance(one, ProxyError) for one in chain):
        return "proxy"
    if any(isinstance(one, NameResolutionError | socket.gaierror) for one in chain):
        return "name_not_found" if _has_a_way_out() else "no_network"
    if is_timeout(error):
        return "too_slow"
    for one in chain:
        if isinstance(one, OSError) and (code := code_of_number(_number(one))):
            return code
    if any(isinstance(one, http.client.HTTPException | ssl.SSLError) for one in chain):
        return _code_of_noise(chain)
    return "unreachable"


def _code_of_noise(chain: Iterable[BaseException]) -> Code:
    """The connection stood, but what came over it made no sense or stopped half-way."""
    broken = (http.client.IncompleteRead, http.client.RemoteDisconnected, ssl.SSLEOFError)
    return "broke_off" if any(isinstance(one, broken) for one in chain) else "not_ours"


def _number(error: OSError) -> int | None:
    return getattr(error, "winerror", None) or error.errno


def _has_a_way_out() -> bool:
    """Whether this PC has any route to the outside: then a name is unknown, not the network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(_NOWHERE)
        except OSError:
            return False
    return True


def _not_trusted(error: ssl.SSLCertVerificationError, server: str, detail: str) -> NoLine:
    code = error.verify_code
    if code in _OTHER_NAME:
        return NoLine.of("tls_other_name", detail)
    if code not in _DATES:
        return NoLine.of("tls_untrusted", detail)
    behind = _peek(server)
    if behind is None:
        # Not valid yet is hardly ever the county's doing: nobody installs such a certificate.
        return NoLine.of("pc_clock" if code == 9 else "tls_expired", detail)
    detail = f"{detail}; Date {behind:+d} s"
    words = clock_words(behind)
    if not words:
        return NoLine.of("tls_expired", detail)
    told = FAULTS["pc_clock"].sentence.replace("不对", f"{words}", 1)
    return NoLine(told, detail, "pc_clock")


def _peek(server: str) -> int | None:
    """How far this PC's clock is behind the ``Date`` of a server that is not trusted.

    Nothing of the village goes there, and what comes back is only told: it decides no more than
    whether the cadre should look at the calendar or call the county.
    """
    parts = parse_url(server)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        suppress(OSError, http.client.HTTPException),
        closing(
            http.client.HTTPSConnection(
                str(parts.host).strip("[]"), parts.port, timeout=_PEEK_SECONDS, context=context
            )
        ) as connection,
    ):
        connection.request("HEAD", "/")
        return behind_s(connection.getresponse().getheader("Date"))
    return None


def _detail(error: BaseException) -> str:
    """An error by its type and number: what it says may name files, and files name people."""
    number = getattr(error, "verify_code", None) or (
        _number(error) if isinstance(error, OSError) else None
    )
    return type(error).__name__ + (f" {number}" if number else "")
