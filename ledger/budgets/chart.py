"""The chart of accounts as data (accounting.md section 2): what accounts exist, with class, type and guards.

A share is one fund's part of one budget line in one financial year; all authority is kept by share. The group of a
budget account is its fund-year, so that no fund can pay for another unseen.
"""

from typing import NamedTuple

from ledger.core.model import ACTUAL, AccountSpec, Malformed
from ledger.core.requests import OpenAccounts

FUND_KINDS = ("ring_fenced", "demand_led", "partner", "contribution")
LOSS_CLASSES = ("claim_waived", "bad_debt", "fraud", "fruitless", "ex_gratia")


class Row(NamedTuple):
    """One row of the chart. `pattern` makes the code; floor and ceiling are signed pence, None means no guard."""

    klass: str
    pattern: str
    layer: str
    type: str
    normal: str
    floor: int | None = None
    ceiling: int | None = None


_SHARE = "share/{line}/{fund}/{year}"
_ROWS = (
    Row("source", "fund/{fund}/{year}/source", "budget", "source", "credit", None, 0),
    Row("unallocated", "fund/{fund}/{year}/unallocated", "budget", "use", "debit", 0, None),
    Row("carried", "fund/{fund}/{year}/carried", "budget", "use", "debit"),
    Row("lapsed", "fund/{fund}/{year}/lapsed", "budget", "use", "debit", 0, None),
    Row("available", f"{_SHARE}/available", "budget", "use", "debit", 0, None),
    Row("contingency", f"{_SHARE}/contingency", "budget", "use", "debit", 0, None),
    Row("held", f"{_SHARE}/held", "budget", "use", "debit", 0, None),
    Row("advanced", f"{_SHARE}/advanced", "budget", "use", "debit", 0, None),
    Row("spent", f"{_SHARE}/spent", "budget", "use", "debit"),
    Row("recovering", f"{_SHARE}/recovering", "budget", "use", "debit", 0, None),
    Row("lost", f"{_SHARE}/lost", "budget", "use", "debit"),
    Row("unfunded", f"{_SHARE}/unfunded", "budget", "source", "credit", None, 0),
    Row("bank", "bank/{account}", ACTUAL, "asset", "debit"),
    Row("in_transit", "in_transit/{account}", ACTUAL, "asset", "debit"),
    Row("funding", "funding/{source}", ACTUAL, "equity", "credit", None, 0),
    Row("opening", "opening/{source}", ACTUAL, "equity", "credit"),
    Row("payable", "payable/{payee}", ACTUAL, "liability", "credit", None, 0),
    Row("uninvoiced", "uninvoiced/{payee}", ACTUAL, "liability", "credit", None, 0),
    Row("accrual", "accrual/{line}/{fund}/{year}", ACTUAL, "liability", "credit", None, 0),
    Row("provision", "provision/{reason}/{person}", ACTUAL, "liability", "credit", None, 0),
    Row("contribution", "contribution/{line}", ACTUAL, "liability", "credit", None, 0),
    Row("prepayment", "prepayment/{line}/{fund}/{year}", ACTUAL, "asset", "debit", 0, None),
    Row("advance", "advance/{person}/{holder_account}", ACTUAL, "asset", "debit", 0, None),
    Row("tp_advance", "tp_advance/{third_party}/{person}", ACTUAL, "asset", "debit", 0, None),
    Row("estimated_use", "estimated_use/{person}/{holder_account}", ACTUAL, "asset", "credit", None, 0),
    Row("unidentified", "unidentified/{person}/{holder_account}", ACTUAL, "suspense", "debit", 0, None),
    Row("disputed", "disputed/{person}/{holder_account}", ACTUAL, "suspense", "debit", 0, None),
    Row("receivable/reclaim", "receivable/reclaim/{debtor}/{person}", ACTUAL, "asset", "debit", 0, None),
    Row("receivable/provider", "receivable/provider/{payee}/{person}", ACTUAL, "asset", "debit", 0, None),
    Row(
        "receivable/commissioner",
        "receivable/commissioner/{book}/{person}",
        ACTUAL,
        "asset",
        "debit",
        0,
        None,
    ),
    Row("partner/unbilled", "partner/{partner}/unbilled", ACTUAL, "asset", "debit"),
    Row("partner/billed", "partner/{partner}/billed", ACTUAL, "asset", "debit"),
    Row("allowance", "allowance/{reason}", ACTUAL, "asset", "credit", None, 0),
    Row("impairment", "impairment/{year}", ACTUAL, "expense", "debit"),
    Row("vat", "vat/recoverable", ACTUAL, "asset", "debit"),
    Row("expense", "expense/{line}/{fund}/{year}", ACTUAL, "expense", "debit"),
    Row("recharge", "recharge/{line}/{fund}/{year}", ACTUAL, "income", "credit"),
    Row("loss", "loss/{reason}/{line}/{fund}/{year}", ACTUAL, "expense", "debit"),
    Row("unassigned", "unassigned/{source}/{payee}", ACTUAL, "suspense", "debit"),
)
CHART: dict[str, Row] = {row.klass: row for row in _ROWS}
_OF_FINANCE = ("bank", "in_transit", "funding", "opening", "allowance", "impairment", "vat", "unassigned")
OPENED_BY_EVENTS = frozenset(row.pattern.partition("/")[0] for row in _ROWS) - frozenset(_OF_FINANCE)
"""First parts of the codes that events of budgets open themselves, with the tags that the identities are keyed by. One opened
otherwise has no tags, belongs to no person in anyone's eyes, and is in the way of the event for ever: a code is opened once."""
OF_NOBODY = tuple(
    sorted(f"{family}/" for family in ("fund", "partner", "funding", "opening", "bank", "in_transit", "allowance",
                                       "impairment", "vat"))
)  # fmt: skip
"""How codes begin that name no person, nor a line or payee by which one could be told: what whoever sees totals only may see
one by one. A family that is not listed is not shown."""
OWN_WAYS = {
    "payable": "an accepted invoice or instalment, and its payment",
    "uninvoiced": "an accepted invoice",
    "in_transit": "a payment, and its clearing",
    "partner": "an accepted invoice, and the partner's bill",
}
"""Accounts of no person that move by events of budgets only, by the first part of their codes, and by which. Whoever could move
them with a journal would pay without the second person whom the payment needs; and who may be paid would not be asked."""
SHARE_STATES = (
    "available", "contingency", "held", "advanced", "spent", "recovering", "lost", "unfunded",
)  # fmt: skip


