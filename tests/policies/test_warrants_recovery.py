"""Nothing is questioned, demanded, offset or given up past the rules: verification names what was."""

from datetime import date
from typing import Any

import pytest

from ledger.budgets import chart, owing, recovery
from ledger.budgets.acts import held_instalment_paid
from ledger.core.requests import OpenAccounts, Record
from policies import owing as judged
from policies import recovering
from tests import kit
from tests.policies.scene import ALICE, BOB, CAROL, DAY, Budget, Scene, sender, share_of
from tests.policies.test_offsets import broken
from tests.policies.test_warrants import verified

PATIENCE = 20.0
BANK = "in_transit/main"
STATED: dict[str, Any] = {"effective_on": DAY}


class Demanded:
    """A line that was paid £2,000, of which £60 were demanded: the budget, the decision and the demand's own entry."""

    def __init__(self, scene: Scene, budget: Budget) -> None:
        self.scene, self.budget = scene, budget
        self.notice = self.decision = self.demand = 0

    async def begin(self) -> None:
        """Paid, and demanded by the rules."""
        scene, budget = self.scene, self.budget
        specs = tuple(chart.account(klass, account="main") for klass in ("bank", "in_transit"))
        await scene.do(OpenAccounts(accounts=specs))
        wanted = budget.wants(200_000, act="instalment", payee=None)
        asked = await scene.gate().instalment(wanted, sender(ALICE), PATIENCE)
        decision, hold = asked.outcome.entries
        kept = {code: pence for code, pence in hold.legs if code.endswith("/held")}
        await scene.do(
            held_instalment_paid(hold=hold.number, remaining=kept, amount=200_000, shares=budget.shares(), through=BANK,
                                 holder_account=budget.line.holder_account or "", because=decision.number, **STATED),
            asked=BOB,
        )  # fmt: skip
        given = owing.Notice(
            subject="notice/1", person=budget.person, about="repayment", reasons=("off_plan",), amount=60_00,
            pay_by=date(2025, 7, 2), debtor=budget.person, debtor_is="person",
        )  # fmt: skip
        made = await scene.do(owing.notice_recorded("made", given, on=DAY))
        self.notice = made.number
        await scene.do(
            owing.notice_recorded("sent", given, on=DAY, because=made.number),
            owing.factors_considered(notice="notice/1", person=budget.person, factors=("off_plan",), safeguarding="none",
                                     on=DAY, detail=None),
        )  # fmt: skip
        act = judged.Act(person=budget.person, effective_on=DAY)
        found = await judged.demand(
            scene.gate(), sender(ALICE), PATIENCE, act, notice=made.number, line=budget.line.line, amount=60_00,
            source="advance", of=None, surplus=None, subject="1",
        )  # fmt: skip
        self.decision, self.demand = (entry.number for entry in found.outcome.entries[:2])

    async def shares(self) -> tuple[Any, ...]:
        """The shares with what they hold now."""
        rows = await kit.rows(
            self.scene.book.dsn, "SELECT code, balance FROM phb.account JOIN phb.balance USING (book_id, account_id)"
        )
        balances = {row["code"]: row["balance"] for row in rows}
        return tuple(share_of(self.budget.line, share, balances) for share in self.budget.line.shares)


@pytest.fixture
async def demanded(scene: Scene) -> Demanded:
    """As the rules let it."""
    made = Demanded(scene, await scene.budget(2_600_000, management="direct_payment", instalment=200_000))
    await made.begin()
    return made


async def test_what_the_rules_allowed_is_right(demanded: Demanded) -> None:
    """A demand by its decision, and a repayment by its step."""
    scene, budget = demanded.scene, demanded.budget
    repaid = await scene.gate().carry_out(
        lambda connection: recovering.repay(
            connection, scene.book.book_id, person=budget.person, number=demanded.demand, amount=40_00, bank="main",
            effective_on=DAY,
        ),
        sender(BOB), PATIENCE, person=budget.person,
    )  # fmt: skip
    assert repaid.outcome.refusal is None
    assert (await verified(scene)).ok


