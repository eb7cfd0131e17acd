"""Acceptances of invoices over HTTP: an act that reads what it is about (an invoice, its payee, what is owed them), is judged, and
posts. One person entered what another accepts."""

import json
import os
from collections.abc import Sequence
from typing import Any

from bench.ground import CODE, Ground, today
from bench.http import HOST, WARM_SECONDS, MakeRequest, drive, served, tokens_of
from bench.rows import Case, Measured, Row
from bench.spends import PROVIDER, peopled
from ledger.budgets.warrants import check_warrants

CLIENTS = 8
NAME = "accept.http.8"


def _post(port: int, token: str, path: str, body: dict[str, Any]) -> bytes:
    text = json.dumps(body)
    return (
        f"POST /v1/books/{CODE}/budgets/{path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json\r\nIdempotency-Key: {os.urandom(16).hex()}\r\n"
        f"Content-Length: {len(text)}\r\n\r\n{text}"
    ).encode("ascii")


def _enter_maker(port: int, token: str, budgets: Sequence[tuple[str, str]]) -> MakeRequest:
    """Invoices for small amounts, each of its own reference, for one budget after another."""
    turn, day = iter(range(10**9)), today().isoformat()

    def make() -> bytes:
        person, line = budgets[next(turn) % len(budgets)]
        return _post(port, token, f"{person}/invoices", {
            "line": line, "payee": PROVIDER, "reference": os.urandom(8).hex(), "service": "home_care", "amount": "12.34",
            "currency": "GBP", "care_from": day, "care_to": day, "document_on": day, "received_on": day,
        })  # fmt: skip

    return make


def _accept_maker(port: int, token: str, entered: list[tuple[str, int]]) -> MakeRequest:
    """Accepts what was entered, each once."""

    def make() -> bytes:
        person, number = entered.pop()
        return _post(port, token, f"{person}/invoices/{number}/accept", {"effective_on": today().isoformat()})

    return make


async def _accept(ground: Ground) -> Measured:
    seconds, answers = ground.plan.seconds, list[bytes]()
    async with ground.book() as book:
        acknowledged, budgets = await peopled(book, ground.plan.people)
        async with served(ground, book, 1, "officer") as (port, _):
            makers = tokens_of(ground, book, "finance", [f"maker-{place}" for place in range(CLIENTS)])
            checkers = tokens_of(ground, book, "finance", [f"checker-{place}" for place in range(CLIENTS)])
            # Entering is quicker than accepting, so in twice the time there is enough to accept.
            entering = [_enter_maker(port, token, budgets) for token in makers]
            put_in = await drive(port, entering, b"201", 2 * (WARM_SECONDS + seconds), answers)
            found = [json.loads(answer)["entries"][0] for answer in answers]
            person_of = {line: person for person, line in budgets}
            entered = [(person_of[each["attributes"]["line"]], each["number"]) for each in found]
            accepting = [_accept_maker(port, token, entered) for token in checkers]
            warmed = await drive(port, accepting, b"201", WARM_SECONDS)
            accepted = await drive(port, accepting, b"201", seconds)
        acknowledged += len(put_in.waits) + len(warmed.waits) + len(accepted.waits)
        return Measured({NAME: accepted}, await ground.problems(book, acknowledged, also=(check_warrants,)))


CASES = (Case((Row(NAME, f"POST of an invoice's acceptance, {CLIENTS} clients, 1 worker", "/s"),), _accept),)
