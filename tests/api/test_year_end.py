"""The end of a year over HTTP: proposed, confirmed by another person, and ended line by line and fund by fund."""

from typing import Any

from api.open_books import today
from ledger.book.database import READING, connect
from ledger.book.verify import verify_book
from ledger.budgets.chart import fund_accounts
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.warrants import check_warrants
from tests.api.lives import NED, D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_holding import rules

END, NEXT = "/years/2025-26/end", "2026-27"


async def _ruled(lives: Tried, nhs: str = "committed", council: str = "none", year: bool = True) -> None:
    """Rules of both funds, and their next year with money in it."""
    for fund, rule in (("nhs", nhs), ("council", council)):
        await lives.done(f"/funds/{fund}/carry-rule", {"rule": rule, "first_day": "2025-04-01"}, "finance")
        if year:
            await lives.do(fund_accounts(fund, NEXT, "partner" if fund == "council" else "ring_fenced"))
            grant = {"year": NEXT, "amount": "9000.00", "currency": "GBP", "effective_on": "2026-04-01"}
            await lives.done(f"/funds/{fund}/grants", grant, "finance")


async def _confirmed(lives: Tried) -> int:
    """The year's end proposed by Fay and confirmed by Pat; the proposal."""
    proposal = (await lives.done(f"{END}/proposals", {}, "finance:fay"))["entries"][0]["number"]
    await lives.done(f"{END}/confirm", {"proposal": proposal}, "finance:pat")
    return proposal


async def test_a_year_ends_by_each_funds_rule_and_then_it_closes(lives: Tried) -> None:
    """Money paid out, and an order by its part of each fund, go on: carried for the health fund, first call on the next year's
    money for the council; the rest lapses. Then the order's invoice is a cost of the next year, every identity holds and the book
    verifies."""
    await lives.instalment("2000.00")
    order = await lives.spend("100.00", care_from="2026-03-20", care_to="2026-03-31", effective_on="2026-03-20")
    await _ruled(lives)
    await _confirmed(lives)
    left = (await lives.get(END, "finance")).json()
    assert {(each["line"], each["fund"], each["carried"]) for each in left["lines"]} == {
        ("D", "nhs", "2000.00"), ("N", "nhs", "60.00"), ("N", "council", "40.00"),
    }  # fmt: skip
    for line in ("D", "N"):
        made = await lives.done(f"{END}/lines", {"line": line}, "finance:pat")
    assert [(each["kind"], each["event"]) for each in made["entries"]] == [
        ("setting", 0), ("share_opened", 0), ("share_opened", 0), ("hold_released", 30), ("transaction", 35),
        ("transaction", 36), ("transaction", 37), ("decision", 0), ("hold_placed", 5),
    ]  # fmt: skip
    for fund in ("nhs", "council"):
        await lives.done(f"{END}/funds", {"fund": fund}, "finance:pat")
    for code, expected in (
        ("share/D/nhs/2026-27/advanced", "2000.00"), ("share/N/nhs/2026-27/held", "60.00"),
        ("share/N/council/2026-27/held", "40.00"), ("fund/nhs/2026-27/carried", "-2060.00"),
        ("fund/council/2026-27/unallocated", "8960.00"), ("fund/council/2025-26/lapsed", "5000.00"),
        ("fund/nhs/2025-26/lapsed", "37940.00"), ("fund/nhs/2025-26/carried", "2060.00"),
    ):  # fmt: skip
        assert await lives.balance(code) == expected, code
    again = await lives.send(f"{END}/lines", {"line": "N"}, "finance:pat")
    assert (again.status_code, again.json()["code"]) == (409, "year_end_nothing")
    left = (await lives.get(END, "finance")).json()
    assert (left["lines"], {each["unallocated"] for each in left["funds"]}) == ([], {"0.00"})
    check = (await lives.get("/periods/2025-26/close", "finance")).json()
    assert [each["name"] for each in check["matters"] if each["blocks"] and each["count"]] == []
    await lives.done("/periods/close", {"period": "2025-26"}, "finance:fay")
    hold = made["entries"][-1]["number"]
    number = await lives.invoice("Y-1", "100.00", hold=hold, final=True)
    await lives.done(f"invoices/{number}/accept", {"effective_on": "2026-04-20"}, "finance:fay")
    assert (await lives.balance("share/N/nhs/2026-27/spent"), order["hold"] < hold) == ("60.00", True)
    found = (await lives.get("/identities", "finance")).json()
    assert [each for each in found["identities"] if not each["ok"]] == []
    book_id = (await lives.app.desk.books.row("TEST")).book_id
    connection = await connect(lives.dsn, "phb_reader", book_id, READING)
    try:
        verified = await verify_book(connection, book_id, verifiers=(), identities=IDENTITIES, also=(check_warrants,))
    finally:
        await connection.close()
    assert (verified.ok, verified.why) == (True, None)


async def test_everything_goes_on_where_the_rule_says_so(lives: Tried) -> None:
    """A fund that keeps its money carries what its lines have and what no line was given."""
    await _ruled(lives, "all", "all")
    await _confirmed(lives)
    await lives.done(f"{END}/lines", {"line": "N"}, "finance")
    await lives.done(f"{END}/funds", {"fund": "council"}, "finance")
    for code, expected in (
        ("share/N/nhs/2026-27/available", "6240.00"), ("share/N/council/2026-27/available", "4160.00"),
        ("fund/council/2026-27/carried", "-5000.00"), ("fund/council/2026-27/unallocated", "9840.00"),
    ):  # fmt: skip
        assert await lives.balance(code) == expected, code


