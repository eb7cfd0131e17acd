"""Documents of evidence: what was sent in for a claim, an invoice or a bank line, or what was said instead (reg 11(4), 12).

A document is evidence of something and posts nothing. "No receipt, but explained" is a lawful state (reg 12). The file is outside
the log, found by the hash of what is kept; its name and all words are in an erasable detail, and with that the file goes.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.budgets import store
from ledger.budgets.shares import check_name
from ledger.budgets.standing import Said
from ledger.budgets.wording import among, attributes, needed, number_of
from ledger.core.calendar import months_after, months_before, year_of
from ledger.core.model import Detail, Malformed, check_number, check_size
from ledger.core.requests import Record

Connection = Any
DOCUMENT_ACTS = ("document_given", "document_said", "document_judged")
KINDS = ("receipt", "invoice", "bank_statement", "payslip", "timesheet", "letter", "photograph", "other")
STATES = ("complete", "illegible", "explained", "missing", "exempt")
SAID_BY_HOLDERS = ("explained",)
OF = (
    "claimed", "invoice_entered", "bank_line_taken", "evidence_accepted", "invoice_accepted", "reimbursement_claimed",
    "reimbursement_accepted",
)  # fmt: skip
"""What a document may be evidence of, by the act of the entry."""
BEST_FIRST = ("complete", "exempt", "explained", "illegible", "missing")
"""What counts of several documents of one entry: the first of these."""
WITHOUT_DOCUMENT = ("explained", "illegible", "missing")
"""States in which there is no document that somebody can read, though the first of them is as lawful as one."""
QUARTER_MONTHS = 3
_HASH = re.compile(r"[0-9a-f]{64}")


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One document, or what was said instead of one: `of` is the entry it is evidence of, `amount` pence that it shows. Where
    there is a file: SHA-256 in hex, bytes and media type of what is kept. `again` says that the same file was sent for another
    entry of this person before; `likeness` are four marks of how a picture looks, one for each quarter and `-` for an empty
    one, so that a picture with another word in it has three of them."""

    person: str
    of: int
    kind: str
    state: str
    amount: int | None = None
    sha256: str | None = None
    size: int | None = None
    media_type: str | None = None
    again: bool = False
    likeness: str | None = None

    def __post_init__(self) -> None:
        check_name(self.person, "person")
        check_number(self.of, "of")
        among(self.kind, KINDS, "document")
        among(self.state, STATES, "state")
        if self.amount is not None:
            check_size(self.amount, "amount")
        if self.sha256 is not None and not _HASH.fullmatch(self.sha256):
            raise Malformed("hash_malformed", "sha256")

    @property
    def subject(self) -> str:
        """`document/{entry}/{hash}`, so that one file is given once for one entry; `document/{entry}/said` without a file."""
        return f"document/{self.of}/{self.sha256 or 'said'}"


def document_recorded(act: str, document: Document, *, because: int = 0, detail: Detail | None = None) -> Record:
    """A document `document_given`, `document_said` or, by somebody who looked at it, `document_judged`; stated whole each time."""
    given = attributes(
        among(act, DOCUMENT_ACTS, "act"), person=document.person, of=document.of, document=document.kind, state=document.state,
        amount=document.amount, sha256=document.sha256, size=document.size, type=document.media_type, again=document.again,
        likeness=document.likeness,
    )  # fmt: skip
    return Record(kind="evidence", subject=document.subject, because=because, detail=detail, attributes=given)


def document_of(given: Mapping[str, str]) -> tuple[Document, str]:
    """The document of a register row, and what happened to it last."""
    found = Document(
        person=needed(given, "person"), of=number_of(given, "of"), kind=needed(given, "document"), state=needed(given, "state"),
        amount=number_of(given, "amount") if "amount" in given else None, sha256=given.get("sha256"),
        size=number_of(given, "size") if "size" in given else None, media_type=given.get("type"), again=given.get("again") == "yes",
        likeness=given.get("likeness"),
    )  # fmt: skip
    return found, among(needed(given, "act"), DOCUMENT_ACTS, "act")


def documents_in(said: Sequence[Said]) -> list[tuple[int, Document]]:
    """The documents of a person's register rows as they stand: the entry that gave each, and its newest state."""
    found: dict[str, tuple[int, Document]] = {}
    for row in said:
        if row.act in DOCUMENT_ACTS:
            document, act = document_of(row.attributes)
            number = found[row.subject][0] if act == "document_judged" and row.subject in found else row.number
            found[row.subject] = (number, document)
    return list(found.values())


class Documented(NamedTuple):
    """How a claim that is to be accepted is documented: the best state of what was given for it, None where nothing was; and of the
    spending accepted in a quarter together with it, in pence, all of it and what has no document that can be read. `needs_none`
    says that it is small, and that the financial year has room for one more without a document."""

    state: str | None
    accepted: int
    lost: int
    needs_none: bool


def documented(
    said: Sequence[Said], claim: str, amount: int, day: date, *, without: int = 0, in_year: int = 0
) -> Documented:  # fmt: skip
    """How the claim of a subject, of `amount` pence, is documented on a day, by all evidence of its person. The quarter is the
    month of the day with the two before it; spending of which nobody has said that a document is lacking has one, and what is no
    more than `without` pence needs none, up to `in_year` pence of what has none in the financial year of the day."""
    subjects = {row.number: row.subject for row in said}
    states: dict[str, str] = {}
    for _, document in documents_in(said):
        about = subjects.get(document.of, "")
        states[about] = min(states.get(about, document.state), document.state, key=BEST_FIRST.index)
    begun = day.replace(day=1)
    since = (
        months_before(begun, QUARTER_MONTHS - 1) if begun >= months_after(date.min, QUARTER_MONTHS - 1) else date.min
    )
    newest = {row.subject: row for row in said}
    parts = {
        row.subject: (row.day, number_of(row.attributes, "amount")) for row in newest.values()
        if row.act == "evidence_accepted" and row.day is not None
    } | {claim: (day, amount)}  # fmt: skip
    lacking = [each for subject, each in parts.items() if states.get(subject) in WITHOUT_DOCUMENT]
    # Of the whole year, later days too: in which order they are entered makes no difference.
    small = [(on, pence) for on, pence in lacking if pence <= without and year_of(on) == year_of(day)]
    beyond = max(0, sum(pence for _, pence in small) - in_year)
    lost = sum(pence for on, pence in lacking if pence > without and since <= on <= day)
    lost += min(beyond, sum(pence for on, pence in small if since <= on <= day))
    accepted = sum(pence for on, pence in parts.values() if since <= on <= day)
    return Documented(states.get(claim), accepted, lost, amount <= without and not beyond)


async def files_needed(connection: Connection, book_id: int, person: str | None = None) -> set[tuple[str, str]]:
    """Whose files of evidence are needed, and their SHA-256: those of documents whose details are not erased; of one person, or of
    everybody. Role phb_reader, the book set."""
    return {(row["person_ref"], row["sha256"]) for row in await connection.fetch(store.FILES_NEEDED, book_id, person)}
