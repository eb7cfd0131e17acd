"""Approvals with conditions: typed, kept in the decision, and held to by the gate for whatever relies on them."""

import os
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest

from ledger.budgets import claims
from ledger.budgets.acts import hold_released
from ledger.budgets.reading import order_of, said_at
from ledger.core.batch import Outcome
from ledger.core.calendar import day_ends_us
from ledger.core.model import Malformed
from policies import accepting, reimbursing, settling
from policies.asked_evidence import take_evidence
from policies.conditions import ASKING_EVIDENCE, Condition, ConditionUnfit, Terms, stated, terms_of, words_on
from policies.decisions import answer_detail, content_of
from policies.gate import Decided
from policies.referrals import resolve
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheet_kinds import KIND_OF_ACT
from tests.policies.scene import ALICE, BOB, CAROL, DAY, Budget, Scene, outcome_of, sender
from tests.policies.test_warrants import verified

PATIENCE = 20.0
MUCH = 1_200_00
CAP = Condition(kind="amount_cap", amount=900_00)


async def referred(scene: Scene, budget: Budget, **more: Any) -> int:
    """An order that waits for an officer, asked for by Alice."""
    decided = await scene.gate().spend(budget.wants(MUCH, **more), sender(ALICE), PATIENCE)
    assert outcome_of(decided) == "refer"
    return decided.outcome.number


async def resolution(scene: Scene, number: int, *conditions: Condition) -> Resolution:
    """A yes with conditions, as it would be submitted."""
    detail = answer_detail(b"s" * 16, "Yes.", words_on(conditions))
    async with scene.reading() as connection:
        referral = await said_at(connection, scene.book.book_id, number)
        assert referral is not None
        return await resolve(
            connection, scene.gate(), referral, actor="bob", allows=True, effective_on=DAY, today=scene.today(), reason=None,
            detail=detail, conditions=conditions,
        )  # fmt: skip


async def approved(scene: Scene, budget: Budget, *conditions: Condition, **more: Any) -> Outcome:
    """A referral approved by Bob with conditions."""
    found = await resolution(scene, await referred(scene, budget, **more), *conditions)
    return await scene.do(*found.requests, asked=BOB, guards=found.guards, other_than=found.other_than)


def decision_in(outcome: Outcome) -> Any:
    """The officer's decision among the entries of an approval."""
    return next(each for each in outcome.entries if each.kind == "decision")


def rules_in(decided: Decided) -> list[str]:
    """The rules that objected."""
    return [each.rule for each in content_of(decided.detail or b"").findings]


async def relying(scene: Scene, budget: Budget, approval: int, amount: int = 100_00, **more: Any) -> Decided:
    """Another order that relies on the approval."""
    return await scene.gate().spend(budget.wants(amount, relies_on=approval, **more), sender(ALICE), PATIENCE)


async def invoiced(
    scene: Scene, budget: Budget, hold: int | None, amount: int, reference: str, **care: date
) -> Decided:
    """An invoice entered by Alice and accepted by Carol."""
    evidence = claims.Evidence(
        subject=claims.invoice_subject("A1", sha256(reference.encode()).hexdigest()), person=budget.person,
        line=budget.line.line, payee="A1", amount=amount, service="home_care", hold=hold,
    )  # fmt: skip
    dated = {"care_from": care.get("care_from"), "care_to": care.get("care_to")}
    async with scene.reading() as connection:
        entered = await settling.enter_invoice(
            connection, scene.book.book_id, evidence, detail=answer_detail(b"s" * 16, ""), **dated
        )
    number = (await scene.do(*entered.requests, guards=entered.guards)).number
    return await accepting.accept_invoice(
        scene.gate(), sender(CAROL), PATIENCE, person=budget.person, number=number, effective_on=DAY
    )


