"""Local values are what the commissioner says, from a day on: the days and sums below are its own, and count on the days said."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.budgets.delegated import ACTS, grade_recorded, limit_recorded
from ledger.budgets.documents import Document, document_recorded, documented
from ledger.budgets.plans import plan_recorded
from ledger.budgets.reading import Setup
from ledger.budgets.reviews import Reviewed, review_held
from ledger.budgets.standing import Said
from ledger.budgets.terms import ConnectedPerson
from ledger.core.calendar import day_ends_us, months_after
from ledger.core.model import Malformed
from ledger.money import MAX_PENCE
from policies.bundle import Bundle
from policies.conditions import Condition, ConditionUnfit, stated
from policies.engine import Engine
from policies.review_tiers import review_days
from policies.settling import NotSettled
from policies.sheet_kinds import KIND_OF_ACT
from tests.cases.asked import life, said
from tests.policies.files import copied
from tests.policies.scene import BOB, DAY, Scene, outcome_of, sender
from tests.policies.test_conditions import CAP, MUCH, referred, resolution

PATIENCE = 20.0
EVE = DAY - timedelta(days=1)


async def _with(scene: Scene, tmp_path: Path, begins: date, **values: int) -> Engine:
    """Rules in force whose book has limits of its own from a day on."""
    folder = copied(tmp_path)
    own = {name: [{"from": begins.isoformat(), "value": value}] for name, value in values.items()}
    (folder / "limits/TEST.json").write_text(json.dumps(own), encoding="utf-8")
    engine = Engine(Bundle.load(folder))
    await scene.activated(engine.bundle.hash)
    return engine


async def test_how_long_an_answer_and_an_order_last_is_said_for_their_own_day(scene: Scene, tmp_path: Path) -> None:
    """From the day on on which the commissioner says so, and as before for the day before."""
    budget = await scene.budget()
    gate = scene.gate(engine=await _with(scene, tmp_path, DAY, answer_relied_days=7, order_held_days=30))
    for day, relied, held in ((EVE, 28, 90), (DAY, 7, 30)):
        answer = await gate.ask(budget.wants(10_00, effective_on=day), sender(), PATIENCE)
        [decision] = answer.outcome.entries
        assert decision.attribute("relied_until") == (day + timedelta(days=relied)).isoformat()
        order = await gate.spend(budget.wants(10_00, effective_on=day), sender(), PATIENCE)
        async with scene.reading() as connection:
            expires = await connection.fetchval(
                "SELECT expires_us FROM phb.hold WHERE book_id = $1 AND number = $2", scene.book.book_id,
                order.outcome.entries[1].number,
            )  # fmt: skip
        assert expires == day_ends_us(scene.today() + timedelta(days=held))


@pytest.mark.parametrize(("begins", "days"), [(0, 3), (1, 10)])
async def test_by_when_a_person_decides_is_said_for_the_day_of_asking(
    scene: Scene, tmp_path: Path, begins: int, days: int
) -> None:
    """A value that begins tomorrow is none of today's."""
    budget, today = await scene.budget(), scene.today()
    gate = scene.gate(engine=await _with(scene, tmp_path, today + timedelta(days=begins), decide_within_days=3))
    decided = await gate.spend(budget.wants(1_000_01), sender(), PATIENCE)
    assert outcome_of(decided) == "refer"
    assert decided.outcome.entries[0].attribute("decide_by") == (today + timedelta(days=days)).isoformat()


async def test_a_large_budget_is_reviewed_more_often(scene: Scene, tmp_path: Path) -> None:
    """More than so many days after the plan began, or the last review; the payment goes on. One that is no larger than the limit is
    not looked at before the law's own time."""
    budget = await life(scene)
    of_a_week = budget.line.amount * 7 // ((budget.line.end - budget.line.start).days + 1)
    assert budget.plan.start == budget.line.start
    version = msgspec.structs.replace(budget.plan, first_review=budget.line.end)
    await scene.do(plan_recorded("signed", version), asked=BOB)
    since = (DAY - budget.plan.start).days
    for place, (large, days, found) in enumerate((
        (of_a_week, 1, []), (of_a_week - 1, since, []), (of_a_week - 1, since - 1, ["icb_policy.tier_review_due"]),
    )):  # fmt: skip
        engine = await _with(scene, tmp_path / str(place), DAY, review_large_pence=large, review_large_days=days)
        wanted = budget.wants(budget.line.instalment or 0, act="instalment", payee=None)
        assert (await _said(scene, engine, wanted))[1] == found
    await scene.do(review_held(person=budget.person, on=DAY - timedelta(days=2), outcome="unchanged"))
    assert (await _said(scene, engine, wanted))[1] == []


