"""Claims and evidence: what somebody says was spent, and the acceptance that makes a fact of it.

A claim posts nothing (engine.md 24). An acceptance is an entry by somebody else than its maker, and its number is the
`because` of the posting; whether the two differ is policy.
"""

import re
from collections.abc import Mapping
from datetime import date
from hashlib import sha256

import msgspec

from ledger.budgets.marks import WAYS
from ledger.budgets.pricing import check_priced
from ledger.budgets.shares import check_name
from ledger.budgets.wording import among, answer_of, attributes, day_of, needed, number_of, optional_number
from ledger.core.model import Detail, Malformed, check_code, check_number, check_size
from ledger.core.requests import Record

ACTS = (
    "claimed", "invoice_entered", "invoice_accepted", "invoice_paid", "bank_line_taken", "evidence_accepted", "declined",
    "reversed", "payment_returned", "credit_entered", "credit_accepted", "invoice_credited", "paid_invoice_credited",
    "credit_taken", "credit_repaid", "refund_taken", "unfunded_cleared", "receipt_taken", "bank_line_matched",
    "bank_line_unmatched",
    "accrual_accepted", "accrual_dropped", "payment_assigned", "statement_entered", "statement_accepted", "invoice_disputed",
    "dispute_ended", "reimbursement_claimed", "reimbursement_accepted", "uninvoiced_entered", "uninvoiced_accepted",
    "care_bought_entered", "care_bought_accepted", "correction_decided", "prepayment_released",
)  # fmt: skip
ACCEPTANCES = (
    "invoice_accepted", "evidence_accepted", "payment_assigned", "statement_accepted", "reimbursement_accepted",
    "uninvoiced_accepted", "care_bought_accepted", "correction_decided", "prepayment_released",
)  # fmt: skip
FEEDS = ("bank_feed", "card_feed")
"""Where lines of a holder's account come from; what else is said of money that has gone is a claim (engine.md 24)."""
_HASH = re.compile(r"[0-9a-f]{32,64}")


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a claim, an invoice or a bank line says: `amount` in pence, the document's own day, and whom it concerns. Its own
    words (an invoice number, a shop's name) are in the detail.

    `hold` is the order that an invoice is for, and `final` says that no other one follows; `bank_line` is the entry of the bank
    line that a claim explains, `feed` where a bank line was read. `of` is the acceptance that a credit note or refund is about;
    `owed` is what is still to be paid of an invoice, in pence, where that is not its whole amount. `fee` pence of a third party's
    statement are for its own work, and borne by `fee_line`. `rate` is pence a unit, of which there are `quantity` hundredths, where
    an invoice says it. `estimate` is the accepted estimate of a year's end that an invoice or claim is about, and `estimated`
    how many pence of it that used up; `following` pence of an invoice are for care after 31 March. An invoice runs from the day
    on which it was received and in order, `valid_on`, to the day on which it is `due_on`. `way` is how money left a bank account,
    one of WAYS, and `to_bank` the mark of the account that it went to; `next` stands for the reference that would follow an
    invoice's own, as the subject does for its own. `same_as` is the entry of the claim or invoice that said the
    same and was accepted before (`ledger.budgets.counted`). `relies_on` is the answer, or the approval of a question, on which a
    claim says that it was bought."""

    subject: str
    person: str
    amount: int
    line: str | None = None
    payee: str | None = None
    holder_account: str | None = None
    service: str | None = None
    document_on: date | None = None
    received_on: date | None = None
    hold: int | None = None
    final: bool | None = None
    bank_line: int | None = None
    feed: str | None = None
    of: int | None = None
    owed: int | None = None
    fee_line: str | None = None
    fee: int | None = None
    valid_on: date | None = None
    due_on: date | None = None
    rate: int | None = None
    quantity: int | None = None
    estimate: int | None = None
    estimated: int | None = None
    following: int | None = None
    way: str | None = None
    to_bank: str | None = None
    next: str | None = None
    same_as: int | None = None
    relies_on: int | None = None

    @property
    def to_pay(self) -> int:
        """Pence still to be paid of it, once it is accepted."""
        return self.amount if self.owed is None else self.owed

    def __post_init__(self) -> None:
        check_code(self.subject, "subject")
        check_name(self.person, "person")
        check_size(self.amount, "amount")
        check_priced(self.rate, self.quantity)
        for field in ("line", "payee", "holder_account", "service", "fee_line"):
            value = getattr(self, field)
            if value is not None:
                check_name(value, field)
        for field in ("hold", "bank_line", "of", "estimate", "relies_on"):
            value = getattr(self, field)
            if value is not None:
                check_number(value, field)
        if self.feed is not None:
            among(self.feed, FEEDS, "feed")
        if self.way is not None:
            among(self.way, WAYS, "way")


def _hashed(text: str, field: str) -> str:
    if not _HASH.fullmatch(text):
        raise Malformed("hash_malformed", field)
    return text


def invoice_subject(payee: str, reference_hash: str) -> str:
    """The subject of an invoice, `invoice/{payee}/{hash}`: a keyed hash (32 to 64 hexadecimal digits) of the payee's own
    reference, so that a reference is entered once."""
    return f"invoice/{check_name(payee, 'payee')}/{_hashed(reference_hash, 'reference')}"


def bank_line_subject(holder_account: str, line_hash: str) -> str:
    """The subject of a line of a holder's bank statement, `bank_line/{holder_account}/{hash}`: known once by its hash."""
    return f"bank_line/{check_name(holder_account, 'holder_account')}/{_hashed(line_hash, 'line')}"


def credit_subject(payee: str, reference_hash: str) -> str:
    """The subject of a credit note, `credit/{payee}/{hash}`: entered once by its payee's own reference, as an invoice is."""
    return f"credit/{check_name(payee, 'payee')}/{_hashed(reference_hash, 'reference')}"


def refund_subject(payer: str, reference_hash: str) -> str:
    """The subject of money that came back without a credit note, `refund/{payee or holder account}/{hash}`."""
    return f"refund/{check_name(payer, 'payee')}/{_hashed(reference_hash, 'reference')}"


def statement_subject(third_party: str, reference_hash: str) -> str:
    """The subject of a third party's statement about one client, `statement/{payee}/{hash}`."""
    return f"statement/{check_name(third_party, 'payee')}/{_hashed(reference_hash, 'reference')}"


def beyond_statement_subject(statement: str, part: str) -> str:
    """The subject of what a third party's statement asks for beyond what was paid ahead, an invoice known by the statement's own
    reference. `part` is `care` or `fee`."""
    _, third_party, own = statement.split("/")
    return invoice_subject(third_party, own if part == "care" else sha256(f"{own}/{part}".encode()).hexdigest())


def estimate_subject(estimate: str) -> str:
    """The subject of an estimate of what care had cost by a year's end, `estimate/{id}`."""
    return f"estimate/{check_name(estimate, 'estimate')}"


def claim_subject(claim: str) -> str:
    """The subject of a claim, `claim/{id}`."""
    return f"claim/{check_name(claim, 'claim')}"


def evidence_recorded(
    act: str, evidence: Evidence, *, effective_on: date | None = None, care_from: date | None = None,
    care_to: date | None = None, because: int = 0, reason: str | None = None, detail: Detail | None = None,
) -> Record:  # fmt: skip
    """What became of a claim, an invoice or a bank line, stated whole each time; posts nothing. `because` is the entry that
    is accepted or declined; `reason` a code, for what was declined. An acceptance states `effective_on`, the day of the posting
    behind it, or what was spent would not count towards a limit of days. Malformed(day_missing)."""
    if act in ACCEPTANCES and effective_on is None:
        raise Malformed("day_missing", "effective_on")
    given = attributes(
        among(act, ACTS, "act"), person=evidence.person, amount=evidence.amount, line=evidence.line,
        payee=evidence.payee, holder_account=evidence.holder_account, service=evidence.service,
        document_on=evidence.document_on, received_on=evidence.received_on, reason=reason, hold=evidence.hold,
        final=evidence.final, bank_line=evidence.bank_line, feed=evidence.feed, of=evidence.of,
        owed=evidence.owed, fee_line=evidence.fee_line, fee=evidence.fee,
        valid_on=evidence.valid_on, due_on=evidence.due_on, rate=evidence.rate, quantity=evidence.quantity,
        estimate=evidence.estimate, estimated=evidence.estimated, following=evidence.following, way=evidence.way,
        to_bank=evidence.to_bank, next=evidence.next, same_as=evidence.same_as, relies_on=evidence.relies_on,
    )  # fmt: skip
    return Record(kind="evidence", subject=evidence.subject, effective_on=effective_on, care_from=care_from, care_to=care_to,
                  because=because, detail=detail, attributes=given)  # fmt: skip


def evidence_of(subject: str, given: Mapping[str, str]) -> tuple[Evidence, str]:
    """The evidence of a register row, and what became of it last."""
    found = Evidence(
        subject=subject, person=needed(given, "person"), amount=number_of(given, "amount"), line=given.get("line"),
        payee=given.get("payee"), holder_account=given.get("holder_account"), service=given.get("service"),
        document_on=day_of(given, "document_on"), received_on=day_of(given, "received_on"),
        hold=number_of(given, "hold") if "hold" in given else None, final=answer_of(given, "final"),
        bank_line=number_of(given, "bank_line") if "bank_line" in given else None, feed=given.get("feed"),
        valid_on=day_of(given, "valid_on"), due_on=day_of(given, "due_on"),
        fee_line=given.get("fee_line"), fee=number_of(given, "fee") if "fee" in given else None,
        of=number_of(given, "of") if "of" in given else None, owed=number_of(given, "owed") if "owed" in given else None,
        rate=optional_number(given, "rate"), quantity=optional_number(given, "quantity"), way=given.get("way"),
        to_bank=given.get("to_bank"), next=given.get("next"),
        relies_on=optional_number(given, "relies_on"),
        **{name: number_of(given, name) for name in ("estimate", "estimated", "following", "same_as") if name in given},
    )  # fmt: skip
    return found, among(needed(given, "act"), ACTS, "act")
