"""Whether whoever writes as staff sees the record that they write about, found with the facts of what they write.

It is of the same moment as those, and asks the book nothing of its own. `policies.viewing` keeps the denial of a look.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

import msgspec

from ledger.budgets.reading import Setup, setup_of
from ledger.budgets.standing import Rules, Standing
from policies.engine import Engine
from policies.facts_viewing import Viewing


class Look(msgspec.Struct, frozen=True):
    """Staff who write about a person's record, and so have to see it: that of `person`, or, where no person is named, of whomever
    the `entries` are about, have moved money of, or rest on."""

    person: str
    actor: str
    is_auditor: bool = False
    entries: tuple[int, ...] = ()


class KeptBack(Exception):
    """The record of `person` is not for whoever wants to write about it; `sheet` is what was looked at."""

    def __init__(self, person: str, sheet: Viewing) -> None:
        super().__init__(sheet.act)
        self.person, self.sheet = person, sheet


class Judges(Protocol):
    """Whoever has the rules in force, such as the gate."""

    def today(self) -> date:
        """The accounting day now."""

    async def engines(self, rules: Rules, connection: Any = None) -> tuple[Engine, Engine | None]:
        """The engine of the rules in force, and that of the rules on trial."""


def is_plain(look: Look | None, standing: Standing, today: date) -> bool:
    """Whether nobody has to judge the look."""
    return look is None or is_ordinary(_sheet(look, standing, today))


async def check_look(
    gate: Judges, look: Look | None, standings: Mapping[str, Standing], rules: Rules, connection: Any = None
) -> None:  # fmt: skip
    """That whoever writes as staff sees each of these records as it stands, by its person; only what sets the look apart is judged.
    KeptBack."""
    for person, standing in sorted(standings.items()):
        if look is None or is_plain(look, standing, gate.today()):
            continue
        sheet = _sheet(look, standing, gate.today())
        if (await gate.engines(rules, connection))[0].judged(sheet).outcome != "allow":
            raise KeptBack(person, sheet)


def _sheet(look: Look, standing: Standing, today: date) -> Viewing:
    return viewing_sheet(setup_of(standing.said), look.actor, today, purpose_said=True, is_auditor=look.is_auditor)


def viewing_sheet(setup: Setup, actor: str, today: date, *, purpose_said: bool, is_auditor: bool = False) -> Viewing:
    """What the rules look at before `actor` sees a record as staff. Every restriction names the auditors: what is kept from the
    team is not kept from whoever checks the team."""
    named = setup.restricted_to
    return Viewing(
        act="view", viewer_connected=bool(setup.scopes_of(actor, today)), restricted=named is not None,
        viewer_named=named is not None and (is_auditor or actor in named), purpose_said=purpose_said,
    )  # fmt: skip


def is_ordinary(sheet: Viewing) -> bool:
    """Whether nothing is known that sets this look apart from what the role is for."""
    return not (sheet.viewer_connected or sheet.restricted)
