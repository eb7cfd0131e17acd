"""Moves between commissioners: money in a holder's account goes with the person, and each book has its own half (events 35, 40 to
42).

Two books are two atomic domains. The new commissioner's entry names the old one's by its book, number and leaf; that both agree is
R11's to say, and never a shared transaction's. Amounts are pence above zero.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple, Unpack

import msgspec

from ledger.budgets.acts import line_of_shares
from ledger.budgets.chart import account, account_code
from ledger.budgets.claims import Evidence, bank_line_subject, evidence_recorded
from ledger.budgets.facts import bank_line_taken
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.owing import Question, question_recorded
from ledger.budgets.recovery import bank_line_questioned
from ledger.budgets.shares import Share, check_name, consumed, split_of_left
from ledger.budgets.wording import among, attributes, needed, number_of
from ledger.core.canon import Entry
from ledger.core.model import Malformed, check_size
from ledger.core.requests import AnyRequest, Post, Record

MOVED_OUT = ("moved_out", "moved_out_settled", "authority_returned")
MOVED_IN = ("moved_in", "moved_in_settled")


SUSPENSE = ("unidentified", "disputed")
"""What has left a holder's account and is not explained yet, or questioned: it goes with the account."""


class Moved(NamedTuple):
    """Pence of ours in a holder's account: in hand, and what of it is in suspense."""

    cash: int
    unidentified: int = 0
    disputed: int = 0

    def places(self) -> dict[str, int]:
        """By class of the accounts where it is; nothing where nothing is."""
        found = {"advance": self.cash, "unidentified": self.unidentified, "disputed": self.disputed}
        return {klass: pence for klass, pence in found.items() if pence}

    def within(self, advanced: int) -> tuple["Moved", "Moved"]:
        """What of it a line bears that was advanced so much and has not used it: the cash, and then what is in suspense as far as
        that reaches; and what of the suspense is over, which other lines of the account bear."""
        room = max(0, advanced - self.cash)
        unidentified = min(room, self.unidentified)
        disputed = min(room - unidentified, self.disputed)
        return (
            Moved(self.cash, unidentified, disputed),
            Moved(0, self.unidentified - unidentified, self.disputed - disputed),
        )


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Money that goes from one book to another, in pence: what is in hand, and what of the account is in suspense. Of a move out
    `book` is the new commissioner's; of a move in it is the old one's, `entry` its entry of event 40, `leaf` that entry's leaf
    hash, and `payee` who is paid for it."""

    subject: str
    person: str
    line: str
    book: str
    amount: int
    holder_account: str
    entry: int | None = None
    leaf: str | None = None
    payee: str | None = None

    def __post_init__(self) -> None:
        for field in ("person", "line", "book", "holder_account"):
            check_name(getattr(self, field), field)
        check_size(self.amount, "amount")


def transfer_recorded(act: str, transfer: Transfer, *, because: int = 0) -> Record:
    """A transfer as it stands, kind notice, subject `move/…`, stated whole each time; `authority_returned` says how much of a
    line's authority went back with it, in place of its amount."""
    given = attributes(
        among(act, (*MOVED_OUT, *MOVED_IN), "act"), person=transfer.person, line=transfer.line, book=transfer.book,
        amount=transfer.amount, holder_account=transfer.holder_account,
        entry=transfer.entry, leaf=transfer.leaf, payee=transfer.payee,
    )  # fmt: skip
    return Record(kind="notice", subject=transfer.subject, because=because, attributes=given)


def transfer_of(subject: str, given: Mapping[str, str]) -> tuple[Transfer, str]:
    """The transfer of a register row, and what happened last."""
    found = Transfer(
        subject=subject, person=needed(given, "person"), line=needed(given, "line"), book=needed(given, "book"),
        amount=number_of(given, "amount"), holder_account=needed(given, "holder_account"),
        entry=number_of(given, "entry") if "entry" in given else None, leaf=given.get("leaf"), payee=given.get("payee"),
    )  # fmt: skip
    return found, among(needed(given, "act"), (*MOVED_OUT, *MOVED_IN), "act")


def in_subject(book: str, entry: int) -> str:
    """The subject of a move in, `move/{book}/{entry}`: so that one entry of another book is taken once."""
    return f"move/{check_name(book, 'book')}/{entry}"


def moved_out(
    *, amount: Moved, shares: Sequence[Share], holder_account: str, book: str, **stated: Unpack[Stated]
) -> Post:
    """Event 40: Dr recovering / Cr advanced, by what of each instalment is left; Dr receivable/commissioner of the new
    commissioner's book / Cr advance, and unidentified and disputed for what is in suspense. CannotApportion when the line was not
    paid so much. Refusals: not_enough_available. Source: accounting.md event 40 and its notes."""
    moved = Movement()
    moved.shift(shares, consumed(sum(amount), shares), to="recovering", out_of="advanced")
    owed = account("receivable/commissioner", book=book, person=shares[0].person).code
    for klass, pence in amount.places().items():
        moved.pay(pence, debit=owed, credit=shares[0].code(klass, holder_account=holder_account))
    return Post(event=40, legs=moved.legs, **about(line_of_shares(shares), stated))


