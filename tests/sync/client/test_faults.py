"""Each thing that can be wrong with the line has a code and a sentence of its own."""

from __future__ import annotations

import errno
import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.client import wire
from sync.client.clock import behind_s, clock_words
from sync.client.diagnosis import code_of_number, no_line
from sync.client.faults import CODES, FAULTS, LineFault, NoLine, Refused, told
from sync.client.http import HttpLine
from sync.protocol import VERSION, ExchangeAnswer, ExchangeRequest, Fault, pack
from tests.sync.client.line import (
    Answer,
    breaks_off_after,
    hangs_up,
    never_answers,
    resets,
    says,
    serving,
)

ASKED = ExchangeRequest(VERSION, {"510183001002": 7})
ANSWERED = ExchangeAnswer(VERSION, [], [], {"510183001002": 7}, 0, "2026-11-25T01:42:00+00:00")
PORTAL = "<html><body>欢迎使用校园网，请登录</body></html>".encode()
HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def fault_of(address: str) -> LineFault:
    """How an exchange with this address fails."""
    line = HttpLine(address)
    try:
        with pytest.raises(LineFault) as caught:
            line.exchange(ASKED)
    finally:
        line.close()
    return caught.value


def fault_from(*answers: Answer, tls: ssl.SSLContext | None = None) -> LineFault:
    """How an exchange with a server that answers so fails."""
    with serving(*answers, tls=tls) as server:
        return fault_of(f"https://127.0.0.1:{server.port}" if tls else server.url)


def dated(moment: datetime, body: bytes = b"") -> Answer:
    """An answer that says which time it is."""
    return says(body, "200 OK", f"Date: {format_datetime(moment.astimezone(UTC), usegmt=True)}")


# --- the words -----------------------------------------------------------------------------------


def test_every_code_has_words_and_a_sentence_a_cadre_can_read() -> None:
    assert set(FAULTS) == set(CODES)
    for code, fault in FAULTS.items():
        assert fault.sentence.endswith("。"), code
        for text in (fault.sentence, fault.words):
            assert not any(c.isascii() and c.isalpha() for c in text), code
        assert len(fault.words) <= 8
        if fault.again:
            assert "您填的都在本机" in fault.sentence, "whoever waits is told that nothing is lost"
    assert len({fault.sentence for fault in FAULTS.values()}) == len(FAULTS), "told apart"


def test_a_code_that_only_a_newer_county_knows_is_told_in_its_words() -> None:
    fault = fault_from(says(pack(Fault("quarantine", "县里正在核对。")), "423 Locked"))
    assert (fault.code, fault.sentence) == ("quarantine", "县里正在核对。")
    assert told("quarantine") is FAULTS["other"]


# --- the line ------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["https://shige.example.gov.cn", "https://192.0.2.7"])
def test_no_network_at_all_is_told_from_a_name_that_nobody_knows(address: str) -> None:
    """In a network namespace without a single adapter, as on a PC whose cable is out."""
    script = (
        "from sync.client.http import HttpLine\n"
        "from sync.client.ports import NoLine\n"
        "from sync.protocol import ExchangeRequest, VERSION\n"
        f"line = HttpLine({address!r})\n"
        "try:\n    line.exchange(ExchangeRequest(VERSION, {}))\n"
        "except NoLine as fault:\n    print(fault.code, fault.sentence)\n"
    )
    apart = ["unshare", "--net", "--map-root-user", sys.executable, "-c", script]
    try:
        done = subprocess.run(
            apart, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False
        )
    except FileNotFoundError:
        pytest.skip("this system has no network namespaces")
    if "unshare" in done.stderr:
        pytest.skip("this user may not make a network namespace")
    assert done.stdout.strip() == f"no_network {FAULTS['no_network'].sentence}", done.stderr


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ((errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, 10050, 10051, 10065),
         "no_network"),
        ((errno.ECONNREFUSED, 10061), "no_server"),
        ((errno.ETIMEDOUT, 10060), "too_slow"),
        ((errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, 10053, 10054), "broke_off"),
        ((errno.EPERM, 10013), "unreachable"),
    ],
)  # fmt: skip
def test_the_systems_own_numbers_mean_the_same_on_windows(
    numbers: tuple[int, ...], code: str
) -> None:
    for number in numbers:
        assert no_line(OSError(number, "x"), "https://a").code == code
        wrapped = ConnectionError("aborted", OSError(number, "x"))
        assert no_line(wrapped, "https://a").code == code, "however deep a library buries it"


