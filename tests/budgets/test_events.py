"""What each event posts, against the columns of accounting.md section 3, and what is refused or recorded beyond authority."""

from typing import Any

import pytest

from ledger.budgets import acts, facts, take_on
from ledger.budgets.movement import Movement
from ledger.budgets.shares import Share
from ledger.core.model import Malformed
from ledger.core.requests import Post
from ledger.money import CannotApportion
from tests.worked_example import PEOPLE, YEAR, code_of, filled, instalment_paid, legs_of
from tests.world import TODAY, World

AT: dict[str, Any] = {"effective_on": TODAY}
SO: dict[str, Any] = {**AT, "because": 1}
PAYEE, BANK, TRANSIT = "A1", "main", "in_transit/main"


def share(short: str, **more: Any) -> Share:
    """`D`, `Nn`, `Nc`, `Wn`, `Wo`: the shares of the page, with plenty of everything unless told otherwise."""
    fund = {"c": "council", "o": "own"}.get(short[-1], "nhs")
    kind = {"council": "partner", "own": "contribution"}.get(fund, "ring_fenced")
    given = {
        "line": short[0], "fund": fund, "year": YEAR, "person": PEOPLE[short], "kind": kind,
        "weight": {"Nn": 60, "Nc": 40, "Wn": 5, "Wo": 1}.get(short, 1),
        "partner": "council" if fund == "council" else None, "available": 10**6, "held": 10**6, "advanced": 10**6,
    }  # fmt: skip
    return Share(**{**given, **more})


