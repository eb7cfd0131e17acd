"""Reads of bank feeds: which lines of a file are known, which lines are open and what they could be, and how an account rolled on.

Every read takes a connection of role phb_reader with the book set. Amounts are pence; those of the ledger debit positive.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.book.snapshot import end_of
from ledger.book.statements import EntryUnknown, read_entry
from ledger.budgets import store_banking as store
from ledger.budgets.chart import account
from ledger.budgets.standing import Said
from ledger.budgets.wording import content_of

Connection = Any
PAID_IN = (11, 20, 22, 51)
"""The events by which money is paid into a holder's account, as in `store_banking.INSTALMENTS_PAID`."""


class KnownLine(msgspec.Struct, frozen=True):
    """A line that was taken before: signed pence, positive came in, and the day it was booked."""

    number: int
    pence: int
    day: str


class MatchSaid(msgspec.Struct, frozen=True):
    """What was said of a line once: in which entry, which kind it is, of which entry, whether that ended (`match_ended`), and whose
    money it is if not ours."""

    number: int
    kind: str
    of: int | None
    ended: bool
    source: str | None = None


class BankLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a holder's account that stands. `pence` is signed, positive came in; `explained` of it are accepted claims;
    `matched` says what a person confirmed it to be, `of` which entry, `source` whose money it is if not ours, and `match` where
    anything was last said of that; `said` is all that was, oldest first. Erased words are empty."""

    number: int
    account: str
    pence: int
    day: date
    explained: int
    counterparty: str
    remittance: str
    match: int | None
    matched: str | None
    of: int | None
    said: tuple[MatchSaid, ...] = ()
    source: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody has to look at it: neither matched for good nor explained whole."""
        if self.matched is not None and self.matched != "claim":
            return False
        return self.pence > 0 or self.explained < -self.pence


_read_matches = msgspec.json.Decoder(tuple[MatchSaid, ...]).decode


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What a line could be: the entry, how much, when, and the payee's name where there is one. `source` is where the money of a
    demand was that was repaid."""

    kind: str
    number: int
    pence: int
    day: date
    payee: str = ""
    line: str = ""
    source: str | None = None


class Sent(msgspec.Struct, frozen=True):
    """What is known of a statement that is sent: the statements of its account, what was said of itself, and which of its lines are
    known, by their subjects."""

    statements: list["StatementSaid"]
    said: list[Said]
    lines: dict[str, KnownLine]


class _Sent(msgspec.Struct, frozen=True):
    statements: list[tuple[int, str, dict[str, str]]]
    said: list[Said]
    lines: list[tuple[str, int, str, str, str | None]]


_read_sent = msgspec.json.Decoder(_Sent).decode


async def sent_before(
    connection: Connection, book_id: int, holder_account: str, subject: str, lines: Sequence[str]
) -> Sent:  # fmt: skip
    """What is known of a statement of a holder's account, by its own subject and those of its lines: one statement of SQL."""
    begins = f"statement/{holder_account}/"
    row = _read_sent(
        await connection.fetchval(store.STATEMENT_SENT, book_id, begins, end_of(begins), subject, list(lines))
    )
    return Sent(
        [statement_of(*each) for each in row.statements], row.said,
        {name: _known(number, act, amount, day) for name, number, act, amount, day in row.lines},
    )  # fmt: skip


def _known(number: int, act: str, amount: str, day: str | None) -> KnownLine:
    return KnownLine(number, -int(amount) if act == "bank_line_taken" else int(amount), day or "")


async def known_lines(connection: Connection, book_id: int, subjects: Sequence[str]) -> dict[str, KnownLine]:
    """Those of these subjects that were recorded before, as they were first."""
    rows = await connection.fetch(store.LINES_KNOWN, book_id, list(subjects))
    return {
        row["subject"]: _known(row["number"], row["act"], row["amount"], row["day"])
        for row in rows
    }  # fmt: skip


async def lines_of_holder(
    connection: Connection, book_id: int, person: str, holder_account: str | None
) -> list[BankLine]:
    """Every line of a person's accounts, or of one, in the order taken."""
    found = []
    for row in await connection.fetch(store.HOLDER_LINES, book_id, person, holder_account):
        given: Mapping[str, str] = json.loads(row["attributes"])
        words = {} if row["words"] is None else content_of(row["words"].encode())
        said = _read_matches(row["said"])
        stands = said[-1] if said and not said[-1].ended else None
        amount = int(given["amount"])
        found.append(BankLine(
            number=row["number"], account=given["holder_account"], pence=-amount if row["act"] == "bank_line_taken" else amount,
            day=date.fromisoformat(given["document_on"]), explained=row["explained"],
            counterparty=words.get("counterparty", ""), remittance=words.get("remittance", ""),
            match=said[-1].number if said else None, matched=None if stands is None else stands.kind,
            of=None if stands is None else stands.of, source=None if stands is None else stands.source, said=said,
        ))  # fmt: skip
    return found


async def candidates_of(
    connection: Connection, book_id: int, person: str, holder_account: str, lines: frozenset[str]
) -> list[Candidate]:  # fmt: skip
    """What lines of this account could be: instalments paid into it, money that went back out of it or came back into it, and
    claims on the budget lines that are paid into it."""
    code = account("advance", person=person, holder_account=holder_account).code
    found = [
        Candidate(kind="instalment", number=row["number"], pence=row["amount"], day=row["day"])
        for row in await connection.fetch(store.INSTALMENTS_PAID, book_id, code)
    ]
    found += await money_back(connection, book_id, person, holder_account)
    for row in await connection.fetch(store.CLAIMS_OF_PERSON, book_id, person):
        given: Mapping[str, str] = json.loads(row["attributes"])
        if given.get("line") not in lines:
            continue
        name = content_of(row["payee_name"].encode()).get("name", "") if row["payee_name"] else ""
        found.append(Candidate(
            kind="claim" if row["act"] == "claimed" else "evidence", number=row["number"], pence=-int(given["amount"]),
            day=date.fromisoformat(given["document_on"]), payee=str(name), line=given["line"],
        ))  # fmt: skip
    return found


