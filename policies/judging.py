"""Acts that are no spending: what they are about as things stand, the rules' verdict, and what follows, in one group.

A caller says how things stand (a Case); what the rules say decides whether anything follows. A decision is recorded either way.
What was referred and approved by another person can be asked for again, once, naming the referral: then it is done, unless the
rules object to what they did not object to then.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import Any

import msgspec

from ledger.book.statements import read_entry
from ledger.budgets.foreseen import foresee
from ledger.budgets.reading import said_at, said_of
from ledger.budgets.standing import read_rules, read_standing
from ledger.budgets.wording import numbered
from ledger.core.model import Detail, Guard
from ledger.core.requests import AnyRequest
from policies.beside import beside
from policies.decisions import act_record, detail_of_verdict
from policies.facts import FactSheet
from policies.gate import ACTIVE_BUNDLE, BundleNotActive, Decided, Gate, Sender
from policies.resolution import Resolution

Connection = Any


class ApprovalUnfit(ValueError):
    """The entry named as approved is no approved referral of this act for this person and line and at least this amount, or it
    has been used before."""

    code = "approval_unfit"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An act on a person's budget as it stands at one moment; or on what is of the whole book, a `subject`: then `person` is empty.

    `requests` are submitted when the rules allow it; in them −1 is the decision, −2 the first of them, and so on. `guards` are
    what the facts rest on besides the person and the rules in force, which are guarded anyway; `other_than` the entries whose
    makers may not ask for this. `approved` is the number of a referral of the same act that another person has approved; `stated`
    are further codes that the decision names."""

    sheet: FactSheet
    act: str
    person: str
    amount: int
    effective_on: date
    requests: tuple[AnyRequest, ...]
    line: str | None = None
    subject: str | None = None
    guards: tuple[Guard, ...] = ()
    other_than: tuple[int, ...] = ()
    because: int = 0
    approved: int = 0
    is_fact: bool = False
    """It has happened already: `requests` are submitted whatever the rules find, and a referral is a task."""
    before: int = 0
    """Pence of the same that were done before: they count with it against the limit of whoever approved it."""
    stated: dict[str, str] = {}
    least: dict[str, int] = {}
    """Numbers that the decision states as well: what was approved for so many covers as many and more, and no fewer."""
    most: dict[str, int] = {}
    """The same of numbers of which as many and fewer are covered, and no more."""


async def judge(
    gate: Gate, sender: Sender, timeout_seconds: float, look: Callable[[Connection], Awaitable[Case]], *, person: str
) -> Decided:  # fmt: skip
    """What became of an act: the decision on it, with everything that follows when it is allowed. `person` is whose version
    guards it, empty for an act that is about nobody's budget or whose case guards that itself.

    `look` gives the case, from one moment; it raises what makes the question itself impossible. Raises ApprovalUnfit,
    BundleNotActive, BudgetBusy."""
    made: list[tuple[Detail, Callable[[], None]]] = []

    async def make(connection: Connection) -> Resolution:
        versions: tuple[Guard, ...] = ()
        if person:
            versions = (Guard(f"person/{person}", (await read_standing(connection, gate.book_id, person)).version),)
        rules = await read_rules(connection, gate.book_id)
        while True:
            try:
                engine, trial = await gate.engines(rules, connection)
            except BundleNotActive:
                # Rules or none, what is not there is said to be not there.
                await look(connection)
                raise
            case = await look(connection)
            # Another request may have met midnight, and rules that begin with the day, while this one looked.
            if gate.engine is engine:
                break
        verdict = engine.judged(case.sheet)
        tried = beside(trial, case.sheet, gate.book, case.effective_on, engine.bundle) if trial else None
        none: tuple[None, frozenset[str]] = (None, frozenset())
        approval, answered = await _approval(connection, gate.book_id, case) if case.approved else none
        # Whoever approved it answered what was found then, and was not asked about anything else.
        is_answered = approval is not None and {each.rule for each in verdict.findings} <= answered
        outcome = "allow" if verdict.outcome == "refer" and is_answered else verdict.outcome
        leans = case.approved if is_answered else 0
        detail = detail_of_verdict(gate.salt(), case.sheet, verdict, tried=tried)
        made.append((detail, partial(gate.count, engine, verdict, trial, tried)))
        stated = case.stated | {name: str(number) for name, number in (case.least | case.most).items()}
        decision = act_record(
            verdict, detail, act=case.act, person=case.person or None, amount=case.amount, effective_on=case.effective_on,
            outcome=outcome, line=case.line, stated=stated, because=case.because, approved=leans, subject=case.subject,
            decide_by=gate.decide_by() if outcome == "refer" else None, makers=case.other_than,
        )  # fmt: skip
        guards = (
            *versions,
            Guard(ACTIVE_BUNDLE, rules.bundle_version),
            *([approval] if approval else []),
            *case.guards,
        )
        return Resolution(
            (decision, *(case.requests if case.is_fact or outcome == "allow" else ())),
            tuple(dict.fromkeys(guards)),
            case.other_than,
        )

    decided = await gate.carry_out(make, sender, timeout_seconds, person=person)
    if decided.outcome.replayed or decided.outcome.refusal is not None:
        return decided
    detail, count = made[-1]
    count()
    return Decided(decided.outcome, detail.content)


async def _approval(connection: Connection, book_id: int, case: Case) -> tuple[Guard, frozenset[str]]:
    """The guard under which an approved referral is used, once, and the rules that it answers. ApprovalUnfit."""
    await foresee(connection, entries=(case.approved,))
    referral = await said_at(connection, book_id, case.approved)
    said = await said_of(connection, book_id, f"decision/{case.approved}")
    if referral is None or referral.kind != "decision" or len(said) != 1 or said[0].attributes["outcome"] != "allow":
        raise ApprovalUnfit
    given = referral.attributes
    same = (given.get("act"), given.get("person"), given.get("line"))
    if same != (case.act, case.person or None, case.line) or case.amount > int(given["amount"]):
        raise ApprovalUnfit
    # Two parts may both have been approved before either was done.
    limit = said[0].attributes.get("limit")
    if limit is not None and case.amount + case.before > int(limit):
        raise ApprovalUnfit
    # Nor does what was approved of one demand, question, notice or instalment say anything of another.
    if (await read_entry(connection, book_id, case.approved)).entry.because != case.because:
        raise ApprovalUnfit
    # What was approved for one version of a plan, or one line to move money to, says nothing of another.
    if any(given.get(name) != value for name, value in case.stated.items()):
        raise ApprovalUnfit
    if any(number < int(given.get(name, 0)) for name, number in case.least.items()):
        raise ApprovalUnfit
    if any(number > int(given.get(name, 0)) for name, number in case.most.items()):
        raise ApprovalUnfit
    return Guard(f"decision/{case.approved}", said[0].number), frozenset(numbered(given, "finding"))
