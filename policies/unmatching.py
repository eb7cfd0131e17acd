"""A wrong match of a holder's bank line, taken back by a person: the line is open again, as if nobody had said what it is."""

from datetime import date
from typing import Any

import msgspec

from ledger.budgets.bank_ending import line_opened
from ledger.budgets.bank_reading import BankLine, lines_of_holder
from ledger.budgets.bank_records import deposit_subject
from ledger.budgets.bank_rolling import roll_forward
from ledger.budgets.claims import ACCEPTANCES, evidence_of, evidence_recorded
from ledger.budgets.foreseen import BANK_LINES, ROLLED, foresee
from ledger.budgets.reading import said_at, said_of, said_of_person
from ledger.budgets.standing import read_standing
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest
from policies.banking import line_numbered
from policies.resolution import Resolution
from policies.settling import NotSettled

Connection = Any


async def unmatch_line(
    connection: Connection, book_id: int, *, person: str, number: int, reason: str, effective_on: date
) -> Resolution:  # fmt: skip
    """Takes back what was last said of a line, with a reason. Whoever may match may do it, also who matched: it opens a question
    and settles none. What a match had taken off money without evidence is there again (event 13), as far as the account has it; a
    claim that still waits does not name the line any more.

    A match that posted something is no mere saying: an order that it settled, a claim that was accepted since, and a receipt that
    named its line are undone by the reversal of that entry, which opens the line (`match_posted`); a refund stays, as every
    refund does. NotSettled(bank_line_not_found, bank_line_not_matched, match_posted, credit_not_reversed, deposit_answered,
    match_rested_on)."""
    about, parts = (deposit_subject(number),), (BANK_LINES, ROLLED)
    await foresee(connection, entries=(number,), kinds=("notice",), subjects=about, parts=parts)
    lines = await lines_of_holder(connection, book_id, person, None)
    line = line_numbered(lines, number)
    if line.match is None or line.matched is None:
        raise NotSettled("bank_line_not_matched")
    standing = await read_standing(connection, book_id, person)
    guards = [Guard(f"bank_match/{number}", line.match), Guard(f"person/{person}", standing.version)]
    more: tuple[AnyRequest, ...] = ()
    if line.matched == "claim":
        more, guard = await _untied(connection, book_id, line)
        guards.append(guard)
    elif line.matched == "other_money":
        answered = deposit_subject(number)
        if await said_of(connection, book_id, answered):
            raise NotSettled("deposit_answered")
        guards.append(Guard(answered, 0))
    else:
        await _check_said_only(connection, book_id, line)
    if line.pence > 0:
        await _check_rested_on(connection, book_id, person, line, lines)
    opened = line_opened(person, line, standing.balances, because=line.match, reason=reason, effective_on=effective_on)
    return Resolution((*opened, *more), tuple(guards))


async def _untied(connection: Connection, book_id: int, line: BankLine) -> tuple[tuple[AnyRequest, ...], Guard]:
    """The claim without the line while it waits; one that was declined or reversed explains nothing. NotSettled(match_posted)."""
    claim = await said_at(connection, book_id, line.of or 0)
    assert claim is not None
    last = (await said_of(connection, book_id, claim.subject))[-1]
    guard = Guard(claim.subject, last.number)
    if last.attributes.get("bank_line") != str(line.number) or last.act not in ("claimed", *ACCEPTANCES):
        return (), guard
    if last.act != "claimed":
        raise NotSettled("match_posted")
    told, _ = evidence_of(last.subject, last.attributes)
    untied = evidence_recorded("claimed", msgspec.structs.replace(told, bank_line=None), because=last.number)
    return (untied,), guard


async def _check_said_only(connection: Connection, book_id: int, line: BankLine) -> None:
    """A match that said what was there already, and posted nothing of its own. NotSettled(match_posted, credit_not_reversed)."""
    of = await said_at(connection, book_id, line.of or 0)
    if line.matched == "refund" and (of is None or of.act != "refund_taken"):
        raise NotSettled("credit_not_reversed")
    if line.matched == "order" or (of is not None and of.attributes.get("bank_line") == str(line.number)):
        raise NotSettled("match_posted")


async def _check_rested_on(
    connection: Connection, book_id: int, person: str, line: BankLine, lines: list[BankLine]
) -> None:  # fmt: skip
    """A debt for what had gone was paid with other money, as far as this line showed it (`repaid_of_budget`): that match is taken
    back first. NotSettled(match_rested_on)."""
    repaid = {each.of for each in lines if each.account == line.account and each.matched == "repayment"}
    said = await said_of_person(connection, book_id, person, ["notice"])
    demanded = {row.subject: row.attributes["source"] for row in said if row.act == "demanded"}
    steps = [row for row in said if row.act == "repaid" and row.number in repaid]
    if all(demanded[row.subject] == "advance" for row in steps):
        return
    rolled = await roll_forward(connection, book_id, person, line.account)
    if rolled.of_others < line.pence:
        raise NotSettled("match_rested_on")