@pytest.mark.parametrize(
    "how",
    ["once more", "by its notice", "repaid by nobody", "withdrawn by a demand", "an offset", "a loss", "a question"],
)
async def test_what_no_rule_allowed_is_named(demanded: Demanded, how: str) -> None:
    """Whoever stole the writer demands the same again, demands by a notice alone, lets a debt vanish, frees authority or gives
    money up by the decision on something else."""
    scene, budget = demanded.scene, demanded.budget
    shares, holder, person = await demanded.shares(), budget.line.holder_account or "", budget.person
    owed = {"shares": shares, "debtor": person, **STATED}
    made: dict[str, Any] = {
        "once more": lambda: recovery.repayment_demanded(
            amount=1, source="advance", holder_account=holder, because=demanded.decision, **owed
        ),
        "by its notice": lambda: recovery.repayment_demanded(
            amount=1, source="advance", holder_account=holder, because=demanded.notice, **owed
        ),
        "repaid by nobody": lambda: recovery.repaid(amount=1, bank="main", because=demanded.demand, **owed),
        "withdrawn by a demand": lambda: recovery.demand_withdrawn(
            amount=1, source="advance", holder_account=holder, because=demanded.demand, **owed
        ),
        "an offset": lambda: recovery.surplus_offset(
            amount=1, due=2, shares=shares, holder_account=holder, through=BANK, because=demanded.decision, **STATED
        ),
        "a loss": lambda: recovery.demand_lost(amount=1, loss="bad_debt", because=demanded.decision, **owed),
        "a question": lambda: recovery.spend_questioned(
            amount=1, shares=shares, taken=[1], holder_account=holder, because=demanded.decision, **STATED
        ),
    }  # fmt: skip
    assert (await verified(scene)).ok
    outcome = await scene.do(made[how](), asked=CAROL)
    found = await verified(scene)
    assert (found.what, found.first_wrong) == ("unwarranted", outcome.number), found


async def test_a_notice_that_is_withdrawn_is_no_demand(demanded: Demanded) -> None:
    """It takes nothing away from what is outstanding, no demand is withdrawn by it, and every identity holds."""
    scene, budget = demanded.scene, demanded.budget
    given = owing.Notice(subject="notice/2", person=budget.person, about="repayment", amount=60_00)
    made = await scene.do(owing.notice_recorded("made", given, on=DAY))
    taken_back = await scene.do(owing.notice_recorded("withdrawn", given, on=DAY, because=made.number))
    assert await broken(scene) == []
    posted = recovery.demand_withdrawn(
        amount=60_00, shares=await demanded.shares(), source="advance", holder_account=budget.line.holder_account or "",
        debtor=budget.person, because=taken_back.number, **STATED,
    )  # fmt: skip
    outcome = await scene.do(posted, asked=CAROL)
    found = await verified(scene)
    assert (found.what, found.first_wrong) == ("unwarranted", outcome.number), found


@pytest.mark.parametrize(("offset", "due", "paid"), [(601, 2000, 2000), (600, 2000, 3000)])
async def test_an_offset_frees_and_pays_what_was_decided(demanded: Demanded, offset: int, due: int, paid: int) -> None:
    """A decision to offset £6 of £20 frees no penny more, and pays no more than what is due."""
    scene, budget = demanded.scene, demanded.budget
    given = (
        ("act", "offset"), ("amount", "600"), ("bundle", "b"), ("due", str(due)), ("hold", "no"), ("line", budget.line.line),
        ("outcome", "allow"), ("person", budget.person), ("route", "a"),
    )  # fmt: skip
    posted = recovery.surplus_offset(
        amount=offset, due=paid, shares=await demanded.shares(), holder_account=budget.line.holder_account or "",
        through=BANK, because=-1, **STATED,
    )  # fmt: skip
    decision = Record(kind="decision", subject=f"line/{budget.line.line}", effective_on=DAY, attributes=given)
    outcome = await scene.do(decision, posted, asked=CAROL)
    found = await verified(scene)
    assert (found.what, found.first_wrong) == ("unwarranted", outcome.entries[1].number), found
