"""The law of direct payments regulation by regulation (SI 2013/1617 as amended): each row as facts, what is said to them, and which
rules say it. The cases are samples; this is the specification."""

from datetime import date
from typing import Any

import pytest

from ledger.budgets import people
from ledger.budgets.people import Delegation, delegation_recorded
from policies.engine import Engine
from policies.facts import FactSheet
from policies.facts_deposits import Deposit
from policies.facts_payees import Approving
from policies.facts_requests import Request
from tests.cases.asked import bought, life, paid, provider
from tests.policies.scene import DAY, Budget, Scene
from tests.policies.sheets import EXCLUDED, sheet
from tests.policies.sheets_ending import ending
from tests.policies.sheets_holding import holding
from tests.policies.sheets_owing import owing
from tests.policies.sheets_plans import signing

DP: dict[str, Any] = {"management": "direct_payment"}
PAID: dict[str, Any] = {**DP, "act": "instalment"}
GONE: dict[str, Any] = {**DP, "act": "evidence", "money_gone": True}
ONCE: dict[str, Any] = {"management": "one_off", "act": "instalment"}
SELF: dict[str, Any] = {"is_person": True, "is_nominee": False}
CUT: dict[str, Any] = {"cuts_direct_payment": True, "cut_pence": 1}
MAY: dict[str, Any] = {"must_stop": False}


def request(**changes: Any) -> Request:
    """A refusal that nothing objects to, or another request, with these facts instead."""
    good: dict[str, Any] = {
        "act": "refuse_request", "has_right": True, "not_appropriate": True, "reasons_given": True, "others_offered": True,
    }  # fmt: skip
    return Request(**(good | changes))


def deposit(**changes: bool) -> Deposit:
    """Money in a holder's account of which nothing but this is known."""
    unknown = {"permitted_source": False, "managed_account": False, "one_off_account": False}
    return Deposit(act="tell_deposit", **(unknown | changes))


def approving(*, said: bool, registered: bool = False, employed: bool = False, **lacks: bool) -> Approving:
    """Somebody who carries on a regulated activity, and may lack what else the law asks for."""
    lacking = {"profession_lacking": False, "indemnity_lacking": False} | lacks
    return Approving(act="approve_payee", regulated_activity=True, registration_said=said, provider_registered=registered,
                     directly_employed=employed, **lacking)  # fmt: skip


