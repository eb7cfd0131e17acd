"""What a stop posts (events 25 and 26), against the columns of accounting.md section 3, and what its register says."""

from datetime import date
from typing import Any

import pytest

from ledger.budgets import acts, stopping
from ledger.core.model import Malformed
from ledger.money import CannotApportion
from tests.budgets.test_events import AT, HELD_N, PAYEE, SO, D, N, held, share
from tests.worked_example import code_of, filled, legs_of

NOTICE: dict[str, Any] = {"klass": "notice_pay", **SO}
PROVIDED = "provision/notice_pay/P2"
CARE = "Nn.expense 60, Nc.expense 40, unbilled 40, Nc.recharge -40"


def legs_with(columns: str, **codes: int) -> set[Any]:
    """The legs of short forms, and those of codes that have none."""
    return {*legs_of(columns), *codes.items()}


def test_a_liability_taken_over_is_provided_for_in_each_share() -> None:
    """Event 25: spent against available, expense against the provision, and the partner is charged its part."""
    entry = filled().ask(stopping.liability_taken_over(amount=100, shares=N, **NOTICE)).entries[0]
    assert entry.event == 25
    columns = "Nn.spent 60, Nn.av -60, Nc.spent 40, Nc.av -40, " + CARE
    assert set(entry.legs) == legs_with(columns, **{PROVIDED: -100})


def test_a_liability_beyond_authority_is_recorded_and_an_invoice_that_is_there_is_owed() -> None:
    """What the share lacks stands on its `unfunded`; a known invoice is payable at once."""
    world = filled()
    world.set_balance(code_of("D.av"), 30)
    taken = stopping.liability_taken_over(amount=100, shares=D, payee=PAYEE, **NOTICE)
    entry = world.ask(taken).entries[0]
    assert set(entry.legs) == set(legs_of("D.spent 100, D.av -30, D.unf -70, D.expense 100, payable -100"))
    with pytest.raises(Malformed, match="acceptance_missing"):
        stopping.liability_taken_over(amount=100, shares=D, klass="notice_pay", **AT)
    with pytest.raises(Malformed, match="code_unknown"):
        stopping.liability_taken_over(amount=100, shares=D, klass="gift", **SO)


def test_a_liability_is_taken_from_the_order_that_was_kept_for_it() -> None:
    """Event 25 from held; what the order kept too much goes back."""
    world, hold = held()
    taken = stopping.liability_taken_from_hold(hold=hold, remaining=HELD_N, amount=50, shares=N, **NOTICE)
    entry = world.ask(taken).entries[0]
    columns = "Nn.held -60, Nc.held -40, Nn.av 30, Nc.av 20, Nn.spent 30, Nc.spent 20, Nn.expense 30, Nc.expense 20, " \
              "unbilled 20, Nc.recharge -20"  # fmt: skip
    assert (entry.event, set(entry.legs)) == (25, legs_with(columns, **{PROVIDED: -50}))


def test_a_liability_is_paid_to_whoever_sent_the_invoice_and_the_rest_comes_back() -> None:
    """Event 26 both ways: to the payee, no more than is provided; the unused part by what each share bore of it."""
    world = filled()
    world.set_balance(PROVIDED, 0)
    world.done(stopping.liability_taken_over(amount=100, shares=N, **NOTICE))
    paid = stopping.liability_paid(amount=70, person="P2", payee=PAYEE, **NOTICE)
    entry = world.ask(paid).entries[0]
    assert (entry.event, set(entry.legs)) == (26, legs_with("payable -70", **{PROVIDED: 70}))
    assert world.code(paid) == "ceiling_reached"
    entry = world.ask(stopping.liability_unused(amount=30, shares=N, borne=[60, 40], **NOTICE)).entries[0]
    columns = (
        "Nn.av 18, Nn.spent -18, Nc.av 12, Nc.spent -12, Nn.expense -18, Nc.expense -12, unbilled -12, Nc.recharge 12"
    )
    assert (entry.event, set(entry.legs)) == (26, legs_with(columns, **{PROVIDED: 30}))
    with pytest.raises(CannotApportion):
        stopping.liability_unused(amount=101, shares=N, borne=[60, 40], **NOTICE)


def test_every_penny_of_a_liability_comes_back_where_it_was_borne() -> None:
    """Two odd shares, given back in any two parts: never more than a share bore."""
    shares = [share("Nn", weight=47), share("Nc", weight=33)]
    for unused in range(1, 9):
        posted = stopping.liability_unused(amount=unused, shares=shares, borne=[5, 3], **NOTICE)
        back = {leg.account: leg.amount for leg in posted.legs}
        assert back.get(code_of("Nn.av"), 0) <= 5
        assert back.get(code_of("Nc.av"), 0) <= 3


def test_a_stop_and_its_liabilities_read_back_as_they_were_written() -> None:
    """What the builder writes its parser reads; grounds, dates and classes that are none are malformed."""
    stop = stopping.Stop(line="D", person="P1", ground="off_plan", notified_on=date(2025, 6, 1), ends_on=date(2025, 7, 1),
                         alternative="commissioned")  # fmt: skip
    record = stopping.stop_recorded("stop_notified", stop)
    assert stopping.stop_of(record.subject or "", dict(record.attributes)) == (stop, "stop_notified")
    assert (stop.must, record.kind) == (False, "notice")
    owed = stopping.Liability(liability="L1", person="P1", line="D", klass="redundancy", amount=5)
    kept = stopping.liability_recorded("liability_paid", owed, amount=2, invoice=9)
    assert stopping.liability_of(kept.subject or "", dict(kept.attributes)) == (owed, "liability_paid")
    for wrong in ({"ground": "dislike"}, {"alternative": "none"}, {"ends_on": date(2025, 5, 31)}):
        given = {"line": "D", "person": "P1", "ground": "fraud", "notified_on": date(2025, 6, 1),
                 "ends_on": date(2025, 6, 1), "alternative": "notional", **wrong}  # fmt: skip
        with pytest.raises(Malformed):
            stopping.Stop(**given)  # type: ignore[arg-type]


def test_an_order_is_still_refused_where_a_liability_is_not() -> None:
    """The act lacks authority, the fact does not."""
    world = filled()
    world.set_balance(code_of("D.av"), 0)
    assert world.code(acts.order_placed(amount=1, shares=[share("D", available=0)], **SO)) == "not_enough_available"
    world.done(stopping.liability_taken_over(amount=1, shares=D, **NOTICE))
