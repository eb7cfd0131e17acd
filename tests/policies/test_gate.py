"""What the gate promises: one decision for each request, its money in the same commit, and nothing twice."""

import asyncio
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.book.relay import Relay
from ledger.book.submission import KeyReused
from ledger.book.writer import Settings
from ledger.budgets import acts, payees, people, soft_closes
from ledger.budgets.chart import account
from ledger.budgets.identities import IDENTITIES
from ledger.core.calendar import day_ends_us
from ledger.core.requests import ChangePeriod, Erase, OpenAccounts
from policies.decisions import content_of, number_of_reference, reference_of
from policies.engine import Engine
from policies.facts import Sheet
from policies.gate import BudgetBusy, BundleNotActive, Gate, PaidOut
from policies.sheets import NotThere
from tests import kit
from tests.policies.scene import BOB, CAROL, DAY, HOLDER, JOINT, Between, Budget, Scene, findings_of, outcome_of, sender

PATIENCE = 20.0


async def test_an_allowed_spend_holds_its_money_in_the_commit_of_its_decision(scene: Scene) -> None:
    """Decision and hold are two entries in a row, one key, one tree size; each fund bears its part."""
    budget = await scene.budget(shares=JOINT)
    decided = await scene.gate().spend(budget.wants(100_01), sender(), PATIENCE)
    decision, hold = decided.outcome.entries
    assert (decision.kind, hold.kind, hold.number) == ("decision", "hold_placed", decision.number + 1)
    assert (decision.attribute("outcome"), decision.attribute("hold")) == ("allow", "yes")
    assert (hold.because, hold.attribute("purpose")) == (decision.number, "order")
    assert decided.outcome.tree_size == hold.number
    held = {code: pence for code, pence in hold.legs if code.endswith("/held")}
    assert held == {"share/N1/nhs/2025-26/held": 60_01, "share/N1/council/2025-26/held": 40_00}
    assert await scene.left(budget, "held") == 100_01
    assert await scene.left(budget) == 1_040_000 - 100_01
    stored = await kit.rows(scene.book.dsn, "SELECT expires_us FROM phb.hold WHERE number = $1", hold.number)
    assert stored[0]["expires_us"] == day_ends_us(scene.today() + timedelta(days=90))


async def test_a_referral_keeps_the_money_until_it_is_decided(scene: Scene) -> None:
    """Above the limit for one amount: referred, with a hold that lasts until the day by which it is decided."""
    budget = await scene.budget()
    gate = scene.gate()
    decided = await gate.spend(budget.wants(1_000_01), sender(), PATIENCE)
    decision, hold = decided.outcome.entries
    assert (outcome_of(decided), findings_of(decided)) == ("refer", ["icb_policy.over_single_limit"])
    assert hold.attribute("purpose") == "awaiting_decision"
    assert decision.attribute("decide_by") == gate.decide_by().isoformat()
    assert await scene.left(budget, "held") == 1_000_01


async def test_a_denial_leaves_a_decision_and_no_money(scene: Scene) -> None:
    """A service that the plan does not have: one entry, with its finding, and no hold."""
    budget = await scene.budget()
    decided = await scene.gate().spend(budget.wants(10_00, service="meals"), sender(), PATIENCE)
    (decision,) = decided.outcome.entries
    assert (outcome_of(decided), decision.attribute("hold"), decision.legs) == ("deny", "no", ())
    assert findings_of(decided) == ["plan.not_a_plan_service"]
    assert await scene.left(budget) == 1_040_000


async def test_a_payee_whom_nobody_has_approved_waits_for_a_person(scene: Scene) -> None:
    """No law bars it, so it is referred with its money kept, and not denied."""
    budget = await scene.budget()
    decided = await scene.gate().spend(budget.wants(10_00, payee="B9"), sender(), PATIENCE)
    assert (outcome_of(decided), findings_of(decided)) == ("refer", ["icb_policy.payee_not_approved"])
    assert await scene.left(budget, "held") == 10_00


