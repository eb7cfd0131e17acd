"""The worked example of the accounting page, section 7: its accounts, its short forms and its tables of balances."""

from collections.abc import Sequence
from typing import Unpack

from ledger.budgets.acts import line_of_shares
from ledger.budgets.chart import (
    account,
    contribution_account,
    fund_accounts,
    holder_accounts,
    person_account,
    share_accounts,
)
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.shares import Share, split_of_left
from ledger.core.model import AccountSpec, Asked
from ledger.core.requests import OpenAccounts, Post
from ledger.money import parse_amount
from tests.world import World

YEAR, NEXT = "2025-26", "2026-27"
FUNDS = {"nhs": "ring_fenced", "council": "partner", "chc": "demand_led", "own": "contribution"}
SHARES = (("D", "nhs", "P1"), ("N", "nhs", "P2"), ("N", "council", "P2"), ("W", "nhs", "P3"), ("W", "own", "P3"))


def plain_accounts() -> tuple[AccountSpec, ...]:
    """The money accounts that belong to nobody in particular."""
    return (
        account("bank", account="main"), account("in_transit", account="main"), account("funding", source="icb"),
        account("opening", source="old"), account("payable", payee="A1"), account("payable", payee="H1"),
        account("payable", payee="P1-bank"), account("partner/unbilled", partner="own.W"),
        account("partner/billed", partner="own.W"),
        account("uninvoiced", payee="A1"), account("partner/unbilled", partner="council"),
        account("partner/billed", partner="council"), account("allowance", reason="reclaim"),
        account("impairment", year=YEAR), account("vat"), account("unassigned", source="csv", payee="A1"),
    )  # fmt: skip


def openings() -> list[OpenAccounts]:
    """Everything of section 2: two years, four funds, three lines, one holder account for each person."""
    years = (YEAR, NEXT)
    found = [fund_accounts(fund, year, kind) for fund, kind in FUNDS.items() for year in years]
    found += [
        share_accounts(line, fund, year, person=person, kind=FUNDS[fund])
        for line, fund, person in SHARES
        for year in years
    ]
    for person in ("P1", "P2", "P3"):
        found.append(holder_accounts(person, f"{person}-bank"))
        found.append(person_account("tp_advance", person=person, third_party="T1"))
        found.append(person_account("receivable/reclaim", person=person, debtor=person))
        found.append(person_account("receivable/provider", person=person, payee="A1"))
        found.append(person_account("receivable/commissioner", person=person, book="OTHER"))
        found.append(person_account("provision", person=person, reason="notice_pay"))
    return [*found, contribution_account("W", person="P3"), OpenAccounts(accounts=plain_accounts())]


STATES = {
    "av": "available", "cont": "contingency", "held": "held", "adv": "advanced", "spent": "spent",
    "rec": "recovering", "lost": "lost", "unf": "unfunded",
}  # fmt: skip
OF_SHARE = ("expense", "accrual", "prepayment", "recharge")
LINES = {"D": "D/nhs", "Nn": "N/nhs", "Nc": "N/council", "Wn": "W/nhs", "Wo": "W/own"}
PEOPLE = {"D": "P1", "N": "P2", "Nn": "P2", "Nc": "P2", "W": "P3", "Wn": "P3", "Wo": "P3"}
PLAIN = {
    "bank": "bank/main", "transit": "in_transit/main", "funding": "funding/icb", "opening": "opening/old",
    "payable": "payable/A1", "payholder": "payable/H1", "uninvoiced": "uninvoiced/A1",
    "unbilled": "partner/council/unbilled", "billed": "partner/council/billed", "allowance": "allowance/reclaim",
    "impairment": f"impairment/{YEAR}", "unassigned": "unassigned/csv/A1", "contribution": "contribution/W",
}  # fmt: skip


