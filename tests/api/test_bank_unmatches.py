"""Wrong matches of bank lines taken back over HTTP, matches and reversals that cross, and a match whose care a closed year had."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from ledger.core.model import Asked
from policies.banking import match_line
from policies.correcting import correct_entry
from policies.gate import Decided, Gate, Sender
from policies.resolution import Resolution
from policies.settling import NotSettled, reverse_entry
from policies.unmatching import unmatch_line
from tests.api.lives import DORA, D
from tests.api.test_bank_matches import (
    CAME,
    LATER,
    code,
    feed,
    instalment_matched,
    lines_of,
    match,
    ordered,
    stands,
    transaction,
)
from tests.api.test_cut_off import LATE, _closed, adds_up
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_recovery import ADVANCE, GBP, ON, UNIDENTIFIED, Owed
from tests.api.test_recovery import owed as owed  # The fixture.
from tests.api.test_year_end import _ruled

WHY = {"reason": "wrong_line"}
SPENT = "03/06/2025,CARD,POOL,15.00,,1985.00,A-2"


async def unmatch(lives: Tried, line: dict[str, Any], who: str = "officer:mat", **more: Any) -> Any:
    """Takes back what was said of a line; the whole answer."""
    return await lives.send(f"bank-lines/{line['number']}/unmatch", WHY | LATER | more, who, D)


async def made_of(answer: Any) -> list[tuple[str, int]]:
    """Kind and event of each entry of a yes."""
    assert answer.status_code == 201, answer.text
    return [(each["kind"], each["event"]) for each in answer.json()["entries"]]


async def evidence_matched(lives: Tried, amount: str = "15.00") -> tuple[dict[str, Any], dict[str, Any]]:
    """Evidence that was accepted, and the line that it was matched to, after the instalment's; the acceptance, and the line."""
    made = await lives.accept(await lives.claim(amount), "officer:olga", "claims", D)
    came, line = await feed(lives, CAME, SPENT)
    await instalment_matched(lives, came)
    assert (await match(lives, line, "evidence", made["entries"][0]["number"])).status_code == 201
    return made, line


async def open_numbers(lives: Tried) -> list[int]:
    """The lines that wait for somebody."""
    return [each["number"] for each in await lines_of(lives, "open")]


async def test_a_wrong_match_to_evidence_is_taken_back_once(owed: Owed, lives: Tried) -> None:
    """By who matched, with a reason: the money is without evidence again (event 13), the evidence stays accepted, and the line can
    be matched anew. The same request again has its first answer; the same key with another body is named, and a second request
    finds nothing to undo. Who may not match may not."""
    made, line = await evidence_matched(lives)
    assert await stands(lives) == ("0.00", "0.00")
    path, plain = f"bank-lines/{line['number']}/unmatch", super(Tried, lives).send
    for who in ("holder:holder-D", "auditor", "commissioner"):
        assert code(await plain(path, WHY | LATER, who, D)) == (403, "permission_missing")
    assert (await plain(path, LATER, "officer:mat", D)).status_code == 400
    first = await plain(path, WHY | LATER, "officer:mat", D, key="undone")
    assert await made_of(first) == [("evidence", 0), ("transaction", 13)]
    assert dict(first.json()["entries"][0]["attributes"])["reason"] == "wrong_line"
    assert (await plain(path, WHY | LATER, "officer:mat", D, key="undone")).text == first.text
    other = await plain(path, {"reason": "other"} | LATER, "officer:mat", D, key="undone")
    assert code(other) == (422, "idempotency_key_reused")
    assert code(await unmatch(lives, line)) == (409, "bank_line_not_matched")
    assert code(await unmatch(lives, {"number": 1})) == (404, "bank_line_not_found")
    assert (await owed.balances(ADVANCE, UNIDENTIFIED), await stands(lives)) == (
        ["1970.00", "15.00"],
        ("15.00", "0.00"),
    )
    [again] = await lines_of(lives, "open")
    assert [(each["kind"], each["ended"]) for each in again["said"]] == [("evidence", False), ("evidence", True)]
    await adds_up(lives)
    assert (await match(lives, line, "evidence", made["entries"][0]["number"])).status_code == 201
    assert (await owed.balances(ADVANCE, UNIDENTIFIED), await open_numbers(lives)) == (["1985.00", "0.00"], [])
    await lives.done(f"entries/{await transaction(lives, made, 12)}/reverse", LATER, "finance:ron", D)
    assert code(await unmatch(lives, line)) == (409, "bank_line_not_matched"), "the reversal has ended it"
    await adds_up(lives)


