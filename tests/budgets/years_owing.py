"""What may happen in made-up years when money is owed back, a person moves, or a payment stops: one play for some events each."""

from typing import Any

from ledger.budgets import moves, recovery, stopping
from tests.budgets.years import ADVANCE, CASH, DISPUTED, RECLAIM, TRANSIT, UNIDENTIFIED, YEAR, Asking, Years


def questioned(years: Years) -> Asking:
    """Event 14, asked of a bank line or of accepted spend, and answered."""
    shares, way = years.shares("D"), years.lots.choice(("line", "spend", "answered"))
    if way == "spend":
        amount = years.some(shares[0].spent)
        return (
            (recovery.spend_questioned(amount=amount, shares=shares, taken=[shares[0].spent], **CASH, **years.so),)
            if amount
            else ()
        )
    amount = years.some(years.at(UNIDENTIFIED if way == "line" else DISPUTED))
    return (
        (recovery.bank_line_questioned(amount=amount, person="P1", answered=way == "answered", **CASH, **years.so),)
        if amount
        else ()
    )


def demanded(years: Years) -> Asking:
    """Events 17 and 19: of every source; withdrawn."""
    shares, source = years.shares("D"), years.lots.choice(("advance", "unidentified", "disputed", "spent", "withdrawn"))
    given: dict[str, Any] = {"shares": shares, "debtor": "P1", **CASH, **years.so}
    if source == "withdrawn":
        amount = years.some(years.at(RECLAIM), shares[0].recovering)
        return (recovery.demand_withdrawn(amount=amount, source="unidentified", **given),) if amount else ()
    if source == "spent":
        amount = years.some(shares[0].spent)
        return (
            (recovery.repayment_demanded(amount=amount, source=source, taken=[shares[0].spent], **given),)
            if amount
            else ()
        )
    amount = years.some(shares[0].advanced, years.at(f"{source}/P1/P1-bank"))
    return (recovery.repayment_demanded(amount=amount, source=source, **given),) if amount else ()


def recovered(years: Years) -> Asking:
    """Events 18, 23 and 24: repaid, handed back, waived before and after a demand, written off, expected to be lost."""
    shares = years.shares("D")
    way = years.lots.choice(("repaid", "handed back", "waived", "lost", "expected", "released"))
    owed = years.some(years.at(RECLAIM), shares[0].recovering)
    if way == "expected" or (way == "released" and years.at("allowance/reclaim")):
        amount = years.some(300 if way == "expected" else years.at("allowance/reclaim"))
        return (
            recovery.credit_loss_expected(
                amount=amount, reason="reclaim", year=YEAR, released=way == "released", **years.so
            ),
        )
    if way in ("repaid", "released"):
        return (recovery.repaid(amount=owed, shares=shares, debtor="P1", bank="main", **years.so),) if owed else ()
    if way == "lost":
        loss = years.lots.choice(("claim_waived", "bad_debt"))
        return (recovery.demand_lost(amount=owed, shares=shares, debtor="P1", loss=loss, **years.so),) if owed else ()
    place = ADVANCE if way == "handed back" else DISPUTED
    amount = years.some(shares[0].advanced, years.at(place))
    if not amount:
        return ()
    if way == "handed back":
        return (recovery.handed_back(amount=amount, shares=shares, bank="main", **CASH, **years.so),)
    return (recovery.waived(amount=amount, shares=shares, source="disputed", **CASH, **years.so),)


def offset(years: Years) -> Asking:
    """Events 20, 21 and 22."""
    shares = years.shares("D")
    due = years.some(shares[0].available)
    if not due:
        return ()
    given: dict[str, Any] = {"due": due, "shares": shares, "through": TRANSIT, **CASH, **years.so}
    owed = years.some(years.at(RECLAIM), shares[0].recovering, due)
    if owed and years.lots.random() < 0.5:
        return (recovery.demand_offset(amount=owed, owing=shares, debtor="P1", **given),)
    return (recovery.surplus_offset(amount=years.lots.choice((due, years.some(due))), **given),)


def moved_out(years: Years) -> Asking:
    """Event 40."""
    amount = years.some(years.has("D", "advanced"), years.at(ADVANCE))
    goes = moves.Moved(amount)
    return (moves.moved_out(amount=goes, shares=years.shares("D"), book="OTHER", **CASH, **years.so),) if amount else ()


def moved_on(years: Years) -> Asking:
    """Events 41, and 42 with its settlement."""
    if years.moved and years.has("D", "recovering") - years.at(RECLAIM) >= sum(years.moved[-1]):
        return (
            moves.moved_out_settled(
                borne=years.moved.pop(), shares=years.shares("D"), book="OTHER", bank="main", **years.so
            ),
        )
    amount = years.some(years.has("E", "available"))
    if not amount:
        return ()
    return (moves.moved_in(amount=amount, shares=years.shares("E"), payee="A1", **CASH, **years.so),
            moves.moved_in_settled(amount=amount, payee="A1", through=TRANSIT, **years.so))  # fmt: skip


def stopped(years: Years) -> Asking:
    """Events 25 and 26."""
    provided, shares = years.at("provision/notice_pay/P1"), years.shares("E")
    given: dict[str, Any] = {"klass": "notice_pay", **years.so}
    way = years.lots.choice(("over", "paid", "unused"))
    if way == "paid" and provided:
        return (stopping.liability_paid(amount=years.some(provided), person="P1", payee="A1", **given),)
    unused = years.some(provided, shares[0].spent)
    if way == "unused" and unused:
        return (stopping.liability_unused(amount=unused, shares=shares, borne=[shares[0].spent], **given),)
    return (stopping.liability_taken_over(amount=years.some(9_000), shares=shares, **given),)
