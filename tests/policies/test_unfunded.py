"""What was taken on beyond its authority holds the year's end of its line up until a fund bears it, and no longer."""

import asyncio
from typing import Any

import msgspec
import pytest

from ledger.book.database import READING, connect
from ledger.book.submission import KeyReused
from ledger.budgets import claims, credits
from ledger.budgets.year_end import carry_rule_recorded
from ledger.core.model import Asked, Leg
from ledger.reports.identities import check_identities
from policies.crediting import clear_unfunded
from policies.gate import Decided, Sender
from policies.settling import NotSettled
from policies.year_ending import propose
from tests.policies.scene import BOB, CAROL, DAY, END, START, YEAR, Budget, Scene, sender
from tests.policies.test_gate import PATIENCE
from tests.policies.test_warrants import verified
from tests.policies.test_warrants_taken_on import MIGRATED, _line, _opening, _taken_on

LATER = END.replace(month=4, day=20)


async def _cleared(
    scene: Scene, budget: Budget, number: int, pence: int, by: Asked = CAROL, own: Sender | None = None
) -> Decided:  # fmt: skip
    async def make(connection: Any) -> Any:
        return await clear_unfunded(
            connection, scene.book.book_id, person=budget.person, number=number, amount=pence, effective_on=DAY
        )

    return await scene.gate().carry_out(make, own or sender(by), PATIENCE, person=budget.person)


async def _proposed(scene: Scene) -> Decided:
    async def make(connection: Any) -> Any:
        return await propose(connection, scene.book.book_id, year=YEAR, today=LATER)

    return await scene.gate().carry_out(make, sender(BOB), PATIENCE)


async def _no(scene: Scene, *given: Any) -> str:
    with pytest.raises(NotSettled) as no:
        await _cleared(scene, *given)
    return no.value.code


async def test_what_was_taken_on_beyond_its_authority_can_be_borne_and_the_year_ends(scene: Scene) -> None:
    """£130 were spent of £100: the year cannot end until the fund bears £30, told by another than took them on, for this person,
    and once."""
    for fund in ("nhs", "council"):
        await scene.do(carry_rule_recorded(fund, "committed", START))
    budget = await _line(scene)
    other = await scene.budget(1)
    stated = await _taken_on(scene, budget, opening=_opening(budget, spent=130_00, held=0)) - 1
    assert await scene.left(budget, "unfunded") == -30_00
    with pytest.raises(NotSettled, match="unfunded_left"):
        await _proposed(scene)
    assert await _no(scene, budget, stated, 30_01) == "unfunded_exceeded"
    assert await _no(scene, other, stated, 30_00) == "decision_not_found"
    assert await _no(scene, budget, stated + 1, 30_00) == "decision_not_found"
    by_loader = await _cleared(scene, budget, stated, 30_00, MIGRATED)
    assert by_loader.outcome.refusal is not None
    assert by_loader.outcome.refusal.code == "second_person_needed"
    for pence in (10_00, 20_00):
        assert (await _cleared(scene, budget, stated, pence)).outcome.refusal is None
    assert await _no(scene, budget, stated, 1) == "unfunded_exceeded"
    assert await scene.left(budget, "unfunded") == 0
    assert (await _proposed(scene)).outcome.refusal is None
    found = await verified(scene)
    assert (found.ok, found.why) == (True, None)
    connection = await connect(scene.book.dsn, "phb_reader", scene.book.book_id, READING)
    try:
        assert [each for each in await check_identities(connection, scene.book.book_id) if not each.ok] == []
    finally:
        await connection.close()


async def test_what_was_taken_on_within_its_authority_lets_no_fund_bear_anything(scene: Scene) -> None:
    """Though the line has something unfunded by another figure of it."""
    budget = await _line(scene)
    within = await _taken_on(scene, budget, opening=_opening(budget, allocated=20_00, spent=20_00, held=0)) - 1
    await _taken_on(scene, budget, opening=_opening(budget, allocated=20_00, spent=30_00, held=0))
    assert await _no(scene, budget, within, 1) == "unfunded_exceeded"


