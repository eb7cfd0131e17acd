"""What is kept of a statement and of its lines, as register entries: codes, days and pence; the words are erasable details.

A statement is `statement_begun` with its control totals in the first group of entries, `statement_continued` in those between, and
`statement_taken` in the last: whole, or seen to be incomplete. A line is known once by its provider, its account and the provider's
reference.
"""

from datetime import date

import msgspec

from ledger.budgets.bank_statement import Statement, StatementLine
from ledger.budgets.claims import Evidence, bank_line_subject, evidence_recorded
from ledger.budgets.marks import way_of
from ledger.budgets.shares import check_name
from ledger.budgets.wording import among, attributes, detail_of
from ledger.core.model import Malformed
from ledger.core.requests import Record

STATEMENT_ACTS = ("statement_begun", "statement_continued", "statement_taken")
FORMATS = ("csv", "mt940", "camt053")
MOVED = "moved"
MATCHES = ("instalment", "claim", "evidence", "order", "repayment", "refund", "other_money", MOVED)
"""What a line of a holder's account can be: an instalment that arrived, a claim that waits, spending accepted before its line came,
what the commissioner had ordered and the holder has paid, money that went back to the commissioner, a refund, or money that is not
ours. What of a line nobody had explained when the person moved is `moved`: the other commissioner has it, and nobody says so by
hand."""


SETTLED_BY_MATCH = frozenset(("evidence", "order", "repayment", "other_money"))
"""Matches by which a line is money that is accounted for already, or not ours: nothing of it waits for evidence any more. They end
when what they rest on is reversed."""
PERMITTED_SOURCES = ("social_care", "independent_living_fund", "disabled_person")
"""What may share the account of a direct payment (reg 10(2)): a council's direct payment for social care, the Independent Living
Fund's, or another that is made to a disabled person."""
SOURCES = (*PERMITTED_SOURCES, "own", "other")
DEPOSITS = ("permitted", "taken_out", "misused")
"""What money from another source was found to be: a payment that may share the account (reg 10(3)), a mistake that has been taken
out again, or a use of the account that it is not for."""


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """One file on its way in: whose account, from whom, in which format, and what its lines are known by (keyed hashes).
    `account_hash` stands for the account as the provider names it, None where the file names none; `by_hand` for the same lines
    entered one by one."""

    person: str
    holder_account: str
    provider: str
    form: str
    digest: str
    statement: Statement
    account_hash: str | None
    hashes: tuple[str, ...]
    by_hand: tuple[str, ...]

    def __post_init__(self) -> None:
        check_name(self.holder_account, "account")
        check_name(self.provider, "provider")
        among(self.form, FORMATS, "format")
        if len(self.hashes) != len(self.statement.lines) or len(self.by_hand) != len(self.statement.lines):
            raise Malformed("hash_malformed", "statement")

    @property
    def subject(self) -> str:
        """The subject of the statement."""
        return statement_subject(self.holder_account, self.digest)


def statement_subject(account: str, digest: str) -> str:
    """`statement/{account}/{hash}`; the hash is a keyed one of the file."""
    return bank_line_subject(account, digest).replace("bank_line/", "statement/", 1)


def statement_recorded(act: str, sent: Import, *, new: int, known: int, new_pence: int, new_left: int) -> Record:
    """A statement with its control totals: `new` lines of so many pence that this import brings, `known` ones that were there
    before, and how many of the new are still to come after this group."""
    statement = sent.statement
    given = attributes(
        among(act, STATEMENT_ACTS, "act"), person=sent.person, holder_account=sent.holder_account, provider=sent.provider,
        format=sent.form, currency=statement.currency, opening=statement.opening, closing=statement.closing,
        first_on=statement.first_on, last_on=statement.last_on, lines=len(statement.lines), new=new, known=known,
        new_pence=new_pence, left=new_left, account_hash=sent.account_hash,
    )  # fmt: skip
    return Record(kind="run", subject=sent.subject, attributes=given)


def line_recorded(
    sent: Import, line: StatementLine, line_hash: str, by_hand: str, *, effective_on: date, salt: bytes
) -> Record:  # fmt: skip
    """A line of a holder's account: `bank_line_taken` for what went out, `receipt_taken` for what came in. Its words are in the
    detail."""
    evidence = Evidence(
        subject=bank_line_subject(sent.holder_account, line_hash), person=sent.person, amount=abs(line.pence),
        holder_account=sent.holder_account, document_on=line.booked_on, feed="bank_feed",
        way=way_of(line.kind),
    )  # fmt: skip
    act = "bank_line_taken" if line.pence < 0 else "receipt_taken"
    record = evidence_recorded(act, evidence, effective_on=effective_on, detail=detail_of(salt, words_kept(line)))
    more = attributes(act, provider=sent.provider, statement=sent.digest, value_on=line.value_on, by_hand=by_hand)
    return msgspec.structs.replace(record, attributes=tuple(sorted({*record.attributes, *more})))


def words_kept(line: StatementLine) -> dict[str, str]:
    """What a detail keeps of a line: its reference and its words."""
    return {
        name: value
        for name, value in (("reference", line.reference), ("counterparty", line.counterparty),
                            ("remittance", line.remittance), ("kind", line.kind))
        if value
    }  # fmt: skip


def match_recorded(
    *, line: int, person: str, amount: int, holder_account: str, to: str, of: int | None, reason: str | None = None,
    source: str | None = None, because: int | None = None,
) -> Record:  # fmt: skip
    """What somebody says a line is: subject `bank_match/{line}`, said once while it stands. `of` is the entry it is matched to; one
    of its own group is `because`. `source` of SOURCES is whose money it is where it is not ours."""
    given = attributes(
        "bank_line_matched", person=person, amount=amount, holder_account=holder_account, matched=among(to, MATCHES, "kind"),
        of=of, reason=reason, bank_line=line,
        source=None if source is None else among(source, SOURCES, "source"),
    )  # fmt: skip
    return Record(kind="evidence", subject=f"bank_match/{line}", because=because or line, attributes=given)


def match_ended(
    *, line: int, person: str, amount: int, holder_account: str, was: str, of: int | None, because: int, reason: str | None
) -> Record:  # fmt: skip
    """A match ends, and the line is open: with what it rested on, which was undone (`because` is what that had been accepted by),
    or because somebody says with a `reason`, a code, that it was wrong (`because` is the match)."""
    given = attributes("bank_line_unmatched", person=person, amount=amount, holder_account=holder_account, was=was, of=of,
                       reason=reason, bank_line=line)  # fmt: skip
    return Record(kind="evidence", subject=f"bank_match/{line}", because=because, attributes=given)


def deposit_subject(line: int) -> str:
    """The subject of what was found of money from another source."""
    return f"deposit/{line}"


def deposit_answered(
    *, line: int, person: str, amount: int, holder_account: str, outcome: str, on: date, because: int
) -> Record:  # fmt: skip
    """What somebody found of money from another source: one of DEPOSITS. `because` is the entry that said it is not ours."""
    given = attributes("deposit_answered", person=person, amount=amount, holder_account=holder_account, bank_line=line,
                       outcome=among(outcome, DEPOSITS, "outcome"), on=on)  # fmt: skip
    return Record(kind="evidence", subject=deposit_subject(line), because=because, attributes=given)
