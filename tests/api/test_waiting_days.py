"""Days that people wait: each step from what began it to what ended it, what ended otherwise, and what they still wait for."""

from datetime import date, timedelta

import msgspec

from ledger.budgets import budget_requests, payees, people, plans, reviews
from ledger.reports.autonomy import PAID_AHEAD, STEPS
from ledger.reports.store_autonomy import WAITED
from tests import kit
from tests.api.lives import ALICE, BOB, DAY, DORA, END, NED, NO, START, D
from tests.api.test_autonomy import table, waited
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_recovery import GBP, ON, Owed
from tests.api.test_reimbursements import laid_out

DAY_US = 86_400_000_000
LATER = date(2999, 12, 31)
HOLDER = "holder:holder-D"
MONDAY = date(2025, 6, 2)
NOON_US = 1_748_865_600_000_000
"""Of that Monday, when all entries of these tests were recorded, but those after a day that passed."""
RECORDED = """(SELECT book_id, number, body, $6 + $7 * coalesce((
    SELECT max(day) FROM unnest($8::bigint[], $9::bigint[]) AS passed (after, day) WHERE after < e.number
), 0) AS recorded_us FROM phb.entry e) AS e"""


class Waited:
    """A book whose entries were recorded on days that the test says, because no service writes of another day than today."""

    def __init__(self, lives: Tried) -> None:
        self.lives = lives
        self.passed: list[tuple[int, int]] = []

    async def last(self) -> int:
        """The last entry."""
        return int((await kit.rows(self.lives.dsn, "SELECT max(number) AS last FROM phb.entry"))[0]["last"])

    async def on_day(self, day: int) -> None:
        """What follows is recorded so many days after Monday."""
        self.passed.append((await self.last(), day))

    async def __call__(self, until: date = LATER) -> dict[str, tuple[list[int], list[int]]]:
        """Of each step that there is anything of, the days of what is over and of what is waited for, at the last entry."""
        (book,) = await kit.rows(self.lives.dsn, "SELECT book_id FROM phb.book")
        after, days = zip((0, 0), *self.passed, strict=True)
        given = (book["book_id"], START, until, await self.last(), list(PAID_AHEAD), NOON_US, DAY_US, after, days)
        found: dict[str, tuple[list[int], list[int]]] = {}
        for row in await kit.rows(self.lives.dsn, WAITED.replace("phb.entry e", RECORDED), *given):
            found.setdefault(row["step"], ([], []))[not row["is_over"]].append(row["days"])
        return {step: (sorted(over), sorted(still)) for step, (over, still) in found.items()}


async def test_a_referral_a_claim_and_what_was_laid_out_are_waited_for_until_they_are_decided(lives: Tried) -> None:
    """Of each one that was decided after three days, one that was declined, and one that nobody looked at."""
    waits = Waited(lives)
    await lives.instalment("2000.00")
    referred = [(await lives.spend(amount))["number"] for amount in ("1000.01", "1000.02", "1000.03")]
    claims = [await lives.claim(amount) for amount in ("10.00", "11.00", "12.00")]
    await waits.on_day(3)
    await lives.done(f"decisions/{referred[0]}/approve", ON, "officer:olga")
    await lives.done(f"decisions/{referred[1]}/decline", {**ON, **NO}, "officer:olga")
    await lives.accept(claims[0], "officer:olga", "claims", D)
    no = {"reason": "too_much", "words": "It was less."}
    await lives.done(f"claims/{claims[1]}/decline", no, "officer:olga", D)
    await waits.on_day(5)
    await lives.spend("100.00")
    found = await waits()
    assert found["referral_to_decision"] == ([0, 3, 3], [5]), "Dora's instalment was approved on its day"
    assert found["claim_to_acceptance"] == ([3], [5])
    read = await table(lives, last=LATER.isoformat())
    assert (waited(read, "claim_to_acceptance")[0], waited(read, "claim_to_acceptance", "still_waiting")[0]) == (1, 1)