async def test_what_is_sent_twice_is_borne_once(scene: Scene) -> None:
    """Under one key the second is answered as the first was, also where the fund has nothing more to bear by then; another body
    under it is turned away."""
    budget = await _line(scene)
    stated = await _taken_on(scene, budget, opening=_opening(budget, spent=130_00, held=0)) - 1
    own = sender(CAROL, key=b"k" * 16)
    first, again = [await _cleared(scene, budget, stated, 30_00, own=own) for _ in range(2)]
    assert (first.outcome.refusal, again.outcome.number) == (None, first.outcome.number)
    assert await scene.left(budget, "unfunded") == 0
    other = sender(CAROL, key=b"k" * 16, prints=b"o" * 8)
    with pytest.raises(KeyReused):
        await _cleared(scene, budget, stated, 30_00, own=other)
    found = await verified(scene)
    assert (found.ok, found.why) == (True, None)


@pytest.mark.parametrize(
    "how", ["right", "care as well", "kept as well", "more than was said", "of another line", "nothing said"]
)
async def test_what_no_fund_was_let_bear_is_named(scene: Scene, how: str) -> None:
    """Whoever stole the writer clears more than was said, by a word about another line or by none; or moves the line's own money
    behind a word that a fund bears £30: into care that nobody accepted, or out of what is left to spend."""
    budget, other = await _line(scene), await scene.budget(1)
    stated = await _taken_on(scene, budget, opening=_opening(budget, allocated=60_00, spent=20_00, held=0)) - 1
    beyond = await _taken_on(scene, budget, opening=_opening(budget, allocated=20_00, spent=50_00, held=0)) - 1
    line, [share] = budget.line.line, budget.shares()
    owner = other if how == "of another line" else budget
    said = claims.Evidence(
        subject=f"unfunded/{beyond}", person=owner.person, line=owner.line.line, of=beyond,
        amount=29_99 if how == "more than was said" else 30_00,
    )  # fmt: skip
    money = credits.unfunded_cleared(
        amount=30_00, shares=budget.shares({share.code("unfunded"): -30_00}), effective_on=DAY,
        because=stated if how == "nothing said" else -1,
    )  # fmt: skip
    legs = {"available": -20_00, "contingency": 20_00} if how == "kept as well" else {}
    if how == "care as well":
        legs = {"available": -20_00, "spent": 20_00}
        money = msgspec.structs.replace(
            money, legs=(*money.legs, Leg(share.code("expense"), 20_00), Leg("payable/A1", -20_00))
        )
    more = [Leg(f"share/{line}/nhs/{YEAR}/{state}", pence) for state, pence in legs.items()]
    made = await scene.do(
        claims.evidence_recorded("unfunded_cleared", said, because=beyond),
        msgspec.structs.replace(money, legs=(*money.legs, *more)), asked=CAROL,
    )  # fmt: skip
    found = await verified(scene)
    wrong = None if how == "right" else made.entries[-1].number
    assert (found.ok, found.first_wrong) == (how == "right", wrong), found


async def test_two_who_let_the_fund_bear_the_same_at_once_are_one(scene: Scene) -> None:
    """Each in a gate of their own: £30 are borne once, and whoever comes second finds nothing left."""
    budget = await _line(scene)
    stated = await _taken_on(scene, budget, opening=_opening(budget, spent=130_00, held=0)) - 1
    both = await asyncio.gather(
        *(_cleared(scene, budget, stated, 30_00, by) for by in (BOB, CAROL)), return_exceptions=True
    )
    assert sorted(isinstance(each, NotSettled) for each in both) == [False, True]
    assert await scene.left(budget, "unfunded") == 0
    found = await verified(scene)
    assert (found.ok, found.why) == (True, None)
