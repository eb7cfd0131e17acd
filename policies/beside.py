"""What the bundle on trial would have said of a real request: recorded with the decision, and of no effect on it."""

from datetime import date

import msgspec

from policies.bundle import Bundle, LimitNotSet, ServiceUnknown
from policies.engine import Engine, Verdict
from policies.facts import FactSheet
from policies.measured import measured

CANNOT_SAY = "cannot_say"
"""The outcome where the bundle on trial has no limit for the day, does not know the service, or failed."""


class Beside(msgspec.Struct, frozen=True):
    """The verdict of a bundle on trial, in codes: its outcome, and the rules that objected."""

    bundle: str
    outcome: str
    findings: list[str] = []
    reviews: list[str] = []


def beside(trial: Engine, sheet: FactSheet, book: str, day: date, own: Bundle) -> Beside:
    """The verdict of the engine on trial on facts that were filled in under the bundle `own`. Never raises: whatever happens here
    is about the bundle on trial, and not about the request."""
    try:
        verdict = trial.judged(measured(sheet, book, day, own, trial.bundle))
    except (LimitNotSet, ServiceUnknown):
        return Beside(trial.bundle.hash, CANNOT_SAY)
    except Exception:
        return Beside(trial.bundle.hash, CANNOT_SAY, ["engine.exception"])
    return Beside(
        trial.bundle.hash, verdict.outcome, [each.rule for each in verdict.findings], [each.rule for each in verdict.reviews]
    )  # fmt: skip


def note(engine: Engine, verdict: Verdict, trial: Engine | None, tried: Beside | None) -> None:
    """Count what could not be decided, once a decision is recorded."""
    engine.note(each.rule for each in verdict.findings)
    if trial is not None and tried is not None:
        trial.note(tried.findings)
