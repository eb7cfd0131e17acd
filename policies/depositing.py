"""Money of others in a holder's account: told by its source, and decided by the rules (SI 2013/1617 reg 10(2), (3), (6), 11(6)).

What may share the account is told apart and left alone; what may not is asked after by another person. Neither is ever ours.
"""

from datetime import date
from typing import Any

from ledger.budgets.bank_reading import BankLine, lines_of_holder
from ledger.budgets.bank_records import PERMITTED_SOURCES, deposit_answered, match_recorded
from ledger.budgets.reading import setup_of
from ledger.budgets.standing import read_standing
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest
from policies.banking import line_numbered, taken_off
from policies.facts_deposits import Deposit
from policies.gate import Decided, Gate, Sender
from policies.judging import Case, judge
from policies.settling import NotSettled

Connection = Any


async def tell_other_money(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, number: int, source: str | None, reason: str | None,
    effective_on: date,
) -> Decided:  # fmt: skip
    """Says that a line of a holder's account is money of another source, once. What came in of a source that may share the account
    is answered with that; any other waits for another person. What went out is told so up to what its source put in, and what
    it had moved of our money is taken back (event 38). NotSettled(bank_line_not_found, bank_line_matched, match_unfit)."""

    async def look(connection: Connection) -> Case:
        lines = await lines_of_holder(connection, gate.book_id, person, None)
        line = line_numbered(lines, number)
        if not line.is_open or line.explained:
            raise NotSettled("bank_line_matched")
        standing = await read_standing(connection, gate.book_id, person)
        paid_in = [each for each in setup_of(standing.said).lines.values() if each[0].holder_account == line.account]
        sheet = Deposit(
            act="tell_deposit", permitted_source=source in PERMITTED_SOURCES,
            managed_account=any(each.channel == "managed_account" and act != "ended" for each, act in paid_in),
            one_off_account=bool(paid_in) and all(each.management == "one_off" for each, _ in paid_in),
        )  # fmt: skip
        is_permitted = sheet.permitted_source or sheet.one_off_account
        if line.pence < 0 and (not is_permitted or -line.pence > put_in(lines, line.account, source)):
            raise NotSettled("match_unfit")
        told = match_recorded(line=number, person=person, amount=abs(line.pence), holder_account=line.account, to="other_money",
                              of=None, reason=reason, source=source)  # fmt: skip
        more: tuple[AnyRequest, ...] = ()
        if line.pence < 0:
            more = await taken_off(connection, gate.book_id, person, line, effective_on, because=-2)
        elif is_permitted:
            more = (deposit_answered(line=number, person=person, amount=line.pence, holder_account=line.account,
                                     outcome="permitted", on=effective_on, because=-1),)  # fmt: skip
        return Case(
            sheet=sheet, act="tell_deposit", person=person, amount=abs(line.pence), effective_on=effective_on,
            requests=(told, *more), guards=(Guard(f"bank_match/{number}", line.match or 0),), because=number, is_fact=True,
            stated={"holder_account": line.account, "source": source or "not_said"},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=person)


def put_in(lines: list[BankLine], account: str, source: str | None) -> int:
    """What a source has put into an account and has not been spent of it, in pence."""
    told = [
        each for each in lines if each.account == account and each.matched == "other_money" and each.source == source
    ]
    return sum(each.pence for each in told)