ROWS: list[tuple[str, FactSheet, str, list[str]]] = [
    ("3(1) in order", sheet(**PAID), "allow", []),
    ("3(1) no consent", sheet(**PAID, consent_given=False), "deny", ["statute.consent"]),
    ("3(1) no consent to a notional budget", sheet(consent_given=False), "allow", []),
    ("3(1) no consent, already spent", sheet(**GONE, consent_given=False), "refer", ["statute.consent"]),
    ("3(3) on the Schedule", sheet(**PAID, excluded_by_schedule=True), "deny", ["statute.schedule_person"]),
    ("3(3) on the Schedule, once", sheet(**ONCE, excluded_by_schedule=True), "deny", ["statute.schedule_person"]),
    ("3(3) on the Schedule, third party", sheet(management="third_party", excluded_by_schedule=True), "allow", []),
    ("3(3) on the Schedule, planned", signing(schedule_allows=False), "deny", ["statute.plan_schedule_person"]),
    ("3(3) on the Schedule, another plan", signing(schedule_allows=False, direct_payment=False), "allow", []),
    ("3(1) no consent, planned", signing(consent_given=False), "deny", ["statute.plan_without_consent"]),
    ("3(1) no consent, another plan", signing(consent_given=False, direct_payment=False), "allow", []),
    ("3(2), 4(2), 5(2) not judged", holding(judgement_made=False), "refer", ["statute.holder_judgement"]),
    ("4 and 6 not who contracts", holding(principal_agreed=False), "refer", ["statute.holder_principal"]),
    ("4 a child holds it", holding(**SELF, under_sixteen=True), "deny", ["statute.holder_is_child"]),
    ("4 a parent holds it", holding(is_nominee=False, under_sixteen=True), "allow", []),
    ("4 into a child's account", sheet(**PAID, paid_to_child=True), "deny", ["statute.paid_to_child"]),
    ("4 sixteen, not asked", sheet(**PAID, confirmed_at_sixteen=False), "refer", ["statute.sixteen_consent"]),
    ("5 capacity, not asked", sheet(**PAID, confirmed_since_capacity=False), "refer", ["statute.capacity_consent"]),
    ("5 no capacity", holding(**SELF, lacks_capacity=True), "deny", ["statute.holder_lacks_capacity"]),
    ("5(4) to be appointed", holding(has_authority=False), "refer", ["statute.representative_to_appoint"]),
    ("5(7) lost for a time", holding(lacks_capacity=True, lost_for_a_time=True), "allow", []),
    ("5(7) lost", holding(lacks_capacity=True), "refer", ["statute.nominee_without_capacity"]),
    ("6(4) nominee silent", holding(nominee_agreed=False), "deny", ["statute.nominee_not_agreed"]),
    ("6(5) commissioner silent", holding(commissioner_agreed=False), "refer", ["statute.nominee_to_agree_to"]),
    ("7(2) no other way offered", request(others_offered=False), "refer", ["statute.refusal_other_ways"]),
    ("7(7) no certificate", holding(certificate_needed=True), "deny", ["statute.nominee_certificate"]),
    ("7(7) applied for", holding(certificate_needed=True, certificate_asked_for=True), "allow", []),
    ("7(10) no reasons", request(reasons_given=False), "deny", ["statute.refusal_reasons"]),
    ("7(13) and 8(6A) asked again", owing(act="reconsider", asked_before=True), "deny", ["statute.reconsidered_before"]),
    ("8(1) not enough", signing(cost_pence=10_400_01), "deny", ["statute.plan_not_enough"]),
    ("8(1) exactly enough", signing(cost_pence=10_400_00), "allow", []),
    ("8(1) nobody confirmed", signing(enough_confirmed=False), "deny", ["statute.plan_enough_not_confirmed"]),
    ("8(2) risks", signing(risks_agreed=False), "deny", ["statute.plan_risks_missing"]),
    ("8(3) no co-ordinator", sheet(**PAID, has_coordinator=False), "deny", ["statute.no_coordinator"]),
    ("8(4)(a)", signing(has_needs_and_outcomes=False), "deny", ["statute.plan_needs_missing"]),
    ("8(4)(c)", signing(has_amounts_and_intervals=False), "deny", ["statute.plan_amounts_missing"]),
    ("8(4)(c) paid otherwise", sheet(**PAID, amount_pence=75_49), "deny", ["plan.instalment_not_as_agreed"]),
    ("8(4)(d)", signing(has_coordinator=False), "deny", ["statute.plan_no_coordinator"]),
    ("8(4)(e)", signing(needs_monitored=False), "deny", ["statute.plan_monitors_missing"]),
    ("8(4)(f)", signing(has_review=False), "deny", ["statute.plan_review_missing"]),
    ("8(4)(g)", signing(has_notice_period=False), "deny", ["statute.plan_notice_missing"]),
    ("8(5)(i) a bill of the plan", sheet(**DP, service="debt_repayment", service_in_plan=True), "allow", []),
    ("8(5A) no necessity", signing(connected_necessary=False), "deny", ["statute.connected_not_necessary"]),
    ("8(5A) in the plan", sheet(**DP, payee_connected=True, payee_named_in_plan=True), "allow", []),
    ("8(5B) family elsewhere", sheet(**DP), "allow", []),
    ("8(7) not signed", signing(holder_signed=False), "deny", ["statute.plan_not_agreed"]),
    ("9 payroll of the plan", sheet(**DP, service="payroll"), "allow", []),
    ("10(1) not approved", sheet(**PAID, payee_account_approved=False), "deny", ["statute.account_not_approved"]),
    ("10(1) no statements", holding(act="approve_account", account_auditable=False), "deny", ["statute.account_not_auditable"]),
    ("10(1) one carer alone", holding(act="approve_account", of_carer_alone=True), "deny",
     ["icb_policy.account_of_carer_alone"]),
    ("10(3) money of one's own", deposit(), "refer", ["statute.deposit_not_permitted"]),
    ("10(2) social care", deposit(permitted_source=True), "allow", []),
    ("10(1A) managed", deposit(managed_account=True), "allow", []),
    ("10(6) own money beside a one-off payment", deposit(one_off_account=True), "allow", []),
    ("10(6) personal account", sheet(**ONCE, payee_account_approved=False), "allow", []),
    ("10(6) five things", signing(one_off_items=5), "allow", []),
    ("10(6) six things", signing(one_off_items=6), "deny", ["statute.one_off_too_many"]),
    ("10(6) five, not the only", signing(one_off_items=5, one_off_others=1), "deny", ["statute.one_off_not_the_only_one"]),
    ("10(6)(a) one, not the only", signing(one_off_items=1, one_off_others=1), "refer", ["statute.one_off_single_again"]),
    ("11(1) off the plan", sheet(**DP, service_in_line=False, service_in_plan=False), "deny", ["statute.not_a_plan_service"]),
    ("11(1) of another line of the plan", sheet(**DP, service_in_line=False), "refer", ["plan.service_not_in_line"]),
    ("11(1) off the plan, spent", sheet(**GONE, service_in_line=False, service_in_plan=False), "refer",
     ["statute.not_a_plan_service"]),
    ("11(1) and 13(4) care not had", owing(act="surplus", care_checked=False), "refer", ["icb_policy.surplus_care_first"]),
    ("11(2) not registered", sheet(**DP, regulated_activity=True), "deny", ["statute.provider_not_registered"]),
    ("11(2) employed", sheet(**DP, regulated_activity=True, directly_employed=True), "allow", []),
    ("11(2) found not to be", approving(said=True), "deny", ["statute.payee_not_registered"]),
    ("11(2) nobody said", approving(said=False), "refer", ["icb_policy.payee_registration_not_said"]),
    ("11(2)(b) of no profession", approving(said=True, registered=True, profession_lacking=True), "refer",
     ["statute.payee_profession"]),
    ("11(2)(b) an employee of no profession", approving(said=False, employed=True, profession_lacking=True), "refer",
     ["statute.payee_profession"]),
    ("11(2)(c) not insured", approving(said=True, registered=True, indemnity_lacking=True), "refer",
     ["statute.payee_indemnity"]),
    ("11(3) asked to check", request(act="request_checks"), "allow", []),
    ("11(3A) not in the plan", sheet(**DP, payee_connected=True), "deny", ["statute.connected_not_in_plan"]),
    ("11(3A) paid already", sheet(**GONE, payee_connected=True), "refer", ["statute.connected_not_in_plan"]),
    ("11(2) and (3) nobody looked them up", sheet(**DP, payee_state="unknown"), "refer", ["icb_policy.payee_pending"]),
    ("11(2) what was shown has run out", sheet(**DP, payee_state="lapsed"), "refer", ["statute.payee_lapsed"]),
    ("11(8) barred", sheet(**DP, payee_state="barred"), "deny", ["statute.payee_barred"]),
    ("12 illegible", sheet(**GONE, evidence_illegible=True), "refer", ["statute.evidence_illegible"]),
    ("12 explained", sheet(**GONE), "allow", []),
    ("13(4) exactly what is due", owing(act="offset", due_pence=60_00), "allow", []),
    ("13(4) a penny more", owing(act="offset", due_pence=59_99), "deny", ["statute.offset_more_than_due"]),
    ("13(4) not said why", owing(act="offset", reasonable_said=False), "refer", ["statute.offset_reasonable"]),
    ("13(5) after the notice", signing(**CUT, notice_given_days=28), "allow", []),
    ("13(5) a day too soon", signing(**CUT, notice_given_days=27), "deny", ["statute.cut_without_notice"]),
    ("13(5) no notice, no reasons", signing(**CUT, cut_notice_named=False), "deny",
     ["statute.cut_notice_not_named", "statute.cut_without_notice"]),
    ("14(2) planned too late", signing(review_in_time=False), "deny", ["statute.plan_review_late"]),
    ("14(2) held late", sheet(**PAID, review_overdue=True), "allow", ["statute.review_overdue"]),
    ("14(8) paused", ending(**MAY, act="suspend"), "refer", ["statute.stop_is_a_power"]),
    ("15 considered, with notice", owing(), "allow", []),
    ("15(1) not considered", owing(factors_considered=False), "refer", ["statute.demand_factors"]),
    ("15(2) lacking", owing(notice_complete=False), "deny", ["statute.demand_notice_incomplete"]),
    ("15(2) not given", owing(notice_given=False), "deny", ["statute.demand_notice_not_given"]),
    ("15(3) of the dead", owing(person_alive=False), "deny", ["statute.demand_after_death"]),
    ("15(3) of the estate", owing(person_alive=False, debtor_is_estate=True), "allow", []),
    ("15(7) waived", owing(act="waive"), "allow", []),
    ("16 no offence", owing(act="civil_debt", offence_stated=False), "deny", ["statute.civil_debt_no_offence"]),
    ("17(1) must", ending(), "allow", []),
    ("17(1) not shown", ending(ground_shown=False), "deny", ["statute.stop_ground_not_shown"]),
    ("17(2) may", ending(**MAY), "refer", ["statute.stop_is_a_power"]),
    ("3 to 5 after a death", sheet(**PAID, person_alive=False), "deny", ["statute.person_died"]),
    ("3 to 5 and 15(1)(f) paid before it was known", sheet(**GONE, person_alive=False), "refer", ["statute.person_died"]),
    ("17(3) no reasons", ending(reasons_given=False), "deny", ["statute.stop_reasons"]),
    ("17(3) too soon", ending(notice_days=27, notice_may_be_short=False), "deny",
     ["statute.stop_before_notice", "icb_policy.stop_notice_short"]),
    ("17(3) a crime cannot wait", ending(**MAY, notice_days=0), "refer",
     ["icb_policy.stop_notice_short", "statute.stop_is_a_power"]),
    ("17(9) left out of a version", signing(stops_unnotified=1), "deny", ["statute.stop_not_notified"]),
    ("6A a right refused", request(not_appropriate=False), "deny", ["statute.refusal_ground"]),
    *((f"8(5)({letter})", sheet(**DP, service=service), "deny", [f"statute.excluded_{letter}"])
      for letter, service in EXCLUDED.items()),
    *((f"8(5)({letter}) spent", sheet(**GONE, service=service), "refer", [f"statute.excluded_{letter}"])
      for letter, service in EXCLUDED.items()),
    ("all objections at once", sheet(**PAID, consent_given=False, excluded_by_schedule=True, agreement_signed=False,
                                     confirmed_at_sixteen=False), "deny",
     ["agreement.not_signed", "statute.consent", "statute.schedule_person", "statute.sixteen_consent"]),
]  # fmt: skip