def test_windows_puts_its_own_number_beside_a_posix_one() -> None:
    error = OSError(22, "x")
    error.winerror = 10051  # type: ignore[attr-defined,unused-ignore]
    assert no_line(error, "https://a").code == "no_network"
    assert code_of_number(None) is None


def test_a_name_that_nobody_knows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.client.diagnosis._has_a_way_out", lambda: True)
    assert fault_of("https://shige.invalid").code == "name_not_found"


def test_a_server_that_is_not_started_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    assert fault_of(f"http://127.0.0.1:{port}").code == "no_server"


def test_a_server_that_does_not_answer_is_too_slow_and_not_asked_three_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "READ_SECONDS", 0.05)
    with serving(never_answers) as server:
        assert fault_of(server.url).code == "too_slow"
    assert len(server.requests) == 1, "the same again would be as slow"


def test_a_server_that_takes_nothing_in_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "SEND_SECONDS", 0.05)
    large = pack(ANSWERED) * 100_000
    monkeypatch.setattr("sync.client.http.pack", lambda *_: large)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        assert fault_of(f"http://127.0.0.1:{deaf.getsockname()[1]}").code == "too_slow"


@pytest.mark.parametrize(
    "bad", [hangs_up, resets, breaks_off_after(pack(ANSWERED), 0), breaks_off_after(b"x" * 99, 20)]
)
def test_a_line_that_breaks_midway_is_told(bad: Answer) -> None:
    assert fault_from(bad).code == "broke_off"


def test_a_proxy_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("no_proxy", "")
    assert fault_of("https://192.0.2.7").code == "proxy"


@pytest.mark.parametrize(
    "page",
    [
        says(PORTAL),
        says(PORTAL, "200 OK", "Content-Type: text/html; charset=utf-8"),
        says(b"", "302 Found", "Location: http://10.0.0.1/login"),
        says(PORTAL, "307 Temporary Redirect", "Location: http://10.0.0.1/login"),
        says(PORTAL, "511 Network Authentication Required"),
    ],
)
def test_a_login_page_in_between_is_told(page: Answer) -> None:
    assert fault_from(page).code == "login_page"


# --- who is at the other end ---------------------------------------------------------------------


def tls_of(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(HERE / f"{name}.pem")
    return context


def test_a_certificate_that_nobody_vouches_for_is_told() -> None:
    assert fault_from(says(b""), tls=tls_of("loopback")).code == "tls_untrusted"


def test_a_certificate_of_another_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(HERE / "loopback.pem"))
    with serving(says(b""), tls=tls_of("loopback")) as server:
        fault = fault_of(f"https://localhost:{server.port}")
    assert fault.code == "tls_other_name"
    assert server.requests == []


@pytest.mark.parametrize(
    ("certificate", "year", "words"), [("expired", 2020, "快了"), ("not_yet_valid", 2090, "慢了")]
)
def test_a_certificate_that_fails_for_this_pc_s_clock_is_told_with_the_difference(
    monkeypatch: pytest.MonkeyPatch, certificate: str, year: int, words: str
) -> None:
    """The county's certificate is right by the county's own time, and this PC is years away."""
    monkeypatch.setenv("SSL_CERT_FILE", str(HERE / f"{certificate}.pem"))
    theirs = dated(datetime(year, 6, 1, tzinfo=UTC))
    with serving(theirs, tls=tls_of(certificate)) as server:
        fault = fault_of(f"https://127.0.0.1:{server.port}")
    assert fault.code == "pc_clock"
    assert words in fault.sentence
    assert "年" in fault.sentence
    assert [r.partition(b" ")[0] for r in server.requests] == [b"HEAD"], "nothing was sent"


