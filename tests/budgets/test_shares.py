"""How amounts are split between the shares of a line: by the agreement, to the penny, and never quietly."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.budgets.acts import taken_from_hold
from ledger.budgets.shares import Share, consumed, split, split_within
from ledger.core.calendar import year_of
from ledger.core.model import Malformed
from ledger.money import CannotApportion
from tests.kit import DAY

YEAR = year_of(DAY)


def shares_of(*weights: int, **more: Any) -> list[Share]:
    """Shares of one line, one fund for each weight."""
    return [
        Share(line="N", fund=f"F{place}", year=YEAR, person="P2", weight=weight, **more)
        for place, weight in enumerate(weights)
    ]


def test_a_hold_settled_in_thirds_ends_where_it_began() -> None:
    """£10.01 at 60/40 keeps 6.01 and 4.00; settled as 3.34, 3.34 and 3.33 each share gives exactly what it kept."""
    shares = shares_of(60, 40)
    remaining = dict(zip((share.code("held") for share in shares), split(1001, shares), strict=True))
    assert list(remaining.values()) == [601, 400]
    for amount in (334, 334, 333):
        parts, takes, over = taken_from_hold(amount, shares, remaining)
        assert sum(parts) == amount
        assert over == (0, 0)
        for take in takes:
            remaining[take.holding] -= take.amount
    assert list(remaining.values()) == [0, 0]


def test_three_funders_split_each_amount_by_itself() -> None:
    """47/33/20 gives 3, 2, 2 for 7p and 4, 3, 1 for 8p: a split is no difference of cumulative ones."""
    shares = shares_of(47, 33, 20)
    assert split(7, shares) == (3, 2, 2)
    assert split(8, shares) == (4, 3, 1)


def test_what_goes_beyond_a_hold_is_borne_as_agreed() -> None:
    """A settlement of 700.00 on 666.68 held at 60/40 is 420.00 and 280.00, whatever the hold had left of each."""
    shares = shares_of(60, 40)
    remaining = {shares[0].code("held"): 40001, shares[1].code("held"): 26667}
    parts, takes, over = taken_from_hold(70000, shares, remaining)
    assert (parts, over) == ((42000, 28000), (1999, 1333))
    assert [take.amount for take in takes] == [40001, 26667]


def test_a_split_without_room_stays_that_of_the_agreement() -> None:
    """Where nothing is said of what each share has, or where the line as a whole has not so much, the agreement decides."""
    shares = shares_of(60, 40)
    assert split(100, shares) == (60, 40)
    assert split_within(100, shares, [60, 39]) == (60, 40)
    assert split_within(100, shares, [0, 0]) == (60, 40)


def test_a_split_within_room_takes_from_no_share_more_than_it_has() -> None:
    """Untouched shares give what the agreement says; a share that is a penny short gives what it has and the others the rest."""
    shares = shares_of(60, 40)
    assert split_within(100, shares, [600, 400]) == (60, 40)
    assert split_within(100, shares, [61, 39]) == (61, 39)
    assert split_within(1, shares, [0, 1]) == (0, 1)
    assert split_within(5, shares_of(1, 0), [4, 9]) == (5, 0), "who left the agreement gives nothing, whatever is there"
    assert split_within(5, shares, [9, -3]) == (5, 0), "a state below zero has no room"


def test_a_fund_that_left_the_agreement_pays_nothing_more() -> None:
    """With a weight of nothing a share gets nothing, though a hold still keeps something of it."""
    shares = shares_of(1, 0)
    remaining = {share.code("held"): 50 for share in shares}
    parts, takes, over = taken_from_hold(80, shares, remaining)
    assert (parts, over, len(takes)) == ((80, 0), (30, 0), 1)


def test_evidence_consumes_the_oldest_instalment_first() -> None:
    """Money of the year before is used before this year's, each by what is left of it, and never more than there is."""
    old = [
        Share(line="D", fund=fund, year="2024-25", person="P1", advanced=left) for fund, left in (("a", 30), ("b", 11))
    ]
    new = [
        Share(line="D", fund=fund, year="2025-26", person="P1", advanced=left) for fund, left in (("a", 100), ("b", 0))
    ]
    assert consumed(40, [*new, *old]) == (0, 0, 29, 11)
    assert consumed(50, [*new, *old]) == (9, 0, 30, 11)
    with pytest.raises(CannotApportion) as no:
        consumed(142, [*new, *old])
    assert no.value.code == "caps_below_amount"
    with pytest.raises(CannotApportion):
        consumed(1, shares_of(1))


@given(
    st.lists(st.integers(1, 100), min_size=1, max_size=5),
    st.lists(st.integers(1, 10**6), min_size=1, max_size=6),
    st.integers(0, 3),
)
def test_any_settlements_that_fit_use_a_hold_up(weights: list[int], amounts: list[int], more: int) -> None:
    """However a hold is settled, no share gives more than it keeps while the amount fits, and each part sums up."""
    shares, total = shares_of(*weights), sum(amounts)
    remaining = dict(zip((share.code("held") for share in shares), split(total, shares), strict=True))
    for amount in amounts:
        parts, takes, over = taken_from_hold(amount, shares, remaining)
        assert sum(parts) == amount
        assert not any(over)
        for take in takes:
            remaining[take.holding] -= take.amount
    assert not any(remaining.values())
    parts, takes, over = taken_from_hold(more + 1, shares, remaining)
    assert (sum(over), takes) == (more + 1, ())


@pytest.mark.parametrize(
    "wrong",
    [
        {"line": "a/b"}, {"fund": ""}, {"year": "2025/26"}, {"kind": "unlimited"}, {"weight": -1}, {"weight": 10**13},
        {"kind": "partner"}, {"partner": "council"}, {"kind": "partner", "partner": "a/b"}, {"person": "a b"},
    ],
)  # fmt: skip
def test_a_share_is_well_formed_once_it_exists(wrong: dict[str, Any]) -> None:
    """A slash in a name, an unknown kind, a partner that is missing or too many: refused where the share is made."""
    with pytest.raises(Malformed):
        Share(**{"line": "N", "fund": "nhs", "year": YEAR, "person": "P2", **wrong})


def test_shares_of_different_lines_are_never_split_together() -> None:
    """One fund's part of one line in one year, each once: anything else is refused before it is split."""
    one = shares_of(1)[0]
    for others in ([one], [Share(line="D", fund="F1", year=YEAR, person="P2")],
                   [Share(line="N", fund="F1", year="2026-27", person="P2")],
                   [Share(line="N", fund="F1", year=YEAR, person="P3")]):  # fmt: skip
        with pytest.raises(Malformed):
            split(10, [one, *others])
    with pytest.raises(Malformed):
        split(10, [])
    with pytest.raises(Malformed):
        split(0, [one])
