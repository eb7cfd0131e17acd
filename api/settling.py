"""Invoices, payments, bank lines, claims and reversals: the routes by which facts about money arrive and are accepted."""

from typing import Protocol

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut, settled_of
from api.deciding import (
    SPENDING,
    Answered,
    carried_out,
    check_person,
    check_reach,
    naming_noes,
    own_holder,
    through_gate,
    words_detail,
)
from api.desk import WireRequest, answer
from api.finance import Number
from api.marking import bank_mark
from api.open_books import OpenBook, nonce, salt, today
from api.permissions import Permission
from api.problems import Problem
from api.spends import BUDGET
from api.wire import amount_of, code_of
from api.wire_settling import (
    AcceptanceIn,
    BankLineIn,
    ClaimIn,
    ClaimWithdrawalIn,
    ClearanceIn,
    DeclineIn,
    InstalmentReleaseIn,
    InvoiceIn,
    PaymentIn,
    SpendReversalIn,
)
from api.writing import prepare
from ledger.book.keys import document_hash
from ledger.budgets.claims import Evidence, bank_line_subject, claim_subject, invoice_subject
from ledger.budgets.marks import following
from ledger.budgets.shares import check_name
from ledger.budgets.wording import detail_of
from ledger.text import plain_reference
from policies import accepting, evidencing, instalments, paying, settling
from policies.decisions import answer_detail

PAYMENTS = "/v1/books/{book:str}/payments"
INVOICE = {"act": "invoice_entered", "missing": "invoice_not_found", "settled": "invoice_settled"}
CLAIM = {"act": "claimed", "missing": "claim_not_found", "settled": "claim_settled"}


def settled(made: Answered) -> Response[SettledOut]:
    """What became of a fact, as it is answered."""
    written, detail = made
    return answer(settled_of(written, detail), written.status, written.headers)


class _Sized(Protocol):
    @property
    def amount(self) -> str: ...

    @property
    def currency(self) -> str: ...


def size_of(opened: OpenBook, sent: _Sized) -> int:
    """The pence of an amount that is sent, in the currency of the book."""
    if sent.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    return amount_of(sent.amount, "amount", is_size=True)


def hashed(request: WireRequest, opened: OpenBook, issuer: str, reference: str) -> str:
    """The keyed hash of a document's own reference, by which it is known once. Problem(field_malformed) of a blank one,
    (text_malformed) of one of which nothing is seen."""
    if not plain_reference(reference):
        raise Problem("text_malformed" if reference.strip() else "field_malformed", field="reference")
    return document_hash(request.desk.books.keys.requests, opened.row.code, issuer, reference)


