"""The commissioner's own bank over HTTP: its statements, the payments they clear, and the reconciliation to the penny."""

import asyncio
from typing import Any

import asyncpg

from ledger.reports.identities import check_identities
from tests.api.lives import DAY, DORA, D
from tests.api.test_bank_feeds import file_of
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.

HEAD = "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID\n"
OPENING, MATCHING = "/banks/main/statements", "/banks/main/lines/{}/match"
ON = {"effective_on": DAY}


def own_file(*rows: str) -> dict[str, Any]:
    """A statement of our bank."""
    return file_of(content=(HEAD + "\n".join(rows) + "\n").encode())


async def identities(lives: Tried, change: str | None = None) -> dict[str, Any]:
    """The identities of the book by name, after a change that is taken back."""
    owner = await asyncpg.connect(lives.dsn)
    try:
        async with owner.transaction():
            if change is not None:
                for table in ("posting", "register", "balance"):
                    await owner.execute(f"ALTER TABLE phb.{table} DISABLE TRIGGER ALL")
                assert (await owner.execute(change)).split()[-1] != "0"
            book_id = await owner.fetchval("SELECT book_id FROM phb.book WHERE code = 'TEST'")
            await owner.execute("SELECT set_config('phb.book_id', $1, true)", str(book_id))
            await owner.execute("SET LOCAL ROLE phb_reader")
            found = await check_identities(owner, book_id)
            await owner.execute("RESET ROLE")
            raise _Back(found)
    except _Back as back:
        return {each.name: each for each in back.found}
    finally:
        await owner.close()


class _Back(Exception):
    def __init__(self, found: Any) -> None:
        self.found = found


async def _paid(lives: Tried, reference: str, amount: str) -> int:
    accepted = (await lives.accept(await lives.invoice(reference, amount)))["entries"][0]["number"]
    released = await lives.done(
        "/payments", {"payee": "A1", "bank": "main", "invoices": [accepted], **ON}, "finance:pat"
    )
    return released["entries"][0]["number"]


async def test_payments_clear_by_the_line_that_they_left_with(lives: Tried) -> None:
    """Two payments in one line and an instalment in another are cleared (event 8); a receipt that nobody knows stays open; and the
    bank, what is on its way and the statement come together. What is planted breaks R6 or R10 by name."""
    one, two = [await _paid(lives, reference, amount) for reference, amount in (("O-1", "300.00"), ("O-2", "50.01"))]
    await lives.instalment("2000.00")
    listed = (await lives.get("/banks/main/lines", "finance")).json()
    assert [(each["payee"], each["amount"]) for each in listed["under_way"]] == [
        ("A1", "300.00"), ("A1", "50.01"), ("H1", "2000.00"),
    ]  # fmt: skip
    assert [each["number"] for each in listed["under_way"]][:2] == [one, two]
    taken = await lives.done(OPENING, own_file(
        '03/06/2025,BACS,RUN 1,350.01,,"4,649.99",B-1', '03/06/2025,BACS,PHB H1,"2,000.00",,"2,649.99",B-2',
        '04/06/2025,BGC,UNKNOWN,,25.00,"2,674.99",B-3',
    ), "finance")  # fmt: skip
    assert (taken["new"], taken["opening"], taken["closing"]) == (3, "5000.00", "2674.99")
    run, paid_in, receipt = (await lives.get("/banks/main/lines", "finance")).json()["lines"]
    [instalment] = paid_in["could_be"]
    assert (run["could_be"], receipt["could_be"]) == ([], [])
    for number, body in (
        (run["number"], {"kind": "payments", "of": [one], **ON}),
        (run["number"], {"kind": "payments", "of": [one, instalment], **ON}),
        (receipt["number"], {"kind": "returned", "of": [one], **ON}), (receipt["number"], {"kind": "entry", "of": [one], **ON}),
    ):  # fmt: skip
        answer = await lives.send(MATCHING.format(number), body, "finance")
        assert (answer.status_code, answer.json()["code"]) == (422, "match_unfit")
    refused = await lives.send(MATCHING.format(run["number"]), {"kind": "payments", "of": [one, two], **ON}, "officer")
    assert refused.json()["code"] == "permission_missing"
    before = (await lives.get("/banks/main/reconciliation", "finance")).json()
    assert (before["in_transit"], before["ledger"], before["open_out"], before["gap"]) == (
        "-2350.01",
        "0.00",
        "-2350.01",
        "0.00",
    )
    await lives.done(MATCHING.format(run["number"]), {"kind": "payments", "of": [two, one], **ON}, "finance")
    await lives.done(MATCHING.format(paid_in["number"]), {"kind": "payments", "of": [instalment], **ON}, "finance")
    again = await lives.send(MATCHING.format(run["number"]), {"kind": "payments", "of": [one], **ON}, "finance")
    assert (again.status_code, again.json()["code"]) == (409, "bank_line_matched")
    twice = await lives.send(f"/payments/{one}/clear", ON, "finance")
    assert (twice.status_code, twice.json()["code"]) == (409, "payment_cleared")
    after = (await lives.get("/banks/main/reconciliation", "finance")).json()
    assert after == {
        "bank": "main", "currency": "GBP", "ledger": "-2350.01", "in_transit": "0.00", "statement": "2674.99",
        "statement_on": "2025-06-04", "brought_in": "5000.00", "matched": "-2350.01", "open_in": "25.00", "open_out": "0.00",
        "not_on_statement": "0.00", "gap": "0.00",
    }  # fmt: skip
    assert (await lives.get("/banks/main/lines", "finance")).json()["under_way"] == []
    await _paid(lives, "O-3", "1.00")
    await lives.done("holder-accounts/H1/statements", file_of(), "finance", D)
    found = await identities(lives)
    assert [each for each in found.values() if not each.ok] == []
    for change, broken in PLANTS.items():
        found = await identities(lives, change)
        assert not found[broken].ok, change
        assert found[broken].first


