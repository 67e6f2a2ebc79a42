"""Each fault of the line comes out as a sentence, nothing is believed that is no answer."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.client import wire
from sync.client.http import HttpLine
from sync.client.ports import LineFault, NoLine, Refused
from sync.protocol import (
    CONTENT_TYPE,
    VERSION,
    EnrolAnswer,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    Fault,
    pack,
    unpack,
)
from tests.sync.client.line import (
    Answer,
    Server,
    breaks_off_after,
    hangs_up,
    never_answers,
    resets,
    says,
    serving,
)

ASKED = ExchangeRequest(VERSION, {"510183001002": 7})
ANSWERED = ExchangeAnswer(VERSION, [], [], {"510183001002": 7}, 0, "2026-11-25T01:42:00+00:00")
GOOD = says(pack(ANSWERED))
SAFE = "您填的都在本机，通了会自动再试。"
LOOPBACK = Path(__file__).with_name("loopback.pem")


@contextmanager
def line_to(server: Server | str, token: str = "") -> Iterator[HttpLine]:
    line = HttpLine(server if isinstance(server, str) else server.url, token)
    try:
        yield line
    finally:
        line.close()


def no_line(*answers: Answer) -> tuple[NoLine, Server]:
    with serving(*answers) as server, line_to(server) as line:
        with pytest.raises(NoLine) as caught:
            line.exchange(ASKED)
        assert caught.value.detail, "support is told more than the cadre"
        assert not any(c.isascii() and c.isalpha() for c in caught.value.sentence)
        return caught.value, server


# --- a good line ---------------------------------------------------------------------------------


def test_an_exchange_carries_the_request_and_brings_the_answer() -> None:
    with serving(GOOD) as server, line_to(server, "secret") as line:
        assert line.exchange(ASKED) == ANSWERED
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/exchange HTTP/1.1\r\n")
    assert b"Authorization: Bearer secret" in head
    assert f"Content-Type: {CONTENT_TYPE}".encode() in head
    assert unpack(body, ExchangeRequest) == ASKED
    assert (line.bytes_sent, line.bytes_received) == (len(body), len(pack(ANSWERED)))


def test_only_what_is_asked_is_sent_whatever_was_foreseen() -> None:
    other = ExchangeRequest(VERSION, {"510183001002": 8})
    with serving(GOOD) as server, line_to(server) as line:
        for foreseen, asked in ((ASKED, ASKED), (other, ASKED), (ASKED, other)):
            line.foresee(foreseen)
            line.exchange(asked)
            _, _, body = server.requests[-1].partition(b"\r\n\r\n")
            assert unpack(body, ExchangeRequest) == asked
        line.exchange(ASKED)
    assert unpack(server.requests[-1].partition(b"\r\n\r\n")[2], ExchangeRequest) == ASKED


def test_enrolment_shows_the_code_and_no_token() -> None:
    taken_in = EnrolAnswer(VERSION, "d1", "token", "510183001002", "文脉坊社区", "")
    with serving(says(pack(taken_in))) as server, line_to(server.url + "/ ") as line:
        assert line.enrol(EnrolRequest(VERSION, "ABCD-1234", "村里的电脑")) == taken_in
    assert server.requests[0].startswith(b"POST /api/enrol HTTP/1.1\r\n")
    assert b"Authorization" not in server.requests[0]


# --- a bad line ----------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [hangs_up, resets])
def test_a_connection_that_breaks_once_is_tried_again_at_once(bad: Answer) -> None:
    with serving(bad, GOOD) as server, line_to(server) as line:
        assert line.exchange(ASKED) == ANSWERED
    assert len(server.requests) == 2
    assert server.requests[0] == server.requests[1], "the same changes under the same ids"


def test_a_connection_that_keeps_breaking_is_told_as_no_line() -> None:
    fault, _ = no_line(hangs_up)
    assert "连不上县里的服务器" in fault.sentence
    assert SAFE in fault.sentence


def test_where_nobody_listens_is_told_as_no_line() -> None:
    with serving(GOOD) as server:
        pass
    with line_to(server) as line, pytest.raises(NoLine, match="连不上县里的服务器"):
        line.exchange(ASKED)


@pytest.mark.parametrize("count", [0, 1, 20])
def test_an_answer_that_breaks_off_is_told_as_no_line_and_never_half_believed(count: int) -> None:
    no_line(breaks_off_after(pack(ANSWERED), count))


def test_a_server_that_does_not_answer_is_told_as_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "READ_SECONDS", 0.05)
    fault, _ = no_line(never_answers)
    assert fault.sentence == f"县里的服务器很久没有回答（线路太慢或太忙）。{SAFE}"


def test_a_name_that_nobody_knows_is_told() -> None:
    with (
        line_to("https://shige.invalid") as line,
        pytest.raises(NoLine, match="找不到县里的服务器"),
    ):
        line.exchange(ASKED)


# --- answers that are none -----------------------------------------------------------------------


PORTAL = "<html><body>欢迎使用校园网，请登录</body></html>".encode()


@pytest.mark.parametrize(
    "answer",
    [
        says(b""),
        says(PORTAL),
        says(pack(ANSWERED)[:-1]),
        says(pack(Fault("internal", "x"))),
        says(PORTAL, "502 Bad Gateway"),
        says(b"", "503 Service Unavailable"),
        says(PORTAL, "404 Not Found"),
        says(pack(ANSWERED), "500 Internal Server Error"),
        says(b"x" * 50, "200 OK", "Content-Encoding: gzip"),
    ],
)
def test_what_is_no_answer_of_ours_is_no_line(answer: Answer) -> None:
    fault, _ = no_line(answer)
    assert SAFE in fault.sentence


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_a_redirection_is_never_followed(status: str) -> None:
    """A login page in between, or worse: residents' data would go wherever it points."""
    with serving(GOOD) as elsewhere:
        no_line(says(PORTAL, status, f"Location: {elsewhere.url}/api/exchange"))
    assert elsewhere.requests == []


