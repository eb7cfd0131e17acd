"""Cases 69 to 90: evidence, review, repayment, and who may do what."""

from datetime import date

import asyncpg
import pytest

from ledger.budgets.reading import decisions_of
from ledger.budgets.reviews import return_said, review_held
from tests import kit
from tests.api.asking import journal, negated
from tests.api.lives import DAY, D, Lives
from tests.api.test_ending import AFTER, LAST, notice, stopped, written
from tests.api.test_evidence import HOLDER
from tests.api.test_evidence_files import PDF
from tests.api.test_holding import rules
from tests.api.test_recovery import Owed
from tests.api.test_requesting import REFUSED, REQUESTS
from tests.api.test_requesting import asked as requested
from tests.cases.asked import PATIENCE, life, paid, said
from tests.policies.scene import DAY as ON_DAY
from tests.policies.scene import Scene, sender
from tests.policies.watched import Watched, days


async def test_case_69_a_receipt_that_cannot_be_read(lives: Lives) -> None:
    """The money is accepted as evidence, and the holder is asked for a better copy or a word; a word is enough, and what needs no
    receipt here needs none that can be read."""
    await lives.instalment("2000.00")
    for amount, explained, expected in (
        ("12.00", False, ("refer", ["statute.evidence_illegible"])), ("12.00", True, ("allow", [])),
        ("10.00", False, ("allow", [])),
    ):  # fmt: skip
        claim = await lives.claim(amount)
        paper = PDF + f"% {claim}\n".encode()
        sent = await lives.send(f"evidence/files?of={claim}&document=receipt", paper, HOLDER, D)  # type: ignore[arg-type]
        number = sent.json()["entries"][0]["number"]
        await lives.done(f"evidence/{number}/judge", {"state": "illegible"}, "officer:olga", D)
        if explained:
            said = {"of": claim, "document": "receipt", "words": "Bread and milk for the helpers."}
            await lives.done("evidence", said, HOLDER, D)
        accepted = await lives.accept(claim, "officer:bob", "claims", D)
        assert rules(accepted["decision"]) == expected
        assert [entry["event"] for entry in accepted["entries"] if entry["kind"] == "transaction"] == [12]
    assert (await lives.money(D))["spent"] == "34.00"


async def test_case_71_lost_receipts_for_two_fifths_of_a_quarter(lives: Lives) -> None:
    """One lost receipt is explained and accepted, though it is a quarter of all; with a second it is £200 of £500, and somebody
    looks. What was lost in another quarter is not counted with it."""
    await lives.instalment("2000.00")
    accepted = []
    for amount, is_lost, on in (("300.00", False, DAY), ("100.00", True, DAY), ("100.00", True, "2025-06-01")):
        claim = await lives.claim(amount, spent_on=on)
        if is_lost:
            await lives.done("evidence", {"of": claim, "document": "receipt", "words": "I cannot find it."}, HOLDER, D)
        accepted.append(rules((await lives.accept(claim, "officer:olga", "claims", D))["decision"]))
    assert accepted == [("allow", []), ("allow", []), ("refer", ["icb_policy.receipts_lost"])]
    claim = await lives.claim("10.00")
    later = await lives.done(f"claims/{claim}/accept", {"effective_on": "2025-09-01"}, "officer:olga", D)
    assert rules(later["decision"]) == ("allow", [])


async def test_case_72_missing_returns_are_looked_at_and_stop_no_payment(scene: Scene) -> None:
    """After two reminders somebody offers help; suspending is for people to decide."""
    budget = await life(scene)
    assert await paid(scene, budget) == ("allow", [])
    for _ in range(2):
        await scene.do(return_said("return_reminded", person=budget.person, on=ON_DAY))
    assert await paid(scene, budget) == ("allow", ["icb_policy.returns_missing"])


@pytest.mark.parametrize(
    ("held_on", "found"),
    [
        (date(2024, 5, 2), ["statute.review_overdue"]),
        (date(2024, 6, 1), ["statute.review_overdue"]),
        (date(2024, 6, 2), []),
    ],
)
async def test_case_74_a_review_that_is_late_is_the_commissioners_breach(
    scene: Scene, held_on: date, found: list[str]
) -> None:  # fmt: skip
    """Reg 14(2): thirteen months after the last one, and a day after twelve, the payment goes on and the co-ordinator arranges the
    review; on the last day of the twelve it is not late. The day of a first review, long gone, counts no more."""
    budget = await life(scene, plan={"first_review": date(2024, 5, 1)})
    assert await paid(scene, budget) == ("allow", ["statute.review_overdue"])
    await scene.do(review_held(person=budget.person, on=held_on, outcome="unchanged"))
    assert await paid(scene, budget) == ("allow", found)


