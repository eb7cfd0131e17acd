"""Instalments follow their schedule: each period once, at its amount, of its own financial years."""

from datetime import date
from typing import Any

import msgspec
import pytest

from ledger.budgets import acts, people, plans
from ledger.budgets.chart import account, fund_accounts
from ledger.budgets.schedule import Schedule
from ledger.budgets.scheduled import PeriodState, read_periods
from ledger.core.requests import OpenAccounts, Record
from policies import instalments, paying, scheduling
from policies.decisions import answer_detail
from policies.gate import Decided, NotPaidOut
from policies.referrals import resolve
from policies.sheets import NotThere
from tests.policies.scene import (
    ALICE,
    BOB,
    CAROL,
    DAY,
    END,
    JOINT,
    NHS,
    START,
    YEAR,
    Budget,
    Scene,
    findings_of,
    outcome_of,
    sender,
)  # fmt: skip
from tests.policies.test_warrants import verified

PATIENCE = 20.0
MAY, JUNE = date(2025, 5, 1), date(2025, 6, 1)


async def scheduled(scene: Scene, shares: Any = NHS, **more: Any) -> Budget:
    """A direct payment of £12,000 a year in twelve months."""
    budget = await scene.budget(1_200_000, shares, "direct_payment")
    await agreed(scene, budget, **more)
    await scene.do(OpenAccounts(accounts=tuple(account(klass, account="main") for klass in ("bank", "in_transit"))))
    return budget


def schedule_of(budget: Budget, **more: Any) -> Schedule:
    given: dict[str, Any] = {"frequency": "monthly", "start": START, "end": END, "amount": 1_000_00, **more}
    return Schedule(line=budget.line.line, person=budget.person, **given)


async def agreed(scene: Scene, budget: Budget, **more: Any) -> Decided:
    schedule = schedule_of(budget, **more)
    return await scene.gate().carry_out(
        lambda connection: scheduling.agree(connection, scene.book.book_id, schedule), sender(ALICE), PATIENCE
    )


async def ended(scene: Scene, budget: Budget, on: date) -> Decided:
    return await scene.gate().carry_out(
        lambda connection: scheduling.end(
            connection, scene.book.book_id, person=budget.person, line=budget.line.line, on=on
        ),
        sender(ALICE), PATIENCE,
    )  # fmt: skip


async def asked(scene: Scene, budget: Budget, period: date | None, amount: int = 1_000_00, **more: Any) -> Decided:
    wanted = budget.wants(amount, act="instalment", payee=None, period=period, **more)
    return await scene.gate().instalment(wanted, sender(ALICE), PATIENCE)


async def paid(scene: Scene, budget: Budget, number: int, on: date = DAY) -> Decided:
    return await scene.gate().carry_out(
        lambda connection: instalments.release_instalment(
            connection, scene.book.book_id, person=budget.person, number=number, bank="main", effective_on=on,
            today=on,
        ),
        sender(CAROL), PATIENCE,
    )  # fmt: skip


async def state_of(scene: Scene, budget: Budget, period: date) -> PeriodState:
    async with scene.reading() as connection:
        states = (await read_periods(connection, scene.book.book_id, budget.person)).states_of(budget.line.line)
    [found] = [each for each in states if each.period.first == period]
    return found


async def test_each_period_is_paid_once(scene: Scene) -> None:
    """Asked for it waits, paid it is met, and a second time is denied by either; the next period is not."""
    budget = await scheduled(scene)
    first = await asked(scene, budget, MAY)
    assert (outcome_of(first), dict(first.outcome.entries[0].attributes)["period"]) == ("allow", "2025-05-01")
    assert (await state_of(scene, budget, MAY)).state == "asked"
    again = await asked(scene, budget, MAY)
    assert (outcome_of(again), findings_of(again)) == ("deny", ["plan.instalment_met_before"])
    await paid(scene, budget, first.outcome.number)
    state = await state_of(scene, budget, MAY)
    assert (state.state, state.paid, state.left, len(state.payments)) == ("paid", 1_000_00, 0, 1)
    assert findings_of(await asked(scene, budget, MAY)) == ["plan.instalment_met_before"]
    assert outcome_of(await asked(scene, budget, JUNE)) == "allow"
    assert (await verified(scene)).ok


