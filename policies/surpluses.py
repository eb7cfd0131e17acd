"""Surpluses: what of a balance somebody may keep, and what may be taken back.

Only what is above the local threshold is looked at, and whether care went unmet is asked before what was not spent on it is taken
(SI 2013/1617 reg 13(4), 14(6), 15).
"""

from typing import Any

import msgspec

from ledger.budgets.owing import Surplus, surplus_recorded, weeks_of_payment
from ledger.core.requests import AnyRequest
from policies.bundle import Limits
from policies.found_owing import Budget, most_of_surplus
from policies.gate import Decided, Gate, Sender
from policies.judging import Case
from policies.owing import HARMLESS, Act, case_of, judged

Connection = Any


async def determine_surplus(
    gate: Gate, sender: Sender, timeout_seconds: float, act: Act, *, line: str, balance: int, liabilities: int,
    contingency: int, amount: int | None, subject: str,
) -> Decided:  # fmt: skip
    """Determines what of a holder's balance is surplus, by both tests of `Surplus` and as far as the ledger has it; the most that
    may be taken, or `amount` of it. Posts nothing: it is recovered by offsets or by a demand. NotThere,
    NotSettled(line_has_no_account, surplus_open)."""

    async def look(connection: Connection, budget: Budget, limits: Limits) -> Case:
        found = budget.line(line)
        surplus = Surplus(
            balance=balance, liabilities=liabilities, contingency=contingency,
            threshold=weeks_of_payment(found.amount, found.start, found.end, limits.surplus_weeks),
        )  # fmt: skip
        most = await most_of_surplus(connection, gate.book_id, budget, found, surplus)
        taken = most if amount is None else amount
        sheet = msgspec.structs.replace(HARMLESS, act="surplus", threshold_reached=surplus.reached, amount_pence=taken,
                                        left_pence=most)  # fmt: skip
        record: tuple[AnyRequest, ...] = ()
        if 0 < taken <= most:
            record = (
                surplus_recorded(surplus, subject=subject, person=act.person, line=line, amount=taken,
                                 holder_account=found.holder_account or "", on=act.effective_on, because=-1),
            )  # fmt: skip
        stated = {"most": str(most), "threshold": str(surplus.threshold)}
        return case_of(act, budget, sheet, record, line, stated)

    return await judged(gate, sender, timeout_seconds, act, look)