async def test_conditions_stand_in_the_decision_as_codes_and_in_its_detail_as_words(scene: Scene) -> None:
    """In one order whatever the officer's was; the words are erasable, the order is for no more than the cap."""
    budget, until = await scene.budget(), scene.today() + timedelta(days=30)
    outcome = await approved(
        scene, budget, Condition(kind="evidence_due", day=until, words="The receipt, please."),
        Condition(kind="no_repeat", days=28), Condition(kind="payee_only"), Condition(kind="use_by", day=until), CAP,
    )  # fmt: skip
    decision = decision_in(outcome)
    again = scene.today() + timedelta(days=28)
    assert [decision.attribute(f"condition.0{place}") for place in range(1, 6)] == [
        "amount_cap:90000", f"use_by:{until}", "payee_only:A1", f"no_repeat:{again}", f"evidence_due:{until}",
    ]  # fmt: skip
    assert terms_of(dict(decision.attributes)) == Terms(900_00, until, "A1", again, until)
    assert "receipt" not in str(decision.attributes)
    assert (decision.attribute("amount"), await scene.left(budget, "held")) == ("90000", 900_00)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (Condition(kind="amount_cap", amount=MUCH + 1), "condition_unfit"),
        (Condition(kind="amount_cap"), "condition_malformed"),
        (Condition(kind="amount_cap", amount=100, days=3), "condition_malformed"),
        (Condition(kind="use_by", day=date(2020, 1, 1)), "condition_unfit"),
        (Condition(kind="evidence_due", day=date(2020, 1, 1)), "condition_unfit"),
        (Condition(kind="no_repeat", days=0), "condition_malformed"),
        (Condition(kind="no_repeat", days=367), "condition_malformed"),
        (Condition(kind="payee_only", amount=1), "condition_malformed"),
    ],
)
async def test_a_condition_that_does_not_fit_is_refused_by_its_code(
    scene: Scene, condition: Condition, code: str
) -> None:
    """A cap above what was asked for, a day that has passed, what is missing or too much; nothing is recorded."""
    number = await referred(scene, await scene.budget())
    with pytest.raises((Malformed, ConditionUnfit)) as no:
        await resolution(scene, number, condition)
    assert no.value.code == code  # type: ignore[attr-defined]


LATER = date(2030, 1, 1)
OF_EACH = (CAP, Condition(kind="use_by", day=LATER), Condition(kind="payee_only"), Condition(kind="no_repeat", days=28),
           Condition(kind="evidence_due", day=LATER))  # fmt: skip


@pytest.mark.parametrize("condition", OF_EACH, ids=lambda each: each.kind)
@pytest.mark.parametrize("act", sorted({*KIND_OF_ACT, "invoice", "reimbursement", "assignment", "statement"}))
def test_no_condition_is_given_that_nobody_would_be_held_to(act: str, condition: Condition) -> None:
    """Every kind with every act that can be referred: an order and a question are held to all of them, what is paid or allowed on a
    line to the evidence asked for, and every other is refused when it is approved, with or without a line."""
    given = {"act": act, "amount": str(MUCH), "line": "N", "payee": "A1"}
    fits = act in ("ask", "spend") or (condition.kind == "evidence_due" and act in ASKING_EVIDENCE)
    if fits:
        assert stated([condition], given, DAY)[0].startswith(f"{condition.kind}:")
        return
    for without in ((), ("line",), ("payee",)):
        with pytest.raises(ConditionUnfit):
            stated([condition], {name: value for name, value in given.items() if name not in without}, DAY)


@pytest.mark.parametrize(("kind", "rule", "outcome"), [
    ("amount_cap", "approval.over_cap", "deny"), ("use_by", "approval.after_last_day", "deny"),
    ("payee_only", "approval.other_payee", "deny"), ("no_repeat", "approval.bought_again", "refer"),
])  # fmt: skip
async def test_each_condition_of_an_order_holds_the_question_and_the_order_that_rely_on_it(
    scene: Scene, kind: str, rule: str, outcome: str
) -> None:
    """Through the gate, one kind at a time: the day after the last, somebody else, more than the cap, or the same again."""
    await scene.payee("B2")
    budget, today = await scene.budget(), scene.today()
    made = {"amount_cap": CAP, "use_by": Condition(kind="use_by", day=today), "payee_only": Condition(kind="payee_only"),
            "no_repeat": Condition(kind="no_repeat", days=28)}[kind]  # fmt: skip
    later = {"use_by": {"asked_on": today + timedelta(days=1)}, "payee_only": {"payee": "B2"}}.get(kind, {})
    approval = decision_in(await approved(scene, budget, made)).number
    gate = scene.gate()
    for way in (gate.ask, gate.spend):
        decided = await way(budget.wants(100_00, relies_on=approval, **later), sender(ALICE), PATIENCE)
        assert (outcome_of(decided), rules_in(decided)) == (outcome, [rule])


