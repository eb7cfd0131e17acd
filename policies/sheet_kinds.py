"""The kinds of sheets, and which acts each is for: the one table that engine, lint and schema are held against."""

from collections.abc import Mapping
from typing import Final, get_args

from msgspec.structs import fields

from policies.facts import FactSheet, Sheet, SheetUnfit
from policies.facts_changes import Change
from policies.facts_closing import Carrying, Reopening
from policies.facts_deposits import Deposit
from policies.facts_ending import Ending
from policies.facts_evidence import Judging
from policies.facts_holding import Holding
from policies.facts_owing import Owing
from policies.facts_payees import Approving
from policies.facts_plans import Signing
from policies.facts_requests import Request
from policies.facts_viewing import Viewing
from policies.facts_watch import Watch

SHEET_KINDS: Final[Mapping[str, type[FactSheet]]] = {
    kind.__name__: kind
    for kind in (
        Sheet,
        Change,
        Signing,
        Owing,
        Ending,
        Holding,
        Deposit,
        Judging,
        Approving,
        Reopening,
        Carrying,
        Viewing,
        Request,
        Watch,
    )
}
"""The name of the entity in the schema → its facts."""


def acts_of(kind: type[FactSheet]) -> tuple[str, ...]:
    """The acts that a kind of sheet is for."""
    (act,) = [field for field in fields(kind) if field.name == "act"]
    return get_args(act.type)


KIND_OF_ACT: Final[Mapping[str, type[FactSheet]]] = {
    act: kind for kind in SHEET_KINDS.values() for act in acts_of(kind)
}
"""An act → the kind of its sheet. No act is of two kinds."""
assert len(KIND_OF_ACT) == sum(len(acts_of(kind)) for kind in SHEET_KINDS.values())


def sheet_of(act: str, raw: bytes) -> FactSheet:
    """The sheet of an act from the bytes that are kept with its decision. SheetUnfit."""
    if act not in KIND_OF_ACT:
        raise SheetUnfit("no such act")
    return KIND_OF_ACT[act].from_bytes(raw)
