"""Disputes about invoices, and how soon they are paid."""

from datetime import date

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut
from api.answers_practice import PracticeOut
from api.answers_taking_on import covered
from api.deciding import carried_out, check_person, words_detail
from api.desk import WireRequest, answer
from api.finance import Number
from api.permissions import Permission
from api.problems import Problem
from api.settling import settled
from api.spends import BUDGET
from api.wire import code_of
from api.wire_settling import DisputeIn
from api.writing import prepare
from ledger.money import format_amount
from ledger.reports.practice import TARGET_PERCENT, payment_practice
from policies import paying

INVOICE = f"{BUDGET}/invoices/{{number:int}}"


async def _disputed(
    request: WireRequest, book: str, person: str, number: int, data: DisputeIn, *, ends: bool, is_dry: bool
) -> Response[SettledOut]:  # fmt: skip
    opened, key = await prepare(request, book)
    check_person(person)
    reason = code_of(data.reason, "reason")
    return settled(await carried_out(
        request, opened, key, f"invoices/{person}/{number}/{'dispute-ended' if ends else 'dispute'}",
        lambda connection, book_id: paying.dispute(
            connection, book_id, person=person, number=number, ends=ends, reason=reason, on=data.effective_on,
            detail=words_detail(data.words),
        ),
        person, is_dry=is_dry,
    ))  # fmt: skip


@post(f"{INVOICE}/dispute", permission=Permission.ACCEPT_INVOICES, operation_id="disputeInvoice", tags=["practice"])
async def dispute(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[DisputeIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """An accepted invoice is disputed: it stays owed and is not paid, and its days for payment stand still. `number` is its
    acceptance."""
    return await _disputed(request, book, person, number, data, ends=False, is_dry=dry_run)


@post(f"{INVOICE}/dispute-ended", permission=Permission.ACCEPT_INVOICES, operation_id="endDispute", tags=["practice"])
async def dispute_ended(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[DisputeIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """The dispute is over, and what is owed can be paid; what is not owed after all needs a credit note."""
    return await _disputed(request, book, person, number, data, ends=True, is_dry=dry_run)


def _percent(part: int, whole: int) -> str | None:
    return None if not whole else f"{part * 1000 // whole // 10}.{part * 1000 // whole % 10}"


@get(
    "/v1/books/{book:str}/payment-practice", permission=Permission.SEE_BALANCES, operation_id="readPaymentPractice",
    tags=["practice"],
)  # fmt: skip
async def practice(
    request: WireRequest, book: FromPath[str], first_day: FromQuery[date], last_day: FromQuery[date]
) -> Response[PracticeOut]:  # fmt: skip
    """How many invoices were paid within 30 days of being received and in order, by number and value, of those paid in a time: the
    figures of the Better Payment Practice Code, which asks for 95 %."""
    if last_day < first_day:
        raise Problem("dates_malformed", field="last_day")
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        found = await payment_practice(connection, row.book_id, first_day, last_day)
        coverage = await covered(connection, row)
    return answer(PracticeOut(
        first_day=first_day, last_day=last_day, currency=row.currency, target_percent=TARGET_PERCENT, invoices=found.invoices,
        invoices_within_30_days=found.invoices_within, percent_by_number=_percent(found.invoices_within, found.invoices),
        amount=format_amount(found.pence), amount_within_30_days=format_amount(found.pence_within),
        percent_by_value=_percent(found.pence_within, found.pence), undated=found.undated,
        coverage=coverage,
    ))  # fmt: skip


HANDLERS = [dispute, dispute_ended, practice]
