"""The cut-off of a year: care that was had by 31 March and of which no invoice or evidence has come, and what comes for it later.

An estimate is entered by one person and accepted by another; accepted, it is a cost of the year that is over and is not taken back
(accounting.md events 48 to 50). The invoice or the evidence of it settles the estimate, and is not spent a second time.
"""

from datetime import date
from typing import Any

import msgspec

from ledger.budgets.chart import account
from ledger.budgets.claims import Evidence, evidence_of, evidence_recorded
from ledger.budgets.foreseen import foresee
from ledger.budgets.plans import Line
from ledger.budgets.presence import which_are_open
from ledger.budgets.reading import (
    funds_of,
    order_of,
    said_at,
    said_of,
    said_of_person,
    setup_of,
    shares_of,
    version_of,
)
from ledger.budgets.shares import Share
from ledger.budgets.standing import Standing, read_rules, read_standing
from ledger.budgets.year_end import (
    care_bought,
    care_uninvoiced,
    care_uninvoiced_directly,
    evidence_arrived,
    uninvoiced_invoiced,
    uninvoiced_opened,
)
from ledger.core.calendar import period_days, year_of
from ledger.core.model import Detail, Guard
from ledger.core.requests import AnyRequest
from policies.bearing import every_share, shares_opened
from policies.gate import NotPaidOut, PaidOut
from policies.resolution import Resolution
from policies.settling import NotSettled, document_of, once
from policies.sheets import NotThere

Connection = Any
ACCEPTED = {"uninvoiced_entered": "uninvoiced_accepted", "care_bought_entered": "care_bought_accepted"}
"""What becomes of an estimate that was entered so."""


async def enter_estimate(
    connection: Connection, book_id: int, evidence: Evidence, *, year: str, care_from: date | None, care_to: date | None,
    today: date, detail: Detail,
) -> Resolution:  # fmt: skip
    """An estimate of what care had cost by the end of a year that is over; posts nothing. With a payee it is of care that is not
    invoiced, else of care that a direct payment bought. NotThere(person_unknown, line_unknown); PaidOut, NotPaidOut;
    NotSettled(year_not_over, estimate_not_of_year, hold_not_found, hold_waiting, payee_differs, payee_not_approved)."""
    first, last = period_days(year)
    if today <= last:
        raise NotSettled("year_not_over")
    if any(day is not None and not first <= day <= last for day in (care_from, care_to)):
        raise NotSettled("estimate_not_of_year")
    standing = await read_standing(connection, book_id, evidence.person)
    setup = setup_of(standing.said)
    if not setup.registered:
        raise NotThere("person_unknown")
    if evidence.line not in setup.lines:
        raise NotThere("line_unknown")
    line = setup.lines[evidence.line][0]
    if line.end < first or line.start > last:
        raise NotSettled("estimate_not_of_year")
    if evidence.payee is None:
        if line.management != "direct_payment" or line.holder_account is None:
            raise NotPaidOut
    else:
        if line.management == "direct_payment":
            raise PaidOut
        await foresee(connection, entries=((evidence.hold or 1) - 1,), subjects=(evidence.payee, evidence.subject))
        await _check_order(connection, book_id, evidence)
        if not any(row.act == "approved" for row in await said_of(connection, book_id, evidence.payee)):
            raise NotSettled("payee_not_approved")
    act = "care_bought_entered" if evidence.payee is None else "uninvoiced_entered"
    entered = evidence_recorded(act, evidence, care_from=care_from, care_to=care_to, detail=detail)
    return Resolution((entered,), (await once(connection, book_id, evidence.subject, "estimate_known"),))


async def _check_order(connection: Connection, book_id: int, evidence: Evidence) -> None:
    if evidence.hold is None:
        return
    order = await order_of(connection, book_id, evidence.person, evidence.hold)
    if order is None or order.line.line != evidence.line or order.closed:
        raise NotSettled("hold_not_found")
    if order.purpose != "order":
        raise NotSettled("hold_waiting")
    if order.payee != evidence.payee:
        raise NotSettled("payee_differs")


async def accept_estimate(connection: Connection, book_id: int, *, person: str, number: int, act: str) -> Resolution:
    """Accepts an estimate, by another than entered it: a cost of the year, dated its last day (events 48, 50). `act` is how it was
    entered. NotSettled(estimate_not_found, estimate_settled, hold_not_found); CannotApportion where a line was not paid so much."""
    found = await document_of(
        connection,
        book_id,
        person=person,
        number=number,
        act=act,
        missing="estimate_not_found",
        settled="estimate_settled",
    )
    evidence, standing = found.evidence, await read_standing(connection, book_id, person)
    assert evidence.document_on is not None
    last, line = evidence.document_on, setup_of(standing.said).lines[evidence.line or ""][0]
    accepted = evidence_recorded(ACCEPTED[act], evidence, because=number, effective_on=last, care_from=found.care_from,
                                 care_to=found.care_to)  # fmt: skip
    stated: dict[str, Any] = {"effective_on": last, "care_from": found.care_from, "care_to": found.care_to}
    made: list[AnyRequest] = [accepted]
    guards = [Guard(evidence.subject, number), Guard(f"person/{person}", standing.version)]
    if evidence.payee is None:
        shares = [
            share for share in await every_share(connection, book_id, line, standing) if share.year <= year_of(last)
        ]
        made.append(care_bought(amount=evidence.amount, shares=shares, holder_account=line.holder_account or "", because=-1,
                                **stated))  # fmt: skip
        return Resolution(tuple(made), tuple(guards), (number,))
    if not await which_are_open(connection, book_id, [account("uninvoiced", payee=evidence.payee).code]):
        made.append(uninvoiced_opened(evidence.payee))
    year_shares = await _shares(connection, book_id, line, standing, year_of(last))
    if evidence.hold is None:
        made.append(care_uninvoiced_directly(amount=evidence.amount, shares=year_shares, payee=evidence.payee,
                                             because=-1, **stated))  # fmt: skip
    else:
        order = await order_of(connection, book_id, person, evidence.hold)
        if order is None or order.closed or {share.year for share in order.shares} != {line.year_on(last)}:
            raise NotSettled("hold_not_found")
        guards.append(Guard(f"line/{line.line}", await version_of(connection, book_id, f"line/{line.line}")))
        made.append(care_uninvoiced(hold=order.hold, remaining=order.remaining, amount=evidence.amount, shares=order.shares,
                                    payee=evidence.payee, because=-1, **stated))  # fmt: skip
    return Resolution(tuple(made), tuple(guards), (number,))


