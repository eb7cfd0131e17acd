"""The worked example of accounting.md section 7 through the end of its year, and events 35, 39 and 48 to 52 against the page."""

from datetime import date
from typing import Any

import msgspec
import pytest

from ledger.budgets import year_end
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.plans import with_balances
from ledger.budgets.shares import Share
from ledger.core.refusals import REFUSALS
from ledger.core.requests import ChangePeriod
from ledger.money import parse_amount
from tests import kit
from tests.budgets.test_events import HELD_N, D, N, held
from tests.budgets.test_golden_events import (
    COUNCIL,
    D_LINE,
    NURSE,
    Life,
    lines_1_to_8,
    lines_9_to_12,
)
from tests.worked_example import NEXT, YEAR, code_of, filled, legs_of, openings
from tests.world import TODAY

LAST = date(2026, 3, 31)
ENDED = {
    "nhs.lapsed": "35820.00", "nhs.carried": "2245.45", "D.spent": "1324.56", "Nn.spent": "589.99", "D.lost": "20.00",
    "council.lapsed": "4586.67", "council.carried": "20.00", "Nc.spent": "393.33", "nhs.una": "0.00", "council.una": "0.00",
    "D.av": "0.00", "D.adv": "0.00", "Nn.av": "0.00", "Nn.rec": "0.00", "Nc.av": "0.00", "Nc.rec": "0.00",
    "D.adv+": "2215.44", "Nn.rec+": "30.01", "Nc.rec+": "20.00", "nhs.carried+": "-2245.45", "council.carried+": "-20.00",
}  # fmt: skip
"""The last paragraph of section 7, account by account; a plus is the next year."""
BEHIND: dict[str, Any] = {"effective_on": LAST, "because": -1}


def following(share: Share) -> Share:
    """The same share of the next year, with nothing in it."""
    return msgspec.structs.replace(share, year=NEXT, available=0, held=0, advanced=0, spent=0, recovering=0, lost=0)


async def test_the_worked_example_through_the_end_of_its_year(make_writer: Any, book: kit.Book) -> None:
    """What is out already goes on by both funds' rules, the rest lapses; each fund comes to what it was granted, and no money
    account moves. Then the year closes."""
    life = Life(await make_writer(identities=IDENTITIES), book.dsn)
    for opening in openings():
        await life.done("opening", opening)
    await lines_1_to_8(life)
    await lines_9_to_12(life)
    money = {code: pence for code, pence in life.balances.items() if not code.startswith(("share/", "fund/"))}
    for line, shares in (("D", [D_LINE]), ("N", [NURSE, COUNCIL])):
        endings = [
            year_end.Ending(with_balances(share, life.balances), following(share), "committed") for share in shares
        ]
        amount = sum(sum(each.goes_on().values()) + sum(each.lapses().values()) for each in endings)
        said = year_end.year_end_recorded("line_ended", YEAR, line=line, person=shares[0].person, amount=amount)
        await life.done("end", said, *year_end.line_ended(endings, **BEHIND))
    for fund in ("nhs", "council"):
        left = life.balances[code_of(f"{fund}.una")]
        said = year_end.year_end_recorded("fund_ended", YEAR, fund=fund, amount=left)
        await life.done(
            "end", said, year_end.fund_ended(fund=fund, year=YEAR, unallocated=left, rule="committed", **BEHIND)
        )
    found = {short: life.balances[_code(short)] for short in ENDED}
    assert found == {short: parse_amount(amount) for short, amount in ENDED.items()}
    for fund, granted in (("nhs", "40000.00"), ("council", "5000.00")):
        parts = [
            pence for short, pence in found.items() if _code(short).split("/")[-2] == YEAR and fund in _code(short)
        ]
        assert sum(parts) == parse_amount(granted)
    assert {code: life.balances[code] for code in money} == money
    await life.done("close", ChangePeriod(period=YEAR, to="closed"))


def _code(short: str) -> str:
    left, _, right = short.rstrip("+").partition(".")
    if right in ("carried", "lapsed"):
        return f"fund/{left}/{NEXT if short.endswith('+') else YEAR}/{right}"
    return code_of(short)


