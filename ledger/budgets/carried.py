"""Every share in which a line has or had money, and where the end of a year took it (accounting.md events 36 and 37). Amounts are
pence."""

from collections.abc import Iterable, Mapping, Sequence

from ledger.budgets.funds import Fund
from ledger.budgets.plans import Line
from ledger.budgets.reading import shares_of, years_of
from ledger.budgets.shares import TERM, Share


def every_share_of(line: Line, funds: Mapping[str, Fund], balances: Mapping[str, int]) -> tuple[Share, ...]:
    """The shares of a line in the years of its dates, and in those into which its money was carried since; of a line of a
    term those of its term."""
    if line.is_of_term:
        return shares_of(line, TERM, funds, balances)
    carried = {code.split("/")[3] for code in balances if code.startswith(f"share/{line.line}/")}
    years = sorted({*years_of(line), *carried})
    return tuple(share for year in years for share in shares_of(line, year, funds, balances))


def shares_that_gave(
    codes: Iterable[str], line: Line, funds: Mapping[str, Fund], balances: Mapping[str, int]
) -> tuple[Share, ...]:  # fmt: skip
    """The shares of a line in the years that some accounts of shares are of. That may be one in which the line has nothing else,
    such as the one in which the invoice or evidence of an estimate came in (events 49, 50)."""
    years = sorted({code.split("/")[3] for code in codes})
    return tuple(share for year in years for share in shares_of(line, year, funds, balances))


def where_carried(
    parts: Sequence[tuple[Share, int]], shares: Sequence[Share], state: str, ended: frozenset[str]
) -> tuple[tuple[Share, ...], tuple[int, ...]]:
    """Pence of a state where they are now: what the end of a year (`ended`) has carried is in the next one of the same fund (events
    36, 37). `parts` are the shares that it was moved into, `shares` those of the line with what they have. What is nowhere any
    more stays with its own share, where the ledger refuses it."""
    left = {share.ref: max(0, getattr(share, state)) for share in shares}
    found: dict[str, int] = {}
    for before, pence in parts:
        rest, year = pence, before.year
        for share in sorted(shares, key=lambda each: each.year):
            if share.fund == before.fund and share.year >= before.year and (share.year == before.year or year in ended):
                year = share.year
                part = min(rest, left[share.ref])
                left[share.ref] -= part
                rest -= part
                found[share.ref] = found.get(share.ref, 0) + part
        found[before.ref] = found.get(before.ref, 0) + rest
    known = {share.ref: share for share in (*(share for share, _ in parts), *shares)}
    borne = [(known[ref], pence) for ref, pence in found.items() if pence]
    return tuple(share for share, _ in borne), tuple(pence for _, pence in borne)