@post(f"{BUDGET}/invoices", permission=Permission.ENTER_INVOICES, operation_id="enterInvoice", tags=["settling"])
async def enter_invoice(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[InvoiceIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Enters an invoice, once for each payee and reference. It posts nothing until another person accepts it."""
    opened, key = await prepare(request, book)
    check_person(person)
    payee, after = check_name(code_of(data.payee, "payee"), "payee"), following(data.reference)
    evidence = Evidence(
        subject=invoice_subject(payee, hashed(request, opened, payee, data.reference)), person=person,
        amount=size_of(opened, data), line=code_of(data.line, "line"), payee=payee, service=data.service, hold=data.hold,
        document_on=data.document_on, received_on=data.received_on, final=data.final,
        valid_on=data.valid_on, due_on=data.due_on,
        rate=None if data.rate is None else amount_of(data.rate, "rate", is_size=True),
        quantity=None if data.quantity is None else amount_of(data.quantity, "quantity", is_size=True),
        estimate=data.estimate, next=None if after is None else hashed(request, opened, payee, after),
    )  # fmt: skip
    with naming_noes():
        opened.gate.engine.bundle.service_kind(data.service)
    return settled(await carried_out(
        request, opened, key, f"invoices/{person}",
        lambda connection, book_id: settling.enter_invoice(
            connection, book_id, evidence, care_from=data.care_from, care_to=data.care_to,
            detail=detail_of(salt(), {"reference": data.reference}),
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(
    f"{BUDGET}/invoices/{{number:int}}/accept", permission=Permission.ACCEPT_INVOICES, operation_id="acceptInvoice",
    tags=["settling"],
)  # fmt: skip
async def accept_invoice(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[AcceptanceIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Accepts an invoice that another person entered: it uses its order, in part, for less or for more; without one that is open
    it is decided and posted by itself, and a referral is a task. It is never refused for lack of money. That of an estimate
    of a year's end settles it."""
    opened, key = await prepare(request, book)
    check_person(person)
    return settled(await through_gate(
        request, opened, key, f"invoices/{person}/{number}/accept",
        lambda gate, sender, timeout: accepting.accept_invoice(
            gate, sender, timeout, person=person, number=number, effective_on=data.effective_on
        ),
        is_dry=dry_run,
    ))  # fmt: skip


async def declined(
    request: WireRequest, book: str, person: str, number: int, data: DeclineIn, entered: dict[str, str], is_dry: bool
) -> Response[SettledOut]:  # fmt: skip
    """A no to an estimate that was entered with the act that `entered` names."""
    opened, key = await prepare(request, book)
    check_person(person)
    reason = code_of(data.reason, "reason")
    return settled(await carried_out(
        request, opened, key, f"{entered['act']}/{person}/{number}/decline",
        lambda connection, book_id: settling.decline(
            connection, book_id, person=person, number=number, reason=reason,
            detail=words_detail(data.words), **entered,
        ),
        person, is_dry=is_dry,
    ))  # fmt: skip


async def claim_declined(
    request: WireRequest, book: str, person: str, number: int, data: DeclineIn, entered: dict[str, str], is_dry: bool
) -> Response[SettledOut]:  # fmt: skip
    """A no to what a holder, a provider or a third party told of money, with the act that `entered` names: a decision, by another
    than entered it and with its words."""
    opened, key = await prepare(request, book)
    check_person(person)
    reason, detail = code_of(data.reason, "reason"), answer_detail(salt(), data.words or "")
    written, kept = await carried_out(
        request, opened, key, f"{entered['act']}/{person}/{number}/decline",
        lambda connection, book_id: settling.decline_claim(
            connection, book_id, person=person, number=number, reason=reason, bundle=opened.gate.engine.bundle.hash,
            effective_on=today(), detail=detail, **entered,
        ),
        person, is_dry=is_dry,
    )  # fmt: skip
    return settled(Answered(written, kept if written.outcome.replayed else detail.content))


@post(
    f"{BUDGET}/invoices/{{number:int}}/decline", permission=Permission.ACCEPT_INVOICES, operation_id="declineInvoice",
    tags=["settling"],
)  # fmt: skip
async def decline_invoice(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[DeclineIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Says no to an invoice, with the reason in words, by another than entered it: a decision that is explained and can be looked
    at again. The invoice may be entered again, put right."""
    return await claim_declined(request, book, person, number, data, INVOICE, dry_run)


@post(
    f"{BUDGET}/instalments/{{number:int}}/release", permission=Permission.RELEASE_INSTALMENTS,
    operation_id="releaseInstalment", tags=["settling"],
)  # fmt: skip
async def release_instalment(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[InstalmentReleaseIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Pays an instalment out of what was kept for it, by another than asked for it, approved it or registered the account it
    goes to. `number` is its decision."""
    opened, key = await prepare(request, book)
    check_person(person)
    bank = check_name(code_of(data.bank, "bank"), "bank")
    return settled(await carried_out(
        request, opened, key, f"instalments/{person}/{number}/release",
        lambda connection, book_id: instalments.release_instalment(
            connection, book_id, person=person, number=number, bank=bank, effective_on=data.effective_on,
            today=today(),
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(PAYMENTS, permission=Permission.RELEASE_PAYMENTS, operation_id="releasePayment", tags=["settling"])
async def release_payment(
    request: WireRequest, book: FromPath[str], data: JSONBody[PaymentIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Pays a payee what accepted invoices sum to, each once: by another than entered or accepted any of them, or registered
    the payee."""
    opened, key = await prepare(request, book)
    payee, bank = (
        check_name(code_of(text, field), field) for text, field in ((data.payee, "payee"), (data.bank, "bank"))
    )
    run = nonce()
    return settled(await carried_out(
        request, opened, key, "payments",
        lambda connection, book_id: paying.pay(
            connection, book_id, run=run, payee=payee, bank=bank, invoices=data.invoices, effective_on=data.effective_on
        ),
        is_dry=dry_run, entries=data.invoices,
    ))  # fmt: skip


@post(
    f"{PAYMENTS}/{{number:int}}/clear", permission=Permission.RELEASE_PAYMENTS, operation_id="clearPayment",
    tags=["settling"],
)  # fmt: skip
async def clear_payment(
    request: WireRequest, book: FromPath[str], number: Number, data: JSONBody[ClearanceIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """The bank has paid, once. `number` is the first entry of the payment."""
    opened, key = await prepare(request, book)
    return settled(await carried_out(
        request, opened, key, f"payments/{number}/clear",
        lambda connection, book_id: paying.clear_payment(
            connection, book_id, number=number, effective_on=data.effective_on
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@post(f"{BUDGET}/bank-lines", permission=Permission.TAKE_BANK_LINES, operation_id="takeBankLine", tags=["settling"])
async def take_bank_line(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[BankLineIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """A payment that left a holder's account, once for each reference. Until it is explained it is money without evidence."""
    opened, key = await prepare(request, book)
    check_person(person)
    holder_account = check_name(code_of(data.holder_account, "holder_account"), "holder_account")
    if data.on > today():
        raise Problem("dates_malformed", field="on")
    evidence = Evidence(
        subject=bank_line_subject(holder_account, hashed(request, opened, holder_account, data.reference)), person=person,
        amount=size_of(opened, data), holder_account=holder_account, document_on=data.on, feed=data.source, way=data.way,
        to_bank=bank_mark(request, opened, data.to_sort_code, data.to_account_number),
    )  # fmt: skip
    return settled(await carried_out(
        request, opened, key, f"bank-lines/{person}",
        lambda connection, book_id: evidencing.take_bank_line(
            connection, book_id, evidence, effective_on=data.effective_on or data.on,
            detail=detail_of(salt(), {"reference": data.reference}),
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(f"{BUDGET}/claims", permission=Permission.CLAIM, operation_id="claim", tags=["settling"])
async def claim(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[ClaimIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Tells what was bought from money that is paid out. It posts nothing until another person accepts it."""
    opened, key = await prepare(request, book)
    async with request.desk.books.reading(opened.row) as connection:
        await check_reach(request, connection, opened.row.book_id, person, SPENDING)
    evidence = Evidence(
        subject=claim_subject(nonce()), person=person, amount=size_of(opened, data), line=code_of(data.line, "line"),
        payee=None if data.payee is None else code_of(data.payee, "payee"), service=data.service,
        document_on=data.spent_on, bank_line=data.bank_line, estimate=data.estimate, relies_on=data.relies_on,
        rate=None if data.rate is None else amount_of(data.rate, "rate", is_size=True),
        quantity=None if data.quantity is None else amount_of(data.quantity, "quantity", is_size=True),
    )  # fmt: skip
    return settled(await carried_out(
        request, opened, key, f"claims/{person}",
        lambda connection, book_id: evidencing.enter_claim(
            connection, book_id, evidence, bundle=opened.gate.engine.bundle, holder=own_holder(request), today=today(),
            scopes=SPENDING, detail=detail_of(salt(), {"words": data.words or ""}), care_from=data.care_from,
            care_to=data.care_to,
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(
    f"{BUDGET}/claims/{{number:int}}/accept", permission=Permission.ACCEPT_CLAIMS, operation_id="acceptClaim",
    tags=["settling"],
)  # fmt: skip
async def accept_claim(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[AcceptanceIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Accepts a claim that another person made: decided and posted, whatever the rules find, for the money has gone."""
    opened, key = await prepare(request, book)
    check_person(person)
    return settled(await through_gate(
        request, opened, key, f"claims/{person}/{number}/accept",
        lambda gate, sender, timeout: evidencing.accept_claim(
            gate, sender, timeout, person=person, number=number, effective_on=data.effective_on
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@post(
    f"{BUDGET}/claims/{{number:int}}/decline", permission=Permission.ACCEPT_CLAIMS, operation_id="declineClaim",
    tags=["settling"],
)  # fmt: skip
async def decline_claim(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[DeclineIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Says no to a claim, with the reason in words, by another than made it: a decision that is explained and can be looked at
    again. Its money stays what it is, and is never denied."""
    return await claim_declined(request, book, person, number, data, CLAIM, dry_run)


async def withdrawn(
    request: WireRequest, book: str, person: str, number: int, entered: dict[str, str], is_dry: bool
) -> Response[SettledOut]:  # fmt: skip
    """What a holder said is taken back while nobody has answered it, by whoever holds the budget; staff take back only what they
    entered themselves. It posted nothing."""
    opened, key = await prepare(request, book)
    async with request.desk.books.reading(opened.row) as connection:
        await check_reach(request, connection, opened.row.book_id, person, SPENDING)
    return settled(await carried_out(
        request, opened, key, f"{entered['act']}/{person}/{number}/withdraw",
        lambda connection, book_id: settling.decline(
            connection, book_id, person=person, number=number, reason="withdrawn", detail=None,
            by=request.caller.sub if own_holder(request) is None else None, **entered,
        ),
        person, is_dry=is_dry,
    ))  # fmt: skip


@post(
    f"{BUDGET}/claims/{{number:int}}/withdraw", permission=Permission.CLAIM, operation_id="withdrawClaim", tags=["settling"]
)  # fmt: skip
async def withdraw_claim(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[ClaimWithdrawalIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Takes a claim back that was a mistake, until an officer has answered it. An officer takes back only what they entered, and
    declines what somebody else did."""
    return await withdrawn(request, book, person, number, CLAIM, dry_run)


@post(
    f"{BUDGET}/entries/{{number:int}}/reverse", permission=Permission.REVERSE_SPENDS, operation_id="reverseSpend",
    tags=["settling"],
)  # fmt: skip
async def reverse(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[SpendReversalIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Undoes a movement of this person's money whole, once, by another than made it."""
    opened, key = await prepare(request, book)
    check_person(person)
    return settled(await carried_out(
        request, opened, key, f"entries/{person}/{number}/reverse",
        lambda connection, book_id: settling.reverse_entry(
            connection, book_id, person=person, number=number, effective_on=data.effective_on
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


HANDLERS = [
    enter_invoice, accept_invoice, decline_invoice, release_instalment, release_payment, clear_payment, take_bank_line,
    claim, accept_claim, decline_claim, withdraw_claim, reverse,
]  # fmt: skip
