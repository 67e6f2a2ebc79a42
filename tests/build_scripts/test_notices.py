"""Every part that a village PC gets comes with the notice its authors ask for."""

from build_scripts.notices import BY_HAND, FOLDER, expected


def test_the_notices_are_those_of_the_parts_that_are_shipped():
    kept = {path.name for path in FOLDER.glob("*.txt")}
    assert kept == set(expected()) | BY_HAND


def test_no_notice_is_older_than_its_part():
    stale = {
        name
        for name, text in expected().items()
        if (FOLDER / name).read_text(encoding="utf-8") != text
    }
    assert not stale, "run: .venv/bin/python -m build_scripts.notices"


def test_no_shipped_part_is_under_the_gpl():
    # LGPL parts may be replaced by the user; GPL-3 lies there only because LGPL-3 builds on it.
    by_metadata = {name: text.splitlines()[1] for name, text in expected().items()}
    assert not {name for name, terms in by_metadata.items() if terms.startswith("GPL")}
