"""Take-ons: where opening figures come from, who agreed to them, and imported payments that find their line."""

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut, settled_of
from api.deciding import check_person, naming_noes, through_gate
from api.desk import WireRequest, answer
from api.permissions import Permission
from api.problems import Problem
from api.spends import BUDGET
from api.wire import amount_of, code_of
from api.wire_taking_on import AssignmentIn
from api.writing import prepare
from policies import assigning


@post(f"{BUDGET}/assignments", permission=Permission.ASSIGN_PAYMENTS, operation_id="assignPayment", tags=["taking on"])
async def assign_payment(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[AssignmentIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Assigns an imported payment to the line that it was for, up to what stands unassigned for its payee. It has been paid, so
    it is posted whatever the rules find, and a referral is a task."""
    opened, key = await prepare(request, book)
    check_person(person)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    with naming_noes():
        opened.gate.engine.bundle.service_kind(data.service)
    asked = assigning.Assignment(
        person=person, line=code_of(data.line, "line"), source=code_of(data.source, "source"),
        payee=code_of(data.payee, "payee"), service=data.service, amount=amount_of(data.amount, "amount", is_size=True),
        effective_on=data.effective_on, care_from=data.care_from, care_to=data.care_to, hold=data.hold, final=data.final,
    )  # fmt: skip
    written, detail = await through_gate(
        request, opened, key, f"assignments/{person}",
        lambda gate, sender, timeout: assigning.assign(gate, sender, timeout, asked), is_dry=dry_run,
    )  # fmt: skip
    return answer(settled_of(written, detail), written.status, written.headers)


HANDLERS = [assign_payment]
