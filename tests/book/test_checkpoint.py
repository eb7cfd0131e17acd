"""Signed heads outside the database: made of committed state, written once, and the writer's reason to refuse
a fork."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from ledger.book.checkpoint import (
    Checkpointer,
    EntryUnknown,
    HeadNotProven,
    NoteRefused,
    consistency,
    fork_check_for,
    latest_note,
    make_checkpoint,
    open_checkpoint,
    publish,
    published_notes,
    receipt,
    root_of_size,
)
from ledger.book.database import READING, connect
from ledger.book.loading import read_head
from ledger.book.submission import ForkSuspected
from ledger.book.writer import Writer
from ledger.core.merkle import verify_consistency, verify_inclusion
from ledger.core.note import Checkpoint, sign_note, verifier_of
from ledger.core.requests import Restart
from tests import kit

NAME, KEY = "phb.test", bytes(range(32))
VERIFIERS = [verifier_of(NAME, KEY)]


async def reader(book: kit.Book) -> Any:
    """A reader's connection to the book."""
    return await connect(book.dsn, "phb_reader", book.book_id, READING)


def note_of(origin: str, size: int, root: bytes = b"\x01" * 32) -> str:
    """A note that this key signed."""
    return sign_note(Checkpoint(origin, size, root).text(), NAME, KEY)


async def grow(writer: Writer, count: int) -> None:
    """Two accounts and some entries."""
    await kit.open_accounts(writer, "a", "b")
    outcomes = await writer.submit_many([kit.item(kit.post("a", "b", pence)) for pence in range(1, count + 1)])
    assert not any(isinstance(outcome, Exception) for outcome in outcomes)


async def test_a_receipt_proves_its_entry_at_every_size_and_up_to_the_signed_head(
    book: kit.Book, writer: Writer
) -> None:
    """Inclusion against any tree size, consistency from there to the note's: across a complete subtree and
    beyond."""
    await grow(writer, 600)
    connection = await reader(book)
    note = await make_checkpoint(connection, book.book_id, NAME, KEY)
    signed = open_checkpoint(note, VERIFIERS)
    assert signed.size == 602
    for number, size in ((1, 1), (1, 602), (256, 256), (257, 300), (512, 602), (602, 602), (300, 513)):
        proof = await receipt(connection, book.book_id, number, size, note)
        leaf, root = bytes.fromhex(proof["leaf"]), bytes.fromhex(proof["root"])
        path = [bytes.fromhex(each) for each in proof["path"]]
        assert verify_inclusion(leaf, number - 1, size, root, path)
        onward = [bytes.fromhex(each) for each in proof["consistency"]]
        assert verify_consistency(size, root, signed.size, signed.root, onward)
        assert proof["origin"] == signed.origin
        assert proof["line"].split("|")[2] == str(proof["number"]) == str(number)
    await connection.close()


async def test_a_receipt_is_there_at_once_and_unsigned(book: kit.Book, writer: Writer) -> None:
    """Before anything is signed a receipt stands against the head; a note older than its tree size is left
    out."""
    await grow(writer, 3)
    connection = await reader(book)
    note = await make_checkpoint(connection, book.book_id, NAME, KEY)
    outcome = await writer.submit(kit.item(kit.post("a", "b", 9)))
    unsigned = await receipt(connection, book.book_id, outcome.number, outcome.tree_size)
    assert "checkpoint" not in unsigned
    assert unsigned["tree_size"] == outcome.tree_size
    assert "checkpoint" not in await receipt(connection, book.book_id, outcome.number, None, note)
    assert (await receipt(connection, book.book_id, 2, None, note))["tree_size"] == outcome.tree_size - 1
    await connection.close()


async def test_no_receipt_for_what_is_not_there(book: kit.Book, writer: Writer) -> None:
    """An entry beyond the head, number 0, and an entry younger than the tree size asked for."""
    await grow(writer, 3)
    connection = await reader(book)
    for number, size in ((6, None), (0, None), (5, 4), (1, 99)):
        with pytest.raises(EntryUnknown):
            await receipt(connection, book.book_id, number, size)
    with pytest.raises(EntryUnknown):
        await consistency(connection, book.book_id, 2, 99)
    with pytest.raises(ForkSuspected):
        await receipt(connection, book.book_id, 1, 2, note_of("phb-ledger/TEST/test", 4))
    with pytest.raises(ForkSuspected):
        await receipt(connection, book.book_id, 1, 2, note_of("phb-ledger/TEST/test", 99))
    await connection.close()