@pytest.mark.parametrize(
    ("period", "amount", "rules"),
    [
        (date(2025, 5, 2), 1_000_00, ["plan.instalment_not_in_schedule"]),
        (None, 1_000_00, ["plan.instalment_not_in_schedule"]),
        (MAY, 1_000_01, ["plan.instalment_not_as_agreed"]),
        (MAY, 999_99, ["plan.instalment_not_as_agreed"]),
    ],
)
async def test_what_the_schedule_does_not_say_is_denied(
    scene: Scene, period: date | None, amount: int, rules: list[str]
) -> None:
    """Another day, no day, a penny more or less."""
    decided = await asked(scene, await scheduled(scene), period, amount)
    assert (outcome_of(decided), findings_of(decided)) == ("deny", rules)


async def test_a_returned_instalment_is_due_again_once(scene: Scene) -> None:
    """The bank sends it back (event 33): the period may be asked for and paid once more."""
    budget = await scheduled(scene)
    first = await paid(scene, budget, (await asked(scene, budget, MAY)).outcome.number)
    await returned(scene, budget, first.outcome.number)
    state = await state_of(scene, budget, MAY)
    assert (state.state, state.left, state.payments) == ("returned", 1_000_00, ())
    await paid(scene, budget, (await asked(scene, budget, MAY)).outcome.number)
    state = await state_of(scene, budget, MAY)
    assert (state.state, state.paid, state.returned, len(state.payments)) == ("paid", 2_000_00, 1_000_00, 1)
    assert findings_of(await asked(scene, budget, MAY)) == ["plan.instalment_met_before"]


async def returned(scene: Scene, budget: Budget, payment: int) -> None:
    """The bank sends a payment back, and the account that it was for is approved anew."""
    await scene.gate().carry_out(
        lambda connection: paying.return_instalment(
            connection, scene.book.book_id, person=budget.person, number=payment, reason="account_closed", effective_on=DAY
        ),
        sender(BOB), PATIENCE,
    )  # fmt: skip
    account_of = budget.line.holder_account or ""
    # The accounts of money are open since the first approval.
    approved, *_ = people.holder_account_recorded("approved", holder_account=account_of, person=budget.person)
    await scene.do(approved, asked=BOB)


async def test_an_offset_leaves_the_rest_due_and_a_whole_one_nothing(scene: Scene) -> None:
    """£600 kept back of £1,000: £400 is the instalment; kept back whole, the period is met."""
    budget = await scheduled(scene)
    for period, pence in ((MAY, 600_00), (JUNE, 1_000_00)):
        given = (("act", "offset"), ("amount", str(pence)), ("line", budget.line.line), ("period", period.isoformat()),
                 ("person", budget.person))  # fmt: skip
        await scene.do(Record(kind="notice", subject=f"offset/{period}", attributes=given))
    assert findings_of(await asked(scene, budget, MAY)) == ["plan.instalment_not_as_agreed"]
    assert outcome_of(await asked(scene, budget, MAY, 400_00)) == "allow"
    assert (await state_of(scene, budget, JUNE)).state == "offset"
    assert findings_of(await asked(scene, budget, JUNE)) == ["plan.instalment_met_before"]


async def test_a_referral_of_a_period_blocks_it_until_it_is_decided(scene: Scene) -> None:
    """Waiting it cannot be asked for twice; declined it is due again; approved and paid it is met."""
    budget = await scheduled(scene)
    waiting = await asked(scene, budget, MAY, service="unsure")
    assert outcome_of(waiting) == "refer"
    assert findings_of(await asked(scene, budget, MAY)) == ["plan.instalment_met_before"]
    await decided(scene, waiting, allows=False)
    assert (await state_of(scene, budget, MAY)).state == "due"
    second = await asked(scene, budget, MAY, service="unsure")
    await decided(scene, second, allows=True)
    assert (await state_of(scene, budget, MAY)).state == "asked"
    await paid(scene, budget, second.outcome.number)
    assert (await state_of(scene, budget, MAY)).state == "paid"
    assert (await verified(scene)).ok


async def decided(scene: Scene, referral: Decided, *, allows: bool) -> Decided:
    from ledger.budgets.reading import said_at

    async def make(connection: Any) -> Any:
        said = await said_at(connection, scene.book.book_id, referral.outcome.number)
        assert said is not None
        today = scene.today()
        return await resolve(connection, scene.gate(), said, actor=BOB.actor, allows=allows, effective_on=DAY, today=today,
                             reason="another", detail=answer_detail(b"s" * 16, "Not now."))  # fmt: skip

    return await scene.gate().carry_out(make, sender(BOB), PATIENCE)


