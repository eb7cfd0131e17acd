"""Asking for a decision to be looked at again: of a demand, of a notice of a cut or stop, or of a decision that was a no.

How often is counted as the law counts it: each decision once, and of refusals of a budget one in six months (SI 2013/1617
reg 7(10)).
"""

from datetime import date
from typing import Any

import msgspec

from ledger.budgets.foreseen import foresee
from ledger.budgets.owing import DemandRead, Reconsideration, reconsideration_recorded
from ledger.budgets.reading import said_at, said_of_person
from ledger.core.calendar import months_before
from ledger.core.model import Detail
from policies.bundle import Limits
from policies.explaining import REFUSALS
from policies.found_owing import Budget, the_demand, the_notice
from policies.gate import Decided, Gate, Sender
from policies.judging import Case
from policies.owing import HARMLESS, Act, case_of, judged
from policies.settling import NotSettled

Connection = Any
SIX_MONTHS = 6


async def ask_again(
    gate: Gate, sender: Sender, timeout_seconds: float, act: Act, *, about: str, of: int, received_on: date, subject: str,
    detail: Detail | None = None,
) -> Decided:  # fmt: skip
    """Records that somebody asks for a decision to be looked at again, and until when it is answered. `of` is the demand, the
    notice of a cut or stop, or the decision that was a no. NotSettled(reconsidered_not_found)."""

    async def look(connection: Connection, budget: Budget, limits: Limits) -> Case:
        await foresee(connection, entries=(act.approved, of), kinds=("reconsideration",), acts=("requested",))
        amount = await _reconsidered(connection, gate.book_id, act.person, about, of)
        before = await _asked_before(connection, gate.book_id, act.person, about, of, received_on)
        sheet = msgspec.structs.replace(HARMLESS, act="reconsider", asked_before=before, amount_pence=amount,
                                        left_pence=amount)  # fmt: skip
        asked = Reconsideration(
            subject=f"reconsideration/{subject}", person=act.person, about=about, of=of, received_on=received_on,
            answer_by=date.fromordinal(received_on.toordinal() + limits.reconsideration_days),
        )  # fmt: skip
        record = reconsideration_recorded("requested", asked, because=-1, detail=detail)
        return case_of(act, budget, sheet, (record,), None, {"about": about}, because=of)

    return await judged(gate, sender, timeout_seconds, act, look)


async def _asked_before(
    connection: Connection, book_id: int, person: str, about: str, of: int, received_on: date
) -> bool:  # fmt: skip
    """Whether the same was asked before; or, of a refused request, any in the six months before (reg 7(10))."""
    earlier = [
        row.attributes for row in await said_of_person(connection, book_id, person, ["reconsideration"])
        if row.act == "requested"
    ]  # fmt: skip
    if any(row["of"] == str(of) for row in earlier):
        return True
    if about != "refusal" or not await _is_refusal(connection, book_id, of):
        return False
    since = months_before(received_on, SIX_MONTHS).isoformat()
    for row in earlier:
        is_near = row["about"] == about and row["received_on"] > since
        if is_near and await _is_refusal(connection, book_id, int(row["of"])):
            return True
    return False


async def _is_refusal(connection: Connection, book_id: int, number: int) -> bool:
    """Whether a decision refused a budget or a direct payment (reg 7(10)), by the rules or by whoever declined what was referred:
    of those, one in six months is looked at again; a purchase that was refused is another matter each time."""
    said = await said_at(connection, book_id, number)
    if said is None or said.kind != "decision":
        return False
    act = said.attributes["act"]
    if act == "approval":
        referral = await said_at(connection, book_id, int(said.attributes["of"]))
        act = referral.attributes["act"] if referral is not None else ""
    return (act, said.attributes["outcome"]) in REFUSALS


async def _reconsidered(connection: Connection, book_id: int, person: str, about: str, of: int) -> int:
    """The pence of what is asked about, 0 where it is about none."""
    if about == "demand":
        found: DemandRead = await the_demand(connection, book_id, person, of)
        return found.demand.amount
    if about in ("cut", "stop"):
        read = await the_notice(connection, book_id, person, of)
        if read.notice.about != about:
            raise NotSettled("reconsidered_not_found")
        return read.notice.amount or 0
    said = await said_at(connection, book_id, of)
    if said is None or said.kind != "decision" or said.attributes.get("person") != person:
        raise NotSettled("reconsidered_not_found")
    if said.attributes["outcome"] != "deny" and not await _is_refusal(connection, book_id, of):
        raise NotSettled("reconsidered_not_found")
    return int(said.attributes["amount"])
