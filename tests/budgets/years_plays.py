"""What may happen in made-up years: event by event, of what there is money for. Each play answers the requests of one item."""

from collections.abc import Callable
from typing import Any

import msgspec

from ledger.budgets import (
    accruals,
    acts,
    bills,
    credits,
    facts,
    returns,
    third_parties,
    year_end,
)
from ledger.core.model import Leg
from ledger.core.requests import Post
from tests.budgets.test_orders_of_events import open_hold
from tests.budgets.years import (
    ADVANCE,
    CASH,
    ESTIMATED,
    LAST_OF_YEAR,
    MAIN,
    NEXT,
    PROVIDER,
    TRANSIT,
    UNIDENTIFIED,
    YEAR,
    Asking,
    Years,
)
from tests.budgets.years_owing import demanded, moved_on, moved_out, offset, questioned, recovered, stopped
from tests.worked_example import instalment_paid


def _lined(make: Callable[[Years, str], Asking], lines: str) -> Callable[[Years], Asking]:
    """A play of one of some lines."""
    return lambda years: make(years, years.lots.choice(lines))


def order(years: Years, line: str) -> Asking:
    """Events 5 and 46: money kept, as the shares can bear it."""
    shares = years.shares(line)
    amount = years.some(*(share.available // 2 for share in shares))
    return (acts.order_placed(amount=amount, shares=shares, **years.so),) if amount else ()


def settle(years: Years, line: str) -> Asking:
    """Events 6, 28, 29, 48 and 54 of an order."""
    hold, remaining = open_hold(years.world, line, years.lots.randint(0, 9))
    if hold is None or hold.purpose != "order" or {code.split("/")[3] for code in remaining} != {years.year}:
        return ()
    amount, shares = years.some(sum(remaining.values()) + 500), years.shares(line)
    given: dict[str, Any] = {
        "hold": hold.number,
        "remaining": remaining,
        "shares": shares,
        "amount": amount,
        "payee": "A1",
    }
    how = years.lots.choice(("invoice", "invoice", "assign", "estimate"))
    if how == "estimate" and years.year == YEAR and line == "N":
        return (year_end.care_uninvoiced(**given, **years.so),)
    if how == "assign" and years.world.balance("unassigned/csv/A1") >= amount:
        return (facts.payment_assigned_to_hold(source="csv", **given, **years.so),)
    return (facts.invoice_settles_hold(final=years.lots.random() < 0.5, **given, **years.so),)


def release(years: Years, line: str) -> Asking:
    """Event 30."""
    hold, remaining = open_hold(years.world, line, years.lots.randint(0, 9))
    if hold is None or hold.purpose != "order":
        return ()
    return (acts.hold_released(hold=hold.number, shares=years.of_hold(line, remaining), **years.so),)


def invoice(years: Years, line: str) -> Asking:
    """Event 7, now and then of more than there is."""
    left = years.has(line, "available")
    amount = left + years.some(5_000) if years.lots.random() < 0.05 else years.some(left + 100)
    return (facts.invoice_settled_directly(amount=amount, shares=years.shares(line), payee="A1", **years.so),)


def paid(years: Years) -> Asking:
    """Event 8: an agency's money is released, cleared, or comes back (33)."""
    way = years.lots.choice(("release", "clear", "back"))
    owed, under_way = years.at("payable/A1"), -years.world.balance(TRANSIT)
    if way == "release":
        amount = years.some(owed)
        return (acts.payment_released(amount=amount, payee="A1", through=TRANSIT, **years.so),) if amount else ()
    amount = years.some(under_way)
    if not amount:
        return ()
    if way == "clear":
        return (acts.payment_cleared(amount=amount, bank="main", **years.so),)
    return (returns.payment_returned(amount=amount, payee="A1", into=TRANSIT, **years.so),)


def instalment(years: Years, line: str) -> Asking:
    """Event 11, and what came back of it (33)."""
    [share] = years.shares(line)
    back = years.some(share.advanced, years.at(ADVANCE))
    if back and years.lots.random() < 0.15:
        return (returns.instalment_returned(
            returned={share.code("advanced"): back}, shares=[share], advance=ADVANCE, instead=ESTIMATED, owed="payable/H1",
            into=TRANSIT, **years.so,
        ),)  # fmt: skip
    amount = years.some(share.available)
    return (instalment_paid(amount=amount, shares=[share], through=TRANSIT, **CASH, **years.so),) if amount else ()


def crossing(years: Years) -> Asking:
    """Event 51, kept and paid of both years; 52, an invoice of both years, and what was prepaid is care of the next."""
    now, then = years.shares("D", YEAR), years.shares("D", NEXT)
    if years.year == YEAR and years.lots.random() < 0.5:
        parts = [(each, shares) for shares in (now, then) if (each := years.some(shares[0].available))]
        if len(parts) < 2:
            return ()
        kept = {shares[0].code("held"): pence for pence, shares in parts}
        hold = years.done(acts.kept_by_year(parts=parts, purpose="instalment", **years.so))
        return (acts.held_instalment_of_years_paid(hold=hold, remaining=kept, shares=[*now, *then], into=ADVANCE,
                                                   through=TRANSIT, **years.so),)  # fmt: skip
    if years.year == YEAR:
        shares, following = years.shares("N", YEAR), years.shares("N", NEXT)
        later = years.some(*(share.available // 2 for share in following))
        if not later or min(share.available for share in shares) <= 500:
            return ()
        given: dict[str, Any] = {"shares": shares, "following": following, "payee": "A1", **years.so}
        return year_end.invoice_crossing(amount=later + 500, following_amount=later, **given)
    prepaid = [(share, pence) for share in years.shares("N") if (pence := years.at(share.code("prepayment")))]
    return (year_end.prepayment_released(parts=prepaid, **years.so),) if prepaid else ()


def third_party(years: Years) -> Asking:
    """Events 9 and 10."""
    shares = years.shares("T")
    if years.lots.random() < 0.5:
        amount = years.some(years.has("T", "advanced"), years.at("tp_advance/T1/P2"))
        return (third_parties.statement_accepted(amount=amount, shares=shares, fee=0, fee_shares=(), third_party="T1",
                                                 **years.so),) if amount else ()  # fmt: skip
    amount = years.some(shares[0].available)
    if not amount:
        return ()
    hold = years.done(acts.order_placed(amount=amount, shares=shares, purpose="instalment", **years.so))
    return (third_parties.held_third_party_instalment_paid(
        hold=hold, remaining={shares[0].code("held"): amount}, amount=amount, shares=years.shares("T"), third_party="T1",
        through=TRANSIT, **years.so,
    ),)  # fmt: skip


def evidence(years: Years, line: str) -> Asking:
    """Events 12, 13, 15 and 50: with evidence, a line of the bank, and care whose evidence is to come."""
    shares, way = years.shares(line), years.lots.choice(("evidence", "line", "accept", "bought", "arrived"))
    here = years.world.balance(ADVANCE)
    if way == "evidence":
        return facts.spend_evidenced(
            amount=years.some(shares[0].advanced + 50), shares=shares, in_account=here, **CASH, **years.so
        )
    if way == "line":
        return facts.bank_line_taken(amount=years.some(5_000), person="P1", in_account=here, **CASH, **years.so)
    if way == "accept":
        amount = years.some(years.at(UNIDENTIFIED), shares[0].advanced)
        return (facts.bank_line_accepted(amount=amount, shares=shares, **CASH, **years.so),) if amount else ()
    if way == "bought":
        amount = years.some(shares[0].advanced, years.at(ADVANCE) - years.at(ESTIMATED))
        return (year_end.care_bought(amount=amount, shares=shares, **CASH, **years.so),) if amount else ()
    amount = years.some(years.at(ESTIMATED), years.at(ADVANCE))
    return (year_end.evidence_arrived(amount=amount, person="P1", **CASH, **years.so),) if amount else ()


def reimbursed(years: Years, line: str) -> Asking:
    """Event 16."""
    return (
        facts.spend_reimbursable(amount=years.some(3_000), shares=years.shares(line), holder_account="H1", **years.so),
    )


def changed(years: Years, line: str) -> Asking:
    """Events 3, 4, 31 and 35."""
    shares = [share for share in years.shares(line) if share.kind != "contribution"]
    room = min(share.available for share in shares)
    way = years.lots.choice(("raised", "cut", "aside", "drawn", "virement", "cash", "returned"))
    if way == "raised":
        most = min(years.world.balance(share.code("unallocated")) for share in shares)
        amount = years.some(most)
        return (acts.allocation_changed(changes=[(amount, shares)], line=line, **years.so),) if amount else ()
    if way == "drawn":
        drawn = years.some(*(share.contingency for share in shares))
        return (acts.contingency_drawn(amount=drawn, shares=shares, **years.so),) if drawn else ()
    if way == "cash":
        cash = years.some(years.has("D", "advanced"))
        given: dict[str, Any] = {"out_of": years.shares("D"), "into": years.shares("E"), "state": "advanced"}
        return (acts.virement(amount=cash, **given, **years.so),) if cash else ()
    amount = years.some(room)
    if not amount:
        return ()
    if way == "virement":
        free = years.some(years.has("D", "available"))
        return (
            (acts.virement(amount=free, out_of=years.shares("D"), into=years.shares("E"), **years.so),) if free else ()
        )
    if way == "returned":
        part = [msgspec.structs.replace(share, available=amount, contingency=0) for share in shares]
        back = acts.authority_given_back(shares=part, **years.so)
        assert back is not None
        return (back,)
    if way == "cut":
        return (acts.allocation_changed(changes=[(-amount, shares)], line=line, **years.so),)
    return (acts.contingency_set_aside(amount=amount, shares=shares, **years.so),)


def credited(years: Years) -> Asking:
    """Events 27, 32 and 34 on N."""
    shares, way = years.shares("N"), years.lots.choice(("unpaid", "paid", "taken", "repaid", "refund", "unfunded"))
    if way == "unfunded":
        owed = [share for share in shares if share.unfunded]
        amount = sum(share.unfunded for share in owed)
        lacks = any(years.world.balance(share.code("unallocated")) < share.unfunded for share in owed)
        return () if lacks or not amount else (credits.unfunded_cleared(amount=amount, shares=owed, **years.so),)
    back = way in ("taken", "repaid")
    state, place = ("recovering", PROVIDER) if back else ("spent", "payable/A1")
    limits = [sum(max(0, getattr(share, state)) for share in shares)]
    if way in ("unpaid", "taken"):
        limits.append(years.at("payable/A1"))
    if back:
        limits.append(years.at(place))
    amount = years.some(*limits, 10**9)
    if not amount:
        return ()
    given: dict[str, Any] = {"shares": shares, "parts": years.parts(shares, state, amount), **years.so}
    if way == "repaid":
        return (credits.credit_repaid(payee="A1", bank="main", **given),)
    if way == "refund":
        return (credits.refunded(bank="main", **given),)
    make = {
        "unpaid": credits.unpaid_invoice_credited,
        "paid": credits.paid_invoice_credited,
        "taken": credits.credit_taken,
    }[way]
    return (make(payee="A1", **given),)


def partner(years: Years) -> Asking:
    """Event 44."""
    way = years.lots.choice(("billed", "paid", "credited"))
    unbilled, billed = (years.world.balance(f"partner/council/{part}") for part in ("unbilled", "billed"))
    amount = years.some(unbilled if way == "billed" else billed)
    if not amount:
        return ()
    if way == "paid":
        return (bills.partner_paid(amount=amount, partner="council", bank="main", **years.so),)
    make = bills.partner_billed if way == "billed" else bills.bill_credited
    return (make(amount=amount, partner="council", **years.so),)


def contribution(years: Years) -> Asking:
    """Event 45, in and out. What came in in an earlier year and was carried is not given back: its source is that year's."""
    own = years.shares("W")[1]
    amount = years.some(own.available, years.at("contribution/W"), years.at(own.code("source")))
    if amount and years.lots.random() < 0.3:
        return (acts.contribution_returned(amount=amount, share=own, bank="main", **years.so),)
    return (acts.contribution_received(amount=years.some(9_000), share=own, bank="main", **years.so),)


def estimated(years: Years) -> Asking:
    """Event 47, both days; 49, an invoice higher, lower, or as it was estimated at the year's end."""
    shares = years.shares("N")
    if years.year == YEAR:
        month = "2025-05" if years.day.month < 9 else "2025-11"
        return accruals.care_accrued(amount=years.some(9_000), shares=shares, month=month, **years.so)
    kept = years.some(years.at("uninvoiced/A1"))
    asks = max(1, kept + years.lots.randint(-50, 50))
    return (
        year_end.uninvoiced_invoiced(amount=asks, estimated=kept, shares=shares, payee="A1", **years.so) if kept else ()
    )


def imported(years: Years) -> Asking:
    """Events 53 and 54."""
    stands = years.world.balance("unassigned/csv/A1")
    if stands > 0 and years.lots.random() < 0.5:
        return (
            facts.payment_assigned(
                amount=years.some(stands), shares=years.shares("N"), source="csv", payee="A1", **years.so
            ),
        )
    pence = years.lots.choice((1, 1, 1, -1)) * years.some(9_000)
    return (Post(event=53, legs=(Leg("unassigned/csv/A1", pence), Leg(MAIN, -pence)), effective_on=years.day),)


def undone(years: Years) -> Asking:
    """Event 38, and 39 of a year that has closed."""
    number = years.closed_entry
    if not number or years.lots.random() < 0.6:
        return ()
    entry, years.closed_entry = years.world.entries[number], 0
    line = (entry.subject or "line/D").removeprefix("line/")
    is_of_year = any(YEAR in code.split("/") for code, _ in entry.legs)
    if (
        is_of_year
        and entry.effective_on is not None
        and years.year == NEXT
        and str(entry.effective_on) <= LAST_OF_YEAR.isoformat()
    ):
        return (year_end.correction(entry=number, legs=dict(entry.legs), year=YEAR, line=line, **years.so),)
    return (acts.reversal(entry=number, line=line, **years.so),)


PLAYS: dict[str, Callable[[Years], Asking]] = {
    "order": _lined(order, "NNW"), "settle": _lined(settle, "NNW"), "release": _lined(release, "NW"),
    "invoice": _lined(invoice, "NW"), "paid": paid, "instalment": _lined(instalment, "DDE"), "crossing": crossing,
    "third party": third_party, "evidence": _lined(evidence, "DDE"), "more evidence": _lined(evidence, "DE"),
    "reimbursed": _lined(reimbursed, "DE"), "questioned": questioned, "demanded": demanded, "recovered": recovered,
    "offset": offset, "moved out": moved_out, "moved on": moved_on, "stopped": stopped,
    "changed": _lined(changed, "DENTW"), "credited": credited, "partner": partner, "contribution": contribution,
    "estimated": estimated, "imported": imported, "undone": undone,
}  # fmt: skip
MAY_BE_REFUSED = ("undone",)
"""What was used since is not taken back."""


def step(years: Years) -> str:
    """One event that there is money for; its name, or nothing where the lot fell on one that there is none for."""
    name = years.lots.choice(sorted(PLAYS))
    asking = PLAYS[name](years)
    if not asking:
        return ""
    outcome = years.world.ask(*asking)
    if outcome.refusal is not None:
        assert name in MAY_BE_REFUSED, (name, outcome.refusal)
        return ""
    years.events |= {entry.event for entry in outcome.entries}
    if name == "moved out":
        # The parts that each share bore, which its settlement gives back.
        years.moved.append(
            [dict(outcome.entries[0].legs).get(share.code("recovering"), 0) for share in years.shares("D")]
        )
    if name in ("invoice", "evidence"):
        years.closed_entry = outcome.number
    return name
