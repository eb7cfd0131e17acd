"""Cases 21 to 51: what may be bought, and from whom."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.open_books import today
from ledger.budgets import payees, plans
from ledger.budgets.terms import ConnectedPerson
from policies.bundle import Bundle
from policies.engine import Engine
from tests.api.lives import DAY, DORA, NED, D, Lives
from tests.api.test_bank_feeds import file_of
from tests.api.test_contributions import CHAIR, balance, banked
from tests.api.test_holding import rules
from tests.api.test_people_and_plans import Office
from tests.api.test_versions import planned
from tests.cases.asked import PATIENCE, bought, life, provider, said
from tests.policies.files import copied
from tests.policies.scene import Scene, sender


async def test_case_21_the_wage_of_an_assistant_in_the_plan(scene: Scene) -> None:
    """Within the line, to an approved payee."""
    wage = await provider(scene, "PA1", regulated=True, direct_employee=True)
    assert await bought(scene, await life(scene), "personal_assistant", 400_00, payee=wage) == ("allow", [])


@pytest.mark.parametrize("management", ["direct_payment", "notional"])
async def test_case_22_a_gym_membership_to_reduce_pain(scene: Scene, management: str) -> None:
    """£35, in the plan."""
    assert await bought(scene, await life(scene, management), "exercise", 35_00) == ("allow", [])


async def test_case_23_a_games_console_as_a_cognitive_aid(scene: Scene) -> None:
    """Odd is not off-plan."""
    assert await bought(scene, await life(scene), "cognitive_aids", 449_00) == ("allow", [])


EXCLUDED = [
    ("case_25_wine", "alcohol_or_tobacco", "statute.excluded_g_alcohol_or_tobacco"),
    ("case_26_betting", "gambling", "statute.excluded_h_gambling"),
    ("case_27_tobacco", "alcohol_or_tobacco", "statute.excluded_g_alcohol_or_tobacco"),
    ("case_27_a_personal_debt", "debt_repayment", "statute.excluded_i_debt_repayment"),
    ("case_30_a_prescription_charge", "nhs_charges", "statute.excluded_b_nhs_charges"),
    ("case_31_a_private_hip_replacement", "planned_surgery", "statute.excluded_c_planned_surgery"),
    ("case_32_a_flu_jab", "vaccination_or_screening", "statute.excluded_d_vaccination_or_screening"),
    ("case_32_an_nhs_health_check", "health_check", "statute.excluded_f_health_check"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "rule"), [row[1:] for row in EXCLUDED], ids=[row[0] for row in EXCLUDED])
async def test_what_the_regulation_leaves_out(scene: Scene, service: str, rule: str) -> None:
    """Reg 8(5): also where a plan should say so the law is what objects; no plan says it here, and that is said as well."""
    named = await life(scene, services=(service,))
    assert await bought(scene, named, service) == ("deny", [rule])
    assert await bought(scene, await life(scene), service) == ("deny", [rule])


async def test_case_25_wine_that_was_paid_for_is_looked_at(lives: Lives) -> None:
    """The money has gone: what was told is taken, and a person considers it under reg 15."""
    await lives.instalment("2000.00")
    claim = await lives.claim("12.00", service="alcohol_or_tobacco")
    accepted = await lives.accept(claim, "officer:olga", "claims", D)
    assert rules(accepted["decision"]) == ("refer", ["statute.excluded_g_alcohol_or_tobacco"])
    assert [each["event"] for each in accepted["entries"] if each["kind"] == "transaction"] == [12]


async def test_case_28_an_overdue_invoice_of_the_plans_agency(scene: Scene) -> None:
    """A debt for a service in the plan may be repaid."""
    budget = await life(scene, services=("home_care", "debt_repayment"))
    assert await bought(scene, budget, "debt_repayment", 80_00, debt_for="home_care") == ("allow", [])


async def test_case_34_what_it_is_unlawful_to_buy(scene: Scene) -> None:
    """The law in general, and somebody looks at whether an offence was meant."""
    budget = await life(scene, services=("unlawful",))
    assert await bought(scene, budget, "unlawful") == ("deny", ["statute.unlawful", "statute.possible_offence"])


async def test_case_35_a_local_list_that_the_plan_contradicts(scene: Scene, tmp_path: Path) -> None:
    """The plan has talking therapy, and the commissioner's list leaves it out: no law bars it, so a person decides."""
    folder = copied(tmp_path)
    list_of_ours = '{"services_left_out": [{"from": "2013-08-01", "services": ["talking_therapy"]}]}'
    (folder / "limits/TEST.json").write_text(list_of_ours, encoding="utf-8")
    engine = Engine(Bundle.load(folder))
    budget = await life(scene)
    await scene.activated(engine.bundle.hash)
    wanted = budget.wants(60_00, service="talking_therapy")
    decided = await scene.gate(engine=engine).ask(wanted, sender(), PATIENCE)
    assert said(decided) == ("refer", ["icb_policy.service_left_out_here"])