async def test_an_answer_can_be_relied_on_and_read_out(scene: Scene) -> None:
    """An ask leaves a decision without money, a day until which it is good, and a reference that survives the telephone."""
    budget = await scene.budget()
    gate = scene.gate()
    decided = await gate.ask(budget.wants(50_00), sender(), PATIENCE)
    (decision,) = decided.outcome.entries
    assert (decision.attribute("act"), outcome_of(decided)) == ("ask", "allow")
    until = date.fromisoformat(decision.attribute("relied_until") or "")
    assert until == DAY + timedelta(days=28)
    reference = reference_of(decision.number)
    assert number_of_reference(f" {reference.lower().replace('-', ' ')} ") == decision.number
    assert await scene.left(budget) == 1_040_000
    relied = {"relies_on": decision.number}
    in_time = await gate.spend(budget.wants(50_00, effective_on=until, asked_on=until, **relied), sender(), PATIENCE)
    assert outcome_of(in_time) == "allow"
    more = await gate.spend(budget.wants(50_01, asked_on=until, **relied), sender(), PATIENCE)
    assert findings_of(more) == ["icb_policy.more_than_answered"]


@pytest.mark.parametrize("late", ["its accounting day", "the day it is asked for", "today"])
async def test_an_answer_is_good_on_the_day_it_is_relied_on_too(scene: Scene, late: str) -> None:
    """A day after its date it is not, whichever of the two days that is: one who dates an order back does not make the answer
    younger. Without another word the day is that of the gate's clock."""
    budget = await scene.budget()
    gate = scene.gate()
    answer = (await gate.ask(budget.wants(50_00), sender(), PATIENCE)).outcome.number
    until = DAY + timedelta(days=28)
    after = until + timedelta(days=1)
    days: dict[str, Any] = {
        "its accounting day": {"effective_on": after, "asked_on": until},
        "the day it is asked for": {"effective_on": DAY, "asked_on": after},
        "today": {"effective_on": DAY},
    }
    decided = await gate.spend(budget.wants(50_00, relies_on=answer, **days[late]), sender(), PATIENCE)
    assert scene.today() > after
    assert findings_of(decided) == ["icb_policy.answer_out_of_date"]


async def test_an_answer_says_nothing_about_anything_else(scene: Scene) -> None:
    """An answer that was a no, or about another service, payee or person, is not one that a spend can rely on."""
    budget, other = await scene.budget(), await scene.budget()
    await scene.payee("A2")
    gate = scene.gate()
    no = await gate.ask(budget.wants(2_000_000), sender(), PATIENCE)
    assert (outcome_of(no), no.outcome.entries[0].attribute("relied_until")) == ("deny", None)
    relying = await gate.spend(budget.wants(10_00, relies_on=no.outcome.number), sender(), PATIENCE)
    assert findings_of(relying) == ["icb_policy.answer_not_yes"]
    unsure = await gate.ask(budget.wants(1_000_01), sender(), PATIENCE)
    relying = await gate.spend(budget.wants(10_00, relies_on=unsure.outcome.number), sender(), PATIENCE)
    assert (outcome_of(unsure), findings_of(relying)) == ("refer", ["icb_policy.answer_not_yes"])
    yes = (await gate.ask(budget.wants(10_00), sender(), PATIENCE)).outcome.number
    spent = (await gate.spend(budget.wants(10_00), sender(), PATIENCE)).outcome.number
    for wanted in (
        budget.wants(10_00, relies_on=yes, service="exercise"), budget.wants(10_00, relies_on=yes, payee="A2"),
        other.wants(10_00, relies_on=yes), budget.wants(10_00, relies_on=spent), budget.wants(10_00, relies_on=9999),
    ):  # fmt: skip
        with pytest.raises(NotThere, match="ask_unknown"):
            await gate.spend(wanted, sender(), PATIENCE)


async def test_a_wrong_reference_is_noticed() -> None:
    """A sign misheard, or two changed places, names no decision."""
    for number in (1, 27, 28, 12_345, 10**9):
        reference = reference_of(number)
        assert number_of_reference(reference) == number
        signs = reference.replace("-", "")
        wrong = signs[:-1] + ("B" if signs[-1] != "B" else "C")
        assert number_of_reference(wrong) is None
    assert [number_of_reference(text) for text in ("", "A1O", "B")] == [None, None, None]


