"""A holder's read of a whole budget over HTTP, as a portal's first page asks for it: alone, and while others spend from the same
book."""

import asyncio
import json
import random
from collections.abc import Sequence
from statistics import median
from typing import Any

from bench.ground import CODE, Book, Ground, today, writing
from bench.http import HOST, WARM_SECONDS, MakeRequest, drive, served, tokens_of
from bench.rows import Case, Measured, Row, Sample
from bench.spends import AGREED_PENCE, do, peopled, spend_maker
from ledger.budgets import people
from ledger.budgets.warrants import check_warrants
from ledger.money import parse_amount

SPENDERS = 8
WORKERS = 2
LEAVES = ("available", "contingency", "held", "advanced", "spent", "recovering", "lost")
"""What a line's allocation is the sum of, less what is unfunded (identity R2)."""


def _holder(place: int) -> str:
    return f"holder-{place}"


async def _held(book: Book, budgets: Sequence[tuple[str, str]]) -> None:
    """Each budget is held by a person of its own."""
    async with writing(book) as writer:
        await asyncio.gather(*(
            do(writer, people.delegation_recorded("granted", people.Delegation(
                delegation=f"DEL{place}", person=person, holder=_holder(place), scope="holder", start=today(),
            )))
            for place, (person, _) in enumerate(budgets)
        ))  # fmt: skip


def read_maker(port: int, tokens: Sequence[str], budgets: Sequence[tuple[str, str]]) -> MakeRequest:
    """Reads of random budgets, each by its own holder."""
    chance = random.Random()
    requests = [
        (
            f"GET /v1/books/{CODE}/budgets/{person} HTTP/1.1\r\nHost: {HOST}:{port}\r\n"
            f"Authorization: Bearer {token}\r\nAccept: application/json\r\n\r\n"
        ).encode("ascii")
        for token, (person, _) in zip(tokens, budgets, strict=True)
    ]
    return lambda: chance.choice(requests)


def wrongs_of(answers: Sequence[bytes]) -> list[str]:
    """What does not add up in answers that each claim to be of one moment, as sentences: states against what was agreed, and open
    orders against what is held."""
    found: list[str] = []
    for answer in answers:
        home = json.loads(answer)
        kept = sum(parse_amount(order["remaining"]) for order in home["orders"])
        shown = [("total", home["total"]), *((line["line"], line["money"]) for line in home["lines"])]
        for name, money in shown:
            for some in (money, *money["years"]):
                pence = {state: parse_amount(some[state]) for state in (*LEAVES, "allocated", "unfunded")}
                if pence["allocated"] != sum(pence[leaf] for leaf in LEAVES) - pence["unfunded"]:
                    found.append(f"a read of {home['person']} does not add up in {name}: {money}")
            if parse_amount(money["allocated"]) != AGREED_PENCE:
                found.append(f"a read of {home['person']} has {money['allocated']} allocated in {name}")
        if parse_amount(home["total"]["held"]) != kept:
            found.append(f"a read of {home['person']} holds {home['total']['held']}, and its orders keep {kept} pence")
    return found


def _waited(found: Sample) -> Sample:
    """The median wait in milliseconds, with all waits."""
    return Sample(median(found.waits) * 1000, found.waits)


async def _read(ground: Ground) -> Measured:
    seconds, answers = ground.plan.seconds, list[bytes]()
    async with ground.book() as book:
        acknowledged, budgets = await peopled(book, ground.plan.people)
        await _held(book, budgets)
        async with served(ground, book, WORKERS, "officer") as (port, tokens):
            holders = tokens_of(ground, book, "holder", [_holder(place) for place in range(len(budgets))])
            spenders = [spend_maker(port, token, budgets) for token in tokens[:SPENDERS]]
            reader = [read_maker(port, holders, budgets)]
            warmed = await drive(port, spenders, b"201", WARM_SECONDS)
            await drive(port, reader, b"200", WARM_SECONDS)
            spent, beside = await asyncio.gather(
                drive(port, spenders, b"201", seconds), drive(port, reader, b"200", seconds, answers)
            )
            # Last, so that what is read alone has as many open orders as what was read beside the spends.
            alone = await drive(port, reader, b"200", seconds, answers)
        acknowledged += len(budgets) + len(warmed.waits) + len(spent.waits)
        problems = wrongs_of(answers) + await ground.problems(book, acknowledged, also=(check_warrants,))
    orders = f"{(len(warmed.waits) + len(spent.waits)) / len(budgets):.0f} open orders a budget in the end; every answer added up"
    notes: dict[str, Any] = {} if problems else {"budget.read": orders}
    samples = {"budget.read": _waited(alone), "budget.read.beside-spends": _waited(beside), "budget.read.spends": spent}
    return Measured(samples, problems, notes)


CASES = (
    Case(
        (
            Row("budget.read", f"GET of a whole budget by its holder, alone, {WORKERS} workers", "ms"),
            Row(
                "budget.read.beside-spends", f"the same while {SPENDERS} clients post spends", "ms",
                None, "budget.read",
            ),
            Row("budget.read.spends", "the spends meanwhile", "/s"),
        ),
        _read,
    ),
)  # fmt: skip