async def test_case_37_an_agency_for_personal_care_without_registration(scene: Scene) -> None:
    """Reg 11(2)(a)(i), however the budget is held."""
    agency = await provider(scene, "AG1", regulated=True, cqc=False)
    for management in ("direct_payment", "notional"):
        found = await bought(scene, await life(scene, management), "home_care", payee=agency)
        assert found == ("deny", ["statute.provider_not_registered"])


async def test_case_38_an_assistant_employed_by_the_holder(scene: Scene) -> None:
    """Is outside that registration."""
    own = await provider(scene, "PA2", regulated=True, cqc=False, direct_employee=True)
    assert await bought(scene, await life(scene), "personal_assistant", payee=own) == ("allow", [])


@pytest.mark.parametrize("management", ["direct_payment", "notional"])
async def test_case_40_a_purchase_waits_while_the_commissioner_checks_the_provider(
    scene: Scene, management: str
) -> None:
    """Reg 11(3): the provider is registered for the checks and not approved yet, so a person decides, and the money is kept."""
    budget = await life(scene, management)
    waits = await provider(scene, "B7", "registered", regulated=True, cqc=True)
    assert await bought(scene, budget, "home_care", payee=waits) == ("refer", ["icb_policy.payee_pending"])
    assert await scene.left(budget, "held") == (35_00 if management == "notional" else 0)


async def test_whom_nobody_has_looked_up_is_no_denial_to_who_holds_the_money(scene: Scene) -> None:
    """Reg 11(2) and (3): the holder may lawfully pay them, so a person looks. No law bars the commissioner
    from ordering there either."""
    for management, expected in (
        ("direct_payment", ("refer", ["icb_policy.payee_pending"])), ("notional", ("refer", ["icb_policy.payee_not_approved"])),
    ):  # fmt: skip
        assert await bought(scene, await life(scene, management), "home_care", payee="NOBODY") == expected


async def test_case_40_the_commissioner_is_asked_for_the_checks_and_has_a_day_for_them(lives: Lives) -> None:
    """Reg 11(3): allowed at once for the holder, a task of the commissioner with a day, and done once the provider is approved.
    Asked twice it is one task; of a provider barred for all it is a new one, and where the enquiries were made nothing is left."""
    asked = {"payee": "NEW", "on": DAY, "effective_on": DAY}
    for day in ((today() + timedelta(days=2)).isoformat(), "9999-12-31"):
        early = await lives.send("provider-checks", {**asked, "on": day}, "holder:holder-N")
        assert (early.status_code, early.json()["code"]) == (400, "dates_malformed")
    assert rules(await lives.done("provider-checks", asked, "holder:holder-N")) == ("allow", [])
    assert rules(await lives.done("provider-checks", asked)) == ("allow", [])
    [task] = (await lives.get("/provider-checks")).json()["checks"]
    assert (task["payee"], task["asked_on"], task["due_on"]) == ("NEW", DAY, "2025-06-16")
    assert task["late_days"] > 0
    assert rules(await lives.spend("35.00", payee="NEW")) == ("refer", ["icb_policy.payee_pending"])
    await lives.done("/payees/NEW/approve", {}, "officer:approver")
    assert (await lives.get("/provider-checks")).json()["checks"] == []
    assert rules(await lives.spend("35.00", payee="NEW")) == ("allow", [])
    for payee, no in (("NEW", (409, "approved_already")), ("NOBODY", (404, "payee_not_found"))):
        answer = await lives.send("provider-checks", {**asked, "payee": payee}, "holder:holder-N")
        assert answer.json()["code"] == no[1]
    assert (await lives.send("provider-checks", asked, "holder:holder-D")).status_code == 404
    for payee, bar, no in (("A1", {"person": NED}, "approved_already"), ("NEW", {}, None)):
        await lives.done(f"/payees/{payee}/bar", bar, "officer:approver")
        answer = await lives.send("provider-checks", {**asked, "payee": payee}, "holder:holder-N")
        assert answer.json().get("code") == no, answer.text
    assert [each["payee"] for each in (await lives.get("/provider-checks")).json()["checks"]] == ["NEW"]
    assert rules(await lives.done("provider-checks", asked, "holder:holder-N")) == ("allow", [])
    assert len((await lives.get("/provider-checks")).json()["checks"]) == 1
    await lives.done("/payees/NEW/approve", {}, "officer:olga")
    assert (await lives.get("/provider-checks")).json()["checks"] == []


