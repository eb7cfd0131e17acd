"""Imports over HTTP: published payments (event 53) and a caseload (event 55), each row and person once, whatever happens."""

import asyncio
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from ledger.book.sink import LiveSink
from tests import kit
from tests.api.asking import Client
from tests.api.lives import BOOK, Lives
from tests.api.test_dry_runs import KEPT, Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_taking_on import agreed, brought
from tests.api.test_taking_on import taking as taking  # The fixture, which brings the money for one more person.
from tests.budgets.caseloads import Sheets, one, write
from tests.budgets.taking_on import TakingOn

PAYMENTS = f"{BOOK}/published-payments"
CASELOAD = f"{BOOK}/caseload"
ROWS = [
    {"supplier": "Made-Up Care Ltd", "date": "2025-05-01", "amount": "1,250.50"},
    {"supplier": "Invented Support CIC", "date": "2025-05-02", "amount": "75.00"},
    {"supplier": "Invented Support CIC", "date": "2025-05-02", "amount": "75.00"},
    {"supplier": "Made-Up Care Ltd", "date": "2025-05-03", "amount": "-50.50"},
]


class Stopped(Exception):
    """The process ended here."""


def stop_after(monkeypatch: pytest.MonkeyPatch, items: int) -> None:
    """The service ends in the middle of what it posts, after so many items."""
    left, submit = [items], LiveSink.submit_many

    async def cut(self: LiveSink, sent: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Stopped
        return await submit(self, sent)

    monkeypatch.setattr(LiveSink, "submit_many", cut)


def states(answer: Any) -> list[str]:
    """What became of the rows, in order."""
    return [each["state"] for each in answer.json()["rows"]]


async def _bank(book: kit.Book) -> int:
    [row] = await kit.rows(
        book.dsn, "SELECT coalesce(sum(b.balance), 0)::bigint AS pence FROM phb.account JOIN phb.balance b USING "
        "(book_id, account_id) WHERE code = 'bank/payments'",
    )  # fmt: skip
    return int(row["pence"])


async def _kept(book: kit.Book) -> list[Any]:
    return list((await kit.rows(book.dsn, KEPT))[0])


async def test_published_payments_are_posted_once_whatever_request_brings_them(client: Client, book: kit.Book) -> None:
    """Tried, posted, sent again, sent under another key, sent as a part that says which of the equals it is, and sent twice at
    once: equal rows of one source are two payments, and each of them is there once."""
    before = await _kept(book)
    tried = await client.post(f"{PAYMENTS}?dry_run=true", {"rows": ROWS}, key="p-1")
    assert (tried.status_code, states(tried), tried.json()["dry_run"]) == (200, ["posted"] * 4, True)
    assert await _kept(book) == before
    made = await client.post(PAYMENTS, {"rows": ROWS}, key="p-1")
    assert (made.status_code, states(made)) == (201, ["posted"] * 4), made.text
    assert (made.json()["imported"]["total"], made.json()["imported"]["new_payees"]) == ("1350.00", 2)
    assert await _bank(book) == -1_350_00
    size = await _kept(book)
    again = await client.post(PAYMENTS, {"rows": ROWS}, key="p-1")
    assert (again.status_code, states(again), again.headers["idempotency-replayed"]) == (201, ["known"] * 4, "true")
    assert await _kept(book) == size
    part = {"rows": [{**ROWS[1], "line": 30, "occurrence": 2}, {**ROWS[1], "line": 31, "occurrence": 3}]}
    for expected in (["known", "posted"], ["known", "known"]):
        answer = await client.post(PAYMENTS, part)
        assert states(answer) == expected
        assert [each["line"] for each in answer.json()["rows"]] == [30, 31]
    other = {"rows": [{**row, "date": "2025-06-01"} for row in ROWS]}
    both = await asyncio.gather(*(client.post(PAYMENTS, other, key="p-2") for _ in range(2)))
    assert [each.status_code for each in both] == [201, 201]
    assert sorted([*states(both[0]), *states(both[1])]) == ["known"] * 4 + ["posted"] * 4
    assert await _bank(book) == -2 * 1_350_00 - 75_00


async def test_of_equal_rows_all_say_which_they_are_or_none(client: Client, book: kit.Book) -> None:
    """Else one payment would be taken for the other as known: the row that does otherwise is refused by its line, whichever comes
    first, and sent rightly it is posted."""
    row, later = ROWS[1], {**ROWS[1], "date": "2025-07-01"}
    for rows, expected, broken in (
        ([{**row, "occurrence": 1}, row], ["posted", "refused"], [2]),
        ([later, {**later, "occurrence": 2}, later], ["posted", "refused", "posted"], [2]),
    ):
        for again in ("posted", "known"):
            answer = await client.post(PAYMENTS, {"rows": rows})
            assert states(answer) == [again if each == "posted" else each for each in expected]
            told = [(each["line"], each["code"]) for each in answer.json()["imported"]["problems"]]
            assert told == [(line, "occurrence_mixed") for line in broken]
    assert await _bank(book) == -3 * 75_00
    right = await client.post(PAYMENTS, {"rows": [{**row, "occurrence": 1}, {**row, "occurrence": 2}]})
    assert states(right) == ["known", "posted"]


async def test_a_broken_row_names_its_line_and_an_atomic_import_posts_nothing(client: Client, book: kit.Book) -> None:
    """What is wrong is told by line and code; the good rows go in, or wait where the import is atomic. What stays of a refusal is
    the entry that rows were sent, and nothing of a row."""
    rows = [
        {**ROWS[0], "line": 7},
        {**ROWS[1], "date": "2/5/2025", "line": 8},
        {**ROWS[3], "amount": "much", "line": 9},
    ]
    whole = await client.post(PAYMENTS, {"rows": rows, "atomic": True})
    assert (states(whole), whole.json()["imported"]["withheld"]) == (["withheld", "refused", "refused"], 1)
    assert await _bank(book) == 0
    some = await client.post(PAYMENTS, {"rows": rows})
    assert states(some) == ["posted", "refused", "refused"]
    told = [(each["line"], each["code"]) for each in some.json()["imported"]["problems"]]
    assert [line for line, _ in told] == [8, 9]
    assert told[0][1] == "day_malformed"
    twice = await client.post(PAYMENTS, {"rows": [{**ROWS[0], "line": 7}, {**ROWS[1], "line": 7}]})
    assert (twice.status_code, twice.json()["field"]) == (400, "rows")
    assert await _bank(book) == -1_250_50


async def test_a_key_of_payments_is_of_one_body(client: Client, book: kit.Book) -> None:
    """The same key with other rows is refused before any of them is posted; other roles post none."""
    await client.post(PAYMENTS, {"rows": ROWS[:1]}, key="mine")
    size = await _kept(book)
    other = await client.post(PAYMENTS, {"rows": ROWS}, key="mine")
    assert (other.status_code, other.json()["code"], other.json()["fields"]) == (
        422,
        "idempotency_key_reused",
        ["rows"],
    )
    for role in ("officer", "holder", "auditor", "commissioner", "operator"):
        for path, body in ((PAYMENTS, {"rows": ROWS}), (CASELOAD, {"files": []})):
            answer = await client.post(path, body, role)
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
    assert await _kept(book) == size


async def test_payments_that_were_cut_off_go_on(
    client: Client, book: kit.Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended after the rows were said to be sent, and again in the middle: the same request posts what is missing."""
    for items in (0, 1):
        with monkeypatch.context() as cut:
            stop_after(cut, items)
            answer = await client.post(PAYMENTS, {"rows": ROWS}, key="cut")
            assert answer.status_code == 500
        assert await _bank(book) == 0
    whole = await client.post(PAYMENTS, {"rows": ROWS}, key="cut")
    assert (whole.status_code, states(whole)) == (201, ["posted"] * 4)
    assert await _bank(book) == -1_350_00


async def test_a_book_of_published_payments_takes_them_over_http(app: Any, client: Client, dsn: str) -> None:
    """And nothing else, as by the command."""
    await kit.open_book(dsn, "OPEN", nature="open_data")
    answer = await client.post("/v1/books/OPEN/published-payments", {"rows": ROWS})
    assert (answer.status_code, states(answer)) == (201, ["posted"] * 4), answer.text


def files_of(folder: Path, sheets: Sheets, **more: Any) -> dict[str, Any]:
    """The body that a caseload is sent as."""
    write(folder, sheets)
    found = [
        {"name": path.name, "content": b64encode(path.read_bytes()).decode()} for path in sorted(folder.glob("*.csv"))
    ]
    return {"files": found, **more}


async def test_a_caseload_is_rehearsed_and_taken_on_over_http(
    lives: Tried, taking: TakingOn, book: kit.Book, tmp_path: Path
) -> None:
    """The rehearsal keeps nothing and says what the import then does. Sent again, under this key or another, it posts nothing;
    twice at once, one person is there once. The other side agrees and two people sign, none of whom imported it."""
    body = files_of(tmp_path / "a", brought())
    before = await taking.kept()
    tried = await lives.client.post(f"{CASELOAD}?dry_run=true", body, key="c-1")
    assert (tried.status_code, tried.json()["ok"], tried.json()["rehearsed"]) == (200, True, True), tried.text
    assert [each["state"] for each in tried.json()["people"]] == ["new"]
    assert await taking.kept() == before
    both = await asyncio.gather(*(lives.client.post(CASELOAD, body, key="c-1") for _ in range(2)))
    assert [each.status_code for each in both] == [201, 201], both[0].text
    assert sorted(each.json()["people"][0]["state"] for each in both) == ["posted", "there"]
    assert both[0].json()["totals"] == tried.json()["totals"]
    kept = await taking.kept()
    again = await lives.client.post(CASELOAD, body, key="c-1")
    assert (again.json()["posted"], again.json()["there"], again.headers["idempotency-replayed"]) == (0, 1, "true")
    assert await taking.kept() == kept
    await lives.done("/payees/A1/bar", {}, "finance:gil")
    later = await lives.client.post(CASELOAD, body, key="c-1")
    assert (later.status_code, later.text, later.headers["idempotency-replayed"]) == (201, again.text, "true")
    kept = await taking.kept()
    other = await lives.client.post(CASELOAD, files_of(tmp_path / "b", one()), key="c-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    own = await Lives.send(lives, "/take-ons/T-2025/agree", agreed(), "finance:tester")
    assert (own.status_code, own.json()["code"]) == (422, "second_person_needed")
    await lives.done("/take-ons/T-2025/agree", agreed(), "finance:other-side")
    for who in ("finance:jane", "finance:max"):
        await lives.done("/take-ons/T-2025/sign", {}, who)
    verdict, broken = await taking.verified()
    assert (verdict.ok, broken) == (True, [])


async def test_a_caseload_with_a_fault_posts_nothing_and_names_its_line(
    lives: Tried, taking: TakingOn, tmp_path: Path
) -> None:
    """Nor one whose control totals differ, until they are accepted. The key is free for what is put right."""
    before = await taking.kept()
    wrong = brought()
    wrong["openings"][0]["spent"] = "much"
    answer = await lives.client.post(CASELOAD, files_of(tmp_path / "a", wrong), key="c")
    assert (answer.status_code, answer.json()["ok"], answer.json()["posted"]) == (200, False, 0)
    told = [(each["sheet"], each["line"], each["column"], each["code"]) for each in answer.json()["troubles"]]
    assert ("openings", 2, "spent", "amount_malformed") in told
    differs = brought()
    differs["control"] = [{"measure": "spent", "expected": "10400.01"}]
    answer = await lives.client.post(CASELOAD, files_of(tmp_path / "b", differs), key="c")
    assert (answer.status_code, answer.json()["ok"], answer.json()["rehearsed"]) == (200, True, True)
    assert answer.json()["differences"][0]["difference"] == "-0.01"
    none = await lives.client.post(CASELOAD, {"files": [{"name": "people.txt", "content": "eHh4"}]}, key="c")
    assert (none.status_code, none.json()["code"]) == (400, "not_a_caseload")
    assert await taking.kept() == before
    answer = await lives.client.post(CASELOAD, files_of(tmp_path / "b", differs, with_differences=True), key="c")
    assert (answer.status_code, answer.json()["posted"]) == (201, 1)


async def test_a_caseload_that_was_cut_off_goes_on(
    lives: Tried, taking: TakingOn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended after its take-on began, and before its person: nobody agrees yet, and the same request completes it."""
    body = files_of(tmp_path / "a", brought())
    with monkeypatch.context() as cut:
        stop_after(cut, 2)
        assert (await lives.client.post(CASELOAD, body, key="c")).status_code == 500
    early = await lives.send("/take-ons/T-2025/agree", agreed(), "finance:other-side")
    assert early.json()["code"] == "take_on_not_posted"
    answer = await lives.client.post(CASELOAD, body, key="c")
    assert (answer.status_code, answer.json()["posted"], answer.json()["troubles"]) == (201, 1, [])
    await lives.done("/take-ons/T-2025/agree", agreed(), "finance:other-side")
