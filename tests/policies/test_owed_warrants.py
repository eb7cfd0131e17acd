"""What stands behind money that moves after an order: verification names a return, credit or bill that nobody recorded."""

from typing import Any

import pytest

from ledger.budgets import claims, credits, facts, returns, third_parties
from ledger.budgets.acts import held_instalment_paid
from ledger.budgets.chart import account, person_account
from ledger.budgets.wording import attributes
from ledger.core.requests import OpenAccounts, Post, Record
from tests.policies.scene import DAY, Budget, Scene, sender
from tests.policies.test_warrants import PATIENCE, _invoice, _paid, verified


async def unwarranted(scene: Scene, *requests: Any) -> None:
    """Posted by whoever stole the writer: verification names the last of these."""
    assert (await verified(scene)).ok
    outcome = await scene.do(*requests)
    found = await verified(scene)
    assert (found.ok, found.what, found.first_wrong) == (False, "unwarranted", outcome.entries[-1].number), found


async def instalment(scene: Scene, budget: Budget, amount: int) -> None:
    """An instalment asked for and paid out of its hold."""
    asked = await scene.gate().instalment(budget.wants(amount, act="instalment", payee=None), sender(), PATIENCE)
    decision, hold = asked.outcome.entries
    kept = {code: pence for code, pence in hold.legs if code.endswith("/held")}
    await scene.do(account_opened("main"))
    await scene.do(held_instalment_paid(
        hold=hold.number, remaining=kept, amount=amount, shares=budget.shares(), holder_account=budget.line.holder_account or "",
        through="in_transit/main", effective_on=DAY, because=decision.number,
    ))  # fmt: skip


def account_opened(bank: str) -> Any:
    """Our own bank and what is on its way from it."""
    return OpenAccounts(accounts=tuple(account(klass, account=bank) for klass in ("bank", "in_transit")))


def returned(budget: Budget, amount: int, because: int, **changes: Any) -> Post:
    """An instalment of the budget that came back."""
    [share] = budget.shares({f"share/{budget.line.line}/nhs/2025-26/advanced": amount})
    holder = budget.line.holder_account or ""
    return returns.instalment_returned(
        returned={share.code("advanced"): amount}, shares=[share], into="in_transit/main", effective_on=DAY, because=because,
        advance=share.code("advance", holder_account=holder), instead=share.code("estimated_use", holder_account=holder),
        owed=f"payable/{holder}", **changes,
    )  # fmt: skip


@pytest.mark.parametrize("how", ["nothing said", "another amount", "another person"])
async def test_an_instalment_that_came_back_is_told_by_an_entry(scene: Scene, how: str) -> None:
    """A return that no entry told of, of more than it said, or told of another person, is named."""
    budget, other = await scene.budget(management="direct_payment", instalment=100_00), await scene.budget()
    await instalment(scene, budget, 100_00)
    given = {"person": budget.person, "line": budget.line.line, "amount": 100_00, "bank": "main", "of": 1}
    if how == "another amount":
        given["amount"] = 99_99
    elif how == "another person":
        given |= {"person": other.person, "line": other.line.line}
    record = Record(kind="run", subject="instalment/1", attributes=attributes("instalment_returned", **given))
    if how == "nothing said":
        await unwarranted(scene, returned(budget, 100_00, budget.signed))
    else:
        await unwarranted(scene, record, returned(budget, 100_00, -1))


def credited(budget: Budget, amount: int, because: int) -> Post:
    """A credit of an invoice that is not paid."""
    return credits.unpaid_invoice_credited(
        shares=budget.shares(), parts=(amount,), payee="A1", effective_on=DAY, because=because
    )


@pytest.mark.parametrize("how", ["the invoice", "an entered credit note", "another amount", "twice"])
async def test_a_credit_that_nobody_accepted_is_named(scene: Scene, how: str) -> None:
    """Authority that comes back of an invoice by the invoice itself, by a credit note not accepted, by more than it, or twice."""
    budget = await scene.budget()
    invoice = _invoice(budget, 100_00)
    accepted = await scene.do(
        claims.evidence_recorded("invoice_accepted", invoice, effective_on=DAY), _paid(budget, 100_00, -1)
    )
    note = claims.Evidence(subject=claims.credit_subject("A1", "cd" * 16), person=budget.person, amount=40_00,
                           line=budget.line.line, payee="A1", of=accepted.number)  # fmt: skip
    if how == "the invoice":
        await unwarranted(scene, credited(budget, 40_00, accepted.number))
    elif how == "an entered credit note":
        await unwarranted(scene, claims.evidence_recorded("credit_entered", note), credited(budget, 40_00, -1))
    elif how == "another amount":
        record = claims.evidence_recorded("credit_accepted", note, effective_on=DAY)
        await unwarranted(scene, record, credited(budget, 40_01, -1))
    else:
        first = await scene.do(
            claims.evidence_recorded("credit_accepted", note, effective_on=DAY), credited(budget, 40_00, -1)
        )
        await unwarranted(scene, credited(budget, 1, first.number))