def account_code(klass: str, **names: str) -> str:
    """The code of an account of the chart, its names taken as they are: `account_code("payable", payee="P7")`."""
    return CHART[klass].pattern.format_map(names)


def account(klass: str, **names: str) -> AccountSpec:
    """The account of a class of the chart, its code made from names: `account("payable", payee="P7")`.

    A KeyError means that the class or one of its names is missing; Malformed that a name is no code."""
    row = CHART[klass]
    group = ACTUAL if row.layer == ACTUAL else f"{names['fund']}/{names['year']}"
    return AccountSpec(
        account_code(klass, **names), klass, row.layer, group, row.type, row.normal, row.floor, row.ceiling
    )


def fund_accounts(fund: str, year: str, kind: str = "ring_fenced") -> OpenAccounts:
    """Opens the accounts of one fund-year. A demand-led fund has no floor: the ledger cannot refuse money that the
    commissioner must provide (accounting.md section 1). Malformed(code_unknown) for another kind."""
    if kind not in FUND_KINDS:
        raise Malformed("code_unknown", "kind")
    made = [account(klass, fund=fund, year=year) for klass in ("source", "unallocated", "carried", "lapsed")]
    if kind == "demand_led":
        row = made[1]
        made[1] = AccountSpec(row.code, row.klass, row.layer, row.group, row.type, row.normal)
    return OpenAccounts(accounts=tuple(made), tags=(("fund", fund), ("fund_kind", kind), ("year", year)))


def share_accounts(
    line: str, fund: str, year: str, *, person: str, kind: str = "ring_fenced", because: int = 0
) -> OpenAccounts:
    """Opens every account of one share in one entry: its states, its expense, accrual, prepayment and losses, and for a
    partner's or contributor's share the recharge. The tags are those that the identities are keyed by
    (`ledger.budgets.identities`). Malformed for a kind that is none or a name that is no code."""
    if kind not in FUND_KINDS:
        raise Malformed("code_unknown", "kind")
    share = f"{line}/{fund}/{year}"
    recharged = kind in ("partner", "contribution")
    classes = [*SHARE_STATES, "expense", "accrual", "prepayment", *(["recharge"] if recharged else [])]
    made = [account(klass, line=line, fund=fund, year=year) for klass in classes]
    made += [account("loss", reason=reason, line=line, fund=fund, year=year) for reason in LOSS_CLASSES]
    tags = [("fund", fund), ("line", line), ("person", person), ("share", share), ("year", year)]
    if recharged:
        tags.append(("recharged_share", share))
    if kind == "contribution":
        tags.append(("contribution_line", line))
    return OpenAccounts(accounts=tuple(made), tags=tuple(tags), share=True, subject=f"share/{share}", because=because)


def contribution_account(line: str, *, person: str) -> OpenAccounts:
    """Opens where a person's contribution to one line stands until it is applied."""
    tags = (("contribution_line", line), ("line", line), ("person", person))
    return OpenAccounts(accounts=(account("contribution", line=line),), tags=tags)


def holder_accounts(person: str, holder_account: str) -> OpenAccounts:
    """Opens the accounts of money in one holder's bank account: cash is fungible, so they are not kept by line."""
    classes = ("advance", "estimated_use", "unidentified", "disputed")
    made = tuple(account(klass, person=person, holder_account=holder_account) for klass in classes)
    return OpenAccounts(accounts=made, tags=(("holder_account", holder_account), ("person", person)))


def person_account(klass: str, *, person: str, **names: str) -> OpenAccounts:
    """Opens one account of a person: `tp_advance`, `provision` or one of `receivable/…`."""
    return OpenAccounts(accounts=(account(klass, person=person, **names),), tags=(("person", person),))
