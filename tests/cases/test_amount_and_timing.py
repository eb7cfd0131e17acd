"""Cases 53 to 68: amounts, times, surpluses."""

from datetime import date
from typing import Any

import pytest

from ledger.budgets import people
from tests.api.lives import DAY, DORA, D, Lives
from tests.api.test_ending import notice as stop_notice
from tests.api.test_ending import written
from tests.api.test_holding import rules
from tests.api.test_people_and_plans import DIRECT, LINE, PLAN, SIGNED, Office
from tests.api.test_recovery import Owed
from tests.api.test_requesting import ASKED, REQUESTS
from tests.api.test_versions import SIMPLE, balance, planned, signed
from tests.cases.asked import INSTALMENT, life, paid, said
from tests.policies.scene import Scene
from tests.policies.test_changing import moved, with_second_line

FOUR_WEEKLY = {
    "management": "direct_payment",
    "instalment": "100.00",
    "interval": "four_weekly",
    "channel": "own_account",
}


async def holding(office: Office) -> tuple[str, dict[str, Any]]:
    """A person with an approved account, and a line of £1,000 that is paid into it."""
    await office.money()
    person = await office.person()
    bank = {"sort_code": "200000", "account_number": "55779911", "account_name": "J Example"}
    await office.done("ann", f"/people/{person}/events", {"act": "consent_given", "on": DAY})
    account = (await office.done("ann", f"/people/{person}/holder-accounts", bank))["subject"].partition("/")[2]
    await office.approved(f"/people/{person}/holder-accounts/{account}")
    return person, SIMPLE | FOUR_WEEKLY | {"holder_account": account}


async def test_case_53_a_plan_that_costs_more_than_it_gives_is_not_approved(office: Office) -> None:
    """£1,050 of care and £1,000 of money (reg 8(1)(d), 13(1)); to the penny it is signed."""
    person, line = await holding(office)
    plan = PLAN | DIRECT | {"lines": [line], "cost": "1050.00", "first_review": "2025-06-30"}
    drafted = await office.done("ann", f"/budgets/{person}/plans", plan)
    path = f"/budgets/{person}/plans/{drafted['plan']['plan']}"
    assert rules((await signed(office, path, **SIGNED))["decision"]) == ("deny", ["statute.plan_not_enough"])
    await office.done("ann", f"{path}/versions", plan | {"cost": "1000.00"})
    assert rules((await signed(office, path, **SIGNED))["decision"]) == ("allow", [])


async def test_case_53_no_other_line_makes_a_direct_payment_enough(office: Office) -> None:
    """£100 for care of £900, beside £2,000 that the commissioner spends: each service has its own full cost (reg 13(1)). Not said
    what each costs, a person looks; and so they do where what is paid out is less than what the line gives."""
    person, line = await holding(office)
    small, cost = line | {"amount": "100.00", "instalment": "10.00"}, {"cost": "2100.00", "first_review": "2025-06-30"}
    plan = PLAN | DIRECT | {"lines": [small | {"cost": "900.00"}, SIMPLE | {"amount": "2000.00"}], **cost}
    drafted = await office.done("ann", f"/budgets/{person}/plans", plan)
    path = f"/budgets/{person}/plans/{drafted['plan']['plan']}"
    assert drafted["plan"]["lines"][0]["cost"] == "900.00"
    assert rules((await signed(office, path, **SIGNED))["decision"]) == ("deny", ["statute.line_not_enough"])
    for each, expected in (
        (small, ("refer", ["statute.line_cost_not_said"])),
        (small | {"cost": "100.00", "instalment": "1.00"}, ("refer", ["statute.instalments_not_enough"])),
        (small | {"cost": "100.00"}, ("allow", [])),
    ):
        await office.done("ann", f"{path}/versions", plan | {"lines": [each, SIMPLE | {"amount": "2000.00"}]})
        assert rules((await signed(office, path, **SIGNED))["decision"]) == expected


@pytest.mark.parametrize("pence", [INSTALMENT - 1, INSTALMENT + 1])
async def test_case_54_an_instalment_of_another_amount_than_the_plan_says(scene: Scene, pence: int) -> None:
    """Reg 8(4)(c), a penny to either side."""
    assert await paid(scene, await life(scene), pence) == ("deny", ["plan.instalment_not_as_agreed"])