def test_a_certificate_that_ran_out_is_the_county_s_to_renew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(HERE / "expired.pem"))
    fault = fault_from(dated(datetime.now(UTC)), tls=tls_of("expired"))
    assert fault.code == "tls_expired"


def test_a_certificate_of_the_future_is_this_pc_s_clock_even_if_nobody_says_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(HERE / "not_yet_valid.pem"))
    assert fault_from(hangs_up, tls=tls_of("not_yet_valid")).code == "pc_clock"


@pytest.mark.parametrize(
    ("number", "code"),
    [(0x800B0101, "tls_expired"), (0x800B010F, "tls_other_name"), (0x800B0109, "tls_untrusted")],
)
def test_windows_own_numbers_for_certificates_are_understood(number: int, code: str) -> None:
    error = ssl.SSLCertVerificationError("x")
    error.verify_code = number
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    assert no_line(error, f"https://127.0.0.1:{port}").code == code


# --- the county's server -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("502 Bad Gateway", "county_down"),
        ("504 Gateway Timeout", "county_down"),
        ("503 Service Unavailable", "maintenance"),
        ("413 Content Too Large", "too_large"),
        ("404 Not Found", "not_ours"),
        ("500 Internal Server Error", "not_ours"),
    ],
)
def test_a_web_server_whose_program_does_not_answer_is_told(status: str, code: str) -> None:
    fault = fault_from(says("<html>维护</html>".encode(), status))
    assert isinstance(fault, NoLine)
    assert (fault.code, fault.again) == (code, True)
    assert fault.detail.startswith(f"HTTP {status[:3]}")


@pytest.mark.parametrize(
    ("sent", "status", "code", "again"),
    [
        (Fault("unknown_device", "x"), 401, "unknown_device", False),
        (Fault("revoked", "x"), 401, "revoked", False),
        (Fault("wrong_area", "x"), 403, "wrong_area", False),
        (Fault("busy", "x"), 503, "busy", True),
        (Fault("disk_full", "x"), 507, "disk_full", True),
        (Fault("internal", "x"), 500, "internal", True),
        (Fault("too_large", "x"), 413, "too_large", True),
        (Fault("version", "x"), 426, "county_too_old", True),
        (Fault("version", "x", VERSION - 1), 426, "county_too_old", True),
        (Fault("version", "x", VERSION + 1), 426, "program_too_old", False),
    ],
)
def test_each_refusal_of_the_county_has_its_code(
    sent: Fault, status: int, code: str, again: bool
) -> None:
    fault = fault_from(says(pack(sent), f"{status} X"))
    assert isinstance(fault, Refused)
    assert (fault.code, fault.again, fault.sentence) == (code, again, "x")


# --- the clock -----------------------------------------------------------------------------------


NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (timedelta(seconds=20), ""),
        (timedelta(minutes=4), ""),
        (timedelta(minutes=8), "8分钟"),
        (timedelta(hours=8), "8小时"),
        (timedelta(days=3), "3天"),
        (timedelta(days=364), "1年"),
        (timedelta(days=365), "1年"),
        (timedelta(days=6 * 365.25), "6年"),
    ],
)
def test_how_far_the_clock_is_off_is_told_in_words(off: timedelta, words: str) -> None:
    date = format_datetime(NOW, usegmt=True)
    slow, fast = behind_s(date, NOW - off), behind_s(date, NOW + off)
    assert slow is not None
    assert fast is not None
    assert clock_words(slow) == (f"慢了{words}" if words else "")
    assert clock_words(fast) == (f"快了{words}" if words else "")


@given(st.text())
def test_whatever_a_server_calls_its_date_is_read_or_passed_over(date: str) -> None:
    found = behind_s(date, NOW)
    assert found is None or isinstance(found, int)


@given(st.text(min_size=3).filter(lambda text: not text.isascii()), st.integers(400, 599))
def test_details_repeat_nothing_that_an_error_or_an_answer_said(words: str, number: int) -> None:
    error = OSError(number, words, f"C:/Users/{words}/x")
    assert words not in no_line(error, "https://a").detail
