"""A person moves between two commissioners: two books, one receipt, and both sides agree to the penny (events 35, 40 to 42;
R11)."""

from typing import Any

import pytest

from ledger.book.database import READING, connect
from ledger.budgets import acts, plans
from ledger.reports.moves import TransferRead, transfers_between
from tests import kit
from tests.api.lives import BOB, DAY, DORA, END, START, YEAR, D, Lives
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_ending import in_order

OTHER = "OTHER"
PAID = {"bank": "main", "effective_on": DAY}


@pytest.fixture
async def other(lives: Tried) -> Lives:
    """The book of another commissioner, where Dora has a plan as well and the old commissioner is the payee B2."""
    opened = await lives.client.post(
        "/v1/books", {"book": OTHER, "nature": "synthetic", "first_month": "2025-04"}, "operator"
    )
    assert opened.status_code == 201, opened.text
    made = Lives(lives.app, lives.client, OTHER)
    await made.begin()
    return made


async def moved_out(lives: Tried, amount: str = "1500.00") -> int:
    """Dora is paid £2,000, an instalment of £100 is kept, and she moves with so much; the number of the move."""
    await lives.instalment("2000.00")
    await lives.done("instalments", {"line": "D", "service": "home_care", "amount": "100.00", "currency": "GBP",
                                     "effective_on": DAY}, line=D)  # fmt: skip
    done = await approved_out(
        lives, {"line": "D", "book": OTHER, "amount": amount, "currency": "GBP", "effective_on": DAY}
    )
    kinds = [(entry["kind"], entry["event"]) for entry in done["entries"]]
    assert kinds == [("account_opened", 0), ("notice", 0), ("line", 0), ("hold_released", 30), ("notice", 0),
                     ("transaction", 35), ("transaction", 40)]  # fmt: skip
    return done["entries"][1]["number"]


async def approved_out(lives: Tried, sent: dict[str, Any]) -> Any:
    """Nobody moves a person out alone: asked for, approved by another, and done for what was approved."""
    decision = (await lives.done("moves/out", sent, line=D))["decision"]
    assert [each["rule"] for each in decision["findings"]] == ["icb_policy.move_needs_another"]
    alone = await lives.send(f"decisions/{decision['number']}/approve", {"effective_on": DAY}, "officer", D)
    assert alone.json()["code"] == "second_person_needed"
    named = {**sent, "approved": decision["number"]}
    assert (await lives.send("moves/out", named, line=D)).json()["code"] == "approval_unfit"
    await lives.done(f"decisions/{decision['number']}/approve", {"effective_on": DAY}, "officer:olga", D)
    assert (await lives.send("moves/out", {**named, "book": "THIRD"}, line=D)).json()["code"] == "approval_unfit"
    return await lives.done("moves/out", named, line=D)


async def receipt(lives: Lives, number: int) -> dict[str, Any]:
    """The receipt of an entry under a new checkpoint."""
    checkpoints = f"/v1/books/{lives.code}/checkpoints"
    made = await lives.client.post(checkpoints, {}, headers=lives.headers("finance"))
    assert made.status_code == 201, made.text
    return (await lives.get(f"/entries/{number}/receipt", "finance")).json()


async def agreed(book: kit.Book) -> tuple[TransferRead, ...]:
    """The transfers from the first book to the other, each read by itself."""
    [row] = await kit.rows(book.dsn, "SELECT book_id FROM phb.book WHERE code = 'OTHER'")
    ids = (book.book_id, row["book_id"])
    one, two = [await connect(book.dsn, "phb_reader", each, READING) for each in ids]
    try:
        return await transfers_between((one, ids[0]), (two, ids[1]))
    finally:
        await one.close()
        await two.close()


async def test_a_person_moves_and_both_books_agree(lives: Tried, other: Lives, book: kit.Book) -> None:
    """Out: the line ends, its authority goes back, the new commissioner owes. In: the cash is there and owed for. Paid on both
    sides, nothing is left."""
    number = await moved_out(lives)
    owed = f"receivable/commissioner/{OTHER}/{DORA}"
    assert await lives.balance(owed) == "1500.00"
    money = await lives.money(D)
    assert (money["left_to_spend"], money["years"][0]["available"], money["years"][0]["recovering"]) == (
        "500.00", "0.00", "1500.00",
    )  # fmt: skip
    assert [(each.state, each.out_pence, each.in_pence) for each in await agreed(book)] == [("open", 150_000, None)]
    body = {"line": "D", "payee": "B2", "effective_on": DAY, "receipt": await receipt(lives, number + 5)}
    taken = await other.done("moves/in", body, line=D)
    assert await other.balance("payable/B2") == "-1500.00"
    assert (await agreed(book))[0].state == "owed"
    again = await other.send("moves/in", body, line=D)
    assert (again.status_code, again.json()["code"]) == (409, "move_known")
    own = await other.send(f"moves/in/{taken['entries'][0]['number']}/settle", PAID, "finance:officer", D)
    assert own.json()["code"] == "second_person_needed"
    settle = f"moves/in/{taken['entries'][0]['number']}/settle"
    for route, no in (("general_ledger", "paid_by_general_ledger"), ("ours", "payee_unverified")):
        await other.done("/payees/B2/route", {"route": route}, "finance:zoe")
        assert (await other.send(settle, PAID, "finance:pat", D)).json()["code"] == no
    await other.done("/payees/B2/approve", {}, "officer:amy")
    await other.done(settle, PAID, "finance:pat", D)
    assert (await agreed(book))[0].state == "on_its_way"
    await lives.done(f"moves/out/{number}/settle", PAID, "finance:pat", D)
    assert ((await agreed(book))[0].state, await lives.balance(owed)) == ("agreed", "0.00")
    twice = await lives.send(f"moves/out/{number}/settle", PAID, "finance:pat", D)
    assert twice.json()["code"] == "move_settled"
    undone = await lives.send(f"entries/{number + 5}/reverse", {"effective_on": DAY}, "finance:ron", D)
    assert undone.json()["code"] == "move_not_reversed"
    for each in (lives, other):
        [row] = await kit.rows(book.dsn, "SELECT book_id FROM phb.book WHERE code = $1", each.code)
        await in_order(each, kit.Book(book.dsn, row["book_id"], each.code))  # type: ignore[arg-type]