async def test_case_54_an_instalment_before_its_interval(scene: Scene) -> None:
    """Three months have begun, so three instalments were due, and the fourth is too early."""
    budget = await life(scene)
    answers = [await paid(scene, budget) for _ in range(4)]
    assert answers == [("allow", [])] * 3 + [("deny", ["plan.instalment_before_interval"])]


async def test_case_56_a_line_that_grows_by_more_than_a_quarter_is_looked_at(scene: Scene) -> None:
    """Within the total and the group: £250 more on £1,000 is allowed, and a pound after it makes it more than that, so that small
    moves count together; the person asked first, and a person takes a short look."""
    budget = await scene.budget()
    line = await with_second_line(scene, budget)
    assert said(await moved(scene, budget, line.line, 250_00)) == ("allow", [])
    far = ("refer", ["icb_policy.virement_far_above_plan"])
    assert said(await moved(scene, budget, line.line, 1_00)) == far
    assert said(await moved(scene, budget, line.line, 50_00)) == far


async def test_case_58_a_balance_above_eight_weeks_is_looked_at_for_unmet_care_first(owed: Owed, lives: Lives) -> None:
    """£5,500 less £900 is £600 above eight weeks of £500. Nobody takes anything before somebody found out, of late, that no planned
    care goes unmet; and what still does leaves it with a person."""
    for _ in range(2):
        await lives.instalment("2000.00")
    figures = {"line": "D", "balance": "5500.00", "liabilities": "900.00", "currency": "GBP", "effective_on": DAY}
    above = ("refer", ["icb_policy.balance_above_threshold"])
    assert rules((await owed.done("balances", figures))["decision"]) == above
    care_first = ("refer", ["icb_policy.surplus_care_first"])
    surplus = {**figures, "contingency": "2000.00"}
    assert rules((await owed.done("surpluses", surplus))["decision"]) == care_first
    for on, found in ((DAY, "unmet"), ("2025-05-04", "none_unmet"), ("2025-06-03", "none_unmet")):
        await owed.done("lines/D/care-checks", {"on": on, "found": found})
        referred = (await owed.done("surpluses", surplus))["decision"]
        assert rules(referred) == care_first
    await owed.done(f"decisions/{referred['number']}/approve", {"effective_on": DAY}, "officer:olga")
    approved = (await owed.done("surpluses", {**surplus, "approved": referred["number"]}))["decision"]
    assert (rules(approved), approved["amount"]) == (("allow", ["icb_policy.surplus_care_first"]), "2600.00")


async def test_case_58_no_unmet_care_was_found_on_the_last_day_that_counts(owed: Owed, lives: Lives) -> None:
    """Twenty-eight days before: what is above is determined at once."""
    for _ in range(2):
        await lives.instalment("2000.00")
    await owed.done(
        "lines/D/care-checks", {"on": "2025-05-05", "found": "met_since", "words": "Nights are covered again."}
    )
    surplus = {"line": "D", "balance": "5500.00", "liabilities": "900.00", "contingency": "2000.00", "currency": "GBP",
               "effective_on": DAY}  # fmt: skip
    assert rules((await owed.done("surpluses", surplus))["decision"]) == ("allow", [])


async def test_case_59_what_the_plan_saves_for_a_break_is_kept(office: Office) -> None:
    """£600 of a line of £1,000 are for a respite break until September: a balance of £753.42 is kept, where £153.43 would be looked
    at; a penny more than the saving and eight weeks is not, and so it is the day after the saving ends."""
    person, line = await holding(office)
    saving = {"amount": "600.00", "service": "respite", "until": "2025-09-30"}
    plan = PLAN | DIRECT | {"lines": [line | {"saving": saving}], "cost": "1000.00", "first_review": "2025-06-30"}
    drafted = await office.done("ann", f"/budgets/{person}/plans", plan)
    path, name = f"/budgets/{person}/plans/{drafted['plan']['plan']}", drafted["plan"]["lines"][0]["line"]
    assert drafted["plan"]["lines"][0]["saving"] == saving
    assert rules((await signed(office, path, **SIGNED))["decision"]) == ("allow", [])
    figures = {"line": name, "liabilities": "0.00", "currency": "GBP", "effective_on": "2025-09-30"}
    above = ("refer", ["icb_policy.balance_above_threshold"])
    for there, day, is_kept in (
        ("753.42", "2025-09-30", True), ("753.43", "2025-09-30", False), ("153.43", "2025-10-01", False),
    ):  # fmt: skip
        asked = await office.done(
            "ann", f"/budgets/{person}/balances", {**figures, "balance": there, "effective_on": day}
        )
        assert rules(asked["decision"]) == (("allow", []) if is_kept else above)