async def test_a_match_that_only_said_something_is_taken_back_and_posts_nothing(owed: Owed, lives: Tried) -> None:
    """An instalment that did not arrive by this line, money of others, and a refund that was told before: each line is open again.
    The instalment can be undone then, and the receipt is a deposit that nobody has explained."""
    accepted = (await lives.accept(await lives.claim("60.00"), "officer:olga", "claims", D))["entries"][0]["number"]
    told = await owed.done("refunds", {"of": accepted, "amount": "5.00", "reference": "R-1", **GBP, **ON}, "finance")
    receipt = next(each["number"] for each in told["entries"] if each["kind"] == "evidence")
    came, own, back = await feed(
        lives, CAME, "04/06/2025,BGC,DORA,,40.00,2040.00,A-2", "05/06/2025,BGC,SHOP,,5.00,2045.00,A-3"
    )
    of = came["suggestions"][0]["of"]
    for line, kind, to in ((came, "instalment", of), (own, "other_money", None), (back, "refund", receipt)):
        assert (await match(lives, line, kind, to)).status_code == 201
        undone = await unmatch(lives, line, "finance:fay")
        assert await made_of(undone) == [("evidence", 0)], kind
        assert line["number"] in await open_numbers(lives)
        await adds_up(lives)
    deposits = (await lives.get("/deposits")).json()["deposits"]
    assert {each["number"]: each["state"] for each in deposits}[own["number"]] == "unmatched"
    assert (await match(lives, own, "other_money", None)).status_code == 201
    await lives.done(f"deposits/{own['number']}/answer", {"outcome": "permitted", **LATER}, "officer:ann", D)
    assert code(await unmatch(lives, own)) == (409, "deposit_answered")
    assert (await match(lives, came, "instalment", of)).status_code == 201
    assert await owed.no(f"entries/{of}/reverse", LATER, "finance:ron") == (422, "instalment_on_its_way")
    assert (await unmatch(lives, came)).status_code == 201
    again = await owed.no(f"entries/{of}/reverse", LATER, "finance:ron")
    assert again[1] != "instalment_on_its_way"


async def test_a_claim_that_waits_loses_its_line_and_an_accepted_one_is_reversed_first(
    owed: Owed, lives: Tried
) -> None:
    """Untied it waits as it did, and can be tied to the same line again. Accepted, it is care: its reversal opens the line."""
    claim = await lives.claim("15.00")
    came, line = await feed(lives, CAME, SPENT)
    await instalment_matched(lives, came)
    assert (await match(lives, line, "claim", claim)).status_code == 201
    undone = await unmatch(lives, line)
    assert await made_of(undone) == [("evidence", 0), ("evidence", 0)]
    untied = undone.json()["entries"][1]
    assert "bank_line" not in dict(untied["attributes"])
    assert (await lines_of(lives, "open"))[0]["matched"] is None
    tied = (await match(lives, line, "claim", untied["number"])).json()["entries"][1]["number"]
    made = await lives.accept(tied, "officer:olga", "claims", D)
    assert code(await unmatch(lives, line)) == (409, "match_posted")
    await lives.done(f"entries/{await transaction(lives, made, 13)}/reverse", LATER, "finance:ron", D)
    assert await made_of(await unmatch(lives, line)) == [("evidence", 0)]
    assert (await open_numbers(lives), await stands(lives)) == ([line["number"]], ("15.00", "0.00"))
    await adds_up(lives)


async def test_a_match_that_settled_an_order_is_undone_by_its_reversal(lives: Tried) -> None:
    """What the holder is owed for it is an entry of its own: the refusal names the way, and the reversal opens the line."""
    hold = await ordered(lives)
    await lives.instalment("2000.00")
    came, line = await feed(lives, CAME, SPENT)
    await instalment_matched(lives, came)
    made = (await match(lives, line, "order", hold)).json()
    assert code(await unmatch(lives, line)) == (409, "match_posted")
    await lives.done(f"entries/{await transaction(lives, made, 16)}/reverse", LATER, "finance:ron", D)
    assert await open_numbers(lives) == [line["number"]]
    assert code(await unmatch(lives, line)) == (409, "bank_line_not_matched")


async def test_what_a_match_brought_back_or_a_receipt_named_is_not_unsaid(owed: Owed, lives: Tried) -> None:
    """A refund that the match posted stays, as refunds do. A hand-back that named its line is reversed with it."""
    accepted = (await lives.accept(await lives.claim("60.00"), "officer:olga", "claims", D))["entries"][0]["number"]
    came, line, back = await feed(
        lives, CAME, "03/06/2025,FPO,NORTHSHIRE ICB,600.00,,1400.00,A-2", "05/06/2025,BGC,SHOP,,5.00,1405.00,A-3"
    )
    await instalment_matched(lives, came)
    assert (await match(lives, back, "refund", accepted)).status_code == 201
    assert code(await unmatch(lives, back)) == (422, "credit_not_reversed")
    body = {"line": "D", "amount": "600.00", "bank": "main", "bank_line": line["number"], **GBP, **LATER}
    await owed.done("hand-backs", body, "finance")
    assert code(await unmatch(lives, line)) == (409, "match_posted")


