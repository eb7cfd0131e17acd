"""What clients may send about the patterns: what came of a look, and thresholds."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from api.wire_budgets import Words

PatternRule = Annotated[
    str,
    Meta(description="The rule that asked for the look.", extra_json_schema={"pattern": r"^pattern\.[a-z_]{1,56}$"}),
]


class WatchIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Looks at a month that is over."""


class LookIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What came of looking at one thing that was found. Nothing is recovered and nobody is reported before somebody has asked
    whether the person is safe and has care: `safeguarding_considered` says that it was asked. `words` are for the file."""

    rule: PatternRule
    outcome: Literal["nothing_found", "explained", "safeguarding", "recovery_considered", "counter_fraud"]
    safeguarding_considered: bool = False
    words: Words | None = None


class ThresholdsIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Thresholds from a day on, stated whole: what is left out is off from then. Named and in the units of the facts that they are
    for, pence where a name ends so. `made_up` marks those of a test or of something shown: a live book takes none."""

    start: date = field(name="from")
    values: Annotated[dict[str, int], Meta(max_length=40)]
    made_up: bool = False
