"""No path to a line's money goes around the gate, and verification names whatever took one."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from ledger.book.database import READING, connect
from ledger.book.verify import Verification, verify_book
from ledger.budgets import accruals, acts, claims, facts, plans, store, year_end
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.warrants import check_warrants
from ledger.core.batch import Outcome
from ledger.core.model import Asked
from ledger.core.requests import ReleaseHold
from policies import changing
from tests import kit
from tests.policies.scene import BOB, CAROL, DAY, JOINT, Budget, Scene, sender

PATIENCE = 20.0
EXPLAINED = "EXPLAIN (FORMAT JSON) " + store.LINE_MOVES


async def verified(scene: Scene) -> Verification:
    connection = await connect(scene.book.dsn, "phb_reader", scene.book.book_id, READING)
    try:
        return await verify_book(
            connection, scene.book.book_id, verifiers=(), identities=IDENTITIES, also=(check_warrants,)
        )
    finally:
        await connection.close()


async def _spend(scene: Scene, budget: Budget, amount: int) -> Outcome:
    return (await scene.gate().spend(budget.wants(amount), sender(), PATIENCE)).outcome


def _invoice(budget: Budget, amount: int, digits: str = "ab", person: str | None = None) -> claims.Evidence:
    return claims.Evidence(
        subject=claims.invoice_subject("A1", digits * 16), person=person or budget.person, amount=amount,
        line=budget.line.line, payee="A1", service="home_care",
    )  # fmt: skip


def _order(budget: Budget, amount: int, because: int, purpose: str = "order") -> Any:
    return acts.order_placed(amount=amount, shares=budget.shares(), purpose=purpose, effective_on=DAY, because=because)


def _paid(budget: Budget, amount: int, because: int) -> Any:
    return facts.invoice_settled_directly(
        amount=amount, shares=budget.shares(), payee="A1", effective_on=DAY, because=because
    )


async def test_what_stands_behind_a_movement_is_looked_up_by_its_number(scene: Scene) -> None:
    """Also in a book just written, of which the database has no statistics yet: the register is not read whole for each entry,
    which took verification of some thousands of entries past its time limit."""
    await _spend(scene, await scene.budget(), 500_00)
    connection = await connect(scene.book.dsn, "phb_reader", scene.book.book_id, READING)
    try:
        plan = await connection.fetchval(EXPLAINED, scene.book.book_id, 1, await scene.size())
    finally:
        await connection.close()
    found = [node for node in _nodes(json.loads(plan)[0]["Plan"]) if node.get("Relation Name") == "register"]
    assert found
    assert all("number" in node.get("Index Cond", "") for node in found)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


async def test_a_book_that_lived_by_the_rules_is_right(scene: Scene) -> None:
    """Allocation, order, invoice in parts, release, reversal, and a second order: each movement has its warrant."""
    budget = await scene.budget(shares=JOINT)
    decision, hold = (await _spend(scene, budget, 500_00)).entries
    kept = {code: pence for code, pence in hold.legs if code.endswith("/held")}
    settled = await scene.do(
        claims.evidence_recorded("invoice_accepted", _invoice(budget, 300_00), effective_on=DAY),
        facts.invoice_settles_hold(hold=hold.number, remaining=kept, amount=300_00, shares=budget.shares(), payee="A1",
                                   effective_on=DAY, because=-1),
        asked=BOB,
    )  # fmt: skip
    await scene.do(
        claims.evidence_recorded("invoice_accepted", _invoice(budget, 20_00, "cd"), effective_on=DAY),
        _paid(budget, 20_00, -1),
        asked=BOB,
    )
    await scene.do(ReleaseHold(event=30, hold=hold.number, effective_on=DAY, because=decision.number), asked=BOB)
    await scene.do(acts.reversal(entry=settled.entries[1].number, line=budget.line.line, effective_on=DAY,
                                 because=settled.entries[0].number), asked=CAROL)  # fmt: skip
    await _spend(scene, budget, 1_000_01)
    found = await verified(scene)
    assert (found.ok, found.why) == (True, None)
    assert (found.checks["warrants"], found.checks["movements_without_warrant"]) == (7, 0)


async def _unwarranted(scene: Scene, *requests: Any, by: Asked = CAROL, position: int = 0) -> None:
    """Posted by whoever stole the writer, and named by number, though every sum is right."""
    outcome = await scene.do(*requests, asked=by)
    found = await verified(scene)
    assert (found.ok, found.what) == (False, "unwarranted"), found
    assert found.first_wrong == outcome.entries[position].number


@pytest.mark.parametrize(
    "how", ["another entry", "another person", "another amount", "a denial", "twice", "a question"]
)
async def test_a_hold_that_no_decision_allowed_is_named(scene: Scene, how: str) -> None:
    """A stolen writer keeps money by something else, by another's decision, by more than was allowed, or once more."""
    budget, other = await scene.budget(), await scene.budget()
    amount, owner = 10_00, budget
    if how == "another entry":
        because = budget.signed
    elif how == "another person":
        owner, because = other, (await _spend(scene, budget, amount)).number
    elif how == "another amount":
        because, amount = (await _spend(scene, budget, amount)).number, 11_00
    elif how == "a denial":
        amount = 2_000_000
        because, amount = (await _spend(scene, budget, amount)).number, 10_00
    elif how == "a question":
        because = (await scene.gate().ask(budget.wants(amount), sender(), PATIENCE)).outcome.number
    else:
        because = (await _spend(scene, budget, amount)).number
    assert (await verified(scene)).ok
    await _unwarranted(scene, _order(owner, amount, because))