async def test_what_was_laid_out_is_waited_for_until_it_is_paid_and_again_when_the_payment_comes_back(
    lives: Tried,
) -> None:
    """Accepted it is owed, and still waited for."""
    waits = Waited(lives)
    claim = (await lives.done("reimbursements", laid_out("75.50"), HOLDER, D))["entries"][0]["number"]
    await waits.on_day(2)
    due = (await lives.done(f"reimbursements/{claim}/accept", ON, "officer", D))["entries"][0]["number"]
    assert (await waits())["reimbursement_to_paid_back"] == ([], [2])
    await waits.on_day(6)
    given = {"payee": "H1", "bank": "main", "invoices": [due], **ON}
    run = (await lives.done("/payments", given, "finance:pat"))["entries"][0]["number"]
    assert (await waits())["reimbursement_to_paid_back"] == ([6], [])
    await lives.done(f"/payments/{run}/return", {**ON, "reason": "closed"}, "finance:fay")
    assert (await waits())["reimbursement_to_paid_back"] == ([], [6])


async def test_a_question_is_waited_for_until_nothing_of_it_is_open(lives: Tried) -> None:
    """Half explained is not answered; of what is not asked any more because the person moved nothing is told."""
    waits = Waited(lives)
    await lives.instalment("2000.00")
    owed = Owed(lives)
    line = await owed.bank_line("150.00")
    asked = [
        (await owed.done("questions", {"of": line, "amount": amount, **GBP, **ON}))["entries"][0]["number"]
        for amount in ("60.00", "40.00")
    ]
    await waits.on_day(4)
    half = {"amount": "30.00", **GBP, **ON}
    await owed.done(f"questions/{asked[0]}/explain", half, "officer:olga")
    assert (await waits())["question_to_answer"] == ([], [4, 4])
    await waits.on_day(9)
    await owed.done(f"questions/{asked[0]}/explain", half, "officer:olga")
    assert (await waits())["question_to_answer"] == ([9], [9])


async def test_a_reconsideration_is_waited_for_from_the_letter_to_the_answer(lives: Tried) -> None:
    """By the days that were said, as its own time limit is: 28 of one, and the other waits since the same day."""
    waits = Waited(lives)
    await lives.instalment("2000.00")
    owed = Owed(lives)
    for amount, answered in (("60.00", True), ("50.00", False)):
        number = await owed.demanded(amount)
        given = {"about": "demand", "of": number, "received_on": DAY}
        asked = (await owed.done("reconsiderations", given))["entries"][0]["number"]
        if answered:
            answer = {"outcome": "upheld", "answered_on": "2025-06-30", "words": "It stands."}
            await owed.done(f"reconsiderations/{asked}/answer", answer, "officer:olga")
    await waits.on_day(40)
    await lives.spend("100.00")
    assert (await waits())["reconsideration_to_answer"] == ([28], [40])
    # On a day before the answer both wait.
    assert (await waits(date(2025, 6, 29)))["reconsideration_to_answer"] == ([], [27, 27])


async def test_a_review_is_waited_for_until_it_is_held_or_not_needed(lives: Tried) -> None:
    """Two became due, of which the shortfall of one went; a third is held after eight days."""
    waits = Waited(lives)
    due = MONDAY + timedelta(days=30)
    for line in ("D", "E"):
        await lives.do(reviews.review_due(person=DORA, due=due, reason="shortfall", shortfall=1, line=line))
    await waits.on_day(8)
    await lives.do(reviews.shortfall_gone(person=DORA, line="E", on=MONDAY))
    assert (await waits())["review_to_held"] == ([], [8])
    await lives.do(reviews.review_held(person=DORA, on=MONDAY, outcome="unchanged"))
    assert (await waits())["review_to_held"] == ([8], [])


async def test_a_plan_that_is_to_be_changed_is_waited_for_until_a_version_is_signed(lives: Tried) -> None:
    """A review that is held meanwhile is no end of it."""
    waits = Waited(lives)
    due = MONDAY + timedelta(days=28)
    await lives.do(reviews.review_due(person=DORA, due=due, reason="reconsidered", plan="PD", of=1, told_on=MONDAY))
    await waits.on_day(8)
    await lives.do(reviews.review_held(person=DORA, on=MONDAY, outcome="unchanged"))
    found = await waits()
    assert (found["change_to_plan"], found.get("review_to_held", ([], []))) == (([], [8]), ([], []))
    version = plans.PlanVersion(plan="PD", person=DORA, version=2, start=START, end=END, agreement=True)
    await lives.do(plans.plan_recorded("signed", version))
    assert (await waits())["change_to_plan"] == ([8], [])


