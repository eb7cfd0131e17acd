"""The chart, the identities L1 to L8 and the worked example of the accounting page, to the penny."""

from datetime import date
from typing import Any

import pytest

from ledger.book.writer import Writer
from ledger.budgets.chart import CHART, account, fund_accounts, share_accounts
from ledger.budgets.identities import IDENTITIES
from ledger.core.model import AccountSpec, Malformed
from ledger.core.requests import Kept, PlaceHold, SettleHold, Take
from ledger.money import parse_amount
from tests import kit
from tests.worked_example import OFFICER, YEAR, code_of, expected_after, filled, legs_of, openings
from tests.world import IMPORTED, World, moves

J = ", unbilled 40, Nc.recharge -40"
POSTINGS = {
    "1 granted": "nhs.una 500, nhs.source -500",
    "1 drawn": "bank 500, funding -500",
    "2 allocated": "D.av 300, nhs.una -300",
    "3 cut": "nhs.una 20, D.av -20",
    "4 contingency": "D.cont 50, D.av -50",
    "7 invoice without hold, joint": "Nn.spent 60, Nn.av -60, Nc.spent 40, Nc.av -40, Nn.expense 60, Nc.expense 40, payable -100"
    + J,
    "8 payment released": "payable 100, transit -100",
    "8 cleared": "transit 100, bank -100",
    "9 third party instalment": "Nn.adv 70, Nn.av -70, tp_advance.N 70, transit -70",
    "10 third party statement": "Nn.spent 70, Nn.adv -70, Nn.expense 70, tp_advance.N -70",
    "11 instalment": "D.adv 200, D.av -200, advance.D 200, transit -200",
    "12 evidenced": "D.spent 120, D.adv -120, D.expense 120, advance.D -120",
    "13 bank line": "unidentified.D 15, advance.D -15",
    "13 accepted": "D.spent 15, D.adv -15, D.expense 15, unidentified.D -15",
    "14 questioned": "disputed.D 15, unidentified.D -15",
    "14 from accepted": "D.adv 9, D.spent -9, disputed.D 9, D.expense -9",
    "16 above our money": "D.spent 30, D.av -20, D.unf -10, D.expense 30, payholder -30",
    "17 demanded": "D.rec 60, D.adv -60, reclaim.D 60, advance.D -60",
    "17 of accepted": "D.rec 60, D.spent -60, reclaim.D 60, D.expense -60",
    "18 repaid": "nhs.una 40, D.rec -40, bank 40, reclaim.D -40",
    "18 handed back": "nhs.una 40, D.adv -40, bank 40, advance.D -40",
    "20 offset A": "D.adv 1400, nhs.una 600, D.av -2000, advance.D 1400, transit -1400",
    "21 whole period": "nhs.una 2000, D.av -2000",
    "22 offset B": "D.adv 2000, D.av -2000, nhs.una 600, D.rec -600, advance.D 2000, reclaim.D -600, transit -1400",
    "23 waived before": "D.lost 5, D.adv -5, D.claim_waived 5, disputed.D -5",
    "23 written off": "D.lost 5, D.rec -5, D.bad_debt 5, reclaim.D -5",
    "24 expected loss": "impairment 5, allowance -5",
    "25 stop": "D.spent 30, D.av -10, D.unf -20, D.expense 30, provision.D -30",
    "26 paid": "provision.D 30, payable -30",
    "27 unfunded cleared": "D.unf 10, nhs.una -10",
    "31 virement of cash": "Wn.adv 5, Wn.av -5, advance.W 5, transit -5",
    "32 refund to us": "D.av 5, D.spent -5, bank 5, D.expense -5",
    "33 instalment back": "D.av 5, D.adv -5, bank 5, advance.D -5",
    "34 credit unpaid": "Nc.av 40, Nc.spent -40, payable 40, Nc.expense -40, unbilled -40, Nc.recharge 40",
    "34 credit paid": "Nn.rec 30, Nn.spent -30, provider.N 30, Nn.expense -30",
    "34 from next": "Nn.av 30, Nn.rec -30, payable 30, provider.N -30",
    "35 lapsed": "nhs.lapsed 7, D.av -7",
    "36 carried": "nhs.carried 8, D.adv -8, D.adv+ 8, nhs.carried+ -8",
    "37 first call": "nhs.lapsed 8, D.rec -8, D.rec+ 8, nhs.una+ -8",
    "39 corrected": "D.av+ 9, D.spent+ -9, payable 9, D.expense+ -9",
    "40 moved out": "D.rec 90, D.adv -90, commissioner.D 90, advance.D -90",
    "41 settled": "nhs.una 90, D.rec -90, bank 90, commissioner.D -90",
    "42 moved in": "D.adv 90, D.av -90, advance.D 90, payable -90",
    "44 billed": "billed 40, unbilled -40",
    "44 partner pays": "bank 40, billed -40",
    "45 contributed": "Wo.av 400, own.source -400, bank 400, contribution -400",
    "46 wheelchair": "Wn.spent 2000, Wn.av -2000, Wo.spent 400, Wo.av -400, Wn.expense 2000, Wo.expense 400, "
    "payable -2400, contribution 400, Wo.recharge -400",
    "47 accrued": "D.expense 50, D.accrual -50",
    "47 partner accrued": "Nc.expense 40, Nc.accrual -40" + J,
    "48 year-end": "D.spent 50, D.av -50, D.expense 50, uninvoiced -50",
    "49 higher": "D.spent+ 10, D.av+ -10, uninvoiced 50, D.expense+ 10, payable -60",
    "50 estimated": "D.spent 50, D.adv -50, D.expense 50, estimated.D -50",
    "50 evidence": "estimated.D 50, advance.D -50",
    "51 crossing instalment": "D.adv 14286, D.av -14286, D.adv+ 385714, D.av+ -385714, advance.D 400000, transit -400000",
    "52 crossing invoice": "D.spent 5, D.av -5, D.adv+ 7, D.av+ -7, D.expense 5, D.prepayment+ 7, payable -12",
    "52 first of April": "D.spent+ 7, D.adv+ -7, D.expense+ 7, D.prepayment+ -7",
    "53 imported": "unassigned 99, bank -99",
    "54 assigned": "D.spent 99, D.av -99, D.expense 99, unassigned -99",
    "55 taken on": "D.adv 10, D.spent 20, D.rec 5, D.av 65, nhs.una -100, advance.D 10, D.expense 20, reclaim.D 5, opening -35",
}  # fmt: skip