async def test_nothing_stays_behind_with_the_old_commissioner(lives: Tried, other: Lives, book: kit.Book) -> None:
    """What was kept for emergencies goes back to the fund, and what is questioned goes along and is questioned over there too;
    with the account empty there is nothing to move."""
    none = await lives.send("moves/out", {"line": "D", "book": OTHER, "currency": "GBP", "effective_on": DAY}, line=D)
    assert none.json()["code"] == "nothing_moves"
    kept = {"line": "D", "amount": "500.00", "currency": "GBP", "reason": "usual", "effective_on": DAY}
    assert (await lives.done("contingency/set-aside", kept, line=D))["outcome"] == "allow"
    await lives.instalment("2000.00")
    claim = await lives.claim("60.00")
    accepted = await lives.accept(claim, "officer:olga", "claims", D)
    spent = next(each["number"] for each in accepted["entries"] if each["kind"] == "evidence")
    asked = {"of": spent, "amount": "60.00", "currency": "GBP", "effective_on": DAY, "words": "What was it for?"}
    await lives.done("questions", asked, line=D)
    sent = {"line": "D", "book": OTHER, "amount": "1940.00", "currency": "GBP", "effective_on": DAY}
    done = await approved_out(lives, sent)
    [year] = (await lives.money(D))["years"]
    assert {name: year[name] for name in ("available", "contingency", "advanced", "recovering")} == {
        "available": "0.00", "contingency": "0.00", "advanced": "0.00", "recovering": "2000.00",
    }  # fmt: skip
    assert await lives.balance(f"disputed/{DORA}/H1") == "0.00"
    entry = done["entries"][-1]["number"]
    body = {"line": "D", "payee": "B2", "effective_on": DAY, "receipt": await receipt(lives, entry)}
    await other.done("moves/in", body, line=D)
    assert await other.balance(f"disputed/{DORA}/H1") == "60.00"
    assert await other.balance(f"advance/{DORA}/H1") == "1940.00"
    assert await other.balance("payable/B2") == "-2000.00"
    assert [(each.state, each.out_pence, each.in_pence) for each in await agreed(book)] == [("owed", 200_000, 200_000)]
    for each in (lives, other):
        [row] = await kit.rows(book.dsn, "SELECT book_id FROM phb.book WHERE code = $1", each.code)
        await in_order(each, kit.Book(book.dsn, row["book_id"], each.code))  # type: ignore[arg-type]


async def with_two_lines(lives: Lives) -> None:
    """Dora's second line E, paid into the same account."""
    line = plans.Line(line="E", person=DORA, plan="PE", version=1, services=("home_care",), management="direct_payment",
                      amount=500_000, start=START, end=END, shares=(plans.LineShare("nhs", "ring_fenced", 1),),
                      holder_account="H1")  # fmt: skip
    plan = plans.PlanVersion(plan="PE", person=DORA, version=1, start=START, end=END, coordinator="C1", agreement=True)
    drafted = await lives.do(plans.plan_recorded("drafted", plan))
    share = plans.share_of(line, line.shares[0], YEAR)
    await lives.do(
        plans.plan_recorded("signed", plan, because=drafted), plans.line_recorded("agreed", line, because=-1),
        *plans.share_opened(share), acts.allocated(amount=line.amount, shares=[share], effective_on=START, because=-1),
        asked=BOB,
    )  # fmt: skip


