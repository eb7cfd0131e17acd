"""Matches of bank lines over HTTP: money that went back to us, and a match that ends with what it rested on."""

from typing import Any

import msgspec
import pytest

from ledger.budgets import acts, plans
from tests.api.lives import DAY, DORA, START, YEAR, D
from tests.api.test_bank_feeds import PLACE, file_of
from tests.api.test_cut_off import adds_up
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_recovery import ADVANCE, GBP, ON, UNIDENTIFIED, Owed
from tests.api.test_recovery import owed as owed  # The fixture.

LATER = {"effective_on": "2025-06-10"}
ROLL = f"/budgets/{DORA}/holder-accounts/H1/roll-forward"
CAME = "02/06/2025,BACS,NHS PHB,,2000.00,2000.00,A-1"


async def feed(lives: Tried, *rows: str) -> list[dict[str, Any]]:
    """A statement of these rows; all lines of the account."""
    head = "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID"
    await lives.done(PLACE, file_of(content="\n".join([head, *rows, ""]).encode()), "finance", D)
    return await lines_of(lives)


async def lines_of(lives: Tried, show: str = "all") -> list[dict[str, Any]]:
    """The lines of her account."""
    return (await lives.get(f"/budgets/{DORA}/bank-lines?show={show}")).json()["lines"]


async def match(lives: Tried, line: dict[str, Any], kind: str, of: int | None, who: str = "officer:mat") -> Any:
    """Says what a line is; the whole answer."""
    body = {"kind": kind, **LATER} | ({} if of is None else {"of": of})
    return await lives.send(f"bank-lines/{line['number']}/match", body, who, D)


async def instalment_matched(lives: Tried, line: dict[str, Any]) -> None:
    """The line by which the instalment came."""
    done = await match(lives, line, "instalment", line["suggestions"][0]["of"])
    assert done.status_code == 201, done.text


async def stands(lives: Tried) -> tuple[str, str]:
    """Money without evidence, and what the bank has that the ledger does not make."""
    rolled = (await lives.get(ROLL)).json()
    return rolled["unidentified"], rolled["unexplained"]


async def transaction(lives: Tried, made: dict[str, Any], event: int) -> int:
    """The entry of an event among what was made."""
    [number] = [each["number"] for each in made["entries"] if each["event"] == event]
    return number


def code(answer: Any) -> tuple[int, str]:
    """The status and code of a no."""
    return answer.status_code, answer.json()["code"]


async def test_money_handed_back_is_matched_to_its_receipt_once(owed: Owed, lives: Tried) -> None:
    """£600 went back before anybody demanded it. Its line, which counted as money without evidence, is suggested and confirmed;
    what it had moved is taken back, so that nothing of it left twice. Another line of the same amount is not it too."""
    back = await owed.done("hand-backs", {"line": "D", "amount": "600.00", "bank": "main", **GBP, **ON}, "finance")
    receipt = back["entries"][0]["number"]
    came, first, second = await feed(
        lives,
        CAME,
        "03/06/2025,FPO,NORTHSHIRE ICB,600.00,,1400.00,A-2",
        "04/06/2025,FPO,NORTHSHIRE ICB,600.00,,800.00,A-3",
    )
    await instalment_matched(lives, came)
    assert await stands(lives) == ("1200.00", "0.00")
    for line in (first, second):
        [best, *_] = line["suggestions"]
        assert (best["kind"], best["of"], best["amount"]) == ("repayment", receipt, "600.00")
    for of in (1, receipt + 1, None):
        assert code(await match(lives, first, "repayment", of)) == (422, "match_unfit")
    assert code(await match(lives, came, "repayment", receipt)) == (409, "bank_line_matched")
    done = (await match(lives, first, "repayment", receipt)).json()
    assert [(each["kind"], each["event"]) for each in done["entries"]] == [("evidence", 0), ("transaction", 38)]
    assert code(await match(lives, first, "repayment", receipt)) == (409, "bank_line_matched")
    assert code(await match(lives, second, "repayment", receipt)) == (422, "match_unfit")
    assert await stands(lives) == ("600.00", "0.00")
    assert [line["number"] for line in await lines_of(lives, "open")] == [second["number"]]
    assert (await lines_of(lives))[2]["suggestions"] == []
    asked = {"of": first["number"], "amount": "1.00", **GBP, **LATER}
    assert await owed.no("questions", asked) == (422, "source_exceeded")
    await adds_up(lives)


