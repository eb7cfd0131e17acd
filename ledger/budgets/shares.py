"""A share: one fund's part of one budget line in one financial year, and how an amount is split between shares.

All authority is kept by share (accounting.md section 1). A split follows what the funders agreed: where one share lacks money
that another has, an act is refused by the ledger and a fact's shortfall is recorded on that same share. Only roundings are
borne by the share that has the penny: those of many small orders would else leave pennies that no order can reach. No other
money moves between funds unseen.
"""

import re
from collections.abc import Sequence

import msgspec

from ledger.budgets.chart import FUND_KINDS, SHARE_STATES, account_code
from ledger.core.model import Malformed, check_size
from ledger.money import apportion

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")
TERM = "term"
"""Stands for the year of a share whose money is for as long as a thing has to serve."""
RECHARGED = ("partner", "contribution")


def check_name(value: str, field: str) -> str:
    """A name that may be one part of an account code: without a slash, so that two codes never meet; or Malformed."""
    if not NAME.fullmatch(value):
        raise Malformed("code_malformed", field)
    return value


ROUNDINGS_PENCE = 100
"""What the roundings of many orders may have shifted between the shares of a line: less than a penny for each order."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Who bears how much of a line, and what the share's accounts held when they were read.

    `year` is a financial year `2025-26` (`ledger.core.calendar.year_of`), or `term` for a wheelchair. `partner` is the
    council of a share of kind `partner`. Balances are pence, and more money is always a larger number: `unfunded` is
    what has been recorded beyond authority, as a size."""

    line: str
    fund: str
    year: str
    person: str
    kind: str = "ring_fenced"
    weight: int = 1
    partner: str | None = None
    available: int = 0
    contingency: int = 0
    held: int = 0
    advanced: int = 0
    spent: int = 0
    recovering: int = 0
    lost: int = 0
    unfunded: int = 0

    def __post_init__(self) -> None:
        for field in ("line", "fund", "year", "person"):
            check_name(getattr(self, field), field)
        if self.kind not in FUND_KINDS:
            raise Malformed("code_unknown", "kind")
        if type(self.weight) is not int or not 0 <= self.weight <= 10**12:
            raise Malformed("weight_malformed", "weight")
        if (self.kind == "partner") != (self.partner is not None):
            raise Malformed("partner_malformed", "partner")
        if self.partner is not None:
            check_name(self.partner, "partner")

    @property
    def ref(self) -> str:
        """The share in one word: `N/council/2025-26`."""
        return f"{self.line}/{self.fund}/{self.year}"

    @property
    def recharged_to(self) -> str:
        """Who is billed for this share's cost: the partner, or whoever contributes to the line."""
        return self.partner or f"own.{self.line}"

    def code(self, klass: str, **names: str) -> str:
        """The account of a class of the chart for this share: `code("available")`, `code("partner/unbilled")`,
        `code("advance", holder_account="H7")`."""
        if not names and klass in SHARE_STATES:
            # Asked for at every read of a balance, so written out.
            return f"share/{self.line}/{self.fund}/{self.year}/{klass}"
        for name, value in names.items():
            check_name(value, name)
        known = {"line": self.line, "fund": self.fund, "year": self.year, "person": self.person}
        return account_code(klass, **{**known, "partner": self.recharged_to, **names})


def check_shares(shares: Sequence[Share], *, one_year: bool = True) -> Sequence[Share]:
    """The shares of one line of one person, each once and (unless told otherwise) of one year; or Malformed."""
    if not shares:
        raise Malformed("shares_missing", "shares")
    places = {(share.line, share.person, share.year if one_year else "") for share in shares}
    if len(places) > 1 or len({share.ref for share in shares}) != len(shares):
        raise Malformed("shares_malformed", "shares")
    return shares


def split(amount: int, shares: Sequence[Share], caps: Sequence[int] | None = None) -> tuple[int, ...]:
    """Pence for each share, by weight, largest remainder, ties to the first in the agreement; the sum is `amount`.

    `caps` (pence, one for each share) hold where a settlement fits into what is held: no share takes more than it still
    holds. CannotApportion when they leave too little room, or no share has a weight."""
    check_size(amount, "amount")
    return apportion(amount, [share.weight for share in check_shares(shares)], caps)


def split_within(amount: int, shares: Sequence[Share], room: Sequence[int]) -> tuple[int, ...]:
    """As `split`, and no share gives more than its `room` (pence, one for each share) while the amount fits into all of it. What
    does not fit is split as agreed: whether it may be is for the ledger to say, of the share that lacks it."""
    caps = [max(0, each) for each in room]
    fits = amount <= sum(cap for share, cap in zip(shares, caps, strict=True) if share.weight)
    return split(amount, shares, caps if fits else None)


def split_of_left(amount: int, shares: Sequence[Share], left: Sequence[int]) -> tuple[int, ...]:
    """As `split_within` of what each share has left, while the shares are divided as agreed but for roundings. A share that lacks
    more than those, a contribution that has not come in, is not borne by the others: the amount is split as agreed."""
    caps = [max(0, each) for each in left]
    agreed = apportion(sum(caps), [share.weight for share in check_shares(shares)])
    if any(part - cap > ROUNDINGS_PENCE for part, cap in zip(agreed, caps, strict=True)):
        return split(amount, shares)
    return split_within(amount, shares, caps)


def consumed(amount: int, shares: Sequence[Share], state: str = "advanced") -> tuple[int, ...]:
    """Pence for each share when evidence uses money paid out ahead: by what of each instalment is left, oldest year first,
    for evidence takes the split of the instalment it consumes. Of another `state` likewise: what comes back of a demand goes to
    the shares that it was taken from. CannotApportion when more is asked than is in the state."""
    check_size(amount, "amount")
    check_shares(shares, one_year=False)
    parts, rest = [0] * len(shares), amount
    for year in sorted({share.year for share in shares}):
        left = [max(0, getattr(share, state)) if share.year == year else 0 for share in shares]
        taken = min(rest, sum(left))
        if taken:
            for place, part in enumerate(apportion(taken, left, left)):
                parts[place] += part
            rest -= taken
    if rest:
        # Asked again of all together, so that the refusal is the one of every other split.
        left = [max(0, getattr(share, state)) for share in shares]
        return apportion(amount, [1] * len(shares), left)
    return tuple(parts)
