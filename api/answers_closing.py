"""What finance and auditors get back around the close of a month or a year."""

from msgspec import Struct

from ledger.reports.identities import Identity


class IdentityOut(Struct, frozen=True):
    """One identity: what it says, how many things were looked at, and the first that breaks it, null if it holds."""

    name: str
    says: str
    checked: int
    ok: bool
    first: str | None


class IdentitiesOut(Struct, frozen=True):
    """All identities that exist, in order; `not_yet` are the names of those whose objects do not exist here."""

    ok: bool
    identities: list[IdentityOut]
    not_yet: list[str]


def identities_of(found: tuple[Identity, ...], not_yet: tuple[str, ...]) -> IdentitiesOut:
    """The identities of one moment."""
    made = [IdentityOut(each.name, each.says, each.checked, each.ok, each.first) for each in found]
    return IdentitiesOut(all(each.ok for each in found), made, list(not_yet))
