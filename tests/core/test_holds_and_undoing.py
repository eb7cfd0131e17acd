"""Holds, reversals, corrections, limits, groups and facts on the pure core, at the limit and a penny past it."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.batch import Batch
from ledger.core.model import AccountSpec, AtLeast, Guard, Identity, Item, Leg, Term
from ledger.core.requests import (
    ChangeAccount,
    ChangePeriod,
    Correct,
    Kept,
    OpenAccounts,
    PlaceHold,
    Post,
    ReleaseHold,
    Replacement,
    Reverse,
    SettleHold,
    Take,
)
from ledger.money import apportion
from tests.world import ASKED, NOON, TODAY, World, budget, moves

HOUR = 3_600_000_000


def scene(identities: tuple[Identity, ...] = ()) -> World:
    """Two funds with 1,000 pence each on `av`, their holding accounts, and where shortfalls go."""
    world = World(identities)
    for fund in ("n", "c"):
        group = f"{fund}/2025-26"
        world.open(
            budget(f"{fund}/av", group=group, floor=0), budget(f"{fund}/held", "held", group, floor=0),
            budget(f"{fund}/spent", "spent", group), budget(f"{fund}/una", "unallocated", group),
            budget(f"{fund}/unf", "unfunded", group, ceiling=0), budget(f"{fund}/av+", group=f"{fund}/2026-27"),
            budget(f"{fund}/spent+", "spent", f"{fund}/2026-27"),
        )  # fmt: skip
        world.done(moves((f"{fund}/av", 1000), (f"{fund}/una", -1000)))
    world.open("bank", "other", AccountSpec("payable", "payable", ceiling=0))
    return world


def place(world: World, n: int = 600, c: int = 400, **more: Any) -> int:
    """A hold on both funds."""
    pairs = (Kept("n/held", "n/av", n), Kept("c/held", "c/av", c))
    return world.done(PlaceHold(effective_on=TODAY, pairs=pairs, **more))


def settle(number: int, n: int, final: bool = False, **more: Any) -> SettleHold:
    """Uses so much of the first fund's part."""
    legs = more.pop("legs", (Leg("n/spent", n),))
    return SettleHold(effective_on=TODAY, hold=number, takes=(Take("n/held", n),), legs=legs, final=final, **more)


def stands(world: World, fund: str) -> tuple[int, int, int]:
    """Available, held, spent of a fund."""
    return tuple(world.balance(f"{fund}/{state}") for state in ("av", "held", "spent"))  # type: ignore[return-value]


def remaining(world: World, number: int) -> tuple[bool, dict[str, int]]:
    """Whether a hold is closed, and what it keeps."""
    hold = world.state.holds[number]
    assert hold is not None
    return hold.closed, {code: pair.remaining for code, pair in hold.pairs.items()}


def test_a_hold_is_settled_in_parts_until_nothing_remains() -> None:
    """Parts reduce what remains to the penny; the last one closes it, and a penny more is refused."""
    world = scene()
    number = place(world, 600, 1)
    world.done(settle(number, 200))
    assert world.code(settle(number, 401)) == "hold_exceeded"
    assert remaining(world, number) == (False, {"n/held": 400, "c/held": 1})
    world.done(settle(number, 400))
    assert remaining(world, number) == (False, {"n/held": 0, "c/held": 1})
    world.done(ReleaseHold(effective_on=TODAY, hold=number))
    assert remaining(world, number) == (True, {"n/held": 0, "c/held": 0})
    assert stands(world, "n") == (400, 0, 600)
    assert stands(world, "c") == (1000, 0, 0)
    assert world.code(settle(number, 1)) == "hold_closed"


def test_a_final_settlement_for_less_gives_the_rest_back() -> None:
    """Event 28: 600 held and 580 used frees 20 of this fund and all of the other, in the same entry."""
    world = scene()
    number = place(world)
    settled = world.done(settle(number, 580, final=True))
    assert stands(world, "n") == (420, 0, 580)
    assert stands(world, "c") == (1000, 0, 0)
    assert remaining(world, number)[0]
    assert dict(world.entries[settled].legs)["n/av"] == 20


