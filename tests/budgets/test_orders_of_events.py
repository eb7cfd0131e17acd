"""Whatever order a budget's events come in, the sums of accounting.md section 5 hold after each."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.budgets import acts, facts
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.plans import with_balances
from ledger.budgets.shares import Share
from ledger.core.state import HoldState
from ledger.money import CannotApportion
from tests.worked_example import PLAIN, YEAR, code_of, instalment_paid, openings
from tests.world import TODAY, World

SO: dict[str, Any] = {"effective_on": TODAY, "because": 1}
LINES = {
    "D": [Share(line="D", fund="nhs", year=YEAR, person="P1")],
    "N": [Share(line="N", fund="nhs", year=YEAR, person="P2", weight=60),
          Share(line="N", fund="council", year=YEAR, person="P2", weight=40, kind="partner", partner="council")],
    "W": [Share(line="W", fund="nhs", year=YEAR, person="P3", weight=5),
          Share(line="W", fund="own", year=YEAR, person="P3", weight=1, kind="contribution")],
}  # fmt: skip
TRANSIT = PLAIN["transit"]
WHATS = ("order", "settle", "settle", "release", "direct", "instalment", "evidence", "line", "accept", "undo", "part")
STEPS = st.lists(
    st.tuples(st.sampled_from(WHATS), st.sampled_from(sorted(LINES)), st.integers(1, 400), st.booleans()),
    min_size=1, max_size=30,
)  # fmt: skip


def given_money() -> World:
    """A world where each line has a few pounds, so that it soon runs short."""
    world = World(IDENTITIES)
    for opening in openings():
        world.done(opening)
    for fund in ("nhs", "council"):
        world.done(acts.fund_granted(fund=fund, year=YEAR, amount=5000, effective_on=TODAY))
    world.done(acts.allocated(amount=900, shares=LINES["D"], **SO))
    world.done(acts.allocated(amount=1000, shares=LINES["N"], **SO))
    world.done(acts.allocated(amount=600, shares=LINES["W"][:1], **SO))
    world.done(acts.contribution_received(amount=120, share=LINES["W"][1], bank="main", **SO))
    return world


def open_hold(world: World, line: str, place: int) -> tuple[HoldState | None, dict[str, int]]:
    """One of the line's open holds and what it keeps, by account."""
    found = [hold for hold in world.state.holds.values() if hold and not hold.closed and hold.subject == f"line/{line}"]
    if not found:
        return None, {}
    hold = found[place % len(found)]
    return hold, {code: pair.remaining for code, pair in hold.pairs.items()}


def asked(world: World, what: str, line: str, amount: int, final: bool) -> tuple[Any, ...]:
    """The requests of one step, made from the balances as they stand; none where there is nothing to do."""
    shares = [with_balances(share, world.balances()) for share in LINES[line]]
    account: dict[str, Any] = {"holder_account": f"{shares[0].person}-bank"}
    hold, remaining = open_hold(world, line, amount)
    in_account = world.balance(shares[0].code("advance", **account))
    if what == "order":
        return (acts.order_placed(amount=amount, shares=shares, **SO),)
    if what == "direct":
        return (facts.invoice_settled_directly(amount=amount, shares=shares, payee="A1", **SO),)
    if what == "undo":
        return (acts.reversal(entry=max(1, world.state.size - amount % 9), line=line, **SO),)
    if hold is not None and what == "settle":
        return (facts.invoice_settles_hold(hold=hold.number, remaining=remaining, amount=amount, shares=shares,
                                           payee="A1", final=final, **SO),)  # fmt: skip
    if hold is not None and what in ("release", "part"):
        given = {"amount": amount, "remaining": remaining} if what == "part" else {}
        return (acts.hold_released(hold=hold.number, shares=shares, **given, **SO),)
    if line != "D":
        return ()
    if what == "instalment":
        return (instalment_paid(amount=amount, shares=shares, through=TRANSIT, **account, **SO),)
    if what == "evidence":
        return facts.spend_evidenced(amount=amount, shares=shares, in_account=in_account, **account, **SO)
    if what == "line":
        return facts.bank_line_taken(amount=amount, person="P1", in_account=in_account, **account, **SO)
    waiting = world.balance(code_of("unidentified.D"))
    if what == "accept" and waiting:
        return (facts.bank_line_accepted(amount=min(amount, waiting), shares=shares, **account, **SO),)
    return ()


def check_sums(world: World) -> None:
    """L1 to L8 on all balances, and every share's held is what its open holds keep (R1)."""
    sums: dict[tuple[str, str], int] = {}
    kept: dict[str, int] = {}
    for hold in world.state.holds.values():
        for code, pair in hold.pairs.items() if hold else ():
            kept[code] = kept.get(code, 0) + pair.remaining
    for code, account in world.state.accounts.items():
        if account is None:
            continue
        sums["group", account.group] = sums.get(("group", account.group), 0) + account.balance
        for name, of, coefficient in account.terms:
            sums[name, of] = sums.get((name, of), 0) + coefficient * account.balance
        if account.klass == "held":
            assert account.balance == kept.get(code, 0)
        assert account.floor is None or account.balance >= account.floor
        assert account.ceiling is None or account.balance <= account.ceiling
    assert {name for name, _ in sums} == {"group", *(identity.name for identity in IDENTITIES)}
    assert not {of: total for of, total in sums.items() if total}


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_any_order_of_events_keeps_every_sum(steps: list[tuple[str, str, int, bool]]) -> None:
    """Orders, settlements, releases, direct invoices, instalments, evidence, bank lines and reversals in any order: L1 to L8 and
    held = open holds after each; acts may lack money, facts never."""
    world = given_money()
    for what, line, amount, final in steps:
        try:
            requests = asked(world, what, line, amount, final)
        except CannotApportion:
            # More than the hold keeps, or than the line was paid: there is no such request.
            requests, impossible = (), what
        else:
            impossible = ""
        assert impossible in ("", "part", "accept")
        if not requests:
            continue
        refusal = world.ask(*requests).refusal
        if refusal is not None:
            assert what in ("order", "instalment", "undo"), (what, line, amount, final, refusal)
        check_sums(world)
