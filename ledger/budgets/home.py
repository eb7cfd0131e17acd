"""What a holder is shown of a budget: lines with their money, orders that are open, and what happened, each of one moment."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.budgets import store
from ledger.budgets.plans import Line, line_of, words_of
from ledger.budgets.reading import STATES, LineMoney, Setup, cash_of, folded, money_in, money_of, years_from
from ledger.budgets.standing import Said
from ledger.core.canon import Entry, parse

Connection = Any
FIRST = date(1970, 1, 1)


class OpenOrder(msgspec.Struct, frozen=True, array_like=True):
    """A hold that still keeps money, with what its decision says (attributes; None when nothing of the gate stands behind it)."""

    hold: int
    purpose: str
    expires_us: int | None
    placed: int
    remaining: int
    day: date | None
    given: dict[str, str] | None


class LastPayment(msgspec.Struct, frozen=True, array_like=True):
    """The newest payment into a person's account, in pence: when it was asked for and released, when our bank said that it left,
    when the holder's said that it came, and when it came back; None where nobody has said so."""

    number: int
    amount: int
    asked_on: date | None
    released_on: date
    cleared_on: date | None
    arrived_on: date | None
    returned_on: date | None

    @property
    def state(self) -> str:
        """`returned`, `arrived`, `cleared`, or still `on_its_way`."""
        said = (("returned", self.returned_on), ("arrived", self.arrived_on), ("cleared", self.cleared_on))
        return next((state for state, day in said if day is not None), "on_its_way")


class _Read(msgspec.Struct, frozen=True):
    through: int
    said: list[Said]
    words: dict[str, str]
    balances: dict[str, int]
    orders: list[OpenOrder]
    provisional: str | None
    last_payment: LastPayment | None


class LineShown(NamedTuple):
    """A line, how it stands, what it has, and title and description in the person's own words (empty when erased)."""

    line: Line
    act: str
    money: LineMoney
    title: str
    description: str


class Home(NamedTuple):
    """A person's budget after entry `through`. In `total` a cap that several lines share, the money really in the holder's
    accounts, counts once (answers.md 4). `provisional` is the take-on that the opening figures are from, until two people sign."""

    through: int
    setup: Setup
    lines: tuple[LineShown, ...]
    total: LineMoney
    orders: tuple[OpenOrder, ...]
    provisional: str | None
    last_payment: LastPayment | None


_read_home = msgspec.json.Decoder(_Read).decode


async def read_home(connection: Connection, book_id: int, person: str, year: str) -> Home:
    """The budget of a person as it stands on a day of a financial year, in one statement. Of nobody it is empty, and
    `setup.registered` false."""
    found = _read_home(await connection.fetchval(store.HOME, book_id, person))
    setup = folded(found.said)
    words: dict[str, tuple[str, str]] = {}
    for row in found.said:
        # The newest words count: a line that is suspended or ended is stated again without them.
        if row.kind == "line" and str(row.number) in found.words:
            words[line_of(row.subject, row.attributes)[0].line] = words_of(found.words[str(row.number)].encode())
    shown = tuple(
        LineShown(line, act, money_of(line, found.balances, year), *words.get(line.line, ("", "")))
        for line, act in setup.lines.values()
    )
    return Home(
        found.through,
        setup,
        shown,
        total_of(shown, found.balances, year),
        tuple(found.orders),
        found.provisional,
        found.last_payment,
    )


def total_of(lines: Sequence[LineShown], balances: Mapping[str, int], year: str) -> LineMoney:
    """All lines together."""
    paid_out = [shown.line for shown in lines if not shown.line.is_kept]
    kept = [shown.line for shown in lines if shown.line.is_kept]
    advanced = sum(each.advanced for each in years_from(balances, *_shares(paid_out)))
    usable = max(0, min(advanced, cash_of(paid_out[0], balances))) if paid_out else 0
    together = years_from(balances, *_shares(kept), *_shares(paid_out))
    return money_in(together, year, paid_out=advanced, usable=usable, kept_in=years_from(balances, *_shares(kept)))


def _shares(lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple(f"share/{line.line}/" for line in lines)


class Happened(NamedTuple):
    """One entry that touched the lines: signed pence for each state that it changed."""

    entry: Entry
    changes: dict[str, int]


class BudgetStatement(NamedTuple):
    """What happened in order of accounting day and entry, and what each state held before and after it, in signed pence."""

    through: int
    opening: dict[str, int]
    lines: tuple[Happened, ...]
    closing: dict[str, int]
    next_after: tuple[date, int] | None


class _Statement(msgspec.Struct, frozen=True):
    through: int
    opening: dict[str, int]
    lines: list[tuple[int, date, str, dict[str, int]]]


_read_statement = msgspec.json.Decoder(_Statement).decode


async def read_statement(
    connection: Connection, book_id: int, person: str, *, line: str | None, first_day: date, last_day: date,
    after: tuple[date, int] | None, limit: int,
) -> BudgetStatement:  # fmt: skip
    """A page of the statement of one line, or of all lines of a person, in one statement."""
    day, number = after or (FIRST, 0)
    found = _read_statement(
        await connection.fetchval(
            store.STATEMENT, book_id, person, list(STATES), line, first_day, last_day, day, number, limit + 1
        )
    )
    page = found.lines[:limit]
    opening = {state: found.opening.get(state, 0) for state in STATES}
    closing = dict(opening)
    for *_, changes in page:
        for state, pence in changes.items():
            closing[state] += pence
    happened = tuple(Happened(parse(body), changes) for _, _, body, changes in page)
    goes_on = (page[-1][1], page[-1][0]) if len(found.lines) > limit else None
    return BudgetStatement(found.through, opening, happened, closing, goes_on)
