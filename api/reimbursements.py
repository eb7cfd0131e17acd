"""What holders and carers laid out: claimed by one person, accepted by another, and paid back like an invoice."""

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut
from api.deciding import SPENDING, carried_out, check_person, check_reach, own_holder, through_gate
from api.desk import WireRequest
from api.finance import Number
from api.open_books import nonce, salt, today
from api.permissions import Permission
from api.settling import claim_declined, settled, size_of, withdrawn
from api.spends import BUDGET
from api.wire import code_of
from api.wire_reimbursements import ReimbursementIn
from api.wire_settling import AcceptanceIn, ClaimWithdrawalIn, DeclineIn
from api.writing import prepare
from ledger.budgets.claims import Evidence, claim_subject
from ledger.budgets.shares import check_name
from ledger.budgets.wording import detail_of
from policies import reimbursing

REIMBURSEMENT = f"{BUDGET}/reimbursements/{{number:int}}"
CLAIMED = {
    "act": "reimbursement_claimed", "missing": "reimbursement_not_found", "settled": "reimbursement_settled"
}  # fmt: skip


@post(
    f"{BUDGET}/reimbursements", permission=Permission.CLAIM, operation_id="claimReimbursement", tags=["reimbursements"]
)
async def claim(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[ReimbursementIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Tells what somebody paid for themselves and asks for it back. It posts nothing until another person accepts it."""
    opened, key = await prepare(request, book)
    async with request.desk.books.reading(opened.row) as connection:
        await check_reach(request, connection, opened.row.book_id, person, SPENDING)
    account = check_name(code_of(data.holder_account, "holder_account"), "holder_account")
    laid_out = Evidence(
        subject=claim_subject(nonce()), person=person, amount=size_of(opened, data), line=code_of(data.line, "line"),
        payee=account, service=data.service, document_on=data.spent_on, relies_on=data.relies_on,
    )  # fmt: skip
    return settled(await carried_out(
        request, opened, key, f"reimbursements/{person}",
        lambda connection, book_id: reimbursing.claim_reimbursement(
            connection, book_id, laid_out, bundle=opened.gate.engine.bundle, holder=own_holder(request), today=today(),
            scopes=SPENDING, detail=detail_of(salt(), {"words": data.words or ""}),
        ),
        person, is_dry=dry_run,
    ))  # fmt: skip


@post(
    f"{REIMBURSEMENT}/accept", permission=Permission.ACCEPT_CLAIMS, operation_id="acceptReimbursement",
    tags=["reimbursements"],
)  # fmt: skip
async def accept(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[AcceptanceIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Accepts what another person laid out: decided and posted, whatever the rules find, and owed into the account until the day
    that the entry names. It is paid with `POST payments`, whose payee is that account."""
    opened, key = await prepare(request, book)
    check_person(person)
    return settled(await through_gate(
        request, opened, key, f"reimbursements/{person}/{number}/accept",
        lambda gate, sender, timeout: reimbursing.accept_reimbursement(
            gate, sender, timeout, person=person, number=number, effective_on=data.effective_on
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@post(
    f"{REIMBURSEMENT}/decline", permission=Permission.ACCEPT_CLAIMS, operation_id="declineReimbursement",
    tags=["reimbursements"],
)  # fmt: skip
async def decline(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[DeclineIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Says no to a claim for reimbursement, with the reason in words, by another than made it: a decision that is explained and
    can be looked at again."""
    return await claim_declined(request, book, person, number, data, CLAIMED, dry_run)


@post(
    f"{REIMBURSEMENT}/withdraw", permission=Permission.CLAIM, operation_id="withdrawReimbursement", tags=["reimbursements"]
)  # fmt: skip
async def withdraw(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[ClaimWithdrawalIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Takes back that something was laid out, until an officer has answered it."""
    return await withdrawn(request, book, person, number, CLAIMED, dry_run)


HANDLERS = [claim, accept, decline, withdraw]
