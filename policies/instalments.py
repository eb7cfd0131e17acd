"""What was kept for an instalment and is paid out: into the holder's account, or to the third party that holds the line."""

from datetime import date
from typing import Any, NamedTuple

from ledger.budgets.acts import held_instalment_of_years_paid, held_instalment_paid
from ledger.budgets.chart import account, person_account
from ledger.budgets.foreseen import foresee
from ledger.budgets.plans import Line
from ledger.budgets.presence import which_are_open
from ledger.budgets.reading import Order, Setup, order_of, parts_of, said_at, said_of, setup_of, version_of
from ledger.budgets.standing import Said, Standing, read_standing
from ledger.budgets.third_parties import held_third_party_instalment_paid
from ledger.budgets.wording import numbered
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest
from policies.consenting import confirmed_since_asked
from policies.evidencing import account_of
from policies.paying import who_may_not_pay
from policies.resolution import Resolution
from policies.settling import NotSettled

Connection = Any
ACCOUNT_CHANGED = "icb_policy.account_changed"


class _Kept(NamedTuple):
    """What an instalment's hold keeps: its order, the decision behind it and what the rules said first, how the budget stands and
    is set up, and who may not pay it."""

    order: Order
    decision: Said
    asked: Said
    standing: Standing
    setup: Setup
    others: frozenset[int]


class Ready(NamedTuple):
    """An instalment that may be paid into the holder's account: its order, the account, the decision behind it, and the entries
    whose makers may not pay it."""

    order: Order
    holder_account: str
    decision: Said
    others: tuple[int, ...]


async def _kept(connection: Connection, book_id: int, person: str, number: int) -> _Kept:
    asked = decision = await said_at(connection, book_id, number)
    if asked is None or decision is None or decision.kind != "decision" or decision.attributes.get("person") != person:
        raise NotSettled("decision_not_found")
    others = {number}
    if decision.attributes["outcome"] == "refer":
        resolved = await said_of(connection, book_id, f"decision/{number}")
        if not resolved or resolved[-1].attributes["outcome"] != "allow":
            raise NotSettled("instalment_waiting")
        decision = resolved[-1]
    if "of" in decision.attributes:
        others.add(int(decision.attributes["of"]))
    others.add(decision.number)
    order = await order_of(connection, book_id, person, decision.number + 1)
    if order is None or order.purpose != "instalment":
        raise NotSettled("decision_not_found")
    if order.closed:
        raise NotSettled("instalment_settled")
    standing = await read_standing(connection, book_id, person)
    setup = setup_of(standing.said)
    if setup.died_on is not None or setup.lines[order.line.line][1] not in ("agreed", "resumed"):
        raise NotSettled("instalment_barred")
    return _Kept(order, decision, asked, standing, setup, frozenset(others))


async def ready_instalment(
    connection: Connection, book_id: int, person: str, number: int, day: date, today: date
) -> Ready:  # fmt: skip
    """What was kept for an instalment and nobody has paid yet, to be paid on a day. `number` is the decision on it. NotPaidOut, and
    NotSettled(decision_not_found, instalment_waiting, instalment_settled, instalment_barred, holder_account_not_approved,
    holder_account_waits)."""
    return await _for_holder(connection, book_id, await _kept(connection, book_id, person, number), day, today)


async def _for_holder(connection: Connection, book_id: int, kept: _Kept, day: date, today: date) -> Ready:
    holder_account = account_of(kept.order.line)
    # Asked again now, because an account can be barred between the request and the payment, and consent withdrawn.
    if kept.setup.holder_accounts.get(holder_account) != "approved":
        raise NotSettled("holder_account_not_approved")
    # The Schedule bars a direct payment from the day it is known, also one that was asked for before.
    if not kept.setup.consent or kept.setup.excluded:
        raise NotSettled("instalment_barred")
    about = await said_of(connection, book_id, f"person/{kept.order.line.person}")
    if not confirmed_since_asked(kept.standing, kept.setup, day, kept.asked, about):
        raise NotSettled("instalment_barred")
    said = await said_of(connection, book_id, f"holder_account/{holder_account}")
    usable_from = kept.setup.usable_from.get(holder_account)
    if usable_from is not None and min(day, today) < usable_from:
        # Whoever approved the instalment answered for the account as it was when it was asked for, and for no later one.
        since = [*said, *await said_of(connection, book_id, f"line/{kept.order.line.line}")]
        was_found = ACCOUNT_CHANGED in numbered(kept.asked.attributes, "finding")
        if not was_found or any(row.number > kept.asked.number for row in since):
            raise NotSettled("holder_account_waits")
    others = kept.others | {row.number for row in said if row.act == "registered"}
    return Ready(kept.order, holder_account, kept.decision, tuple(sorted(others)))


