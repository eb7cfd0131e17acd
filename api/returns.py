"""Payments that the bank has sent back, and instalments that it has paid: facts of our own bank, told by another than paid."""

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut
from api.deciding import carried_out, check_person
from api.desk import WireRequest
from api.finance import Number
from api.permissions import Permission
from api.settling import PAYMENTS, settled
from api.spends import BUDGET
from api.wire import code_of
from api.wire_returns import ReturnIn
from api.wire_settling import ClearanceIn
from api.writing import prepare
from policies import paying


@post(
    f"{PAYMENTS}/{{number:int}}/return", permission=Permission.RECORD_RETURNS, operation_id="returnPayment",
    tags=["returns"],
)  # fmt: skip
async def return_payment(
    request: WireRequest, book: FromPath[str], number: Number, data: JSONBody[ReturnIn], dry_run: FromQuery[bool] = False
) -> Response[SettledOut]:  # fmt: skip
    """A payment came back whole: its invoices are owed again. Before they are paid anew, somebody approves the payee anew.
    `number` is the first entry of the payment."""
    opened, key = await prepare(request, book)
    reason = code_of(data.reason, "reason")
    return settled(await carried_out(
        request, opened, key, f"payments/{number}/return",
        lambda connection, book_id: paying.return_payment(
            connection, book_id, number=number, reason=reason, effective_on=data.effective_on
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@post(
    f"{BUDGET}/instalments/{{number:int}}/clear", permission=Permission.RELEASE_INSTALMENTS,
    operation_id="clearInstalment", tags=["returns"],
)  # fmt: skip
async def clear_instalment(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[ClearanceIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """The bank has paid an instalment, once. `number` is the entry that its release answered with."""
    opened, key = await prepare(request, book)
    check_person(person)
    return settled(await carried_out(
        request, opened, key, f"instalments/{person}/{number}/clear",
        lambda connection, book_id: paying.clear_instalment(
            connection, book_id, person=person, number=number, effective_on=data.effective_on
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(
    f"{BUDGET}/instalments/{{number:int}}/return", permission=Permission.RECORD_RETURNS,
    operation_id="returnInstalment", tags=["returns"],
)  # fmt: skip
async def return_instalment(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[ReturnIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """An instalment came back whole: it is due again. Before anything is paid into that account, somebody approves it anew.
    `number` is the entry that its release answered with."""
    opened, key = await prepare(request, book)
    check_person(person)
    reason = code_of(data.reason, "reason")
    return settled(await carried_out(
        request, opened, key, f"instalments/{person}/{number}/return",
        lambda connection, book_id: paying.return_instalment(
            connection, book_id, person=person, number=number, reason=reason, effective_on=data.effective_on
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


HANDLERS = [return_payment, clear_instalment, return_instalment]