def test_noise_instead_of_http_is_no_line() -> None:
    no_line(lambda connection, _: connection.sendall(b"\0\xff" * 100))


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        ("401 Unauthorized", Fault("unknown_device", "县里已停用这台电脑，请联系县里。")),
        ("403 Forbidden", Fault("bad_code", "登记码不对或已用过。")),
        ("500 Internal Server Error", Fault("internal", "县里的服务器出了错。")),
    ],
)
def test_a_refusal_brings_the_county_s_own_words(status: str, fault: Fault) -> None:
    with (
        serving(says(pack(fault), status)) as server,
        line_to(server) as line,
        pytest.raises(Refused) as caught,
    ):
        line.exchange(ASKED)
    assert (caught.value.code, caught.value.sentence) == (fault.code, fault.sentence)
    assert status[:3] in caught.value.detail
    assert len(server.requests) == 1, "a refusal is not tried again"


# --- the address ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["", "shige", "ftp://a", "https://", "https://[abc", "http://[::1", "https:///x", "https://a:b",
     "https://a:99999", "javascript:alert(1)", "https://.", "https://\ud800"],
)  # fmt: skip
def test_an_address_that_cannot_be_one_is_told_before_anything_is_sent(address: str) -> None:
    with pytest.raises(LineFault) as caught:
        HttpLine(address)
    assert "服务器地址" in caught.value.sentence
    assert not isinstance(caught.value, NoLine), "trying again later would not help"


@pytest.mark.parametrize(
    "address",
    ["http://shige.example.gov.cn", "http://10.0.0.7:8000", "http://127.0.0.1.example.cn",
     "http://localhost.example.cn", "http://0.0.0.0:80"],
)  # fmt: skip
def test_residents_data_never_goes_over_a_foreign_wire_in_clear(address: str) -> None:
    with pytest.raises(LineFault, match="必须以 https:// 开头"):
        HttpLine(address)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000/", "http://localhost", "http://[::1]:80"]
)
def test_on_this_pc_plain_http_will_do(address: str) -> None:
    HttpLine(address).close()


@given(st.text() | st.text().map("https://{}".format) | st.text().map("http://127.0.0.1{}".format))
def test_whatever_is_typed_as_an_address_is_taken_or_told(address: str) -> None:
    try:
        HttpLine(address).close()
    except LineFault as fault:
        assert fault.sentence  # noqa: PT017 (either is right)


# --- who is at the other end ---------------------------------------------------------------------


@pytest.fixture
def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(LOOPBACK)
    return context


def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(tls: ssl.SSLContext) -> None:
    with (
        serving(GOOD, tls=tls) as server,
        line_to(f"https://127.0.0.1:{server.port}") as line,
        pytest.raises(NoLine, match="证书不被这台电脑信任，没有发送任何内容"),
    ):
        line.exchange(ASKED)
    assert server.requests == []


def test_a_certificate_that_the_system_trusts_is_trusted(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the county's own authority works once it is installed on the PC."""
    monkeypatch.setenv("SSL_CERT_FILE", str(LOOPBACK))
    with serving(GOOD, tls=tls) as server, line_to(f"https://127.0.0.1:{server.port}") as line:
        assert line.exchange(ASKED) == ANSWERED


def test_what_the_system_knows_of_passwords_is_never_shown_instead_of_the_token(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    passwords = tmp_path / "netrc"
    passwords.write_text("machine 127.0.0.1 login somebody password else\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("NETRC", str(passwords))
    monkeypatch.setenv("SSL_CERT_FILE", str(LOOPBACK))
    with (
        serving(GOOD, tls=tls) as server,
        line_to(f"https://127.0.0.1:{server.port}", "secret") as line,
    ):
        line.exchange(ASKED)
    assert b"Authorization: Bearer secret" in server.requests[0]


def test_a_proxy_is_no_way_to_this_pc_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    monkeypatch.setenv("no_proxy", "")
    with serving(GOOD) as server, line_to(server) as line:
        assert line.exchange(ASKED) == ANSWERED


def test_a_certificate_for_another_name_is_told(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(LOOPBACK))
    with (
        serving(GOOD, tls=tls) as server,
        line_to(f"https://localhost:{server.port}") as line,
        pytest.raises(NoLine, match="证书"),
    ):
        line.exchange(ASKED)
    assert server.requests == []
