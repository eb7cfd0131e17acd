"""A one-off payment goes out once."""

from tests.policies.scene import Scene, outcome_of, sender

PATIENCE = 20.0


async def test_a_one_off_payment_is_paid_out_once(scene: Scene) -> None:
    """Its whole amount is one instalment: asked for again nothing is left of it, and another amount is not what was agreed."""
    budget = await scene.budget(amount=300_00, management="one_off")
    asks = [budget.wants(amount, act="instalment", payee=None) for amount in (299_99, 300_00, 300_00)]
    outcomes = [outcome_of(await scene.gate().instalment(wanted, sender(), PATIENCE)) for wanted in asks]
    assert outcomes == ["deny", "allow", "deny"]
    assert await scene.left(budget, "held") == 300_00