def test_a_settlement_for_more_takes_the_rest_from_what_is_available() -> None:
    """Event 29: 600 held and 630 used takes 30 from available; a penny past that is an act refused, or a fact recorded."""
    legs = (Leg("n/spent", 630), Leg("n/av", -30, "n/unf"))
    world = scene()
    world.done(settle(place(world), 600, final=True, legs=legs))
    assert stands(world, "n") == (370, 0, 630)
    short = (Leg("n/spent", 1001), Leg("n/av", -401, "n/unf"))
    world = scene()
    number = place(world)
    assert world.code(settle(number, 600, legs=short, fact=False)) == "not_enough_available"
    world.done(settle(number, 600, legs=short))
    assert stands(world, "n") == (0, 0, 1001)
    assert world.balance("n/unf") == -1


def test_part_of_a_hold_is_released() -> None:
    """Named amounts go back to where they came from, never a penny more than remains."""
    world = scene()
    number = place(world)
    assert world.code(ReleaseHold(effective_on=TODAY, hold=number, takes=(Take("n/held", 601),))) == "hold_exceeded"
    world.done(ReleaseHold(effective_on=TODAY, hold=number, takes=(Take("n/held", 600),)))
    assert remaining(world, number) == (False, {"n/held": 0, "c/held": 400})
    world.done(ReleaseHold(effective_on=TODAY, hold=number, takes=(Take("c/held", 400),)))
    assert remaining(world, number)[0]


def test_a_hold_keeps_each_pair_in_one_fund() -> None:
    """Two pairs that cross the funds would sum to zero together, and could not be given back apart."""
    pairs = (Kept("n/held", "c/av", 5), Kept("c/held", "n/av", 5))
    assert scene().code(PlaceHold(effective_on=TODAY, pairs=pairs)) == "unbalanced"


def test_a_hold_takes_what_is_there_and_not_a_penny_more() -> None:
    """The whole of an account can be held; one penny more cannot."""
    pairs = (Kept("n/held", "n/av", 1001),)
    assert scene().code(PlaceHold(effective_on=TODAY, pairs=pairs)) == "not_enough_available"
    world = scene()
    place(world, 1000, 1000)
    assert stands(world, "n") == (0, 1000, 0)


def test_a_due_hold_expires_when_something_touches_it() -> None:
    """Before its time nothing happens; at its time the next item on its account finds the money back, and the expiry is
    an entry of its own, made by the clock."""
    world = scene()
    number = place(world, expires_us=NOON + HOUR)
    world.now_us = NOON + HOUR - 1
    assert world.code(moves(("n/una", 401), ("n/av", -401))) == "not_enough_available"
    world.now_us += 1
    touched = world.done(moves(("n/una", 401), ("n/av", -401)))
    expiry = world.entries[touched - 1]
    assert (expiry.kind, expiry.actor, expiry.source, expiry.event) == ("hold_expired", "clock", "generated", 30)
    assert expiry.recorded_us >= NOON + HOUR
    assert remaining(world, number)[0]
    assert stands(world, "c") == (1000, 0, 0)


