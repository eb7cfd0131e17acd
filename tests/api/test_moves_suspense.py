"""What is in suspense when a person moves: answered there and no more here, and whatever was open about it (R5, R6, R11)."""

from datetime import date
from typing import Any

from ledger.budgets.claims import Evidence, bank_line_subject, evidence_recorded
from tests import kit
from tests.api.lives import DAY, DORA, D, Lives
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_ending import in_order
from tests.api.test_moves import OTHER, agreed, approved_out, receipt
from tests.api.test_moves import other as other  # The fixture.
from tests.api.test_recovery import DISPUTED, GBP, ON, UNIDENTIFIED, Owed
from tests.api.test_year_end import END, _confirmed, _ruled

SUSPENSE = ("unidentified", "disputed", "bank_lines_unmatched")


async def matters(lives: Lives) -> dict[str, tuple[int, str]]:
    """What the end of the year finds of money in suspense: how many and how much."""
    check = (await lives.get("/periods/2025-26/close", "finance")).json()
    return {each["name"]: (each["count"], each["amount"]) for each in check["matters"] if each["name"] in SUSPENSE}


async def both_in_order(book: kit.Book, *each_of: Lives) -> None:
    """Both books verify and hold every identity, and agree about what moved."""
    for each in each_of:
        [row] = await kit.rows(book.dsn, "SELECT book_id FROM phb.book WHERE code = $1", each.code)
        await in_order(each, kit.Book(book.dsn, row["book_id"], each.code))  # type: ignore[arg-type]
    assert {each.breach for each in await agreed(book)} == {None}


async def moved_in_suspense(lives: Tried) -> tuple[dict[str, int], int]:
    """Dora is paid £2,000. £150 left without evidence, of which £30 is questioned; so is £60 that had been accepted. She moves with
    the rest of £1,790 and all of that: what was open, and the entry of the move."""
    await lives.instalment("2000.00")
    owed = Owed(lives)
    line = await owed.bank_line("150.00")
    spent = (await lives.accept(await lives.claim("60.00"), "officer:olga", "claims", D))["entries"][0]["number"]
    asked = {}
    for of, amount in ((line, "30.00"), (spent, "60.00")):
        sent = {"of": of, "amount": amount, "words": "What was it?", **GBP, **ON}
        asked[amount] = (await owed.done("questions", sent))["entries"][0]["number"]
    assert await owed.balances(DISPUTED, UNIDENTIFIED) == ["90.00", "120.00"]
    assert await matters(lives) == {
        "unidentified": (1, "120.00"),
        "disputed": (1, "90.00"),
        "bank_lines_unmatched": (1, "150.00"),
    }
    done = await approved_out(lives, {"line": "D", "book": OTHER, "amount": "1790.00", **GBP, **ON})
    acts = [each["attributes"].get("act") for each in done["entries"]]
    assert (acts.count("question_moved"), acts.count("bank_line_matched")) == (2, 1)
    return {"line": line, "bank": asked["30.00"], "spent": asked["60.00"]}, done["entries"][-1]["number"]


async def moved_over(lives: Tried, other: Lives, entry: int) -> list[dict[str, Any]]:
    """Taken over by its receipt; what the other book recorded."""
    body = {"line": "D", "payee": "B2", "effective_on": DAY, "receipt": await receipt(lives, entry)}
    return (await other.done("moves/in", body, line=D))["entries"]


async def test_what_was_open_about_an_account_goes_with_it(lives: Tried, other: Lives, book: kit.Book) -> None:
    """The old commissioner's questions and bank lines are closed by the move, and nobody answers them there any more; its year's
    end finds nothing of them."""
    open_before, _ = await moved_in_suspense(lives)
    owed = Owed(lives)
    assert set((await matters(lives)).values()) == {(0, "0.00")}
    for each in ("bank", "spent"):
        no = await owed.no(f"questions/{open_before[each]}/explain", {"amount": "1.00", **GBP, **ON}, "officer:olga")
        assert no == (422, "question_exceeded")
    line = open_before["line"]
    assert await owed.no("questions", {"of": line, "amount": "0.01", **GBP, **ON}) == (422, "source_exceeded")
    matched = await owed.no(f"bank-lines/{line}/match", {"kind": "evidence", "of": 1, **ON}, "officer:olga")
    assert matched == (409, "bank_line_matched")
    await both_in_order(book, lives)