async def test_each_risk_has_its_own_days_and_the_shortest_counts(scene: Scene, tmp_path: Path) -> None:
    """The first year, an account of the holder's own, family who are paid and a return that did not come: each is looked at by the
    days that the commissioner says for it, and none as shipped."""
    budget = await life(scene)
    plan, line, limits = budget.plan, budget.line, Bundle.load().limits_on("TEST", DAY)
    setup = Setup(
        True, None, True, False, {plan.plan: [(plan, "signed")]}, {line.line: (line, "agreed")}, {}, frozenset(), ()
    )
    own = msgspec.structs.replace(line, channel="own_account")
    family = msgspec.structs.replace(plan, connected=(ConnectedPerson("K1"),))
    later = months_after(plan.start, 12)
    reminded = msgspec.structs.replace(setup, reviewed=Reviewed(reminders=1))
    assert review_days(setup, line, plan, limits, DAY) is None
    assert review_days(setup, line, plan, limits, later) is None
    tight = msgspec.structs.replace(
        limits,
        review_first_year_days=91,
        review_own_account_days=92,
        review_family_paid_days=93,
        review_reminded_days=94,
    )
    for given, on, expected in (
        ((setup, line, plan), DAY, 91), ((setup, line, plan), later, None), ((setup, own, plan), later, 92),
        ((setup, line, family), later, 93), ((reminded, line, plan), later, 94), ((reminded, own, family), later, 92),
        ((reminded, own, family), later - timedelta(days=1), 91),
    ):  # fmt: skip
        assert review_days(*given, tight, on) == expected
    since = (DAY - plan.start).days
    await scene.do(plan_recorded("signed", msgspec.structs.replace(plan, first_review=line.end)), asked=BOB)
    wanted = budget.wants(line.instalment or 0, act="instalment", payee=None)
    for place, (days, found) in enumerate(((since, []), (since - 1, ["icb_policy.tier_review_due"]))):
        engine = await _with(scene, tmp_path / str(place), DAY, review_first_year_days=days)
        assert (await _said(scene, engine, wanted))[1] == found


async def _said(scene: Scene, engine: Engine, wanted: object) -> tuple[str, list[str]]:
    """What is said to it, the interval of the plan left aside."""
    found = said(await scene.gate(engine=engine).instalment(wanted, sender(), PATIENCE))  # type: ignore[arg-type]
    return found[0], [rule for rule in found[1] if rule != "plan.instalment_before_interval"]


def _claims(*amounts: int, first: int = 1) -> tuple[Said, ...]:
    """Claims accepted on a day, and of each that its receipt is not there."""
    rows = []
    for place, pence in enumerate(amounts, first):
        claimed = {"act": "evidence_accepted", "amount": str(pence)}
        rows.append(Said(place, "evidence", f"claim/{place}", "evidence_accepted", DAY, claimed))
        lost = document_recorded(
            "document_given", Document(person="p" * 32, of=place, kind="receipt", state="explained")
        )
        rows.append(Said(100 + place, "evidence", lost.subject or "", "document_given", None, dict(lost.attributes)))
    return tuple(rows)


def test_what_needs_no_receipt_has_not_lost_one() -> None:
    """To the penny: of £10 and £10.01 only the latter is without a receipt where £10 needs none."""
    rows = _claims(10_00, 10_01)
    assert documented(rows, "claim/1", 10_00, DAY).lost == 20_01
    assert documented(rows, "claim/1", 10_00, DAY, without=10_00, in_year=10_00).lost == 10_01
    free = {"without": 10_01, "in_year": 20_01}
    assert documented(rows, "claim/1", 10_00, DAY, **free) == ("explained", 20_01, 0, True)
    assert not documented(rows, "claim/2", 10_01, DAY, without=10_00, in_year=20_01).needs_none


