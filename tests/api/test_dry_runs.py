"""A dry run of what goes through the gate is the real path rolled back: it says what the real request says, and leaves nothing."""

import itertools
import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from api.app import HANDLERS
from tests import kit
from tests.api.lives import DAY, NED, NO, D, Lives, N, bill, ordered

TABLES = (
    "entry", "posting", "balance", "delta", "hold", "hold_pair", "request_key", "register", "detail", "subject_version",
    "undone", "account", "payee",
)  # fmt: skip
KEPT = f"SELECT {', '.join(f'(SELECT count(*) FROM phb.{table})' for table in TABLES)}, size, root FROM phb.head"
OF_ITS_OWN = {
    "number", "reference", "receipt", "recorded_at", "hold", "because", "commitment", "entry", "tree_size", "request_id",
    "dry_run", "explanation",
}  # fmt: skip
"""What two answers to the same question differ in: numbers, times, salts, and whether they happened."""


_numbers = itertools.count()


def said(answer: Any) -> Any:
    """An answer without what is its own, a run's and a claim's random names included."""
    if isinstance(answer, str):
        return re.sub(r"[0-9a-f]{32}", "…", answer)
    if isinstance(answer, dict):
        return {name: said(value) for name, value in answer.items() if name not in OF_ITS_OWN}
    return [said(each) for each in answer] if isinstance(answer, list) else answer


class Tried(Lives):
    """Whoever tries everything before they do it. Each write is sent as a dry run first, under the same key."""

    dsn = ""
    watching: asyncpg.Connection
    """One for the whole test: a new one reads the catalogue of every table first, which takes forty times as long as counting."""
    paths: set[str]

    async def kept(self) -> list[Any]:
        """Everything a request could leave: each table's size, then the head's size and root."""
        return list((await self.watching.fetch(KEPT))[0])

    async def send(self, path: str, body: Any, who: str = "officer", line: Any = N, **more: Any) -> Any:
        """A write, tried before: what was tried and what was done say the same."""
        key = more.pop("key", None) or f"tried-{next(_numbers)}"
        before = await self.kept()
        tried = await super().send(f"{path}?dry_run=true", body, who, line, key=key, **more)
        assert await self.kept() == before, path
        done = await super().send(path, body, who, line, key=key, **more)
        assert said(tried.json()) == said(done.json()), path
        assert tried.status_code == (200 if done.status_code == 201 else done.status_code)
        assert tried.json().get("dry_run", False) is (done.status_code == 201 or "entry" in done.json())
        assert "idempotency-replayed" not in {*tried.headers, *done.headers}
        self.paths.add(re.sub(r"\d+", "{number}", re.sub(r"^/?", "", path)))
        return done


@pytest.fixture
async def lives(app, client, book: kit.Book) -> AsyncIterator[Tried]:
    """The lives of the other tests, tried first."""
    made = Tried(app, client)
    made.dsn, made.paths, made.watching = book.dsn, set(), await asyncpg.connect(book.dsn)
    await made.begin()
    yield made
    await made.watching.close()


ROUTES = {
    "asks", "spends", "instalments", "decisions/{number}/approve", "decisions/{number}/decline", "holds/{number}/release",
    "invoices", "invoices/{number}/accept", "invoices/{number}/decline", "instalments/{number}/release", "payments",
    "payments/{number}/clear", "bank-lines", "claims", "claims/{number}/accept", "claims/{number}/decline",
    "claims/{number}/withdraw",
    "entries/{number}/reverse",
}  # fmt: skip