async def test_a_retry_is_not_denied_by_its_own_hold(scene: Scene) -> None:
    """All the money at once, and the same request again: the first answer byte for byte, and one hold."""
    budget = await scene.budget(500_00)
    gate = scene.gate()
    who = sender()
    first = await gate.spend(budget.wants(500_00), who, PATIENCE)
    again = await gate.spend(budget.wants(500_00), who, PATIENCE)
    assert (outcome_of(first), again.outcome.replayed) == ("allow", True)
    assert (again.outcome.entries, again.detail) == (first.outcome.entries, first.detail)
    with pytest.raises(KeyReused):
        await gate.spend(budget.wants(499_00), msgspec.structs.replace(who, prints=b"q" * 8), PATIENCE)
    assert outcome_of(await gate.spend(budget.wants(500_00), sender(), PATIENCE)) == "deny"


async def test_the_same_request_twice_at_once_happens_once(scene: Scene) -> None:
    """One key in two gates at one moment: one decision, told to both."""
    budget = await scene.budget()
    who = sender()
    both = await asyncio.gather(*(scene.gate().spend(budget.wants(10_00), who, PATIENCE) for _ in range(2)))
    assert both[0].outcome.entries == both[1].outcome.entries
    assert both[0].detail == both[1].detail
    assert await scene.left(budget, "held") == 10_00


async def test_what_the_ledger_refuses_after_a_yes_leaves_one_refusal(scene: Scene) -> None:
    """The month is closed: the refusal names the rules that said yes and commits to their facts, and nothing else is left."""
    budget = await scene.budget()
    await scene.do(ChangePeriod(period="2025-06", to="closed"))
    before = await scene.size()
    who = sender()
    decided = await scene.gate().spend(budget.wants(10_00), who, PATIENCE)
    (refusal,) = decided.outcome.entries
    assert (refusal.kind, refusal.attribute("code")) == ("refusal", "period_closed")
    assert refusal.attribute("bundle") == scene.engine.bundle.hash
    assert refusal.commitment is not None
    assert decided.detail is None
    assert (await scene.size(), await scene.left(budget)) == (before + 1, 1_040_000)
    stored = await kit.rows(scene.book.dsn, "SELECT content FROM phb.detail WHERE number = $1", refusal.number)
    sheet = Sheet.from_bytes(content_of(stored[0]["content"]).facts.encode())
    assert scene.engine.decide(sheet).outcome == "allow"
    again = await scene.gate().spend(budget.wants(10_00), who, PATIENCE)
    assert (again.outcome.refusal, again.outcome.entries, again.detail) == (decided.outcome.refusal, (refusal,), None)


async def test_two_at_once_for_the_last_pound(scene: Scene) -> None:
    """One gets it, the other is told that it is not there: through one gate and through two."""
    for gates in (1, 2):
        budget = await scene.budget(1_00)
        doors = [scene.gate() for _ in range(gates)]
        found = await asyncio.gather(
            *(doors[n % gates].spend(budget.wants(1_00), sender(), PATIENCE) for n in range(2))
        )
        assert sorted(map(outcome_of, found)) == ["allow", "deny"]
        (no,) = (each for each in found if outcome_of(each) == "deny")
        assert findings_of(no) == ["icb_policy.not_enough_left"]
        assert await scene.left(budget) == 0


async def _eight(budget: Budget, doors: list[Gate]) -> list[str]:
    wanted = [budget.wants(10_00 + n) for n in range(8)]
    sent = [doors[n % len(doors)].spend(each, sender(), PATIENCE) for n, each in enumerate(wanted)]
    return [outcome_of(each) for each in await asyncio.gather(*sent)]


async def test_the_last_spend_of_a_joint_line_is_allowed_and_takes_every_share_to_nothing(scene: Scene) -> None:
    """Many small orders leave the shares off their weights; one is given back in between. What is left of the line can be spent to
    the penny, and a penny more is a no of the rules and not of the ledger."""
    budget = await scene.budget(1_01, shares=JOINT)
    gate = scene.gate()
    numbers = []
    for _ in range(62):
        decided = await gate.spend(budget.wants(1), sender(), PATIENCE)
        assert outcome_of(decided) == "allow"
        numbers.append(decided.outcome.number)
    given_back = acts.hold_released(hold=numbers[0] + 1, shares=budget.shares(), effective_on=DAY, because=numbers[0])
    await scene.do(given_back)
    over = await gate.spend(budget.wants(41), sender(), PATIENCE)
    assert findings_of(over) == ["icb_policy.not_enough_left"]
    assert outcome_of(await gate.spend(budget.wants(40), sender(), PATIENCE)) == "allow"
    assert (await scene.left(budget), await scene.left(budget, "held")) == (0, 1_01)


