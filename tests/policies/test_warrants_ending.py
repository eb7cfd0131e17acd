"""Liabilities move a line's money only by what somebody accepted of them, up to its amount."""

from typing import Any

import pytest

from ledger.budgets import acts, moves, plans, stopping
from tests.policies.scene import BOB, CAROL, DAY, Budget, Scene
from tests.policies.test_warrants import verified


def owed(budget: Budget, amount: int) -> stopping.Liability:
    """So many pence of notice pay under the line."""
    return stopping.Liability(
        liability="L1", person=budget.person, line=budget.line.line, klass="notice_pay", amount=amount
    )


async def taken(scene: Scene, budget: Budget, act: str, amount: int, posted: int) -> int:
    """A liability of one amount, and a posting of another; the number of the posting."""
    outcome = await scene.do(
        stopping.provision_opened("notice_pay", budget.person),
        stopping.liability_recorded(act, owed(budget, amount), effective_on=DAY),
        stopping.liability_taken_over(amount=posted, shares=budget.shares(), klass="notice_pay", effective_on=DAY, because=-2),
        asked=BOB,
    )  # fmt: skip
    return outcome.entries[2].number


@pytest.mark.parametrize(("act", "posted"), [("liability_stated", 10_00), ("liability_accepted", 10_01)])
async def test_a_liability_that_nobody_accepted_is_named(scene: Scene, act: str, posted: int) -> None:
    """Only stated, or accepted for less."""
    budget = await scene.budget(management="direct_payment")
    number = await taken(scene, budget, act, 10_00, posted)
    found = await verified(scene)
    assert (found.ok, found.what, found.first_wrong) == (False, "unwarranted", number)


@pytest.mark.parametrize(("said", "back"), [(4_00, 4_00), (4_00, 4_01), (None, 4_00)])
async def test_no_more_comes_back_than_is_said_to_be_unused(scene: Scene, said: int | None, back: int) -> None:
    """As said it is right; a penny more, or on the acceptance itself, is named."""
    budget = await scene.budget(management="direct_payment")
    number = await taken(scene, budget, "liability_accepted", 10_00, 10_00)
    unused = stopping.liability_recorded(
        "liability_unused", owed(budget, 10_00), amount=said or 10_00, because=number - 1
    )
    stated: dict[str, Any] = {"shares": budget.shares(), "borne": [10_00], "klass": "notice_pay", "effective_on": DAY}
    posted = stopping.liability_unused(amount=back, because=number - 1 if said is None else -1, **stated)
    outcome = await scene.do(unused, posted, asked=CAROL)
    found = await verified(scene)
    if (said, back) == (4_00, 4_00):
        assert (found.ok, found.why) == (True, None)
    else:
        assert (found.what, found.first_wrong) == ("unwarranted", outcome.entries[1].number)


@pytest.mark.parametrize("how", ["right", "more returned", "more owed", "another act"])
async def test_what_leaves_with_a_person_is_what_was_said_of_the_move(scene: Scene, how: str) -> None:
    """Authority back and cash along, each up to its own entry's amount."""
    budget = await scene.budget(management="direct_payment")
    line = budget.line
    transfer = moves.Transfer(subject="move/M1", person=budget.person, line=line.line, book="OTHER", amount=5_00,
                              holder_account=line.holder_account or "")  # fmt: skip
    act = "moved_out" if how == "another act" else "authority_returned"
    pence = 5_01 if how == "more returned" else 5_00
    outcome = await scene.do(
        moves.transfer_recorded(act, transfer),
        acts.authority_given_back(
            shares=budget.shares({f"share/{line.line}/nhs/2025-26/available": pence}), effective_on=DAY, because=-1
        ),
    )  # fmt: skip
    if how == "more owed":
        shares = budget.shares({f"share/{line.line}/nhs/2025-26/available": 10_00})
        taken_in = moves.moved_in(amount=5_01, shares=shares,
                                  holder_account=line.holder_account or "", payee="A1", effective_on=DAY, because=-1)  # fmt: skip
        outcome = await scene.do(moves.transfer_recorded("moved_in", transfer), taken_in)
    found = await verified(scene)
    if how == "right":
        assert (found.ok, found.why) == (True, None)
    else:
        assert (found.what, found.first_wrong) == ("unwarranted", outcome.entries[1].number)


@pytest.mark.parametrize("act", ["resumed", "suspended"])
async def test_authority_comes_back_only_to_a_line_that_is_open_again(scene: Scene, act: str) -> None:
    """Returned when the line ended; reversed behind what resumes it, and behind nothing else."""
    budget = await scene.budget(management="direct_payment")
    shares = budget.shares({f"share/{budget.line.line}/nhs/2025-26/available": 5_00})
    ended = plans.line_recorded("ended", budget.line)
    back = acts.authority_given_back(shares=shares, effective_on=DAY, because=-1)
    assert back is not None
    outcome = await scene.do(ended, back)
    undone = acts.reversal(entry=outcome.entries[1].number, line=budget.line.line, effective_on=DAY, because=-1)
    again = await scene.do(plans.line_recorded(act, budget.line), undone)
    found = await verified(scene)
    if act == "resumed":
        assert (found.ok, found.why) == (True, None)
    else:
        assert (found.what, found.first_wrong) == ("unwarranted", again.entries[1].number)
