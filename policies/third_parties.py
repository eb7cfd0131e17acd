"""What third parties tell of the money that they hold: a statement for each client, of care and of their own fee.

A statement posts nothing until somebody else accepts it; then it is evidence of what was advanced, and goes through the gate as a
fact. Nothing here knows HTTP.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ledger.budgets.carried import every_share_of
from ledger.budgets.chart import account
from ledger.budgets.claims import Evidence, beyond_statement_subject, evidence_recorded
from ledger.budgets.facts import invoice_settled_directly
from ledger.budgets.foreseen import foresee
from ledger.budgets.plans import Line
from ledger.budgets.reading import funds_of, setup_of, shares_of
from ledger.budgets.shares import Share
from ledger.budgets.standing import Facts, read_standing
from ledger.budgets.third_parties import covered, statement_accepted
from ledger.budgets.year_end import ends_of
from ledger.core.model import Detail, Guard
from ledger.core.requests import AnyRequest
from policies.bearing import Bearing, bearing_of
from policies.bundle import Bundle
from policies.gate import Decided, Gate, NotPaidOut, Sender
from policies.memory import facts_of
from policies.resolution import Resolution
from policies.settling import NotSettled, ToDecide, day_of_shares, document_of, found_or_decided, once
from policies.sheets import Asked, NotThere, Wanted

Connection = Any


async def enter_statement(
    connection: Connection, book_id: int, statement: Evidence, *, bundle: Bundle, detail: Detail
) -> Resolution:  # fmt: skip
    """A third party's statement about one client as it came, once for each reference; posts nothing. NotThere(person_unknown,
    line_unknown); NotPaidOut; ServiceUnknown; NotSettled(third_party_missing, fee_line_unfit, statement_known)."""
    setup = setup_of((await read_standing(connection, book_id, statement.person)).said)
    if not setup.registered:
        raise NotThere("person_unknown")
    if statement.line not in setup.lines:
        raise NotThere("line_unknown")
    line = setup.lines[statement.line][0]
    if line.management != "third_party" or line.is_kept:
        raise NotPaidOut
    if line.third_party is None or line.third_party != statement.payee:
        raise NotSettled("third_party_missing")
    bundle.service_kind(statement.service or "")
    if (statement.fee is None) != (statement.fee_line is None):
        raise NotSettled("fee_line_unfit")
    if statement.fee_line is not None and statement.fee is not None:
        fee_line = setup.lines.get(statement.fee_line, (line, ""))[0]
        if fee_line.line == line.line or fee_line.third_party != statement.payee or statement.fee >= statement.amount:
            raise NotSettled("fee_line_unfit")
    guard = await once(connection, book_id, statement.subject, "statement_known")
    return Resolution((evidence_recorded("statement_entered", statement, detail=detail),), (guard,))


async def accept_statement(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, number: int, effective_on: date
) -> Decided:  # fmt: skip
    """Accepts a statement (event 10), by another than entered it, once: decided by the rules and posted whatever they find. What it
    tells of beyond what was paid ahead is owed to the third party as an invoice is (event 7).
    NotSettled(statement_not_found, statement_settled, invoice_known)."""

    async def look(connection: Connection) -> Resolution:
        standing = await read_standing(connection, gate.book_id, person)
        lines = setup_of(standing.said).lines
        await foresee(connection, entries=(number,), subjects=ends_of(standing.balances))
        found = await document_of(
            connection, gate.book_id, person=person, number=number, act="statement_entered", missing="statement_not_found",
            settled="statement_settled",
        )  # fmt: skip
        said, bearings = found.evidence, {}
        for name in filter(None, (said.line, said.fee_line)):
            line = lines[name][0]
            day = day_of_shares(line, effective_on)
            bearings[name] = await bearing_of(connection, gate.book_id, line, standing, day, effective_on)
        beyond = [
            await once(connection, gate.book_id, beyond_statement_subject(said.subject, part), "invoice_known")
            for part in ("care", "fee")
        ]  # fmt: skip
        wanted = Wanted(
            act="evidence", person=person, line=said.line or "", service=said.service or "",
            amount=said.amount - (said.fee or 0), effective_on=effective_on, payee=said.payee, money_gone=True,
        )  # fmt: skip
        raise ToDecide(
            wanted, await facts_of(connection, gate.book_id, wanted, sender.key),
            lambda facts, filled: _posted(said, number, bearings, facts, filled, effective_on),
            (Guard(said.subject, number), Guard(f"person/{person}", standing.version), *beyond), (number,),
        )  # fmt: skip

    return await found_or_decided(
        gate, sender, timeout_seconds, look, person=person, act="evidence", judged_on=effective_on, because=number
    )


def _posted(
    said: Evidence, number: int, bearings: Mapping[str, Bearing], facts: Facts, filled: Asked, effective_on: date
) -> Sequence[AnyRequest]:  # fmt: skip
    """The acceptance, what was paid ahead for it, and for care and fee the invoice of what was not."""
    third_party, care_line = said.payee or "", filled.line
    fee, fee_line = said.fee or 0, care_line if said.fee_line is None else filled.setup.lines[said.fee_line][0]
    code = account("tp_advance", third_party=third_party, person=said.person).code
    in_hand = facts.standing.balances.get(code, 0)
    care_paid = covered(said.amount - fee, _shares(care_line, facts), in_hand)
    fee_paid = covered(fee, _shares(fee_line, facts), in_hand - care_paid)
    made: list[AnyRequest] = [evidence_recorded("statement_accepted", said, because=number, effective_on=effective_on)]
    if care_paid or fee_paid:
        made.append(statement_accepted(
            amount=care_paid, shares=_shares(care_line, facts), fee=fee_paid, fee_shares=_shares(fee_line, facts),
            third_party=third_party, effective_on=effective_on, because=-2,
        ))  # fmt: skip
    for part, line, pence in (
        ("care", care_line, said.amount - fee - care_paid),
        ("fee", fee_line, fee - fee_paid),
    ):
        if pence:
            beyond = Evidence(
                subject=beyond_statement_subject(said.subject, part), person=said.person, amount=pence, line=line.line,
                payee=third_party, service=said.service, document_on=said.document_on, of=number,
            )  # fmt: skip
            made += bearings[line.line].opened
            made.append(evidence_recorded("invoice_accepted", beyond, because=number, effective_on=effective_on))
            day = day_of_shares(line, effective_on)
            shares = shares_of(
                line, bearings[line.line].year, funds_of(facts.rules.funds), facts.standing.balances, day
            )
            made.append(invoice_settled_directly(amount=pence, shares=shares, payee=third_party, effective_on=effective_on,
                                                 because=-len(made) - 1))  # fmt: skip
    return made


def _shares(line: Line, facts: Facts) -> list[Share]:
    funds, balances = funds_of(facts.rules.funds), facts.standing.balances
    return list(every_share_of(line, funds, balances))
