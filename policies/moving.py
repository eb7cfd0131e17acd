"""A person moves between commissioners: what the old one gives up and is owed, and what the new one takes over and pays.

A line that ends because of it goes through the rules, and another person makes sure that the care goes on there. Nothing else here
needs a verdict: the plan of the new commissioner says what its budget is.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.book.statements import read_entry
from ledger.budgets import moves
from ledger.budgets.acts import authority_given_back, hold_released
from ledger.budgets.bank_reading import lines_of_holder
from ledger.budgets.bank_records import MOVED, match_recorded
from ledger.budgets.chart import account, person_account
from ledger.budgets.endings import open_orders, shares_left, with_released
from ledger.budgets.foreseen import BANK_LINES, foresee
from ledger.budgets.owing import question_recorded
from ledger.budgets.plans import Line, line_recorded
from ledger.budgets.presence import which_are_open
from ledger.budgets.reading import funds_of, said_at, said_of, setup_of, shares_of
from ledger.budgets.shares import Share
from ledger.budgets.standing import Standing, read_rules, read_standing
from ledger.budgets.taken_back import questions_of, taken_back
from ledger.budgets.year_end import ends_of
from ledger.core.calendar import year_of
from ledger.core.canon import Entry
from ledger.core.model import MAX_GROUP, Guard
from ledger.core.requests import AnyRequest
from policies.bearing import carried_now
from policies.facts_ending import Ending
from policies.gate import Decided, Gate, NotPaidOut, Sender
from policies.judging import Case, judge
from policies.paying import who_may_not_pay
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any
MOVES_OUT = Ending(
    act="move_out", must_stop=False, ground_shown=True, reasons_given=True, care_goes_on=True, notice_days=0, limit_notice_days=0,
    agreed_notice_days=0, notice_backdated_days=0, notice_may_be_short=True,
)  # fmt: skip
"""What the rules are told of a move: of the facts of a stop they ask none, and a person is asked."""


async def _line(connection: Connection, book_id: int, person: str, line: str) -> tuple[Standing, Line, str]:
    standing = await read_standing(connection, book_id, person)
    setup = setup_of(standing.said)
    if not setup.registered:
        raise NotThere("person_unknown")
    if line not in setup.lines:
        raise NotThere("line_unknown")
    found = setup.lines[line][0]
    if found.management not in ("direct_payment", "one_off") or found.holder_account is None:
        raise NotPaidOut
    return standing, found, found.holder_account


class _Out(NamedTuple):
    """What goes, in pence, what is done about it after the decision, and what that rests on."""

    pence: int
    requests: tuple[AnyRequest, ...]
    guards: tuple[Guard, ...]


async def move_out(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, line: str, book: str, amount: int, effective_on: date,
    move: str, approved: int = 0,
) -> Decided:  # fmt: skip
    """Moves a person out with a line, once another person has approved it: see `_moved_out`, whose noes these are."""

    async def look(connection: Connection) -> Case:
        await foresee(
            connection, entries=(approved,), kinds=("evidence", "notice"), orders=True, parts=(BANK_LINES,),
            accounts=(f"receivable/commissioner/{book}/",),
        )  # fmt: skip
        out = await _moved_out(connection, gate.book_id, person=person, line=line, book=book, amount=amount,
                               effective_on=effective_on, move=move)  # fmt: skip
        return Case(
            sheet=MOVES_OUT, act="move_out", person=person, line=line, amount=out.pence, effective_on=effective_on,
            requests=out.requests, guards=out.guards, approved=approved, stated={"book": book},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=person)


async def _moved_out(
    connection: Connection, book_id: int, *, person: str, line: str, book: str, amount: int, effective_on: date, move: str
) -> _Out:  # fmt: skip
    """The line ends: what is held goes back (event 30), its authority and contingency to the funds (35), and the new commissioner
    owes for the money in the holder's account (40). `amount` is the cash in hand in pence, as the account has it; what of the
    account is in suspense goes along with the last of its lines, once, and by an entry for each line that it is advanced to: those
    that ended before included; what waits about the account ends with it. NotThere, NotPaidOut; CannotApportion when the lines were
    not paid so much; NotSettled(line_ended, nothing_moves, move_too_large)."""
    standing, found, holder_account = await _line(connection, book_id, person, line)
    lines = setup_of(standing.said).lines
    if lines[line][1] == "ended":
        raise NotSettled("line_ended")
    sharing = [
        (other, act) for other, act in lines.values() if other.line != line and other.holder_account == holder_account
    ]
    goes, is_last = moves.Moved(amount), all(act == "ended" for _, act in sharing)
    if is_last:
        goes = moves.Moved(amount, **{
            klass: standing.balances.get(account(klass, person=person, holder_account=holder_account).code, 0)
            for klass in moves.SUSPENSE
        })  # fmt: skip
    if not sum(goes):
        raise NotSettled("nothing_moves")
    made: list[AnyRequest] = []
    code = account("receivable/commissioner", book=book, person=person).code
    if not await which_are_open(connection, book_id, [code]):
        made.append(person_account("receivable/commissioner", person=person, book=book))
    orders = await open_orders(connection, book_id, person, line)
    balances = with_released(standing.balances, orders)
    shares = await shares_left(connection, book_id, found, balances, day=effective_on)
    gone = [await shares_left(connection, book_id, other, balances, day=effective_on) for other, _ in sharing]
    goers = [(part, of) for part, of in zip(_borne(goes, shares, gone), (shares, *gone), strict=True) if sum(part)]
    transfers = [
        moves.Transfer(subject=f"move/{move}{f'.{of[0].line}' if place else ''}", person=person, line=of[0].line, book=book,
                       amount=sum(part), holder_account=holder_account)
        for place, (part, of) in enumerate(goers)
    ]  # fmt: skip
    made.append(moves.transfer_recorded("moved_out", transfers[0], because=-1))
    # The decision is the first of the group.
    moved = -1 - len(made)
    made.append(line_recorded("ended", found, because=moved))
    made += [
        hold_released(hold=order.hold, shares=order.shares, effective_on=effective_on, because=order.decision)
        for order in orders
    ]
    back = authority_given_back(shares=shares, effective_on=effective_on, because=-2 - len(made))
    if back is not None:
        returned = msgspec.structs.replace(
            transfers[0], line=line, amount=-sum(min(0, leg.amount) for leg in back.legs)
        )
        made += [moves.transfer_recorded("authority_returned", returned, because=moved), back]
    stated: Any = {"holder_account": holder_account, "book": book, "effective_on": effective_on}
    for transfer, (part, of) in list(zip(transfers, goers, strict=True))[1:]:
        made.append(moves.transfer_recorded("moved_out", transfer, because=moved))
        made.append(moves.moved_out(amount=part, shares=of, because=-1 - len(made), **stated))
    asked, guards = await _answered_there(connection, book_id, person, holder_account, moved) if is_last else ((), ())
    made += [*asked, moves.moved_out(amount=goers[0][0], shares=goers[0][1], because=moved, **stated)]
    if len(made) >= MAX_GROUP:
        raise NotSettled("move_too_large")
    return _Out(sum(goes), tuple(made), (*(Guard(each.subject, 0) for each in transfers), *guards))


async def _answered_there(
    connection: Connection, book_id: int, person: str, holder_account: str, moved: int
) -> tuple[Sequence[AnyRequest], Sequence[Guard]]:
    """Ends what waits about a holder's account here because of the move: what is open of each question, and of each line of the
    bank that went out and is not explained. The other commissioner asks."""
    made: list[AnyRequest] = []
    guards = []
    for each in await questions_of(connection, book_id, person):
        if each.question.holder_account == holder_account and each.open > 0:
            made.append(question_recorded("question_moved", each.question, each.open, because=moved))
            guards.append(Guard(each.question.subject, each.version))
    for line in await lines_of_holder(connection, book_id, person, holder_account):
        if line.pence > 0 or not line.is_open:
            continue
        left = -line.pence - line.explained - (await taken_back(connection, book_id, person, line.number)).total
        if left > 0:
            made.append(match_recorded(line=line.number, person=person, amount=left, holder_account=holder_account, to=MOVED,
                                       of=None, because=moved))  # fmt: skip
            guards.append(Guard(f"bank_match/{line.number}", line.match or 0))
    return made, guards


def _borne(goes: moves.Moved, own: Sequence[Share], gone: Sequence[Sequence[Share]]) -> list[moves.Moved]:
    """What of the money each line bears, the one that moves first. What no line was advanced stays with that one, where the split
    refuses it."""
    parts = []
    for shares in (own, *gone):
        part, goes = goes.within(sum(max(0, share.advanced) for share in shares))
        parts.append(part)
    parts[0] = moves.Moved(*(mine + over for mine, over in zip(parts[0], goes, strict=True)))
    return parts


async def _transfer(connection: Connection, book_id: int, person: str, number: int, act: str) -> moves.Transfer:
    said = await said_at(connection, book_id, number)
    if said is None or said.act != act or said.kind != "notice" or said.attributes.get("person") != person:
        raise NotSettled("move_not_found")
    if any(row.act == f"{act}_settled" for row in await said_of(connection, book_id, said.subject)):
        raise NotSettled("move_settled")
    return moves.transfer_of(said.subject, said.attributes)[0]


async def settle_move_out(
    connection: Connection, book_id: int, *, person: str, number: int, bank: str, effective_on: date
) -> Resolution:  # fmt: skip
    """The new commissioner has paid (event 41), once: told by another than moved the person out. `number` is the entry of the move.
    NotSettled(move_not_found, move_settled)."""
    standing = await read_standing(connection, book_id, person)
    await foresee(connection, entries=(number,), subjects=ends_of(standing.balances))
    transfer = await _transfer(connection, book_id, person, number, "moved_out")
    standing, found, _ = await _line(connection, book_id, person, transfer.line)
    [posted] = [
        entry for entry in await _group_of(connection, book_id, number) if entry.event == 40 and entry.because == number
    ]
    legs = dict(posted.legs)
    shares = await shares_left(connection, book_id, found, standing.balances, day=effective_on)
    gave = [(share, legs[code]) for share in shares if (code := share.code("recovering")) in legs]
    now, borne = await carried_now(connection, book_id, gave, shares, "recovering")
    settled = moves.transfer_recorded("moved_out_settled", transfer, because=number)
    money = moves.moved_out_settled(borne=borne, shares=now, book=transfer.book, bank=bank, effective_on=effective_on,
                                    because=-1)  # fmt: skip
    last = (await said_of(connection, book_id, transfer.subject))[-1].number
    return Resolution(
        (settled, money), (Guard(transfer.subject, last), Guard(f"person/{person}", standing.version)), (number,)
    )


async def _group_of(connection: Connection, book_id: int, number: int) -> list[Entry]:
    """The entries that follow a move in its group: none is further from it than the holds of a line and a few more."""
    found: list[Entry] = []
    for each in range(number + 1, number + 200):
        entry = (await read_entry(connection, book_id, each)).entry
        found.append(entry)
        if entry.event == 40 and entry.because == number:
            return found
    return found


async def move_in(
    connection: Connection, book_id: int, *, person: str, line: str, entry: Entry, leaf: str, book: str, payee: str,
    effective_on: date,
) -> Resolution:  # fmt: skip
    """Takes over the cash that an entry of another book says came with the person (event 42), and what of it is in suspense, which
    is open here (13, 14): its receipt was checked. Once for each entry; the plan here has been signed and given its money before.
    NotThere, NotPaidOut, Malformed(not_moved_here); NotSettled(payee_not_approved, move_known)."""
    amount = moves.moved_to(entry, book)
    standing, found, holder_account = await _line(connection, book_id, person, line)
    await foresee(connection, subjects=(payee, moves.in_subject(entry.book, entry.number)))
    if not any(row.act == "approved" for row in await said_of(connection, book_id, payee)):
        raise NotSettled("payee_not_approved")
    subject = moves.in_subject(entry.book, entry.number)
    if await said_of(connection, book_id, subject):
        raise NotSettled("move_known")
    transfer = moves.Transfer(
        subject=subject, person=person, line=line, book=entry.book, amount=sum(amount), holder_account=holder_account,
        entry=entry.number, leaf=leaf, payee=payee,
    )  # fmt: skip
    funds = funds_of((await read_rules(connection, book_id)).funds)
    shares = shares_of(found, year_of(effective_on), funds, standing.balances, effective_on)
    money = moves.moved_in(amount=transfer.amount, shares=shares, holder_account=holder_account, payee=payee,
                           effective_on=effective_on, because=-1)  # fmt: skip
    open_here, subjects = moves.in_suspense(
        amount, transfer, on=entry.effective_on or effective_on, effective_on=effective_on, position=3
    )
    return Resolution(
        (moves.transfer_recorded("moved_in", transfer), money, *open_here),
        (*(Guard(each, 0) for each in (subject, *subjects)), Guard(f"person/{person}", standing.version)),
    )


async def settle_move_in(
    connection: Connection, book_id: int, *, person: str, number: int, bank: str, effective_on: date
) -> Resolution:  # fmt: skip
    """Pays the old commissioner (event 42, settled), once, by another than took the move over or registered the payee.
    NotSettled(move_not_found, move_settled), and the noes of `who_may_not_pay`."""
    await foresee(connection, entries=(number,))
    transfer = await _transfer(connection, book_id, person, number, "moved_in")
    payee = transfer.payee or ""
    others = {number, *await who_may_not_pay(connection, book_id, payee)}
    settled = moves.transfer_recorded("moved_in_settled", transfer, because=number)
    money = moves.moved_in_settled(amount=transfer.amount, payee=payee, through=account("in_transit", account=bank).code,
                                   effective_on=effective_on, because=-1)  # fmt: skip
    return Resolution((settled, money), (Guard(transfer.subject, number),), tuple(sorted(others)))