@pytest.mark.parametrize("amount", ["599.99", "600.01"])
async def test_a_repayment_of_another_amount_is_not_the_line(owed: Owed, lives: Tried, amount: str) -> None:
    """Not by a penny, and it leaves nothing."""
    back = await owed.done("hand-backs", {"line": "D", "amount": amount, "bank": "main", **GBP, **ON}, "finance")
    _, line = await feed(lives, CAME, "03/06/2025,FPO,NORTHSHIRE ICB,600.00,,1400.00,A-2")
    assert line["suggestions"] == []
    assert code(await match(lives, line, "repayment", back["entries"][0]["number"])) == (422, "match_unfit")


async def test_a_demand_that_was_repaid_from_the_account_is_its_line(owed: Owed, lives: Tried) -> None:
    """Unspent money that was demanded stays in the account until its line; the bank then has what the ledger says. Not honoured
    after all, it is owed again, the match ends, and the line waits for somebody again, with all that was said of it."""
    demand = await owed.demanded("500.00")
    repaid = await owed.done(
        f"demands/{demand}/repayments", {"amount": "500.00", "bank": "main", **GBP, **ON}, "finance"
    )
    came, line = await feed(lives, CAME, "03/06/2025,FPO,NORTHSHIRE ICB,500.00,,1500.00,A-2")
    await instalment_matched(lives, came)
    step = repaid["entries"][0]["number"]
    assert (await match(lives, line, "repayment", step)).status_code == 201
    assert (await owed.balances(ADVANCE), await stands(lives)) == (["1500.00"], ("0.00", "0.00"))
    bounced = await lives.done(f"entries/{await transaction(lives, repaid, 18)}/reverse", LATER, "finance:ron", D)
    assert [(each["kind"], each["event"]) for each in bounced["entries"]] == [
        ("notice", 0), ("transaction", 38), ("evidence", 0), ("transaction", 13),
    ]  # fmt: skip
    assert await stands(lives) == ("500.00", "0.00")
    [again] = await lines_of(lives, "open")
    assert (again["number"], again["matched"], again["of"]) == (line["number"], None, None)
    assert [(each["kind"], each["of"], each["ended"]) for each in again["said"]] == [
        ("repayment", step, False), ("repayment", step, True),
    ]  # fmt: skip
    assert code(await match(lives, line, "repayment", step)) == (422, "match_unfit")
    anew = await owed.done(
        f"demands/{demand}/repayments", {"amount": "500.00", "bank": "main", **GBP, **LATER}, "finance"
    )
    assert (await match(lives, line, "repayment", anew["entries"][0]["number"])).status_code == 201
    assert (await stands(lives), await lines_of(lives, "open")) == (("0.00", "0.00"), [])
    await adds_up(lives)


async def test_a_debt_for_what_had_gone_is_not_paid_out_of_the_budget(owed: Owed, lives: Tried) -> None:
    """£60 of care that was accepted are demanded, and the account pays them: what that took was the budget's own money, so it has
    no evidence still. Once other money is known to have come in, it was that."""
    accepted = (await lives.accept(await lives.claim("60.00"), "officer:olga", "claims", D))["entries"][0]["number"]
    demand = await owed.demanded("60.00", source="spent", of=accepted)
    repaid = await owed.done(
        f"demands/{demand}/repayments", {"amount": "60.00", "bank": "main", **GBP, **ON}, "finance"
    )
    step = repaid["entries"][0]["number"]
    came, spent, line, own = await feed(
        lives, CAME, "02/06/2025,CARD,CARE,60.00,,1940.00,A-2", "03/06/2025,FPO,NORTHSHIRE ICB,60.00,,1880.00,A-3",
        "04/06/2025,BGC,DORA,,60.00,1940.00,A-4",
    )  # fmt: skip
    await instalment_matched(lives, came)
    assert (await match(lives, spent, "evidence", accepted)).status_code == 201
    assert code(await match(lives, line, "repayment", step)) == (422, "repaid_of_budget")
    assert await stands(lives) == ("60.00", "0.00")
    assert (await match(lives, own, "other_money", None)).status_code == 201
    assert (await match(lives, line, "repayment", step)).status_code == 201
    assert (await stands(lives), await owed.balances(ADVANCE)) == (("0.00", "0.00"), ["1940.00"])
    await adds_up(lives)


