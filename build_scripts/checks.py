"""The checks that need no test: form, types, and who imports whom."""

from collections.abc import Sequence

from build_scripts.steps import run, say
from build_scripts.venv import program

CHECKS: dict[str, list[str]] = {
    "ruff check": ["ruff", "check", "--quiet"],
    "ruff format": ["ruff", "format", "--check"],
    "mypy": ["mypy", "--no-error-summary"],
    "import-linter": ["lint-imports", "--no-logo"],
}


def lint() -> list[str]:
    """Run every check, also after one failed, and return the names of those that did."""
    failed = []
    for name, (tool, *arguments) in CHECKS.items():
        if run(name, [program(tool), *arguments]) != 0:
            failed.append(name)
    return failed


def test(arguments: Sequence[str]) -> int:
    """Run the checks and then pytest; return 0 only when all are content.

    pytest comes last, so that its closing line with the number of tests is the last of the output.
    """
    failed = lint()
    # Real processes and databases wait for each other: two cores are kept busy by as many workers.
    workers = ["-n", "auto", "--dist", "worksteal"]
    code = run("pytest", [program("python"), "-m", "pytest", *workers, *arguments])
    if failed:
        say(f"没有通过的检查 failed checks: {', '.join(failed)}")
    code = code or (1 if failed else 0)
    say(f"退出码 exit code {code}")
    return code