async def crossing(scene: Scene, shares: Any = NHS) -> Budget:
    """A direct payment of two years, £52,000 each, in four-weekly payments of £4,000 from 1 April 2025."""
    for fund in ("nhs", "council"):
        await scene.do(fund_accounts(fund, "2026-27"), acts.fund_granted(fund=fund, year="2026-27", amount=100_000_000,
                                                                        effective_on=START))  # fmt: skip
    budget = await scene.budget(5_200_000, shares, "direct_payment")
    line = msgspec.structs.replace(budget.line, amount=10_430_000, end=date(2027, 3, 31))
    plan = msgspec.structs.replace(budget.plan, version=2, end=line.end)
    line = msgspec.structs.replace(line, version=2)
    following = [
        plans.share_of(line, each, "2026-27", partner="council" if each.kind == "partner" else None) for each in shares
    ]
    await scene.do(
        plans.plan_recorded("signed", plan), plans.line_recorded("agreed", line, because=-1),
        *(request for share in following for request in plans.share_opened(share)),
        acts.allocation_changed(changes=[(5_200_000, following)], line=line.line, effective_on=START, because=-1), asked=BOB,
    )  # fmt: skip
    await scene.do(OpenAccounts(accounts=tuple(account(klass, account="main") for klass in ("bank", "in_transit"))))
    made = Budget(budget.person, plan, line, budget.signed)
    await agreed(scene, made, frequency="four_weekly", amount=4_000_00, end=date(2027, 3, 31))
    return made


async def test_an_instalment_that_crosses_the_years_end_is_of_both_years(scene: Scene) -> None:
    """£4,000 on 31 March for 28 days: £142.86 of the old year and £3,857.14 of the new one, held and paid (event 51)."""
    budget = await crossing(scene, JOINT)
    last = date(2026, 3, 31)
    held = await asked(scene, budget, last, 4_000_00, effective_on=DAY)
    assert outcome_of(held) == "allow"
    code = budget.line.line
    kept = {each: pence for each, pence in held.outcome.entries[1].legs if each.endswith("/held")}
    assert kept == {
        f"share/{code}/nhs/{YEAR}/held": 85_72, f"share/{code}/council/{YEAR}/held": 57_14,
        f"share/{code}/nhs/2026-27/held": 2_314_28, f"share/{code}/council/2026-27/held": 1_542_86,
    }  # fmt: skip
    entry = (await paid(scene, budget, held.outcome.number)).outcome.entries[0]
    assert entry.event == 51
    assert {each: pence for each, pence in entry.legs if each.endswith("/advanced")} == {
        each.replace("/held", "/advanced"): pence for each, pence in kept.items()
    }
    assert (await state_of(scene, budget, last)).state == "paid"
    assert (await verified(scene)).ok


async def test_a_crossing_instalment_that_was_referred_is_of_both_years_too(scene: Scene) -> None:
    """Approved, its hold is placed anew with the same parts, and it is paid."""
    budget = await crossing(scene)
    waiting = await asked(scene, budget, date(2026, 3, 31), 4_000_00, service="unsure")
    approved = await decided(scene, waiting, allows=True)
    [order] = [each for each in approved.outcome.entries if each.kind == "hold_placed"]
    assert sorted(pence for _, pence in order.legs if pence > 0) == [142_86, 3_857_14]
    assert (await paid(scene, budget, waiting.outcome.number)).outcome.entries[0].event == 51
    assert (await verified(scene)).ok


async def test_a_year_without_money_denies_its_part(scene: Scene) -> None:
    """Of two years each gives its own part: when the new one has nothing left, what the old has is no help."""
    budget = await crossing(scene)
    following = plans.share_of(
        budget.line, NHS[0], "2026-27", balances={f"share/{budget.line.line}/nhs/2026-27/available": 5_200_000}
    )
    changes = [(-5_000_000, [following])]
    await scene.do(
        acts.allocation_changed(changes=changes, line=budget.line.line, effective_on=DAY, because=budget.signed)
    )
    assert outcome_of(await asked(scene, budget, date(2026, 3, 31), 4_000_00)) == "deny"