async def test_a_line_that_came_before_its_receipt_is_named_by_it(owed: Owed, lives: Tried) -> None:
    """All that was left went back and the statement came first: nothing of ours is in the account any more to be handed back. The
    receipt names the line, of its amount and open, and both are settled in one group; reversed, the line is open again."""
    came, line, small = await feed(
        lives, CAME, "03/06/2025,FPO,NORTHSHIRE ICB,1995.00,,5.00,A-2", "04/06/2025,CARD,SHOP,5.00,,0.00,A-3"
    )
    await instalment_matched(lives, came)
    body = {"line": "D", "amount": "1995.00", "bank": "main", **GBP, **LATER}
    assert await owed.no("hand-backs", body, "finance") == (422, "source_exceeded")
    for named, expected in (
        (small["number"], (422, "match_unfit")), (came["number"], (409, "bank_line_matched")),
        (1, (404, "bank_line_not_found")),
    ):  # fmt: skip
        assert await owed.no("hand-backs", {**body, "bank_line": named}, "finance") == expected
    body["bank_line"] = line["number"]
    back = await owed.done("hand-backs", body, "finance")
    assert [(each["kind"], each["event"]) for each in back["entries"]] == [
        ("evidence", 0), ("transaction", 38), ("transaction", 18), ("evidence", 0),
    ]  # fmt: skip
    assert await stands(lives) == ("5.00", "0.00")
    shown = (await lines_of(lives))[1]
    assert (shown["state"], shown["matched"], shown["of"]) == ("closed", "repayment", back["entries"][0]["number"])
    assert await owed.no("hand-backs", body, "finance") == (409, "bank_line_matched")
    await lives.done(f"entries/{await transaction(lives, back, 18)}/reverse", LATER, "finance:ron", D)
    assert await stands(lives) == ("2000.00", "0.00")
    assert {each["number"] for each in await lines_of(lives, "open")} == {line["number"], small["number"]}
    await adds_up(lives)


async def test_an_instalment_that_went_back_is_the_line_by_which_it_left(lives: Tried) -> None:
    """It arrived, was matched, and the holder's bank sent it back: the arrival stays what it was, the line out is the return."""
    number = await lives.instalment("2000.00")
    await lives.done(f"instalments/{number}/clear", ON, "finance", D)
    came, gone = await feed(lives, CAME, "05/06/2025,BACS,RETURNED,2000.00,,0.00,A-2")
    await instalment_matched(lives, came)
    returned = await lives.done(f"instalments/{number}/return", {**LATER, "reason": "account_closed"}, "finance:fay", D)
    assert (await match(lives, gone, "repayment", returned["entries"][0]["number"])).status_code == 201
    assert (await stands(lives), await lines_of(lives, "open")) == (("0.00", "0.00"), [])
    assert (await lines_of(lives))[0]["matched"] == "instalment"
    await adds_up(lives)


async def test_a_refund_that_was_told_before_its_line_is_that_line(owed: Owed, lives: Tried) -> None:
    """Finance wrote the refund down by hand (event 32); the receipt of the feed is it, and posts nothing again."""
    accepted = (await lives.accept(await lives.claim("60.00"), "officer:olga", "claims", D))["entries"][0]["number"]
    told = await owed.done("refunds", {"of": accepted, "amount": "5.00", "reference": "R-1", **GBP, **ON}, "finance")
    receipt = next(each["number"] for each in told["entries"] if each["kind"] == "evidence")
    came, line, other = await feed(
        lives, CAME, "05/06/2025,BGC,SHOP,,5.00,2005.00,A-2", "06/06/2025,BGC,SHOP,,5.00,2010.00,A-3"
    )
    await instalment_matched(lives, came)
    [best] = line["suggestions"]
    assert (best["kind"], best["of"]) == ("refund", receipt)
    done = (await match(lives, line, "refund", receipt)).json()
    assert [(each["kind"], each["event"]) for each in done["entries"]] == [("evidence", 0)]
    assert code(await match(lives, other, "refund", receipt)) == (422, "match_unfit")
    assert (await stands(lives), await owed.balances(ADVANCE)) == (("0.00", "0.00"), ["1945.00"])
    await adds_up(lives)


