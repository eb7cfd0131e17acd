"""Schedules as they are recorded, and what became of each period: due, asked for, paid, returned, offset or cut.

Whatever is done about a period names it in the register: `line` and `period`, its first day. A decision on an instalment and its
approval do, and so does an entry whose act is `offset` (so much of the period was kept back against money owed, reg 13(4)) or
`cut` (so much was taken off it after notice, reg 13(5)), with an `amount`; of decisions only those that allow count. Money is
paid by the movement whose `because` is such an entry, and comes back by an entry `instalment_returned` whose `of` is that
movement: as much of it is due again as event 33 puts back, for what was explained as care meanwhile stays care.
"""

from collections.abc import Iterable, Sequence, Set
from datetime import date
from typing import Any

import msgspec

from ledger.budgets import store_schedules as store
from ledger.budgets.schedule import Period, Schedule
from ledger.budgets.standing import Said
from ledger.budgets.wording import among, attributes, day_needed, day_of, needed, number_of, subject_name
from ledger.core.requests import Record

Connection = Any
SCHEDULE_ACTS = ("agreed", "changed", "ended")
PAYING = [9, 11, 20, 22, 51]
"""The events by which money of a period goes out."""
RETURN = "33"
OFFSET, CUT, RETURNED = "offset", "cut", "instalment_returned"


class ScheduleNotOnPeriod(ValueError):
    """A schedule that would begin inside a period of the one before it."""

    code = "schedule_not_on_period"


def schedule_recorded(act: str, schedule: Schedule, *, because: int) -> Record:
    """A schedule `agreed`, `changed` from its first day on, or `ended`, stated whole each time: an ended one says in `to` the last
    day on which a period begins. Subject `schedule/{line}`; `because` is the agreement of the line."""
    given = attributes(
        among(act, SCHEDULE_ACTS, "act"), person=schedule.person, line=schedule.line, frequency=schedule.frequency,
        from_=schedule.start, to=schedule.end, amount=schedule.amount, yearly=schedule.yearly, day_count=schedule.day_count,
    )  # fmt: skip
    return Record(kind="schedule", subject=f"schedule/{schedule.line}", because=because, attributes=given)


def schedule_of(said: Said) -> tuple[Schedule, str]:
    """The schedule of a register row, and what was done with it."""
    given = said.attributes
    found = Schedule(
        line=subject_name(said.subject, "schedule"), person=needed(given, "person"), frequency=needed(given, "frequency"),
        start=day_needed(given, "from"), end=day_needed(given, "to"),
        amount=number_of(given, "amount") if "amount" in given else None,
        yearly=number_of(given, "yearly") if "yearly" in given else None, day_count=given.get("day_count"),
    )  # fmt: skip
    return found, among(said.act, SCHEDULE_ACTS, "act")


def periods_after(periods: Sequence[Period], act: str, schedule: Schedule) -> tuple[Period, ...]:
    """The periods of a line once this was done: a change holds from its first day on, and after an end none begins any more; one
    that has begun stays what it was. ScheduleNotOnPeriod unless the change begins where a period does or after the last."""
    if act == "ended":
        return tuple(period for period in periods if period.first <= schedule.end)
    kept = tuple(period for period in periods if period.first < schedule.start)
    if kept and kept[-1].last >= schedule.start:
        raise ScheduleNotOnPeriod
    return (*kept, *schedule.periods())


class PeriodState(msgspec.Struct, frozen=True, kw_only=True):
    """A period and what became of it, in pence. `asked` says that an instalment for it waits for its decision or its payment,
    `closed` that its line has ended and nothing more is paid of it; `payments` are the movements that paid it of which nothing came
    back."""

    period: Period
    paid: int = 0
    returned: int = 0
    offset: int = 0
    cut: int = 0
    asked: bool = False
    closed: bool = False
    payments: tuple[int, ...] = ()

    @property
    def left(self) -> int:
        """What is still due of it: below nothing when more was paid than was due."""
        return self.period.amount - self.paid + self.returned - self.offset - self.cut

    @property
    def is_met(self) -> bool:
        """Whether nothing more may be asked for it."""
        return self.asked or self.closed or self.left <= 0

    @property
    def state(self) -> str:
        """One word for it."""
        if self.asked:
            return "asked"
        if self.left > 0:
            if self.closed:
                return "closed"
            return "returned" if self.returned else "due"
        if self.paid > self.returned:
            return "paid"
        return "offset" if self.offset else "cut"


class Named(msgspec.Struct, frozen=True, array_like=True):
    """An entry that names a period, or the return of a payment; `kept` is what its hold still keeps."""

    number: int
    kind: str
    subject: str
    act: str
    day: date | None
    attributes: dict[str, str]
    kept: int


class Payment(msgspec.Struct, frozen=True, array_like=True):
    """A movement that pays out, which was not reversed: pence that left the commissioner's bank."""

    number: int
    because: int
    event: int
    day: date
    paid: int