async def test_case_61_a_cut_of_a_direct_payment_without_notice(office: Office) -> None:
    """Effective today, with no notice or a day too little: the change is not made (reg 13(5))."""
    person, line = await holding(office)
    plan = PLAN | DIRECT | {"lines": [line], "cost": "900.00", "first_review": "2025-06-30"}
    drafted = await office.done("ann", f"/budgets/{person}/plans", plan)
    path = f"/budgets/{person}/plans/{drafted['plan']['plan']}"
    assert (await signed(office, path, **SIGNED))["decision"]["outcome"] == "allow"
    less = line | {"line": drafted["plan"]["lines"][0]["line"], "amount": "900.00"}
    cut = plan | {"from": "2025-05-06", "lines": [less], "first_review": "2026-05-06"}
    for noticed in ({}, {"notice_on": "2025-05-06"}):
        await office.done("ann", f"{path}/versions", cut | noticed)
        assert rules((await signed(office, path, **SIGNED))["decision"]) == (
            "deny",
            ["statute.cut_notice_not_named", "statute.cut_without_notice"],
        )


@pytest.mark.parametrize("rate", [{"instalment": "10.00"}, {"interval": "quarterly"}])
async def test_case_61_a_lower_rate_of_a_direct_payment_is_a_cut_too(office: Office, rate: dict[str, str]) -> None:
    """The line keeps its amount, and less is paid at a time, or less often: that is not done without notice either (reg 13(5))."""
    person, line = await holding(office)
    plan = PLAN | DIRECT | {"lines": [line], "cost": "900.00", "first_review": "2025-06-30"}
    drafted = await office.done("ann", f"/budgets/{person}/plans", plan)
    path = f"/budgets/{person}/plans/{drafted['plan']['plan']}"
    assert (await signed(office, path, **SIGNED))["decision"]["outcome"] == "allow"
    slower = line | {"line": drafted["plan"]["lines"][0]["line"], **rate}
    cut = plan | {"from": "2025-05-06", "lines": [slower], "first_review": "2026-05-06"}
    await office.done("ann", f"{path}/versions", cut)
    outcome, found = rules((await signed(office, path, **SIGNED))["decision"])
    assert outcome == "deny"
    assert {"statute.cut_notice_not_named", "statute.cut_without_notice"} <= set(found)


async def test_case_62_a_reduction_notice_without_reasons_is_not_issued(owed: Owed) -> None:
    """Reg 13(5) and 14(9): it can be written piece by piece, and goes out only whole. The ledger refuses to send it, whatever it
    lacks, and a refusal leaves nothing."""
    whole = {"about": "cut", "on": DAY, "notice_days": 28, "takes_effect_on": "2025-06-30", "words": "Less from July."}
    sent = {"act": "sent", "on": DAY}
    for lacks in ({"reasons": []}, {"reasons": ["needs_changed"], "takes_effect_on": None}):
        number = (await owed.done("notices", whole | lacks))["entries"][0]["number"]
        assert await owed.no(f"notices/{number}/move", sent) == (422, "notice_incomplete")
        assert await owed.no(f"notices/{number}/move", sent) == (422, "notice_incomplete")
    number = (await owed.done("notices", whole | {"reasons": ["needs_changed"]}))["entries"][0]["number"]
    await owed.done(f"notices/{number}/move", sent)


