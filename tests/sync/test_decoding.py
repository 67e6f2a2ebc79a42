"""Messages are read by many threads, the first of them too."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from sync.decoding import decode
from sync.protocol import ExchangeAnswer, Fault

#: So many times the threads of a new process race for who works a form out. Where each did so for
#: itself, every second process was brought down.
TIMES = 6

_RACE = """
import sys, threading
from sync.protocol import VERSION, ExchangeAnswer, Histories, Outcome, Rows, pack, unpack

sys.setswitchinterval(1e-6)
told = Histories("a", [1], ["resident"], ["r"], ["edit"], ["accepted"], ["l"], ["t"], ["d"], [{}])
rows = Rows("resident", "a", ["id", "revision"], [["r"], [1]])
answer = ExchangeAnswer(VERSION, [Outcome("accepted", 0, 1, 1)], [rows], {"a": 1}, 0, "t", [told])
packed, together, read = pack(answer), threading.Barrier(24), []

def be_the_first():
    together.wait()
    read.append(unpack(packed, ExchangeAnswer))

threads = [threading.Thread(target=be_the_first) for _ in range(24)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert read == [answer] * 24
"""


def test_whichever_thread_reads_the_first_message_the_process_lives() -> None:
    for _ in range(TIMES):
        done = subprocess.run([sys.executable, "-c", _RACE], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


def test_what_is_of_another_form_is_told() -> None:
    assert decode(b'{"code":"x","sentence":"y"}', Fault) == Fault("x", "y")
    with pytest.raises(msgspec.ValidationError):
        decode(b'{"version":"2"}', ExchangeAnswer)
    with pytest.raises(msgspec.DecodeError):
        decode("{", Fault)
