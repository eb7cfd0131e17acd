"""What a plan says of a service, and a line of it: the law asks whether the plan has it, the line whose money it is."""

from ledger.budgets.plans import Line
from ledger.budgets.reading import Setup
from policies.bundle import Bundle

DEBT = "debt_repayment"


def planned(wanted: str, debt_for: str | None, setup: Setup, line: Line, bundle: Bundle) -> dict[str, bool]:
    """Whether the line, and whether any line of its plan, names the service that is meant: of a debt the one that it is for."""
    service = debt_for if wanted == DEBT else wanted
    if service is None or (wanted == DEBT and bundle.service_kind(service) != "care"):
        # Not of a service that no direct payment may buy, nor of another debt, even where a plan should name them.
        return {"service_in_line": False, "service_in_plan": False}
    in_line = service in line.services
    in_plan = in_line or any(
        service in other.services for other, act in setup.lines.values() if other.plan == line.plan and act != "ended"
    )
    return {"service_in_line": in_line, "service_in_plan": in_plan}