async def test_whatever_goes_through_the_gate_can_be_tried(lives: Tried) -> None:
    """Every route, each tried just before it is done: the same outcome, findings, entries and legs, and nothing recorded by the
    try, not even its key, under which the request is then done."""
    on = {"effective_on": DAY}
    asked = ordered()
    await lives.done("asks", asked, "holder:holder-N")
    assert (await lives.spend("10.00", payee="NEW"))["outcome"] != "allow"
    order, waiting, unwanted = [await lives.spend(amount) for amount in ("500.01", "1000.01", "1000.02")]
    assert (waiting["outcome"], waiting["findings"][0]["rule"]) == ("refer", "icb_policy.over_single_limit")
    await lives.done(f"decisions/{waiting['number']}/approve", {**on, "words": "As agreed."}, "officer:olga")
    await lives.done(f"decisions/{unwanted['number']}/decline", {**on, **NO}, "officer:olga")
    await lives.done(f"holds/{order['hold']}/release", {**on, "amount": "0.01"}, "holder:holder-N")
    accepted = [
        (await lives.accept(await lives.invoice(reference, amount, **more)))["entries"][0]["number"]
        for reference, amount, more in (("T-1", "600.00", {"hold": order["hold"], "final": True}), ("T-2", "20.00", {}))
    ]
    no = {"reason": "not_ours", "words": "Not ours."}
    await lives.done(f"invoices/{await lives.invoice('T-3', '1.00')}/decline", no, "finance")
    paid = {"payee": "A1", "bank": "main", "invoices": accepted[:1], **on}
    released = await lives.done("/payments", paid, "finance:pat")
    await lives.done(f"/payments/{released['entries'][0]['number']}/clear", on, "finance")
    direct = await lives.get(f"/budgets/{NED}/statement?first_day={DAY}&last_day={DAY}")
    await lives.done(f"entries/{direct.json()['lines'][-1]['number']}/reverse", on, "finance:ron")
    await lives.instalment("2000.00")
    line = {
        "holder_account": "H1",
        "amount": "15.00",
        "currency": "GBP",
        "on": DAY,
        "reference": "T",
        "source": "bank_feed",
    }
    taken = (await lives.done("bank-lines", line, "finance", D))["entries"][0]["number"]
    await lives.accept(await lives.claim("12.00"), "officer", "claims", D)
    await lives.accept(await lives.claim("15.00", bank_line=taken), "officer", "claims", D)
    await lives.done(
        f"claims/{await lives.claim('1.00')}/decline",
        {"reason": "not_care", "words": "It was not for care."},
        "officer",
        D,
    )
    await lives.done(f"claims/{await lives.claim('2.00')}/withdraw", {}, "holder:holder-D", D)
    assert lives.paths == ROUTES
    made = {handler.operation_id for handler in HANDLERS if {"budgets", "settling"} & set(handler.tags or ())
            and "POST" in handler.http_methods}  # fmt: skip
    assert len(made) == len(ROUTES)


async def test_each_no_is_the_no_of_the_real_request(lives: Tried) -> None:
    """Not there, not allowed, not considered, refused by the ledger: the try has the same status, code and facts, says that it was
    one where the real no would be kept, and leaves no refusal."""
    on = {"effective_on": DAY}
    asked = ordered()
    number = await lives.invoice("U-1", "10.00", "finance:fay")
    for path, body, who, expected in (
        ("spends", {**asked, "line": "Z"}, "officer", (404, "line_unknown")),
        ("spends", {**asked, "amount": "0.00"}, "officer", (400, "amount_zero")),
        ("spends", asked, "holder:holder-D", (404, "person_unknown")),
        ("spends", asked, "commissioner", (403, "permission_missing")),
        ("spends", {**asked, "line": "D"}, "officer", (422, "line_paid_out")),
        (f"invoices/{number}/accept", on, "finance:fay", (422, "second_person_needed")),
        (f"invoices/{number}/accept", {"effective_on": "2026-12-01"}, "finance:pat", (422, "effective_in_future")),
        ("invoices/1/accept", on, "finance", (404, "invoice_not_found")),
        ("invoices", bill("u-1 ", "10.00"), "officer", (409, "invoice_known")),
        ("holds/1/release", on, "officer", (404, "hold_not_found")),
        (f"decisions/{number}/approve", on, "officer", (404, "decision_not_found")),
    ):
        answer = await lives.send(path, body, who, D if body.get("line") == "D" else N)
        assert (answer.status_code, answer.json()["code"]) == expected, path


async def test_a_try_under_a_key_that_is_known_has_the_first_answer(lives: Tried) -> None:
    """A release that was done, an approval that was given: tried or sent once more they are answered as the first time, though
    neither could be done again; and another body under the key is turned away."""
    plain = super(Tried, lives).send
    on = {"effective_on": DAY}
    order, waiting = await lives.spend("5.00"), await lives.spend("1000.01")
    for path, body, who in (
        (f"holds/{order['hold']}/release", {**on, "amount": "5.00"}, "holder:holder-N"),
        (f"decisions/{waiting['number']}/approve", {**on, "words": "Yes."}, "officer:olga"),
    ):
        first = await lives.send(path, body, who, key=path)
        assert first.status_code == 201
        for again in (path, f"{path}?dry_run=true"):
            answer = await plain(again, body, who, key=path)
            assert (answer.status_code, answer.text) == (201, first.text)
            assert answer.headers["idempotency-replayed"] == "true"
            other = await plain(again, {"effective_on": "2025-06-03"}, who, key=path)
            assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    second = await plain(f"decisions/{waiting['number']}/approve", on, "officer:oskar")
    assert (second.status_code, second.json()["code"]) == (409, "referral_decided")


async def test_a_trial_answers_with_number_nought(lives: Tried) -> None:
    """What is tried has no number, no reference and no receipt; a hold that would be placed is nought too."""
    asked = ordered()
    plain = super(Tried, lives).send
    tried = (await plain("spends?dry_run=true", asked, "holder:holder-N")).json()
    assert (tried["number"], tried["hold"], tried["reference"], tried["dry_run"]) == (0, 0, "", True)
    assert "receipt" not in tried
    entered = (await plain("invoices?dry_run=true", bill("V-1", "1.00"), "officer")).json()
    assert (entered["dry_run"], [each["number"] for each in entered["entries"]]) == (True, [0])