async def test_a_split_is_made_anew_when_money_moved_meanwhile(scene: Scene) -> None:
    """Another process spends the odd pennies of one share between facts and commit: the order is decided again and split by what is
    there then, and not refused for a share that has less than was read."""
    budget = await scene.budget(1_00, shares=JOINT)

    async def happens() -> None:
        for _ in range(30):
            await scene.gate().spend(budget.wants(1), sender(), PATIENCE)

    decided = await scene.gate(Between(scene.writer, happens)).spend(budget.wants(70), sender(), PATIENCE)
    held = {code: pence for code, pence in decided.outcome.entries[1].legs if code.endswith("/held")}
    assert held == {"share/N1/nhs/2025-26/held": 30, "share/N1/council/2025-26/held": 40}


async def test_eight_spends_at_once_on_one_budget_all_get_a_decision(scene: Scene) -> None:
    """With one gate, and with two on one writer: eight decisions, and nobody is told that the budget is busy."""
    budget = await scene.budget()
    assert await _eight(budget, [scene.gate()]) == ["allow"] * 8
    assert await _eight(budget, [scene.gate(), scene.gate()]) == ["allow"] * 8
    assert await scene.left(budget, "held") == 2 * sum(10_00 + n for n in range(8))


async def test_eight_at_once_get_a_decision_from_two_writers(scene: Scene) -> None:
    """Two processes that both write the book, each with its gate: eight decisions all the same."""
    budget = await scene.budget()
    second = kit.writer_of(scene.book, clock_us=scene.clock, identities=IDENTITIES)
    await second.start()
    assert await _eight(budget, [scene.gate(), scene.gate(second)]) == ["allow"] * 8
    await second.stop()
    assert await scene.left(budget, "held") == sum(10_00 + n for n in range(8))


async def test_eight_at_once_get_a_decision_from_two_workers(scene: Scene, tmp_path: Path) -> None:
    """Two workers of one service, of which one writes and the other hands over: eight decisions, the last penny included."""
    budget = await scene.budget(sum(10_00 + n for n in range(8)))
    settings = Settings(dsn=scene.book.dsn, book_id=scene.book.book_id, clock_us=scene.clock, nonce=kit.nonce,
                        identities=IDENTITIES)  # fmt: skip
    workers = [Relay(settings, tmp_path, scene.book.code) for _ in range(2)]
    for each in workers:
        await each.start()
    assert await _eight(budget, [scene.gate(each) for each in workers]) == ["allow"] * 8
    for each in workers:
        await each.stop()
    assert await scene.left(budget) == 0


@pytest.mark.parametrize(
    ("what", "finding"),
    [("payee", "icb_policy.payee_barred"), ("own_payee", "icb_policy.payee_barred"), ("plan", "plan.not_in_force")],
)
async def test_what_changes_between_facts_and_commit_is_noticed(scene: Scene, what: str, finding: str) -> None:
    """A provider barred, for all or for this budget, or a plan suspended, after the facts were read: the decision is a no."""
    budget = await scene.budget()

    async def happens() -> None:
        payee = payees.Payee(payee="A1", person=budget.person if what == "own_payee" else None)
        change = budget.suspended() if what == "plan" else payees.payee_recorded("barred", payee)
        await scene.do(change, asked=CAROL)

    decided = await scene.gate(Between(scene.writer, happens)).spend(budget.wants(10_00), sender(), PATIENCE)
    assert (outcome_of(decided), findings_of(decided)) == ("deny", [finding])
    assert await scene.left(budget) == 1_040_000


async def test_rules_put_in_force_meanwhile_stop_the_decision(scene: Scene) -> None:
    """A gate with other rules than those in force decides nothing, even when they came into force while it was deciding."""
    budget = await scene.budget()
    between = Between(scene.writer, lambda: scene.activated("0" * 64))
    before = await scene.size()
    with pytest.raises(BundleNotActive):
        await scene.gate(between).spend(budget.wants(10_00), sender(), PATIENCE)
    with pytest.raises(BundleNotActive):
        await scene.gate().ask(budget.wants(10_00), sender(), PATIENCE)
    assert await scene.size() == before + 1