async def test_each_kind_comes_once(scene: Scene) -> None:
    """Two caps would be one too many."""
    number = await referred(scene, await scene.budget())
    with pytest.raises(Malformed, match="condition_malformed"):
        await resolution(scene, number, CAP, CAP)


async def test_what_relies_on_an_approval_stays_within_its_cap_in_all(scene: Scene) -> None:
    """What its own order keeps counts, and every later one: a penny more is a no with its own rule."""
    budget = await scene.budget()
    outcome = await approved(scene, budget, CAP)
    number, hold = decision_in(outcome).number, outcome.entries[-1].number
    denied = await relying(scene, budget, number, 1)
    assert (outcome_of(denied), rules_in(denied)) == ("deny", ["approval.over_cap"])
    await invoiced(scene, budget, hold, 600_00, "I-1")
    async with scene.reading() as connection:
        order = await order_of(connection, scene.book.book_id, budget.person, hold)
    assert order is not None
    await scene.do(hold_released(hold=hold, shares=order.shares, amount=None, remaining=order.remaining, effective_on=DAY,
                                 because=order.decision))  # fmt: skip
    assert outcome_of(await relying(scene, budget, number, 100_00)) == "allow"
    assert outcome_of(await relying(scene, budget, number, 200_00)) == "allow"
    denied = await relying(scene, budget, number, 1)
    assert (outcome_of(denied), rules_in(denied)) == ("deny", ["approval.over_cap"])


async def test_an_approval_for_one_payee_pays_no_other(scene: Scene) -> None:
    """An approved provider all the same, and a no."""
    budget = await scene.budget()
    await scene.payee("B2")
    number = decision_in(await approved(scene, budget, Condition(kind="payee_only"))).number
    assert outcome_of(await relying(scene, budget, number)) == "allow"
    denied = await relying(scene, budget, number, payee="B2")
    assert (outcome_of(denied), rules_in(denied)) == ("deny", ["approval.other_payee"])


async def test_after_its_last_day_an_approval_is_used_no_more(scene: Scene) -> None:
    """On the day it is, and the day after it is a no; what relies on nothing is not held to it."""
    budget, last = await scene.budget(), scene.today() + timedelta(days=5)
    number = decision_in(await approved(scene, budget, Condition(kind="use_by", day=last))).number
    await scene.clock.set(day_ends_us(last - timedelta(days=1)))
    assert outcome_of(await relying(scene, budget, number)) == "allow"
    await scene.clock.set(day_ends_us(last))
    denied = await relying(scene, budget, number)
    assert (outcome_of(denied), rules_in(denied)) == ("deny", ["approval.after_last_day"])
    assert outcome_of(await scene.gate().spend(budget.wants(100_01), sender(ALICE), PATIENCE)) == "allow"


async def test_an_invoice_beyond_an_approval_is_looked_at_and_never_refused(scene: Scene) -> None:
    """Care after the last day, and more than the cap by a penny: each is posted, and is a task with the rule of the approval."""
    budget, last = await scene.budget(), scene.today() + timedelta(days=5)
    hold = (await approved(scene, budget, CAP, Condition(kind="use_by", day=last))).entries[-1].number
    good = await invoiced(scene, budget, hold, 300_00, "I-1", care_from=DAY, care_to=last)
    assert all(each.kind != "decision" for each in good.outcome.entries)
    late = last + timedelta(days=1)
    after = await invoiced(scene, budget, hold, 100_00, "I-2", care_from=late, care_to=late)
    assert (outcome_of(after), rules_in(after)[0]) == ("refer", "approval.after_last_day")
    assert await scene.left(budget, "spent") == 400_00
    above = await invoiced(scene, budget, hold, 500_01, "I-3", care_from=DAY, care_to=DAY)
    assert (outcome_of(above), rules_in(above)) == ("refer", ["approval.over_cap"])
    assert await scene.left(budget, "spent") == 900_01