async def _shares(connection: Connection, book_id: int, line: Line, standing: Standing, year: str) -> tuple[Share, ...]:
    funds = funds_of((await read_rules(connection, book_id)).funds)
    return shares_of(line, year, funds, standing.balances)


async def estimate_of(connection: Connection, book_id: int, evidence: Evidence, act: str) -> tuple[Evidence, int]:
    """The accepted estimate that an invoice or claim names, and how many pence of it nothing has come for yet.
    NotSettled(estimate_not_found) where it is another line's or payee's, or does not stand."""
    said = await said_at(connection, book_id, evidence.estimate or 0)
    if said is None or said.act != act or said.attributes.get("person") != evidence.person:
        raise NotSettled("estimate_not_found")
    if (await said_of(connection, book_id, said.subject))[-1].number != said.number:
        raise NotSettled("estimate_not_found")
    found = evidence_of(said.subject, said.attributes)[0]
    if (found.line, found.payee) != (evidence.line, evidence.payee if act == "uninvoiced_accepted" else None):
        raise NotSettled("estimate_not_found")
    used, rows = 0, await said_of_person(connection, book_id, evidence.person, ["evidence"])
    last = {row.subject: row for row in rows}
    for row in rows:
        if row.attributes.get("estimate") == str(said.number) and row.act in ("invoice_accepted", "evidence_accepted"):
            used += 0 if last[row.subject].act == "reversed" else int(row.attributes.get("estimated", "0"))
    return found, found.amount - used


async def settle_uninvoiced(
    connection: Connection, book_id: int, *, person: str, number: int, effective_on: date
) -> Resolution:  # fmt: skip
    """Accepts the invoice of an estimate, by another than entered it (event 49): what it differs by is a cost of the year that it
    comes in, or lowers it. An invoice that is not the last uses as much of the estimate as it asks for.
    NotSettled(invoice_not_found, invoice_settled, estimate_not_found, estimate_used, estimate_of_this_year)."""
    found = await document_of(
        connection, book_id, person=person, number=number, act="invoice_entered", missing="invoice_not_found",
        settled="invoice_settled",
    )  # fmt: skip
    evidence = found.evidence
    estimate, left = await estimate_of(connection, book_id, evidence, "uninvoiced_accepted")
    if not left:
        raise NotSettled("estimate_used")
    assert estimate.document_on is not None
    if effective_on <= estimate.document_on:
        raise NotSettled("estimate_of_this_year")
    used = left if evidence.final else min(left, evidence.amount)
    standing = await read_standing(connection, book_id, person)
    line = setup_of(standing.said).lines[evidence.line or ""][0]
    shares = await _shares(connection, book_id, line, standing, year_of(effective_on))
    accepted = evidence_recorded("invoice_accepted", _using(evidence, used), because=number, effective_on=effective_on,
                                 care_from=found.care_from, care_to=found.care_to)  # fmt: skip
    made: list[AnyRequest] = [accepted]
    if used != evidence.amount:
        made = [*await shares_opened(connection, book_id, shares), *made]
    made += uninvoiced_invoiced(
        amount=evidence.amount, estimated=used, shares=shares, payee=evidence.payee or "", effective_on=effective_on,
        care_from=found.care_from, care_to=found.care_to, because=-len(made),
    )  # fmt: skip
    guards = (Guard(evidence.subject, number), Guard(f"person/{person}", standing.version))
    return Resolution(tuple(made), guards, (number,))


def _using(evidence: Evidence, pence: int) -> Evidence:
    return msgspec.structs.replace(evidence, estimated=pence)


async def evidence_came(
    connection: Connection, book_id: int, *, person: str, number: int, effective_on: date, makers: tuple[int, ...]
) -> Resolution:  # fmt: skip
    """Accepts the evidence of care that was recognised at estimate, by another than claimed it (event 50): the account has less,
    and nothing is spent again. NotSettled(claim_not_found, claim_settled, estimate_not_found, estimate_exceeded)."""
    claim = await document_of(
        connection,
        book_id,
        person=person,
        number=number,
        act="claimed",
        missing="claim_not_found",
        settled="claim_settled",
    )
    evidence = claim.evidence
    _, left = await estimate_of(connection, book_id, evidence, "care_bought_accepted")
    if evidence.amount > left:
        raise NotSettled("estimate_exceeded")
    standing = await read_standing(connection, book_id, person)
    line = setup_of(standing.said).lines[evidence.line or ""][0]
    accepted = evidence_recorded(
        "evidence_accepted", _using(evidence, evidence.amount), because=number, effective_on=effective_on
    )
    post = evidence_arrived(amount=evidence.amount, person=person, holder_account=line.holder_account or "",
                            effective_on=effective_on, because=-1)  # fmt: skip
    guards = (Guard(evidence.subject, number), Guard(f"person/{person}", standing.version))
    return Resolution((accepted, post), guards, makers)