def test_an_expiry_waits_for_an_open_month_and_an_account_that_can_take_it() -> None:
    """An entry that nobody asked for is never refused: while today's month is closed, or the account that money goes
    back to is closed or full, the hold waits, and strangers are not held up."""
    world = scene()
    number = place(world, expires_us=NOON + HOUR)
    world.done(ChangePeriod(period="2025-06", to="closed"))
    world.now_us = NOON + 2 * HOUR
    world.done(moves(("n/una", 1), ("n/av", -1), day=date(2025, 5, 1)))
    assert not remaining(world, number)[0]
    world = World()
    world.open(AccountSpec("o", "bank", ceiling=0), AccountSpec("h", "held"), "p")
    number = world.done(PlaceHold(effective_on=TODAY, pairs=(Kept("h", "o", 9),), expires_us=NOON + HOUR))
    world.done(moves(("o", 9), ("p", -9)))
    world.now_us = NOON + 2 * HOUR
    world.done(moves(("p", 1), ("o", -1)))
    assert not remaining(world, number)[0]
    world.done(moves(("p", 8), ("o", -8)))
    world.done(ChangeAccount(account="o", to="frozen"))
    assert remaining(world, number)[0], "a frozen account takes facts, and an expiry is one"
    world = World()
    world.open("o", AccountSpec("h", "held"))
    number = world.done(PlaceHold(effective_on=TODAY, pairs=(Kept("h", "o", 9),), expires_us=NOON + HOUR))
    world.set_balance("o", 0)
    assert world.code(ChangeAccount(account="o", to="closed")) == "account_not_empty"
    world.done(ReleaseHold(effective_on=TODAY, hold=number))
    world.set_balance("o", 0)
    world.done(ChangeAccount(account="o", to="closed"))


def test_reversals_restore_what_a_hold_keeps() -> None:
    """Undoing a settlement or a release opens the hold again with what it took; undoing the placing closes it."""
    world = scene()
    number = place(world)
    settled = world.done(settle(number, 580, final=True))
    world.done(Reverse(entry=settled, effective_on=TODAY))
    assert remaining(world, number) == (False, {"n/held": 600, "c/held": 400})
    assert stands(world, "n") == (400, 600, 0)
    released = world.done(ReleaseHold(effective_on=TODAY, hold=number, takes=(Take("n/held", 1),)))
    assert world.code(Reverse(entry=number, effective_on=TODAY)) == "hold_exceeded"
    world.done(Reverse(entry=released, effective_on=TODAY))
    world.done(Reverse(entry=number, effective_on=TODAY))
    assert remaining(world, number) == (True, {"n/held": 0, "c/held": 0})
    assert stands(world, "n") == (1000, 0, 0)
    assert world.code(Reverse(entry=number, effective_on=TODAY)) == "already_reversed"


def test_an_expiry_cannot_be_reversed_but_an_earlier_settlement_can() -> None:
    """The clock's entry stands; what was settled before comes back and, being overdue, expires at the next touch."""
    world = scene()
    number = place(world, expires_us=NOON + HOUR)
    settled = world.done(settle(number, 100))
    world.now_us = NOON + 2 * HOUR
    touched = world.done(moves(("n/una", 1), ("n/av", -1)))
    assert world.code(Reverse(entry=touched - 1, effective_on=TODAY)) == "not_reversible"
    world.done(Reverse(entry=settled, effective_on=TODAY))
    assert remaining(world, number) == (False, {"n/held": 100, "c/held": 0})
    world.done(moves(("n/una", 1), ("n/av", -1)))
    assert remaining(world, number)[0]


def test_a_reversal_is_whole_once_and_never_of_a_reversal() -> None:
    """Every leg negated, on a day not before the movement's own, and refused when the money has been used since."""
    world = scene()
    number = world.done(moves(("n/av", 50), ("n/una", -50)))
    assert world.code(Reverse(entry=number, effective_on=TODAY - timedelta(1))) == "reversal_too_early"
    undone = world.done(Reverse(entry=number, effective_on=TODAY))
    assert dict(world.entries[undone].legs) == {"n/av": -50, "n/una": 50}
    assert world.code(Reverse(entry=undone, effective_on=TODAY)) == "not_reversible"
    used = world.done(moves(("n/av", 50), ("n/una", -50)))
    world.done(moves(("n/spent", 1001), ("n/av", -1001)))
    assert world.code(Reverse(entry=used, effective_on=TODAY)) == "not_enough_available"