class PeriodsRead(msgspec.Struct, frozen=True):
    """What the schedules of some people say, and everything that became of their periods, of one moment. `returns` are the entry
    that recorded a return, and pence that are due again by it; `ended` the lines that have ended."""

    schedules: list[Said]
    named: list[Named]
    payments: list[Payment]
    returns: list[tuple[int, int]]
    ended: list[str] = []

    def lines(self) -> tuple[str, ...]:
        """The lines that have, or had, a schedule."""
        return tuple(dict.fromkeys(schedule_of(said)[0].line for said in self.schedules))

    def periods_of(self, line: str) -> tuple[Period, ...]:
        """The periods of one line, as its schedule stands."""
        periods: tuple[Period, ...] = ()
        for said in self.schedules:
            if said.subject == f"schedule/{line}":
                schedule, act = schedule_of(said)
                periods = periods_after(periods, act, schedule)
        return periods

    def last_of(self, line: str) -> tuple[Schedule, str] | None:
        """The schedule of one line as it was last stated."""
        found = [said for said in self.schedules if said.subject == f"schedule/{line}"]
        return schedule_of(found[-1]) if found else None

    def states_of(self, line: str) -> tuple[PeriodState, ...]:
        """The periods of one line with what became of each."""
        about: dict[date, list[Named]] = {}
        for each in self.named:
            day = day_of(each.attributes, "period")
            if day is not None and each.attributes.get("line") == line:
                about.setdefault(day, []).append(each)
        closed = line in self.ended
        return tuple(self._state(period, about.get(period.first, []), closed) for period in self.periods_of(line))

    def strangers_of(self, line: str) -> tuple[int, ...]:
        """The entries by which something was paid, offset or cut of a period that the line's schedule does not have."""
        firsts = {period.first for period in self.periods_of(line)}
        paying = {payment.because for payment in self.payments}
        return tuple(
            each.number for each in self.named
            if each.attributes.get("line") == line and "period" in each.attributes
            and day_of(each.attributes, "period") not in firsts
            and (each.number in paying or (each.act in (OFFSET, CUT) and _counts(each)))
        )  # fmt: skip

    def instalments_of(self, line: str) -> int:
        """How many instalments of a line that has no schedule wait, were paid and did not come back, or were offset in whole."""
        own = [each for each in self.named if each.kind == "decision" and each.attributes.get("line") == line]
        asked = {each.number for each in own if each.act == "instalment"}
        own = [each for each in own if each.act != "approval" or int(each.attributes["of"]) in asked]
        made_by = {payment.because for payment in self.payments}
        paid = {payment.because for payment, back in self._paid(made_by).items() if not back}
        waiting = {each.number for each in _asked(own)}
        whole = {each.number for each in own if each.act == OFFSET and _counts(each) and each.number not in made_by}
        return len({each.number for each in own} & (paid | waiting | whole))

    def _paid(self, numbers: Set[int]) -> dict[Payment, int]:
        """The payments that these entries are the reason of, and what of each came back."""
        found = {each.number: each for each in self.payments if each.because in numbers}
        paid, back = dict.fromkeys(found.values(), 0), dict(self.returns)
        for each in self.named:
            if each.act == RETURNED and int(each.attributes.get("of", 0)) in found:
                paid[found[int(each.attributes["of"])]] += back.get(each.number, 0)
        return paid

    def _state(self, period: Period, about: Sequence[Named], closed: bool) -> PeriodState:
        paid = self._paid({each.number for each in about})
        return PeriodState(
            period=period, paid=sum(each.paid for each in paid), returned=sum(paid.values()),
            offset=_sum(about, OFFSET), cut=_sum(about, CUT), asked=bool(_asked(about)), closed=closed,
            payments=tuple(each.number for each, back in paid.items() if not back),
        )  # fmt: skip


def _counts(each: Named) -> bool:
    return each.kind != "decision" or each.attributes.get("outcome") == "allow"


def _sum(about: Iterable[Named], act: str) -> int:
    return sum(number_of(each.attributes, "amount") for each in about if each.act == act and _counts(each))


def _asked(about: Sequence[Named]) -> list[Named]:
    """The decisions on an instalment that keep money, and the referrals of one that are not decided yet."""
    decided = {each.attributes["of"] for each in about if each.kind == "decision" and "of" in each.attributes}
    return [
        each for each in about
        if each.kind == "decision" and (
            each.kept > 0
            or (each.act == "instalment" and each.attributes.get("outcome") == "refer" and str(each.number) not in decided)
        )
    ]  # fmt: skip


periods_from = msgspec.json.Decoder(PeriodsRead).decode
"""What `fetch_periods` read."""


async def fetch_periods(connection: Connection, book_id: int, *people: str) -> bytes:
    """The schedules of these people and what became of their periods, in one statement. Role phb_reader, the book set."""
    text: str = await connection.fetchval(store.PERIODS, book_id, list(people), PAYING, RETURN)
    return text.encode()


async def read_periods(connection: Connection, book_id: int, *people: str) -> PeriodsRead:
    """The same, read."""
    return periods_from(await fetch_periods(connection, book_id, *people))
