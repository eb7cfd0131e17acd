"""Payees approved through the rules: by another than registered or barred them, or told that a payment came back."""

from datetime import date
from typing import Any

from ledger.budgets.foreseen import foresee
from ledger.budgets.payees import payable_opened, payee_of, payee_recorded
from ledger.budgets.reading import said_of, version_of
from ledger.core.model import Guard
from policies.facts_payees import Approving
from policies.gate import Decided, Gate, Sender
from policies.judging import Case, judge
from policies.settling import NotSettled

Connection = Any


async def approve_payee(
    gate: Gate, sender: Sender, timeout_seconds: float, *, payee: str, effective_on: date, approved: int = 0
) -> Decided:  # fmt: skip
    """Approves a payee, when the rules allow it; the first approval opens what is owed to them. NotSettled(payee_not_found,
    approved_already)."""

    async def look(connection: Connection) -> Case:
        await foresee(connection, entries=(approved,), subjects=() if "/" in payee else (payee,))
        said = [] if "/" in payee else await said_of(connection, gate.book_id, payee)
        said = [row for row in said if row.kind == "payee"]
        if not said:
            raise NotSettled("payee_not_found")
        last = said[-1]
        if last.act == "approved":
            raise NotSettled("approved_already")
        found, _ = payee_of(last.subject, last.attributes)
        sheet = Approving(
            act="approve_payee", regulated_activity=found.regulated is True, registration_said=found.cqc is not None,
            provider_registered=found.cqc is True, directly_employed=found.direct_employee is True,
            profession_lacking=found.profession is False, indemnity_lacking=found.indemnity is False,
        )  # fmt: skip
        record = payee_recorded("approved", found, because=last.number)
        # Whoever said anything of them that this approves: registered, corrected, marked, barred, told of a return.
        since = max((row.number for row in said if row.act == "approved"), default=0)
        is_first = all(row.act != "approved" for row in said)
        # Payments to them move their version too, so it is not that of the last word on them.
        version = Guard(payee, await version_of(connection, gate.book_id, payee))
        return Case(
            sheet=sheet, act="approve_payee", person="", subject=f"approval/{payee}", amount=0, effective_on=effective_on,
            requests=(record, payable_opened(found.payee)) if is_first else (record,), guards=(version,),
            other_than=tuple(row.number for row in said if row.number > since), because=last.number, approved=approved,
            stated={"payee": payee},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person="")
