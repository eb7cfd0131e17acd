"""What holders and carers laid out for care: claimed by one, accepted by another, and paid back by a day.

Accepted it is a fact (event 16), decided by the rules and posted whatever they find; what is owed for it is paid as an invoice is.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from ledger.budgets.chart import account
from ledger.budgets.claims import Evidence, evidence_recorded
from ledger.budgets.facts import spend_reimbursable
from ledger.budgets.foreseen import foresee
from ledger.budgets.reading import said_at, setup_of
from ledger.budgets.standing import Facts, read_standing
from ledger.budgets.year_end import ends_of
from ledger.core.model import Detail, Guard, Malformed
from ledger.core.requests import AnyRequest
from policies.bearing import Bearing, bearing_of, shares_in
from policies.bundle import Bundle
from policies.evidencing import check_answered, check_spent
from policies.gate import Decided, Gate, Sender
from policies.memory import facts_of
from policies.resolution import Resolution
from policies.settling import NotSettled, ToDecide, counted_of, day_of_shares, document_of, found_or_decided
from policies.sheets import LAST_DAY, Asked, NotThere, Wanted, check_delegated

Connection = Any


async def claim_reimbursement(
    connection: Connection, book_id: int, claim: Evidence, *, bundle: Bundle, holder: str | None, today: date,
    scopes: frozenset[str], detail: Detail,
) -> Resolution:  # fmt: skip
    """What somebody says they laid out, to be paid into an account of the person's that is known; posts nothing. NotThere(
    person_unknown, line_unknown, ask_unknown), NotDelegated, ServiceUnknown, NotSettled(holder_account_unknown);
    Malformed(dates_malformed) for what nobody can have laid out yet."""
    check_spent(claim, today)
    setup = setup_of((await read_standing(connection, book_id, claim.person)).said)
    check_delegated(setup, holder, today, scopes)
    if claim.line not in setup.lines:
        raise NotThere("line_unknown")
    if claim.payee not in setup.holder_accounts:
        raise NotSettled("holder_account_unknown")
    bundle.service_kind(claim.service or "")
    await check_answered(connection, book_id, claim, await _paid_to(connection, book_id, claim))
    return Resolution((evidence_recorded("reimbursement_claimed", claim, detail=detail),), (Guard(claim.subject, 0),))


async def _paid_to(connection: Connection, book_id: int, claim: Evidence) -> str | None:
    """Whom it was paid to, which a claim says by the answer that it relies on: what was asked about was asked of them."""
    said = None if claim.relies_on is None else await said_at(connection, book_id, claim.relies_on)
    return None if said is None else said.attributes.get("payee")


async def accept_reimbursement(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, number: int, effective_on: date
) -> Decided:  # fmt: skip
    """Accepts what somebody laid out (event 16), by another than claimed it, once. It is due within the book's own days.
    NotSettled(reimbursement_not_found, reimbursement_settled, receipt_counted, money_in_account)."""

    async def look(connection: Connection) -> Resolution:
        standing = await read_standing(connection, gate.book_id, person)
        await foresee(connection, entries=(number,), kinds=("evidence",), subjects=ends_of(standing.balances))
        claim = (await document_of(
            connection, gate.book_id, person=person, number=number, act="reimbursement_claimed",
            missing="reimbursement_not_found", settled="reimbursement_settled",
        )).evidence  # fmt: skip
        counted = await counted_of(connection, gate.book_id, claim)
        if effective_on > LAST_DAY:
            raise Malformed("dates_malformed", "effective_on")
        due = msgspec.structs.replace(
            claim, same_as=counted.number or None,
            due_on=effective_on + timedelta(days=gate.limits_on(effective_on).reimbursed_within_days),
        )  # fmt: skip
        line = setup_of(standing.said).lines[claim.line or ""][0]
        day = day_of_shares(line, claim.document_on or effective_on)
        bearing = await bearing_of(connection, gate.book_id, line, standing, day, effective_on)
        wanted = Wanted(
            act="spend", person=person, line=claim.line or "", service=claim.service or "", amount=claim.amount,
            effective_on=effective_on, money_gone=True, spent_on=claim.document_on,
            payee=await _paid_to(connection, gate.book_id, claim), claimed_before=due.same_as is not None,
            relies_on=claim.relies_on or 0,
        )  # fmt: skip
        raise ToDecide(
            wanted, await facts_of(connection, gate.book_id, wanted, sender.key),
            lambda facts, filled: _posted(due, number, bearing, facts, filled, effective_on),
            (Guard(claim.subject, number), Guard(f"person/{person}", standing.version)), (number,),
        )  # fmt: skip

    return await found_or_decided(
        gate, sender, timeout_seconds, look, person=person, act="reimbursement", judged_on=effective_on, because=number
    )


def _posted(
    due: Evidence, number: int, bearing: Bearing, facts: Facts, filled: Asked, effective_on: date
) -> Sequence[AnyRequest]:
    account_of = due.payee or ""
    code = account("advance", person=due.person, holder_account=account_of).code
    # Only what goes beyond all our money in the account was laid out (accounting.md 16).
    if filled.line.holder_account == account_of and facts.standing.balances.get(code, 0) > 0:
        raise NotSettled("money_in_account")
    shares = shares_in(filled, facts, bearing.year, day_of_shares(filled.line, due.document_on or effective_on))
    posted = spend_reimbursable(
        amount=due.amount, shares=shares, holder_account=account_of, effective_on=effective_on,
        because=-2 - len(bearing.opened),
    )  # fmt: skip
    return (
        *bearing.opened,
        evidence_recorded("reimbursement_accepted", due, because=number, effective_on=effective_on),
        posted,
    )
