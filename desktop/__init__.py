"""The program a village cadre runs: records on this PC at once, synced when there is a line."""

#: The program's version, as in ``pyproject.toml``.
VERSION = "0.1.0"
