"""What lines state of the requests behind them (docs/format.md, field 19), compared with the rows that keep the keys.

So one request happens once, provably: a row that was deleted, edited or moved is no longer what its line states.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ledger.book import store_proof
from ledger.book.verdict import Wrong

Connection = Any
Stated = list[tuple[int, str]]
KEY_DIGITS = 32
_BLOCK = 4096
_AT_ONCE = 10_000


class StatedKeys:
    """The lines' keys against the rows of a book: by the sums of salted hashes over blocks of entry numbers, and one by one
    only where the sums differ. Lines and rows may come from two threads."""

    def __init__(self, salt: str, size: int) -> None:
        self._salt = salt
        self._size = size
        self._of_lines = [0] * (size // _BLOCK + 1)
        self._of_rows = [0] * (size // _BLOCK + 1)
        self._later: dict[int, str] = {}
        self._later_rows: Stated = []

    def take(self, stated: Stated) -> None:
        """What some lines state; the list is emptied."""
        sums, salt, size = self._of_lines, self._salt, self._size
        for number, key in stated:
            if number > size:
                self._later[number] = key
            else:
                sums[number // _BLOCK] += hash(f"{salt}{number}\t{key}")
        stated.clear()

    def take_row(self, number: int, key: str) -> None:
        """What one row says a line states; the number is above 0."""
        if number > self._size:
            self._later_rows.append((number, key))
        else:
            self._of_rows[number // _BLOCK] += hash(f"{self._salt}{number}\t{key}")

    async def compare(self, connection: Connection, book_id: int, end: int) -> list[Wrong]:
        """What is wrong up to entry `end`, the last one that was taken. After the size at the start the rows are looked up
        now, so in the snapshot that the later lines were read in."""
        wrongs: list[Wrong] = []
        last = min(end, self._size)
        for block, (of_lines, of_rows) in enumerate(zip(self._of_lines, self._of_rows, strict=True)):
            first = block * _BLOCK
            if first > last:
                break
            if of_lines != of_rows:
                wrongs += await self._look(connection, book_id, first, min(first + _BLOCK - 1, last))
        return wrongs + await self._compare_later(connection, book_id, end)

    async def _look(self, connection: Connection, book_id: int, first: int, last: int) -> Iterable[Wrong]:
        lines = await connection.fetch(store_proof.STATED_KEYS, book_id, first, last)
        rows = await connection.fetch(store_proof.KEYS_BETWEEN, book_id, first, last)
        kept: dict[int, list[str]] = {}
        for row in rows:
            kept.setdefault(row["number"], []).append(row["stated"])
        stated = {row["number"]: [row["stated"]] for row in lines}
        differing = sorted(n for n in stated.keys() | kept.keys() if stated.get(n) != kept.get(n))
        return [_missing(n) if n not in kept else _differs(n) for n in differing]

    async def _compare_later(self, connection: Connection, book_id: int, end: int) -> list[Wrong]:
        later = self._later
        wrongs = [_differs(n) for n, key in self._later_rows if n <= end and later.get(n) != key]
        numbers = list(later)
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            keys = [bytes.fromhex(later[number][:KEY_DIGITS]) for number in some]
            rows = await connection.fetch(store_proof.KEYS_STATED, book_id, keys)
            kept = {row["number"]: row["stated"] for row in rows}
            wrongs += [_missing(n) if n not in kept else _differs(n) for n in some if kept.get(n) != later[n]]
        return wrongs


def _missing(number: int) -> Wrong:
    return Wrong(
        number, "key_missing", f"the key that entry {number} states is not kept, so its request could come again"
    )


def _differs(number: int) -> Wrong:
    return Wrong(number, "key_wrong", f"the key kept for entry {number} is not what it states of its request")


class RepeatedKeys:
    """Which keys more than one line states, found in sixteen bytes for each."""

    def __init__(self) -> None:
        self._parts = [bytearray() for _ in range(256)]

    def take(self, stated: Stated) -> None:
        """What some lines state; the list is emptied."""
        for _, key in stated:
            digits = bytes.fromhex(key[:KEY_DIGITS])
            self._parts[digits[0]] += digits
        stated.clear()

    def found(self) -> set[str]:
        """The first 32 digits of every key that was taken more than once."""
        found: set[str] = set()
        for part in self._parts:
            keys = [bytes(part[at : at + KEY_DIGITS // 2]) for at in range(0, len(part), KEY_DIGITS // 2)]
            if len(set(keys)) < len(keys):
                found.update(key.hex() for key, times in Counter(keys).items() if times > 1)
        return found