async def test_a_debt_repaid_with_other_money_holds_what_showed_it(owed: Owed, lives: Tried) -> None:
    """£60 of other money paid a demand of £60 for what had gone. Neither that money nor the instalment is unsaid while the
    repayment's match rests on them; taken back in the order in which they were said, the line is without evidence."""
    accepted = (await lives.accept(await lives.claim("60.00"), "officer:olga", "claims", D))["entries"][0]["number"]
    demand = await owed.demanded("60.00", source="spent", of=accepted)
    repaid = await owed.done(
        f"demands/{demand}/repayments", {"amount": "60.00", "bank": "main", **GBP, **ON}, "finance"
    )
    came, spent, line, own = await feed(
        lives, CAME, "02/06/2025,CARD,CARE,60.00,,1940.00,A-2", "03/06/2025,FPO,NORTHSHIRE ICB,60.00,,1880.00,A-3",
        "04/06/2025,BGC,DORA,,60.00,1940.00,A-4",
    )  # fmt: skip
    await instalment_matched(lives, came)
    assert (await match(lives, spent, "evidence", accepted)).status_code == 201
    assert (await match(lives, own, "other_money", None)).status_code == 201
    assert (await match(lives, line, "repayment", repaid["entries"][0]["number"])).status_code == 201
    for rested_on in (own, came):
        assert code(await unmatch(lives, rested_on)) == (409, "match_rested_on")
    assert await made_of(await unmatch(lives, line)) == [("evidence", 0), ("transaction", 13)]
    assert await stands(lives) == ("60.00", "0.00")
    for rested_on in (own, came):
        assert await made_of(await unmatch(lives, rested_on)) == [("evidence", 0)]
    await adds_up(lives)


async def test_nothing_is_posted_into_a_month_that_is_closed(owed: Owed, lives: Tried) -> None:
    """Closed softly, an officer takes back only what posts nothing there; finance goes on, until the month is closed to everybody.
    What is refused leaves the match, and a later day is free."""
    _, line = await evidence_matched(lives)
    came = (await lines_of(lives))[0]
    await lives.done("/periods/2025-06/soft-close", {}, "finance:fay")
    assert code(await unmatch(lives, line)) == (422, "period_soft_closed")
    assert (await unmatch(lives, came)).status_code == 201
    await lives.done("/periods/close", {"period": "2025-06"}, "finance:fay")
    no = await unmatch(lives, line, "finance:pat")
    assert code(no) == (422, "period_closed")
    assert line["number"] not in await open_numbers(lives)
    assert (await unmatch(lives, line, effective_on="2025-07-01")).status_code == 201
    assert await stands(lives) == ("15.00", "0.00")


Make = Callable[[Any, int], Awaitable[Resolution]]


async def crossed(lives: Tried, *makes: Make) -> list[tuple[str, ...] | str]:
    """Each through a gate of its own, as in processes of their own; none is written before all have read. What each had."""
    own = (await lives.app.desk.books.open(await lives.app.desk.books.row("TEST"))).gate
    all_read = asyncio.Barrier(len(makes))

    async def one(make: Make) -> tuple[str, ...] | str:
        gate = Gate(
            engine=own.engine, book_id=own.book_id, book=own.book, writer=own.writer, reading=own.reading,
            clock_us=own.now_us, today=own.today, salt=own.salt,
        )  # fmt: skip
        turns = iter((True,))

        async def read(connection: Any) -> Resolution:
            try:
                return await make(connection, own.book_id)
            finally:
                if next(turns, False):
                    await all_read.wait()

        sender = Sender(Asked("phb", f"ron-{id(make)}", None, "officer"), os.urandom(16), b"p" * 8, True)
        try:
            decided: Decided = await gate.carry_out(read, sender, 30.0, person=DORA)
        except NotSettled as no:
            return no.code
        no = decided.outcome.refusal
        return tuple(each.kind for each in decided.outcome.entries) if no is None else no.code

    return await asyncio.gather(*map(one, makes))


def _unmatching(number: int) -> Make:
    return lambda connection, book_id: unmatch_line(
        connection, book_id, person=DORA, number=number, reason="wrong_line", effective_on=date(2025, 6, 10)
    )


def _reversing(number: int) -> Make:
    return lambda connection, book_id: reverse_entry(
        connection, book_id, person=DORA, number=number, effective_on=date(2025, 6, 10)
    )


def _matching(number: int, to: str, of: int) -> Make:
    return lambda connection, book_id: match_line(
        connection, book_id, person=DORA, number=number, to=to, of=of, reason=None, effective_on=date(2025, 6, 10),
        paid_back_within=30,
    )  # fmt: skip


