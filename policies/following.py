"""What follows from a death, a sixteenth birthday, capacity lost or regained or a nomination withdrawn, and is to be done by
somebody: worked out from the book, never written down.

Nothing here decides or moves anything. Each thing has a code, how many there are and for how much, the entries to look at, and
whether it is done.
"""

from datetime import date
from typing import Any

import msgspec

from ledger.book.statements import read_entry
from ledger.budgets.endings import LiabilityRead, money_in_accounts, open_orders, unanswered_invoices
from ledger.budgets.reading import Order, Setup, said_of, said_of_person
from ledger.budgets.standing import Standing
from policies.consenting import confirmed_at_sixteen, confirmed_since_capacity, confirmed_since_loss, sixteen_from
from policies.found_owing import recorded_on

Connection = Any
PAID_OUT = ("direct_payment", "one_off")


class ToDo(msgspec.Struct, frozen=True):
    """One thing that follows: `count` of `what` for `pence` together, since a day."""

    what: str
    since: date
    count: int
    pence: int
    entries: tuple[int, ...] = ()

    @property
    def done(self) -> bool:
        """Whether nothing of it is left."""
        return self.count == 0


async def what_follows(
    connection: Connection, book_id: int, person: str, standing: Standing, setup: Setup, liabilities: list[LiabilityRead],
    day: date,
) -> list[ToDo]:  # fmt: skip
    """Everything that follows for a person up to a day, done or not; nothing where nothing happened."""
    found = [*_of_consent(standing, setup, day), *await _of_nomination(connection, book_id, person, setup, day)]
    if setup.died_on is not None:
        found += await _of_death(connection, book_id, person, setup, liabilities, setup.died_on)
    return found


def _of_consent(standing: Standing, setup: Setup, day: date) -> list[ToDo]:
    if not any(line.management in PAID_OUT and act != "ended" for line, act in setup.lines.values()):
        return []
    found, sixteen = [], sixteen_from(standing)
    # Who was grown up before they were first asked has nothing to confirm.
    asked_before = setup.consented_on is None or (sixteen is not None and setup.consented_on < sixteen)
    if sixteen is not None and sixteen <= day and asked_before:
        found.append(ToDo("consent_at_sixteen", sixteen, int(not confirmed_at_sixteen(standing, setup, day)), 0))
    if setup.capacity_found_on is not None and setup.capacity_found_on <= day:
        missing = int(not confirmed_since_capacity(setup, day))
        found.append(ToDo("consent_after_capacity", setup.capacity_found_on, missing, 0))
    if setup.capacity_lost_on is not None and setup.capacity_lost_on <= day:
        missing = int(not confirmed_since_loss(setup, day))
        found.append(ToDo("consent_after_loss", setup.capacity_lost_on, missing, 0))
    return found


async def _of_nomination(
    connection: Connection, book_id: int, person: str, setup: Setup, day: date
) -> list[ToDo]:  # fmt: skip
    """A nominee whose nomination was taken back: the commissioner considers whether to stop, and reviews (reg 6, 17(2)). Done once
    somebody else was named since, a review was held since, or what is paid out is being stopped."""
    if not any(line.management in PAID_OUT and act != "ended" for line, act in setup.lines.values()):
        return []
    said = await said_of_person(connection, book_id, person, ["delegation"])
    ended = [row for row in said if row.act == "revoked" and row.attributes.get("role") == "nominee"]
    if not ended:
        return []
    last = ended[-1]
    since = await recorded_on(connection, book_id, last.number)
    if since > day:
        return []
    later = [row for row in said if row.number > last.number and row.act == "granted"]
    named = any(row.attributes.get("scope") == "holder" for row in later)
    reviewed = setup.reviewed.held_on is not None and setup.reviewed.held_on >= since
    lines = [name for name, (line, act) in setup.lines.items() if line.management in PAID_OUT and act != "ended"]
    notices = [await said_of(connection, book_id, f"stop/{name}") for name in lines]
    stopping = all(any(row.number > last.number for row in each) for each in notices)
    return [ToDo("nomination_withdrawn", since, int(not (named or reviewed or stopping)), 0, (last.number,))]


async def _of_death(
    connection: Connection, book_id: int, person: str, setup: Setup, liabilities: list[LiabilityRead], died_on: date
) -> list[ToDo]:  # fmt: skip
    orders = await open_orders(connection, book_id, person)
    # Whatever a line that is paid out keeps is an instalment, decided on or not.
    instalments = [order for order in orders if order.line.management in PAID_OUT]
    later = [
        order for order in orders if order not in instalments and await _is_later(connection, book_id, order, died_on)
    ]
    invoices = await unanswered_invoices(connection, book_id, person, died_on)
    paid_out = {name for name, (line, _) in setup.lines.items() if line.management in PAID_OUT}
    unsaid = {
        name for name in paid_out
        if setup.lines[name][1] != "ended" and not any(each.liability.line == name for each in liabilities)
    }  # fmt: skip
    still_open = [name for name in sorted(paid_out) if setup.lines[name][1] != "ended"]
    in_accounts = await money_in_accounts(connection, book_id, person)
    provided = [each for each in liabilities if each.rest]
    return [
        ToDo("instalments_kept", died_on, len(instalments), _kept(instalments), tuple(order.hold for order in instalments)),
        ToDo("orders_after_death", died_on, len(later), _kept(later), tuple(order.hold for order in later)),
        ToDo("invoices_after_death", died_on, len(invoices), sum(pence for _, pence in invoices),
             tuple(number for number, _ in invoices)),
        ToDo("liabilities_not_said", died_on, len(unsaid), 0),
        ToDo("liabilities_open", died_on, len(provided), sum(each.rest for each in provided),
             tuple(each.stated for each in provided)),
        ToDo("lines_not_ended", died_on, len(still_open), 0),
        ToDo("money_in_accounts", died_on, int(in_accounts > 0), in_accounts),
        ToDo("delegations_open", died_on, len(setup.delegations), 0),
    ]  # fmt: skip


def _kept(orders: list[Order]) -> int:
    return sum(sum(order.remaining.values()) for order in orders)


async def _is_later(connection: Connection, book_id: int, order: Order, died_on: date) -> bool:
    """Whether an order may be for care after a day; one that does not say for which days may be."""
    care_to = (await read_entry(connection, book_id, order.decision)).entry.care_to
    return care_to is None or care_to > died_on