@pytest.mark.parametrize("event", POSTINGS)
def test_the_postings_of_the_page_keep_every_identity(event: str) -> None:
    """Each pattern of section 3 is allowed under L1 to L8 and the guards of section 2."""
    assert filled().code(moves(*legs_of(POSTINGS[event])), asked=IMPORTED) is None


@pytest.mark.parametrize(
    ("legs", "rule", "of"),
    [
        ("bank 500, funding -499", "unbalanced", "actual"),
        ("nhs.una 500, nhs.source -501", "unbalanced", f"nhs/{YEAR}"),
        ("D.spent 5, D.av -5, Nn.spent 5, Nc.av -5", "unbalanced", f"nhs/{YEAR}"),
        ("D.spent 120, D.adv -120, D.expense 119, advance.D -119", "L3", f"D/nhs/{YEAR}"),
        ("D.expense 50, payable -50", "L3", f"D/nhs/{YEAR}"),
        ("Nc.accrual -1, bank 1", "L3", f"N/council/{YEAR}"),
        ("D.adv 2000, D.av -2000, advance.D 1999, transit -1999", "L4", "P1"),
        ("tp_advance.N 1, transit -1", "L4", "P2"),
        ("D.prepayment 1, payable -1", "L4", "P1"),
        ("estimated.D -1, payable 1", "L4", "P1"),
        ("disputed.D 1, unidentified.W -1", "L4", "P1"),
        ("Nn.rec 30, Nn.av -30, provider.N 29, bank -29", "L5", "P2"),
        ("nhs.una 1, D.rec -1", "L5", "P1"),
        ("commissioner.D 1, bank -1", "L5", "P1"),
        ("D.lost 5, D.av -5, D.bad_debt 4, bank -4", "L6", f"D/nhs/{YEAR}"),
        ("D.lost 5, D.av -5", "L6", f"D/nhs/{YEAR}"),
        ("Nc.spent 40, Nc.av -40, Nc.expense 40, payable -40", "L7", f"N/council/{YEAR}"),
        ("unbilled 1, Nc.recharge -1", "L7", f"N/council/{YEAR}"),
        ("Wo.av 400, own.source -400, bank 399, contribution -399", "L8", "W"),
        ("contribution 1, bank -1", "L8", "W"),
    ],
)
def test_a_penny_out_is_refused_by_name(legs: str, rule: str, of: str) -> None:
    """Each of L1 to L8 broken by a penny (or left out) is refused, naming the rule and what it is broken for."""
    refusal = filled().ask(moves(*legs_of(legs)), asked=IMPORTED).refusal
    assert refusal is not None
    facts = dict(refusal.facts)
    if rule == "unbalanced":
        assert (refusal.code, facts["group"]) == ("unbalanced", of)
    else:
        assert (refusal.code, facts["identity"], facts["of"]) == ("identity_broken", rule, of)


