"""A mask never lets the middle of what is personal through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.records import KINDS, Grid, Resident
from sync.records.fields import mask_text
from tests.support.store import id_number

PERSONAL = [f for r in KINDS.values() for f in r.fields.values() if f.masked]


@given(st.text(min_size=1))
def test_a_mask_keeps_the_length_and_hides_the_middle(text: str) -> None:
    masked = mask_text(text)
    assert len(masked) == len(text)
    shown = [i for i, (a, b) in enumerate(zip(masked, text, strict=True)) if a != "*" and a == b]
    head, tail = {18: (6, 2), 11: (3, 2)}.get(len(text), (1, 0))
    assert set(shown) <= {*range(head), *range(len(text) - tail, len(text))}
    assert len(text) < 2 or masked.count("*") * 2 >= len(text)


def test_an_id_number_shows_neither_birth_date_nor_sequence() -> None:
    number = id_number("19880921", 165)
    assert Resident.fields["id_number"].mask(number) == f"510183{'*' * 10}{number[-2:]}"


def test_a_telephone_shows_three_and_two() -> None:
    assert Resident.fields["phone"].mask("13812345678") == "138******78"
    assert Grid.fields["leader_phone"].mask("02888886666") == "028******66"


@pytest.mark.parametrize("phones", ["1234567/1381234567", "13812345678/13912345678", "8886666"])
def test_other_numbers_show_their_first_digit_only(phones: str) -> None:
    masked = Resident.fields["phone"].mask(phones)
    assert masked == phones[0] + "*" * (len(phones) - 1)


@pytest.mark.parametrize("field", PERSONAL, ids=lambda f: f.label)
def test_nothing_is_masked_as_nothing(field) -> None:
    assert field.mask(None) == ""


def test_open_fields_are_shown_whole() -> None:
    assert Resident.fields["name"].mask("王芳") == "王芳"
    assert Resident.fields["sex"].mask("female") == "女"


def test_party_membership_is_hidden_whole():
    assert Resident.fields["political_status"].mask("中共党员") == "***"
    assert Resident.fields["political_status"].mask(None) == ""
