"""Delegated financial limits over HTTP: by grade and act, from a day on; and what an allowance gives back at a write-off."""

from typing import Any

from ledger.budgets import chart
from ledger.core.requests import OpenAccounts
from tests import kit
from tests.api.lives import BOOK, D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_recovery import GBP, ON, Owed, right
from tests.api.test_recovery import owed as owed  # The fixture.

APRIL, LATER = {"from": "2025-04-01"}, {"from": "2025-12-01"}


async def test_what_one_person_may_give_up_goes_by_grade_from_a_day_on(
    owed: Owed, lives: Tried, book: kit.Book
) -> None:
    """Without a grade the rules' £500 counts; with one its own limit, more or less, from its day on; another's limit is no
    limit, and nobody sets their own."""
    number, other = await owed.demanded("1500.00"), await owed.demanded("500.00")
    body = {"authority": "sfi", "loss": "bad_debt", **GBP, **ON}

    async def outcome(amount: str, who: str, of: int = number) -> Any:
        path = f"demands/{of}/write-offs"
        return (await owed.done(path, {**body, "amount": amount}, who))["decision"]["outcome"]

    limit = {"grade": "band8", "act": "write_off", "amount": "600.00", "currency": "GBP", **APRIL}
    await lives.done("/limits", limit, "finance:gil")
    await lives.done("/limits", {**limit, "grade": "band4", "amount": "0.00"}, "finance:gil")
    await lives.done("/limits", {**limit, "amount": "9000.00", **LATER}, "finance:gil")
    await lives.done("/grades", {"actor": "fay", "grade": "band8", **APRIL}, "finance:gil")
    await lives.done("/grades", {"actor": "pat", "grade": "band4", **APRIL}, "finance:gil")
    assert [await outcome(*each) for each in (
        ("600.01", "finance:fay"), ("0.01", "finance:pat"), ("500.01", "finance:ron"), ("600.00", "finance:fay"),
    )] == ["refer", "refer", "refer", "allow"]  # fmt: skip
    await lives.done("/grades", {"actor": "pat", "grade": None, "from": "2025-05-01"}, "finance:gil")
    # A grade that has ended leaves nothing to do alone; without one, what was given up of the same demand counts with it, whoever
    # did, and of another it does not.
    assert await outcome("0.01", "finance:pat", other) == "refer"
    assert await outcome("500.00", "finance:ron") == "refer"
    assert await outcome("500.00", "finance:ron", other) == "allow"
    for path, sent, who, expected in (
        ("/grades", {"actor": "fay", "grade": "band9", **APRIL}, "finance:fay", (422, "own_limit")),
        ("/limits", limit, "finance:fay", (422, "own_limit")),
        ("/limits", {**limit, "amount": "-1.00"}, "finance:gil", (400, "amount_malformed")),
        ("/limits", limit, "officer", (403, "permission_missing")),
    ):  # fmt: skip
        answer = await lives.send(path, sent, who, D)
        assert (answer.status_code, answer.json()["code"]) == expected, path
    listed = (await lives.get("/limits?limit=2", "finance")).json()["limits"]
    assert [(each["grade"], each["act"], each["amount"], each["from"]) for each in listed] == [
        ("band8", "write_off", "600.00", "2025-04-01"), ("band4", "write_off", "0.00", "2025-04-01"),
    ]  # fmt: skip
    await right(lives, book)


async def test_nobody_sets_what_holds_for_whom_they_act_for(lives: Tried) -> None:
    """Neither the grade of that person nor the limits of that grade: it would be they who set them."""

    async def answered(path: str, body: dict[str, Any], sub: str, acting_for: str | None) -> tuple[int, str]:
        headers = {"Authorization": lives.client.token("finance", sub=sub, acting_for=acting_for)}
        answer = await lives.client.post(f"{BOOK}{path}", body, headers=headers)
        return answer.status_code, answer.json().get("code", "")

    grade = {"actor": "fay", "grade": "band8", **APRIL}
    limit = {"grade": "band8", "act": "write_off", "amount": "600.00", "currency": "GBP", **APRIL}
    assert await answered("/grades", grade, "gil", "fay") == (422, "own_limit")
    assert await answered("/grades", grade, "gil", "ron") == (201, "")
    for who in (("gil", "fay"), ("fay", "gil")):
        assert await answered("/limits", limit, *who) == (422, "own_limit")
    assert await answered("/limits", limit, "gil", None) == (201, "")


async def test_a_demand_above_the_limit_of_a_grade_is_referred(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """Any act with an amount can have one: here a demand of a penny more waits for somebody who may, and an act that there is not
    has none."""
    limit = {"grade": "band6", "act": "demand", "amount": "250.00", "currency": "GBP", **APRIL}
    assert (await lives.send("/limits", {**limit, "act": "gamble"}, "finance:gil", D)).status_code == 400
    await lives.done("/limits", limit, "finance:gil")
    await owed.demanded("250.01")
    await lives.done("/grades", {"actor": "officer", "grade": "band6", **APRIL}, "finance:gil")
    await owed.demanded("250.00")
    line = await owed.bank_line("250.01", "T9")
    notice = await owed.notice("250.01")
    body = {"amount": "250.01", "line": "D", "notice": notice, "of": line, "source": "unidentified", **GBP, **ON}
    found = (await owed.done("demands", body))["decision"]
    assert (found["outcome"], [each["rule"] for each in found["findings"]]) == ("refer", ["icb_policy.over_own_limit"])
    await right(lives, book)


async def test_a_write_off_releases_what_was_expected_to_be_lost(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """An allowance of the class gives back what is written off, as far as it goes, in the same group (event 24)."""
    codes = [chart.account("allowance", reason="bad_debt"), chart.account("impairment", year="2025-26")]
    await lives.do(OpenAccounts(accounts=tuple(codes)))
    expected = {"amount": "120.00", "reason": "bad_debt", "year": "2025-26", **GBP, **ON}
    await lives.done("/credit-losses", expected, "finance")
    number = await owed.demanded("300.00")
    gone = {"amount": "100.00", "authority": "sfi", "loss": "bad_debt", **GBP, **ON}
    done = await owed.done(f"demands/{number}/write-offs", gone, "finance:fay")
    assert [each["event"] for each in done["entries"] if each["kind"] == "transaction"] == [23, 24]
    assert await owed.balances("allowance/bad_debt", "impairment/2025-26") == ["-20.00", "20.00"]
    await owed.done(f"demands/{number}/write-offs", gone, "finance:fay")
    assert await owed.balances("allowance/bad_debt", "impairment/2025-26") == ["0.00", "0.00"]
    last = await owed.done(f"demands/{number}/write-offs", gone, "finance:fay")
    assert [each["event"] for each in last["entries"] if each["kind"] == "transaction"] == [23]
    await right(lives, book)