PLANTS = {
    "UPDATE phb.balance SET balance = balance + 1, debit = debit + 1 WHERE account_id = (SELECT account_id FROM phb.account "
    "WHERE code = 'in_transit/main')": "R10",
    "UPDATE phb.register SET attributes = attributes || '{\"amount\": \"7\"}' WHERE kind = 'run' AND act = 'released'": "R10",
    "DELETE FROM phb.register WHERE act = 'own_line_taken' AND attributes ->> 'amount' = '2500'": "R10",
    "UPDATE phb.register SET attributes = attributes || '{\"amount\": \"-1\"}' WHERE act = 'own_line_matched'": "R10",
    "DELETE FROM phb.register WHERE act = 'receipt_taken'": "R6",
    "UPDATE phb.balance SET balance = balance + 1, debit = debit + 1 WHERE account_id = (SELECT account_id FROM phb.account "
    "WHERE class = 'unidentified')": "R6",
}  # fmt: skip


async def test_a_payment_that_came_back_is_owed_again_with_its_line(lives: Tried) -> None:
    """The match says which payment it was and posts its return (event 33), by another than released it; what came back by its own
    route is an entry that the line explains."""
    number = await _paid(lives, "R-1", "80.00")
    cleared = (await lives.done(f"/payments/{number}/clear", ON, "finance"))["entries"][0]["number"]
    await lives.done(
        OPENING, own_file("03/06/2025,BACS,A1,80.00,,20.00,C-1", "05/06/2025,BACS,ARUCS,,80.00,100.00,C-2"), "finance"
    )
    out, back = (await lives.get("/banks/main/lines", "finance")).json()["lines"]
    money = cleared + 1
    await lives.done(MATCHING.format(out["number"]), {"kind": "entry", "of": [money], **ON}, "finance")
    again = await lives.send(MATCHING.format(back["number"]), {"kind": "entry", "of": [money], **ON}, "finance")
    assert again.json()["code"] == "match_unfit"
    own = await lives.send(MATCHING.format(back["number"]), {"kind": "returned", "of": [cleared], **ON}, "finance:pat")
    assert own.json()["code"] == "second_person_needed"
    done = await lives.done(MATCHING.format(back["number"]), {"kind": "returned", "of": [cleared], **ON}, "finance")
    assert [each["event"] for each in done["entries"] if each["kind"] == "transaction"] == [33]
    assert done["entries"][-1]["attributes"]["matched"] == "returned"
    assert (await lives.balance("payable/A1"), await lives.balance("bank/main")) == ("-80.00", "0.00")
    found = (await lives.get("/banks/main/reconciliation", "finance")).json()
    assert (found["matched"], found["open_in"], found["gap"], found["not_on_statement"]) == (
        "0.00",
        "0.00",
        "0.00",
        "0.00",
    )
    twice = await lives.send(f"/payments/{number}/return", {"reason": "closed", **ON}, "finance")
    assert (twice.status_code, twice.json()["code"]) == (409, "payment_returned")
    assert [each for each in (await identities(lives)).values() if not each.ok] == []