async def test_only_committed_and_proven_state_is_signed(book: kit.Book, writer: Writer) -> None:
    """Not inside a unit of work, and not a head whose root the stored hashes do not give."""
    await grow(writer, 3)
    connection = await reader(book)
    with pytest.raises(ValueError, match="committed"):
        async with connection.transaction():
            await make_checkpoint(connection, book.book_id, NAME, KEY)
    superuser = await asyncpg.connect(book.dsn)
    await superuser.execute("UPDATE phb.head SET root = sha256('x')")
    await superuser.close()
    with pytest.raises(HeadNotProven):
        await make_checkpoint(connection, book.book_id, NAME, KEY)
    await connection.close()


def test_a_note_is_published_once_and_never_overwritten(tmp_path: Path) -> None:
    """The same statement again changes nothing; another one of the same size is refused, and the first
    stays."""
    first, other = note_of("o", 7), note_of("o", 7, b"\x02" * 32)
    path = publish(tmp_path, "TEST", first)
    assert path == tmp_path / "TEST" / "00000000000000000007"
    assert publish(tmp_path, "TEST", first) == path
    with pytest.raises(NoteRefused):
        publish(tmp_path, "TEST", other)
    assert path.read_text() == first
    assert [each.name for each in (tmp_path / "TEST").iterdir()] == [path.name]


def test_the_newest_note_is_the_one_of_the_largest_size(tmp_path: Path) -> None:
    """By number and not by text; after a restart a size may come again under the new origin."""
    assert latest_note(tmp_path, "TEST") is None
    for size in (9, 100, 20):
        publish(tmp_path, "TEST", note_of("o", size))
    assert latest_note(tmp_path, "TEST") == note_of("o", 100)
    again = publish(tmp_path, "TEST", note_of("o/2", 20))
    assert again.name.startswith("00000000000000000020-")
    assert latest_note(tmp_path, "TEST", "o/2") == note_of("o/2", 20)
    assert len(published_notes(tmp_path, "TEST")) == 4
    (tmp_path / "TEST" / "README").write_text("not a note")
    assert len(published_notes(tmp_path, "TEST")) == 4


async def checked(book: kit.Book, notes: Path) -> None:
    """One run of the fork check on the book's head."""
    connection = await connect(book.dsn, "phb_writer", book.book_id)
    try:
        head = await read_head(connection, book.book_id)
        await fork_check_for(notes, VERIFIERS)(connection, head)
    finally:
        await connection.close()


async def test_a_book_that_extends_its_newest_note_may_be_written(
    book: kit.Book, writer: Writer, tmp_path: Path
) -> None:
    """No note yet, a note of an earlier head, and a note of the very head."""
    await checked(book, tmp_path)
    await grow(writer, 300)
    connection = await reader(book)
    publish(tmp_path, "TEST", note_of("phb-ledger/TEST/test", 257, await root_of_size(connection, book.book_id, 257)))
    await checked(book, tmp_path)
    publish(tmp_path, "TEST", await make_checkpoint(connection, book.book_id, NAME, KEY))
    await connection.close()
    await checked(book, tmp_path)


@pytest.mark.parametrize(
    "note",
    [
        note_of("phb-ledger/TEST/test", 3),
        note_of("phb-ledger/TEST/test", 500),
        note_of("elsewhere", 3),
        sign_note(Checkpoint("phb-ledger/TEST/test", 3, b"\x01" * 32).text(), "nobody", b"\x09" * 32),
        "",
        "not a note at all\n",
    ],
    ids=["other_root", "larger_than_the_book", "other_origin", "unknown_signer", "empty", "no_note"],
)
async def test_a_book_that_does_not_extend_its_newest_note_is_a_fork(
    book: kit.Book, writer: Writer, tmp_path: Path, note: str
) -> None:
    """A restored or rewritten book is not written to, and neither is one whose newest note nobody can
    check."""
    await grow(writer, 5)
    (tmp_path / "TEST").mkdir()
    (tmp_path / "TEST" / f"{3:020d}").write_text(note)
    with pytest.raises(ForkSuspected):
        await checked(book, tmp_path)


async def test_a_book_on_another_server_is_a_fork(book: kit.Book, tmp_path: Path) -> None:
    """A backup restored elsewhere, and a promoted standby, are not the server that the head remembers."""
    superuser = await asyncpg.connect(book.dsn)
    for change in ("timeline = timeline + 1", "system_identifier = '1'"):
        await superuser.execute(f"UPDATE phb.head SET {change}")
        with pytest.raises(ForkSuspected):
            await checked(book, tmp_path)
        await superuser.execute("UPDATE phb.head SET timeline = i.timeline, system_identifier = i.system_identifier "
                                "FROM phb.server_identity() i")  # fmt: skip
        await checked(book, tmp_path)
    await superuser.close()