async def test_an_act_on_a_fixed_schedule_is_an_act_of_law(scene: Scene) -> None:
    """Two at once for one period: one is allowed, and the other denied, whoever came first."""
    import asyncio

    budget = await scheduled(scene)
    both = await asyncio.gather(asked(scene, budget, MAY), asked(scene, budget, MAY))
    assert sorted(outcome_of(each) for each in both) == ["allow", "deny"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"start": date(2025, 3, 31)}, "schedule_outside_line"),
        ({"end": date(2026, 4, 1)}, "schedule_outside_line"),
        ({"amount": 1_000_01}, "schedule_over_line"),
        ({"start": date(2025, 6, 15)}, "schedule_not_on_period"),
        ({"start": MAY}, "period_met"),
    ],
)
async def test_a_schedule_stays_within_its_line_and_leaves_what_was_paid(
    scene: Scene, more: dict[str, Any], code: str
) -> None:
    """Its dates, its amount, where a change may begin, and nothing that was met."""
    budget = await scheduled(scene)
    await asked(scene, budget, MAY)
    with pytest.raises(scheduling.NotScheduled, match=code):
        await agreed(scene, budget, **more)


async def test_a_change_holds_from_its_first_day_and_an_end_stops_what_has_not_begun(scene: Scene) -> None:
    """What begins before stays as it was; after the end none begins, and a new schedule may."""
    budget = await scheduled(scene)
    await agreed(scene, budget, start=date(2025, 10, 1), amount=900_00)
    assert (await state_of(scene, budget, date(2025, 9, 1))).period.amount == 1_000_00
    assert (await state_of(scene, budget, date(2025, 10, 1))).period.amount == 900_00
    await ended(scene, budget, date(2025, 12, 15))
    assert (await state_of(scene, budget, date(2025, 12, 1))).state == "due"
    denied = await asked(scene, budget, date(2026, 1, 1), 900_00)
    assert findings_of(denied) == ["plan.instalment_not_in_schedule"]
    with pytest.raises(scheduling.NotScheduled, match="schedule_unknown"):
        await ended(scene, budget, date(2025, 12, 15))
    await agreed(scene, budget, start=date(2026, 1, 1), amount=800_00)
    assert outcome_of(await asked(scene, budget, date(2026, 1, 1), 800_00)) == "allow"


async def test_a_line_without_a_schedule_is_as_before(scene: Scene) -> None:
    """Without a period the plan's amount counts; a period of it is unknown; a line that is not paid out has no schedule."""
    budget = await scene.budget(1_200_000, NHS, "direct_payment", instalment=1_000_00)
    assert outcome_of(await asked(scene, budget, None)) == "allow"
    with pytest.raises(NotThere, match="period_unknown"):
        await asked(scene, budget, MAY)
    with pytest.raises(scheduling.NotScheduled, match="schedule_differs"):
        await agreed(scene, budget, amount=999_00)
    with pytest.raises(NotPaidOut):
        await agreed(scene, await scene.budget())


@pytest.mark.parametrize("how", ["another entry", "another decision"])
async def test_an_instalment_of_two_years_that_no_decision_allowed_is_named(scene: Scene, how: str) -> None:
    """Whoever stole the writer pays the hold of a crossing instalment by something else: verification says which entry."""
    budget = await crossing(scene)
    held = await asked(scene, budget, date(2026, 3, 31), 4_000_00)
    denied = await asked(scene, budget, date(2026, 3, 31), 4_000_00)
    hold = held.outcome.entries[1]
    kept = {code: pence for code, pence in hold.legs if code.endswith("/held")}
    shares = [plans.share_of(budget.line, NHS[0], year) for year in (YEAR, "2026-27")]
    assert (await verified(scene)).ok
    paid_out = acts.held_instalment_of_years_paid(
        hold=hold.number, remaining=kept, shares=shares, effective_on=DAY,
        into=account("advance", person=budget.person, holder_account=budget.line.holder_account or "").code,
        through=account("in_transit", account="main").code,
        because=budget.signed if how == "another entry" else denied.outcome.number,
    )  # fmt: skip
    outcome = await scene.do(paid_out, asked=CAROL)
    found = await verified(scene)
    assert (found.what, found.first_wrong) == ("unwarranted", outcome.number)
