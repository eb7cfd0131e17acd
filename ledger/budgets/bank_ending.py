"""Matches of bank lines that end: with what they rest on, when that is undone, or because somebody says that they were wrong."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ledger.budgets.bank_reading import BankLine, lines_of_holder
from ledger.budgets.bank_records import SETTLED_BY_MATCH, match_ended
from ledger.budgets.chart import account
from ledger.budgets.facts import bank_line_taken
from ledger.budgets.standing import Said, read_standing
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest

Connection = Any


async def matches_ended(
    connection: Connection, book_id: int, person: str, source: Said, undone: Mapping[str, int], *, effective_on: date
) -> tuple[tuple[AnyRequest, ...], tuple[Guard, ...]]:
    """The ends of the matches that rest on `source`, which is undone in the same group, and what goes with them; where none does,
    only the guard that none has come meanwhile. What such a line took of our money is money without evidence again (event 13), as
    far as it is there once the legs `undone` (account code → pence) are taken back."""
    standing = await read_standing(connection, book_id, person)
    lines = [each for each in await lines_of_holder(connection, book_id, person, None) if _rests_on(each, source)]
    requests: list[AnyRequest] = []
    # A match moves the person's version.
    guards = [Guard(f"person/{person}", standing.version)]
    left = {code: pence - undone.get(code, 0) for code, pence in standing.balances.items()}
    for line in lines:
        guards.append(Guard(f"bank_match/{line.number}", line.match or 0))
        requests += line_opened(person, line, left, because=source.number, reason=None, effective_on=effective_on)
        code = account("advance", person=person, holder_account=line.account).code
        # Nothing is posted anew for what came in.
        left[code] = left.get(code, 0) - min(max(0, -line.pence), max(0, left.get(code, 0)))
    return tuple(requests), tuple(guards)


def line_opened(
    person: str, line: BankLine, balances: Mapping[str, int], *, because: int, reason: str | None, effective_on: date
) -> tuple[AnyRequest, ...]:  # fmt: skip
    """The end of the match of a line, and of what a match had settled, money without evidence again (event 13): as much of it as
    the account has by `balances` (account code → pence). The end comes first, for what is posted anew is found behind it."""
    ended = match_ended(line=line.number, person=person, amount=abs(line.pence), holder_account=line.account,
                        was=line.matched or "", of=line.of, because=because, reason=reason)  # fmt: skip
    if line.matched not in SETTLED_BY_MATCH or line.pence > 0:
        return (ended,)
    code = account("advance", person=person, holder_account=line.account).code
    anew = bank_line_taken(amount=-line.pence, person=person, holder_account=line.account, in_account=balances.get(code, 0),
                           effective_on=effective_on, because=line.number)  # fmt: skip
    return (ended, *anew)


def _rests_on(line: BankLine, source: Said) -> bool:
    """A line that an order was matched to names the order; what was accepted of that names the line."""
    if line.matched == "order":
        return source.attributes.get("bank_line") == str(line.number)
    return line.matched in SETTLED_BY_MATCH and line.of == source.number
