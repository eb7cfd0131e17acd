"""Bills to partners of joint packages: what they owe of the cost, asked for, disputed, paid and credited."""

from datetime import date

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_bills import BillOut, BillsOut
from api.answers_budgets import SettledOut
from api.deciding import carried_out, naming_noes, words_detail
from api.desk import WireRequest, answer
from api.open_books import today
from api.permissions import Permission
from api.settling import settled, size_of
from api.wire import amount_of, code_of
from api.wire_bills import BillCreditIn, BillDisputeIn, BillIn, BillingBasisIn, BillPaymentIn
from api.writing import prepare
from ledger.budgets.bills import Bill, bills_of, read_partner
from ledger.budgets.shares import check_name
from ledger.money import format_amount
from policies import billing
from policies.settling import NotSettled

BILLS = "/v1/books/{book:str}/partners/{partner:str}/bills"
BILL = f"{BILLS}/{{bill:str}}"
BUCKETS = ((30, "0-30"), (60, "31-60"), (90, "61-90"))


def _bucket(days: int) -> str:
    return next((name for most, name in BUCKETS if days <= most), "over-90")


@get(BILLS, permission=Permission.SEE_BALANCES, operation_id="listBills", tags=["bills"])
async def bills(
    request: WireRequest, book: FromPath[str], partner: FromPath[str], on: FromQuery[date | None] = None
) -> Response[BillsOut]:  # fmt: skip
    """A partner's bills with their age on a day (today, if none is named), and what of the cost is not billed yet."""
    row, day = await request.book(book), on or today()
    async with request.desk.books.reading(row) as connection:
        with naming_noes():
            standing = await read_partner(connection, row.book_id, partner)
            if standing is None:
                raise NotSettled("partner_not_found")
        found = await bills_of(connection, row.book_id, partner)
    ageing = dict.fromkeys([*(name for _, name in BUCKETS), "over-90"], 0)
    for each, _ in found:
        ageing[_bucket((day - each.raised_on).days)] += each.open
    return answer(BillsOut(
        partner=partner, currency=row.currency, on=day, basis=standing.basis_on(day), unbilled=format_amount(standing.unbilled),
        billed=format_amount(standing.billed), billable=format_amount(max(0, standing.billable_on(day))),
        ageing={name: format_amount(pence) for name, pence in ageing.items()},
        bills=[
            BillOut(
                bill=each.bill, start=each.start, end=each.end, raised_on=each.raised_on, state=act,
                amount=format_amount(each.amount), paid=format_amount(each.paid), credited=format_amount(each.credited),
                disputed=format_amount(each.disputed), open=format_amount(each.open), days=(day - each.raised_on).days,
            )
            for each, act in found
        ],
    ))  # fmt: skip


@post(BILLS, permission=Permission.BILL_PARTNERS, operation_id="raiseBill", tags=["bills"])
async def raise_bill(
    request: WireRequest, book: FromPath[str], partner: FromPath[str], data: JSONBody[BillIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Bills a partner for their part of what care has cost, once for each number and up to what is not billed yet."""
    opened, key = await prepare(request, book)
    bill = Bill(
        partner=check_name(partner, "partner"), bill=check_name(code_of(data.bill, "bill"), "bill"), start=data.start,
        end=data.end, raised_on=data.effective_on, amount=size_of(opened, data),
    )  # fmt: skip
    return settled(await carried_out(
        request, opened, key, f"partners/{partner}/bills",
        lambda connection, book_id: billing.raise_bill(connection, book_id, bill, effective_on=data.effective_on),
        is_dry=dry_run,
    ))  # fmt: skip


@post(f"{BILL}/dispute", permission=Permission.BILL_PARTNERS, operation_id="disputeBill", tags=["bills"])
async def dispute(
    request: WireRequest, book: FromPath[str], partner: FromPath[str], bill: FromPath[str], data: JSONBody[BillDisputeIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """The partner disputes a part of what is open of a bill, or no longer does. It moves no money."""
    opened, key = await prepare(request, book)
    amount, reason = amount_of(data.amount, "amount"), code_of(data.reason, "reason")
    return settled(await carried_out(
        request, opened, key, f"partners/{partner}/bills/{bill}/dispute",
        lambda connection, book_id: billing.dispute_bill(
            connection, book_id, partner=partner, bill=bill, amount=amount, reason=reason,
            detail=words_detail(data.words),
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@post(f"{BILL}/paid", permission=Permission.BILL_PARTNERS, operation_id="payBill", tags=["bills"])
async def paid(
    request: WireRequest, book: FromPath[str], partner: FromPath[str], bill: FromPath[str], data: JSONBody[BillPaymentIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """The partner paid a bill, or a part of what is open of it."""
    opened, key = await prepare(request, book)
    bank, amount = check_name(code_of(data.bank, "bank"), "bank"), size_of(opened, data)
    return settled(await carried_out(
        request, opened, key, f"partners/{partner}/bills/{bill}/paid",
        lambda connection, book_id: billing.take_payment(
            connection, book_id, partner=partner, bill=bill, amount=amount, bank=bank, effective_on=data.effective_on
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@post(f"{BILL}/credit", permission=Permission.BILL_PARTNERS, operation_id="creditBill", tags=["bills"])
async def credit(
    request: WireRequest, book: FromPath[str], partner: FromPath[str], bill: FromPath[str], data: JSONBody[BillCreditIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Takes back what was billed too much, by another than raised the bill; it can be billed again."""
    opened, key = await prepare(request, book)
    amount, reason = size_of(opened, data), code_of(data.reason, "reason")
    return settled(await carried_out(
        request, opened, key, f"partners/{partner}/bills/{bill}/credit",
        lambda connection, book_id: billing.credit_bill(
            connection, book_id, partner=partner, bill=bill, amount=amount, reason=reason, effective_on=data.effective_on
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@post(
    "/v1/books/{book:str}/settings/partner-billing", permission=Permission.BILL_PARTNERS, operation_id="setBillingBasis",
    tags=["bills"],
)  # fmt: skip
async def basis(
    request: WireRequest, book: FromPath[str], data: JSONBody[BillingBasisIn], dry_run: FromQuery[bool] = False
) -> Response[SettledOut]:  # fmt: skip
    """Says what partners are billed on from a day on: cost as it is recognised, or once it is paid."""
    opened, key = await prepare(request, book)
    return settled(await carried_out(
        request, opened, key, "settings/partner-billing",
        lambda connection, book_id: billing.change_basis(connection, book_id, basis=data.basis, start=data.start),
        is_dry=dry_run,
    ))  # fmt: skip


HANDLERS = [bills, raise_bill, dispute, paid, credit, basis]
