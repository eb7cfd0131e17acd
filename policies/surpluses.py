"""Surpluses: what of a balance somebody may keep, and what may be taken back.

Only what is above the local threshold is looked at, and whether care went unmet is asked before what was not spent on it is taken
(SI 2013/1617 reg 13(4), 14(6), 15).
"""

from datetime import date
from typing import Any

import msgspec

from ledger.budgets.foreseen import foresee
from ledger.budgets.owing import Surplus, surplus_recorded, weeks_of_payment
from ledger.budgets.plans import Line
from ledger.budgets.reading import said_of
from ledger.budgets.reviews import care_checked, subject_of_care
from ledger.core.model import Detail, Malformed
from ledger.core.requests import AnyRequest
from policies.bundle import Limits
from policies.found_owing import Budget, budget_of, most_of_surplus
from policies.gate import Decided, Gate, Sender
from policies.judging import Case
from policies.owing import HARMLESS, Act, case_of, judged
from policies.resolution import Resolution

Connection = Any


async def check_care(
    connection: Connection, book_id: int, *, person: str, line: str, on: date, found: str, detail: Detail | None, today: date
) -> Resolution:  # fmt: skip
    """Writes down what was found out about planned care of a line that was not bought, on a day that has come.
    NotThere(person_unknown, line_unknown), NotSettled(line_has_no_account)."""
    if on > today:
        raise Malformed("dates_malformed", "on")
    budget = await budget_of(connection, book_id, person)
    budget.line(line)
    return Resolution((care_checked(person=person, line=line, on=on, found=found, detail=detail),), (budget.guard,))


async def retain(
    gate: Gate, sender: Sender, timeout_seconds: float, act: Act, *, line: str, balance: int, liabilities: int
) -> Decided:  # fmt: skip
    """Whether a holder may keep their balance: a decision and nothing else. NotThere, NotSettled(line_has_no_account)."""

    async def look(connection: Connection, budget: Budget, limits: Limits) -> Case:
        surplus = _surplus(budget.line(line), act.effective_on, limits, balance, liabilities, contingency=0)
        sheet = msgspec.structs.replace(HARMLESS, act="retain", threshold_reached=surplus.reached, amount_pence=balance,
                                        left_pence=balance)  # fmt: skip
        return case_of(act, budget, sheet, (), line, {"threshold": str(surplus.threshold)})

    return await judged(gate, sender, timeout_seconds, act, look)


async def determine_surplus(
    gate: Gate, sender: Sender, timeout_seconds: float, act: Act, *, line: str, balance: int, liabilities: int,
    contingency: int | None, amount: int | None, subject: str,
) -> Decided:  # fmt: skip
    """Determines what of a holder's balance is surplus, by both tests of `Surplus` and as far as the ledger has it; the most that
    may be taken, or `amount` of it. The contingency is the agreed one, or by the local limits (None).
    Posts nothing: it is recovered by offsets or by a demand. NotThere, NotSettled(line_has_no_account, surplus_open)."""

    async def look(connection: Connection, budget: Budget, limits: Limits) -> Case:
        found = budget.line(line)
        surplus = _surplus(found, act.effective_on, limits, balance, liabilities, contingency)
        await foresee(connection, entries=(act.approved,), kinds=("review", "notice"), acts=("surplus_determined",),
                      subjects=(subject_of_care(line),), limits_of=sender.asked.actor)  # fmt: skip
        most = await most_of_surplus(connection, gate.book_id, budget, found, surplus)
        taken = most if amount is None else amount
        sheet = msgspec.structs.replace(HARMLESS, act="surplus", threshold_reached=surplus.reached,
                                        care_checked=await _is_checked(connection, gate.book_id, line, act, limits),
                                        amount_pence=taken, left_pence=most)  # fmt: skip
        record: tuple[AnyRequest, ...] = ()
        if 0 < taken <= most:
            record = (
                surplus_recorded(surplus, subject=subject, person=act.person, line=line, amount=taken,
                                 holder_account=found.holder_account or "", on=act.effective_on, because=-1),
            )  # fmt: skip
        stated = {"most": str(most), "threshold": str(surplus.threshold)}
        return case_of(act, budget, sheet, record, line, stated)

    return await judged(gate, sender, timeout_seconds, act, look)


def _surplus(line: Line, day: date, limits: Limits, balance: int, liabilities: int, contingency: int | None) -> Surplus:
    """What is stated of a balance, against the threshold of the day; what the plan lets them save counts until its day."""
    saving = line.saving.amount if line.saving is not None and day <= line.saving.until else 0
    if contingency is None:
        contingency = weeks_of_payment(line.amount, line.start, line.end, limits.contingency_weeks)
    return Surplus(
        balance=balance, liabilities=liabilities, contingency=contingency, saving=saving,
        threshold=weeks_of_payment(line.amount, line.start, line.end, limits.surplus_weeks),
    )  # fmt: skip


async def _is_checked(connection: Connection, book_id: int, line: str, act: Act, limits: Limits) -> bool:
    """Whether the last word on unmet care of a line, of not too long before, is that there is none."""
    said = await said_of(connection, book_id, subject_of_care(line))
    if not said or said[-1].attributes["found"] == "unmet":
        return False
    since = (act.effective_on - date.fromisoformat(said[-1].attributes["on"])).days
    return 0 <= since <= limits.care_check_days
