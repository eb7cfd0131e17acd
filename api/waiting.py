"""What waits for the person themselves: what lacks evidence, which letters went out, what is looked at again."""

from datetime import date

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from api.deciding import check_reach
from api.desk import WireRequest, answer
from api.permissions import Permission
from api.spends import BUDGET
from ledger.book.snapshot import snapshot, span
from ledger.budgets.waiting import Lacking, Letter, LookedAt, read_waiting
from ledger.money import format_amount


class LackingOut(Struct, frozen=True):
    """What asks for evidence: a `bank_line` that nothing explains, a `question` about money that has gone, a `document` that cannot
    be read or is missing (`state`), a `condition` of an approval, to be met by `due`. Evidence is given for the entry `of`."""

    what: str
    number: int
    of: int
    amount: str | None
    on: date | None
    due: date | None
    state: str | None
    words: str | None


class LetterOut(Struct, frozen=True):
    """A notice that was sent: `act` is sent or delivered, `on` its day, `words` are the letter's. `demand` is the entry of what was
    demanded by it, of which `outstanding` is left, null while nothing was."""

    number: int
    about: str
    act: str
    on: date
    reasons: list[str]
    amount: str | None
    pay_by: date | None
    notice_days: int | None
    takes_effect_on: date | None
    words: str | None
    demand: int | None
    outstanding: str | None


class LookedAtOut(Struct, frozen=True):
    """What was asked to be looked at again: `state` is requested, upheld or changed, and `late` whether the answer was. Where a
    plan is to be changed for it, `change_by` is the day, and `changed` whether that has been done; else both are null."""

    number: int
    about: str
    of: int
    received_on: date
    answer_by: date
    state: str
    answered_on: date | None
    late: bool
    words: str | None
    change_by: date | None
    changed: bool | None


class WaitingOut(Struct, frozen=True):
    """What waits for a person, of one moment."""

    book: str
    person: str
    currency: str
    through_entry: int
    evidence: list[LackingOut]
    letters: list[LetterOut]
    looked_at_again: list[LookedAtOut]


def _amount(pence: int | None) -> str | None:
    return None if pence is None else format_amount(pence)


def _lacking(each: Lacking) -> LackingOut:
    return LackingOut(
        each.what, each.number, each.of, _amount(each.pence), each.on, each.due, each.state, each.words
    )  # fmt: skip


def _letter(each: Letter) -> LetterOut:
    notice, demand = each.notice, each.demand
    return LetterOut(
        each.number, notice.about, each.act, each.on, list(notice.reasons), _amount(notice.amount), notice.pay_by,
        notice.notice_days, notice.takes_effect_on, each.words, None if demand is None else demand.number,
        None if demand is None else _amount(demand.outstanding),
    )  # fmt: skip


def _looked_at(each: LookedAt) -> LookedAtOut:
    asked, promise = each.asked, each.promise
    return LookedAtOut(
        each.number, asked.about, asked.of, asked.received_on, asked.answer_by, each.act, each.answered_on, each.late,
        each.words, None if promise is None else promise.due, None if promise is None else promise.is_kept,
    )  # fmt: skip


@get(f"{BUDGET}/waiting", permission=Permission.SEE_BUDGETS, operation_id="readWaiting", tags=["budgets"])
async def waiting(request: WireRequest, book: FromPath[str], person: FromPath[str]) -> Response[WaitingOut]:
    """What waits for the person themselves: evidence that is asked for, letters that were sent, what is looked at again and until
    when. Stops and what follows from them are at `ending`."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        await check_reach(request, connection, row.book_id, person)
        through, _ = await span(connection, row.book_id)
        found = await read_waiting(connection, row.book_id, person)
    return answer(WaitingOut(
        row.code, person, row.currency, through, [_lacking(each) for each in found.lacking],
        [_letter(each) for each in found.letters], [_looked_at(each) for each in found.again],
    ))  # fmt: skip


HANDLERS = [waiting]
