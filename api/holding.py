"""Who holds a direct payment, and the account it goes into: named and approved through the rules."""

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api import wire_holding as wire
from api.answers_budgets import DecisionOut
from api.deciding import check_person, decided
from api.desk import WireRequest, answer
from api.open_books import salt
from api.people import PERSON
from api.permissions import Permission
from api.problems import Problem
from api.wire import code_of
from api.writing import prepare
from ledger.budgets.people import Delegation, opaque_ref
from ledger.budgets.wording import detail_of
from policies import holding


@post(f"{PERSON}/holders", permission=Permission.KEEP_PEOPLE, operation_id="nameHolder", tags=["holding"])
async def name_holder(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[wire.HolderIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Lets somebody manage a person's money (SI 2013/1617 reg 3 to 7), when the rules allow it: the person, a representative or a
    nominee."""
    opened, key = await prepare(request, book)
    check_person(person)
    if data.nomination is not None and data.role != "nominee":
        raise Problem("nomination_misplaced", field="nomination")
    sent = data.nomination or wire.NominationIn()
    nomination = holding.Nomination(**{name: getattr(sent, name) for name in holding.Nomination.__struct_fields__})
    if data.role == "person" and (data.judgement is not None or data.principal_on is not None):
        raise Problem("judgement_misplaced", field="judgement")
    taken = holding.Taken(
        regarded=frozenset(data.judgement.regarded if data.judgement is not None else ()), principal_on=data.principal_on,
        reasons=None if data.judgement is None else detail_of(salt(), {"judgement": data.judgement.words}),
    )  # fmt: skip
    holder = Delegation(
        delegation=opaque_ref("D", salt()), person=person, holder=code_of(data.holder, "holder"), scope="holder",
        start=data.start, end=data.end, role=data.role, authority=data.authority,
    )  # fmt: skip
    return answer(*await decided(
        request, opened, key, f"people/{person}/holders",
        lambda gate, sender, timeout: holding.name_holder(
            gate, sender, timeout, holder=holder, nomination=nomination, effective_on=data.effective_on,
            approved=data.approved or 0, taken=taken,
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@post(
    f"{PERSON}/holder-accounts/{{account:str}}/approve", permission=Permission.APPROVE_PAYEES,
    operation_id="approveHolderAccount", tags=["holding"],
)  # fmt: skip
async def approve_account(
    request: WireRequest, book: FromPath[str], person: FromPath[str], account: FromPath[str],
    data: JSONBody[wire.AccountApprovalIn], dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Approves a holder's account, when the rules allow it: two people do, neither of whom registered or barred it or told that a
    payment into it came back. `stated` says which of the two this was."""
    opened, key = await prepare(request, book)
    check_person(person)
    return answer(*await decided(
        request, opened, key, f"people/{person}/holder-accounts/{account}/approved",
        lambda gate, sender, timeout: holding.approve_account(
            gate, sender, timeout, person=person, holder_account=account, effective_on=data.effective_on
        ),
        is_dry=dry_run,
    ))  # fmt: skip


HANDLERS = [name_holder, approve_account]
