"""What a move posts in each of two books (events 35 and 40 to 42), against the columns of accounting.md section 3."""

from typing import Any

import pytest

from ledger.budgets import moves
from ledger.core.model import Malformed
from ledger.core.requests import Post, Record
from ledger.money import CannotApportion
from tests.budgets.test_events import PAYEE, SO, TRANSIT, D, share
from tests.worked_example import filled, legs_of

OWED = "receivable/commissioner/OTHER/P1"
CASH: dict[str, Any] = {"holder_account": "P1-bank", **SO}


def with_owed(columns: str, pence: int) -> set[Any]:
    """The legs of short forms, and what the other commissioner owes."""
    return {*legs_of(columns), (OWED, pence)}


def test_each_half_of_a_move_posts_the_columns_of_the_page() -> None:
    """Out, settled, in, and settled."""
    made: dict[str, tuple[Any, int, set[Any]]] = {
        "40": (moves.moved_out(amount=moves.Moved(100), shares=D, book="OTHER", **CASH), 40,
               with_owed("D.rec 100, D.adv -100, advance.D -100", 100)),
        "41": (moves.moved_out_settled(borne=[100], shares=D, book="OTHER", bank="main", **SO), 41,
               with_owed("nhs.una 100, D.rec -100, bank 100", -100)),
        "42": (moves.moved_in(amount=100, shares=D, payee=PAYEE, **CASH), 42,
               set(legs_of("D.adv 100, D.av -100, advance.D 100, payable -100"))),
        "42 settled": (moves.moved_in_settled(amount=100, payee=PAYEE, through=TRANSIT, **SO), 42,
                       set(legs_of("payable 100, transit -100"))),
    }  # fmt: skip
    for name, (request, event, legs) in made.items():
        outcome = filled().ask(request)
        assert outcome.refusal is None, name
        entry = outcome.entries[0]
        assert (entry.event, set(entry.legs)) == (event, legs), name


def test_no_more_moves_than_was_paid_and_a_new_budget_has_its_money_first() -> None:
    """The old line's `advanced` is the most that goes; the new line needs its authority before."""
    with pytest.raises(CannotApportion):
        moves.moved_out(amount=moves.Moved(11), shares=[share("D", advanced=10)], book="OTHER", **CASH)
    world = filled()
    world.set_balance("share/D/nhs/2025-26/available", 0)
    assert (
        world.code(moves.moved_in(amount=1, shares=[share("D", available=0)], payee=PAYEE, **CASH))
        == "not_enough_available"
    )


def test_an_entry_moves_money_to_the_book_that_it_names() -> None:
    """For another book, and of another event, it moves nothing here."""
    entry = filled().ask(moves.moved_out(amount=moves.Moved(100), shares=D, book="OTHER", **CASH)).entries[0]
    assert moves.moved_to(entry, "OTHER") == moves.Moved(100)
    other = filled().ask(moves.moved_in(amount=100, shares=D, payee=PAYEE, **CASH)).entries[0]
    for wrong, book in ((entry, "ELSE"), (other, "OTHER")):
        with pytest.raises(Malformed, match="not_moved_here"):
            moves.moved_to(wrong, book)


def test_what_is_in_suspense_goes_with_the_account() -> None:
    """Taken from where it is, told by the entry, and put there again in the other book."""
    goes = moves.Moved(70, unidentified=20, disputed=10)
    left = filled().ask(moves.moved_out(amount=goes, shares=D, book="OTHER", **CASH)).entries[0]
    assert set(left.legs) == with_owed("D.rec 100, D.adv -100, advance.D -70, unidentified.D -20, disputed.D -10", 100)
    assert moves.moved_to(left, "OTHER") == goes
    transfer = moves.Transfer(
        subject="move/TEST/7", person="P1", line="D", book="TEST", amount=100, holder_account="P1-bank"
    )
    day = SO["effective_on"]
    made, subjects = moves.in_suspense(goes, transfer, on=day, effective_on=day, position=3)
    acts = [dict(each.attributes)["act"] for each in made if isinstance(each, Record)]
    assert (acts, len(set(subjects))) == (["bank_line_taken", "bank_line_taken", "questioned"], 3)
    posts = [each for each in made if isinstance(each, Post)]
    posted = [(each.event, each.because, {(leg.account, leg.amount) for leg in each.legs}) for each in posts]
    assert posted == [
        (13, -3, set(legs_of("unidentified.D 20, advance.D -20"))),
        (13, -5, set(legs_of("unidentified.D 10, advance.D -10"))),
        (14, -7, set(legs_of("disputed.D 10, unidentified.D -10"))),
    ]  # fmt: skip
    # The question is about the line two entries before it.
    assert dict(made[-2].attributes)["entries_back"] == "2"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("advanced", "own", "over"),
    [
        (100, moves.Moved(70, 20, 10), moves.Moved(0)), (95, moves.Moved(70, 20, 5), moves.Moved(0, 0, 5)),
        (80, moves.Moved(70, 10), moves.Moved(0, 10, 10)), (60, moves.Moved(70), moves.Moved(0, 20, 10)),
    ],
)  # fmt: skip
def test_a_line_bears_its_cash_and_then_of_the_suspense_what_it_was_paid(
    advanced: int, own: moves.Moved, over: moves.Moved
) -> None:
    """Cash is always its own; without evidence comes before questioned, and nothing is borne twice."""
    assert moves.Moved(70, unidentified=20, disputed=10).within(advanced) == (own, over)
