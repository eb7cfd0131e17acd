"""The sheet of facts about a look at a person's record: what a rule may look at before it is shown to staff."""

from typing import Literal

from policies.facts import FactSheet

ViewingAct = Literal["view"]


class Viewing(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one look."""

    act: ViewingAct

    viewer_connected: bool
    """Who asks as staff acts for this person too, by a delegation that has not ended."""
    restricted: bool
    """The record is kept for staff who are named, until that is lifted."""
    viewer_named: bool
    """Who asks is one of them, as every auditor is; false where the record is not restricted."""
    purpose_said: bool
    """They say what they look at it for, in a code."""