async def test_a_check_of_a_provider_is_waited_for_until_it_is_approved(lives: Tried) -> None:
    """Asked for by Ned, of whom nothing else is waited for."""
    waits = Waited(lives)
    await lives.do(reviews.checks_requested(person=NED, payee="NEW", on=MONDAY, due_on=MONDAY))
    await waits.on_day(7)
    assert (await waits())["provider_check_to_answer"] == ([], [0]), "nothing was recorded since"
    await lives.do(payees.payee_recorded("approved", payees.Payee(payee="NEW", regulated=True, cqc=True)), asked=BOB)
    assert (await waits())["provider_check_to_answer"] == ([7], [])


async def test_whoever_asked_for_a_budget_waits_until_money_is_paid_or_none_is_needed(lives: Tried) -> None:
    """Dora waits until her first payment; Ned, whose care the commissioner buys, waits for none; nor does who was refused. All by
    the days that were said, whenever they were recorded."""
    waits = Waited(lives)
    for person in (DORA, NED):
        asked = budget_requests.BudgetRequest(request=f"R{person[-1]}", person=person, on=START, right="chc")
        await lives.do(budget_requests.request_recorded(asked))
    third = people.person_ref(b"3" * 16)
    asked = budget_requests.BudgetRequest(request="R3", person=third, on=START, right="chc")
    await lives.do(people.person_recorded("registered", person=third), budget_requests.request_recorded(asked))
    assert (await waits())["request_to_first_payment"] == ([], [(MONDAY - START).days] * 2)
    refused = budget_requests.BudgetRequest(request="R3", person=third, on=START, right="chc", ground="not_appropriate")
    await lives.do(budget_requests.request_recorded(refused))
    await lives.instalment("2000.00")
    assert (await waits())["request_to_first_payment"] == ([(MONDAY - START).days], [])
    before = (await waits(MONDAY - timedelta(days=1)))["request_to_first_payment"]
    assert before == ([], [(MONDAY - START).days - 1]), (
        "Ned's budget began and the third was refused, though it was recorded later"
    )


async def test_whoever_was_loaded_later_waited_by_the_days_that_were_said_and_who_was_taken_on_is_left_out(
    lives: Tried,
) -> None:
    """Both registered on Monday and long after with a day of asking: one waits for no payment since their budget began, as it would
    if that had been entered on the day; who came by an import may have been paid before, and nothing is said of them."""
    waits = Waited(lives)
    asked_for = people.groups_detail(b"g" * 16, [people.Group("requested_on", "2025-03-02", START)])
    late, moved, begins = people.person_ref(b"4" * 16), people.person_ref(b"5" * 16), START + timedelta(days=40)
    await lives.do(people.person_recorded("registered", person=late, detail=asked_for))
    imported = msgspec.structs.replace(ALICE, source="imported")
    await lives.do(people.person_recorded("registered", person=moved, detail=asked_for), asked=imported)
    line = plans.Line(
        line="LATE", person=late, plan="PLATE", version=1, services=("home_care",), management="notional", amount=10_000,
        start=begins, end=END, shares=(plans.LineShare("nhs", "ring_fenced", 1),),
    )  # fmt: skip
    await waits.on_day(300)
    await lives.do(plans.line_recorded("agreed", line))
    step = "request_to_first_payment"
    asked_on = date(2025, 3, 2)
    assert (await waits(begins - timedelta(days=1)))[step] == ([], [(begins - asked_on).days - 1])
    assert step not in await waits(begins)


async def test_every_step_is_told_also_one_of_which_there_is_nothing(lives: Tried) -> None:
    """In the order of their names in the ledger, with what is over and what waits."""
    read = await table(lives)
    assert [each["name"] for each in read["waiting"]] == list(STEPS)
    assert {
        str(each["everybody"][which]["times"]) for each in read["waiting"] for which in ("over", "still_waiting")
    } == {"0"}
