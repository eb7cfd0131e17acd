"""A book with people, plans and payees, and gates in front of it: what a promise of the gate needs in a few words."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import asyncpg

from ledger.book.database import BY_KEY
from ledger.budgets import acts, funds, payees, people, plans
from ledger.budgets.identities import IDENTITIES
from ledger.core.batch import Outcome
from ledger.core.calendar import london_day
from ledger.core.model import Asked, Item
from ledger.core.requests import AnyRequest, Record
from policies.engine import Engine
from policies.gate import Decided, Gate, Sender
from policies.resolution import Writes
from policies.sheets import Wanted
from tests import kit
from tests.book.history import Clock

PHB = "phb"
ALICE, BOB, CAROL = (Asked(PHB, name, None, "officer") for name in ("alice", "bob", "carol"))
HOLDER = Asked("portal", "holder", None, "self")
DAY = date(2025, 6, 2)
YEAR = "2025-26"
START, END = date(2025, 4, 1), date(2026, 3, 31)
NHS = (plans.LineShare("nhs", "ring_fenced", 1),)
JOINT = (plans.LineShare("nhs", "ring_fenced", 60), plans.LineShare("council", "partner", 40))
SERVICES = ("home_care", "exercise")


def sender(asked: Asked = HOLDER, key: bytes | None = None, prints: bytes = b"p" * 8) -> Sender:
    """Who asks, under a random key unless one is given."""
    return Sender(asked, os.urandom(16) if key is None else key, prints)


class Budget:
    """One person with one signed plan and one line."""

    def __init__(self, person: str, plan: plans.PlanVersion, line: plans.Line, signed: int) -> None:
        self.person = person
        self.plan = plan
        self.line = line
        self.signed = signed

    def wants(self, amount: int, **more: Any) -> Wanted:
        """So many pence of home care from the provider A1 on the accounting day of these tests."""
        given = {
            "act": "spend",
            "service": "home_care",
            "effective_on": DAY,
            "payee": "A1",
            "line": self.line.line,
            **more,
        }
        return Wanted(person=self.person, amount=amount, **given)

    def shares(self, balances: dict[str, int] | None = None) -> tuple[Any, ...]:
        """The line's shares in the year of these tests."""
        return tuple(share_of(self.line, share, balances) for share in self.line.shares)

    def suspended(self) -> Record:
        """The plan suspended."""
        return plans.plan_recorded("suspended", self.plan, because=self.signed)


def share_of(line: plans.Line, share: plans.LineShare, balances: dict[str, int] | None = None) -> Any:
    """One share of a line in the year of these tests."""
    return plans.share_of(line, share, YEAR, partner="council" if share.kind == "partner" else None, balances=balances)