SO: dict[str, Any] = {"effective_on": TODAY, "because": 1}
NEXT_D, NEXT_N = [following(each) for each in D], [following(each) for each in N]
EVENTS: dict[str, tuple[Any, int, str]] = {
    "49 higher": (
        year_end.uninvoiced_invoiced(amount=110, estimated=100, shares=NEXT_N, payee="A1", **SO), 49,
        "uninvoiced 100, payable -110, Nn.spent+ 6, Nn.av+ -6, Nc.spent+ 4, Nc.av+ -4, Nn.expense+ 6, Nc.expense+ 4, unbilled 4, "
        "Nc.recharge+ -4",
    ),
    "49 lower": (
        year_end.uninvoiced_invoiced(amount=90, estimated=100, shares=NEXT_N, payee="A1", **SO), 49,
        "uninvoiced 100, payable -90, Nn.spent+ -6, Nn.av+ 6, Nc.spent+ -4, Nc.av+ 4, Nn.expense+ -6, Nc.expense+ -4, "
        "unbilled -4, Nc.recharge+ 4",
    ),
    "49 as estimated": (
        year_end.uninvoiced_invoiced(amount=100, estimated=100, shares=NEXT_N, payee="A1", **SO), 49,
        "uninvoiced 100, payable -100",
    ),
    "50 bought": (
        year_end.care_bought(amount=30, shares=D, holder_account="P1-bank", **SO), 50,
        "D.spent 30, D.adv -30, D.expense 30, estimated.D -30",
    ),
    "50 evidence": (
        year_end.evidence_arrived(amount=30, person="P1", holder_account="P1-bank", **SO), 50,
        "estimated.D 30, advance.D -30",
    ),
    "52 invoice": (
        year_end.invoice_crossing(amount=150, following_amount=50, shares=N, following=NEXT_N, payee="A1", **SO), 52,
        "Nn.spent 60, Nn.av -60, Nc.spent 40, Nc.av -40, Nn.expense 60, Nc.expense 40, payable -150, unbilled 40, Nc.recharge -40, "
        "Nn.adv+ 30, Nn.av+ -30, Nc.adv+ 20, Nc.av+ -20, Nn.prepayment+ 30, Nc.prepayment+ 20",
    ),
    "52 released": (
        year_end.prepayment_released(parts=[(NEXT_N[0], 30), (NEXT_N[1], 20)], **SO), 52,
        "Nn.spent+ 30, Nn.adv+ -30, Nc.spent+ 20, Nc.adv+ -20, Nn.expense+ 30, Nc.expense+ 20, Nn.prepayment+ -30, "
        "Nc.prepayment+ -20, unbilled 20, Nc.recharge+ -20",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EVENTS)
def test_each_event_of_the_year_end_posts_the_columns_of_the_page(name: str) -> None:
    """Accounts and pence are those of the row, both layers balance, and every linear identity holds."""
    made, event, expected = EVENTS[name]
    requests, sums = made if isinstance(made, tuple) else (made,), {}
    assert {request.event for request in requests} == {event}
    for leg in (each for request in requests for each in request.legs):
        sums[leg.account] = sums.get(leg.account, 0) + leg.amount
    assert sums == dict(legs_of(expected))
    filled().done(*requests)


def test_an_invoice_above_its_estimate_is_recorded_beyond_authority() -> None:
    """What the next year lacks for it is unfunded of the same share; the fact is not refused."""
    world = filled()
    world.set_balance(code_of("Nn.av+"), 0)
    world.done(*year_end.uninvoiced_invoiced(amount=110, estimated=100, shares=NEXT_N, payee="A1", **SO))
    assert world.balance(code_of("Nn.unf+")) == -(10**6) - 6


def test_care_not_invoiced_is_settled_out_of_its_order() -> None:
    """Event 48: 80 of an order of 100 is spent and owed as uninvoiced, by the agreement; the 20 go back."""
    world, hold = held()
    made = world.ask(year_end.care_uninvoiced(hold=hold, remaining=HELD_N, amount=80, shares=N, payee="A1", **SO))
    assert made.refusal is None, made.refusal
    [entry] = made.entries
    assert (entry.event, dict(entry.legs)) == (48, dict(legs_of(
        "Nn.spent 48, Nc.spent 32, Nn.held -60, Nc.held -40, Nn.av 12, Nc.av 8, Nn.expense 48, Nc.expense 32, uninvoiced -80, "
        "unbilled 32, Nc.recharge -32"
    )))  # fmt: skip


def test_a_correction_stands_on_the_next_year() -> None:
    """Event 39: what was spent of a closed year comes back to what the next year has, and what was paid out stays paid out."""
    legs = dict(legs_of("D.spent 30, D.adv -30, D.expense 30, advance.D -30"))
    made = year_end.correction(entry=9, legs=legs, year=YEAR, line="D", **SO)
    assert {pair.account: pair.instead for pair in made.replacements} == {
        code_of("D.spent"): code_of("D.spent+"), code_of("D.adv"): code_of("D.adv+"), code_of("D.expense"): code_of("D.expense+"),
    }  # fmt: skip
    legs = dict(legs_of("Nn.spent 30, Nn.held -20, Nn.av -10, Nn.expense 30, payable -30"))
    made = year_end.correction(entry=9, legs=legs, year=YEAR, line="N", **SO)
    assert {pair.instead for pair in made.replacements} == {
        code_of("Nn.spent+"),
        code_of("Nn.av+"),
        code_of("Nn.expense+"),
    }
    assert "year_open" in REFUSALS
