"""What clients get back about a budget that ends: notices, liabilities, and what is still to be done."""

from datetime import date

from msgspec import Struct, field

from ledger.budgets.endings import LiabilityRead
from ledger.budgets.standing import Said
from ledger.budgets.wording import content_of
from ledger.money import format_amount
from policies.ending import Notice
from policies.following import ToDo


class StopOut(Struct, frozen=True):
    """A stop of a line: `state` is stop_notified, stop_made or stop_withdrawn; `reconsideration` what became of the one that may be
    asked for, null if nobody has."""

    number: int
    line: str
    ground: str
    notified_on: date
    ends_on: date
    alternative: str
    state: str
    reconsideration: str | None


class LiabilityOut(Struct, frozen=True):
    """A liability that came over, or may: `rest` is what is still provided for. `computed` is what the statutory rule comes to,
    where it was asked; `working` and `reason` are in words, null once erased."""

    number: int
    line: str
    class_: str = field(name="class")
    amount: str
    state: str
    paid: str
    unused: str
    rest: str
    computed: str | None
    working: str | None
    reason: str | None


class ToDoOut(Struct, frozen=True):
    """Something that follows from a death, a birthday, capacity lost or regained or a nomination withdrawn; `entries` are the
    holds, invoices, liabilities or the withdrawal meant."""

    what: str
    since: date
    count: int
    amount: str
    entries: list[int]
    done: bool


class EndingOut(Struct, frozen=True):
    """Everything about the end of a budget, of one moment."""

    book: str
    person: str
    currency: str
    through_entry: int
    stops: list[StopOut]
    liabilities: list[LiabilityOut]
    to_do: list[ToDoOut]


class StoppingOut(Struct, frozen=True):
    """A stop among all of a book: `stated` is what liabilities ask for that nobody has answered, `provided` what is provided for;
    `days_left` counts to the last day of the payments."""

    number: int
    person: str
    line: str
    ground: str
    notified_on: date
    ends_on: date
    days_left: int
    state: str
    reconsideration: str | None
    stated: str
    provided: str


class StopsOut(Struct, frozen=True):
    """The stops of a book, of one moment, the first to end first."""

    book: str
    currency: str
    through_entry: int
    stops: list[StoppingOut]


def stop_out(notice: Notice) -> StopOut:
    """A stop as it is answered."""
    stop = notice.stop
    said: Said | None = notice.reconsidered[-1] if notice.reconsidered else None
    return StopOut(notice.number, stop.line, stop.ground, stop.notified_on, stop.ends_on, stop.alternative, notice.act,
                   None if said is None else said.act)  # fmt: skip


def liability_out(read: LiabilityRead, detail: bytes | None) -> LiabilityOut:
    """A liability as it is answered."""
    owed, words = read.liability, {} if detail is None else content_of(detail)
    state = "accepted" if read.accepted is not None else "declined" if read.declined else "stated"
    return LiabilityOut(
        read.stated, owed.line, owed.klass, format_amount(owed.amount), "settled" if state == "accepted" and not read.rest else
        state, format_amount(read.paid), format_amount(read.unused), format_amount(read.rest),
        None if read.computed is None else format_amount(read.computed), words.get("working"), words.get("reason"),
    )  # fmt: skip


def to_do_out(to_do: ToDo) -> ToDoOut:
    """Something to be done as it is answered."""
    return ToDoOut(to_do.what, to_do.since, to_do.count, format_amount(to_do.pence), list(to_do.entries), to_do.done)
