"""An export is complete, checks without a database, and never mixes with what was there before."""

import base64
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.book.checkpoint import open_checkpoint
from ledger.book.database import READING, connect
from ledger.book.verify import verify_export
from ledger.book.writer import Writer
from ledger.core.model import AccountSpec, Detail, Identity, Term
from ledger.core.note import verifier_of
from ledger.core.requests import Record
from ledger.reports import exports
from ledger.reports.exports import DirectoryNotEmpty, Exported, export_entries
from tests import kit

NAME, KEY = "phb.test", bytes(range(32))
VERIFIER = verifier_of(NAME, KEY)


async def exported(book: kit.Book, directory: Path, **more: Any) -> Exported:
    """An export of the book as it is now."""
    connection = await connect(book.dsn, "phb_reader", book.book_id, READING)
    try:
        return await export_entries(connection, book.book_id, directory, signer_name=NAME, private_key=KEY, **more)
    finally:
        await connection.close()


async def test_an_export_holds_every_line_and_a_checkpoint_for_exactly_them(
    book: kit.Book, writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read in small steps, joined without a seam; the files are those of the format and nothing else is
    left."""
    monkeypatch.setattr(exports, "_AT_ONCE", 7)
    await kit.open_accounts(writer, "a", "b")
    for i in range(9):
        detail = Detail(bytes([i]) * 16, b"words \xff")
        await writer.submit(
            kit.item(Record(kind="payee", subject=f"payee/{i}", attributes=(("act", "x"),), detail=detail))
        )
    await writer.submit_many([kit.item(kit.post("a", "b", pence)) for pence in range(1, 30)])
    told: list[tuple[int, int]] = []
    done = await exported(book, tmp_path / "x", progress=lambda *step: told.append(step))
    assert (done.entries, done.details) == (40, 9)
    assert told[-1] == (40, 40)
    names = sorted(path.name for path in (tmp_path / "x").iterdir())
    assert names == ["checkpoint.txt", "details.jsonl", "entries.txt", "verifiers.txt"]
    stored = [row[0] for row in await kit.rows(book.dsn, "SELECT body FROM phb.entry ORDER BY number")]
    assert (tmp_path / "x" / "entries.txt").read_text() == "".join(f"{line}\n" for line in stored)
    assert open_checkpoint(done.note, [VERIFIER]).size == 40
    first = json.loads((tmp_path / "x" / "details.jsonl").read_text().splitlines()[0])
    assert base64.b64decode(first["content"]) == b"words \xff"
    found = verify_export(tmp_path / "x", [VERIFIER])
    assert found.ok, found.why


async def test_an_export_never_joins_files_that_were_there(book: kit.Book, tmp_path: Path) -> None:
    """A directory with anything in it is refused before anything is read, and stays as it was."""
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "other").write_text("mine")
    with pytest.raises(DirectoryNotEmpty):
        await exported(book, tmp_path / "x")
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["other"]


async def test_details_can_be_left_out_and_old_verifiers_kept(book: kit.Book, tmp_path: Path) -> None:
    """Details are personal data: without them nothing is said of them. Keys of earlier notes go with the
    export."""
    old = verifier_of("phb.old", b"\x05" * 32)
    await exported(book, tmp_path / "x", details=False, old_verifiers=[old, VERIFIER])
    assert not (tmp_path / "x" / "details.jsonl").exists()
    assert (tmp_path / "x" / "verifiers.txt").read_text() == f"{VERIFIER.text()}\n{old.text()}\n"
    assert verify_export(tmp_path / "x").ok
    assert verify_export(tmp_path / "x", [old]).what == "note_unverified"


async def test_an_export_says_why_it_cannot_be_used(book: kit.Book, tmp_path: Path) -> None:
    """No directory, no file, a broken verifier line: the verdict is no, and names no entry."""
    assert verify_export(tmp_path / "nothing").what == "export_unusable"
    await exported(book, tmp_path / "x")
    (tmp_path / "x" / "verifiers.txt").write_text("\nnot a key\n")
    assert verify_export(tmp_path / "x").what == "export_unusable"
    assert verify_export(tmp_path / "x", [VERIFIER]).ok


async def test_a_declared_identity_is_checked_without_a_database_too(
    book: kit.Book, writer: Writer, tmp_path: Path
) -> None:
    """The caller declares the rule; the lines alone show the breach."""
    await kit.open_accounts(
        writer, AccountSpec("care", "expense"), AccountSpec("bank", "bank"), tags=(("share", "s1"),)
    )
    number = (await writer.submit(kit.item(kit.post("care", "bank", 5, date(2025, 7, 1))))).number
    await exported(book, tmp_path / "x")
    rule = Identity("L3", "share", (Term("expense", 1), Term("spent", -1)))
    found = verify_export(tmp_path / "x", [VERIFIER], identities=(rule,))
    assert (found.ok, found.first_wrong, found.what) == (False, number, "identity_broken")