async def test_a_liability_is_covered_only_by_a_decision_and_up_to_it(scene: Scene) -> None:
    """An invoice beyond the line, covered by the fund: right by the approval of its referral, and a penny more is named."""
    budget = await scene.budget(amount=100_00)
    accepted = await scene.do(
        claims.evidence_recorded("invoice_accepted", _invoice(budget, 150_00), effective_on=DAY),
        _paid(budget, 150_00, -1),
    )
    decided = Record(kind="decision", subject=f"person/{budget.person}", effective_on=DAY, because=accepted.number, attributes=(
        ("act", "approval"), ("amount", "4900"), ("bundle", "b"), ("hold", "no"), ("line", budget.line.line), ("of", "1"),
        ("outcome", "allow"), ("person", budget.person),
    ))  # fmt: skip
    decision = (await scene.do(decided)).number
    short = {f"share/{budget.line.line}/nhs/2025-26/unfunded": -50_00}
    stated: dict[str, Any] = {"shares": budget.shares(short), "effective_on": DAY, "because": decision}
    await scene.do(credits.unfunded_cleared(amount=49_00, **stated))
    await unwarranted(scene, credits.unfunded_cleared(amount=1, **stated))


@pytest.mark.parametrize("how", ["evidence accepted", "a claim", "another amount"])
async def test_what_somebody_laid_out_is_owed_only_when_it_was_accepted_as_that(scene: Scene, how: str) -> None:
    """Paid back by an acceptance of evidence, by the claim itself, or for more."""
    budget = await scene.budget(management="direct_payment")
    holder = budget.line.holder_account or ""
    said = claims.Evidence(subject=claims.claim_subject("c1"), person=budget.person, amount=20_00, line=budget.line.line,
                           payee=holder, service="home_care")  # fmt: skip
    act = {"evidence accepted": "evidence_accepted", "a claim": "reimbursement_claimed"}.get(
        how, "reimbursement_accepted"
    )
    pence = 20_01 if how == "another amount" else 20_00
    money = facts.spend_reimbursable(
        amount=pence, shares=budget.shares(), holder_account=holder, effective_on=DAY, because=-1
    )
    await unwarranted(scene, claims.evidence_recorded(act, said, effective_on=DAY), money)


async def test_a_statement_is_accepted_before_it_is_care(scene: Scene) -> None:
    """Event 10 on a statement as it was entered is named."""
    budget = await scene.budget(management="third_party", instalment=100_00)
    asked = await scene.gate().instalment(budget.wants(100_00, act="instalment", payee=None), sender(), PATIENCE)
    decision, hold = asked.outcome.entries
    kept = {code: pence for code, pence in hold.legs if code.endswith("/held")}
    await scene.do(account_opened("main"))
    await scene.do(person_account("tp_advance", third_party="A1", person=budget.person))
    await scene.do(third_parties.held_third_party_instalment_paid(
        hold=hold.number, remaining=kept, amount=100_00, shares=budget.shares(), third_party="A1", through="in_transit/main",
        effective_on=DAY, because=decision.number,
    ))  # fmt: skip
    said = claims.Evidence(subject=claims.statement_subject("A1", "ab" * 16), person=budget.person, amount=60_00,
                           line=budget.line.line, payee="A1", service="home_care")  # fmt: skip
    [share] = budget.shares({f"share/{budget.line.line}/nhs/2025-26/advanced": 100_00})
    stated: dict[str, Any] = {
        "shares": [share],
        "fee": 0,
        "fee_shares": (),
        "third_party": "A1",
        "effective_on": DAY,
        "because": -1,
    }
    await scene.do(
        claims.evidence_recorded("statement_accepted", said, effective_on=DAY),
        third_parties.statement_accepted(amount=60_00, **stated),
    )
    await unwarranted(
        scene, claims.evidence_recorded("statement_entered", said), third_parties.statement_accepted(amount=1, **stated)
    )
