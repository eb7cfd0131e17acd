"""Money that a year's end carried on is looked for where it went, and what was taken back counts against what gave it."""

import pytest

from ledger.budgets.carried import where_carried
from ledger.budgets.shares import TERM, Share
from ledger.budgets.taken_back import laid_on


def share(year: str, advanced: int, fund: str = "F1") -> Share:
    """One fund's share of a line in a year."""
    return Share(line="N", fund=fund, year=year, person="P2", weight=1, advanced=advanced)


@pytest.mark.parametrize(
    ("ended", "parts"),
    [
        (frozenset[str](), [("2025-26", 100)]),
        (frozenset(("2025-26",)), [("2025-26", 40), ("2026-27", 50), ("2025-26", 10)]),
        (frozenset(("2025-26", "2026-27")), [("2025-26", 40), ("2026-27", 50), ("2027-28", 10)]),
    ],
)
def test_carried_money_is_in_the_next_year_of_the_same_fund(
    ended: frozenset[str], parts: list[tuple[str, int]]
) -> None:
    """As far as years have ended, one after the other; what is nowhere stays with its own share."""
    shares = [share("2025-26", 40), share("2026-27", 50), share("2027-28", 70), share("2026-27", 99, "F2")]
    found, pence = where_carried([(shares[0], 100)], shares, "advanced", ended)
    sums: dict[str, int] = {}
    for year, part in parts:
        sums[year] = sums.get(year, 0) + part
    assert {each.year: part for each, part in zip(found, pence, strict=True)} == sums
    assert {each.fund for each in found} == {"F1"}


def test_money_of_a_term_is_carried_nowhere() -> None:
    """It is of no year."""
    own = share(TERM, 100)
    assert where_carried([(own, 60)], [own], "advanced", frozenset(("2025-26",))) == ((own,), (60,))


def test_what_a_later_year_gave_back_counts_against_the_oldest_of_its_fund() -> None:
    """By its own account first; of another fund it counts against nothing here."""
    gave = {"share/N/F1/2025-26/spent": 60, "share/N/F1/2026-27/spent": 40, "share/N/F2/2025-26/spent": 10}
    taken = {"share/N/F1/2026-27/spent": 5, "share/N/F1/2027-28/spent": 70, "share/N/F3/2027-28/spent": 9}
    assert laid_on(gave, taken) == {
        "share/N/F1/2025-26/spent": 60, "share/N/F1/2026-27/spent": 15, "share/N/F2/2025-26/spent": 0,
    }  # fmt: skip
