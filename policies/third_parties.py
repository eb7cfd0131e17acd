"""What third parties tell of the money that they hold: a statement for each client, of care and of their own fee.

A statement posts nothing until somebody else accepts it; then it is evidence of what was advanced, and goes through the gate as a
fact. Nothing here knows HTTP.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from ledger.budgets.claims import Evidence, evidence_recorded
from ledger.budgets.plans import Line
from ledger.budgets.reading import every_share_of, funds_of, setup_of, version_of
from ledger.budgets.shares import Share
from ledger.budgets.standing import Facts, read_standing
from ledger.budgets.third_parties import statement_accepted
from ledger.core.model import Detail, Guard
from ledger.core.requests import AnyRequest
from policies.bundle import Bundle
from policies.gate import Decided, Gate, NotPaidOut, Sender
from policies.resolution import Resolution
from policies.settling import Document, NotSettled, document_of, once, until_steady
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
    if line.management != "third_party":
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
    """Accepts a statement (event 10), by another than entered it, once: decided by the rules and posted whatever they find.
    NotSettled(statement_not_found, statement_settled), and CannotApportion when a line was not paid so much."""

    async def look(connection: Connection) -> tuple[Document, int]:
        found = await document_of(
            connection, gate.book_id, person=person, number=number, act="statement_entered", missing="statement_not_found",
            settled="statement_settled",
        )  # fmt: skip
        return found, await version_of(connection, gate.book_id, f"person/{person}")

    async def attempt(found: tuple[Document, int]) -> Decided:
        statement, version = found
        said = statement.evidence
        wanted = Wanted(
            act="evidence", person=person, line=said.line or "", service=said.service or "",
            amount=said.amount - (said.fee or 0), effective_on=effective_on, payee=said.payee, money_gone=True,
        )  # fmt: skip
        return await gate.fact(
            wanted, sender, timeout_seconds, lambda facts, filled: _posted(said, number, facts, filled, effective_on),
            act="evidence", other_than=(number,), because=number,
            guards=(Guard(said.subject, number), Guard(f"person/{person}", version)),
        )  # fmt: skip

    return await until_steady(gate, sender, look, attempt)


def _posted(said: Evidence, number: int, facts: Facts, filled: Asked, effective_on: date) -> Sequence[AnyRequest]:
    fee_line = filled.setup.lines[said.fee_line][0] if said.fee_line is not None else None
    money = statement_accepted(
        amount=said.amount - (said.fee or 0), shares=_shares(filled.line, facts), fee=said.fee or 0,
        fee_shares=() if fee_line is None else _shares(fee_line, facts), third_party=said.payee or "",
        effective_on=effective_on, because=-2,
    )  # fmt: skip
    return (evidence_recorded("statement_accepted", said, because=number, effective_on=effective_on), money)


def _shares(line: Line, facts: Facts) -> list[Share]:
    funds, balances = funds_of(facts.rules.funds), facts.standing.balances
    return list(every_share_of(line, funds, balances))