def test_a_penny_on_any_single_leg_is_seen() -> None:
    """One penny more on any one leg of a posting leaves its balance group unequal."""
    world = filled()
    for text in ("D.spent 120, D.adv -120, D.expense 120, advance.D -120", POSTINGS["46 wheelchair"]):
        legs = legs_of(text)
        for changed in range(len(legs)):
            wrong = [(code, pence + (i == changed)) for i, (code, pence) in enumerate(legs)]
            assert world.code(moves(*wrong), asked=IMPORTED) == "unbalanced"


def test_one_fund_cannot_pay_for_another() -> None:
    """Ring-fencing is the zero sum of each fund-year: moving authority from the council's fund to the NHS's is refused."""
    assert filled().code(moves((code_of("nhs.una"), 5), (code_of("council.una"), -5))) == "unbalanced"
    assert filled().code(moves((code_of("nhs.una"), 5), (code_of("nhs.una+"), -5))) == "unbalanced"


@pytest.mark.parametrize("klass", CHART)
def test_each_account_class_has_its_guard(klass: str) -> None:
    """At the limit of its row an account takes a movement, a penny past it refuses: one case for each class."""
    names = dict.fromkeys(
        ("fund", "year", "line", "account", "source", "payee", "person", "holder_account", "third_party", "debtor",
         "book", "partner", "reason"), "X",
    )  # fmt: skip
    spec = account(klass, **names)
    assert (spec.floor is None) == (CHART[klass].floor is None)
    world = World()
    other = AccountSpec("other", "bank", spec.layer, spec.group)
    world.open(AccountSpec(spec.code, klass if klass != "held" else "tested", spec.layer, spec.group, spec.type,
                           spec.normal, spec.floor, spec.ceiling), other)  # fmt: skip
    way = -1 if spec.ceiling is not None else 1
    assert world.code(moves((spec.code, way * 100), ("other", -way * 100))) is None
    assert world.code(moves((spec.code, -way * 100), ("other", way * 100))) is None
    past_it = world.code(moves((spec.code, -way), ("other", way)))
    expected = {(True, False): "not_enough_available", (False, True): "ceiling_reached", (False, False): None}
    assert past_it == expected[spec.floor is not None, spec.ceiling is not None]


def test_fund_kinds_differ_in_their_floor() -> None:
    """A ring-fenced fund stops at nothing left; a demand-led one goes below, because care must be provided."""
    assert fund_accounts("nhs", YEAR).accounts[1].floor == 0
    assert fund_accounts("chc", YEAR, "demand_led").accounts[1].floor is None
    with pytest.raises(Malformed):
        fund_accounts("nhs", YEAR, "unlimited")
    with pytest.raises(Malformed):
        share_accounts("D", "nhs", YEAR, person="P1", kind="unlimited")


# The worked example of section 7.