def test_what_needs_no_receipt_is_so_up_to_a_sum_of_the_year() -> None:
    """To the penny: of four times £10 no more than £30 of a financial year needs none, in whichever order they are entered; what is
    beyond counts as lost, and what has its receipt or is of another year takes nothing of it."""
    rows = _claims(10_00, 10_00, 10_00)
    for in_year, lost, needs_none in ((40_00, 0, True), (39_99, 1, False), (30_00, 10_00, False), (0, 40_00, False)):
        found = documented(rows + _claims(10_00, first=4), "claim/4", 10_00, DAY, without=10_00, in_year=in_year)
        assert (found.lost, found.needs_none) == (lost, needs_none)
    others = tuple(msgspec.structs.replace(row, day=date(2026, 4, 1)) for row in _claims(10_00, 10_00))
    assert documented(others, "claim/9", 10_00, date(2026, 3, 31), without=10_00, in_year=10_00).needs_none
    later = tuple(msgspec.structs.replace(row, day=date(2026, 3, 31)) for row in _claims(10_00, 10_00, 10_00))
    lacking = later + _claims(10_00, first=4)
    assert not documented(lacking, "claim/4", 10_00, date(2025, 4, 1), without=10_00, in_year=39_99).needs_none


def test_no_evidence_is_asked_for_of_what_needs_no_receipt() -> None:
    """Not as a condition of a yes either; a penny more may have one."""
    asked = Condition(kind="evidence_due", day=DAY)
    given = {"act": "spend", "line": "L1", "amount": "1000"}
    with pytest.raises(ConditionUnfit):
        stated([asked], given, DAY, no_receipt=10_00)
    assert stated([asked], {**given, "amount": "1001"}, DAY, no_receipt=10_00) == (f"evidence_due:{DAY}",)
    assert stated([asked], given, DAY, no_receipt=9_99) == (f"evidence_due:{DAY}",)


def test_every_act_with_an_amount_can_be_limited_by_grade_and_no_other() -> None:
    """The acts of the ledger's list are those of the gate whose sheets have an amount, and what is decided about a fact."""
    with_amount = {
        act for act, kind in KIND_OF_ACT.items() if {"amount_pence", "free_pence"} & {*kind.__struct_fields__}
    }
    assert with_amount == {"sign_plan", "reconsider"} | (
        set(ACTS) - {"allocate", "assignment", "invoice", "reimbursement"}
    )
    for act in ACTS:
        assert limit_recorded(grade="band5", act=act, amount=0, start=DAY).subject == f"limit/band5/{act}"
    for wrong in ({"act": "gamble"}, {"amount": -1}, {"amount": MAX_PENCE + 1}, {"amount": 1.5}, {"grade": ""}):
        given: dict[str, Any] = {"grade": "band5", "act": "spend", "amount": 1, "start": DAY, **wrong}
        with pytest.raises(Malformed):
            limit_recorded(**given)


async def test_whoever_approves_an_order_approves_no_more_than_their_grade_may(scene: Scene) -> None:
    """From the day of the limit on, for what is approved and not for what was asked; who has no grade, or one without a limit for
    this act, is not limited."""
    budget = await scene.budget()
    number = await referred(scene, budget)
    assert (await resolution(scene, number)).requests
    for act, amount in (("virement", 0), ("spend", MUCH - 1)):
        await scene.do(grade_recorded(actor="bob", grade="band5", start=DAY))
        await scene.do(limit_recorded(grade="band5", act=act, amount=amount, start=DAY))
        if act == "virement":
            assert (await resolution(scene, number)).requests
    with pytest.raises(NotSettled, match="over_own_limit"):
        await resolution(scene, number)
    assert (await resolution(scene, number, CAP)).requests
    await scene.do(limit_recorded(grade="band5", act="spend", amount=MUCH, start=DAY))
    assert (await resolution(scene, number)).requests
    await scene.do(limit_recorded(grade="band5", act="spend", amount=0, start=scene.gate().today() + timedelta(days=1)))
    assert (await resolution(scene, number)).requests
