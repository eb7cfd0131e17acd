"""A person with a plan, and what the gate says to what is asked for them."""

from typing import Any

import msgspec

from ledger.budgets import payees, plans
from policies.gate import Decided
from tests.policies.scene import BOB, Budget, Scene, findings_of, outcome_of, sender

PATIENCE = 20.0
INSTALMENT = 1_840_00
SERVICES = ("bedding_and_mattresses", "cognitive_aids", "exercise", "home_care", "live_in_care", "managed_account",
            "payroll", "personal_assistant", "talking_therapy")  # fmt: skip


async def life(
    scene: Scene, management: str = "direct_payment", *, plan: dict[str, Any] | None = None, **line: Any
) -> Budget:
    """A person whose signed plan has one line for all of SERVICES, in instalments where it is a direct payment; `plan` and `line`
    differ from that as said."""
    regular = {"instalment": INSTALMENT, "interval": "monthly"} if management == "direct_payment" else {}
    made = await scene.budget(amount=22_080_00, management=management, **regular)
    version = msgspec.structs.replace(made.plan, **(plan or {}))
    agreed = msgspec.structs.replace(made.line, **{"services": SERVICES, **line})
    said = (plans.plan_recorded("signed", version), plans.line_recorded("agreed", agreed, because=-1))
    number = (await scene.do(*said, asked=BOB)).number
    return Budget(made.person, version, agreed, number)


async def provider(scene: Scene, code: str, state: str = "approved", **said: Any) -> str:
    """A payee of whom this is known, registered by one person, and `approved` or not by another."""
    made = payees.Payee(payee=code, **said)
    number = (await scene.do(payees.payee_recorded("registered", made))).number
    if state == "approved":
        approved = payees.payee_recorded("approved", made, because=number)
        await scene.do(approved, payees.payable_opened(code), asked=BOB, other_than=(number,))
    return code


def said(decided: Decided) -> tuple[str, list[str]]:
    """The outcome, and every rule that objected or wants somebody to look."""
    return outcome_of(decided), [*findings_of(decided), *findings_of(decided, "review")]


async def paid(scene: Scene, budget: Budget, amount: int = INSTALMENT, **more: Any) -> tuple[str, list[str]]:
    """What is said to an instalment."""
    wanted = budget.wants(amount, **{"act": "instalment", "payee": None, **more})
    return said(await scene.gate().instalment(wanted, sender(), PATIENCE))


async def bought(scene: Scene, budget: Budget, service: str, amount: int = 35_00, **more: Any) -> tuple[str, list[str]]:
    """What is said to a purchase: for a line whose money is with its holder, to the question whether it may be bought."""
    wanted = budget.wants(amount, service=service, **more)
    gate = scene.gate()
    way = gate.spend if budget.line.is_kept else gate.ask
    return said(await way(wanted, sender(), PATIENCE))
