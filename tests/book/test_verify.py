"""A ledger that cannot lie: whatever somebody with all rights changes in the database, verification names it."""

import os
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest

from api.embedded import Embedded
from ledger.book import verify
from ledger.book.checkpoint import make_checkpoint, publish
from ledger.book.database import READING, connect
from ledger.book.projector import catch_up
from ledger.book.verify import Verification, verify_book
from ledger.book.writer import Writer
from ledger.core.model import AccountSpec, Identity, Leg, Malformed, Term
from ledger.core.note import Checkpoint, sign_note, verifier_of
from ledger.core.requests import OpenAccounts, Post, Reverse
from tests import kit
from tests.book.history import Clock
from tests.independent.scene import KEY, SIGNER, THIS_YEAR, Scene

VERIFIER = verifier_of(SIGNER, KEY)


class Original(NamedTuple):
    """A database with the scene in it, and its notes."""

    name: str
    scene: Scene
    notes: Path


@pytest.fixture(scope="module")
async def original(
    server: Embedded, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Original]:
    """The scene with every kind of line, projected, and three notes published while it grew."""
    name = f"t_verify_{os.getpid()}"
    admin = await asyncpg.connect(server.uri("postgres"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    scene = Scene(server.uri(name), Clock(server.uri(name)))
    notes = tmp_path_factory.mktemp("notes")
    await scene.build()
    connection = await connect(scene.dsn, "phb_projector", scene.book.book_id, READING)
    await catch_up(connection, scene.book.book_id)
    await connection.close()
    await _publish(scene, notes)
    await scene.writer_again()
    for pence in range(1, 300):
        await scene.ask(f"late_{pence}", kit.post("care", "bank", pence, THIS_YEAR))
    await scene.writer.stop()
    yield Original(name, scene, notes)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def _publish(scene: Scene, notes: Path) -> str:
    connection = await connect(scene.dsn, "phb_reader", scene.book.book_id, READING)
    note = await make_checkpoint(connection, scene.book.book_id, SIGNER, KEY)
    await connection.close()
    publish(notes, "IND", note)
    return note


async def verified(dsn: str, book_id: int, **more: Any) -> Verification:
    """The verdict, read as phb_reader."""
    connection = await connect(dsn, "phb_reader", book_id, READING)
    try:
        return await verify_book(connection, book_id, verifiers=[VERIFIER], **more)
    finally:
        await connection.close()


async def ruin(connection: Any, sql: str, numbers: dict[str, int]) -> None:
    """What a superuser does who has switched the triggers off. `{name}` stands for an entry's number."""
    await connection.execute(
        "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'phb' LOOP "
        "EXECUTE format('ALTER TABLE phb.%I DISABLE TRIGGER USER', t); END LOOP; END $$"
    )
    for statement in sql.format(**numbers).split(";"):
        done = await connection.execute(statement)
        assert not done.endswith(" 0"), statement


async def verified_when_ruined(original: Original, sql: str) -> Verification:
    """The verdict on the scene after a change that is rolled back afterwards."""
    book_id = original.scene.book.book_id
    connection = await asyncpg.connect(original.scene.dsn)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await ruin(connection, sql, original.scene.numbers)
        await connection.execute("SELECT set_config('phb.book_id', $1, true)", str(book_id))
        await connection.execute("SET LOCAL ROLE phb_reader")
        return await verify_book(connection, book_id, verifiers=[VERIFIER], notes_directory=original.notes)
    finally:
        await transaction.rollback()
        await connection.close()


async def test_an_untouched_book_with_every_kind_of_line_is_right(original: Original) -> None:
    """Everything is counted that was checked, and nothing is found."""
    scene = original.scene
    found = await verified(scene.dsn, scene.book.book_id, notes_directory=original.notes)
    assert found.ok, found.why
    assert found.entries == 368
    assert found.checks["notes"] == 1
    for what in ("accounts", "balances", "deltas", "holds", "hold_pairs", "undones", "eraseds", "periods",
                 "subject_versions", "subtrees", "month_totals", "keys", "details"):  # fmt: skip
        assert found.checks[what] > 0, what


TAMPERED: list[tuple[str, str, str | None, str]] = [
    ("an amount in a line", "UPDATE phb.entry SET body = replace(body, '1234', '1243') WHERE number = {paid}",
     "paid", "leaf_wrong"),
    ("an amount in a line, its leaf made to fit",
     "UPDATE phb.entry SET body = replace(body, '1234', '1243') WHERE number IN ({paid}, {paid_back});"
     "UPDATE phb.entry SET leaf = sha256('\\x00'::bytea || body::bytea) WHERE number IN ({paid}, {paid_back})",
     "paid", "posting_wrong"),
    ("who did it, leaf made to fit",
     "UPDATE phb.entry SET body = replace(body, 'officer', 'nobody') WHERE number = {paid};"
     "UPDATE phb.entry SET leaf = sha256('\\x00'::bytea || body::bytea) WHERE number = {paid}", None, "note_broken"),
    ("an entry gone", "DELETE FROM phb.entry WHERE number = {paid}", "paid", "number_wrong"),
    ("the last entry gone", "DELETE FROM phb.entry WHERE number = 368", "late_299", "entries_missing"),
    ("an entry too many", "INSERT INTO phb.entry SELECT book_id, 400, recorded_us, kind, effective_on, body, leaf "
     "FROM phb.entry WHERE number = 368", "400", "entry_surplus"),
    ("a line that is none", "UPDATE phb.entry SET body = body || E'\\n' WHERE number = {paid}", "paid", "line_malformed"),
    ("a leaf", "UPDATE phb.entry SET leaf = sha256('x') WHERE number = {paid}", "paid", "leaf_wrong"),
    ("a recorded time", "UPDATE phb.entry SET recorded_us = recorded_us + 1 WHERE number = {paid}",
     "paid", "entry_row_wrong"),
    ("a kind", "UPDATE phb.entry SET kind = 'fund' WHERE number = {paid}", "paid", "entry_row_wrong"),
    ("a day", "UPDATE phb.entry SET effective_on = effective_on + 1 WHERE number = {paid}", "paid", "entry_row_wrong"),
    ("a posting's amount", "UPDATE phb.posting SET amount = amount + 1 WHERE number = {paid} AND amount > 0",
     "paid", "posting_wrong"),
    ("a running balance", "UPDATE phb.posting SET balance_after = balance_after + 1 WHERE number = {late_7}",
     "late_7", "posting_wrong"),
    ("a posting's day", "UPDATE phb.posting SET effective_on = effective_on + 1 WHERE number = {late_7}",
     "late_7", "posting_wrong"),
    ("a posting gone", "DELETE FROM phb.posting WHERE number = {late_7} AND amount > 0", "late_7", "posting_wrong"),
    ("a posting too many", "INSERT INTO phb.posting SELECT book_id, 5, number, 1, 1, effective_on FROM phb.posting "
     "WHERE number = {late_7} AND amount > 0", "late_7", "posting_wrong"),
    ("a pair of postings moved from one entry to another",
     "UPDATE phb.posting SET number = {accounts} WHERE number = {late_7}", "accounts", "posting_wrong"),
    ("a posting in the future", "INSERT INTO phb.posting SELECT book_id, account_id, 400, 1, 1, effective_on "
     "FROM phb.posting WHERE number = {late_7} AND amount > 0", "400", "posting_surplus"),
    ("two things, of which the lower is named",
     "UPDATE phb.entry SET leaf = sha256('x') WHERE number = {late_9};"
     "UPDATE phb.posting SET amount = amount + 1 WHERE number = {late_7}", "late_7", "posting_wrong"),
    ("a balance", "UPDATE phb.balance SET balance = balance + 1, debit = debit + 1 WHERE account_id = 3",
     "dust_emptied", "balance_wrong"),
    ("a count of postings", "UPDATE phb.balance SET postings = postings + 1 WHERE account_id = 3",
     "dust_emptied", "balance_wrong"),
    ("a day's total", "UPDATE phb.delta SET debit = debit + 1 WHERE account_id = 3 AND debit > 0",
     "dust_emptied", "delta_wrong"),
    ("a day's total gone", "DELETE FROM phb.delta WHERE account_id = 3", "dust_emptied", "delta_missing"),
    ("a floor", "UPDATE phb.account SET floor = NULL WHERE opened_number = {share_old} AND floor = 0",
     "share_old", "account_wrong"),
    ("a status", "UPDATE phb.account SET status = 'open' WHERE code = 'dust'", "accounts", "account_wrong"),
    ("whose account it is", "UPDATE phb.account SET person_ref = 'P2' WHERE opened_number = {share_new}",
     "share_new", "account_wrong"),
    ("a tag", "UPDATE phb.account SET tags = tags || '{{\"line\": \"L9\"}}' WHERE opened_number = {share_new}",
     "share_new", "account_wrong"),
    ("an account too many", "INSERT INTO phb.account SELECT book_id, 99, 'secret', class, layer, balance_group, type, "
     "normal, floor, ceiling, status, tags, person_ref, opened_number FROM phb.account WHERE account_id = 3",
     None, "account_surplus"),
    ("what a hold keeps", "UPDATE phb.hold_pair SET remaining = remaining - 1 WHERE number = {hold_1}",
     "hold_1", "hold_pair_wrong"),
    ("a hold's state", "UPDATE phb.hold SET closed = NOT closed WHERE number = {hold_1}", "hold_1", "hold_wrong"),
    ("when a hold expires", "UPDATE phb.hold SET expires_us = 1 WHERE number = {hold_1}", "hold_1", "hold_wrong"),
    ("a reversal forgotten", "DELETE FROM phb.undone WHERE number = {paid}", "paid", "undone_missing"),
    ("a reversal invented", "INSERT INTO phb.undone SELECT book_id, {late_3}, {late_4} FROM phb.book",
     "late_3", "undone_surplus"),
    ("a year opened by hand", "UPDATE phb.period SET closed = false WHERE period = '2025-26'", "year_closed",
     "period_wrong"),
    ("a month closed by hand", "INSERT INTO phb.period SELECT book_id, '2026-07', '2026-07-01', '2026-07-31', true, 'x', 3 "
     "FROM phb.book", None, "period_surplus"),
    ("a subject's version", "UPDATE phb.subject_version SET number = number + 1 WHERE subject = 'person/P1'",
     "expired", "subject_version_wrong"),
    ("the first day", "UPDATE phb.book SET first_day = first_day - 31", None, "book_wrong"),
    ("the currency", "UPDATE phb.book SET currency = 'EUR'", None, "book_wrong"),
    ("the head's root", "UPDATE phb.head SET root = sha256('x')", None, "head_wrong"),
    ("the head's time", "UPDATE phb.head SET last_us = last_us + 1", None, "head_wrong"),
    ("the head's frontier", "UPDATE phb.head SET frontier = sha256('x')", None, "head_wrong"),
    ("the origin", "UPDATE phb.head SET origin = 'elsewhere'", None, "head_wrong"),
    ("a subtree", "UPDATE phb.subtree SET root = sha256('x')", None, "subtree_wrong"),
    ("a subtree too many", "INSERT INTO phb.subtree SELECT book_id, 1, 5, root FROM phb.subtree", None,
     "subtree_surplus"),
    ("a key that points elsewhere", "UPDATE phb.request_key SET number = {expired} WHERE number = {late_7}",
     "expired", "key_wrong"),
    ("a key that takes another's entry", "UPDATE phb.request_key SET number = {late_6} WHERE number = {late_7}",
     "late_6", "key_repeated"),
    ("a key that claims two entries", "UPDATE phb.request_key SET entries = 2 WHERE number = {late_7}",
     "late_7", "key_wrong"),
    ("a key freed", "DELETE FROM phb.request_key WHERE number = {late_7}", "late_7", "key_missing"),
    ("the last key freed", "DELETE FROM phb.request_key WHERE number = {late_299}", "late_299", "key_missing"),
    ("all keys freed", "DELETE FROM phb.request_key", "first_month", "key_missing"),
    ("the key of a refusal freed", "DELETE FROM phb.request_key WHERE number = {refused}", "refused", "key_missing"),
    ("the key of a group freed", "DELETE FROM phb.request_key WHERE number = {group}", "group", "key_missing"),
    ("a group's key that claims one entry", "UPDATE phb.request_key SET entries = 1 WHERE number = {group}",
     "group", "key_wrong"),
    ("another request's fingerprints", "UPDATE phb.request_key SET prints = 'x' WHERE number = {late_7}",
     "late_7", "key_wrong"),
    ("another key", "UPDATE phb.request_key SET key = sha256(key) WHERE number = {late_7}", "late_7", "key_wrong"),
    ("two keys exchanged", "UPDATE phb.request_key SET number = CASE number WHEN {late_7} THEN {late_8} ELSE {late_7} END "
     "WHERE number IN ({late_7}, {late_8})", "late_7", "key_wrong"),
    ("a key kept twice", "ALTER TABLE phb.request_key DROP CONSTRAINT request_key_pkey;"
     "INSERT INTO phb.request_key SELECT book_id, key, {late_8}, entries, tree_size, prints FROM phb.request_key "
     "WHERE number = {late_7}", "late_8", "key_repeated"),
    ("a key of the future", "UPDATE phb.request_key SET number = 400 WHERE number = {late_7}", "late_7", "key_missing"),
    ("a key too many in the future", "INSERT INTO phb.request_key SELECT book_id, sha256(key), 400, 1, 400, prints "
     "FROM phb.request_key WHERE number = {late_7}", "400", "key_wrong"),
    ("a key of a larger tree", "UPDATE phb.request_key SET tree_size = 400 WHERE number = {late_7}",
     "late_7", "key_wrong"),
    ("a detail's words", "UPDATE phb.detail SET content = 'x' WHERE number = {decision}", "decision", "detail_wrong"),
    ("a detail's salt", "UPDATE phb.detail SET salt = 'xxxxxxxxxxxxxxxx' WHERE number = {decision}",
     "decision", "detail_wrong"),
    ("a detail gone without an erasure", "DELETE FROM phb.detail WHERE number = {decision}", "decision",
     "detail_missing"),
    ("a detail too many", "INSERT INTO phb.detail SELECT book_id, {accounts}, salt, content FROM phb.detail "
     "WHERE number = {decision}", "accounts", "detail_surplus"),
    ("a detail after its erasure", "INSERT INTO phb.detail SELECT book_id, {old_import}, 'uuuuuuuuuuuuuuuu', 'a row' "
     "FROM phb.book", "old_import", "detail_after_erasure"),
    ("an erasure that no entry made", "INSERT INTO phb.erased SELECT book_id, {decision}, {last} FROM phb.book",
     "decision", "erased_surplus"),
    ("an erasure forgotten", "DELETE FROM phb.erased WHERE number = {old_import}", "old_import", "erased_missing"),
    ("a payee of no payee's entry", "INSERT INTO phb.payee SELECT book_id, 'payee/9', NULL, {fund} FROM phb.book",
     "fund", "payee_wrong"),
    ("a month's total", "UPDATE phb.month_total SET debit = debit + 1 WHERE account_id = 3 AND debit > 0",
     "dust_emptied", "month_total_wrong"),
    ("a cursor too far", "UPDATE phb.cursor SET through_entry = through_entry + 5", "late_299", "month_total_wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sql", "wrong", "what"), TAMPERED, ids=[row[0].replace(" ", "_") for row in TAMPERED])
async def test_what_a_superuser_changes_is_named(
    original: Original, name: str, sql: str, wrong: str | None, what: str
) -> None:
    """One row changed behind the program's back: the verdict is no, with the entry it belongs to and what it is."""
    numbers = original.scene.numbers
    found = await verified_when_ruined(original, sql)
    number = None if wrong is None else int(wrong) if wrong.isdigit() else numbers[wrong]
    assert (found.ok, found.first_wrong, found.what) == (False, number, what), found.why


async def test_a_history_rewritten_whole_is_found_by_the_note_outside(original: Original, tmp_path: Path) -> None:
    """Somebody who rewrites lines, tree and every table in one go is contradicted by what was published before."""
    scene = original.scene
    connection = await connect(scene.dsn, "phb_reader", scene.book.book_id, READING)
    other = await make_checkpoint(connection, scene.book.book_id, SIGNER, KEY)
    await connection.close()
    lines = other.split("\n")
    publish(tmp_path, "IND", sign_note(Checkpoint(lines[0], 300, b"\x01" * 32).text(), SIGNER, KEY))
    found = await verified(scene.dsn, scene.book.book_id, notes_directory=tmp_path)
    assert (found.ok, found.first_wrong, found.what) == (False, None, "note_broken")


async def test_entries_lost_after_a_note_are_named(original: Original, tmp_path: Path) -> None:
    """A note for more entries than the book has: the first that is missing is named."""
    publish(tmp_path, "IND", sign_note(Checkpoint("phb.test/IND/2", 500, b"\x01" * 32).text(), SIGNER, KEY))
    found = await verified(original.scene.dsn, original.scene.book.book_id, notes_directory=tmp_path)
    assert (found.ok, found.first_wrong, found.what) == (False, 369, "entries_missing")


async def test_notes_of_a_lost_history_are_excused_by_its_restart_and_no_others(
    original: Original, tmp_path: Path
) -> None:
    """After a restart the old origin's notes stay outside: up to the size that the restart states, and not beyond."""
    book_id = original.scene.book.book_id
    publish(tmp_path, "IND", sign_note(Checkpoint("phb.test/IND", 100, b"\x01" * 32).text(), SIGNER, KEY))
    found = await verified(original.scene.dsn, book_id, notes_directory=tmp_path)
    assert (found.ok, found.what) == (False, "note_origin")
    other = tmp_path / "other"
    publish(other, "IND", sign_note(Checkpoint("phb.test/IND/2", 100, b"\x01" * 32).text(), "nobody", b"\x09" * 32))
    found = await verified(original.scene.dsn, book_id, notes_directory=other)
    assert (found.ok, found.what) == (False, "note_unverified")


async def test_a_book_that_grows_while_it_is_verified_gives_no_false_alarm(
    book: kit.Book, writer: Writer, make_writer: Callable[..., Any]
) -> None:
    """Entries that come during the reading are caught up with in the snapshot that the tables are compared in."""
    await kit.open_accounts(writer, "a", "b")
    items = [kit.item(kit.post("a", "b", pence)) for pence in range(1, 400)]
    await writer.submit_many(items)
    connection = await connect(book.dsn, "phb_reader", book.book_id, READING)

    class Growing:
        """The reader's connection, with a book that grows by one entry before each of its first reads."""

        def __init__(self) -> None:
            self.left = 6

        def __getattr__(self, name: str) -> Any:
            return getattr(connection, name)

        async def copy_from_query(self, *arguments: Any, **more: Any) -> Any:
            if self.left:
                self.left -= 1
                await writer.submit(kit.item(kit.post("a", "b", 1)))
            return await connection.copy_from_query(*arguments, **more)

    found = await verify_book(Growing(), book.book_id, verifiers=())
    await connection.close()
    assert found.ok, found.why
    assert found.entries > 401


async def test_a_declared_identity_is_checked_on_every_transaction(book: kit.Book, writer: Writer) -> None:
    """The rule that expense and spent move together was not declared to the writer, so verification finds the breach."""
    rule = Identity("L3", "share", (Term("expense", 1), Term("spent", -1)))
    await writer.submit(kit.item(OpenAccounts(accounts=(AccountSpec("care", "expense"), AccountSpec("bank", "bank"),
                                                        AccountSpec("s", "spent"), AccountSpec("other", "x")),
                                              tags=(("share", "s1"),))))  # fmt: skip
    good = Post(effective_on=kit.DAY, legs=(Leg("care", 5), Leg("bank", -5), Leg("s", 5), Leg("other", -5)))
    bad = kit.post("care", "bank", 7, kit.DAY + timedelta(days=1))
    await writer.submit(kit.item(good))
    assert (await verified(book.dsn, book.book_id, identities=(rule,))).ok
    number = (await writer.submit(kit.item(bad))).number
    found = await verified(book.dsn, book.book_id, identities=(rule,))
    assert (found.ok, found.first_wrong, found.what) == (False, number, "identity_broken")


async def test_many_chunks_and_old_reversals_are_followed(book: kit.Book, writer: Writer, monkeypatch: Any) -> None:
    """A reversal of an entry that was read long before is checked against that entry's own line, and progress is told."""
    monkeypatch.setattr(verify, "CHUNK", 50)
    await kit.open_accounts(writer, "a", "b")
    first = (await writer.submit(kit.item(kit.post("a", "b", 5)))).number
    await writer.submit_many([kit.item(kit.post("a", "b", pence)) for pence in range(1, 330)])
    await writer.submit(kit.item(Reverse(effective_on=kit.DAY, entry=first)))
    told: list[tuple[int, int]] = []
    found = await verified(book.dsn, book.book_id, progress=lambda done, size: told.append((done, size)))
    assert found.ok, found.why
    assert told == sorted(told)
    assert told[-1] == (found.entries, found.entries)
    superuser = await asyncpg.connect(book.dsn)
    await ruin(superuser, "UPDATE phb.posting SET amount = amount + 1 WHERE number = 200 AND amount > 0", {})
    await superuser.close()
    found = await verified(book.dsn, book.book_id)
    assert (found.ok, found.first_wrong) == (False, 200)


def test_a_currency_that_would_forge_a_line_is_no_request() -> None:
    """A refusal repeats the currency that was asked for, so it has to be a code before it comes near a line."""
    with pytest.raises(Malformed):
        kit.post("a", "b", 1, currency="GBP|0")
