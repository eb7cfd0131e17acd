"""Money that is paid out to a holder: instalments, lines of the holder's bank, and what holders say that they bought.

A claim posts nothing. Accepted by somebody else it is evidence, and goes through the gate as a fact: the money has gone already.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.budgets.bank_reading import is_from_feed
from ledger.budgets.bank_records import SETTLED_BY_MATCH
from ledger.budgets.carried import every_share_of
from ledger.budgets.chart import account
from ledger.budgets.claims import Evidence, evidence_recorded
from ledger.budgets.documents import Documented, documented
from ledger.budgets.facts import bank_line_accepted, bank_line_taken, spend_evidenced
from ledger.budgets.foreseen import foresee
from ledger.budgets.plans import Line
from ledger.budgets.reading import (
    funds_of,
    said_at,
    said_of,
    said_of_person,
    setup_of,
    version_of,
)
from ledger.budgets.standing import Facts, Standing, read_standing
from ledger.budgets.taken_back import explained_of, taken_back
from ledger.core.model import Detail, Guard, Malformed
from ledger.core.requests import AnyRequest
from policies.bundle import Bundle
from policies.cutting_off import estimate_of, evidence_came
from policies.gate import Decided, Gate, NotPaidOut, Sender
from policies.memory import facts_of
from policies.relying import is_answer_to
from policies.resolution import Resolution
from policies.settling import Document, NotSettled, ToDecide, counted_of, document_of, found_or_decided, once
from policies.sheets import Asked, NotThere, Wanted, check_delegated

Connection = Any
PERCENT = 100


def account_of(line: Line) -> str:
    """The holder's account that a line is paid into. NotPaidOut."""
    if line.management == "notional" or line.holder_account is None:
        raise NotPaidOut
    return line.holder_account


async def take_bank_line(
    connection: Connection, book_id: int, evidence: Evidence, *, effective_on: date, detail: Detail
) -> Resolution:  # fmt: skip
    """A payment that left a holder's account, from its feed, once: until it is explained it is money without evidence (event 13).
    NotThere(person_unknown); NotSettled(holder_account_unknown, bank_line_known)."""
    standing = await read_standing(connection, book_id, evidence.person)
    setup, holder_account = setup_of(standing.said), evidence.holder_account or ""
    if not setup.registered:
        raise NotThere("person_unknown")
    if holder_account not in setup.holder_accounts:
        raise NotSettled("holder_account_unknown")
    await foresee(connection, subjects=(evidence.subject,), kinds=("evidence",))
    guard = await once(connection, book_id, evidence.subject, "bank_line_known")
    if await is_from_feed(connection, book_id, evidence.person, holder_account, evidence.subject.rpartition("/")[2]):
        raise NotSettled("bank_line_known")
    taken = evidence_recorded("bank_line_taken", evidence, effective_on=effective_on, detail=detail)
    posts = bank_line_taken(
        amount=evidence.amount, person=evidence.person, holder_account=holder_account,
        in_account=_in_account(evidence.person, holder_account, standing), effective_on=effective_on, because=-1,
    )  # fmt: skip
    return Resolution((taken, *posts), (guard, Guard(f"person/{evidence.person}", standing.version)))


def _in_account(person: str, holder_account: str, standing: Standing) -> int:
    return standing.balances.get(account("advance", person=person, holder_account=holder_account).code, 0)


def check_spent(evidence: Evidence, today: date) -> None:
    """What was bought was bought on a day that has come. Malformed(dates_malformed)."""
    if evidence.document_on is not None and evidence.document_on > today:
        raise Malformed("dates_malformed", "spent_on")


async def check_answered(connection: Connection, book_id: int, evidence: Evidence, payee: str | None) -> None:
    """What was bought relies on nothing, or on an answer to this question that had been given when it was bought.
    NotThere(ask_unknown)."""
    if evidence.relies_on is not None:
        said = await said_at(connection, book_id, evidence.relies_on)
        is_own = said is not None and (said.kind, said.attributes.get("person")) == ("decision", evidence.person)
        answers = is_answer_to(said, line=evidence.line or "", service=evidence.service or "", payee=payee)
        given_on, bought_on = said.day if said is not None else None, evidence.document_on
        if not (is_own and answers) or (given_on is not None and bought_on is not None and bought_on < given_on):
            raise NotThere("ask_unknown")


async def enter_claim(
    connection: Connection, book_id: int, evidence: Evidence, *, bundle: Bundle, holder: str | None, today: date,
    scopes: frozenset[str], detail: Detail, care_from: date | None = None, care_to: date | None = None,
) -> Resolution:  # fmt: skip
    """What a holder says was bought from money paid out; posts nothing. NotThere(person_unknown, line_unknown, ask_unknown),
    NotDelegated, NotPaidOut, ServiceUnknown, NotSettled(bank_line_not_found, estimate_not_found, estimate_or_bank_line);
    Malformed(dates_malformed) for what nobody can have bought yet."""
    check_spent(evidence, today)
    setup = setup_of((await read_standing(connection, book_id, evidence.person)).said)
    check_delegated(setup, holder, today, scopes)
    if evidence.line not in setup.lines:
        raise NotThere("line_unknown")
    holder_account = account_of(setup.lines[evidence.line][0])
    bundle.service_kind(evidence.service or "")
    await foresee(
        connection, entries=(evidence.relies_on, evidence.bank_line, evidence.estimate),
        kinds=("evidence",) if evidence.estimate is not None else (),
    )  # fmt: skip
    await check_answered(connection, book_id, evidence, evidence.payee)
    if evidence.bank_line is not None:
        said = await said_at(connection, book_id, evidence.bank_line)
        if said is None or said.act != "bank_line_taken" or said.attributes.get("person") != evidence.person:
            raise NotSettled("bank_line_not_found")
        if said.attributes.get("holder_account") != holder_account:
            raise NotSettled("bank_line_not_found")
    if evidence.estimate is not None:
        if evidence.bank_line is not None:
            # A line of the bank is explained by what is spent, and this was spent with the estimate.
            raise NotSettled("estimate_or_bank_line")
        await estimate_of(connection, book_id, evidence, "care_bought_accepted")
    claimed = evidence_recorded("claimed", evidence, care_from=care_from, care_to=care_to, detail=detail)
    return Resolution((claimed,), (Guard(evidence.subject, 0),))