async def test_a_writer_with_the_check_refuses_to_write_to_a_fork(
    book: kit.Book, make_writer: Callable[..., Any], tmp_path: Path
) -> None:
    """The item is told fork_suspected, nothing is recorded, and readiness shows the problem."""
    publish(tmp_path, "TEST", note_of("phb-ledger/TEST/test", 1))
    forked = await make_writer(fork_check=fork_check_for(tmp_path, VERIFIERS))
    with pytest.raises(ForkSuspected):
        await kit.open_accounts(forked, "a")
    assert forked.problem == "fork_suspected"
    assert (await kit.rows(book.dsn, "SELECT size FROM phb.head"))[0][0] == 1


async def test_after_a_restart_the_new_origin_counts(book: kit.Book, writer: Writer, tmp_path: Path) -> None:
    """Notes of the lost history stay outside and no longer stop the writer once there is a note of the new origin: the
    restart's entry alone, which a stolen login could write, does not make them pass."""
    publish(tmp_path, "TEST", note_of("phb-ledger/TEST/test", 90))
    with pytest.raises(ForkSuspected):
        await checked(book, tmp_path)
    request = Restart(origin="phb-ledger/TEST/2", second="second", ground="restore", note_size=90, note_root=None)
    await writer.submit(kit.item(request))
    for notes in (tmp_path, tmp_path / "none"):
        with pytest.raises(ForkSuspected):
            await checked(book, notes)
    connection = await reader(book)
    publish(tmp_path, "TEST", await make_checkpoint(connection, book.book_id, NAME, KEY))
    await connection.close()
    await checked(book, tmp_path)


async def test_the_checkpointer_signs_no_suspected_fork(book: kit.Book, writer: Writer, tmp_path: Path) -> None:
    """A restart that somebody wrote into the log gets no note from the service, which would make it pass for the book."""
    publish(tmp_path, "TEST", note_of("phb-ledger/TEST/test", 90))
    await writer.submit(
        kit.item(Restart(origin="phb-ledger/TEST/2", second="second", ground="x", note_size=90, note_root=None))
    )
    checkpointer = Checkpointer(
        connect=lambda: reader(book), book_id=book.book_id, code="TEST", directory=tmp_path, signer_name=NAME,
        private_key=KEY, fork_check=fork_check_for(tmp_path, VERIFIERS),
    )  # fmt: skip
    with pytest.raises(ForkSuspected):
        await checkpointer.now()
    await checkpointer.stop()
    assert checkpointer.problem == "fork_suspected"
    assert latest_note(tmp_path, "TEST", "phb-ledger/TEST/2") is None


class Clockwork:
    """A sleep that returns when it is told to."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._turns: asyncio.Queue[None] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        """Until the next turn."""
        self.asked.append(seconds)
        await self._turns.get()

    async def turn(self) -> None:
        """Let one round pass, whole."""
        rounds = len(self.asked)
        self._turns.put_nowait(None)
        while len(self.asked) == rounds:
            await asyncio.sleep(0.005)


async def test_the_checkpointer_signs_when_there_is_something_new_and_at_shutdown(
    book: kit.Book, writer: Writer, tmp_path: Path
) -> None:
    """Every 60 seconds, but a quiet book gets no second note; on request at once; and once more when it
    stops."""
    clockwork = Clockwork()
    checkpointer = Checkpointer(
        connect=lambda: reader(book), book_id=book.book_id, code="TEST", directory=tmp_path, signer_name=NAME,
        private_key=KEY, sleep=clockwork.sleep,
    )  # fmt: skip
    await checkpointer.start()
    await asyncio.sleep(0)
    await clockwork.turn()
    await clockwork.turn()
    assert clockwork.asked == [60.0] * 3
    assert [each.size for each in published_notes(tmp_path, "TEST")] == [1]
    await kit.open_accounts(writer, "a", "b")
    note = await checkpointer.now()
    assert note == checkpointer.latest == latest_note(tmp_path, "TEST")
    await writer.submit(kit.item(kit.post("a", "b", 1)))
    await checkpointer.stop()
    assert [each.size for each in published_notes(tmp_path, "TEST")] == [1, 2, 3]
    assert checkpointer.problem is None


async def test_the_checkpointer_says_what_keeps_it_from_signing(book: kit.Book, tmp_path: Path) -> None:
    """Another note of this size, or an unproven head: nothing is overwritten and readiness can show the
    code."""
    publish(tmp_path, "TEST", note_of("phb-ledger/TEST/test", 1))
    clockwork = Clockwork()
    checkpointer = Checkpointer(
        connect=lambda: reader(book), book_id=book.book_id, code="TEST", directory=tmp_path, signer_name=NAME,
        private_key=KEY, sleep=clockwork.sleep,
    )  # fmt: skip
    await checkpointer.start()
    await asyncio.sleep(0)
    await clockwork.turn()
    assert checkpointer.problem == "note_refused"
    await checkpointer.stop()