class Scene:
    """The book, its writer, and whatever reads from it. Times are those of a clock that can be moved."""

    def __init__(self, book: kit.Book, writer: Writes, engine: Engine, pool: Any, clock: Clock) -> None:
        self.book = book
        self.writer = writer
        self.engine = engine
        self.clock = clock
        self._pool = pool
        self._made = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Any]:
        """A connection as the gate has it."""
        async with self._pool.acquire() as connection:
            yield connection

    def today(self) -> date:
        """The accounting day now."""
        return london_day(self.clock())

    def gate(self, writer: Writes | None = None, engine: Engine | None = None, reading: Any = None) -> Gate:
        """A gate of its own, as each process has one."""
        return Gate(
            engine=engine or self.engine, book_id=self.book.book_id, book=self.book.code, writer=writer or self.writer,
            reading=reading or self.reading, clock_us=self.clock, today=self.today, salt=lambda: os.urandom(16),
        )  # fmt: skip

    async def do(self, *requests: AnyRequest, asked: Asked = ALICE, **more: Any) -> Outcome:
        """Submit what has to succeed."""
        given = {"key": os.urandom(16), "prints": b"p" * 8, **more}
        outcome = await self.writer.submit(Item(requests=requests, asked=asked, **given))
        assert outcome.refusal is None, outcome.refusal
        return outcome

    async def refused(self, *requests: AnyRequest, asked: Asked = ALICE, **more: Any) -> str:
        """Submit what the ledger refuses; the code."""
        given = {"key": os.urandom(16), "prints": b"p" * 8, **more}
        outcome = await self.writer.submit(Item(requests=requests, asked=asked, **given))
        assert outcome.refusal is not None
        return outcome.refusal.code

    async def founded(self) -> None:
        """Two funds with money, the provider A1, and the published rules in force."""
        await self.do(*funds.fund_opened(funds.Fund(fund="nhs"), (YEAR,)))
        council = funds.Fund(fund="council", kind="partner", partner="council")
        await self.do(*funds.fund_opened(council, (YEAR,)), funds.partner_opened("council"))
        for fund in ("nhs", "council"):
            await self.do(acts.fund_granted(fund=fund, year=YEAR, amount=100_000_000, effective_on=START))
        await self.activated(self.engine.bundle.hash)
        await self.payee("A1")

    async def activated(self, bundle: str) -> None:
        """Rules put in force."""
        await self.do(
            Record(kind="bundle", subject="bundle/active", attributes=(("act", "activated"), ("hash", bundle)))
        )

    async def payee(self, code: str) -> None:
        """A provider, approved by another than entered it."""
        made = payees.Payee(payee=code, regulated=True, cqc=True)
        number = (await self.do(payees.payee_recorded("registered", made))).number
        approved = payees.payee_recorded("approved", made, because=number)
        await self.do(approved, payees.payable_opened(code), asked=BOB, other_than=(number,))

    async def budget(
        self, amount: int = 1_040_000, shares: tuple[plans.LineShare, ...] = NHS, management: str = "notional",
        instalment: int | None = None, interval: str | None = None,
    ) -> Budget:  # fmt: skip
        """A person with a signed plan and one line of so many pence."""
        self._made += 1
        person = people.person_ref(os.urandom(16))
        account = None if management in ("notional", "third_party") else f"H{self._made}"
        await self.do(people.person_recorded("registered", person=person))
        await self.do(people.person_recorded("consent_given", person=person, on=START))
        if account is not None:
            for act in ("registered", "approved"):
                await self.do(*people.holder_account_recorded(act, holder_account=account, person=person))
        plan = plans.PlanVersion(plan=f"PL{self._made}", person=person, version=1, start=START, end=END,
                                 coordinator="C1", agreement=True)  # fmt: skip
        line = plans.Line(
            line=f"N{self._made}", person=person, plan=plan.plan, version=1, services=SERVICES, management=management,
            amount=amount, start=START, end=END, shares=shares, holder_account=account,
            instalment=instalment, interval=interval,
        )  # fmt: skip
        drafted = (await self.do(plans.plan_recorded("drafted", plan))).number
        made = tuple(share_of(line, share) for share in shares)
        opened = [request for share in made for request in plans.share_opened(share)]
        signed = await self.do(
            plans.plan_recorded("signed", plan, because=drafted), plans.line_recorded("agreed", line, because=-1),
            *opened, acts.allocated(amount=amount, shares=made, effective_on=START, because=-1),
            asked=BOB, other_than=(drafted,),
        )  # fmt: skip
        return Budget(person, plan, line, signed.number)

    async def left(self, budget: Budget, state: str = "available") -> int:
        """Pence of the line in one state."""
        found = await kit.rows(
            self.book.dsn,
            "SELECT coalesce(sum(b.balance), 0)::bigint AS pence FROM phb.account a JOIN phb.balance b USING (book_id, "
            "account_id) WHERE a.tags ->> 'line' = $1 AND a.class = $2", budget.line.line, state,
        )  # fmt: skip
        return int(found[0]["pence"])

    async def size(self) -> int:
        """How many entries the book has."""
        return int((await kit.rows(self.book.dsn, "SELECT size FROM phb.head"))[0]["size"])


class Between:
    """A writer before which something else happens, as another process's act would: between facts read and group decided."""

    def __init__(self, writer: Writes, happens: Callable[[], Awaitable[object]], times: int = 1) -> None:
        self.writer = writer
        self.happens = happens
        self.times = times

    async def submit(self, item: Item, timeout_seconds: float = 5.0) -> Outcome:
        """Let it happen, then hand the item on."""
        if self.times:
            self.times -= 1
            await self.happens()
        return await self.writer.submit(item, timeout_seconds)

    async def expire_due(self) -> None:
        """As the writer."""
        await self.writer.expire_due()


def outcome_of(decided: Decided) -> str:
    """What the decision says, or the code with which the ledger refused."""
    if decided.outcome.refusal is not None:
        return decided.outcome.refusal.code
    return decided.outcome.entries[0].attribute("outcome") or ""


def findings_of(decided: Decided, name: str = "finding") -> list[str]:
    """The rules that objected, as the decision's line has them."""
    given = decided.outcome.entries[0].attributes
    return [value for attribute, value in given if attribute.startswith(f"{name}.")]


async def opened(dsn: str, engine: Engine) -> tuple[Scene, Callable[[], Awaitable[None]]]:
    """A scene on a database, founded, and how to close it."""
    clock = Clock(dsn)
    book = await kit.open_book(dsn, "TEST", clock_us=clock)
    writer = kit.writer_of(book, clock_us=clock, identities=IDENTITIES)
    await writer.start()
    options = {**BY_KEY, "role": "phb_reader", "phb.book_id": str(book.book_id)}
    pool = await asyncpg.create_pool(dsn, min_size=0, max_size=8, server_settings=options, reset=_as_it_is)
    scene = Scene(book, writer, engine, pool, clock)
    await scene.founded()

    async def close() -> None:
        await writer.stop()
        await pool.close()

    return scene, close


async def _as_it_is(_: Any) -> None:
    """The session's settings stay, as in the service."""
