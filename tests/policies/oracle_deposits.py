"""The rules about money of others in a holder's account a second time, in plain Python; see oracle.py."""

from collections.abc import Iterator

from policies.facts_deposits import Deposit


def of_deposits(s: Deposit) -> Iterator[tuple[str, str]]:
    """Rule and its own effect, for every rule that objects."""
    if not (s.permitted_source or s.managed_account or s.one_off_account):
        yield "statute.deposit_not_permitted", "refer"