async def test_evidence_that_is_reversed_leaves_its_line_open(owed: Owed, lives: Tried) -> None:
    """Accepted before its line came, matched, and reversed: the line is money without evidence again, and another claim can explain
    it. The same request again has its first answer and posts nothing."""
    made = await lives.accept(await lives.claim("412.50", spent_on="2025-06-05"), "officer:olga", "claims", D)
    came, line = await feed(lives, CAME, "05/06/2025,FPO,ROWAN CARE,412.50,,1587.50,A-2")
    await instalment_matched(lives, came)
    assert (await match(lives, line, "evidence", made["entries"][0]["number"])).status_code == 201
    assert (await owed.balances(UNIDENTIFIED), await lines_of(lives, "open")) == (["0.00"], [])
    path, plain = f"entries/{await transaction(lives, made, 12)}/reverse", super(Tried, lives).send
    first = await plain(path, LATER, "finance:ron", D, key="taken back")
    assert [(each["kind"], each["event"]) for each in first.json()["entries"]] == [
        ("evidence", 0), ("transaction", 38), ("evidence", 0), ("transaction", 13),
    ]  # fmt: skip
    assert (await plain(path, LATER, "finance:ron", D, key="taken back")).text == first.text
    assert await owed.balances(ADVANCE, UNIDENTIFIED) == ["1587.50", "412.50"]
    assert await stands(lives) == ("412.50", "0.00")
    [again] = await lines_of(lives, "open")
    assert (again["number"], [each["ended"] for each in again["said"]]) == (line["number"], [False, True])
    asked = {"of": line["number"], "amount": "12.50", **GBP, **LATER}
    question = (await owed.done("questions", asked))["entries"][0]["number"]
    await owed.done(f"questions/{question}/explain", {"amount": "12.50", **GBP, **LATER}, "officer:olga")
    claim = await lives.claim("412.50", spent_on="2025-06-05", bank_line=line["number"])
    await lives.accept(claim, "officer:olga", "claims", D)
    assert (await stands(lives), await lines_of(lives, "open")) == (("0.00", "0.00"), [])
    await adds_up(lives)


async def test_what_was_posted_anew_for_a_line_is_taken_back_by_its_next_match(owed: Owed, lives: Tried) -> None:
    """Matched, reversed, and matched to other evidence: the second time takes back what the first reversal had posted."""
    claims = [await lives.accept(await lives.claim("15.00"), "officer:olga", "claims", D) for _ in range(2)]
    came, line = await feed(lives, CAME, "03/06/2025,CARD,POOL,15.00,,1985.00,A-2")
    await instalment_matched(lives, came)
    numbers = [each["entries"][0]["number"] for each in claims]
    assert (await match(lives, line, "evidence", numbers[0])).status_code == 201
    await lives.done(f"entries/{await transaction(lives, claims[0], 12)}/reverse", LATER, "finance:ron", D)
    assert await stands(lives) == ("15.00", "0.00")
    assert (await match(lives, line, "evidence", numbers[1])).status_code == 201
    assert (await stands(lives), await owed.balances(ADVANCE)) == (("0.00", "0.00"), ["1985.00"])
    await adds_up(lives)


async def ordered(lives: Tried) -> int:
    """An order of £15 of the commissioner's, on a line O of Dora's which is not paid out; its hold."""
    care = msgspec.structs.replace(D, line="O", management="notional", holder_account=None, amount=100_00)
    [share] = [plans.share_of(care, each, YEAR) for each in care.shares]
    await lives.do(
        plans.line_recorded("agreed", care), *plans.share_opened(share),
        acts.allocated(amount=100_00, shares=[share], effective_on=START, because=-1),
    )  # fmt: skip
    wish = {"line": "O", "service": "home_care", "amount": "15.00", **GBP, **ON, "payee": "A1"}
    return int((await lives.done("spends", wish, "holder:holder-D", D))["hold"])


