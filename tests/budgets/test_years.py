"""Generated years: whatever happens to a budget in whatever order, L1 to L8 hold after each event, on all balances."""

from collections import defaultdict

import pytest

from ledger.budgets.identities import IDENTITIES
from tests.budgets.years import EVENTS, Life, lived


def check_sums(life: Life) -> None:
    """L1 and L2: each balance group sums to nothing. L3 to L8: each identity does, for each value of its tag. Held is its holds."""
    groups: defaultdict[str, int] = defaultdict(int)
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    for account in life.world.state.accounts.values():
        if account is None:
            continue
        groups[account.group] += account.balance
        for identity in IDENTITIES:
            value = account.tags.get(identity.tag)
            for term in identity.terms:
                if value is not None and term.klass == account.klass:
                    sums[identity.name, value] += term.coefficient * account.balance
    assert {name: total for name, total in groups.items() if total} == {}
    assert {key: total for key, total in sums.items() if total} == {}
    held = sum(pair.remaining for hold in life.world.state.holds.values() if hold for pair in hold.pairs.values())
    codes = [code for code in life.world.state.accounts if code.endswith("/held")]
    assert held == sum(life.world.balance(code) for code in codes)


@pytest.mark.parametrize("seed", range(6))
def test_two_generated_years_keep_every_identity(seed: int) -> None:
    """A hundred tries a year."""
    life = lived(seed, 100, check_sums)
    assert len(life.happened) > 100


def test_every_event_of_the_table_happens() -> None:
    """No row of the table is there for show."""
    happened = {name for seed in range(3) for name in lived(seed, 100, lambda _: None).happened}
    assert happened == set(EVENTS)
