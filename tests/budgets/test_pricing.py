"""Price and quantity: what units come to, and how far an invoice goes beyond its order."""

import pytest

from ledger.budgets.pricing import beyond_order, check_priced, comes_to, is_amount_of, percent_over
from ledger.core.model import Malformed


def test_units_come_to_pence_half_a_penny_upwards() -> None:
    """7.25 hours at £21.50 are £155.88; an amount is that, with or without what starts things off, give or take a penny."""
    assert (comes_to(21_50, 7_25), comes_to(20_00, 50_00), comes_to(1, 49)) == (155_88, 1_000_00, 0)
    assert [is_amount_of(each, 20_00, 50_00, 50_00) for each in (1_000_00, 1_000_01, 1_050_00, 1_000_02, 900_00)] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_what_is_above_is_counted_in_begun_percents() -> None:
    """A penny more than 5% is 6; what is less, or not said, is nothing."""
    assert [percent_over(each, 20_00) for each in (21_00, 21_01, 20_00, 19_00, None)] == [5, 6, 0, 0, 0]
    assert (percent_over(5, None), percent_over(10**11, 1)) == (0, 1_000_000)


def test_an_invoice_goes_beyond_its_order_in_price_and_in_quantity() -> None:
    """Eleven hours at £22 against ten at £20: ten percent of each, £22 for the price and £20 for the hour; less of one sets off
    nothing of the other."""
    assert beyond_order(22_00, 11_00, 20_00, 10_00) == (10, 10, 22_00 + 20_00)
    assert beyond_order(22_00, 9_00, 20_00, 10_00) == (10, 0, 18_00)
    assert beyond_order(22_00, 11_00, None, None) == beyond_order(None, None, 20_00, 10_00) == (0, 0, 0)


def test_what_other_invoices_had_of_an_order_is_not_there_again() -> None:
    """Of ten hours eight are invoiced: four more are two too many, and so is all of what comes after the last hour."""
    assert beyond_order(20_00, 4_00, 20_00, 10_00, 8_00) == (0, 20, 40_00)
    assert beyond_order(20_00, 3_00, 20_00, 10_00, 12_00) == (0, 50, 60_00)
    assert beyond_order(20_00, 2_00, 20_00, 10_00, 8_00) == (0, 0, 0)


@pytest.mark.parametrize(("rate", "quantity"), [(1, None), (None, 1), (0, 1), (1, -1)])
def test_a_rate_and_its_quantity_come_together(rate: int | None, quantity: int | None) -> None:
    """Neither without the other, and both are sizes."""
    with pytest.raises(Malformed):
        check_priced(rate, quantity)