def moved_out_settled(
    *, borne: Sequence[int], shares: Sequence[Share], book: str, bank: str, **stated: Unpack[Stated]
) -> Post:
    """Event 41, the new commissioner has paid: Dr unallocated / Cr recovering of each share by what it bore in event 40, pence;
    Dr bank / Cr receivable/commissioner. Refusals: not_enough_available. Source: accounting.md event 41 and its notes."""
    moved = Movement()
    moved.shift(shares, borne, to="unallocated", out_of="recovering")
    owed = account("receivable/commissioner", book=book, person=shares[0].person).code
    moved.pay(check_size(sum(borne), "amount"), debit=account("bank", account=bank).code, credit=owed)
    return Post(event=41, legs=moved.legs, **about(line_of_shares(shares), stated))


def moved_in(
    *, amount: int, shares: Sequence[Share], holder_account: str, payee: str, **stated: Unpack[Stated]
) -> Post:
    """Event 42, after the allocation: Dr advanced / Cr available, split as an order; Dr advance / Cr payable of the old
    commissioner, in pence; `in_suspense` follows it. Refusals: not_enough_available, account_unknown. Source: accounting.md event
    42 and its notes."""
    moved = Movement()
    left = [share.available for share in shares]
    moved.shift(shares, split_of_left(amount, shares, left), to="advanced", out_of="available")
    owed = account("payable", payee=payee).code
    moved.pay(amount, debit=shares[0].code("advance", holder_account=holder_account), credit=owed)
    return Post(event=42, legs=moved.legs, **about(line_of_shares(shares), stated))


def in_suspense(
    amount: Moved, transfer: Transfer, *, on: date, effective_on: date, position: int
) -> tuple[list[AnyRequest], list[str]]:
    """What of a move in is in suspense, each sum as a line of the holder's bank that is open here (event 13), and what is
    questioned as a question about its line as well (event 14): so it is cleared as any other. And the new subjects. `on` is the
    accounting day of the old commissioner's entry, `position` the place of the first of these in its group, counted from 1."""
    made: list[AnyRequest] = []
    subjects = []
    whose: Any = {"person": transfer.person, "holder_account": transfer.holder_account}
    for klass in SUSPENSE:
        pence: int = getattr(amount, klass)
        if not pence:
            continue
        mark = sha256(f"{transfer.subject}/{klass}".encode("ascii")).hexdigest()[:32]
        subject, line = bank_line_subject(transfer.holder_account, mark), position + len(made)
        gone = Evidence(subject=subject, amount=pence, document_on=on, feed="bank_feed", **whose)
        made.append(evidence_recorded("bank_line_taken", gone, because=-1, effective_on=effective_on))
        made += bank_line_taken(amount=pence, in_account=pence, effective_on=effective_on, because=-line, **whose)
        subjects.append(subject)
        if klass == "disputed":
            question = position + len(made)
            asked = Question(subject=f"question/{mark}", amount=pence, of=line - question, **whose)
            made.append(question_recorded("questioned", asked, pence, because=-line))
            made.append(bank_line_questioned(amount=pence, effective_on=effective_on, because=-question, **whose))
            subjects.append(asked.subject)
    return made, subjects


def moved_in_settled(*, amount: int, payee: str, through: str, **stated: Unpack[Stated]) -> Post:
    """Event 42, settled: Dr payable of the old commissioner / Cr `through`. Subject: the payee. Refusals: ceiling_reached. Source:
    accounting.md event 42 and its notes."""
    moved = Movement()
    moved.pay(check_size(amount, "amount"), debit=account("payable", payee=payee).code, credit=through)
    return Post(event=42, legs=moved.legs, **about(payee, stated))


def moved_to(entry: Entry, book: str) -> Moved:
    """Pence that an entry of event 40 in another book says are this book's to pay for, and where they are;
    Malformed(not_moved_here) otherwise."""
    begins = account_code("receivable/commissioner", book=book, person="")
    owed = [pence for code, pence in entry.legs if code.startswith(begins)]
    if entry.event != 40 or entry.kind != "transaction" or len(owed) != 1 or owed[0] <= 0:
        raise Malformed("not_moved_here", "receipt")
    left = {klass: -sum(pence for code, pence in entry.legs if code.startswith(f"{klass}/")) for klass in SUSPENSE}
    cash = owed[0] - sum(left.values())
    if min(cash, *left.values()) < 0:
        raise Malformed("not_moved_here", "receipt")
    return Moved(cash, **left)