async def test_an_answer_given_under_earlier_rules_is_replayed(scene: Scene) -> None:
    """Whoever repeats a request learns what was decided, whatever rules are in force by now."""
    budget = await scene.budget()
    who = sender()
    first = await scene.gate().spend(budget.wants(10_00), who, PATIENCE)
    await scene.activated("0" * 64)
    again = await scene.gate().spend(budget.wants(10_00), who, PATIENCE)
    assert (again.outcome.entries, again.detail) == (first.outcome.entries, first.detail)


async def test_a_budget_that_stays_busy_leaves_nothing(scene: Scene) -> None:
    """Something happens to the person each time: at the deadline the sender is told so, and the key is free."""
    budget = await scene.budget()
    count = 0

    async def happens() -> None:
        nonlocal count
        count += 1
        await scene.do(people.person_recorded("consent_given", person=budget.person, on=DAY))

    who = sender()
    before = await scene.size()
    with pytest.raises(BudgetBusy):
        await scene.gate(Between(scene.writer, happens, times=10**6)).spend(budget.wants(10_00), who, 0.5)
    assert await scene.size() == before + count
    assert not await kit.rows(scene.book.dsn, "SELECT 1 FROM phb.request_key WHERE key = $1", who.key)
    assert outcome_of(await scene.gate().spend(budget.wants(10_00), who, PATIENCE)) == "allow"


async def test_whoever_waits_behind_another_request_waits_no_longer_than_the_deadline(scene: Scene) -> None:
    """The second request of one budget in a gate is told that it is busy while the first one hangs."""
    budget = await scene.budget()
    going = asyncio.Event()
    gate = scene.gate(Between(scene.writer, going.wait))
    first = asyncio.ensure_future(gate.spend(budget.wants(10_00), sender(), PATIENCE))
    await asyncio.sleep(0.1)
    with pytest.raises(BudgetBusy):
        await gate.spend(budget.wants(11_00), sender(), 0.1)
    going.set()
    assert outcome_of(await first) == "allow"
    assert await scene.left(budget, "held") == 10_00


async def test_money_of_a_hold_that_is_due_is_there_for_the_request(scene: Scene) -> None:
    """An order nobody invoiced lapses: the next request expires it first, and may have all of its money."""
    budget = await scene.budget(300_00)
    gate = scene.gate()
    await gate.spend(budget.wants(300_00), sender(), PATIENCE)
    assert outcome_of(await gate.spend(budget.wants(300_00), sender(), PATIENCE)) == "deny"
    await scene.writer.stop()  # type: ignore[attr-defined]
    await scene.clock.set(day_ends_us(scene.today() + timedelta(days=90)) + 60_000_000)
    later = kit.writer_of(scene.book, clock_us=scene.clock, identities=IDENTITIES)
    await later.start()
    decided = await scene.gate(later).spend(budget.wants(300_00), sender(), PATIENCE)
    assert outcome_of(decided) == "allow"
    expired = await kit.rows(scene.book.dsn, "SELECT kind FROM phb.entry WHERE number = $1", decided.outcome.number - 1)
    assert expired[0]["kind"] == "hold_expired"
    await later.stop()


async def test_facts_in_the_detail_are_the_bytes_that_decide_again(scene: Scene, engine: Engine) -> None:
    """From the kept facts the same rules make the same outcome, findings and words."""
    budget = await scene.budget()
    for amount in (10_00, 1_000_01, 2_000_000):
        decided = await scene.gate().spend(budget.wants(amount), sender(), PATIENCE)
        assert decided.detail is not None
        content = content_of(decided.detail)
        sheet = Sheet.from_bytes(content.facts.encode())
        again = engine.decide(sheet)
        assert again.outcome == outcome_of(decided)
        assert list(again.findings) == content.findings
        assert (again.bundle, again.engine) == (decided.outcome.entries[0].attribute("bundle"), content.engine)
        assert sheet.amount_pence == amount


