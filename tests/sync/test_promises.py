"""Every promise of sync is held by tests that say so, and that anybody can find."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CONTRACT = TESTS.parent / "sync" / "README.md"
TWELVE = range(1, 13)


@cache
def promises_by_file() -> dict[Path, set[int]]:
    """The promises that the tests of each file are marked with."""
    found: defaultdict[Path, set[int]] = defaultdict(set)
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.promise":
                found[path].update(ast.literal_eval(argument) for argument in node.args)
    return found


@pytest.mark.parametrize("number", TWELVE)
def test_each_promise_has_tests_that_carry_its_number(number: int) -> None:
    assert any(number in promises for promises in promises_by_file().values())


def test_no_test_carries_the_number_of_a_promise_that_was_never_made() -> None:
    made = {int(n) for n in re.findall(r"^(\d+)\. \*\*", CONTRACT.read_text("utf-8"), re.MULTILINE)}
    assert made == set(TWELVE)
    assert set.union(*promises_by_file().values()) <= made


def test_a_file_that_says_which_promise_it_holds_is_marked_so() -> None:
    marked = promises_by_file()
    for path in TESTS.rglob("test_*.py"):
        told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if named := re.match(r"Promises? ([\d, and]+)", told):
            numbers = {int(number) for number in re.findall(r"\d+", named[1])}
            assert numbers <= marked.get(path, set()), path