async def test_a_referral_keeps_money_only_while_it_waits(scene: Scene) -> None:
    """An order placed on a referral that nobody approved is named."""
    budget = await scene.budget()
    referral = await _spend(scene, budget, 1_000_01)
    assert (await verified(scene)).ok
    await _unwarranted(scene, _order(budget, 1_000_01, referral.number))


@pytest.mark.parametrize("how", ["a decision", "an entered invoice", "another person", "another amount", "twice"])
async def test_a_payment_that_nobody_accepted_is_named(scene: Scene, how: str) -> None:
    """Care said to be delivered, posted on a decision, on an invoice not accepted, for another, for more, or twice."""
    budget, other = await scene.budget(), await scene.budget()
    if how == "a decision":
        await _unwarranted(scene, _paid(budget, 10_00, (await _spend(scene, budget, 10_00)).number))
        return
    act = "invoice_entered" if how == "an entered invoice" else "invoice_accepted"
    invoice = _invoice(budget, 10_00, person=other.person if how == "another person" else None)
    pence = 11_00 if how == "another amount" else 10_00
    accepted = claims.evidence_recorded(act, invoice, effective_on=DAY)
    if how == "twice":
        first = await scene.do(accepted, _paid(budget, pence, -1))
        assert (await verified(scene)).ok
        await _unwarranted(scene, _paid(budget, pence, first.number))
    else:
        await _unwarranted(scene, accepted, _paid(budget, pence, -1), position=1)


@pytest.mark.parametrize("how", ["another person's plan", "a decision"])
async def test_an_allocation_without_a_signed_plan_is_named(scene: Scene, how: str) -> None:
    """Money given to a line by another person's plan, or by a decision."""
    budget, other = await scene.budget(), await scene.budget()
    because = other.signed if how == "another person's plan" else (await _spend(scene, budget, 10_00)).number
    await _unwarranted(scene, acts.allocated(amount=1, shares=budget.shares(), effective_on=DAY, because=because))