def test_the_last_day_of_march_is_another_year() -> None:
    """The year that decides between reversal and correction is that of the movement's accounting day."""
    for day, year, fits in ((date(2025, 3, 31), "2024-25", True), (date(2025, 4, 1), "2024-25", False)):
        world = World(first_day=date(2024, 4, 1))
        world.open("a", "b")
        number = world.done(moves(("a", 1), ("b", -1), day=day))
        world.done(ChangePeriod(period=year, to="closed"))
        code = world.code(Reverse(entry=number, effective_on=TODAY))
        assert code == ("year_closed" if fits else None)


def test_a_correction_moves_into_the_open_year() -> None:
    """Event 39: budget accounts are replaced by the open year's, money accounts may stay, legs that meet are netted."""
    world = World(first_day=date(2024, 4, 1))
    world.open(budget("av", group="n/24"), budget("spent", "spent", "n/24"), "exp", "exp+", "payable")
    world.open(budget("av+", group="n/25"), budget("spent+", "spent", "n/25"))
    legs = (("spent", 9), ("av", -9), ("exp", 9), ("payable", -9))
    number = world.done(moves(*legs, day=date(2025, 2, 1)))

    def correct(*pairs: tuple[str, str]) -> Correct:
        made = tuple(Replacement(*pair) for pair in pairs)
        return Correct(entry=number, effective_on=TODAY, replacements=made)

    everything = (("spent", "spent+"), ("av", "av+"), ("exp", "exp+"))
    assert world.code(correct(*everything)) == "year_open"
    world.done(ChangePeriod(period="2024-25", to="closed"))
    assert world.code(correct(("spent", "spent+"))) == "correction_incomplete"
    assert world.code(correct(("spent", "spent"), ("av", "av+"))) == "correction_incomplete"
    corrected = world.done(correct(*everything))
    assert dict(world.entries[corrected].legs) == {"spent+": -9, "av+": 9, "exp+": -9, "payable": 9}
    assert world.code(correct(*everything)) == "already_reversed"
    assert world.code(Reverse(entry=corrected, effective_on=TODAY)) == "not_reversible"


@pytest.mark.parametrize(
    ("room", "asked", "moved"), [(1000, 999, 999), (1000, 1000, 1000), (1000, 1001, 1000), (1, 5, 1), (0, 5, None)]
)
def test_up_to_what_is_available(room: int, asked: int, moved: int | None) -> None:
    """The amount shrinks to what the named account has, both legs alike; nothing there is a refusal."""
    for code, way, spec in (("g", -1, {"floor": 0}), ("g", 1, {"ceiling": 0})):
        world = World()
        world.open(AccountSpec("g", "bank", **spec), "free")
        world.set_balance("g", -way * room)
        outcome = world.ask(moves((code, way * asked), ("free", -way * asked), up_to="g"))
        if moved is None:
            assert outcome.refusal is not None
            assert outcome.refusal.code == "nothing_available"
            continue
        assert outcome.entries[0].legs == (("g", way * moved), ("free", -way * moved))
        assert outcome.entries[0].attribute("up_to") == "g"


@pytest.mark.parametrize(("floor", "ceiling"), [(0, None), (-100, None), (None, 0), (None, 100), (-50, 50)])
def test_a_guard_holds_at_the_limit_and_not_a_penny_past_it(floor: int | None, ceiling: int | None) -> None:
    """Signed balances: at the floor or ceiling is allowed; beyond it only a movement that comes back is."""
    for limit, way, code in ((floor, -1, "not_enough_available"), (ceiling, 1, "ceiling_reached")):
        if limit is None:
            continue
        world = World()
        world.open(AccountSpec("g", "bank", floor=floor, ceiling=ceiling), "free")
        refusal = world.ask(moves(("g", limit + way), ("free", -limit - way))).refusal
        assert refusal is not None
        assert refusal.code == code
        assert dict(refusal.facts)["available"] == str(abs(limit))
        if limit:
            world.done(moves(("g", limit), ("free", -limit)))
        assert world.code(moves(("g", way), ("free", -way))) == code
        world.set_balance("g", limit + 5 * way)
        assert world.code(moves(("g", -way), ("free", way))) is None


