"""Spends over HTTP: token, facts, policy, decision, hold and answer, through the service as it is run."""

import asyncio
import json
import os
import random
from collections.abc import Sequence
from datetime import date

from bench.ground import CODE, Book, Ground, today, writing
from bench.http import CLIENTS, HOST, WARM_SECONDS, MakeRequest, drive, served
from bench.rows import Case, Measured, Row, Target
from ledger.book.writer import Writer
from ledger.budgets import acts, funds, payees, people, plans
from ledger.budgets.warrants import check_warrants
from ledger.core.calendar import period_days, year_of
from ledger.core.model import Asked, Item
from ledger.core.requests import AnyRequest, Record
from policies.bundle import Bundle

MAKER, CHECKER = Asked("bench", "maker"), Asked("bench", "checker")
PROVIDER = "A1"
AGREED_PENCE = 100_000_000
"""More than any run can spend of one line."""


async def do(writer: Writer, *requests: AnyRequest, asked: Asked = MAKER) -> int:
    """Submit what has to succeed; the number of its first entry."""
    outcome = await writer.submit(Item(requests=requests, asked=asked, key=os.urandom(16), prints=b"p" * 8), 60)
    if outcome.refusal is not None:
        raise RuntimeError(outcome.refusal.sentence)
    return outcome.number


async def founded(writer: Writer, count: int) -> list[tuple[str, str]]:
    """A fund with money, a provider, the rules in force, and so many people with a signed plan and one line: their references and
    lines."""
    day = today()
    year = year_of(day)
    await do(writer, *funds.fund_opened(funds.Fund(fund="nhs"), (year,)))
    await do(writer, acts.fund_granted(fund="nhs", year=year, amount=AGREED_PENCE * count, effective_on=day))
    active = (("act", "activated"), ("hash", Bundle.load().hash))
    await do(writer, Record(kind="bundle", subject="bundle/active", attributes=active))
    payee = payees.Payee(payee=PROVIDER, regulated=True, cqc=True)
    number = await do(writer, payees.payee_recorded("registered", payee))
    approved = payees.payee_recorded("approved", payee, because=number)
    await do(writer, approved, payees.payable_opened(PROVIDER), asked=CHECKER)
    return list(await asyncio.gather(*(_budget(writer, place, day) for place in range(count))))


async def _budget(writer: Writer, place: int, day: date) -> tuple[str, str]:
    year = year_of(day)
    start, end = period_days(year)
    person = people.person_ref(os.urandom(16))
    await do(writer, people.person_recorded("registered", person=person))
    plan = plans.PlanVersion(plan=f"PL{place}", person=person, version=1, start=start, end=end, coordinator="C1")
    line = plans.Line(
        line=f"N{place}", person=person, plan=plan.plan, version=1, services=("home_care",), management="notional",
        amount=AGREED_PENCE, start=start, end=end, shares=(plans.LineShare("nhs", "ring_fenced", 1),),
    )  # fmt: skip
    drafted = await do(writer, plans.plan_recorded("drafted", plan))
    shares = tuple(plans.share_of(line, share, year) for share in line.shares)
    opened = [request for share in shares for request in plans.share_opened(share)]
    allocated = acts.allocated(amount=AGREED_PENCE, shares=shares, effective_on=day, because=-1)
    signed = plans.plan_recorded("signed", plan, because=drafted)
    await do(writer, signed, plans.line_recorded("agreed", line, because=-1), *opened, allocated, asked=CHECKER)
    return person, line.line


def spend_maker(port: int, token: str, budgets: Sequence[tuple[str, str]]) -> MakeRequest:
    """Spends of random small amounts on random budgets, each under a random key."""
    chance = random.Random()
    day = today().isoformat()

    def make() -> bytes:
        person, line = chance.choice(budgets)
        amount = f"{chance.randrange(1, 900)}.{chance.randrange(100):02d}"
        body = json.dumps({
            "line": line, "service": "home_care", "amount": amount, "currency": "GBP", "payee": PROVIDER,
            "effective_on": day, "care_from": day, "care_to": day,
        })  # fmt: skip
        return (
            f"POST /v1/books/{CODE}/budgets/{person}/spends HTTP/1.1\r\nHost: {HOST}:{port}\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
            f"Idempotency-Key: {os.urandom(16).hex()}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode("ascii")

    return make


async def peopled(book: Book, count: int) -> tuple[int, list[tuple[str, str]]]:
    """The budgets of a book, and how many keys they took."""
    async with writing(book) as writer:
        budgets = await founded(writer, count)
    return 5 + 3 * count, budgets


def _spends(row: Row, clients: int, workers: int, *, one_budget: bool = False) -> Case:
    async def run(ground: Ground) -> Measured:
        async with ground.book() as book:
            acknowledged, budgets = await peopled(book, 1 if one_budget else ground.plan.people)
            async with served(ground, book, workers, "officer") as (port, tokens):
                makers = [spend_maker(port, token, budgets) for token in tokens[:clients]]
                warmed = await drive(port, makers, b"201", WARM_SECONDS)
                found = await drive(port, makers, b"201", ground.plan.seconds)
            acknowledged += len(warmed.waits) + len(found.waits)
            return Measured({row.name: found}, await ground.problems(book, acknowledged, also=(check_warrants,)))

    return Case((row,), run)


def _row(clients: int, workers: int) -> Row:
    suffix = "" if workers == 1 else f".{workers}-workers"
    target = None
    if (clients, workers) == (CLIENTS, 2):
        target = Target("≥ 1,000/s", least=1000)
    elif (clients, workers) == (8, 1):
        target = Target("p50 ≤ 8 ms", p50_ms=8)
    work = f"POST of a spend, random people, {clients} client{'s' if clients > 1 else ''}, {workers} worker"
    return Row(f"spend.http.{clients}{suffix}", work + ("s" if workers > 1 else ""), "/s", target)


CASES = (
    *(_spends(_row(clients, workers), clients, workers) for workers in (1, 2) for clients in (1, 8, CLIENTS)),
    _spends(
        Row("spend.one-budget", f"POST of a spend, one person, {CLIENTS} clients, 2 workers", "/s"),
        CLIENTS, 2, one_budget=True,
    ),
)  # fmt: skip