async def release_instalment(
    connection: Connection, book_id: int, *, person: str, number: int, bank: str, effective_on: date, today: date
) -> Resolution:  # fmt: skip
    """Pays what was kept for an instalment (event 11; 51 where its period crosses a year's end), by another than asked for it,
    approved it or registered the account that it goes to, once; to a third party (event 9) likewise. The noes are those of
    `ready_instalment`, and NotSettled(third_party_missing, third_party_not_approved, paid_by_general_ledger)."""
    standing = await read_standing(connection, book_id, person)
    setup = setup_of(standing.said)
    accounts = (f"holder_account/{name}" for name in setup.holder_accounts)
    third_parties = {line.third_party or "" for line, _ in setup.lines.values()} - {""}
    subjects = (f"person/{person}", *accounts, *third_parties)
    await foresee(connection, entries=(number,), subjects=subjects)
    kept = await _kept(connection, book_id, person, number)
    order = kept.order
    hold: dict[str, Any] = {
        "hold": order.hold, "remaining": order.remaining, "shares": order.shares,
        "through": account("in_transit", account=bank).code, "effective_on": effective_on, "because": kept.decision.number,
    }  # fmt: skip
    crosses = bool(parts_of(kept.decision.attributes))
    if order.line.management == "third_party":
        paid, others = await _to_third_party(connection, book_id, kept, hold, crosses=crosses)
    else:
        ready = await _for_holder(connection, book_id, kept, effective_on, today)
        into = account("advance", person=person, holder_account=ready.holder_account).code
        paid, others = (
            (
                (held_instalment_of_years_paid(into=into, **hold),)
                if crosses
                else (held_instalment_paid(holder_account=ready.holder_account, amount=_all_of(order), **hold),)
            ),
            ready.others,
        )
    of_it = (f"person/{person}", f"line/{order.line.line}")
    guards = [Guard(each, await version_of(connection, book_id, each)) for each in of_it]
    return Resolution(paid, tuple(guards), others)


def _all_of(order: Order) -> int:
    return sum(order.remaining.values())


async def _to_third_party(
    connection: Connection, book_id: int, kept: _Kept, hold: dict[str, Any], *, crosses: bool
) -> tuple[tuple[AnyRequest, ...], tuple[int, ...]]:  # fmt: skip
    """An instalment to the third party that holds the line, and whose entries somebody else must have made. The first one for this
    client opens their balance."""
    line: Line = kept.order.line
    third_party = line.third_party
    if third_party is None:
        raise NotSettled("third_party_missing")
    if third_party in kept.setup.barred_payees:
        raise NotSettled("third_party_not_approved")
    try:
        registered = await who_may_not_pay(connection, book_id, third_party)
    except NotSettled as no:
        raise no if no.code == "paid_by_general_ledger" else NotSettled("third_party_not_approved") from None
    into = account("tp_advance", third_party=third_party, person=line.person).code
    opened: tuple[AnyRequest, ...] = ()
    if not await which_are_open(connection, book_id, [into]):
        opened = (person_account("tp_advance", third_party=third_party, person=line.person),)
    paid = (
        held_instalment_of_years_paid(into=into, **hold)
        if crosses
        else held_third_party_instalment_paid(third_party=third_party, amount=_all_of(kept.order), **hold)
    )
    others = kept.others | registered
    return (*opened, paid), tuple(sorted(others))