@pytest.mark.parametrize(("amount", "code"), [(1000, None), (1001, "below_required")])
def test_a_predicate_is_checked_where_money_moves(amount: int, code: str | None) -> None:
    """`at least` is exact to the penny and about the balance before the group."""
    assert scene().code(moves(("bank", 1), ("other", -1)), at_least=(AtLeast("n/av", amount),)) == code
    drained = moves(("n/una", 1000), ("n/av", -1000))
    assert scene().code(drained, moves(("bank", 1), ("other", -1)), at_least=(AtLeast("n/av", 1000),)) is None


def test_a_guard_is_the_number_of_the_last_entry_about_its_subject() -> None:
    """A movement on a person's account is about the person, and makes older knowledge stale."""
    world = World()
    world.open("p", person="P1")
    world.open("q")
    assert world.code(moves(("p", 1), ("q", -1)), guards=(Guard("person/P1", 0),)) is None
    assert world.code(moves(("p", 1), ("q", -1)), guards=(Guard("person/P1", 0),)) == "guard_stale"
    assert world.code(moves(("p", 1), ("q", -1)), guards=(Guard("person/P1", 3),)) is None


def test_a_group_is_all_or_nothing() -> None:
    """The second request sees the first one's money; when the last is refused nothing of the group remains."""
    world = scene()
    before = world.balances()
    fill, use = moves(("n/av", 5), ("n/una", -5)), moves(("n/spent", 1005), ("n/av", -1005), because=-1)
    broken = moves(("n/spent", 1), ("n/av", -1))
    refused = world.ask(fill, use, broken)
    assert refused.refusal is not None
    assert refused.refusal.code == "not_enough_available"
    assert refused.entries[0].attribute("item") == "3"
    assert world.balances() == before
    first = world.done(fill, use)
    assert world.entries[first + 1].because == first
    assert stands(world, "n") == (0, 0, 1005)


def test_a_frozen_account_takes_facts_only() -> None:
    """Acts, holds and reversals stop at a frozen account; what has happened is recorded on it all the same."""
    world = scene()
    number = world.done(moves(("n/spent", 1), ("n/av", -1)))
    kept = place(world)
    world.done(ChangeAccount(account="n/spent", to="frozen"))
    fact = Post(effective_on=TODAY, fact=True, legs=(Leg("n/spent", 5), Leg("n/av", -5, "n/unf")))
    assert world.code(moves(("n/spent", 5), ("n/av", -5))) == "account_frozen"
    assert world.code(Reverse(entry=number, effective_on=TODAY)) == "account_frozen"
    assert world.code(settle(kept, 5, fact=False)) == "account_frozen"
    assert world.code(fact) is None
    assert world.code(settle(kept, 5)) is None
    world.done(ChangeAccount(account="n/spent", to="unfrozen"))
    assert world.code(moves(("n/spent", 5), ("n/av", -5))) is None


@given(
    st.integers(0, 500), st.integers(0, 500), st.lists(st.integers(1, 900), min_size=1, max_size=6),
    st.booleans(),
)  # fmt: skip
def test_a_fact_is_never_refused_for_money(n: int, c: int, costs: list[int], split: bool) -> None:
    """Whatever is available, a fact is recorded to the penny: what authority bears on `av`, the rest on `unf`."""
    world = scene()
    world.set_balance("n/av", n)
    world.set_balance("c/av", c)
    for cost in costs:
        parts = apportion(cost, [60, 40] if split else [1, 0])
        legs = []
        for fund, part in zip(("n", "c"), parts, strict=True):
            if part:
                legs += [Leg(f"{fund}/spent", part), Leg(f"{fund}/av", -part, f"{fund}/unf")]
        assert world.code(Post(effective_on=TODAY, fact=True, legs=tuple(legs))) is None
    spent = world.balance("n/spent")
    assert world.balance("n/av") == max(0, n - spent)
    assert world.balance("n/unf") == min(0, n - spent)
    assert world.balance("c/unf") == min(0, c - world.balance("c/spent"))