async def test_case_62_a_cut_by_a_notice_without_reasons_is_denied_at_the_gate(office: Office) -> None:
    """The version names a notice written in time that gives no reasons: the gate denies it, and by a whole one it is signed."""
    person, line = await holding(office)
    plan = PLAN | DIRECT | {"lines": [line], "cost": "900.00", "first_review": "2025-06-30"}
    drafted = await office.done("ann", f"/budgets/{person}/plans", plan)
    path, notices = f"/budgets/{person}/plans/{drafted['plan']['plan']}", f"/budgets/{person}/notices"
    assert rules((await signed(office, path, **SIGNED))["decision"]) == ("allow", [])
    less = line | {"line": drafted["plan"]["lines"][0]["line"], "amount": "900.00"}
    early = {"about": "cut", "on": "2025-05-01", "notice_days": 28, "takes_effect_on": "2025-05-30", "words": "Less."}
    for reasons, expected in (
        ([], ("deny", ["statute.cut_notice_not_named", "statute.cut_without_notice"])), (["needs_changed"], ("allow", [])),
    ):  # fmt: skip
        number = (await office.done("ann", notices, early | {"reasons": reasons}))["entries"][0]["number"]
        if reasons:
            for act, who in (("sent", "ann"), ("delivered", "ben")):
                await office.done(who, f"{notices}/{number}/move", {"act": act, "on": "2025-05-01"})
        cut = plan | {"from": "2025-05-06", "lines": [less], "first_review": "2026-05-06", "notice": number}
        await office.done("ann", f"{path}/versions", cut)
        assert rules((await signed(office, path, **SIGNED))["decision"]) == expected


async def test_case_64_nothing_is_paid_after_a_death(scene: Scene) -> None:
    """The next instalment is refused."""
    budget = await life(scene)
    await scene.do(people.person_recorded("died", person=budget.person, on=date(2025, 5, 30)))
    outcome, found = await paid(scene, budget)
    assert (outcome, found) == ("deny", ["statute.person_died"])


async def test_case_64_what_was_paid_is_looked_at_and_notice_pay_is_allowed(owed: Owed, lives: Lives) -> None:
    """Care bought after the death is accepted and referred; the personal representatives get the notice; what an assistant is owed
    for notice is a liability that another person accepts."""
    claim = await lives.claim("40.00")
    await lives.done(f"/people/{DORA}/events", {"act": "died", "on": "2025-05-30"}, line=D)
    accepted = await lives.accept(claim, "officer:olga", "claims", D)
    assert rules(accepted["decision"]) == ("refer", ["statute.person_died"])
    found = (await owed.demand("60.00", await owed.notice("60.00")))["decision"]
    assert rules(found) == ("deny", ["statute.demand_after_death"])
    estate = await owed.notice("60.00", reasons=["died"], debtor="ESTATE1", debtor_is="personal_representatives")
    assert rules((await owed.demand("60.00", estate))["decision"]) == ("allow", [])
    sent = {"line": "D", "class": "notice_pay", "amount": "300.00", "currency": "GBP", "working": "Four weeks of £75."}
    liability = (await owed.done("liabilities", sent))["entries"][0]["number"]
    given = await owed.done(
        "lines/D/stop", stop_notice(ground="died", alternative="not_needed", notice=await written(lives))
    )
    assert rules(given) == ("refer", ["statute.stop_is_a_power"])
    assert liability > 0


async def test_case_67_a_backdated_uplift_is_a_new_version_and_one_entry(office: Office) -> None:
    """The living wage went up in May: the days of care are in the past, the accounting day is that of the signature."""
    years = [{"year": "2025-26", "amount": "8000.00"}, {"year": "2026-27", "amount": "2400.01"}]
    more = [{"year": "2025-26", "amount": "8400.00"}, {"year": "2026-27", "amount": "2400.01"}]
    _, path, [line] = await planned(office, [LINE | {"years": years}])
    version = PLAN | {"from": "2025-05-01", "notice_days": 28}
    raised = LINE | {"line": line, "amount": "10800.01", "years": more}
    await office.done("ann", f"{path}/versions", version | {"lines": [raised]})
    done = await signed(office, path)
    assert rules(done["decision"]) == ("allow", [])
    [uplift] = [entry for entry in done["entries"] if entry["kind"] == "transaction"]
    assert (uplift["event"], uplift["effective_on"], uplift["care_from"]) == (3, DAY, "2025-05-01")
    assert await balance(office, f"share/{line}/nhs/2025-26/available") == "5040.00"


async def test_case_68_a_fast_track_patient_asks_for_a_budget(lives: Lives) -> None:
    """The right is there, so the request is taken; without a right a person decides whether to offer one."""
    assert rules(await lives.done(REQUESTS, ASKED, line=D)) == ("allow", [])
    referred = await lives.done(REQUESTS, {**ASKED, "right": "none"}, line=D)
    assert rules(referred) == ("refer", ["icb_policy.request_without_right"])