async def test_case_75_a_first_question_fourteen_months_after_the_spending(owed: Owed, lives: Lives) -> None:
    """A year to the day is in time; a day more is the funder's delay, whether a question or only the notice came so late. It is
    referred, so that another person weighs a waiver or less."""
    for on, rest in (
        ("2025-06-02", []),
        ("2024-06-01", ["icb_policy.funder_delay"]),
        ("2024-04-02", ["icb_policy.funder_delay"]),
    ):
        claim = await lives.claim("40.00", spent_on=on)
        spent = (await lives.accept(claim, "officer:olga", "claims", D))["entries"][0]["number"]
        asked = {"amount": "25.00", "currency": "GBP", "effective_on": DAY, "of": spent}
        question = (await owed.done("questions", asked))["entries"][0]["number"]
        late = "refer" if rest else "allow"
        for source, of in (("disputed", question), ("spent", spent)):
            found = await owed.demand("10.00", await owed.notice("10.00"), source=source, of=of)
            assert rules(found["decision"]) == (late, rest)
    notice = await owed.notice("15.00")
    referred = await owed.demand("15.00", notice, source="disputed", of=question)
    await owed.done(f"decisions/{referred['decision']['number']}/approve", {"effective_on": DAY}, "officer:olga")
    less = await owed.demand("15.00", notice, source="disputed", of=question, approved=referred["decision"]["number"])
    assert rules(less["decision"]) == ("allow", ["icb_policy.funder_delay"])


async def test_case_76_a_demand_that_does_not_say_who_must_pay(owed: Owed) -> None:
    """Reg 15(2): the notice is not sent, which is refused where it is written down, and nothing can be demanded by it."""
    lacking = await owed.notice("60.00", debtor=None, debtor_is=None, sent=False)
    sent = {"act": "sent", "on": DAY}
    assert await owed.no(f"notices/{lacking}/move", sent) == (422, "notice_incomplete")
    assert rules((await owed.demand("60.00", lacking))["decision"]) == (
        "deny", ["statute.demand_notice_incomplete", "statute.demand_notice_not_given"]
    )  # fmt: skip


async def test_case_80_a_stop_that_leaves_the_person_without_care_waits(lives: Lives) -> None:
    """Nobody has said how the care goes on: no notice goes out by itself."""
    asked = await lives.done("lines/D/stop", notice(alternative=None, notice=await written(lives)), line=D)
    assert rules(asked) == ("refer", ["icb_policy.stop_cuts_off_care", "statute.stop_is_a_power"])


async def test_case_81_a_stop_goes_on_while_it_is_reconsidered(lives: Lives) -> None:
    """Reg 17(8): the notice has run out, care goes on, and the request is still open."""
    await stopped(lives)
    await lives.done("lines/D/stop/reconsideration", {"on": DAY, "words": "Please look again."}, line=D)
    ended = await lives.done("lines/D/stop/end", {"effective_on": LAST, "owes_nothing": True}, line=D)
    assert [each["event"] for each in ended["entries"] if each["kind"] == "transaction"] == [35]
    late = {"line": "D", "service": "home_care", "amount": "1.00", "currency": "GBP", "effective_on": AFTER}
    refused = rules(await lives.done("instalments", late, line=D))
    assert (refused[0], "plan.line_not_active" in refused[1]) == ("deny", True)


@pytest.mark.parametrize(("ground", "employers", "rule"), [
    ("employed_elsewhere", 1, "pattern.assistant_away"), ("absent", 1, "pattern.assistant_away"),
    (None, 2, "pattern.two_employers"),
])  # fmt: skip
async def test_case_83_hours_that_overlap_another_job_or_time_abroad_are_for_staff_to_look_at(
    scene: Scene, ground: str | None, employers: int, rule: str
) -> None:
    """Every payment is allowed, with nothing found; the month is looked at by the rule's name and about nobody's budget, and the
    decisions about the person say no word of it."""
    watched = Watched(scene)
    await watched.begin()
    wage, worked = await watched.payee("PA-83", employed=True), days(date(2025, 6, 9), 5)
    lives = [await watched.person() for _ in range(employers)]
    asked = []
    for lived in lives:
        lived.paid(date(2025, 6, 1), 2_000_00)
        lived.claimed(worked[-1], 600_00, wage, "personal_assistant", care=(worked[0], worked[-1]), hours=30)
    if ground is not None:
        watched.away(wage, worked[0], worked[-1], ground)
    found = await watched.found()
    assert found == {each.person: {rule.removeprefix("pattern.")} for each in lives}
    for lived in lives:
        wanted = lived.budget.wants(1_00, payee="A1")
        asked.append(said(await scene.gate().ask(wanted, sender(), PATIENCE)))
        async with scene.reading() as connection:
            shown = await decisions_of(connection, scene.book.book_id, lived.person, after=0, limit=10)
        assert [each.entry.attribute("act") for each in shown.decisions] == ["ask"]
        assert not any(
            word in (each.detail or b"") for each in shown.decisions for word in (b"fraud", b"suspic", b"pattern")
        )
    assert asked == [("allow", [])] * employers