async def test_the_same_again_within_the_days_waits_for_a_person(scene: Scene) -> None:
    """Whether or not it names the approval, and an invoice that comes without an order too; another service does not, nor the
    day after."""
    budget = await scene.budget()
    await approved(scene, budget, Condition(kind="no_repeat", days=28))
    gate, last = scene.gate(), scene.today() + timedelta(days=28)
    unordered = await invoiced(scene, budget, None, 40_00, "I-9")
    assert (outcome_of(unordered), rules_in(unordered)) == ("refer", ["approval.bought_again"])
    await scene.clock.set(day_ends_us(last - timedelta(days=1)))
    again = await gate.spend(budget.wants(50_00), sender(ALICE), PATIENCE)
    assert (outcome_of(again), rules_in(again)) == ("refer", ["approval.bought_again"])
    other = await gate.spend(budget.wants(50_00, service="exercise"), sender(ALICE), PATIENCE)
    await scene.clock.set(day_ends_us(last))
    later = await gate.spend(budget.wants(50_00), sender(ALICE), PATIENCE)
    assert (outcome_of(other), outcome_of(later)) == ("allow", "allow")


async def test_evidence_that_is_late_lets_a_person_look_and_stops_nothing(scene: Scene) -> None:
    """From the day after, an order on the line waits for an officer, until somebody says that the evidence came; it is never a no,
    and an invoice is not held up."""
    budget, due = await scene.budget(), scene.today() + timedelta(days=3)
    outcome = await approved(scene, budget, Condition(kind="evidence_due", day=due))
    number, hold = decision_in(outcome).number, outcome.entries[-1].number
    gate = scene.gate()
    assert outcome_of(await gate.spend(budget.wants(10_00), sender(ALICE), PATIENCE)) == "allow"
    await scene.clock.set(day_ends_us(due))
    waits = await gate.spend(budget.wants(10_01), sender(ALICE), PATIENCE)
    assert (outcome_of(waits), rules_in(waits)) == ("refer", ["approval.evidence_overdue"])
    good = await invoiced(scene, budget, hold, 100_00, "I-1")
    assert all(each.kind != "decision" for each in good.outcome.entries)
    found = await came(scene, budget, number)
    again = await came(scene, budget, number)
    no = await scene.refused(*found.requests, asked=ALICE, guards=found.guards, other_than=found.other_than)
    assert no == "second_person_needed"
    await scene.do(*found.requests, asked=BOB, guards=found.guards, other_than=found.other_than)
    assert await scene.refused(*again.requests, asked=BOB, guards=again.guards) == "guard_stale"
    with pytest.raises(NotSettled, match="condition_met"):
        await came(scene, budget, number)
    assert outcome_of(await gate.spend(budget.wants(10_02), sender(ALICE), PATIENCE)) == "allow"


async def came(scene: Scene, budget: Budget, number: int) -> Resolution:
    """That the evidence came, as it would be submitted."""
    async with scene.reading() as connection:
        return await take_evidence(
            connection,
            scene.book.book_id,
            person=budget.person,
            number=number,
            on=scene.today(),
            today=scene.today(),
            detail=None,
        )


async def test_evidence_is_asked_for_by_an_approval_of_this_person(scene: Scene) -> None:
    """Another's approval, one that asks for none, and what is no approval are not there."""
    budget, other = await scene.budget(), await scene.budget()
    asks = decision_in(await approved(scene, budget, Condition(kind="evidence_due", day=scene.today()))).number
    plain = decision_in(await approved(scene, budget)).number
    for who, number in ((other, asks), (budget, plain), (budget, asks - 1)):
        with pytest.raises(NotSettled, match="condition_not_found"):
            await came(scene, who, number)


