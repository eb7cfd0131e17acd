"""Whatever two years bring, the sums of accounting.md section 5 hold after each event, and nothing that is possible is refused."""

from functools import cache

import pytest

from tests.budgets.test_orders_of_events import check_sums
from tests.budgets.years import YEAR, Years
from tests.budgets.years_plays import step

SEEDS = range(10)
STEPS_A_YEAR = 250
OTHERS = {15, 43, 46}
"""Rows of the page that are other rows on other shares, and have no number of their own in an entry."""


@cache
def lived(seed: int) -> frozenset[int]:
    """The events of two years, whose sums were looked at after each of them and after the end of the first."""
    years = Years(seed)
    years.begin()
    check_sums(years.world)
    for _ in range(2):
        for _ in range(STEPS_A_YEAR):
            if step(years):
                check_sums(years.world)
            years.pass_days()
        if years.year == YEAR:
            years.end_year()
            check_sums(years.world)
    return frozenset(years.events)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_generated_years_keep_every_sum(seed: int) -> None:
    """L1 to L8 on all balances, every guard, and held = open holds, after each event of two years and of the end between them."""
    assert lived(seed)


def test_these_years_have_every_event_of_the_page() -> None:
    """Over all seeds each of the 55 happened but for those that are others, so that none of them is only planned for."""
    assert set(range(1, 56)) - frozenset().union(*(lived(seed) for seed in SEEDS)) == OTHERS