async def test_a_match_is_taken_back_once_by_two_at_once(owed: Owed, lives: Tried) -> None:
    """Both have read that it stands: one takes it back, and the other is told that there is nothing to undo."""
    _, line = await evidence_matched(lives)
    found = await crossed(lives, _unmatching(line["number"]), _unmatching(line["number"]))
    assert sorted(map(str, found)) == ["('evidence', 'transaction')", "bank_line_not_matched"]
    assert (await stands(lives), await open_numbers(lives)) == (("15.00", "0.00"), [line["number"]])
    await adds_up(lives)


async def test_a_match_taken_back_while_its_evidence_is_reversed_ends_once(owed: Owed, lives: Tried) -> None:
    """Whoever comes first: event 13 is posted anew once."""
    made, line = await evidence_matched(lives)
    unsaid, undone = await crossed(lives, _unmatching(line["number"]), _reversing(await transaction(lives, made, 12)))
    assert unsaid in (("evidence", "transaction"), "bank_line_not_matched")
    assert len(undone) in ((2,) if unsaid == ("evidence", "transaction") else (4,))
    assert (await owed.balances(ADVANCE, UNIDENTIFIED), await stands(lives)) == (
        ["1985.00", "15.00"],
        ("15.00", "0.00"),
    )
    await adds_up(lives)


async def test_a_match_and_a_reversal_at_once_leave_the_line_open(owed: Owed, lives: Tried) -> None:
    """Both have read the evidence as it stood: the match is refused, or the reversal ends it."""
    made = await lives.accept(await lives.claim("15.00"), "officer:olga", "claims", D)
    came, line = await feed(lives, CAME, SPENT)
    await instalment_matched(lives, came)
    of = made["entries"][0]["number"]
    matched, undone = await crossed(
        lives, _matching(line["number"], "evidence", of), _reversing(await transaction(lives, made, 12))
    )
    assert (matched, len(undone)) in (("match_unfit", 2), (("evidence", "transaction"), 4))
    assert (await stands(lives), await open_numbers(lives)) == (("15.00", "0.00"), [line["number"]])
    await adds_up(lives)


async def test_an_instalment_is_not_undone_while_its_line_is_matched(owed: Owed, lives: Tried) -> None:
    """At once: it arrived, or it was never paid, and never both."""
    [came] = await feed(lives, CAME)
    of = came["suggestions"][0]["of"]
    matched, undone = await crossed(lives, _matching(came["number"], "instalment", of), _reversing(of))
    assert (matched, undone) in ((("evidence",), "instalment_on_its_way"), ("match_unfit", ("transaction",)))
    await adds_up(lives)


async def test_care_of_a_closed_year_that_is_corrected_opens_its_line(owed: Owed, lives: Tried) -> None:
    """Evidence of 2025-26 that was matched, corrected in the next year (event 39): the match ends in the same group, and the line
    is money without evidence of the day of the correction."""
    made, line = await evidence_matched(lives)
    await _ruled(lives)
    await _closed(lives)
    entry = await transaction(lives, made, 12)
    fixed = await lives.done(f"entries/{entry}/correct", LATE | {"reason": "not_had"}, "finance:ron", D)
    assert [(each["kind"], each["event"]) for each in fixed["entries"] if each["kind"] != "share_opened"] == [
        ("evidence", 0), ("evidence", 0), ("transaction", 39), ("evidence", 0), ("transaction", 13),
    ]  # fmt: skip
    assert (await owed.balances(ADVANCE, UNIDENTIFIED), await stands(lives)) == (
        ["1985.00", "15.00"],
        ("15.00", "0.00"),
    )
    assert await open_numbers(lives) == [line["number"]]
    assert code(await unmatch(lives, line, **LATE)) == (409, "bank_line_not_matched")
    await adds_up(lives)


async def test_a_correction_and_a_match_taken_back_at_once_end_it_once(owed: Owed, lives: Tried) -> None:
    """Both have read that the match stands: event 13 is posted anew once."""
    made, line = await evidence_matched(lives)
    await _ruled(lives)
    await _closed(lives)
    entry, day = await transaction(lives, made, 12), date(2026, 4, 20)
    await crossed(
        lives,
        lambda connection, book_id: unmatch_line(
            connection, book_id, person=DORA, number=line["number"], reason="wrong_line", effective_on=day
        ),
        lambda connection, book_id: correct_entry(
            connection, book_id, person=DORA, number=entry, effective_on=day, reason="not_had"
        ),
    )
    assert (await owed.balances(ADVANCE, UNIDENTIFIED), await stands(lives)) == (
        ["1985.00", "15.00"],
        ("15.00", "0.00"),
    )
    await adds_up(lives)