async def test_a_direct_payment_goes_on_while_evidence_is_late(scene: Scene) -> None:
    """An instalment is paid as agreed; staff see that somebody should ask again."""
    budget, due = await scene.budget(management="direct_payment", instalment=None), scene.today()
    gate = scene.gate()
    asked = {"act": "instalment", "payee": None}
    waiting = await gate.instalment(budget.wants(100_00, **asked), sender(ALICE), PATIENCE)
    assert rules_in(waiting) == ["plan.instalment_not_said"]
    found = await resolution(scene, waiting.outcome.number, Condition(kind="evidence_due", day=due))
    await scene.do(*found.requests, asked=BOB, guards=found.guards, other_than=found.other_than)
    await scene.clock.set(day_ends_us(due))
    later = await gate.instalment(budget.wants(100_01, **asked), sender(ALICE), PATIENCE)
    assert rules_in(later) == ["plan.instalment_not_said"]
    assert [each.rule for each in content_of(later.detail or b"").reviews] == ["approval.evidence_not_seen"]
    with pytest.raises(ConditionUnfit):
        await resolution(scene, later.outcome.number, CAP)


async def test_what_conditions_let_through_stands_in_the_book(scene: Scene) -> None:
    """A book with a capped approval, its invoices beyond it and evidence that came is in order, what each movement rests on too."""
    budget, due = await scene.budget(), scene.today()
    outcome = await approved(scene, budget, CAP, Condition(kind="evidence_due", day=due))
    await invoiced(scene, budget, outcome.entries[-1].number, 900_01, "I-1")
    found = await came(scene, budget, decision_in(outcome).number)
    await scene.do(*found.requests, asked=BOB, guards=found.guards, other_than=found.other_than)
    verified_now = await verified(scene)
    assert verified_now.ok, verified_now


async def laid_out(scene: Scene, budget: Budget, spent_on: date, *, relies_on: int | None = None) -> list[str]:
    """What somebody bought out of their own pocket, claimed and accepted today; the rules that it is looked at for."""
    claim = claims.Evidence(
        subject=claims.claim_subject(os.urandom(16).hex()), person=budget.person, amount=10_00, line=budget.line.line,
        payee=budget.line.holder_account, service="home_care", document_on=spent_on, relies_on=relies_on,
    )  # fmt: skip
    async with scene.reading() as connection:
        found = await reimbursing.claim_reimbursement(
            connection, scene.book.book_id, claim, bundle=scene.engine.bundle, holder=None, today=scene.today(),
            scopes=frozenset(), detail=answer_detail(b"s" * 16, ""),
        )  # fmt: skip
    number = (await scene.do(*found.requests, guards=found.guards)).number
    accepted = await reimbursing.accept_reimbursement(
        scene.gate(), sender(CAROL), PATIENCE, person=budget.person, number=number, effective_on=DAY
    )
    assert accepted.outcome.entries[-1].event == 16
    return rules_in(accepted)


@pytest.mark.parametrize("names_it", [True, False])
async def test_the_same_laid_out_again_is_looked_at_however_late_it_is_accepted(scene: Scene, names_it: bool) -> None:
    """By the day on which it was bought, as a claim is: what was bought on the last day waits for a person weeks later too,
    what was bought the day after does not, and the first that was bought on the approval is what it was given for."""
    budget, last = await scene.budget(management="direct_payment"), scene.today() + timedelta(days=28)
    asked = await scene.gate().ask(budget.wants(MUCH), sender(ALICE), PATIENCE)
    found = await resolution(scene, asked.outcome.number, Condition(kind="no_repeat", days=28))
    done = await scene.do(*found.requests, asked=BOB, guards=found.guards, other_than=found.other_than)
    approval = decision_in(done).number
    await scene.clock.set(day_ends_us(last + timedelta(days=20)))
    assert "approval.bought_again" not in await laid_out(scene, budget, last, relies_on=approval)
    relies = {"relies_on": approval} if names_it else {}
    assert "approval.bought_again" in await laid_out(scene, budget, last, **relies)
    assert "approval.bought_again" not in await laid_out(scene, budget, last + timedelta(days=1), **relies)
