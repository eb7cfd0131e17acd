"""The arrays of one append to the database, in the order in which entries are numbered."""

from datetime import date
from typing import Any

import msgspec


class Columns(msgspec.Struct):
    """The arrays of one append. Positions are those of entries in the batch, counted from 1."""

    lines: list[str] = []
    leg_entry: list[int] = []
    leg_account: list[int] = []
    leg_amount: list[int] = []
    leg_day: list[date] = []
    key: list[bytes] = []
    key_entry: list[int] = []
    key_count: list[int] = []
    key_prints: list[bytes] = []
    detail_entry: list[int] = []
    detail_salt: list[bytes] = []
    detail_content: list[bytes] = []
    hold_entry: list[int] = []
    hold_purpose: list[str] = []
    hold_expires: list[int | None] = []
    pair_entry: list[int] = []
    pair_holding: list[int] = []
    pair_origin: list[int] = []
    pair_amount: list[int] = []
    move_hold: list[int] = []
    move_holding: list[int] = []
    move_amount: list[int] = []
    closed_hold: list[int] = []
    closed_state: list[bool] = []
    undo_target: list[int] = []
    undo_entry: list[int] = []
    subject: list[str] = []
    subject_entry: list[int] = []
    acts: list[dict[str, Any]] = []

    def lengths(self) -> tuple[int, ...]:
        """Where each array ends now."""
        return tuple(len(getattr(self, name)) for name in _COLUMN_NAMES)

    def cut(self, lengths: tuple[int, ...]) -> None:
        """Back to an earlier end: an atomic group was refused."""
        for name, length in zip(_COLUMN_NAMES, lengths, strict=True):
            del getattr(self, name)[length:]


_COLUMN_NAMES = tuple(Columns.__struct_fields__)