async def test_an_instalment_that_came_back_is_due_again_with_its_line(lives: Tried) -> None:
    """Cleared by a line it is cleared by no other way, and it comes back by a line; lists of lines go on page by page."""
    await lives.instalment("2000.00")
    await lives.done(OPENING, own_file('03/06/2025,BACS,PHB H1,"2,000.00",,"3,000.00",B-1',
                                       '05/06/2025,BACS,ARUCS,,"2,000.00","5,000.00",B-2'), "finance")  # fmt: skip
    first = await lives.get("/banks/main/lines?limit=1", "finance")
    [out] = first.json()["lines"]
    following = first.headers["link"].partition("<")[2].partition(">")[0].removeprefix("/v1/books/TEST")
    second = await lives.get(following, "finance")
    [back] = second.json()["lines"]
    assert (out["amount"], back["amount"], "link" in second.headers) == ("-2000.00", "2000.00", False)
    [paid] = out["could_be"]
    matched = await lives.done(MATCHING.format(out["number"]), {"kind": "payments", "of": [paid], **ON}, "finance")
    cleared = matched["entries"][0]
    assert cleared["attributes"]["act"] == "instalment_cleared"
    twice = await lives.send(f"instalments/{paid}/clear", ON, "finance", D)
    assert (twice.status_code, twice.json()["code"]) == (409, "payment_cleared")
    done = await lives.done(
        MATCHING.format(back["number"]), {"kind": "returned", "of": [cleared["number"]], **ON}, "finance:una"
    )
    assert [each["event"] for each in done["entries"] if each["kind"] == "transaction"] == [33]
    assert (await lives.balance(f"advance/{DORA}/H1"), await lives.balance("share/D/nhs/2025-26/advanced")) == (
        "0.00",
        "0.00",
    )
    assert [each for each in (await identities(lives)).values() if not each.ok] == []


async def test_a_bank_that_is_none_and_a_file_again(lives: Tried) -> None:
    """Unknown, once, and with no day to move."""
    file = own_file("03/06/2025,BACS,A1,80.00,,20.00,C-1")
    answer = await lives.send("/banks/other/statements", file, "finance")
    assert (answer.status_code, answer.json()["code"]) == (404, "bank_unknown")
    assert (await lives.get("/banks/other/reconciliation", "finance")).json()["code"] == "bank_unknown"
    taken = await lives.done(OPENING, file, "finance")
    again = await lives.send(OPENING, file, "finance")
    assert (again.status_code, again.json()["posted_new"], again.json()["number"]) == (200, False, taken["number"])
    moved = await lives.send(OPENING, {**file, "not_before": DAY}, "finance")
    assert (moved.status_code, moved.json()["field"]) == (400, "not_before")


async def test_money_of_two_sources_in_one_line_is_matched_to_both_entries(lives: Tried) -> None:
    """Dora hands back £60 and the council pays £40 of its share in one sum: the line is both entries, whole or not at all, and each
    is on a statement once, also where two lines name it at once."""
    await _paid(lives, "O-1", "100.00")
    await lives.instalment("2000.00")
    back = {"line": "D", "amount": "60.00", "currency": "GBP", "bank": "main", **ON}
    handed = (await lives.done("hand-backs", back, "finance", D))["entries"]
    bill = {"bill": "B1", "amount": "40.00", "from": "2025-04-01", "to": DAY, "currency": "GBP", **ON}
    await lives.done("/partners/council/bills", bill, "finance")
    paid = {"amount": "40.00", "bank": "main", "currency": "GBP", **ON}
    received = (await lives.done("/partners/council/bills/B1/paid", paid, "finance"))["entries"]
    two = [next(each["number"] for each in entries if each["event"] in (18, 44)) for entries in (handed, received)]
    rows = [f"0{day}/06/2025,BGC,TOGETHER,,100.00,{total}.00,S-{day}" for day, total in ((3, 100), (4, 200))]
    await lives.done(OPENING, own_file(*rows), "finance")
    first, second = (await lives.get("/banks/main/lines", "finance")).json()["lines"]
    for of in (two[:1], [two[0], two[0]], [*two, two[0] - 1]):
        no = await lives.send(MATCHING.format(first["number"]), {"kind": "entry", "of": of, **ON}, "finance")
        assert no.json()["code"] in ("match_unfit", "entries_malformed")
    body = {"kind": "entry", "of": two, **ON}
    plain = super(Tried, lives).send
    both = await asyncio.gather(
        *(
            plain(MATCHING.format(each["number"]), body, "finance", key=f"both-{each['number']}")
            for each in (first, second)
        )
    )
    assert sorted(each.status_code for each in both) == [201, 422]
    [open_line] = (await lives.get("/banks/main/lines", "finance")).json()["lines"]
    again = await lives.send(MATCHING.format(open_line["number"]), body, "finance")
    assert again.json()["code"] == "match_unfit"
    found = (await lives.get("/banks/main/reconciliation", "finance")).json()
    assert (found["matched"], found["open_in"], found["not_on_statement"]) == ("100.00", "100.00", "0.00")
    assert [each for each in (await identities(lives)).values() if not each.ok] == []