async def money_back(
    connection: Connection, book_id: int, person: str, holder_account: str, number: int | None = None
) -> list[Candidate]:  # fmt: skip
    """Money that went back out of an account or came back into it, and whose line has not been named: all, or an entry of it."""
    found = []
    for row in await connection.fetch(store.MONEY_BACK, book_id, person, holder_account, number):
        pence = row["amount"] if row["kind"] == "refund" else -row["amount"]
        found.append(
            Candidate(kind=row["kind"], number=row["number"], pence=pence, day=row["day"], source=row["source"])
        )
    return found


async def paid_into(connection: Connection, book_id: int, person: str, holder_account: str, number: int) -> int:
    """What an entry that stands paid into an account, in pence; 0 for any other."""
    code = account("advance", person=person, holder_account=holder_account).code
    try:
        read = await read_entry(connection, book_id, number)
    except EntryUnknown:
        return 0
    if read.undone_by is not None or read.entry.event not in PAID_IN:
        return 0
    return max(0, dict(read.entry.legs).get(code, 0))


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    """Money in a holder's account that is not known to be ours: the bank line, who said that it is not (`match`), and what was
    found of it."""

    number: int
    person: str
    holder_account: str
    pence: int
    day: date
    match: int | None
    answer: int | None
    outcome: str | None

    @property
    def state(self) -> str:
        """`unmatched` until somebody says what it is, `referred` when it is not ours, `answered`."""
        return "answered" if self.answer is not None else "unmatched" if self.match is None else "referred"


async def deposits_of(connection: Connection, book_id: int, *, after: int, show_all: bool, limit: int) -> list[Deposit]:
    """Receipts of all holders' accounts that are not known to be ours, in the order taken, after an entry."""
    return [
        Deposit(
            number=row["number"], person=row["person"], holder_account=row["holder_account"], pence=row["amount"],
            day=date.fromisoformat(row["day"]), match=row["match"], answer=row["answer"], outcome=row["outcome"],
        )
        for row in await connection.fetch(store.RECEIPTS_NOT_OURS, book_id, after, show_all, limit)
    ]  # fmt: skip


async def posted_because(connection: Connection, book_id: int, number: int, event: int) -> int | None:
    """The posting of an event that was made for a bank line, with it or when its match had ended, while it stands."""
    found: int | None = await connection.fetchval(store.POSTED_BECAUSE, book_id, number, str(event))
    return found


class StatementSaid(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as it was last said; `whole` once all of its lines are there."""

    number: int
    whole: bool
    opening: int
    closing: int
    first_on: date
    last_on: date
    lines: int
    new: int
    known: int
    new_pence: int
    left: int
    provider: str
    account_hash: str | None


def statement_of(number: int, act: str, given: Mapping[str, str]) -> StatementSaid:
    """From a register row."""
    names = ("opening", "closing", "lines", "new", "known", "new_pence", "left")
    return StatementSaid(
        number=number, whole=act == "statement_taken", first_on=date.fromisoformat(given["first_on"]),
        last_on=date.fromisoformat(given["last_on"]), provider=given["provider"],
        account_hash=given.get("account_hash"), **{name: int(given[name]) for name in names},
    )  # fmt: skip


async def statements_of(connection: Connection, book_id: int, holder_account: str) -> list[StatementSaid]:
    """The statements of an account, by their last day."""
    return await statements_under(connection, book_id, f"statement/{holder_account}/")


async def statements_under(connection: Connection, book_id: int, begins: str) -> list[StatementSaid]:
    """The statements whose subjects begin so, by their last day."""
    rows = await connection.fetch(store.STATEMENTS, book_id, begins, end_of(begins))
    found = [statement_of(row["number"], row["act"], json.loads(row["attributes"])) for row in rows]
    return sorted(found, key=lambda each: (each.last_on, each.first_on, each.number))


class Moves(NamedTuple):
    """What moved the accounts of one bank account, in pence: all of it by event and class; and of what stands, what each instalment
    `paid` in, and what each line that went out `posted` of our money."""

    by_event: dict[tuple[int, str], int]
    paid: dict[int, int]
    posted: dict[int, int]


async def moves_of(connection: Connection, book_id: int, person: str, holder_account: str) -> Moves:
    """What moved the accounts of one bank account."""
    classes = ("advance", "unidentified", "disputed", "estimated_use")
    codes = [account(klass, person=person, holder_account=holder_account).code for klass in classes]
    found = Moves({}, {}, {})
    for row in await connection.fetch(store.ACCOUNT_MOVES, book_id, codes):
        moved = (row["event"], row["class"])
        found.by_event[moved] = found.by_event.get(moved, 0) + row["pence"]
        if row["about"] is not None:
            (found.paid if row["class"] == "advance" else found.posted)[row["about"]] = row["pence"]
    return found


async def is_from_feed(connection: Connection, book_id: int, person: str, holder_account: str, by_hand: str) -> bool:
    """Whether a statement brought the line that somebody enters by hand: by account and reference."""
    known: bool = await connection.fetchval(store.KNOWN_FROM_FEED, book_id, person, holder_account, by_hand)
    return known