@pytest.mark.parametrize(
    "how", ["more", "once more", "a cut", "a cut called an allocation", "another plan", "taken back"]
)
async def test_money_beyond_what_the_plan_says_is_named(scene: Scene, how: str) -> None:
    """An allocation on top of the signed one, the same once more, a cut that no new version says, in its own name or as an
    allocation, by another plan of the same person, and an allocation that is reversed, naming the plan as the signed ones do."""
    budget = await scene.budget()
    stated = {"shares": budget.shares(), "effective_on": DAY, "because": budget.signed}
    extra: Any = acts.allocated(amount=5_000_00, **stated)
    if how == "once more":
        extra = acts.allocated(amount=budget.line.amount, **stated)
    elif how == "a cut":
        extra = _changed(budget, -6_000_00, stated)
    elif how == "a cut called an allocation":
        cut = _changed(budget, -6_000_00, stated)
        extra = type(cut)(event=2, legs=cut.legs, effective_on=DAY, because=budget.signed)
    elif how == "another plan":
        other = msgspec.structs.replace(budget.plan, plan="OTHER")
        signed = await scene.do(plans.plan_recorded("signed", other))
        extra = acts.allocated(**{**stated, "amount": 1, "because": signed.number})
    elif how == "taken back":
        [row] = await kit.rows(scene.book.dsn, "SELECT number FROM phb.entry WHERE number > $1 AND split_part(body, '|', 6) = '2'",
                               budget.signed)  # fmt: skip
        extra = acts.reversal(entry=row["number"], line=budget.line.line, effective_on=DAY, because=budget.signed)
    assert (await verified(scene)).ok
    await _unwarranted(scene, extra)


@pytest.mark.parametrize("pence", [12_000_00, 4_000_00])
async def test_a_raise_or_cut_is_right_by_the_version_that_says_so_once(scene: Scene, pence: int) -> None:
    """A second version agrees another amount for the line: money is given or taken up to it; a pound more is named, and so is
    anything done in the name of the first version."""
    budget = await scene.budget()
    plan = msgspec.structs.replace(budget.plan, version=2)
    line = msgspec.structs.replace(budget.line, version=2, amount=pence)
    raises = pence > budget.line.amount
    stated: dict[str, Any] = {"shares": budget.shares(await _balances(scene, budget)), "effective_on": DAY}
    made = await scene.do(
        plans.plan_recorded("signed", plan, because=budget.signed), plans.line_recorded("agreed", line, because=-1),
        _changed(budget, pence - budget.line.amount, stated | {"because": -1}),
    )  # fmt: skip
    assert (await verified(scene)).ok
    stated["because"] = made.number if raises else budget.signed
    over = await scene.do(_changed(budget, 1_00 if raises else -1_00, stated))
    found = await verified(scene)
    assert (found.what, found.first_wrong) == ("unwarranted", over.number)


def _changed(budget: Budget, pence: int, stated: dict[str, Any]) -> Any:
    """Event 3 of the budget's line, signed pence."""
    more = {name: value for name, value in stated.items() if name != "shares"}
    return acts.allocation_changed(changes=[(pence, stated["shares"])], line=budget.line.line, **more)


async def _balances(scene: Scene, budget: Budget) -> dict[str, int]:
    rows = await kit.rows(
        scene.book.dsn, "SELECT code, balance FROM phb.account JOIN phb.balance USING (book_id, account_id)"
    )
    return {row["code"]: row["balance"] for row in rows if row["code"].startswith(f"share/{budget.line.line}/")}


@pytest.mark.parametrize("how", ["right", "another line", "not ended", "given"])
async def test_what_goes_back_to_a_fund_goes_back_because_its_line_has_ended(scene: Scene, how: str) -> None:
    """A line that has ended gives back what it has; by the end of another line, by an agreement, or the other way it is named."""
    budget, other = await scene.budget(), await scene.budget()
    line = other.line if how == "another line" else budget.line
    act = "agreed" if how == "not ended" else "ended"
    back = acts.authority_given_back(shares=budget.shares(await _balances(scene, budget)), effective_on=DAY, because=-1)
    assert back is not None
    if how == "given":
        back = msgspec.structs.replace(
            back, legs=tuple(msgspec.structs.replace(leg, amount=-leg.amount) for leg in back.legs)
        )
    stated = plans.line_recorded(act, line, because=other.signed if how == "another line" else budget.signed)
    if how == "right":
        await scene.do(stated, back)
        assert (await verified(scene)).ok
        assert await scene.left(budget) == 0
    else:
        await _unwarranted(scene, stated, back, position=1)


