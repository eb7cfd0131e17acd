"""Reads what a batch needs from the database into the core's running state."""

import json
from collections.abc import Iterable
from typing import Any

from ledger.book import store
from ledger.core.calendar import Months
from ledger.core.canon import parse, people_of
from ledger.core.merkle import Frontier
from ledger.core.model import Identity, Item
from ledger.core.requests import ChangeAccount
from ledger.core.state import AccountState, BookState, HoldPair, HoldState, Missing, PastEntry, missing_for, past_of

Connection = Any

AHEAD_US = 60_000_000
"""Holds are read this long before they are due, because an item is decided later than it is loaded for."""


class BookUnknown(LookupError):
    """There is no such book on this server."""

    code = "book_unknown"


async def read_head(connection: Connection, book_id: int) -> Any:
    """The head row of a book with its book's row and the database's clock, or BookUnknown."""
    row = await connection.fetchrow(store.HEAD, book_id)
    if row is None:
        raise BookUnknown
    return row


async def read_state(connection: Connection, book_id: int, identities: tuple[Identity, ...]) -> tuple[BookState, Any]:
    """The state of a book with nothing but its head and months, and the head row it was made from."""
    head = await read_head(connection, book_id)
    rows = await connection.fetch(store.CLOSED_PERIODS, book_id)
    closed = {row["period"]: people_of(row["actor"], row["acting_for"]) for row in rows}
    state = BookState(
        book_id=book_id,
        code=head["code"],
        currency=head["currency"],
        size=head["size"],
        last_us=head["last_us"],
        frontier=Frontier.from_bytes(head["size"], head["frontier"]),
        months=Months(head["first_day"], closed),
        identities=identities,
        next_account_id=head["next_account_id"],
        origin=head["origin"],
        nature=head["nature"],
    )
    return state, head


async def load_for(connection: Connection, state: BookState, items: Iterable[Item], now_us: int) -> None:
    """Read everything that the items need and the state does not hold, due holds included."""
    items = list(items)
    while True:
        missing = Missing(set(), set(), set(), set())
        for item in items:
            missing_for(state, item, missing)
        if not missing:
            break
        await _load_missing(connection, state, missing)
    await _load_holds_of_closings(connection, state, items)
    known = (state.accounts.get(code) for code in state.expiring)
    due = [a for a in known if a is not None and not a.holds_known and (a.next_due_us or 0) <= now_us + AHEAD_US]
    if due:
        await load_due(connection, state, due)


async def load_due(connection: Connection, state: BookState, accounts: list[AccountState]) -> None:
    """Read the open, expiring holds on accounts, with the accounts they touch."""
    rows = await connection.fetch(store.HOLDS_ON_ACCOUNTS, state.book_id, [account.id for account in accounts])
    await load_holds(connection, state, {row["number"] for row in rows if row["number"] not in state.holds})
    for account in accounts:
        account.holds_known = True


async def load_holds(connection: Connection, state: BookState, numbers: set[int]) -> None:
    """Read holds with their pairs and accounts; a number that is no hold becomes None."""
    if not numbers:
        return
    found: dict[int, HoldState] = {}
    for row in await connection.fetch(store.HOLDS, state.book_id, sorted(numbers)):
        hold = found.get(row["number"])
        if hold is None:
            hold = HoldState(row["number"], row["purpose"], row["expires_us"], row["closed"], {}, row["subject"])
            found[row["number"]] = hold
        hold.pairs[row["holding"]] = HoldPair(row["origin"], row["placed"], row["remaining"])
    for number in numbers:
        state.holds[number] = found.get(number)
    codes = {code for hold in found.values() for h, pair in hold.pairs.items() for code in (h, pair.origin)}
    await _load_accounts(connection, state, {code for code in codes if code not in state.accounts})


async def _load_holds_of_closings(connection: Connection, state: BookState, items: list[Item]) -> None:
    """An account cannot be closed while a hold would give money back to it, so its holds have to be known."""
    closing = {r.account for i in items for r in i.requests if isinstance(r, ChangeAccount) and r.to == "closed"}
    accounts = [account.id for code in closing if (account := state.accounts.get(code)) is not None]
    if accounts:
        rows = await connection.fetch(store.OPEN_HOLDS_ON_ACCOUNTS, state.book_id, accounts)
        await load_holds(connection, state, {row["number"] for row in rows if row["number"] not in state.holds})


async def _load_missing(connection: Connection, state: BookState, missing: Missing) -> None:
    if missing.entries:
        rows = await connection.fetch(store.PAST_ENTRIES, state.book_id, sorted(missing.entries))
        found = {row["number"]: _past(row) for row in rows}
        for number in missing.entries:
            state.entries[number] = found.get(number)
    await load_holds(connection, state, missing.holds)
    await _load_accounts(connection, state, missing.accounts)
    if missing.subjects:
        rows = await connection.fetch(store.SUBJECTS, state.book_id, sorted(missing.subjects))
        versions = {row["subject"]: row["number"] for row in rows}
        for subject in missing.subjects:
            state.subjects[subject] = versions.get(subject, 0)


async def _load_accounts(connection: Connection, state: BookState, codes: set[str]) -> None:
    if not codes:
        return
    for code in codes:
        state.accounts[code] = None
    for row in await connection.fetch(store.ACCOUNTS, state.book_id, list(codes)):
        account = AccountState(
            row["account_id"], row["code"], row["class"], row["layer"], row["balance_group"], row["floor"],
            row["ceiling"], json.loads(row["tags"]), row["status"], row["balance"], row["debit"], row["credit"],
            row["next_due_us"], holds_known=row["next_due_us"] is None,
        )  # fmt: skip
        if account.next_due_us is not None:
            state.expiring.add(account.code)
        state.accounts[account.code] = state.describe(account)


def _past(row: Any) -> PastEntry:
    past = past_of(parse(row["body"]))
    past.undone_by = row["undone_by"] or 0
    past.erased = row["erased_by"] is not None
    return past
