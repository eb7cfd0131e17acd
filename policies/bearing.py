"""Which year's share bears what: carried money is where the year's end took it, and what comes for a year that has ended is borne
by the year of its accounting day (accounting.md decisions 6 and 7, and events 36, 37, 39 and 49).

A line may have no plan for that year: then the accounts of its share are opened, and its fund bears what comes late. Money of a
term is of no year, so no year end moves it.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from ledger.budgets.acts import kept_by_year, order_placed
from ledger.budgets.carried import every_share_of, where_carried
from ledger.budgets.plans import Line, share_opened
from ledger.budgets.presence import which_are_open
from ledger.budgets.reading import funds_of, shares_of
from ledger.budgets.shares import TERM, Share
from ledger.budgets.standing import Facts, Standing, read_rules
from ledger.budgets.year_end import has_ended
from ledger.core.calendar import year_of
from ledger.core.requests import AnyRequest, PlaceHold
from policies.sheets import Asked, Wanted

Connection = Any


class Bearing(NamedTuple):
    """The year whose shares bear a fact, and what opens them where they are not open."""

    year: str
    opened: tuple[AnyRequest, ...]


class Borne(NamedTuple):
    """The shares that bear a movement, pence of each, and what opens those that are not open."""

    shares: tuple[Share, ...]
    parts: tuple[int, ...]
    opened: tuple[AnyRequest, ...]


async def shares_opened(connection: Connection, book_id: int, shares: Sequence[Share]) -> tuple[AnyRequest, ...]:
    """What opens the accounts of these shares, where nobody has."""
    there = await which_are_open(connection, book_id, [share.code("available") for share in shares])
    return tuple(each for share in shares if share.code("available") not in there for each in share_opened(share))


async def every_share(connection: Connection, book_id: int, line: Line, standing: Standing) -> tuple[Share, ...]:
    """The shares of a line in every year in which it has or had money."""
    return every_share_of(line, funds_of((await read_rules(connection, book_id)).funds), standing.balances)


def shares_for(filled: Asked, facts: Facts, day: date) -> tuple[Share, ...]:
    """The shares of the line in the year of a day, split as on that day, with what they held at the moment of the facts."""
    return shares_in(filled, facts, year_of(day), day)


def shares_in(filled: Asked, facts: Facts, year: str, day: date) -> tuple[Share, ...]:
    """The shares of the line in a financial year, split as on a day, with what they held at the moment of the facts."""
    return shares_of(filled.line, year, funds_of(facts.rules.funds), facts.standing.balances, day)


def kept_for(wanted: Wanted, facts: Facts, filled: Asked, purpose: str, expires_us: int) -> PlaceHold:
    """The hold of the money of an order, in the shares of each year that it is kept in; its decision stands before it."""
    stated: dict[str, Any] = {
        "purpose": purpose, "expires_us": expires_us, "effective_on": wanted.effective_on, "care_from": wanted.care_from,
        "care_to": wanted.care_to, "because": -1,
    }  # fmt: skip
    if filled.parts:
        parts = [(pence, shares_in(filled, facts, year, wanted.effective_on)) for year, pence in filled.parts]
        return kept_by_year(parts=parts, **stated)
    return order_placed(amount=wanted.amount, shares=shares_for(filled, facts, wanted.effective_on), **stated)


async def bearing_of(
    connection: Connection, book_id: int, line: Line, standing: Standing, day: date, effective_on: date
) -> Bearing:  # fmt: skip
    """Which year bears a fact of `day`, a day that the line has shares on."""
    year = await _year(connection, book_id, line.line, line.year_on(day), effective_on)
    funds = funds_of((await read_rules(connection, book_id)).funds)
    return Bearing(year, await shares_opened(connection, book_id, shares_of(line, year, funds, standing.balances)))


async def _year(connection: Connection, book_id: int, line: str, year: str, effective_on: date) -> str:
    later = year_of(effective_on)
    return later if year != TERM and later > year and await has_ended(connection, book_id, line, year) else year


async def borne_now(
    connection: Connection, book_id: int, line: Line, balances: dict[str, int], parts: Sequence[tuple[Share, int]],
    effective_on: date,
) -> Borne:  # fmt: skip
    """What was posted in some shares as it is taken back on a day: by the same fund, of a year that has not ended."""
    funds = funds_of((await read_rules(connection, book_id)).funds)
    found: dict[str, tuple[Share, int]] = {}
    for share, pence in parts:
        year = await _year(connection, book_id, line.line, share.year, effective_on)
        now = share
        if year != share.year:
            [now] = [each for each in shares_of(line, year, funds, balances) if each.fund == share.fund]
        found[now.ref] = (now, found.get(now.ref, (now, 0))[1] + pence)
    shares = tuple(share for share, _ in found.values())
    return Borne(shares, tuple(pence for _, pence in found.values()), await shares_opened(connection, book_id, shares))


async def carried_now(
    connection: Connection, book_id: int, parts: Sequence[tuple[Share, int]], shares: Sequence[Share], state: str
) -> tuple[tuple[Share, ...], tuple[int, ...]]:  # fmt: skip
    """What was moved into a state of some shares, where it is now (`where_carried`); `shares` are all of the line."""
    line = shares[0].line
    ended = {year for year in {share.year for share in shares} if await has_ended(connection, book_id, line, year)}
    return where_carried(parts, shares, state, frozenset(ended))
