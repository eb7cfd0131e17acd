"""Credit notes and refunds, and liabilities that a fund covers: what comes back of what was accepted, told by one and taken by
another."""

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut
from api.deciding import carried_out, check_person
from api.desk import WireRequest
from api.finance import Number
from api.open_books import salt
from api.permissions import Permission
from api.settling import claim_declined, hashed, settled, size_of
from api.spends import BUDGET
from api.wire import amount_of, code_of
from api.wire_credits import CreditIn, CreditRepaidIn, CreditTakenIn, RefundIn, UnfundedIn
from api.wire_settling import AcceptanceIn, DeclineIn
from api.writing import prepare
from ledger.budgets.claims import Evidence, credit_subject, refund_subject
from ledger.budgets.shares import check_name
from ledger.budgets.wording import detail_of
from policies import crediting

CREDIT = f"{BUDGET}/credits/{{number:int}}"
ENTERED = {"act": "credit_entered", "missing": "credit_not_found", "settled": "credit_settled"}


def _part(amount: str | None) -> int | None:
    return None if amount is None else amount_of(amount, "amount", is_size=True)


@post(f"{BUDGET}/credits", permission=Permission.ENTER_INVOICES, operation_id="enterCredit", tags=["credits"])
async def enter_credit(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[CreditIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Enters a credit note of an accepted invoice, once for each payee and reference. It posts nothing until another person accepts
    it."""
    opened, key = await prepare(request, book)
    check_person(person)
    payee = check_name(code_of(data.payee, "payee"), "payee")
    credit = Evidence(
        subject=credit_subject(payee, hashed(request, opened, payee, data.reference)), person=person, payee=payee,
        amount=size_of(opened, data), document_on=data.document_on, received_on=data.received_on,
    )  # fmt: skip
    return settled(await carried_out(
        request, opened, key, f"credits/{person}",
        lambda connection, book_id: crediting.enter_credit(
            connection, book_id, credit, invoice=data.invoice, detail=detail_of(salt(), {"reference": data.reference})
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(f"{CREDIT}/accept", permission=Permission.ACCEPT_INVOICES, operation_id="acceptCredit", tags=["credits"])
async def accept_credit(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[AcceptanceIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Accepts a credit note that another person entered: an unpaid invoice is owed less; of a paid one the provider owes, until it
    is taken from another invoice or paid back."""
    opened, key = await prepare(request, book)
    check_person(person)
    return settled(await carried_out(
        request, opened, key, f"credits/{person}/{number}/accept",
        lambda connection, book_id: crediting.accept_credit(
            connection, book_id, person=person, number=number, effective_on=data.effective_on
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(f"{CREDIT}/decline", permission=Permission.ACCEPT_INVOICES, operation_id="declineCredit", tags=["credits"])
async def decline_credit(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[DeclineIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Says no to a credit note as to an invoice; it may be entered again, put right."""
    return await claim_declined(request, book, person, number, data, ENTERED, dry_run)


@post(f"{CREDIT}/take", permission=Permission.RELEASE_PAYMENTS, operation_id="takeCredit", tags=["credits"])
async def take_credit(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[CreditTakenIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Takes what a provider owes of a credit note from another of their invoices for this person, which is then paid for less.
    `number` is the acceptance of the credit note."""
    opened, key = await prepare(request, book)
    check_person(person)
    return settled(await carried_out(
        request, opened, key, f"credits/{person}/{number}/take",
        lambda connection, book_id: crediting.take_credit(
            connection, book_id, person=person, number=number, invoice=data.invoice, amount=_part(data.amount),
            effective_on=data.effective_on,
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(f"{CREDIT}/repaid", permission=Permission.RECORD_REFUNDS, operation_id="takeCreditRepaid", tags=["credits"])
async def repaid(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[CreditRepaidIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """A provider paid us what they owe of a credit note. `number` is its acceptance."""
    opened, key = await prepare(request, book)
    check_person(person)
    bank = check_name(code_of(data.bank, "bank"), "bank")
    return settled(await carried_out(
        request, opened, key, f"credits/{person}/{number}/repaid",
        lambda connection, book_id: crediting.take_repayment(
            connection, book_id, person=person, number=number, bank=bank, amount=_part(data.amount),
            effective_on=data.effective_on,
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(f"{BUDGET}/refunds", permission=Permission.RECORD_REFUNDS, operation_id="takeRefund", tags=["credits"])
async def refund(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[RefundIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Money for care came back without a credit note, once for each reference: of a paid invoice to us, of a holder's claim into
    their account."""
    opened, key = await prepare(request, book)
    check_person(person)
    bank = None if data.bank is None else check_name(code_of(data.bank, "bank"), "bank")
    taken = Evidence(
        subject=refund_subject(person, hashed(request, opened, person, data.reference)), person=person,
        amount=size_of(opened, data), of=data.of,
    )  # fmt: skip
    return settled(await carried_out(
        request, opened, key, f"refunds/{person}",
        lambda connection, book_id: crediting.take_refund(
            connection, book_id, taken, bank=bank, effective_on=data.effective_on,
            detail=detail_of(salt(), {"reference": data.reference}),
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(f"{BUDGET}/unfunded", permission=Permission.CLEAR_UNFUNDED, operation_id="clearUnfunded", tags=["credits"])
async def unfunded(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[UnfundedIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """The line's funds cover what a fact took beyond its authority, up to what was decided of that fact: an officer's approval,
    where it was referred."""
    opened, key = await prepare(request, book)
    check_person(person)
    amount = size_of(opened, data)
    return settled(await carried_out(
        request, opened, key, f"unfunded/{person}",
        lambda connection, book_id: crediting.clear_unfunded(
            connection, book_id, person=person, number=data.decision, amount=amount, effective_on=data.effective_on
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


HANDLERS = [enter_credit, accept_credit, decline_credit, take_credit, repaid, refund, unfunded]