async def test_the_noes_of_a_year_end(lives: Tried) -> None:
    """No rule, no confirmation, the same person, an older proposal, something that waits, no next year."""

    async def no(path: str, sent: dict[str, Any], who: str = "finance:fay") -> tuple[int, str]:
        answer = await lives.send(path, sent, who)
        return answer.status_code, answer.json()["code"]

    assert await no(f"{END}/proposals", {}) == (422, "carry_rule_missing")
    assert await no("/years/2098-99/end/proposals", {}) == (422, "year_not_over")
    assert await no("/funds/none/carry-rule", {"rule": "all", "first_day": "2025-04-01"}) == (404, "fund_not_found")
    assert (await lives.send(f"{END}/proposals", {}, "officer")).status_code == 403
    await _ruled(lives, year=False)
    assert await no(f"{END}/lines", {"line": "N"}) == (422, "year_end_not_confirmed")
    older = (await lives.done(f"{END}/proposals", {}, "finance:fay"))["entries"][0]["number"]
    assert await no(f"{END}/confirm", {"proposal": older}) == (422, "second_person_needed")
    await _confirmed(lives)
    assert await no(f"{END}/confirm", {"proposal": older}, "finance:pat") == (409, "year_end_not_proposed")
    assert await no(f"{END}/lines", {"line": "Z"}) == (404, "line_unknown")
    assert await no(f"{END}/funds", {"fund": "none"}) == (404, "fund_not_found")
    await lives.spend("1000.01")
    assert await no(f"{END}/lines", {"line": "N"}) == (409, "year_end_changed")
    await _confirmed(lives)
    assert await no(f"{END}/lines", {"line": "N"}) == (422, "year_end_waits")
    asked = {"line": "D", "service": "home_care", "amount": "2000.00", "currency": "GBP", "effective_on": "2025-06-02"}
    kept = await lives.done("instalments", asked, line=D)
    assert kept["hold"]
    await _confirmed(lives)
    assert await no(f"{END}/lines", {"line": "D"}) == (422, "year_end_waits")


async def test_a_year_ends_as_it_was_proposed_or_not_at_all(lives: Tried) -> None:
    """An order after the proposal is in no total that anybody confirmed: neither is the proposal confirmed then, nor its line
    ended, while other lines and funds are. Nor is a fund whose rule was set since."""

    async def no(path: str, sent: dict[str, Any]) -> tuple[int, str]:
        answer = await lives.send(path, sent, "finance:pat")
        return answer.status_code, answer.json()["code"]

    await _ruled(lives)
    proposal = (await lives.done(f"{END}/proposals", {}, "finance:fay"))["entries"][0]["number"]
    await lives.spend("100.00")
    assert await no(f"{END}/confirm", {"proposal": proposal}) == (409, "year_end_changed")
    await _confirmed(lives)
    number = await lives.invoice("L-1", "40.00")
    await lives.accept(number)
    await lives.done(f"{END}/lines", {"line": "D"}, "finance:pat")
    await lives.done(f"{END}/funds", {"fund": "council"}, "finance:pat")
    assert await no(f"{END}/lines", {"line": "N"}) == (409, "year_end_changed")
    await _confirmed(lives)
    await lives.done(f"{END}/lines", {"line": "N"}, "finance:pat")
    await lives.done("/funds/nhs/carry-rule", {"rule": "all", "first_day": "2025-04-01"}, "finance")
    assert await no(f"{END}/funds", {"fund": "nhs"}) == (409, "year_end_changed")


async def test_much_without_care_bought_for_it_goes_on_after_a_second_person_said_so(lives: Tried) -> None:
    """More than the limit is referred, moves nothing and is answered the same again; approved, it goes on as it would have. A line
    within the limit goes on at once, and what an order keeps is no part of it."""
    await _ruled(lives, "all", "all")
    more = {"year": "2025-26", "amount": "30000.00", "currency": "GBP", "effective_on": "2025-06-02"}
    await lives.done("/funds/nhs/grants", more, "finance")
    await _confirmed(lives)
    line, on = {"line": "N"}, {"effective_on": today().isoformat()}
    done = await lives.done(f"{END}/lines", line, "finance:pat")
    assert (rules(done["decision"]), done["decision"]["person"]) == (("allow", []), NED)
    referred = await lives.done(f"{END}/funds", {"fund": "nhs"}, "finance:pat")
    assert (rules(referred["decision"]), referred["entries"]) == (("refer", ["icb_policy.carried_above_limit"]), [])
    number = referred["decision"]["number"]
    assert (await lives.balance("fund/nhs/2025-26/unallocated")) != "0.00"
    early = await lives.send(f"{END}/funds", {"fund": "nhs", "approved": number}, "finance:pat")
    assert early.json()["code"] == "approval_unfit"
    assert (await lives.send(f"/decisions/{number}/approve", on, "finance")).status_code == 403
    await lives.done(f"/decisions/{number}/approve", on, "officer:olga")
    other = await lives.send(f"{END}/funds", {"fund": "council", "approved": number}, "finance:pat")
    assert other.json()["code"] == "approval_unfit"
    ended = await lives.done(f"{END}/funds", {"fund": "nhs", "approved": number}, "finance:pat")
    assert [each["event"] for each in ended["entries"]] == [0, 36]
    assert (await lives.balance("fund/nhs/2025-26/unallocated")) == "0.00"
    assert (await lives.send(f"{END}/lines", line, "officer")).status_code == 403