async def accept_claim(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, number: int, effective_on: date
) -> Decided:  # fmt: skip
    """Accepts a claim, by another than made it, once: a fact, decided by the rules and posted whatever they find (event 12, or 13
    for a bank line); what was recognised at a year's end at estimate needs no verdict again (event 50).
    NotSettled(claim_not_found, claim_settled, receipt_counted, bank_line_exceeded, estimate_exceeded), and
    CannotApportion when the line was not paid so much."""

    async def look(connection: Connection) -> Resolution:
        await foresee(connection, entries=(number,), kinds=("evidence", "notice"))
        claim = await document_of(
            connection, gate.book_id, person=person, number=number, act="claimed", missing="claim_not_found",
            settled="claim_settled",
        )  # fmt: skip
        if claim.evidence.bank_line is not None:
            await _check_bank_line(connection, gate.book_id, claim.evidence, claim.evidence.bank_line)
        # Whoever made the claim does not accept it, also when somebody else has tied it to a line of the bank since.
        made = await said_of(connection, gate.book_id, claim.evidence.subject)
        makers = tuple(each.number for each in made if each.act == "claimed")
        said = await said_of_person(connection, gate.book_id, person, ["evidence"])
        limits = gate.limits_on(effective_on)
        papers = documented(said, claim.evidence.subject, claim.evidence.amount, effective_on,
                            without=limits.no_receipt_pence, in_year=limits.no_receipt_year_pence)  # fmt: skip
        counted = await counted_of(connection, gate.book_id, claim.evidence)
        claim = claim._replace(evidence=msgspec.structs.replace(claim.evidence, same_as=counted.number or None))
        evidence = claim.evidence
        if evidence.estimate is not None:
            return await evidence_came(
                connection, gate.book_id, person=person, number=number, effective_on=effective_on, makers=makers
            )
        wanted = _wanted(claim, papers, effective_on)
        version = await version_of(connection, gate.book_id, f"person/{person}")
        raise ToDecide(
            wanted, await facts_of(connection, gate.book_id, wanted, sender.key),
            lambda facts, filled: _evidenced(claim, facts, filled, effective_on),
            (Guard(evidence.subject, number), Guard(f"person/{person}", version)), makers,
        )  # fmt: skip

    return await found_or_decided(
        gate, sender, timeout_seconds, look, person=person, act="evidence", judged_on=effective_on, because=number
    )


def _wanted(claim: Document, papers: Documented, effective_on: date) -> Wanted:
    """What the rules are asked of a claim, with what papers there are of it."""
    evidence = claim.evidence
    return Wanted(
        act="evidence", person=evidence.person, line=evidence.line or "", service=evidence.service or "", amount=evidence.amount,
        effective_on=effective_on, payee=evidence.payee, money_gone=True, spent_on=evidence.document_on,
        care_from=claim.care_from, care_to=claim.care_to, illegible=papers.state == "illegible" and not papers.needs_none,
        claimed_before=evidence.same_as is not None, lost=papers.lost,
        lost_percent=-(-papers.lost * PERCENT // papers.accepted), relies_on=evidence.relies_on or 0,
    )  # fmt: skip


async def _check_bank_line(connection: Connection, book_id: int, evidence: Evidence, bank_line: int) -> None:
    """A bank line is explained up to its amount, by as many claims as that takes, and while it stands."""
    taken = await said_at(connection, book_id, bank_line)
    if taken is None or (await said_of(connection, book_id, taken.subject))[-1].number != bank_line:
        raise NotSettled("bank_line_not_found")
    matches = await said_of(connection, book_id, f"bank_match/{bank_line}")
    if matches and matches[-1].attributes.get("matched") in SETTLED_BY_MATCH:
        raise NotSettled("bank_line_matched")
    # What is questioned, demanded or waived of it is not there to be explained.
    explained = await explained_of(connection, book_id, evidence.person, bank_line)
    explained += (await taken_back(connection, book_id, evidence.person, bank_line)).total
    if explained + evidence.amount > int(taken.attributes["amount"]):
        raise NotSettled("bank_line_exceeded")


def _evidenced(claim: Document, facts: Facts, filled: Asked, effective_on: date) -> Sequence[AnyRequest]:
    evidence, line = claim.evidence, filled.line
    holder_account = account_of(line)
    shares = every_share_of(line, funds_of(facts.rules.funds), facts.standing.balances)
    accepted = evidence_recorded("evidence_accepted", evidence, because=claim.number, effective_on=effective_on,
                                 care_from=claim.care_from, care_to=claim.care_to)  # fmt: skip
    if evidence.bank_line is not None:
        post = bank_line_accepted(amount=evidence.amount, shares=shares, holder_account=holder_account,
                                  effective_on=effective_on, because=-2)  # fmt: skip
        return (accepted, post)
    return (accepted, *spend_evidenced(
        amount=evidence.amount, shares=shares, holder_account=holder_account,
        in_account=_in_account(line.person, holder_account, facts.standing), effective_on=effective_on, because=-2,
    ))  # fmt: skip