GOLDEN: list[tuple[str, Any]] = [
    ("1", "nhs.una 40000.00, nhs.source -40000.00, council.una 5000.00, council.source -5000.00"),
    ("2", "D.av 26000.00, Nn.av 6240.00, nhs.una -32240.00, Nc.av 4160.00, council.una -4160.00"),
    ("3", "D.adv 2000.00, D.av -2000.00, advance.D 2000.00, bank -2000.00"),
    ("4", "hold"),
    ("5", "D.spent 1234.56, D.adv -1234.56, D.expense 1234.56, unidentified.D 150.00, advance.D -1384.56"),
    ("6", ("Nn 200.00, Nc 133.33", False,
           "Nn.spent 200.00, Nc.spent 133.33, Nn.expense 200.00, Nc.expense 133.33, payable -333.33, "
           "unbilled 133.33, Nc.recharge -133.33")),
    ("7", ("Nn 400.01, Nc 266.67", True,
           "Nn.spent 420.00, Nn.av -19.99, Nc.spent 280.00, Nc.av -13.33, Nn.expense 420.00, Nc.expense 280.00, "
           "payable -700.00, unbilled 280.00, Nc.recharge -280.00")),
    ("8", "payable 1033.33, bank -1033.33"),
    ("9", "Nn.rec 30.01, Nn.spent -30.01, Nc.rec 20.00, Nc.spent -20.00, provider.N 50.01, Nn.expense -30.01, "
          "Nc.expense -20.00, Nc.recharge 20.00, unbilled -20.00"),
    ("10", "D.adv 1600.00, nhs.una 400.00, D.av -2000.00, advance.D 1600.00, bank -1600.00"),
    ("11", "D.spent 90.00, D.rec 60.00, D.adv -150.00, D.expense 90.00, reclaim.D 60.00, unidentified.D -150.00"),
    ("12", "nhs.una 40.00, D.lost 20.00, D.rec -60.00, bank 40.00, D.claim_waived 20.00, reclaim.D -60.00"),
]  # fmt: skip


def pounds_legs(text: str) -> list[tuple[str, int]]:
    """`D.adv 100.00, D.av -100.00` as legs in pence."""
    parts = [part.split() for part in text.split(",")]
    return [(code_of(short), parse_amount(amount)) for short, amount in parts]


async def test_the_worked_example_to_the_penny(make_writer: Any, book: kit.Book) -> None:
    """Lines 1 to 12 of section 7 through a real writer: after each, every balance is that of the page's tables, and
    each fund and the money layer sum to nothing."""
    writer: Writer = await make_writer(identities=IDENTITIES)
    for opening in openings():
        assert (await writer.submit(kit.item(opening, asked=OFFICER))).refusal is None
    day, expected, hold = date(2025, 6, 2), expected_after(), 0
    for number, what in GOLDEN:
        if what == "hold":
            pairs = (
                Kept(code_of("Nn.held"), code_of("Nn.av"), 60001),
                Kept(code_of("Nc.held"), code_of("Nc.av"), 40000),
            )
            request: Any = PlaceHold(effective_on=day, pairs=pairs)
        elif isinstance(what, tuple):
            takes, final, text = what
            parts = [part.split() for part in takes.split(",")]
            request = SettleHold(
                effective_on=day, hold=hold, final=final, fact=False,
                takes=tuple(Take(code_of(f"{share}.held"), parse_amount(amount)) for share, amount in parts),
                legs=moves(*pounds_legs(text), ("x", 1)).legs[:-1],
            )  # fmt: skip
        else:
            request = moves(*pounds_legs(what), day=day)
        outcome = await writer.submit(kit.item(request, asked=OFFICER))
        assert outcome.refusal is None, (number, outcome.refusal)
        hold = outcome.number if what == "hold" else hold
        found = await kit.rows(
            book.dsn,
            "SELECT a.code, a.balance_group, b.balance FROM phb.balance b JOIN phb.account a USING (book_id, account_id)",
        )
        balances = {row["code"]: row["balance"] for row in found}
        assert {code: balances[code] for code in expected[number]} == expected[number], f"after line {number}"
        for group in {row["balance_group"] for row in found}:
            assert sum(row["balance"] for row in found if row["balance_group"] == group) == 0
    closed = await kit.rows(book.dsn, "SELECT closed FROM phb.hold WHERE number = $1", hold)
    assert [row["closed"] for row in closed] == [True]


def test_a_share_opens_in_one_entry() -> None:
    """All accounts of a share come into being together, about the share, with the tags that the identities need."""
    world = World(IDENTITIES)
    number = world.done(share_accounts("N", "council", YEAR, person="P2", kind="partner"))
    entry = world.entries[number]
    assert entry.kind == "share_opened"
    assert entry.subject == f"share/N/council/{YEAR}"
    assert entry.attribute("tag.recharged_share") == f"N/council/{YEAR}"
    assert len([name for name, _ in entry.attributes if name.startswith("account.")]) == 17
    state = world.state.accounts[f"share/N/council/{YEAR}/held"]
    assert state is not None
    assert (state.klass, state.floor, state.person) == ("held", 0, "person/P2")
