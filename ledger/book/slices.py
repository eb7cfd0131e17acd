"""Reads a book in short steps for verification: no snapshot stays open long enough to slow the book.

Rows come as COPY text, which is several times cheaper than values, and lines make the text of the rows that should be there.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from ledger.book import store_proof
from ledger.book.checkpoint import Published, open_checkpoint
from ledger.book.earlier import legs_of, lines_before
from ledger.book.kinds import LineWrong
from ledger.book.rederive import MAY_OWN_KEY, REFUSED, SAME_ASKER, Replay
from ledger.book.replayed import Account
from ledger.book.stated_keys import KEY_DIGITS, StatedKeys
from ledger.book.verdict import Wrong
from ledger.core.merkle import Subtree
from ledger.core.note import Checkpoint, NotACheckpoint, NoteNotVerified, Verifier

Connection = Any
_AT_ONCE = 10_000


async def copy_rows(connection: Connection, query: str, *values: object) -> list[str]:
    """The rows of a query as COPY text, one text a row."""
    return rows_of(await copy_text(connection, query, *values))


def rows_of(data: bytes) -> list[str]:
    """One text a row, out of COPY text."""
    rows = data.decode("utf-8").split("\n")
    rows.pop()
    return rows


async def copy_text(connection: Connection, query: str, *values: object) -> bytes:
    """The rows of a query as COPY text."""
    parts: list[bytes] = []

    async def keep(data: bytes) -> None:
        parts.append(bytes(data))

    await connection.copy_from_query(query, *values, output=keep)
    return b"".join(parts)


class Made(msgspec.Struct):
    """The postings that the lines `first` to `last` make, as COPY text, and the ids of the accounts they are on."""

    first: int
    last: int
    rows: list[str]
    accounts: set[int]


class Crunched(msgspec.Struct):
    """What became of one chunk of rows: subtrees it completed, postings it made and what is wrong with it, if anything."""

    subtrees: list[Subtree]
    made: Made
    wrongs: list[Wrong]

    @property
    def broken(self) -> bool:
        """Whether a line was wrong, so that nothing after it can be judged."""
        return any(wrong.number is not None for wrong in self.wrongs)


def crunch(
    replay: Replay, rows: list[str], leaves: tuple[int, bytes], others: dict[int, str], notes: "Notes"
) -> Crunched:
    """Take a chunk of entry rows: each line by the rules, each row against its line, the tree at every published size.

    `leaves` is what `leaves_of` said of these rows."""
    first = replay.number + 1
    lines = [row[row.rfind("\t") + 1 :] for row in rows]
    replay.past = lines_before(first, lines, others)
    good, hashes = leaves
    take = replay.take
    wrongs: list[Wrong] = []
    try:
        for line in lines[: good + 1]:
            take(line)
        if good < len(rows):
            wrongs.append(_row_wrong(replay.number, rows[good], hashes[32 * good : 32 * good + 32]))
    except LineWrong as wrong:
        wrongs.append(Wrong(replay.number + 1, wrong.code, wrong.why))
    made = Made(first, replay.number, *replay.take_rows())
    digests = [hashes[at : at + 32] for at in range(0, 32 * (replay.number - first + 1), 32)]
    subtrees: list[Subtree] = []
    done = 0
    for size in [*notes.sizes_within(first, replay.number), replay.number]:
        subtrees += replay.grow(digests[done : size - first + 1])
        done = size - first + 1
        wrongs += notes.compare(size, replay)
    return Crunched(subtrees, made, wrongs)


def _row_wrong(number: int, row: str, leaf: bytes) -> Wrong:
    if row.split("\t")[4] != leaf.hex():
        return Wrong(number, "leaf_wrong", f"the stored leaf of entry {number} is not the hash of its line")
    return Wrong(number, "entry_row_wrong", f"the columns of entry {number} are not those of its line")


class Notes:
    """The notes found outside, each compared with the tree at its size as the lines pass."""

    def __init__(self, published: Iterable[Published], verifiers: Sequence[Verifier]) -> None:
        self.wrongs: list[Wrong] = []
        self.checked = 0
        self._by_size: dict[int, list[Checkpoint]] = {}
        self._good_through = 0
        for each in published:
            try:
                stated = open_checkpoint(each.note, verifiers)
            except (NoteNotVerified, NotACheckpoint):
                why = f"the note {each.name} is not signed by a known key"
                self.wrongs.append(Wrong(None, "note_unverified", why))
                continue
            if stated.size != each.size:
                self.wrongs.append(Wrong(None, "note_misplaced", f"the note {each.name} states another size"))
            self._by_size.setdefault(stated.size, []).append(stated)
        self._sizes = sorted(self._by_size)

    def sizes_within(self, first: int, last: int) -> list[int]:
        """The published sizes from `first` to `last`, ascending."""
        return self._sizes[bisect_left(self._sizes, first) : bisect_right(self._sizes, last)]

    def compare(self, size: int, replay: Replay) -> list[Wrong]:
        """The notes of one size against the tree at that size."""
        wrongs: list[Wrong] = []
        for stated in self._by_size.pop(size, ()):
            self.checked += 1
            if stated.origin == replay.acts.origins[-1][1]:
                if stated.root == replay.frontier.root():
                    self._good_through = size
                    continue
                why = f"the book is not what was published at size {size}; it was at size {self._good_through}"
                wrongs.append(Wrong(None, "note_broken", why))
            elif not _lost_with_a_restart(stated, replay):
                wrongs.append(Wrong(None, "note_origin", f"the note of size {size} is of another log"))
        return wrongs

    def rest(self, replay: Replay) -> list[Wrong]:
        """What was published beyond the book's end."""
        wrongs: list[Wrong] = []
        for size, notes in sorted(self._by_size.items()):
            for stated in notes:
                self.checked += 1
                if size == 0 or not _lost_with_a_restart(stated, replay):
                    why = f"{size} entries were published, and the book has {replay.number}"
                    wrongs.append(Wrong(replay.number + 1, "entries_missing", why))
        return wrongs