async def test_an_order_that_is_taken_back_leaves_its_line_open(lives: Tried) -> None:
    """What the holder had paid of an order is reversed before it was paid back to them: the order keeps its money again, nothing is
    owed, and the line is money without evidence. It can be matched to the order again."""
    hold = await ordered(lives)
    await lives.instalment("2000.00")
    came, line = await feed(lives, CAME, "03/06/2025,CARD,POOL,15.00,,1985.00,A-2")
    await instalment_matched(lives, came)
    made = (await match(lives, line, "order", hold)).json()
    await lives.done(f"entries/{await transaction(lives, made, 16)}/reverse", LATER, "finance:ron", D)
    for account, expected in (
        ("payable/H1", "0.00"), ("share/O/nhs/2025-26/held", "15.00"), (ADVANCE, "1985.00"), (UNIDENTIFIED, "15.00"),
    ):  # fmt: skip
        assert await lives.balance(account) == expected, account
    assert [each["number"] for each in await lines_of(lives, "open")] == [line["number"]]
    assert await stands(lives) == ("15.00", "0.00")
    assert (await match(lives, line, "order", hold)).status_code == 201
    assert (await stands(lives), await lives.balance("payable/H1")) == (("0.00", "0.00"), "-15.00")
    await adds_up(lives)


async def test_a_claim_that_is_reversed_leaves_its_line_open_without_an_end(owed: Owed, lives: Tried) -> None:
    """A line that claims explain is open as far as they do not: what was reversed explains nothing."""
    claim = await lives.claim("15.00")
    came, line = await feed(lives, CAME, "03/06/2025,CARD,POOL,15.00,,1985.00,A-2")
    await instalment_matched(lives, came)
    tied = (await match(lives, line, "claim", claim)).json()
    made = await lives.accept(tied["entries"][1]["number"], "officer:olga", "claims", D)
    assert await lines_of(lives, "open") == []
    await lives.done(f"entries/{await transaction(lives, made, 13)}/reverse", LATER, "finance:ron", D)
    assert ([each["number"] for each in await lines_of(lives, "open")], await stands(lives)) == (
        [line["number"]], ("15.00", "0.00"),
    )  # fmt: skip
    await adds_up(lives)


async def test_the_month_end_counts_a_line_whose_match_ended(owed: Owed, lives: Tried) -> None:
    """Matched it is explained, and not any more when its evidence was reversed."""
    made = await lives.accept(await lives.claim("15.00"), "officer:olga", "claims", D)
    _, line = await feed(lives, CAME, "03/06/2025,CARD,POOL,15.00,,1985.00,A-2")

    async def unexplained() -> str:
        found = (await lives.get("/periods/2025-06/close", "finance")).json()
        return next(each["amount"] for each in found["matters"] if each["name"] == "bank_lines_unmatched")

    assert await unexplained() == "15.00"
    await match(lives, line, "evidence", made["entries"][0]["number"])
    assert await unexplained() == "0.00"
    await lives.done(f"entries/{await transaction(lives, made, 12)}/reverse", LATER, "finance:ron", D)
    assert await unexplained() == "15.00"


@pytest.mark.parametrize("first", ["match", "reverse"])
async def test_a_match_and_a_reversal_that_cross_leave_no_match_without_its_reason(
    owed: Owed, lives: Tried, first: str
) -> None:
    """Whichever comes first: a match to what was reversed is refused, and a reversal after the match ends it."""
    made = await lives.accept(await lives.claim("15.00"), "officer:olga", "claims", D)
    number = made["entries"][0]["number"]
    came, line = await feed(lives, CAME, "03/06/2025,CARD,POOL,15.00,,1985.00,A-2")
    await instalment_matched(lives, came)
    path = f"entries/{await transaction(lives, made, 12)}/reverse"
    if first == "match":
        assert (await match(lives, line, "evidence", number)).status_code == 201
        await lives.done(path, LATER, "finance:ron", D)
    else:
        await lives.done(path, LATER, "finance:ron", D)
        assert code(await match(lives, line, "evidence", number)) == (422, "match_unfit")
    assert ([each["number"] for each in await lines_of(lives, "open")], await stands(lives)) == (
        [line["number"]], ("15.00", "0.00"),
    )  # fmt: skip
    assert LATER["effective_on"] > DAY