"""Regulation → facts, outcome, rules. Three have no row, for they ask nothing of a payment, a plan or an act that is judged:
- 8(6), reasons for a service left out of the plan, are given by people when they are asked; 8(6A), that it is looked at again once,
  has a row.
- 11(4) and 12, authority to copy evidence: whoever sends it gives it to be kept, and a paper that came without is a fact like any
  other; what 12 asks about legible and missing evidence has rows.
- 14(5) and (6), what a review considers and may look at: how a review was held is a person's judgement; that it was held has rows,
  and what of 14(6) comes before money is taken back has one (11(1) and 13(4))."""


@pytest.mark.parametrize(("facts", "outcome", "rules"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_row_of_the_law(engine: Engine, facts: FactSheet, outcome: str, rules: list[str]) -> None:
    """A prohibition denies, a power is referred, what is spent is looked at, and the rest is allowed."""
    verdict = engine.decide(facts)
    found = [each.rule for each in (*verdict.findings, *verdict.reviews)]
    shortened = [each[: len("statute.excluded_x")] if each.startswith("statute.excluded_") else each for each in found]
    assert (verdict.outcome, shortened) == (outcome, rules)


WAITS = ("refer", ["statute.capacity_consent"])
DEBT = ("deny", ["statute.excluded_i_debt_repayment"])


async def test_no_payment_goes_on_by_itself_when_capacity_is_lost(scene: Scene) -> None:
    """Reg 5 and 17(1): from the day of the loss, until a representative consents or holds the money, or a nominee agrees to go on;
    a nominee of before has not agreed to that."""
    budget = await life(scene)
    await scene.do(people.person_recorded("capacity_lost", person=budget.person, on=DAY))
    assert await paid(scene, budget, effective_on=date(2025, 6, 1)) == ("allow", [])
    assert await paid(scene, budget) == WAITS
    assert await with_holder(scene, "nominee", date(2025, 6, 1)) == WAITS
    assert await with_holder(scene, "nominee", DAY) == ("allow", [])
    assert await with_holder(scene, "representative", date(2025, 4, 1)) == ("allow", [])
    assert await with_holder(scene, "person", DAY) == WAITS
    await scene.do(people.person_recorded("consent_given", person=budget.person, on=DAY))
    assert await paid(scene, budget) == ("allow", [])


async def with_holder(scene: Scene, role: str, start: date) -> tuple[str, list[str]]:
    """What is said to an instalment of somebody who lost capacity, whose money is held in this role from a day on."""
    budget: Budget = await life(scene)
    holder = Delegation(delegation=f"DG{budget.plan.plan}", person=budget.person, holder="hal", scope="holder", start=start,
                        role=role)  # fmt: skip
    lost = people.person_recorded("capacity_lost", person=budget.person, on=DAY)
    await scene.do(lost, delegation_recorded("granted", holder))
    return await paid(scene, budget)


@pytest.mark.parametrize(
    ("debt_for", "expected"),
    [("home_care", ("allow", [])), ("debt_repayment", DEBT), ("gambling", DEBT), ("exercise", DEBT)],
)
async def test_a_debt_is_paid_for_care_of_the_plan_only(
    scene: Scene, debt_for: str, expected: tuple[str, list[str]]
) -> None:  # fmt: skip
    """Reg 8(5)(i): a plan that names a debt, or gambling, makes no debt for either a debt for a plan service."""
    budget = await life(scene, services=("home_care", "debt_repayment", "gambling"))
    assert await bought(scene, budget, "debt_repayment", 80_00, debt_for=debt_for) == expected


@pytest.mark.parametrize("management", ["direct_payment", "notional"])
async def test_nobody_is_said_to_be_unregistered_whom_nobody_looked_up(scene: Scene, management: str) -> None:
    """Reg 11(2) and (3): an enquiry that is still to be made waits for it; the answer decides, and an employee needs none."""
    budget = await life(scene, management)
    for code, facts, expected in (
        ("ASKED", {}, ("refer", ["icb_policy.payee_pending"])), ("YES", {"cqc": True}, ("allow", [])),
        ("NO", {"cqc": False}, ("deny", ["statute.provider_not_registered"])), ("PA", {"direct_employee": True}, ("allow", [])),
    ):  # fmt: skip
        payee = await provider(scene, code, regulated=True, **facts)
        assert await bought(scene, budget, "home_care", payee=payee) == expected


async def test_a_death_is_no_objection_to_its_own_day(scene: Scene) -> None:
    """The payment of the last day goes out, and that of the next does not."""
    budget = await life(scene)
    await scene.do(people.person_recorded("died", person=budget.person, on=DAY))
    assert await paid(scene, budget, effective_on=date(2025, 6, 3)) == ("deny", ["statute.person_died"])
    assert await paid(scene, budget) == ("allow", [])


@pytest.mark.parametrize(("review", "found"), [(DAY, []), (date(2025, 6, 1), ["statute.review_overdue"])])
async def test_a_review_is_late_from_the_day_after_it_was_due(scene: Scene, review: date, found: list[str]) -> None:
    """Reg 14(2): the commissioner's own breach, and the payment goes out."""
    assert await paid(scene, await life(scene, plan={"first_review": review})) == ("allow", found)