@pytest.mark.parametrize("how", ["right", "more", "denied", "another act"])
async def test_a_contingency_moves_by_its_decision(scene: Scene, how: str) -> None:
    """What is set aside and drawn has the decision that allowed it behind it, up to its amount; else it is named."""
    budget = await scene.budget(shares=JOINT)

    async def asked(amount: int, *, draws: bool) -> Any:
        return await changing.move_contingency(
            scene.gate(), sender(), PATIENCE, person=budget.person, line=budget.line.line, amount=amount, draws=draws,
            reason="test", effective_on=DAY,
        )  # fmt: skip

    aside = (await asked(100_01, draws=False)).outcome
    assert [entry.kind for entry in aside.entries] == ["decision", "transaction"]
    assert (await scene.left(budget, "contingency")) == 100_01
    assert [entry.kind for entry in (await asked(100_02, draws=True)).outcome.entries] == ["decision"]
    await asked(50_00, draws=True)
    assert (await verified(scene)).ok
    shares = budget.shares(await _balances(scene, budget))
    if how == "right":
        return
    because = aside.number
    if how == "denied":
        because = (await asked(60_00, draws=True)).outcome.number
    elif how == "another act":
        because = (await _spend(scene, budget, 10_00)).number
    await _unwarranted(scene, acts.contingency_drawn(amount=1, shares=shares, effective_on=DAY, because=because))


async def test_a_line_agreed_again_for_other_years_changes_in_one_movement(scene: Scene) -> None:
    """More for one year and less for another: what the line has in all is what was agreed for it, and a raise beyond is named."""
    budget = await scene.budget()
    plan = msgspec.structs.replace(budget.plan, version=2)
    line = msgspec.structs.replace(budget.line, version=2, amount=budget.line.amount + 5_00)
    changed = acts.allocation_changed(
        changes=[(5_00, budget.shares(await _balances(scene, budget)))], line=line.line, effective_on=DAY, because=-1
    )
    stated = plans.plan_recorded("signed", plan, because=budget.signed), plans.line_recorded("agreed", line, because=-1)
    await scene.do(*stated, changed)
    assert (await verified(scene)).ok
    again = await scene.do(msgspec.structs.replace(changed, because=(await scene.size()) - 1))
    found = await verified(scene)
    assert (found.what, found.first_wrong) == ("unwarranted", again.number)


@pytest.mark.parametrize("event", [38, 8, 77])
async def test_a_movement_that_calls_itself_something_else_is_named(scene: Scene, event: int) -> None:
    """A reversal that undoes nothing, a payment's event on a line, and an event that no line knows; each in a book of its own, for
    verification names the first."""
    budget = await scene.budget()
    allocated = acts.allocated(amount=1, shares=budget.shares(), effective_on=DAY, because=budget.signed)
    await _unwarranted(
        scene, type(allocated)(event=event, legs=allocated.legs, effective_on=DAY, because=budget.signed)
    )


async def test_imports_need_no_warrant_and_are_counted(scene: Scene) -> None:
    """What came over from another system is no decision of this one; verification says how much of it there is."""
    budget = await scene.budget()
    brought = acts.allocated(amount=1, shares=budget.shares(), effective_on=DAY, because=0)
    await scene.do(brought, asked=Asked("phb", "loader", None, "machine", "imported"))
    found = await verified(scene)
    assert (found.ok, found.checks["movements_without_warrant"]) == (True, 1)


@pytest.mark.parametrize("spoil", [
    "UPDATE phb.register SET act = 'signed' WHERE number = $1",
    "UPDATE phb.register SET attributes = attributes || '{\"amount\": \"1\"}' WHERE number = $1",
    "UPDATE phb.register SET day = '2025-06-03' WHERE number = $1",
    "DELETE FROM phb.register WHERE number = $1",
])  # fmt: skip
async def test_an_edited_or_deleted_register_row_is_named(scene: Scene, spoil: str) -> None:
    """The owner of the database edits what stands of a decision: the lines say otherwise."""
    budget = await scene.budget()
    number = (await _spend(scene, budget, 10_00)).number
    await _as_owner(scene, spoil, number)
    found = await verified(scene)
    assert (found.ok, found.what, found.first_wrong) == (False, "register_wrong", number)


