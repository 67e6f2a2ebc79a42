"""A command first makes sure of its surroundings, and says plainly what it cannot mend."""

import subprocess
import sys

import pytest

from build_scripts import checks, system, venv
from build_scripts.paths import ROOT
from build_scripts.steps import StepFailed


def test_a_library_that_does_not_load_is_asked_for_by_its_package(monkeypatch):
    monkeypatch.setattr(system, "LIBRARIES", {"libc.so.6": "libc6", "libno.so.9": "libno9"})
    assert "libno9" in system.missing()
    assert "libc6" not in system.missing()


def test_without_the_right_to_install_it_lists_what_an_administrator_must(monkeypatch):
    monkeypatch.setattr(system, "LIBRARIES", {"libno.so.9": "libno9", "libnix.so.1": "libnix1"})
    monkeypatch.setattr(system, "_may_install", lambda: False)
    with pytest.raises(StepFailed, match="libno9 libnix1"):
        system.ensure()


def test_a_failed_installation_is_not_passed_over(monkeypatch):
    monkeypatch.setattr(system, "LIBRARIES", {"libno.so.9": "libno9"})
    monkeypatch.setattr(system, "_may_install", lambda: True)
    monkeypatch.setattr(system, "run", lambda *_, **__: 100)
    with pytest.raises(StepFailed, match="libno9"):
        system.ensure()


@pytest.fixture
def installations(monkeypatch, tmp_path):
    """Every pip call made on a working environment with a lock of its own."""
    calls: list[list[object]] = []

    def install(_name, command):
        calls.append(command)
        return 0

    lock = tmp_path / "requirements.lock"
    lock.write_text("one==1")
    monkeypatch.setattr(venv, "LOCK", lock)
    monkeypatch.setattr(venv, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(venv, "_works", lambda: True)
    monkeypatch.setattr(venv, "run", install)
    return calls


def test_the_lock_is_installed_once_and_again_only_when_it_changed(installations, tmp_path):
    venv.ensure()
    venv.ensure()
    assert len(installations) == 1
    assert "--require-hashes" in installations[0]
    (tmp_path / "requirements.lock").write_text("one==2")
    venv.ensure()
    assert len(installations) == 2


def test_an_installation_that_failed_is_tried_again(installations, monkeypatch):
    with monkeypatch.context() as offline:
        offline.setattr(venv, "run", lambda *_: 1)
        with pytest.raises(StepFailed, match="网络"):
            venv.ensure()
    venv.ensure()
    assert len(installations) == 1


def test_a_broken_environment_is_known_as_one(monkeypatch, tmp_path):
    assert venv._works()
    monkeypatch.setattr(venv, "VENV", tmp_path)
    assert not venv._works()
    monkeypatch.setattr(venv, "program", lambda _: tmp_path)  # there, and no program
    assert not venv._works()


@pytest.mark.parametrize(
    ("checked", "tested", "code"), [(0, 0, 0), (1, 0, 1), (0, 5, 5), (1, 2, 2)]
)
def test_the_exit_code_is_content_only_when_all_are(monkeypatch, checked, tested, code):
    monkeypatch.setattr(checks, "run", lambda name, _: tested if name == "pytest" else checked)
    assert checks.test([]) == code


def test_an_unknown_option_is_refused_except_by_the_tests():
    done = subprocess.run(
        [sys.executable, "build_scripts/dev.py", "freeze", "--fast"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--fast" in done.stderr
