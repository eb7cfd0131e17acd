"""An answer that was a yes is worth something: who acts on it in time and within it is not asked how much it is again."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.budgets import payees, plans
from ledger.budgets.acts import hold_released
from ledger.budgets.reading import order_of, said_at
from ledger.core.calendar import day_ends_us
from policies.bundle import Bundle
from policies.conditions import Condition
from policies.decisions import answer_detail
from policies.engine import Engine
from policies.gate import Decided
from policies.referrals import resolve
from policies.settling import NotSettled, reverse_entry
from tests import kit
from tests.policies.files import copied
from tests.policies.scene import BOB, CAROL, DAY, Between, Budget, Scene, findings_of, outcome_of, sender

PATIENCE = 20.0
ASKED: dict[str, Any] = {"asked_on": DAY}
SINGLE, MONTHLY = "icb_policy.over_single_limit", "icb_policy.over_30_day_limit"


async def _asked(scene: Scene, budget: Budget, amount: int, **more: Any) -> int:
    """An ask, approved by an officer where the rules refer it; the number that can be relied on."""
    answer = await scene.gate().ask(budget.wants(amount, **ASKED, **more), sender(), PATIENCE)
    number = answer.outcome.number
    return number if outcome_of(answer) == "allow" else await _approved(scene, number)


async def _approved(scene: Scene, number: int) -> int:
    return await _answered(scene, number, allows=True, reason=None, detail=None)


async def _declined(scene: Scene, number: int) -> int:
    return await _answered(scene, number, allows=False, reason="another", detail=answer_detail(b"s" * 16, "No."))


async def _answered(scene: Scene, number: int, **answer: Any) -> int:
    async with scene.reading() as connection:
        referral = await said_at(connection, scene.book.book_id, number)
        assert referral is not None
        found = await resolve(
            connection, scene.gate(), referral, actor="bob", effective_on=DAY, today=scene.today(), **answer
        )
    done = await scene.do(*found.requests, asked=BOB, guards=found.guards, other_than=found.other_than)
    return next(entry.number for entry in done.entries if entry.kind == "decision")


async def _spent(scene: Scene, budget: Budget, amount: int, answer: int = 0, **more: Any) -> Decided:
    return await scene.gate().spend(budget.wants(amount, relies_on=answer, **{**ASKED, **more}), sender(), PATIENCE)


async def test_what_was_answered_is_allowed_though_others_have_used_the_thirty_days_since(scene: Scene) -> None:
    """Once: the next that relies on it is asked as any other, and so is one that relies on none."""
    budget = await scene.budget()
    answer = await _asked(scene, budget, 900_00)
    for _ in range(2):
        assert outcome_of(await _spent(scene, budget, 1_000_00)) == "allow"
    assert findings_of(await _spent(scene, budget, 900_00)) == [MONTHLY]
    assert outcome_of(await _spent(scene, budget, 900_00, answer)) == "allow"
    again = await _spent(scene, budget, 900_00, answer)
    assert (outcome_of(again), findings_of(again)) == ("refer", [MONTHLY])


async def test_what_an_officer_said_yes_to_is_not_asked_again(scene: Scene) -> None:
    """An ask of £1,500 that was referred and approved: the approval says until when it is good, and the order is allowed."""
    budget = await scene.budget()
    approval = await _asked(scene, budget, 1_500_00)
    assert await _until(scene, approval) == DAY + timedelta(days=28)
    assert outcome_of(await _spent(scene, budget, 1_500_00, approval)) == "allow"
    assert findings_of(await _spent(scene, budget, 1_500_00, approval)) == [MONTHLY, SINGLE]


async def _until(scene: Scene, number: int) -> date:
    """Until when it was said that an answer can be relied on."""
    async with scene.reading() as connection:
        said = await said_at(connection, scene.book.book_id, number)
    assert said is not None
    return date.fromisoformat(said.attributes["relied_until"])


@pytest.mark.parametrize("asked", [900_00, 1_500_00], ids=["the rules' yes", "an officer's yes"])
@pytest.mark.parametrize("first", ["line", "plan"])
async def test_a_yes_promises_no_longer_than_the_line_and_its_plan_last(scene: Scene, asked: int, first: str) -> None:
    """The line or its plan ends a week on: the order of the last day that was told is allowed, and that of the day after is not."""
    budget, last = await scene.budget(), DAY + timedelta(days=7)
    after = {"effective_on": last + timedelta(days=1), "asked_on": last + timedelta(days=1)}
    if first == "line":
        await scene.do(plans.line_recorded("agreed", msgspec.structs.replace(budget.line, end=last, version=2)))
    else:
        await scene.do(
            plans.plan_recorded("signed", msgspec.structs.replace(budget.plan, end=last, version=2)), asked=BOB
        )
    answer = await _asked(scene, budget, asked)
    assert await _until(scene, answer) == last
    late = await _spent(scene, budget, asked, await _asked(scene, budget, asked), **after)
    # An older version of the plan may still cover the day; the promise is that of the newest.
    assert outcome_of(late) == ("deny" if first == "line" else "refer")
    assert outcome_of(await _spent(scene, budget, asked, answer, effective_on=last, asked_on=last)) == "allow"


async def test_a_yes_promises_no_longer_than_its_condition_permits(scene: Scene) -> None:
    """An approval that is to be used by a day can be relied on until that day."""
    budget = await scene.budget()
    asked = (await scene.gate().ask(budget.wants(1_500_00, **ASKED), sender(), PATIENCE)).outcome.number
    use_by = Condition(kind="use_by", day=DAY + timedelta(days=3))
    async with scene.reading() as connection:
        referral = await said_at(connection, scene.book.book_id, asked)
        assert referral is not None
        found = await resolve(
            connection, scene.gate(), referral, actor="bob", effective_on=DAY, today=DAY, allows=True, reason=None,
            detail=None, conditions=(use_by,),
        )  # fmt: skip
    done = await scene.do(*found.requests, asked=BOB, guards=found.guards, other_than=found.other_than)
    assert await _until(scene, done.number) == use_by.day


@pytest.mark.parametrize(("more", "found"), [
    ({"amount": 1_500_01}, [SINGLE]), ({"payee": "A2"}, [SINGLE]), ({"asked_on": DAY + timedelta(days=29)}, [SINGLE]),
    ({"asked_on": DAY + timedelta(days=28)}, []),
])  # fmt: skip
async def test_a_yes_lifts_nothing_beyond_itself(scene: Scene, more: dict[str, Any], found: list[str]) -> None:
    """A penny more, another payee or a day later: the limits are there again."""
    await scene.payee("A2")
    budget = await scene.budget()
    approval = await _asked(scene, budget, 1_500_00)
    given = {"amount": 1_500_00, **more}
    assert findings_of(await _spent(scene, budget, given.pop("amount"), approval, **given)) == found


async def test_a_yes_about_a_later_day_is_not_good_before_it(scene: Scene) -> None:
    """Its thirty days are empty, and say nothing of today's; from its own day on it is a yes as any other."""
    budget, later = await scene.budget(), DAY + timedelta(days=60)
    answer = await _asked(scene, budget, 900_00, effective_on=later)
    for _ in range(2):
        assert outcome_of(await _spent(scene, budget, 1_000_00)) == "allow"
    early = await _spent(scene, budget, 900_00, answer)
    assert (outcome_of(early), findings_of(early)) == ("refer", [MONTHLY])
    other = await _asked(scene, budget, 901_00, effective_on=later)
    assert outcome_of(await _spent(scene, budget, 901_00, other, effective_on=later, asked_on=later)) == "allow"