async def test_erased_facts_leave_codes_and_the_decision(scene: Scene) -> None:
    """After erasure a retry is told the decision and that its details are gone."""
    budget = await scene.budget()
    who = sender()
    first = await scene.gate().spend(budget.wants(10_00), who, PATIENCE)
    await scene.do(Erase(entries=(first.outcome.number,), ground="request", second="carol"), asked=BOB)
    again = await scene.gate().spend(budget.wants(10_00), who, PATIENCE)
    assert (again.detail, again.outcome.entries) == (None, first.outcome.entries)
    assert again.outcome.erased == {first.outcome.number}


async def test_no_pattern_is_looked_for_on_the_way_of_a_spend(scene: Scene) -> None:
    """The second of two equal spends is decided as the first: whether it looks like a duplicate is seen when the month is over."""
    budget = await scene.budget()
    gate = scene.gate()
    for _ in range(2):
        decided = await gate.spend(budget.wants(75_00), sender(), PATIENCE)
        assert (outcome_of(decided), findings_of(decided), findings_of(decided, "review")) == ("allow", [], [])


async def test_what_does_not_exist_is_no_matter_of_policy(scene: Scene) -> None:
    """An unknown person, or another person's line, leaves no entry and looks alike to a stranger."""
    budget, other = await scene.budget(), await scene.budget()
    gate = scene.gate()
    before = await scene.size()
    stranger = people.person_ref(os.urandom(16))
    for changes, code in (
        ({"person": stranger}, "person_unknown"), ({"line": other.line.line}, "line_unknown"),
        ({"holder": "nobody"}, "person_unknown"),
    ):  # fmt: skip
        wanted = msgspec.structs.replace(budget.wants(10_00), **changes)
        with pytest.raises(NotThere, match=code):
            await gate.spend(wanted, sender(HOLDER), PATIENCE)
    assert await scene.size() == before


async def test_a_purchase_from_money_paid_out_can_be_asked_for(scene: Scene) -> None:
    """A direct payment takes no orders, and a question about it counts the money that the holder has already."""
    budget = await scene.budget(1_000_00, management="direct_payment", instalment=1_000_00)
    gate = scene.gate()
    with pytest.raises(PaidOut):
        await gate.spend(budget.wants(10_00), sender(), PATIENCE)
    await _paid_out(scene, budget, 1_000_00)
    assert await scene.left(budget) == 0
    assert outcome_of(await gate.ask(budget.wants(1_000_00), sender(), PATIENCE)) == "allow"
    assert outcome_of(await gate.ask(budget.wants(1_000_01), sender(), PATIENCE)) == "deny"


async def _paid_out(scene: Scene, budget: Budget, amount: int) -> None:
    await scene.do(OpenAccounts(accounts=(account("bank", account="main"),)))
    wanted: Any = budget.wants(amount, act="instalment", payee=None)
    held = await scene.gate().instalment(wanted, sender(BOB), PATIENCE)
    assert outcome_of(held) == "allow"
    decision, hold = held.outcome.entries
    remaining = {code: pence for code, pence in hold.legs if code.endswith("/held")}
    paid = acts.held_instalment_paid(
        hold=hold.number, remaining=remaining, amount=amount, shares=budget.shares(), through="bank/main",
        holder_account=budget.line.holder_account or "", effective_on=DAY, because=decision.number,
    )  # fmt: skip
    await scene.do(paid, asked=CAROL)


async def test_a_month_closed_softly_between_reading_and_writing_takes_no_order(scene: Scene) -> None:
    """The order was decided before finance closed its month, and is refused all the same, with nothing recorded; for finance the
    month is open, and remembered rules are read again."""
    budget, gate = await scene.budget(), scene.gate()
    await gate.spend(budget.wants(10_00), sender(), PATIENCE)
    size = await scene.size()
    closing = Between(scene.writer, lambda: scene.do(soft_closes.soft_recorded("soft_closed", "2025-06"), asked=BOB))
    gate.writer = closing
    with pytest.raises(soft_closes.SoftClosed) as no:
        await gate.spend(budget.wants(10_00), sender(), PATIENCE)
    assert (no.value.first_open_day, await scene.size()) == (date(2025, 7, 1), size + 1)
    of_finance = msgspec.structs.replace(sender(), of_finance=True)
    assert outcome_of(await gate.spend(budget.wants(10_00), of_finance, PATIENCE)) == "allow"
