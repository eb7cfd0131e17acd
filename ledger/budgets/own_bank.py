"""The commissioner's own bank: lines of its statements, payments under way, and the reconciliation of the two with the ledger.

A line of our own statement posts nothing by itself. One that a released payment explains clears it (event 8); one that an entry
explains is closed by it; one that nothing explains stays open, and the reconciliation names it: money that came from nobody knows
whom is neither income nor a debt, and an account for it would need a payee.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.budgets import store_own_bank as store
from ledger.budgets.bank_reading import StatementSaid, statements_under
from ledger.budgets.bank_records import words_kept
from ledger.budgets.bank_statement import Statement, StatementLine
from ledger.budgets.chart import account
from ledger.budgets.presence import balance_of
from ledger.budgets.reading import said_at, said_of
from ledger.budgets.shares import check_name
from ledger.budgets.wording import among, attributes, content_of, detail_of
from ledger.core.requests import Record

Connection = Any
MATCHES = ("payments", "returned", "entry")
"""What a line of our own bank can be: payments that have left, one that came back, or entries that are on the bank already."""


class OwnImport(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of one of the book's own banks on its way in; hashes as of a holder's (`ledger.budgets.bank_records`)."""

    bank: str
    provider: str
    form: str
    digest: str
    account_hash: str | None
    statement: Statement
    hashes: tuple[str, ...]

    def __post_init__(self) -> None:
        check_name(self.bank, "bank")
        check_name(self.provider, "provider")

    @property
    def subject(self) -> str:
        """The subject of the statement."""
        return f"own_statement/{self.bank}/{self.digest}"

    def line_subject(self, line_hash: str) -> str:
        """The subject of one of its lines."""
        return f"own_line/{self.bank}/{line_hash}"


def own_statement_recorded(act: str, sent: OwnImport, *, new: int, known: int, new_pence: int, new_left: int) -> Record:
    """A statement of our own bank with its control totals, as `statement_recorded`."""
    statement = sent.statement
    given = attributes(
        act, bank=sent.bank, provider=sent.provider, format=sent.form, currency=statement.currency, opening=statement.opening,
        closing=statement.closing, first_on=statement.first_on, last_on=statement.last_on, lines=len(statement.lines),
        new=new, known=known, new_pence=new_pence, left=new_left, account_hash=sent.account_hash,
    )  # fmt: skip
    return Record(kind="run", subject=sent.subject, attributes=given)


def own_line_recorded(sent: OwnImport, line: StatementLine, line_hash: str, *, salt: bytes) -> Record:
    """A line of our own statement; `amount` is signed pence, positive came in."""
    given = attributes(
        "own_line_taken", bank=sent.bank, amount=line.pence, document_on=line.booked_on, value_on=line.value_on,
        provider=sent.provider, statement=sent.digest,
    )  # fmt: skip
    return Record(
        kind="run", subject=sent.line_subject(line_hash), attributes=given, detail=detail_of(salt, words_kept(line))
    )


def own_match_recorded(*, line: int, bank: str, amount: int, to: str, of: Sequence[int]) -> Record:
    """What somebody says a line of our own bank is: subject `own_match/{line}`, said once."""
    given = attributes("own_line_matched", bank=bank, amount=amount, matched=among(to, MATCHES, "kind"), line_of_bank=line,
                       of=tuple(str(number) for number in of))  # fmt: skip
    return Record(kind="run", subject=f"own_match/{line}", because=line, attributes=given)


def own_entry_recorded(*, entry: int, line: int, bank: str) -> Record:
    """That an entry is on a statement: subject `own_entry/{entry}`, said once, for an entry is one line or a part of one."""
    given = attributes("own_entry_matched", bank=bank, entry_of_bank=entry, line_of_bank=line)
    return Record(kind="run", subject=f"own_entry/{entry}", because=line, attributes=given)


def said_by_line(record: Record, line: int) -> Record:
    """A clearing or a return that a line of our own bank is the reason of: `line_of_bank` says so, as of an entry matched to it."""
    return msgspec.structs.replace(record, attributes=(*record.attributes, ("line_of_bank", str(line))))


class OwnLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of our own statement: signed pence, positive came in; what it was matched to, if it was."""

    number: int
    pence: int
    day: date
    counterparty: str
    remittance: str
    match: int | None
    matched: str | None


class UnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that was released and has not cleared. `number` is what to name it by: the entry of its run, or of the instalment;
    `posted` the entry that moved it, `payee` a payee or a holder's account."""

    number: int
    posted: int
    amount: int
    day: date
    payee: str
    run: str | None


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """A bank reconciled, in pence. `statement` = `brought_in` + `matched` + `open_in` + `open_out` + `gap`, and `ledger` =
    `matched` + `not_on_statement`. The gap is what missing statements leave; None where there is no statement."""

    ledger: int
    in_transit: int
    statement: int | None
    statement_on: date | None
    brought_in: int
    matched: int
    open_in: int
    open_out: int
    not_on_statement: int
    gap: int | None