D, N, W = [share("D")], [share("Nn"), share("Nc")], [share("Wn"), share("Wo")]
HELD_N = {code_of("Nn.held"): 60, code_of("Nc.held"): 40}
DIRECT: dict[str, Any] = {"holder_account": "P1-bank"}
J40 = ", unbilled 40, Nc.recharge -40"
EXP_N = "Nn.expense 60, Nc.expense 40, payable -100" + J40
EVENTS: dict[str, tuple[int, Any, str]] = {
    "1 granted": (1, acts.fund_granted(fund="nhs", year=YEAR, amount=500, **AT), "nhs.una 500, nhs.source -500"),
    "1 drawn": (1, acts.cash_drawn_down(source="icb", bank=BANK, amount=5, **AT), "bank 5, funding -5"),
    "2": (2, acts.allocated(amount=100, shares=N, **SO), "Nn.av 60, nhs.una -60, Nc.av 40, council.una -40"),
    "3 uplift": (3, acts.allocation_changed(changes=[(20, D)], line="D", **SO), "D.av 20, nhs.una -20"),
    "3 cut": (3, acts.allocation_changed(changes=[(-20, D)], line="D", **SO), "nhs.una 20, D.av -20"),
    "3 by year": (
        3, acts.allocation_changed(changes=[(20, N), (-5, D)], line="N", **SO),
        "Nn.av 12, nhs.una -7, Nc.av 8, council.una -8, D.av -5",
    ),
    "35 ended": (
        35, acts.authority_given_back(shares=[share("Wn", available=30, contingency=4), share("Wo", available=9)], **SO),
        "nhs.una 34, Wn.av -30, Wn.cont -4",
    ),
    "4 aside": (4, acts.contingency_set_aside(amount=50, shares=D, **SO), "D.cont 50, D.av -50"),
    "4 drawn": (4, acts.contingency_drawn(amount=50, shares=D, **SO), "D.av 50, D.cont -50"),
    "5": (5, acts.order_placed(amount=100, shares=N, **SO), "Nn.held 60, Nn.av -60, Nc.held 40, Nc.av -40"),
    "7": (
        7, facts.invoice_settled_directly(amount=100, shares=N, payee=PAYEE, **SO),
        "Nn.spent 60, Nn.av -60, Nc.spent 40, Nc.av -40, " + EXP_N,
    ),
    "8 released": (8, acts.payment_released(amount=9, payee=PAYEE, through=TRANSIT, **AT), "payable 9, transit -9"),
    "8 cleared": (8, acts.payment_cleared(amount=9, bank=BANK, **AT), "transit 9, bank -9"),
    "11": (
        11, instalment_paid(amount=200, shares=D, through=TRANSIT, **DIRECT, **SO),
        "D.adv 200, D.av -200, advance.D 200, transit -200",
    ),
    "12": (
        12, facts.spend_evidenced(amount=120, shares=D, in_account=500, **DIRECT, **SO)[0],
        "D.spent 120, D.adv -120, D.expense 120, advance.D -120",
    ),
    "13 bank line": (
        13, facts.bank_line_taken(amount=15, person="P1", in_account=99, **DIRECT, **SO)[0],
        "unidentified.D 15, advance.D -15",
    ),
    "13 accepted": (
        13, facts.bank_line_accepted(amount=15, shares=D, **DIRECT, **SO),
        "D.spent 15, D.adv -15, D.expense 15, unidentified.D -15",
    ),
    "54": (
        54, facts.payment_assigned(amount=100, shares=N, source="csv", payee=PAYEE, **SO),
        "Nn.spent 60, Nn.av -60, Nc.spent 40, Nc.av -40, Nn.expense 60, Nc.expense 40, unassigned -100" + J40,
    ),
    "55": (
        55, take_on.budget_taken_on(
            take_on.Opening(share=share("D"), allocated=900, spent=500, advanced=200, recovering=50, held=100,
                            place=code_of("advance.D"), debtor=code_of("reclaim.D")), source="old", **SO,
        ),
        "D.spent 500, D.adv 200, D.rec 50, D.av 150, nhs.una -900, D.expense 500, advance.D 200, reclaim.D 50, opening -750",
    ),
    "55 beyond authority": (
        55, take_on.budget_taken_on(take_on.Opening(share=share("D"), allocated=900, spent=1000), source="old", **SO),
        "D.spent 1000, D.unf -100, nhs.una -900, D.expense 1000, opening -1000",
    ),
    "55 a partner's": (
        55, take_on.budget_taken_on(
            take_on.Opening(share=share("Nc"), allocated=900, spent=500, partner_owes=80), source="old", **SO,
        ),
        "Nc.spent 500, Nc.av 400, council.una -900, Nc.expense 500, unbilled 80, opening -80, Nc.recharge -500",
    ),
    "45": (
        45, acts.contribution_received(amount=400, share=W[1], bank=BANK, **SO),
        "Wo.av 400, own.source -400, bank 400, contribution -400",
    ),
    "46": (
        7, facts.invoice_settled_directly(amount=2400, shares=W, payee=PAYEE, **SO),
        "Wn.spent 2000, Wn.av -2000, Wo.spent 400, Wo.av -400, Wn.expense 2000, Wo.expense 400, payable -2400, "
        "contribution 400, Wo.recharge -400",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EVENTS)
def test_each_event_posts_the_columns_of_the_page(name: str) -> None:
    """Number, accounts and pence of the entry are those of section 3, and L1 to L8 and every guard allow it."""
    number, request, columns = EVENTS[name]
    outcome = filled().ask(request)
    assert outcome.refusal is None, outcome.refusal
    entry = outcome.entries[0]
    assert (entry.event, set(entry.legs)) == (number, set(legs_of(columns)))
    assert entry.subject is not None


def held(amount: int = 100, shares: list[Share] = N) -> tuple[World, int]:
    """A world where an order keeps money, and the order's number."""
    world = filled()
    return world, world.done(acts.order_placed(amount=amount, shares=shares, **SO))


SETTLEMENTS = {
    "6 in part": (6, 50, False, "Nn.held -30, Nc.held -20, Nn.spent 30, Nc.spent 20, Nn.expense 30, Nc.expense 20, "
                  "payable -50, unbilled 20, Nc.recharge -20"),
    "6 whole": (6, 100, False, "Nn.held -60, Nc.held -40, Nn.spent 60, Nc.spent 40, " + EXP_N),
    "28 for less": (28, 50, True, "Nn.held -60, Nc.held -40, Nn.av 30, Nc.av 20, Nn.spent 30, Nc.spent 20, "
                    "Nn.expense 30, Nc.expense 20, payable -50, unbilled 20, Nc.recharge -20"),
    "29 for more": (29, 110, True, "Nn.held -60, Nc.held -40, Nn.av -6, Nc.av -4, Nn.spent 66, Nc.spent 44, "
                    "Nn.expense 66, Nc.expense 44, payable -110, unbilled 44, Nc.recharge -44"),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTLEMENTS)
def test_a_hold_is_settled_in_part_for_less_and_for_more(name: str) -> None:
    """The netted legs of events 6, 28 and 29, and the hold is closed when nothing of it remains."""
    number, amount, final, columns = SETTLEMENTS[name]
    world, hold = held()
    request = facts.invoice_settles_hold(
        hold=hold, remaining=HELD_N, amount=amount, shares=N, payee=PAYEE, final=final, **SO
    )
    outcome = world.ask(request)
    assert outcome.refusal is None, outcome.refusal
    assert (outcome.entries[0].event, set(outcome.entries[0].legs)) == (number, set(legs_of(columns)))
    kept = world.state.holds[hold]
    assert kept is not None
    assert kept.closed is (amount >= 100 or final)


def test_a_hold_is_released_whole_or_by_amount_and_a_settlement_reversed() -> None:
    """Event 30 gives back by the split, event 38 restores what a settlement took from its hold."""
    world, hold = held()
    world.done(acts.hold_released(hold=hold, shares=N, amount=25, remaining=HELD_N, **SO))
    kept = world.state.holds[hold]
    assert kept is not None
    assert [pair.remaining for pair in kept.pairs.values()] == [45, 30]
    rest = {code: pair.remaining for code, pair in kept.pairs.items()}
    spent = world.done(
        facts.invoice_settles_hold(hold=hold, remaining=rest, amount=10, shares=N, payee=PAYEE, final=True, **SO)
    )
    assert kept.closed
    world.done(acts.reversal(entry=spent, line="N", **SO))
    assert (kept.closed, sum(pair.remaining for pair in kept.pairs.values())) == (False, 75)
    world.done(acts.hold_released(hold=hold, shares=N, **SO))
    assert kept.closed
    with pytest.raises(CannotApportion):
        acts.hold_released(hold=hold, shares=N, amount=1, remaining={}, **SO)


def test_an_instalment_can_be_held_first() -> None:
    """Event 11 from a hold: held becomes advanced; beyond the hold it is an act and needs money."""
    world = filled()
    hold = world.done(acts.order_placed(amount=200, shares=D, purpose="instalment", **SO))
    remaining = {code_of("D.held"): 200}
    given: dict[str, Any] = {"hold": hold, "remaining": remaining, "shares": D, "through": TRANSIT, **DIRECT, **SO}
    world.set_balance(code_of("D.av"), 0)
    assert world.code(acts.held_instalment_paid(amount=201, **given)) == "not_enough_available"
    entry = world.ask(acts.held_instalment_paid(amount=200, **given)).entries[0]
    assert set(entry.legs) == set(legs_of("D.adv 200, D.held -200, advance.D 200, transit -200"))
    with pytest.raises(Malformed):
        acts.order_placed(amount=200, shares=D, purpose="party", **SO)


def test_an_act_takes_from_no_share_more_than_it_has() -> None:
    """The council's share is a penny short: an order takes that penny from the NHS's, which has it. So does
    every other act that takes out of a share."""
    short = [share("Nn", available=61, contingency=61), share("Nc", available=39, contingency=39)]
    parts = "Nn.av -61, Nc.av -39"
    columns = {
        acts.order_placed(amount=100, shares=short, **SO): f"{parts}, Nn.held 61, Nc.held 39",
        acts.contingency_set_aside(amount=100, shares=short, **SO): f"{parts}, Nn.cont 61, Nc.cont 39",
        acts.allocation_changed(changes=[(-100, short)], line="N", **SO): f"{parts}, nhs.una 61, council.una 39",
    }
    for request, legs in columns.items():
        assert set(filled().ask(request).entries[0].legs) == set(legs_of(legs))


def test_an_act_made_from_balances_of_yesterday_is_refused() -> None:
    """When a share has less than was read, the ledger says so with a code that names it: no other split is tried unasked."""
    world = filled()
    world.set_balance(code_of("Nc.av"), 39)
    refusal = world.ask(acts.order_placed(amount=100, shares=N, **SO)).refusal
    assert refusal is not None
    assert (refusal.code, dict(refusal.facts)["account"]) == ("not_enough_available", code_of("Nc.av"))
    now = [share("Nn", available=61), share("Nc", available=39)]
    world.done(acts.order_placed(amount=100, shares=now, **SO))


def test_a_fact_is_recorded_beyond_authority_on_the_share_that_lacks_it() -> None:
    """An invoice for care delivered posts whole: what the council's share lacks stands on its own `unfunded`."""
    world = filled()
    world.set_balance(code_of("Nc.av"), 39)
    entry = world.ask(facts.invoice_settled_directly(amount=100, shares=N, payee=PAYEE, **SO)).entries[0]
    columns = "Nn.spent 60, Nn.av -60, Nc.spent 40, Nc.av -39, Nc.unf -1, "
    assert set(entry.legs) == set(legs_of(columns + EXP_N))


def test_a_settlement_beyond_hold_and_authority_is_recorded_too() -> None:
    """Event 29 with nothing left: the hold gives what it keeps and the rest is unfunded in each share."""
    world, hold = held()
    for short in ("Nn.av", "Nc.av"):
        world.set_balance(code_of(short), 3)
    request = facts.invoice_settles_hold(
        hold=hold, remaining=HELD_N, amount=110, shares=N, payee=PAYEE, final=True, **SO
    )
    entry = world.ask(request).entries[0]
    found = dict(entry.legs)
    assert [found[code_of(f"{s}.{state}")] for s in ("Nn", "Nc") for state in ("held", "av", "unf", "spent")] == [
        -60, -3, -3, 66, -40, -3, -1, 44,
    ]  # fmt: skip


def test_a_contribution_short_of_money_received_is_owed_and_recorded() -> None:
    """The person's part of an invoice beyond what they paid in is unfunded and owed by them, though more is held; L8 stays."""
    world, hold = held(60, W)
    short = [W[0], share("Wo", available=50, held=10)]
    for code, pence in (("Wo.av", 50), ("Wo.held", 10), ("contribution", -60)):
        world.set_balance(code_of(code), pence)
    entry = world.ask(facts.invoice_settled_directly(amount=360, shares=short, payee=PAYEE, **SO)).entries[0]
    found = dict(entry.legs)
    assert (found[code_of("Wo.unf")], found[short[1].code("partner/unbilled")]) == (-60, 60)
    assert code_of("contribution") not in found
    remaining = {code_of("Wn.held"): 50, code_of("Wo.held"): 10}
    request = facts.invoice_settles_hold(
        hold=hold, remaining=remaining, amount=420, shares=short, payee=PAYEE, final=True, **SO
    )
    found = dict(world.ask(request).entries[0].legs)
    assert (found[code_of("Wo.held")], found[code_of("contribution")]) == (-10, 10)
    assert (found[code_of("Wo.unf")], found[short[1].code("partner/unbilled")]) == (-60, 60)


def test_evidence_for_more_than_was_paid_waits_and_what_is_not_ours_is_not_posted() -> None:
    """500 of evidence, 200 paid out for the line, 350 of our money in the account: 200 is spent, 150 waits, 150 is not ours."""
    line = [share("D", advanced=200)]
    posts = facts.spend_evidenced(amount=500, shares=line, in_account=350, **DIRECT, **SO)
    assert [post.event for post in posts] == [12, 13]
    entries = filled().ask(*posts).entries
    assert set(entries[0].legs) == set(legs_of("D.spent 200, D.adv -200, D.expense 200, advance.D -200"))
    assert set(entries[1].legs) == set(legs_of("unidentified.D 150, advance.D -150"))
    assert facts.spend_evidenced(amount=500, shares=line, in_account=0, **DIRECT, **SO) == ()
    assert facts.bank_line_taken(amount=5, person="P1", in_account=-3, **DIRECT, **SO) == ()
    with pytest.raises(CannotApportion):
        facts.bank_line_accepted(amount=201, shares=line, **DIRECT, **SO)


def test_spend_above_all_our_money_can_be_reimbursed() -> None:
    """Event 16: what the holder laid out becomes spent, and owed to the holder."""
    request = facts.spend_reimbursable(amount=30, shares=D, **DIRECT, **SO)
    entry = filled().ask(request).entries[0]
    assert entry.event == 16
    assert set(entry.legs) == {*legs_of("D.spent 30, D.av -30, D.expense 30"), ("payable/P1-bank", -30)}


def test_facts_on_an_advance_survive_a_race_for_it() -> None:
    """If money that was read has gone from both layers meanwhile, evidence posts all the same: unfunded, and owed to the
    holder. A bank line keeps L4 by the estimate."""
    world = filled()
    for code in ("D.adv", "advance.D"):
        world.set_balance(code_of(code), 50)
    evidence = facts.spend_evidenced(amount=120, shares=D, in_account=500, **DIRECT, **SO)
    entry = world.ask(*evidence).entries[0]
    columns = "D.spent 120, D.adv -50, D.unf -70, D.expense 120, advance.D -50"
    assert set(entry.legs) == {*legs_of(columns), ("payable/P1-bank", -70)}
    line = facts.bank_line_taken(amount=15, person="P1", in_account=99, **DIRECT, **SO)
    assert set(world.ask(*line).entries[0].legs) == set(legs_of("unidentified.D 15, estimated.D -15"))


def test_a_fact_names_the_acceptance_behind_it() -> None:
    """Without the number of an accepted document no fact is made; a claim by itself posts nothing."""
    for make in (
        lambda: facts.invoice_settled_directly(amount=1, shares=D, payee=PAYEE, **AT),
        lambda: facts.spend_evidenced(amount=1, shares=D, in_account=1, **DIRECT, **AT),
        lambda: facts.bank_line_taken(amount=1, person="P1", in_account=1, **DIRECT, **AT),
        lambda: facts.invoice_settles_hold(hold=3, remaining={}, amount=1, shares=D, payee=PAYEE, **AT),
    ):
        with pytest.raises(Malformed):
            make()


def test_a_contribution_is_received_and_never_allocated() -> None:
    """The authority of a contribution is the money received: an allocation to it is refused, as is a receipt for a fund."""
    with pytest.raises(Malformed):
        acts.allocated(amount=10, shares=W, **SO)
    with pytest.raises(Malformed):
        acts.contribution_received(amount=10, share=W[0], bank=BANK, **SO)


@pytest.mark.parametrize("amount", [0, -1, 10**15, True, 1.5])
def test_amounts_are_whole_pence_above_nothing(amount: Any) -> None:
    """Zero, less, too much or what is no whole number is refused before anything is built."""
    for make in (
        lambda: acts.fund_granted(fund="nhs", year=YEAR, amount=amount, **AT),
        lambda: acts.order_placed(amount=amount, shares=N, **SO),
        lambda: acts.payment_released(amount=amount, payee=PAYEE, through=TRANSIT, **AT),
        lambda: facts.invoice_settled_directly(amount=amount, shares=N, payee=PAYEE, **SO),
        lambda: facts.spend_evidenced(amount=amount, shares=D, in_account=5, **DIRECT, **SO),
        lambda: facts.bank_line_taken(amount=amount, person="P1", in_account=5, **DIRECT, **SO),
    ):
        with pytest.raises(Malformed):
            make()


def test_a_credit_mirrors_its_invoice() -> None:
    """Negative parts through the same building blocks are the mirror of the movement, J included (event 34)."""
    moved = Movement()
    moved.shift(N, (-60, -40), to="spent", out_of="available")
    moved.care(N, (-60, -40), credit=code_of("payable"))
    outcome = filled().ask(Post(event=34, legs=moved.legs, **SO))
    assert outcome.refusal is None
    columns = (
        "Nn.spent -60, Nn.av 60, Nc.spent -40, Nc.av 40, Nn.expense -60, Nc.expense -40, payable 100, unbilled -40"
    )
    assert set(outcome.entries[0].legs) == set(legs_of(columns + ", Nc.recharge 40"))