def code_of(short: str) -> str:
    """`Nc.spent`, `Nc.spent+` (next year), `nhs.una`, `advance.D`, `payable`: the codes behind the page's short forms."""
    year = NEXT if short.endswith("+") else YEAR
    left, _, right = short.rstrip("+").partition(".")
    if left in FUNDS:
        return f"fund/{left}/{year}/{'unallocated' if right == 'una' else right}"
    if right in STATES:
        return f"share/{LINES[left]}/{year}/{STATES[right]}"
    if right in OF_SHARE:
        return f"{right}/{LINES[left]}/{year}"
    if right in ("claim_waived", "bad_debt"):
        return f"loss/{right}/{LINES[left]}/{year}"
    if not right:
        return PLAIN[left]
    person = PEOPLE[right]
    return {
        "advance": f"advance/{person}/{person}-bank", "estimated": f"estimated_use/{person}/{person}-bank",
        "unidentified": f"unidentified/{person}/{person}-bank", "disputed": f"disputed/{person}/{person}-bank",
        "tp_advance": f"tp_advance/T1/{person}", "reclaim": f"receivable/reclaim/{person}/{person}",
        "provider": f"receivable/provider/A1/{person}", "commissioner": f"receivable/commissioner/OTHER/{person}",
        "provision": f"provision/notice_pay/{person}", "unbilled": f"partner/own.{right}/unbilled",
    }[left]  # fmt: skip


def legs_of(text: str) -> list[tuple[str, int]]:
    """`D.adv 100, D.av -100` as legs in pence; the amounts are whole pence."""
    parts = [part.split() for part in text.split(",")]
    return [(code_of(short), int(pence)) for short, pence in parts]


def filled() -> World:
    """A world with every account of section 2, standing where each posting of section 3 has room."""
    world = World(IDENTITIES)
    for opening in openings():
        world.done(opening)
    for code, state in world.state.accounts.items():
        assert state is not None
        if state.floor == 0:
            world.set_balance(code, 10**6)
        elif state.ceiling == 0:
            world.set_balance(code, -(10**6))
    return world