async def own_lines(
    connection: Connection, book_id: int, bank: str, *, after: int = 0, show_all: bool = True, limit: int | None = None
) -> list[OwnLine]:  # fmt: skip
    """Lines of a bank's statements in the order taken: every one, or those after an entry, open ones alone, so many at most."""
    found = []
    for row in await connection.fetch(store.OWN_LINES, book_id, f"own_line/{bank}/", after, show_all, limit):
        given: Mapping[str, str] = json.loads(row["attributes"])
        words = {} if row["words"] is None else content_of(row["words"].encode())
        matched = json.loads(row["matched"])["matched"] if row["matched"] else None
        found.append(OwnLine(
            number=row["number"], pence=int(given["amount"]), day=date.fromisoformat(given["document_on"]), match=row["match"],
            counterparty=words.get("counterparty", ""), remittance=words.get("remittance", ""), matched=matched,
        ))  # fmt: skip
    return found


async def under_way(
    connection: Connection, book_id: int, bank: str, of: Sequence[int] | None = None
) -> list[UnderWay]:  # fmt: skip
    """What was released from a bank and has not cleared, in the order released: all, or what is named so."""
    code = account("in_transit", account=bank).code
    return [
        UnderWay(number=row["number"], posted=row["posted"], amount=row["amount"], day=row["day"], payee=row["payee"] or "",
                 run=row["subject"])
        for row in await connection.fetch(store.UNDER_WAY, book_id, code, None if of is None else list(of))
    ]  # fmt: skip


async def entries_on_bank(
    connection: Connection, book_id: int, bank: str, numbers: Sequence[int]
) -> dict[int, int]:  # fmt: skip
    """What entries put on a bank, signed; those that did not touch it, that a line was matched to, or that a line's match
    posted are left out."""
    code = account("bank", account=bank).code
    rows = await connection.fetch(store.ENTRIES_ON_BANK, book_id, code, list(numbers))
    return {row["number"]: row["amount"] for row in rows}


async def own_statements(connection: Connection, book_id: int, bank: str) -> list[StatementSaid]:
    """The statements of a bank of ours, by their last day."""
    return await statements_under(connection, book_id, statements_begin(bank))


def statements_begin(bank: str) -> str:
    """How the subjects of a bank's statements begin."""
    return f"own_statement/{bank}/"


async def own_line(connection: Connection, book_id: int, bank: str, number: int) -> OwnLine | None:
    """One line of a bank's statements by its entry, without its words, or None."""
    said = await said_at(connection, book_id, number)
    if said is None or said.act != "own_line_taken" or said.attributes["bank"] != bank:
        return None
    matches = await said_of(connection, book_id, f"own_match/{number}")
    given = said.attributes
    return OwnLine(
        number=number, pence=int(given["amount"]), day=date.fromisoformat(given["document_on"]), counterparty="", remittance="",
        match=matches[0].number if matches else None, matched=matches[0].attributes["matched"] if matches else None,
    )  # fmt: skip


async def reconciled(connection: Connection, book_id: int, bank: str) -> Reconciled | None:
    """A bank reconciled as it stands; None when the book has no such bank."""
    ledger = await balance_of(connection, book_id, account("bank", account=bank).code)
    if ledger is None:
        return None
    lines = await own_lines(connection, book_id, bank)
    whole = [each for each in await own_statements(connection, book_id, bank) if each.whole]
    matched = sum(line.pence for line in lines if line.matched is not None)
    waiting = [line.pence for line in lines if line.matched is None]
    brought_in = min(whole, key=lambda each: (each.first_on, each.number)).opening if whole else 0
    statement = whole[-1].closing if whole else None
    in_transit = await balance_of(connection, book_id, account("in_transit", account=bank).code)
    return Reconciled(
        ledger=ledger, in_transit=in_transit or 0,
        statement=statement, statement_on=whole[-1].last_on if whole else None, brought_in=brought_in, matched=matched,
        open_in=sum(pence for pence in waiting if pence > 0), open_out=sum(pence for pence in waiting if pence < 0),
        not_on_statement=ledger - matched, gap=None if statement is None else statement - brought_in - matched - sum(waiting),
    )  # fmt: skip