async def test_one_movement_of_money_stands_on_one_line(lives: Tried) -> None:
    """What a match posted is on the line that said so: a second line of the same amount is none of it under any kind, neither after
    the first nor at once with it, and the bank still reconciles to the penny."""
    number = await _paid(lives, "T-1", "80.00")
    out = [f"03/06/2025,BACS,A1,80.00,,{total}.00,D-{total}" for total in (420, 340)]
    back = [f"05/06/2025,BGC,ARUCS,,80.00,{total}.00,U-{total}" for total in (420, 500)]
    await lives.done(OPENING, own_file(*out, *back), "finance")
    lines = [each["number"] for each in (await lives.get("/banks/main/lines", "finance")).json()["lines"]]
    plain = super(Tried, lives).send

    async def at_once(two: list[int], of: int, kind: str) -> tuple[dict[str, Any], int]:
        answers = await asyncio.gather(
            *(
                plain(MATCHING.format(line), {"kind": kind, "of": [of], **ON}, "finance", key=f"once-{line}")
                for line in two
            )
        )
        [done] = [each.json() for each in answers if each.status_code == 201]
        [left] = [line for line, each in zip(two, answers, strict=True) if each.status_code != 201]
        return done, left

    async def refused(line: int, body: dict[str, Any]) -> str:
        answer = await lives.send(MATCHING.format(line), {**body, **ON}, "finance")
        assert answer.status_code in (409, 422)
        return answer.json()["code"]

    done, left_out = await at_once(lines[:2], number, "payments")
    cleared, money = (done["entries"][place]["number"] for place in (0, 1))
    assert await refused(left_out, {"kind": "payments", "of": [number]}) == "match_unfit"
    assert await refused(left_out, {"kind": "entry", "of": [money]}) == "match_unfit"
    done, left_in = await at_once(lines[2:], cleared, "returned")
    came = next(each["number"] for each in done["entries"] if each["kind"] == "transaction")
    assert await refused(left_in, {"kind": "returned", "of": [cleared]}) == "payment_returned"
    assert await refused(left_in, {"kind": "entry", "of": [came]}) == "match_unfit"
    found = (await lives.get("/banks/main/reconciliation", "finance")).json()
    assert (found["matched"], found["open_in"], found["open_out"]) == ("0.00", "80.00", "-80.00")
    assert (found["ledger"], found["not_on_statement"], found["gap"]) == ("0.00", "0.00", "0.00")


async def test_an_instalment_that_a_line_cleared_or_returned_is_on_no_second_line(lives: Tried) -> None:
    """As a payment's: the entries that cleared it and brought it back are the lines' that said so, and no `entry` of another."""
    await lives.instalment("2000.00")
    await lives.done(OPENING, own_file(
        '03/06/2025,BACS,PHB H1,"2,000.00",,"3,000.00",B-1', '03/06/2025,BACS,PHB H1,"2,000.00",,"1,000.00",B-2',
        '05/06/2025,BACS,ARUCS,,"2,000.00","3,000.00",B-3', '05/06/2025,BACS,ARUCS,,"2,000.00","5,000.00",B-4',
    ), "finance")  # fmt: skip
    out, again, back, twice = (await lives.get("/banks/main/lines", "finance")).json()["lines"]
    [paid] = out["could_be"]
    done = await lives.done(MATCHING.format(out["number"]), {"kind": "payments", "of": [paid], **ON}, "finance")
    cleared = done["entries"][0]["number"]
    posted = [next(each["number"] for each in done["entries"] if each["kind"] == "transaction")]
    done = await lives.done(MATCHING.format(back["number"]), {"kind": "returned", "of": [cleared], **ON}, "finance:una")
    posted.append(next(each["number"] for each in done["entries"] if each["kind"] == "transaction"))
    for line, entry in zip((again, twice), posted, strict=True):
        answer = await lives.send(MATCHING.format(line["number"]), {"kind": "entry", "of": [entry], **ON}, "finance")
        assert (answer.status_code, answer.json()["code"]) == (422, "match_unfit")