async def test_the_rules_yes_to_somebody_else_lifts_no_officers_own_limit(scene: Scene) -> None:
    """They were not asked about the officer; what a person said yes to they looked at."""
    budget = await scene.budget()
    answer = await _asked(scene, budget, 900_00)
    assert findings_of(await _spent(scene, budget, 900_00, answer, own_limit=100_00)) == [SINGLE]
    approval = await _asked(scene, budget, 1_200_00)
    assert findings_of(await _spent(scene, budget, 1_200_00, approval, own_limit=100_00)) == []


@pytest.mark.parametrize(("more", "found"), [
    ({"service": "unsure"}, "icb_policy.service_unsure"), ({"service": "nhs_charges"}, "icb_policy.excluded_service"),
    ({"payee": "NEW"}, "icb_policy.payee_pending"), ({"payee": "NOBODY"}, "icb_policy.payee_not_approved"),
    ({"service": "meals"}, "plan.service_not_in_line"),
])  # fmt: skip
async def test_what_a_person_looked_at_is_not_looked_at_again(scene: Scene, more: dict[str, Any], found: str) -> None:
    """The question was referred for it, and an officer said yes: the order is allowed, once, and for no other payee."""
    budget = await scene.budget()
    await scene.do(payees.payee_recorded("registered", payees.Payee(payee="NEW")))
    meals = msgspec.structs.replace(budget.line, line=f"{budget.line.line}M", services=("meals",))
    await scene.do(plans.line_recorded("agreed", meals))
    assert findings_of(await _spent(scene, budget, 50_00, **more)) == [found]
    approval = await _asked(scene, budget, 50_00, **more)
    assert outcome_of(await _spent(scene, budget, 50_00, approval, **more)) == "allow"
    assert findings_of(await _spent(scene, budget, 50_00, approval, **more)) == [found]
    other = await _spent(scene, budget, 50_00, await _asked(scene, budget, 50_00, **more), **more | {"payee": "OTHER"})
    assert "icb_policy.payee_not_approved" in findings_of(other)