async def test_case_41_a_provider_barred_for_this_person(scene: Scene) -> None:
    """And for nobody else."""
    budget, other = await life(scene), await life(scene)
    await scene.do(payees.payee_recorded("barred", payees.Payee(payee="A1", person=budget.person)))
    assert await bought(scene, budget, "home_care") == ("deny", ["statute.payee_barred"])
    assert await bought(scene, other, "home_care") == ("allow", [])


async def test_case_43_a_wife_who_lives_with_the_patient(scene: Scene) -> None:
    """Paid where the plan names her with why it is necessary, and not where it does not say why."""
    wife = await provider(scene, "WIFE", direct_employee=True)
    named = await life(scene, plan={"connected": (ConnectedPerson(wife, "meets_need"),)})
    assert await bought(scene, named, "personal_assistant", payee=wife) == ("allow", [])
    unsaid = await life(scene, plan={"connected": (ConnectedPerson(wife),)})
    found = await bought(scene, unsaid, "personal_assistant", payee=wife)
    assert found == ("deny", ["statute.connected_not_in_plan"])


async def test_case_44_a_sister_who_lives_elsewhere(scene: Scene) -> None:
    """No connected person since 1 April 2017, so nothing has to be named."""
    sister = await provider(scene, "SISTER", direct_employee=True)
    assert await bought(scene, await life(scene), "personal_assistant", payee=sister) == ("allow", [])


async def test_case_46_a_stranger_who_lives_in(scene: Scene) -> None:
    """Lives in the household, and is neither family nor friend."""
    stranger = await provider(scene, "LIVEIN", direct_employee=True)
    assert await bought(scene, await life(scene), "live_in_care", 600_00, payee=stranger) == ("allow", [])


@pytest.mark.parametrize("service", ["managed_account", "payroll", "brokerage"])
async def test_case_47_a_fee_in_the_plan(scene: Scene, service: str) -> None:
    """Reg 9(3): the plan requires it, so the payment may buy it; a fee that the plan does not have is no service of the plan."""
    named = await life(scene, services=("home_care", service))
    assert await bought(scene, named, service, 40_00) == ("allow", [])
    unnamed = await life(scene, services=("home_care",))
    assert await bought(scene, unnamed, service, 40_00) == ("deny", ["statute.not_a_plan_service"])


async def test_case_28_what_another_line_of_the_plan_has_is_in_the_plan(scene: Scene) -> None:
    """Reg 11(1) and 8(5)(i) speak of the plan: a service, or a debt for one, that another line has is no denial, and a person says
    which part of the budget bears it; what no line has is denied."""
    budget = await life(scene, services=("home_care",))
    other = msgspec.structs.replace(budget.line, line=f"{budget.line.line}B", services=("payroll",))
    await scene.do(plans.line_recorded("agreed", other))
    in_another = ("refer", ["plan.service_not_in_line"])
    assert await bought(scene, budget, "payroll", 40_00) == in_another
    assert await bought(scene, budget, "debt_repayment", debt_for="payroll") == in_another
    assert await bought(scene, budget, "debt_repayment", debt_for="home_care") == ("allow", [])
    assert await bought(scene, budget, "debt_repayment", debt_for="meals") == (
        "deny",
        ["statute.excluded_i_debt_repayment"],
    )
    await scene.do(plans.line_recorded("ended", other))
    assert await bought(scene, budget, "payroll", 40_00) == ("deny", ["statute.not_a_plan_service"])


async def test_case_47_a_fee_that_was_paid_is_accepted_as_spending_of_the_plan(lives: Lives) -> None:
    """The claim for it posts like any other; of a line that does not name it a person looks at it."""
    await lives.instalment("2000.00")
    payroll = plans.line_recorded("agreed", msgspec.structs.replace(D, services=(*D.services, "payroll")))
    for named, expected in ((False, ("refer", ["statute.not_a_plan_service"])), (True, ("allow", []))):
        if named:
            await lives.do(payroll)
        claim = await lives.claim("18.50" if named else "18.00", service="payroll")
        accepted = await lives.accept(claim, "officer:olga", "claims", D)
        assert rules(accepted["decision"]) == expected
        assert [each["event"] for each in accepted["entries"] if each["kind"] == "transaction"] == [12]
    assert (await lives.money(D))["spent"] == "36.50"