async def test_suspense_that_came_with_a_person_is_explained_and_demanded_there(
    lives: Tried, other: Lives, book: kit.Book
) -> None:
    """Each sum is a line of the bank in the receiving book, and what was questioned is a question about its line. A part is
    explained and accepted as care, the rest demanded; then nothing of it is left, every identity holds in both books, and the
    year of the receiving book ends."""
    _, entry = await moved_in_suspense(lives)
    entries = await moved_over(lives, other, entry)
    assert [(each["kind"], each["event"], each["attributes"].get("act")) for each in entries] == [
        ("notice", 0, "moved_in"), ("transaction", 42, None), ("evidence", 0, "bank_line_taken"), ("transaction", 13, None),
        ("evidence", 0, "bank_line_taken"), ("transaction", 13, None), ("evidence", 0, "questioned"), ("transaction", 14, None),
    ]  # fmt: skip
    line, doubted, question = (entries[place]["number"] for place in (2, 4, 6))
    there = Owed(other)  # type: ignore[arg-type]
    assert await there.balances(DISPUTED, UNIDENTIFIED, f"advance/{DORA}/H1") == ["90.00", "120.00", "1790.00"]
    await both_in_order(book, lives, other)
    again = {"amount": "50.00", "words": "The receipt came.", **GBP, **ON}
    await there.done(f"questions/{question}/explain", again, "officer:amy")
    for amount, of in (("50.00", doubted), ("100.00", line)):
        await other.accept(await other.claim(amount, bank_line=of), "officer:olga", "claims", D)
    over = await other.claim("50.01", bank_line=doubted)
    assert await there.no(f"claims/{over}/accept", ON, "officer:olga") == (422, "bank_line_exceeded")
    await other.done(f"claims/{over}/decline", {"reason": "not_agreed", "words": "It was too much."}, "officer:olga", D)
    demand = await there.demanded("20.00", source="unidentified", of=line)
    await there.demanded("40.00", source="disputed", of=question)
    assert await there.balances(DISPUTED, UNIDENTIFIED) == ["0.00", "0.00"]
    assert set((await matters(other)).values()) == {(0, "0.00")}
    await there.done(f"demands/{demand}/repayments", {"amount": "20.00", "bank": "main", **GBP, **ON}, "finance:pat")
    await both_in_order(book, lives, other)
    await _ruled(other)  # type: ignore[arg-type]
    await _confirmed(other)  # type: ignore[arg-type]
    for kind, each in (("line", "D"), ("line", "N"), ("fund", "nhs"), ("fund", "council")):
        await other.done(f"{END}/{kind}s", {kind: each}, "finance:pat")
    check = (await other.get("/periods/2025-26/close", "finance")).json()
    assert [each["name"] for each in check["matters"] if each["blocks"] and each["count"]] == []
    await other.done("/periods/close", {"period": "2025-26"}, "finance:fay")
    await both_in_order(book, lives, other)


async def test_more_open_lines_than_one_move_takes_along_are_answered_first(lives: Tried) -> None:
    """Nothing is done, and the answer says what to do."""
    await lives.instalment("2000.00")
    gone = [
        Evidence(subject=bank_line_subject("H1", f"{place:032x}"), person=DORA, amount=1, holder_account="H1",
                 document_on=date(2025, 6, 2), feed="bank_feed")
        for place in range(50)
    ]  # fmt: skip
    await lives.do(*(evidence_recorded("bank_line_taken", each) for each in gone))
    sent = {"line": "D", "book": OTHER, "amount": "2000.00", **GBP, **ON}
    assert (await lives.send("moves/out", sent, line=D)).json()["code"] == "move_too_large"