async def test_a_list_that_changed_since_takes_no_yes_back(scene: Scene, tmp_path: Path) -> None:
    """The rules themselves said yes, and the commissioner has left the service out since: the order within it is allowed, and the
    next one waits for a person."""
    budget = await scene.budget()
    answer = await _asked(scene, budget, 50_00)
    folder = copied(tmp_path)
    ours = '{"services_left_out": [{"from": "2013-08-01", "services": ["home_care"]}]}'
    (folder / "limits/TEST.json").write_text(ours, encoding="utf-8")
    engine = Engine(Bundle.load(folder))
    await scene.activated(engine.bundle.hash)
    for outcome in ("allow", "refer"):
        wanted = budget.wants(50_00, relies_on=answer, **ASKED)
        assert outcome_of(await scene.gate(engine=engine).spend(wanted, sender(), PATIENCE)) == outcome


async def test_no_answer_lifts_what_the_payee_or_the_money_says(scene: Scene) -> None:
    """A payee barred since, or money that is gone, is a no whatever was answered; one that was refused has used nothing up."""
    budget = await scene.budget(2_000_00)
    approval = await _asked(scene, budget, 1_500_00)
    await _spent(scene, budget, 600_00)
    gone = await _spent(scene, budget, 1_500_00, approval)
    assert (outcome_of(gone), findings_of(gone)) == ("deny", ["icb_policy.not_enough_left"])
    assert outcome_of(await _spent(scene, budget, 1_400_00, approval)) == "allow"
    other = await scene.budget()
    approval = await _asked(scene, other, 1_500_00)
    await scene.do(payees.payee_recorded("barred", payees.Payee(payee="A1", person=other.person)), asked=CAROL)
    assert findings_of(await _spent(scene, other, 1_500_00, approval)) == ["icb_policy.payee_barred"]


async def test_the_yes_to_an_order_is_no_answer_to_a_question(scene: Scene) -> None:
    """Who was approved an order has it; another of its size under the same approval is looked at."""
    budget = await scene.budget()
    order = (await _spent(scene, budget, 1_500_00)).outcome.entries[0].number
    approval = await _approved(scene, order)
    assert findings_of(await _spent(scene, budget, 1_500_00, approval)) == [MONTHLY, SINGLE]


async def _given_back(scene: Scene, budget: Budget, order: Decided, *, amount: int | None = None) -> int:
    """An order cancelled, or a part of it; the entry."""
    async with scene.reading() as connection:
        found = await order_of(connection, scene.book.book_id, budget.person, order.outcome.number + 1)
    assert found is not None
    released = hold_released(hold=order.outcome.number + 1, shares=found.shares, amount=amount, remaining=found.remaining,
                             effective_on=DAY, because=found.decision)  # fmt: skip
    return (await scene.do(released)).number