async def test_a_persons_version_follows_from_the_lines(scene: Scene) -> None:
    """The number that guards a decision is the last entry about the person; another one is named."""
    budget = await scene.budget()
    number = (await _spend(scene, budget, 10_00)).entries[-1].number
    version = "SELECT number FROM phb.subject_version WHERE subject = $1"
    subject = f"person/{budget.person}"
    assert (await kit.rows(scene.book.dsn, version, subject))[0]["number"] == number
    await _as_owner(scene, "UPDATE phb.subject_version SET number = number - 1 WHERE subject = $1", subject)
    found = await verified(scene)
    assert (found.ok, found.what) == (False, "subject_version_wrong")


async def _as_owner(scene: Scene, sql: str, *values: Any) -> None:
    for word in ("DISABLE", "ENABLE"):
        await kit.rows(scene.book.dsn, f"ALTER TABLE phb.register {word} TRIGGER USER")
        if word == "DISABLE":
            await kit.rows(scene.book.dsn, sql, *values)


def _estimated(budget: Budget, amount: int, **more: Any) -> tuple[Any, ...]:
    """An estimate for June accepted and posted, as finance does it."""
    record = accruals.accrual_recorded(
        "accrual_accepted", line=budget.line, month="2025-06", amount=more.get("said", amount)
    )
    month = more.get("month", "2025-06")
    return (
        record,
        *accruals.care_accrued(amount=amount, shares=budget.shares(), month=month, effective_on=DAY, because=-1),
    )


async def test_an_estimate_stands_behind_its_accrual_and_its_taking_back(scene: Scene) -> None:
    """On the last day of its month and on day one of the next, each once, for its amount, the joint funder's part included."""
    await scene.do(*_estimated(await scene.budget(shares=JOINT), 100_01), asked=BOB)
    found = await verified(scene)
    assert (found.ok, found.why) == (True, None)


@pytest.mark.parametrize("how", ["another amount", "another month", "never taken back twice", "an order"])
async def test_an_accrual_that_no_estimate_allowed_is_named(scene: Scene, how: str) -> None:
    """More than was estimated, another month's, the same once more, or behind an order."""
    budget = await scene.budget()
    if how == "another amount":
        await _unwarranted(scene, *_estimated(budget, 10_00, said=9_99), position=1)
    elif how == "another month":
        await _unwarranted(scene, *_estimated(budget, 10_00, month="2025-05"), position=1)
    elif how == "never taken back twice":
        made = await scene.do(*_estimated(budget, 10_00))
        again = accruals.care_accrued(
            amount=10_00, shares=budget.shares(), month="2025-06", effective_on=DAY, because=made.number
        )
        await _unwarranted(scene, *again)
    else:
        decision = (await _spend(scene, budget, 10_00)).number
        made_up = accruals.care_accrued(
            amount=10_00, shares=budget.shares(), month="2025-06", effective_on=DAY, because=decision
        )
        await _unwarranted(scene, *made_up)


def _ended(budget: Budget, said: int) -> tuple[Any, ...]:
    """A line's year ended with everything lapsed, behind a record of so many pence."""
    [share] = budget.shares({budget.shares()[0].code("available"): 1_040_000})
    ending = year_end.Ending(share, msgspec.structs.replace(share, year="2026-27", available=0), "committed")
    record = year_end.year_end_recorded(
        "line_ended", "2025-26", line=budget.line.line, person=budget.person, amount=said
    )
    return (record, *year_end.line_ended([ending], effective_on=DAY, because=-1))


async def test_the_end_of_a_lines_year_moves_what_it_says_and_no_more(scene: Scene) -> None:
    """What lapses is within the amount of the record behind it; a record of less is named with the entry that goes beyond it."""
    await scene.do(*_ended(await scene.budget(), 1_040_000), asked=BOB)
    found = await verified(scene)
    assert (found.ok, found.why) == (True, None)
    await _unwarranted(scene, *_ended(await scene.budget(), 1_039_999), position=1)