@pytest.mark.parametrize("shortfall", [None, "c/unf", "n/av+", "n/guarded"])
def test_a_fact_names_where_its_shortfall_can_stand(shortfall: str | None) -> None:
    """It is named even when there is money enough, in the same fund and year, on an account that cannot refuse it."""
    world = scene()
    world.open(budget("n/guarded", group="n/2025-26", floor=0))
    post = Post(effective_on=TODAY, fact=True, legs=(Leg("n/spent", 1), Leg("n/av", -1, shortfall)))
    assert world.code(post) == "shortfall_unnamed"


@pytest.mark.parametrize(
    ("shortfall", "code"), [("n/none", "account_unknown"), ("n/shut", "account_closed"), ("n/held", "holding_account")]
)
def test_a_shortfall_account_is_checked_like_any_other(shortfall: str, code: str) -> None:
    """It exists, is not closed for good, and is not one that only holds may touch."""
    world = scene()
    world.open(budget("n/shut", group="n/2025-26"))
    world.done(ChangeAccount(account="n/shut", to="closed"))
    legs = (Leg("n/spent", 2000), Leg("n/av", -2000, shortfall))
    assert world.code(Post(effective_on=TODAY, fact=True, legs=legs)) == code


def test_shortfalls_of_both_directions_do_not_cancel_each_other() -> None:
    """One account for a floor's and a ceiling's shortfall could make a fact vanish, so it is refused by name."""
    world = World()
    world.open(AccountSpec("f", "bank", floor=0), AccountSpec("c", "bank", ceiling=0), "s")
    post = Post(effective_on=TODAY, fact=True, legs=(Leg("c", 5, "s"), Leg("f", -5, "s")))
    assert world.code(post) == "shortfall_unnamed"


def test_identities_hold_after_a_shortfall_was_routed() -> None:
    """A shortfall account that a rule knows is counted by it."""
    rule = Identity("R", "t", (Term("bank", 1), Term("spare", -1)))
    world = World((rule,))
    world.open(AccountSpec("f", "bank", floor=0), AccountSpec("g", "bank"), t="x")
    world.open(AccountSpec("s", "spare"), t="x")
    post = Post(effective_on=TODAY, fact=True, legs=(Leg("g", 5), Leg("f", -5, "s")))
    assert world.code(post) == "identity_broken"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_number_asked_for_too_early_is_found_when_it_is_there(when: str) -> None:
    """An entry that did not exist when somebody named it can be reversed once it does, in the same batch or later."""
    world = World()
    world.open("a", "b")
    assert world.code(Reverse(entry=2, effective_on=TODAY), natural=True) == "entry_unknown"
    post, undo = moves(("a", 1), ("b", -1)), Reverse(entry=2, effective_on=TODAY)
    if when == "after":
        assert world.done(post) == 2
        assert world.code(undo) is None
        return
    items = [Item(requests=(request,), asked=ASKED) for request in (post, undo)]
    for item in items:
        world.load(item)
    batch = Batch(world.state, world.nonce)
    assert [batch.add(item, NOON).refusal for item in items] == [None, None]


def test_an_account_opens_once_and_closes_for_good() -> None:
    """A code names one account for ever; a closed one takes nothing and cannot change."""
    world = World()
    world.open("a", "b")
    assert world.code(OpenAccounts(accounts=(AccountSpec("a", "bank"),))) == "account_exists"
    world.done(ChangeAccount(account="a", to="closed"))
    assert world.code(OpenAccounts(accounts=(AccountSpec("a", "bank"),))) == "account_exists"
    assert world.code(ChangeAccount(account="a", to="unfrozen")) == "account_closed"
    assert world.code(Post(effective_on=TODAY, fact=True, legs=(Leg("a", 1), Leg("b", -1)))) == "account_closed"