async def test_case_85_that_no_direct_payments_are_made_here_is_no_ground(lives: Lives) -> None:
    """Who has the right is granted it save so far as it is not appropriate, and told why in writing (SI 2012/2996 reg 32B)."""
    path = f"{REQUESTS}/{await requested(lives, management='direct_payment')}/refuse"
    sent = {**REFUSED, "ground": "not_arranged", "other_way_offered": True}
    assert rules(await lives.done(path, sent, line=D)) == ("deny", ["statute.refusal_ground"])
    silent = {**sent, "reasons": " "}
    assert rules(await lives.done(path, silent, line=D)) == (
        "deny", ["statute.refusal_ground", "statute.refusal_reasons"]
    )  # fmt: skip


async def test_case_87_who_registered_a_payee_does_not_pay_it(lives: Lives) -> None:
    """The ledger refuses, and not the gate: the makers of what a payment rests on are read from the log."""
    body = {"payee": "C3", "name": "Acme Care", "regulated": True, "cqc": True}
    await lives.done("/payees", body, "finance:maker")
    await lives.done("/payees/C3/approve", {}, "officer:approver")
    number = await lives.invoice("S-1", "10.00", "finance:enters", payee="C3")
    accepted = await lives.accept(number, "finance:accepter")
    paying = {"payee": "C3", "bank": "main", "effective_on": DAY, "invoices": [accepted["entries"][0]["number"]]}
    answer = await lives.send("/payments", paying, "finance:maker")
    assert (answer.status_code, answer.json()["code"]) == (422, "second_person_needed")
    assert await lives.balance("payable/C3") == "-10.00"
    await lives.done("/payments", paying, "finance:payer")


async def test_case_88_a_posted_entry_is_reversed_and_never_edited(lives: Lives, book: kit.Book) -> None:
    """The ledger refuses: no route edits, and the table lets nobody; a reversal by another person puts it right."""
    placed = await lives.spend("50.00")
    number = placed["number"]
    for method in ("PUT", "PATCH", "DELETE"):
        answer = await lives.client.inner.request(
            method, f"/v1/books/TEST/entries/{number}", json={"amount": "40.00"}, headers=lives.headers("finance")
        )
        assert answer.status_code in (404, 405)
    connection = await asyncpg.connect(book.dsn)
    try:
        with pytest.raises(asyncpg.PostgresError) as refused:
            await connection.execute("UPDATE phb.entry SET body = body WHERE number = $1", number)
        assert refused.value.sqlstate == "PH020"
    finally:
        await connection.close()
    accepted = await lives.accept(await lives.invoice("S-3", "20.00"))
    posted = accepted["entries"][-1]
    undone = await lives.done(f"entries/{posted['number']}/reverse", {"effective_on": DAY}, "finance:ron")
    legs = {(leg["account"], leg["amount"]) for entry in undone["entries"] for leg in entry["legs"]}
    assert legs == {(leg["account"], negated(leg["amount"])) for leg in posted["legs"]}


async def test_case_90_the_cost_of_a_joint_package_is_posted_by_its_split(lives: Lives) -> None:
    """The ledger refuses a journal of the whole to one fund; through the gate it is 60 to 40."""
    accepted = await lives.accept(await lives.invoice("S-4", "100.00"))
    legs = {leg["account"]: leg["amount"] for leg in accepted["entries"][-1]["legs"]}
    assert (legs["expense/N/nhs/2025-26"], legs["expense/N/council/2025-26"]) == ("60.00", "40.00")
    body = journal("expense/N/nhs/2025-26", "payable/A1", "10.00")
    answer = await lives.send("/transactions", body, "finance:payer")
    assert (answer.status_code, answer.json()["code"]) == (403, "line_account_refused")
