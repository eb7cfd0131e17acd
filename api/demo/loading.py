"""Loads the demo's people into their book: many people at once, each one's year in order, every spend through the gate.

Each step has a key made from seed, day and place. So a load that was killed half way is gone through again from the start: what
was done is replayed from the book, and what was not is done.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, timedelta
from hashlib import sha256
from itertools import count
from typing import Any, NamedTuple

import msgspec

from api.demo import cast
from api.demo.cast import BANK, MACHINE, SOURCE, Span, staff
from api.demo.people import LinePlan, Person
from ledger.book.writer import Writer
from ledger.budgets import acts, chart, funds, offers, payees, people, plans
from ledger.budgets.drafts import Draft, DraftLine
from ledger.budgets.shares import Share
from ledger.budgets.wording import detail_of
from ledger.core.batch import Outcome
from ledger.core.calendar import period_days
from ledger.core.model import Asked, Item
from ledger.core.refusals import Refusal
from ledger.core.requests import AnyRequest, OpenAccounts, Record
from policies import paying, publishing
from policies.contacting import contacts_set
from policies.gate import Decided, Gate, Sender
from policies.paying import MOST_INVOICES

PARTNERS = {fund.fund: fund.partner for fund in cast.FUNDS}
AT_ONCE = 64
CLEARED_DAYS = 2
PATIENCE_SECONDS = 120.0
ROUNDED_TO = 10_000_00
"""Funds are granted in whole ten thousands of pounds."""
SPARE = 5_000_00
"""What a fund has at least beyond the first versions of all plans, for later ones."""


class DemoRefused(RuntimeError):
    """The ledger refused a step that sets the demo up: the mistake is ours."""

    def __init__(self, place: str, refusal: Refusal) -> None:
        super().__init__(f"{place}: {refusal.code}: {refusal.sentence}")


class Tally(msgspec.Struct):
    """What was counted while loading."""

    allocations: int = 0
    decisions: Counter[str] = msgspec.field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    answers: Counter[str] = msgspec.field(default_factory=Counter)
    refused: Counter[str] = msgspec.field(default_factory=Counter)

    def count(self, decided: Decided) -> Outcome:
        """The outcome, counted: a decision of the gate with its reasons, or the no of the ledger."""
        outcome = decided.outcome
        if outcome.refusal is not None:
            self.refused[outcome.refusal.code] += 1
            return outcome
        given = outcome.entries[0]
        if given.kind == "decision" and given.attribute("act") != "approval":
            said = given.attribute("outcome") or ""
            self.decisions[said] += 1
            for name, value in given.attributes:
                if name.startswith(("finding.", "review.")):
                    self.reasons["review" if name.startswith("review.") else said, value] += 1
        return outcome


class Due(NamedTuple):
    """An accepted invoice that is to be paid by a day; `number` is its acceptance."""

    payee: str
    on: date
    subject: str
    number: int


class Loader:
    """Does the steps of the demo once each, however often it is run."""

    def __init__(self, *, prefix: str, book_id: int, writer: Writer, gate: Gate, salt: Callable[[], bytes]) -> None:
        self.book_id = book_id
        self.writer = writer
        self.gate = gate
        self.salt = salt
        self.tally = Tally()
        self.due: list[Due] = []
        self.paid_out: Counter[str] = Counter()
        self._prefix = prefix

    def sender(self, place: str, asked: Asked) -> Sender:
        """Who does the step at a place of the demo, under the key of that step."""
        digest = sha256(f"{self._prefix}/{place}".encode()).digest()
        return Sender(asked, digest[:16], digest[16:32])

    async def must(self, place: str, asked: Asked, *requests: AnyRequest, other_than: tuple[int, ...] = ()) -> Outcome:
        """A step that sets something up, and so may not be refused. DemoRefused."""
        sender = self.sender(place, asked)
        item = Item(requests=requests, asked=asked, key=sender.key, prints=sender.prints, other_than=other_than)
        outcome = await self.writer.submit(item, PATIENCE_SECONDS)
        if outcome.refusal is not None:
            raise DemoRefused(place, outcome.refusal)
        return outcome

    async def begin(self, about: Record) -> None:
        """What the demo is of, as the book's second entry, and the rules that it is decided by: their files are kept, and another
        puts them in force than drafted them."""
        bundle = self.gate.engine.bundle
        await self.must("begun", MACHINE, about)
        draft = await self.must("rules/drafted", staff("officer", 1), publishing.record_of_draft(bundle, self.salt()))
        active = publishing.record_from_the_first(bundle, draft.number)
        await self.must("rules", staff("officer", 0), active, other_than=(draft.number,))

    async def funds(self, span: Span, everybody: Iterable[Person]) -> None:
        """The funds with what they need for their people, and the cash that was drawn down."""
        needed: Counter[tuple[str, str]] = Counter()
        for person in everybody:
            for line in person.lines:
                for share, year, amount in _parts(line):
                    needed[share.fund, year] += amount
        own = ("bank", "in_transit")
        bank = OpenAccounts(
            accounts=(*(chart.account(each, account=BANK) for each in own), chart.account("funding", source=SOURCE))
        )
        await self.must("bank", staff("finance", 0), bank)
        for fund in cast.FUNDS:
            partner = (funds.partner_opened(fund.partner),) if fund.partner else ()
            await self.must(f"fund/{fund.fund}", staff("finance", 0), *funds.fund_opened(fund, span.years), *partner)
            for year in span.years:
                amount = -(-(needed[fund.fund, year] + SPARE) // ROUNDED_TO) * ROUNDED_TO
                first = period_days(year)[0]
                if not needed[fund.fund, year] or fund.kind == "contribution":
                    continue
                await self.must(f"granted/{fund.fund}/{year}", staff("finance", 1),
                                acts.fund_granted(fund=fund.fund, year=year, amount=amount, effective_on=first))  # fmt: skip
                if fund.kind != "partner":
                    drawn = acts.cash_drawn_down(source=SOURCE, bank=BANK, amount=amount, effective_on=first)
                    await self.must(f"drawn/{fund.fund}/{year}", staff("finance", 2), drawn)

    async def payees(self) -> None:
        """Everybody who may be paid, approved by another than registered them; and those who may not be."""
        for turn, each in enumerate(cast.payees()):
            name = detail_of(self.salt(), {"name": each.name})
            place = f"payee/{each.payee.payee}"
            made = await self.must(
                place, staff("officer", turn), payees.payee_recorded("registered", each.payee, detail=name)
            )
            if each.stands != "registered":
                opened = (payees.payable_opened(each.payee.payee),) if each.stands == "approved" else ()
                said = payees.payee_recorded(each.stands, each.payee, because=made.number)
                await self.must(f"{place}/stands", staff("finance", turn), said, *opened, other_than=(made.number,))

    async def contacts(self, span: Span) -> None:
        """Whom explanations name for help."""
        named = contacts_set(cast.CONTACTS, since=span.first, salt=self.salt())
        await self.must("contacts", staff("officer", 0), named)

    async def budget(self, person: Person) -> None:
        """A person, their plan signed by another than drafted it, its lines and their money."""
        at, turn = f"person/{person.index}", person.index
        groups = people.groups_detail(self.salt(), person.groups)
        account = () if person.account is None else people.holder_account_recorded(
            "registered", holder_account=person.account, person=person.ref,
            detail=detail_of(self.salt(), {"name": "Made-up account"}),
        )  # fmt: skip
        known_since = person.plan.start
        made = await self.must(
            at, staff("registrar", turn), people.person_recorded("registered", person=person.ref, detail=groups),
            people.person_recorded("consent_given", person=person.ref, on=known_since),
            people.delegation_recorded("granted", person.delegation), offers.offer_recorded(person.offer), *account,
        )  # fmt: skip
        if person.account is not None and person.account_approved:
            about: dict[str, Any] = {"holder_account": person.account, "person": person.ref, "because": made.number}
            once = await self.must(
                f"{at}/account", staff("finance", turn), people.holder_account_said("approved_once", **about),
                other_than=(made.number,),
            )  # fmt: skip
            await self.must(
                f"{at}/account/approved", staff("finance", turn + 1), *people.holder_account_recorded("approved", **about),
                other_than=(made.number, once.number),
            )  # fmt: skip
        lines = tuple(DraftLine(each.line, *self._words(each), each.allocations) for each in person.lines)
        draft = Draft("What matters to me", "Made-up words.", lines)
        drafted = await self.must(
            f"{at}/drafted", staff("officer", turn),
            plans.plan_recorded("drafted", person.plan, detail=draft.detail(self.salt())),
        )  # fmt: skip
        signed = [plans.plan_recorded("signed", person.plan, because=drafted.number)]
        requests: list[AnyRequest] = [*signed]
        for line in person.lines:
            requests += self._agreed(line)
        await self.must(f"{at}/signed", staff("officer", turn + 1), *requests, other_than=(drafted.number,))

    def _words(self, line: LinePlan) -> tuple[str, str]:
        """Made-up words of the person for a line: a title and a description."""
        [*others, last] = [self.gate.engine.bundle.services[each].name for each in line.line.services]
        return last if not others else f"{', '.join(others)} and {last}", "Made-up words for what this is to do for me."

    def _agreed(self, line: LinePlan) -> list[AnyRequest]:
        """A line with its shares opened and its money allocated; `because` is the plan, the first of the group."""
        title, description = self._words(line)
        words = plans.plan_detail(self.salt(), title=title, description=description)
        made: list[AnyRequest] = [plans.line_recorded("agreed", line.line, because=-1, detail=words)]
        for year, amount in line.allocations:
            shares = [plans.share_of(line.line, each, year, partner=PARTNERS[each.fund]) for each in line.line.shares]
            opened = [request for share in shares for request in plans.share_opened(share)]
            on = max(line.line.start, period_days(year)[0])
            given = [share for share in shares if share.kind != "contribution"]
            made += [*opened, acts.allocated(amount=amount, shares=given, effective_on=on, because=-1)]
            self.tally.allocations += 1
            if line.contributed:
                made += _contributed(line, shares[-1])
        return made

    async def pay(self, span: Span) -> None:
        """What is due is paid, payee by payee and month by month, by somebody who accepts no invoices; the bank follows."""
        runs: dict[tuple[str, str], list[Due]] = {}
        for due in sorted(each for each in self.due if each.on <= span.as_of):
            runs.setdefault((due.payee, due.on.strftime("%Y-%m")), []).append(due)
        for turn, ((payee, month), dues) in enumerate(sorted(runs.items())):
            for first in range(0, len(dues), MOST_INVOICES):
                await self._run(f"{payee}.{month}.{first}", turn, payee, dues[first : first + MOST_INVOICES], span)
        for month, amount in sorted(self.paid_out.items()):
            on = min(period_days(month)[1], span.as_of)
            cleared = acts.payment_cleared(amount=amount, bank=BANK, effective_on=on)
            await self.must(f"instalments/{month}", staff("treasury", 0), cleared)

    async def _run(self, run: str, turn: int, payee: str, dues: list[Due], span: Span) -> None:
        on = max(due.on for due in dues)
        paid = await self.gate.carry_out(
            lambda connection: paying.pay(
                connection, self.book_id, run=run, payee=payee, bank=BANK, invoices=[due.number for due in dues],
                effective_on=on,
            ),
            self.sender(f"run/{run}", staff("treasury", turn)), PATIENCE_SECONDS, person=payee,
        )  # fmt: skip
        number, cleared_on = self.tally.count(paid).number, on + timedelta(days=CLEARED_DAYS)
        if paid.outcome.refusal is None and cleared_on <= span.as_of:
            await self.gate.carry_out(
                lambda connection: paying.clear_payment(connection, self.book_id, number=number, effective_on=cleared_on),
                self.sender(f"cleared/{run}", staff("treasury", turn + 1)), PATIENCE_SECONDS, person=payee,
            )  # fmt: skip


def _contributed(line: LinePlan, share: Share) -> list[AnyRequest]:
    return [
        *funds.contribution_opened(share),
        acts.contribution_received(
            amount=line.contributed, share=share, bank=BANK, effective_on=line.line.start, because=-1
        ),
    ]


def _parts(line: LinePlan) -> Iterable[tuple[plans.LineShare, str, int]]:
    """At most what each share of a line gets in each year: parts round up."""
    given = [share for share in line.line.shares if share.kind != "contribution"]
    weights = sum(share.weight for share in given)
    return [(share, year, -(-amount * share.weight // weights)) for year, amount in line.allocations for share in given]


async def all_at_once(work: Sequence[Callable[[], Awaitable[None]]], progress: Callable[[int, int], None]) -> None:
    """All of it, so many at a time; `progress` is called after each with (done, in all)."""
    turn, done = asyncio.Semaphore(AT_ONCE), count(1)

    async def one(job: Callable[[], Awaitable[None]]) -> None:
        async with turn:
            await job()
            progress(next(done), len(work))

    async with asyncio.TaskGroup() as group:
        for job in work:
            group.create_task(one(job))
