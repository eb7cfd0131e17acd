"""A movement of a year that is closed, put right in an open one."""

from datetime import date
from typing import Any

from ledger.book.statements import read_entry
from ledger.budgets.bank_ending import matches_ended
from ledger.budgets.claims import Evidence, evidence_recorded
from ledger.budgets.plans import share_opened
from ledger.budgets.presence import which_are_open
from ledger.budgets.reading import STATES, funds_of, said_at, setup_of, shares_of, touches_person
from ledger.budgets.standing import read_rules, read_standing
from ledger.budgets.year_end import correction
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest
from policies.resolution import Resolution
from policies.settling import NotSettled, foresee_undoing, marked_reversed

Connection = Any
OF_CARE = frozenset((6, 7, 12, 13, 16, 28, 29, 48, 50, 54))
"""Events by which care was recognised: what may prove to have cost less than a closed year says."""


async def correct_entry(
    connection: Connection, book_id: int, *, person: str, number: int, effective_on: date, reason: str
) -> Resolution:  # fmt: skip
    """Undoes care of a closed year in the year of `effective_on`, by another than made it, with a reason (event 39). What it was
    accepted by is marked as reversed, so that it is not paid, and a line of the bank that was matched to it is open again. A cost
    that was too low is no correction: its invoice is a fact of the year that it comes in. NotSettled(entry_not_found,
    correction_not_of_care, invoice_paid, invoice_credited, taken_back_already, estimate_used)."""
    await foresee_undoing(connection, number)
    if not await touches_person(connection, book_id, person, number):
        raise NotSettled("entry_not_found")
    entry = (await read_entry(connection, book_id, number)).entry
    shares = {code: pence for code, pence in entry.legs if code.startswith("share/")}
    source = await said_at(connection, book_id, entry.because) if entry.because else None
    lines, years = {code.split("/")[1] for code in shares}, {code.split("/")[3] for code in shares}
    if entry.event not in OF_CARE or source is None or source.kind != "evidence" or (len(lines), len(years)) != (1, 1):
        raise NotSettled("correction_not_of_care")
    marked, guard = await marked_reversed(connection, book_id, person, source)
    [line], [year] = lines, years
    standing = await read_standing(connection, book_id, person)
    funds = funds_of((await read_rules(connection, book_id)).funds)
    found = setup_of(standing.said).lines[line][0]
    into = found.year_on(effective_on)
    instead = [each for each in shares_of(found, into, funds, standing.balances)
               if any(code.split("/")[2] == each.fund for code in shares)]  # fmt: skip
    there = await which_are_open(connection, book_id, [each.code("available") for each in instead])
    new = [
        opened for each in instead if each.code("available") not in there for opened in share_opened(each, because=-2)
    ]
    undone = correction(
        entry=number, legs=dict(entry.legs), year=year, line=line, into=into, effective_on=effective_on, because=-2
    )
    decided = evidence_recorded(
        "correction_decided", Evidence(subject=f"correction/{number}", person=person, line=line, of=number, amount=_moved(shares)),
        effective_on=effective_on, because=number, reason=reason,
    )  # fmt: skip
    ended, guards = await matches_ended(
        connection, book_id, person, source, dict(entry.legs), effective_on=effective_on
    )
    made: list[AnyRequest] = [marked, decided, *new, undone, *ended]
    every = (guard, Guard(f"person/{person}", standing.version), *guards)
    return Resolution(tuple(made), tuple(dict.fromkeys(every)), (number,))


def _moved(shares: dict[str, int]) -> int:
    """Pence that the undoing moves into states of the line: what was held, kept or beyond authority comes back as available."""
    back: dict[str, int] = {}
    for code, pence in shares.items():
        *place, state = code.split("/")
        if state in STATES:
            state = "available" if state in ("held", "contingency", "unfunded") else state
            name = "/".join([*place, state])
            back[name] = back.get(name, 0) - pence
    return sum(pence for pence in back.values() if pence > 0)
