"""What cannot be decided goes through the gate as a no: a kept decision that says so, counted once, and no money moves."""

import pytest

from policies.bundle import Bundle
from policies.engine import TROUBLES, Engine
from tests import kit
from tests.policies.broken import KINDS, broken
from tests.policies.scene import DAY, Between, Scene, findings_of, outcome_of, sender

PATIENCE = 20.0
POSTED = "SELECT (SELECT count(*) FROM phb.posting) AS posted, (SELECT count(*) FROM phb.hold) AS held"


@pytest.mark.parametrize("way", ["spend", "ask"])
@pytest.mark.parametrize("kind", KINDS)
async def test_every_failure_to_decide_is_a_denial_that_moves_nothing(
    scene: Scene, bundle: Bundle, kind: str, way: str
) -> None:
    """Its own finding and no other, one entry, counted once by its kind; and the same asked again under its key is that answer."""
    budget = await scene.budget()
    engine = Engine(broken(bundle, kind))
    gate, asks = scene.gate(engine=engine), sender()
    size, posted = await scene.size(), list((await kit.rows(scene.book.dsn, POSTED))[0])
    decided = await getattr(gate, way)(budget.wants(60_00), asks, PATIENCE)
    assert (outcome_of(decided), findings_of(decided)) == ("deny", [f"engine.{kind}"])
    (entry,) = decided.outcome.entries
    assert (entry.kind, entry.attribute("hold"), entry.legs) == ("decision", "no", ())
    assert engine.troubles == {kind: 1}
    assert kind in TROUBLES
    again = await getattr(gate, way)(budget.wants(60_00), asks, PATIENCE)
    assert again.outcome.entries[0].number == entry.number
    assert engine.troubles == {kind: 1}
    assert await scene.size() == size + 1
    assert list((await kit.rows(scene.book.dsn, POSTED))[0]) == posted
    assert (await scene.left(budget), await scene.left(budget, "held")) == (1_040_000, 0)


async def test_what_is_decided_again_before_it_is_recorded_is_counted_once(scene: Scene, bundle: Bundle) -> None:
    """Something else about the budget came in between, so that the verdict was made twice for one entry."""
    budget = await scene.budget()
    engine = Engine(broken(bundle, "overflow"))

    async def other() -> None:
        assert outcome_of(await scene.gate().spend(budget.wants(10_00), sender(), PATIENCE)) == "allow"

    decided = await scene.gate(engine=engine, writer=Between(scene.writer, other)).spend(
        budget.wants(60_00), sender(), PATIENCE
    )
    assert (findings_of(decided), engine.troubles) == (["engine.overflow"], {"overflow": 1})


async def test_once_it_can_be_decided_again_it_is_allowed(scene: Scene, bundle: Bundle) -> None:
    """The no was of that moment: under the same rules unbroken the same wish is allowed, and nothing more is counted."""
    budget = await scene.budget()
    engine = Engine(broken(bundle, "overflow"))
    await scene.gate(engine=engine).spend(budget.wants(60_00), sender(), PATIENCE)
    decided = await scene.gate().spend(budget.wants(60_00, effective_on=DAY), sender(), PATIENCE)
    assert outcome_of(decided) == "allow"
    assert (engine.troubles, await scene.left(budget, "held")) == ({"overflow": 1}, 60_00)
