"""Steps back: what an atomic group has changed is put back when a later request of it is refused."""

from collections.abc import Callable
from typing import Any

from ledger.core.state import AccountState, BookState, HoldState

Undo = list[Callable[[], None]]


def restore_head(state: BookState, size: int, last_us: int) -> Callable[[], None]:
    """The size and time of the log as they are now."""

    def restore() -> None:
        state.size, state.last_us = size, last_us

    return restore


def restore_account(account: AccountState) -> Callable[[], None]:
    """An account's balance, totals and next due time as they are now."""
    before = (account.balance, account.debit, account.credit, account.next_due_us)

    def restore() -> None:
        account.balance, account.debit, account.credit, account.next_due_us = before

    return restore


def restore_hold(hold: HoldState) -> Callable[[], None]:
    """What a hold keeps now, and whether it is closed."""
    closed, remaining = hold.closed, {holding: pair.remaining for holding, pair in hold.pairs.items()}

    def restore() -> None:
        hold.closed = closed
        for holding, amount in remaining.items():
            hold.pairs[holding].remaining = amount

    return restore


def restore_key(mapping: dict[Any, Any], key: object) -> Callable[[], None]:
    """What a dictionary says of a key now, or that it says nothing."""
    was_there, before = key in mapping, mapping.get(key)

    def restore() -> None:
        if was_there:
            mapping[key] = before
        else:
            mapping.pop(key, None)

    return restore


def restore_attribute(target: Any, name: str) -> Callable[[], None]:
    """One attribute as it is now."""
    before = getattr(target, name)
    return lambda: setattr(target, name, before)