def _lost_with_a_restart(stated: Checkpoint, replay: Replay) -> bool:
    # What a restore lost stays published under the old origin; the restart's entry says up to which size.
    return any(stated.origin == old and stated.size <= size for _, old, size in replay.acts.restarts)


class Postings:
    """Compares the postings of each chunk with those its lines make, and at the end how many there are.

    Rows are asked for by account, as the index has them; one on an account that no line of its chunk names shows in the count."""

    def __init__(self, connection: Connection, book_id: int) -> None:
        self.due = 0
        self._first: tuple[int, int] | None = None
        self._from = (connection, book_id)

    async def compare(self, made: Made) -> None:
        """The postings of one chunk. Chunks come in order, so nothing that follows is lower than what was found once."""
        self.due += len(made.rows)
        if self._first is not None or not made.accounts:
            return
        connection, book_id = self._from
        found = await copy_rows(
            connection, store_proof.POSTINGS, book_id, sorted(made.accounts), made.first - 1, made.last
        )
        if len(found) == len(made.rows) and set(found) == set(made.rows):
            return
        counts = Counter(found)
        counts.subtract(made.rows)
        self._first = min(_place(row) for row, count in counts.items() if count)

    async def close(self, last: int, accounts: dict[str, Account]) -> list[Wrong]:
        """What is wrong with the postings of the entries up to `last`, all of which were compared: the first, if any."""
        connection, book_id = self._from
        count = await connection.fetchval(store_proof.POSTING_COUNT, book_id, last)
        if self._first is None and count == self.due:
            return []
        surplus = await self._surplus(last if self._first is None else self._first[0], accounts)
        found = [place for place in (self._first, surplus) if place is not None]
        if not found:
            return [Wrong(None, "posting_wrong", f"there are {count} postings, and {self.due} follow from the lines")]
        number, account_id = min(found)
        code = next((each.code for each in accounts.values() if each.id == account_id), f"number {account_id}")
        why = f"the posting of entry {number} on account {code} is not that of its line"
        return [Wrong(number, "posting_wrong", why)]

    async def _surplus(self, last: int, accounts: dict[str, Account]) -> tuple[int, int] | None:
        connection, book_id = self._from
        for after in range(0, last, _AT_ONCE):
            bounds = (book_id, after, min(after + _AT_ONCE, last))
            bodies = await connection.fetch(store_proof.BODIES_FROM, *bounds)
            due = {
                (number, accounts[code].id)
                for number, row in enumerate(bodies, after + 1)
                for code, _ in legs_of(row["body"])
            }
            rows = await connection.fetch(store_proof.POSTING_PLACES, *bounds)
            places = {(row[0], row[1]) for row in rows} - due
            if places:
                return min(places)
        return None