async def statement_of(lives: Lives, *rows: str) -> list[dict[str, Any]]:
    """Rows of a statement of Dora's account, taken; its lines that are open."""
    head = "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID"
    await lives.done(
        "holder-accounts/H1/statements", file_of(content="\n".join((head, *rows, "")).encode()), "finance", D
    )
    lines: list[dict[str, Any]] = (await lives.get(f"/budgets/{DORA}/bank-lines")).json()["lines"]
    return lines


async def told(lives: Lives, number: int, **more: Any) -> Any:
    """What is said to a line that is not our money."""
    sent = {"kind": "other_money", "effective_on": "2025-06-10", **more}
    return await lives.done(f"bank-lines/{number}/match", sent, "officer:mat", D)


@pytest.mark.parametrize("source", [None, "own"])
async def test_case_49_money_of_their_own_in_the_account_is_asked_after(lives: Lives, source: str | None) -> None:
    """£300 "to top up": referred, and written down whatever is found; it is none of the budget's money, and another person answers,
    here that it was taken out again, which decides the referral too."""
    [line] = await statement_of(lives, "05/06/2025,BGC,OWN,,300.00,300.00,X-1")
    before, on = await lives.money(D), {"effective_on": "2025-06-10"}
    referred = (await told(lives, line["number"], source=source))["decision"]
    assert rules(referred) == ("refer", ["statute.deposit_not_permitted"])
    [waiting] = (await lives.get("/deposits")).json()["deposits"]
    assert (waiting["state"], waiting["amount"], await lives.money(D)) == ("referred", "300.00", before)
    answered = await lives.done(f"deposits/{line['number']}/answer", {"outcome": "taken_out", **on}, "officer:ann", D)
    assert [entry["attributes"].get("of") for entry in answered["entries"] if entry["kind"] == "decision"] == [
        str(referred["number"])
    ]
    assert (await lives.get("/deposits")).json()["deposits"] == []


async def test_case_50_a_councils_payment_shares_the_account_and_is_told_apart(lives: Lives) -> None:
    """£150 of social care beside £2,000 of ours: allowed, tagged, and nobody is asked after it. What it pays for is told to be of
    it, up to what it put in, and waits for no evidence of ours."""
    await lives.instalment("2000.00")
    open_lines = await statement_of(
        lives, "05/06/2025,BGC,COUNCIL,,150.00,2150.00,X-1", "06/06/2025,DEB,CARE,100.00,,2050.00,X-2",
        "07/06/2025,DEB,CARE,60.00,,1990.00,X-3",
    )  # fmt: skip
    came, first, second = (each["number"] for each in open_lines)
    before = await lives.money(D)
    allowed = await told(lives, came, source="social_care")
    assert rules(allowed["decision"]) == ("allow", [])
    assert [each["attributes"].get("source") for each in allowed["entries"]] == ["social_care", None]
    assert ((await lives.get("/deposits")).json()["deposits"], await lives.money(D)) == ([], before)
    assert await lives.balance(f"unidentified/{DORA}/H1") == "160.00"
    assert rules((await told(lives, first, source="social_care"))["decision"]) == ("allow", [])
    assert await lives.balance(f"unidentified/{DORA}/H1") == "60.00"
    beyond = {"kind": "other_money", "effective_on": "2025-06-10", "source": "social_care"}
    no = await lives.send(f"bank-lines/{second}/match", beyond, "officer:mat", D)
    assert (no.status_code, no.json()["code"]) == (422, "match_unfit")
    again = await lives.send(f"bank-lines/{first}/match", beyond, "officer:mat", D)
    assert again.json()["code"] == "bank_line_matched"


async def test_case_51_what_a_person_adds_to_a_wheelchair_is_theirs(office: Office) -> None:
    """A seat riser for £400 beside £2,000 of the fund: the plan is signed, and the £400 are no spending of the NHS."""
    await office.done("fay", "/funds", {"fund": "own", "years": ["2025-26"], "kind": "contribution"})
    await banked(office)
    person, path, [line] = await planned(office, [CHAIR])
    [version] = (await office.get(path)).json()["versions"]
    assert version["state"] == "signed"
    given = {"line": line, "amount": "400.00", "currency": "GBP", "effective_on": DAY, "bank": "main"}
    taken = await office.done("fay", f"/budgets/{person}/contributions", given)
    assert [each["event"] for each in taken["entries"]] == [45]
    assert await balance(office, f"share/{line}/own/2025-26/available") == "400.00"
    assert await balance(office, f"share/{line}/nhs/2025-26/available") == "2000.00"
