"""Funds: whose money a budget is made of, and what kind of limit each has."""

from collections.abc import Mapping

import msgspec

from ledger.budgets.chart import FUND_KINDS, account, contribution_account, fund_accounts
from ledger.budgets.shares import Share, check_name
from ledger.budgets.wording import among, attributes, needed, subject_name
from ledger.core.model import Detail, Malformed
from ledger.core.requests import OpenAccounts, Record


class Fund(msgspec.Struct, frozen=True, kw_only=True):
    """A fund by its code. `partner` is the council behind a fund of kind `partner`, and of no other."""

    fund: str
    kind: str = "ring_fenced"
    partner: str | None = None

    def __post_init__(self) -> None:
        check_name(self.fund, "fund")
        among(self.kind, FUND_KINDS, "kind")
        if (self.kind == "partner") != (self.partner is not None):
            raise Malformed("partner_malformed", "partner")
        if self.partner is not None:
            check_name(self.partner, "partner")


def fund_opened(
    fund: Fund, years: tuple[str, ...], *, because: int = 0, detail: Detail | None = None
) -> tuple[Record | OpenAccounts, ...]:
    """Registers a fund and opens its accounts of each year, in one group. Subject `fund/{fund}`. A later year is
    `ledger.budgets.chart.fund_accounts` alone. Refusals: account_exists (opened before)."""
    record = Record(
        kind="fund", subject=f"fund/{fund.fund}", because=because, detail=detail,
        attributes=attributes("opened", kind=fund.kind, partner=fund.partner),
    )  # fmt: skip
    return (record, *(fund_accounts(fund.fund, year, fund.kind) for year in years))


def partner_opened(partner: str) -> OpenAccounts:
    """Opens what a partner owes, billed and not; once for all the funds that it stands behind."""
    made = tuple(account(f"partner/{part}", partner=check_name(partner, "partner")) for part in ("unbilled", "billed"))
    return OpenAccounts(accounts=made, tags=(("partner", partner),))


def contribution_opened(share: Share) -> tuple[OpenAccounts, ...]:
    """Opens, once for a line that the person contributes to, where the money stands and what is still owed of it."""
    return (contribution_account(share.line, person=share.person), partner_opened(share.recharged_to))


def fund_of(subject: str, given: Mapping[str, str]) -> Fund:
    """The fund of a register row."""
    return Fund(fund=subject_name(subject, "fund"), kind=needed(given, "kind"), partner=given.get("partner"))
