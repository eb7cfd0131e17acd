"""Texts hold nothing that a reader cannot see and a program obeys."""

import pytest

from ledger.text import is_clean, plain_reference

REFUSED = [
    *range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF,
    0x2028, 0x2029, 0xD800, 0xDFFF, 0xFFFE,
]  # fmt: skip


@pytest.mark.parametrize("point", REFUSED, ids=hex)
def test_control_and_direction_characters_are_not_clean(point: int) -> None:
    """Each is refused wherever it stands; a text of lines may have tabs and line ends and nothing else of them."""
    text = f"CARE{chr(point)} LTD"
    assert not is_clean(text)
    assert is_clean(text, lines=True) == (chr(point) in "\t\n\r")


@pytest.mark.parametrize("text", ["Åsa O’Neill & Söhne – Pflege", "שלום", "क्ष", "a\u200db", "\u00a0", "🙂", ""])
def test_names_of_the_world_are_clean(text: str) -> None:
    """Letters of any script, joiners that scripts need, and punctuation stay."""
    assert is_clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "INV-7", "inv - 7", "\uff29\uff2e\uff36-\uff17", "I\u00adNV-7", "INV\u200b-7", "\u2060INV-7", "INV-7\u00a0",
        *(f"INV{dash}7" for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"),
        *(f"INV{sign}-7{sign}" for sign in "\u034f\u115f\u17b4\u180b\u3164\ufe0e\ufe0f\uffa0\U000e0100"),
    ],
)  # fmt: skip
def test_a_reference_is_one_whatever_cannot_be_seen_of_it(text: str) -> None:
    """Blanks, capitals, width, the dash that a word processor writes and signs without a shape make no other reference; a letter
    does."""
    assert plain_reference(text) == "INV-7"
    assert plain_reference(f"{text}A") == "INV-7A"


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u2060\u2060", "\ufe0f", "\u3164", "\u00ad\u00a0"], ids=ascii)
def test_a_reference_of_which_nothing_is_seen_is_none(text: str) -> None:
    """It is empty, so that whoever takes references refuses it."""
    assert plain_reference(text) == ""