@pytest.mark.parametrize(("first", "second"), [("1850.00", "500.00"), ("2000.00", "350.00"), ("1850.00", None)])
async def test_two_lines_of_one_account_move_with_all_that_is_in_suspense_once(
    lives: Tried, other: Lives, book: kit.Book, first: str, second: str | None
) -> None:  # fmt: skip
    """£2,500 paid for two lines, of which £150 has left without evidence. Whichever line the cash in hand is told of, the last one
    takes what is in suspense along, by an entry for each line that it was paid for; each is taken over by its own receipt, and both
    books agree about every one."""
    for each in (lives, other):
        await with_two_lines(each)
    await lives.instalment("2000.00")
    if second is not None:
        await lives.instalment("500.00", "E")
    line = {
        "holder_account": "H1",
        "amount": "150.00",
        "currency": "GBP",
        "on": DAY,
        "reference": "T",
        "source": "bank_feed",
    }
    await lives.done("bank-lines", line, "finance", D)
    sent = {"book": OTHER, "currency": "GBP", "effective_on": DAY}
    gone = (await approved_out(lives, {"line": "D", "amount": first, **sent}))["entries"]
    assert await lives.balance(f"unidentified/{DORA}/H1") == "150.00"
    gone += (await approved_out(lives, {"line": "E", **({} if second is None else {"amount": second}), **sent}))[
        "entries"
    ]
    assert await lives.balance(f"unidentified/{DORA}/H1") == "0.00"
    owed = f"receivable/commissioner/{OTHER}/{DORA}"
    whole = "2500.00" if second is not None else "2000.00"
    assert (await lives.balance(owed), await lives.balance(f"advance/{DORA}/H1")) == (whole, "0.00")
    notices = [each for each in gone if each["kind"] == "notice" and each["attributes"]["act"] == "moved_out"]
    for entry in (each for each in gone if each["event"] == 40):
        [told] = [each["attributes"]["line"] for each in notices if each["number"] == entry["because"]]
        body = {"line": told, "payee": "B2", "effective_on": DAY, "receipt": await receipt(lives, entry["number"])}
        await other.done("moves/in", body, line=D)
    assert await other.balance(f"unidentified/{DORA}/H1") == "150.00"
    assert {each.state for each in await agreed(book)} == {"owed"}
    for each in notices:
        await lives.done(f"moves/out/{each['number']}/settle", PAID, "finance:pat", D)
    assert await lives.balance(owed) == "0.00"
    for each in (lives, other):
        [row] = await kit.rows(book.dsn, "SELECT book_id FROM phb.book WHERE code = $1", each.code)
        await in_order(each, kit.Book(book.dsn, row["book_id"], each.code))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": 1}, "receipt_unfit"), ({"line": "spoiled"}, "receipt_unfit"), ({"root": "0" * 64}, "receipt_unfit"),
        ({"path": []}, "receipt_unfit"), ({"checkpoint": "nobody\n\n"}, "receipt_unfit"), ({}, "not_moved_here"),
    ],
)  # fmt: skip
async def test_what_a_receipt_does_not_show_is_not_taken_over(
    lives: Tried, other: Lives, change: dict[str, Any], code: str
) -> None:
    """Changed in any part it proves nothing; a sound one of another entry moves nobody."""
    number = await moved_out(lives)
    sound = await receipt(lives, number + 5 if change else number)
    body = {"line": "D", "payee": "B2", "effective_on": DAY, "receipt": {**sound, **change}}
    refused = await other.send("moves/in", body, line=D)
    assert refused.json()["code"] == code


async def test_an_amount_that_differs_or_was_never_given_is_a_breach(
    lives: Tried, other: Lives, book: kit.Book
) -> None:
    """Planted in the other book's register by its owner, each is named; what is not taken over yet is open and none."""
    number = await moved_out(lives)
    body = {"line": "D", "payee": "B2", "effective_on": DAY, "receipt": await receipt(lives, number + 5)}
    await other.done("moves/in", body, line=D)
    planted = (
        (
            "UPDATE phb.register SET attributes = attributes || '{\"amount\": \"1\"}' WHERE act = 'moved_in'",
            "one side says",
        ),
        (
            "UPDATE phb.register SET attributes = attributes || '{\"entry\": \"7\"}' WHERE act = 'moved_in'",
            "never given",
        ),
    )
    for change, why in planted:
        await kit.rows(book.dsn, "ALTER TABLE phb.register DISABLE TRIGGER USER")
        await kit.rows(book.dsn, change)
        await kit.rows(book.dsn, "ALTER TABLE phb.register ENABLE TRIGGER USER")
        assert any(why in (each.breach or "") for each in await agreed(book))
    assert TransferRead(1, 5, None, True, False).breach == "it was paid for and never taken over"
    assert TransferRead(1, 5, 5, True, False).breach == "one side has been paid and the other still owes"


async def test_who_moves_somebody_where_is_checked(lives: Tried) -> None:
    """Not to one's own book, not more than is there, not a line that the commissioner pays; finance moves nobody."""
    sent = {"line": "D", "book": OTHER, "amount": "1.00", "currency": "GBP", "effective_on": DAY}
    for changed, who, line, expected in (
        ({"book": "TEST"}, "officer", D, "move_not_elsewhere"), ({}, "officer", D, "amount_not_split"),
        ({}, "finance", D, "permission_missing"), ({"line": "X"}, "officer", D, "line_unknown"),
    ):  # fmt: skip
        assert (await lives.send("moves/out", {**sent, **changed}, who, line)).json()["code"] == expected