@pytest.mark.parametrize("how", ["declined", "cancelled", "expired"])
@pytest.mark.parametrize("asked", [900_00, 1_500_00], ids=["the rules' yes", "an officer's yes"])
async def test_what_came_to_nothing_gives_the_yes_back(scene: Scene, how: str, asked: int) -> None:
    """An order of a penny more that waits has the yes; declined, cancelled or expired it has not, and the next order within the yes
    is the first that relies on it. The one after that is asked as any other."""
    budget = await scene.budget()
    approval = await _asked(scene, budget, asked)
    for _ in range(2 if asked < 1_000_00 else 0):
        assert outcome_of(await _spent(scene, budget, 1_000_00)) == "allow"
    first = await _spent(scene, budget, asked + (how == "declined"), approval)
    assert outcome_of(first) == ("refer" if how == "declined" else "allow")
    assert outcome_of(await _spent(scene, budget, asked, approval)) == "refer"
    [waits] = [each for each in (await _waiting(scene, budget)) if each != first.outcome.number]
    await _declined(scene, waits)
    if how == "declined":
        await _declined(scene, first.outcome.number)
    elif how == "cancelled":
        await _given_back(scene, budget, first)
    else:
        await scene.clock.set(day_ends_us(DAY + timedelta(days=700)))
        await scene.writer.expire_due()
    assert outcome_of(await _spent(scene, budget, asked, approval)) == "allow"
    if how != "expired":
        # Where time has gone by, what had filled the thirty days has expired as well.
        assert outcome_of(await _spent(scene, budget, asked, approval)) == "refer"


async def test_what_was_given_back_is_not_brought_back_once_its_yes_is_used(scene: Scene) -> None:
    """The release of an order is undone while nothing else relies on the yes, as is that of a part of it; afterwards it is not."""
    budget = await scene.budget()
    approval = await _asked(scene, budget, 1_500_00)
    order = await _spent(scene, budget, 1_500_00, approval)

    async def brought_back(released: int) -> None:
        async with scene.reading() as connection:
            found = await reverse_entry(
                connection, scene.book.book_id, person=budget.person, number=released, effective_on=DAY
            )
        await scene.do(*found.requests, asked=CAROL, guards=found.guards, other_than=found.other_than)

    for amount in (1_00, None):
        await brought_back(await _given_back(scene, budget, order, amount=amount))
    assert outcome_of(await _spent(scene, budget, 1_500_00, approval)) == "refer"
    await _declined(scene, (await _waiting(scene, budget))[-1])
    released = await _given_back(scene, budget, order)
    assert outcome_of(await _spent(scene, budget, 1_500_00, approval)) == "allow"
    with pytest.raises(NotSettled, match="answer_used"):
        await brought_back(released)


async def test_an_order_given_back_in_part_has_used_its_yes(scene: Scene) -> None:
    """A pound that is still kept is a use."""
    budget = await scene.budget()
    approval = await _asked(scene, budget, 1_500_00)
    order = await _spent(scene, budget, 1_500_00, approval)
    await _given_back(scene, budget, order, amount=1_499_00)
    assert findings_of(await _spent(scene, budget, 1_500_00, approval)) == [SINGLE]


async def test_a_yes_given_back_is_used_once_by_two_at_once(scene: Scene) -> None:
    """Two processes that decide in the same moment: the second reads again, and is asked as any other."""
    budget = await scene.budget()
    approval = await _asked(scene, budget, 1_500_00)
    await _given_back(scene, budget, await _spent(scene, budget, 1_500_00, approval))

    async def other() -> None:
        assert outcome_of(await _spent(scene, budget, 1_500_00, approval)) == "allow"

    gate = scene.gate(writer=Between(scene.writer, other))
    late = await gate.spend(budget.wants(1_500_00, relies_on=approval, **ASKED), sender(), PATIENCE)
    assert (outcome_of(late), findings_of(late)) == ("refer", [MONTHLY, SINGLE])


async def _waiting(scene: Scene, budget: Budget) -> list[int]:
    """The person's orders that wait for somebody."""
    found = await kit.rows(
        scene.book.dsn, "SELECT number FROM phb.register r WHERE person_ref = $1 AND kind = 'decision' AND act = 'spend' AND "
        "attributes ->> 'outcome' = 'refer' ORDER BY number", budget.person,
    )  # fmt: skip
    return [row["number"] for row in found]
