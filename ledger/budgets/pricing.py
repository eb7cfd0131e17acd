"""Price and quantity: what an order, an invoice or a line says of its units, and how far an invoice goes beyond its order.

A rate is pence a unit, a quantity hundredths of units. The two come together, or neither is said.
"""

from typing import NamedTuple

from ledger.core.model import Malformed, check_size

HUNDREDTHS, PERCENT = 100, 100
MOST_PERCENT = 1_000_000


def check_priced(rate: int | None, quantity: int | None) -> None:
    """Malformed(rate_incomplete) for one without the other, or for either that is no size."""
    if (rate is None) != (quantity is None):
        raise Malformed("rate_incomplete", "rate")
    for value, field in ((rate, "rate"), (quantity, "quantity")):
        if value is not None:
            check_size(value, field)


def comes_to(rate: int, quantity: int) -> int:
    """Pence of so many units, half a penny upwards."""
    return (rate * quantity + HUNDREDTHS // 2) // HUNDREDTHS


def is_amount_of(amount: int, rate: int, quantity: int, start_up: int = 0) -> bool:
    """Whether an amount is what its units come to, with or without what starts things off, give or take a penny."""
    return any(abs(amount - comes_to(rate, quantity) - more) <= 1 for more in {0, start_up})


def percent_over(what: int | None, ordered: int | None) -> int:
    """By how many begun percents the first is above the second; 0 where it is not, or where either is not said."""
    if what is None or ordered is None or what <= ordered:
        return 0
    return min(-(-(what - ordered) * PERCENT // ordered), MOST_PERCENT)


class Beyond(NamedTuple):
    """How far an invoice goes beyond its order in price and quantity: begun percents of each, and what that comes to in pence."""

    rate: int
    quantity: int
    pence: int


def beyond_order(
    rate: int | None, quantity: int | None, ordered_rate: int | None, ordered_quantity: int | None, before: int = 0
) -> Beyond:  # fmt: skip
    """The invoice's rate and quantity against the order's, of which other invoices have had `before` hundredths of units; nothing
    where either says none."""
    if rate is None or quantity is None or ordered_rate is None or ordered_quantity is None:
        return Beyond(0, 0, 0)
    too_many = min(quantity, max(0, before + quantity - ordered_quantity))
    more = comes_to(max(0, rate - ordered_rate), quantity) + comes_to(ordered_rate, too_many)
    return Beyond(percent_over(rate, ordered_rate), percent_over(before + quantity, ordered_quantity), more)
