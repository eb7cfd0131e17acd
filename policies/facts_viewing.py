"""The sheet of facts about a look at who a person is: what a rule may look at before it is shown to staff."""

from typing import Literal

from policies.facts import FactSheet

ViewingAct = Literal["view"]


class Viewing(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one look."""

    act: ViewingAct

    viewer_connected: bool
    """Who asks as staff acts for this person too, by a delegation that has not ended."""
