"""Documents of evidence as they are taken: for an entry of this person, once each, and judged by somebody else than gave them."""

from datetime import date
from typing import Any

import msgspec

from ledger.budgets import documents
from ledger.budgets.foreseen import foresee
from ledger.budgets.reading import said_at, said_of, said_of_person, setup_of
from ledger.budgets.standing import read_standing
from ledger.core.model import Detail, Guard
from ledger.money import MAX_PENCE
from policies.delegated import own_limit
from policies.facts_evidence import Judging
from policies.gate import Decided, Gate, Sender
from policies.judging import Case, judge
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any


async def give_document(
    connection: Connection, book_id: int, document: documents.Document, *, detail: Detail
) -> Resolution:  # fmt: skip
    """A file, or an explanation instead of one (reg 12), for a claim, an invoice or a bank line of this person; posts nothing. An
    explanation may be given anew. NotThere(person_unknown); NotSettled(evidence_not_found, document_known)."""
    if not setup_of((await read_standing(connection, book_id, document.person)).said).registered:
        raise NotThere("person_unknown")
    kinds = () if document.sha256 is None else ("evidence",)
    await foresee(connection, entries=(document.of,), subjects=(document.subject,), kinds=kinds)
    about = await said_at(connection, book_id, document.of)
    if about is None or about.act not in documents.OF or about.attributes.get("person") != document.person:
        raise NotSettled("evidence_not_found")
    before = await said_of(connection, book_id, document.subject)
    if before and document.sha256 is not None:
        raise NotSettled("document_known")
    if document.sha256 is not None:
        others = documents.documents_in(await said_of_person(connection, book_id, document.person, ["evidence"]))
        seen = any(each.sha256 == document.sha256 for _, each in others)
        document = msgspec.structs.replace(document, again=seen)
    act = "document_said" if document.sha256 is None else "document_given"
    record = documents.document_recorded(act, document, because=document.of, detail=detail)
    return Resolution((record,), (Guard(document.subject, before[-1].number if before else 0),))


async def judge_document(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, number: int, state: str, effective_on: date,
    detail: Detail | None, approved: int = 0,
) -> Decided:  # fmt: skip
    """Says how a document stands, by another than gave it. What is a finding is written down whatever the rules say of it; to
    exempt somebody from evidence, or to call complete what is not there, is an act that they can refuse.
    NotSettled(document_not_found)."""

    async def look(connection: Connection) -> Case:
        book_id = gate.book_id
        await foresee(connection, entries=(number, approved), limits_of=sender.asked.actor)
        found = await document_given(connection, book_id, person, number)
        last = (await said_of(connection, book_id, found.subject))[-1].number
        about = await said_at(connection, book_id, found.of)
        # Whoever gave it said for how much it is, and what is exempted is all that it is evidence of.
        amount = max(found.amount or 0, int(about.attributes.get("amount", "0") if about is not None else "0"))
        limit = await own_limit(connection, gate, sender.asked.actor, "judge_evidence", effective_on)
        local = gate.limits_on(effective_on).exempt_pence
        sheet = Judging(
            act="judge_evidence", said_complete=state == "complete", said_illegible=state == "illegible",
            said_exempt=state == "exempt", has_document=found.sha256 is not None, amount_pence=amount,
            limit_exempt_pence=local if limit.pence == MAX_PENCE else limit.pence,
        )  # fmt: skip
        judged = documents.document_recorded("document_judged", msgspec.structs.replace(found, state=state), because=number,
                                             detail=detail)  # fmt: skip
        return Case(
            sheet=sheet, act="judge_evidence", person=person, amount=amount, effective_on=effective_on, requests=(judged,),
            guards=(Guard(found.subject, last), *limit.guards), other_than=(number,), because=number, approved=approved,
            is_fact=state not in ("complete", "exempt"), stated={"state": state},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=person)


async def document_given(connection: Connection, book_id: int, person: str, number: int) -> documents.Document:
    """The document that an entry of this person gave, as it stands. NotSettled(document_not_found)."""
    said = await said_at(connection, book_id, number)
    if said is None or said.act not in ("document_given", "document_said") or said.attributes.get("person") != person:
        raise NotSettled("document_not_found")
    newest = (await said_of(connection, book_id, said.subject))[-1]
    return documents.document_of(newest.attributes)[0]