def _place(row: str) -> tuple[int, int]:
    account_id, number, _ = row.split("\t", 2)
    return int(number), int(account_id)


class KeyRows:
    """Reads all request keys in slices by their first two bytes: keys are keyed hashes, so slices are even."""

    def __init__(self, connection: Connection, book_id: int, size: int, salt: str) -> None:
        self.count = 0
        self.finished = False
        self.wrongs: list[Wrong] = []
        self.stated = StatedKeys(salt, size)
        self._from = (connection, book_id, size)
        self._owned = bytearray(size + 1)
        self._groups: list[tuple[int, int]] = []
        self._lower = 0
        self._width = max(1, 65_536 * 20_000 // max(size, 20_000))

    async def step(self) -> None:
        """One slice."""
        connection, book_id, size = self._from
        upper = self._lower + self._width
        bounds = (
            self._lower.to_bytes(2, "big") if self._lower else b"",
            None if upper > 65_535 else upper.to_bytes(2, "big"),
        )
        rows = await copy_rows(connection, store_proof.REQUEST_KEYS, book_id, *bounds)
        self._lower = upper
        self.finished = upper > 65_535
        self.count += len(rows)
        owned = self._owned
        before: set[str] = set()
        for row in rows:
            number_text, entries_text, tree_text, stated = row.split("\t")
            number, entries = int(number_text), int(entries_text)
            if number > 0:
                self.stated.take_row(number, stated)
            key = stated[:KEY_DIGITS]
            if key in before:
                self.wrongs.append(Wrong(number, "key_repeated", f"the key of entry {number} is kept twice"))
            before.add(key)
            if number > size:
                # Recorded after this check began, or never: that is looked at when the rest has been read.
                self._groups.append((number, entries))
                continue
            end = number + entries - 1
            if number < 1 or entries < 1 or not end <= int(tree_text) <= size:
                self.wrongs.append(_key_wrong(number))
            elif owned[number]:
                self.wrongs.append(Wrong(number, "key_repeated", f"two keys claim entry {number}"))
            else:
                owned[number] = 1
                if entries > 1:
                    self._groups.append((number, entries))

    def compare(self, replay: Replay, whole: bool) -> None:
        """Each key against the entries it claims; unless the lines are whole, only as far as they go."""
        owners, size = replay.owners, replay.number
        for number, owned in enumerate(self._owned):
            if owned and number <= size and not owners[number] & MAY_OWN_KEY:
                self.wrongs.append(_key_wrong(number))
        for number, entries in self._groups:
            if number + entries - 1 > size:
                if whole:
                    self.wrongs.append(_key_wrong(number))
                continue
            for other in range(number + 1, number + entries):
                # One request's entries stand side by side, asked by one, and none of them is another key's.
                together = owners[other] & SAME_ASKER and not owners[other] & REFUSED
                if not together or (other < len(self._owned) and self._owned[other]):
                    self.wrongs.append(_key_wrong(number))
                    break


def _key_wrong(number: int) -> Wrong:
    return Wrong(number, "key_wrong", f"the key of entry {number} points at what it cannot belong to")


class Details:
    """Compares each detail with its commitment; what is missing may still turn out to have been erased later."""

    def __init__(self) -> None:
        self.count = 0
        self.wrongs: list[Wrong] = []
        self._missing: set[int] = set()

    def compare(self, rows: Iterable[tuple[int, bytes, bytes]], commitments: dict[int, str]) -> None:
        """The details of one chunk, and the commitments its lines carry."""
        for number, salt, content in rows:
            self.count += 1
            commitment = commitments.pop(number, None)
            if commitment is None:
                why = f"a detail of entry {number} is there, which has no commitment"
                self.wrongs.append(Wrong(number, "detail_surplus", why))
            elif sha256(salt + content).hexdigest() != commitment:
                why = f"the detail of entry {number} is not what it committed to"
                self.wrongs.append(Wrong(number, "detail_wrong", why))
        self._missing.update(commitments)
        commitments.clear()

    def rest(self, replay: Replay) -> list[Wrong]:
        """Details that are missing and were never erased."""
        gone = sorted(number for number in self._missing if number not in replay.acts.erased)
        return [
            Wrong(number, "detail_missing", f"the detail of entry {number} is missing and no entry erased it")
            for number in gone
        ]