OFFICER = Asked("test", "officer", None, "officer", "migrated")
NHS = """una D.av D.adv D.spent D.rec D.lost Nn.av Nn.held Nn.spent Nn.rec
 1  40,000.00       0.00      0.00      0.00    0.00    0.00       0.00      0.00      0.00    0.00
 2   7,760.00  26,000.00      0.00      0.00    0.00    0.00   6,240.00      0.00      0.00    0.00
 3   7,760.00  24,000.00  2,000.00      0.00    0.00    0.00   6,240.00      0.00      0.00    0.00
 4   7,760.00  24,000.00  2,000.00      0.00    0.00    0.00   5,639.99    600.01      0.00    0.00
 5   7,760.00  24,000.00    765.44  1,234.56    0.00    0.00   5,639.99    600.01      0.00    0.00
 6   7,760.00  24,000.00    765.44  1,234.56    0.00    0.00   5,639.99    400.01    200.00    0.00
 7   7,760.00  24,000.00    765.44  1,234.56    0.00    0.00   5,620.00      0.00    620.00    0.00
 8   7,760.00  24,000.00    765.44  1,234.56    0.00    0.00   5,620.00      0.00    620.00    0.00
 9   7,760.00  24,000.00    765.44  1,234.56    0.00    0.00   5,620.00      0.00    589.99   30.01
10   8,160.00  22,000.00  2,365.44  1,234.56    0.00    0.00   5,620.00      0.00    589.99   30.01
11   8,160.00  22,000.00  2,215.44  1,324.56   60.00    0.00   5,620.00      0.00    589.99   30.01
12   8,200.00  22,000.00  2,215.44  1,324.56    0.00   20.00   5,620.00      0.00    589.99   30.01"""
COUNCIL = """council.una Nc.av Nc.held Nc.spent Nc.rec
 1  5,000.00      0.00    0.00    0.00   0.00
 2    840.00  4,160.00    0.00    0.00   0.00
 3    840.00  4,160.00    0.00    0.00   0.00
 4    840.00  3,760.00  400.00    0.00   0.00
 5    840.00  3,760.00  400.00    0.00   0.00
 6    840.00  3,760.00  266.67  133.33   0.00
 7    840.00  3,746.67    0.00  413.33   0.00
 8    840.00  3,746.67    0.00  413.33   0.00
 9    840.00  3,746.67    0.00  393.33  20.00
10    840.00  3,746.67    0.00  393.33  20.00
11    840.00  3,746.67    0.00  393.33  20.00
12    840.00  3,746.67    0.00  393.33  20.00"""
MONEY_COLUMNS = (
    "bank advance.D unidentified.D reclaim.D payable provider.N unbilled D.expense Nn.expense Nc.expense Nc.recharge "
    "D.claim_waived\n"
)
MONEY = (
    MONEY_COLUMNS
    + """\
 1       0.00      0.00     0.00     0.00       0.00      0.00      0.00      0.00      0.00     0.00      0.00   0.00
 2       0.00      0.00     0.00     0.00       0.00      0.00      0.00      0.00      0.00     0.00      0.00   0.00
 3  -2,000.00  2,000.00     0.00     0.00       0.00      0.00      0.00      0.00      0.00     0.00      0.00   0.00
 4  -2,000.00  2,000.00     0.00     0.00       0.00      0.00      0.00      0.00      0.00     0.00      0.00   0.00
 5  -2,000.00    615.44   150.00     0.00       0.00      0.00      0.00  1,234.56      0.00     0.00      0.00   0.00
 6  -2,000.00    615.44   150.00     0.00    -333.33      0.00    133.33  1,234.56    200.00   133.33   -133.33   0.00
 7  -2,000.00    615.44   150.00     0.00  -1,033.33      0.00    413.33  1,234.56    620.00   413.33   -413.33   0.00
 8  -3,033.33    615.44   150.00     0.00       0.00      0.00    413.33  1,234.56    620.00   413.33   -413.33   0.00
 9  -3,033.33    615.44   150.00     0.00       0.00     50.01    393.33  1,234.56    589.99   393.33   -393.33   0.00
10  -4,633.33  2,215.44   150.00     0.00       0.00     50.01    393.33  1,234.56    589.99   393.33   -393.33   0.00
11  -4,633.33  2,215.44     0.00    60.00       0.00     50.01    393.33  1,324.56    589.99   393.33   -393.33   0.00
12  -4,593.33  2,215.44     0.00     0.00       0.00     50.01    393.33  1,324.56    589.99   393.33   -393.33  20.00"""
)


def expected_after() -> dict[str, dict[str, int]]:
    """The page's tables: line → code → pence."""
    after: dict[str, dict[str, int]] = {}
    for table in (NHS, COUNCIL, MONEY):
        head, *rest = table.splitlines()
        codes = [code_of("nhs.una" if short == "una" else short) for short in head.split()]
        for row in rest:
            number, *amounts = row.split()
            pence = [parse_amount(amount.replace(",", "")) for amount in amounts]
            after.setdefault(number, {}).update(zip(codes, pence, strict=True))
    return after


def instalment_paid(
    *, amount: int, shares: Sequence[Share], holder_account: str, through: str, **stated: Unpack[Stated]
) -> Post:
    """Event 11 as the page has it, of what nothing was kept for: Dr advanced / Cr available; Dr advance / Cr `through`. Here every
    instalment is asked for first, and paid from its hold."""
    moved = Movement()
    parts = split_of_left(amount, shares, [share.available for share in shares])
    moved.shift(shares, parts, to="advanced", out_of="available")
    moved.pay(amount, debit=shares[0].code("advance", holder_account=holder_account), credit=through)
    return Post(event=11, legs=moved.legs, **about(line_of_shares(shares), stated))
