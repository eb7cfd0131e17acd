"""Matches of bank lines where two people act at once, or on what is not theirs: what rests on what stays so."""

import os
from datetime import date
from typing import Any

from ledger.core.model import Asked, Item
from policies.settling import reverse_entry
from tests.api.lives import DORA, D
from tests.api.test_bank_matches import CAME, LATER, code, feed, instalment_matched, match, stands, transaction
from tests.api.test_cut_off import adds_up
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_recovery import GBP, ON, Owed
from tests.api.test_recovery import owed as owed  # The fixture.


async def _reversal(lives: Tried, number: int) -> Any:
    """The reversal of an entry of hers as it is now."""
    async with lives.app.desk.books.reading(await lives.app.desk.books.row("TEST")) as connection:
        book_id = await connection.fetchval("SELECT book_id FROM phb.book WHERE code = 'TEST'")
        return await reverse_entry(connection, book_id, person=DORA, number=number, effective_on=date(2025, 6, 10))


async def _submitted(lives: Tried, made: Any) -> str | None:
    """With which code it is refused, or None."""
    asked = Asked("phb", "ron", None, "officer")
    outcome = await lives.writer.submit(Item(
        requests=made.requests, asked=asked, key=os.urandom(16), prints=b"p" * 8, guards=made.guards,
        other_than=made.other_than,
    ))  # fmt: skip
    return None if outcome.refusal is None else outcome.refusal.code


async def test_a_receipt_reversed_while_its_line_is_matched_is_looked_at_again(owed: Owed, lives: Tried) -> None:
    """The reversal was worked out before the match and comes after it: it is turned away, and done anew it ends the match."""
    back = await owed.done("hand-backs", {"line": "D", "amount": "600.00", "bank": "main", **GBP, **ON}, "finance")
    came, line = await feed(lives, CAME, "03/06/2025,FPO,NORTHSHIRE ICB,600.00,,1400.00,A-2")
    await instalment_matched(lives, came)
    posted = await transaction(lives, back, 18)
    before = await _reversal(lives, posted)
    assert (await match(lives, line, "repayment", back["entries"][0]["number"])).status_code == 201
    assert await _submitted(lives, before) == "guard_stale"
    await lives.done(f"entries/{posted}/reverse", LATER, "finance:ron", D)
    assert await stands(lives) == ("600.00", "0.00")
    await adds_up(lives)


async def test_a_demand_is_owed_again_while_its_line_is_matched(owed: Owed, lives: Tried) -> None:
    """The same of a repayment that the bank did not honour."""
    demand = await owed.demanded("600.00")
    repaid = await owed.done(
        f"demands/{demand}/repayments", {"amount": "600.00", "bank": "main", **GBP, **ON}, "finance"
    )
    came, line = await feed(lives, CAME, "03/06/2025,FPO,NORTHSHIRE ICB,600.00,,1400.00,A-2")
    await instalment_matched(lives, came)
    [posted] = [each["number"] for each in repaid["entries"] if each["kind"] == "transaction"]
    before = await _reversal(lives, posted)
    assert (await match(lives, line, "repayment", repaid["entries"][0]["number"])).status_code == 201
    assert await _submitted(lives, before) == "guard_stale"


async def test_an_instalment_reversed_while_its_line_is_matched_is_looked_at_again(lives: Tried) -> None:
    """It has arrived by then, so it is not taken back."""
    await lives.instalment("2000.00")
    [came] = await feed(lives, CAME)
    before = await _reversal(lives, came["suggestions"][0]["of"])
    await instalment_matched(lives, came)
    assert await _submitted(lives, before) == "guard_stale"


async def test_what_went_out_is_no_deposit(owed: Owed, lives: Tried) -> None:
    """A council's money that came in and of which £10 went out: the answer is about what came in."""
    came, theirs, gone, over = await feed(
        lives, CAME, "03/06/2025,BGC,COUNCIL,,30.00,2030.00,A-2", "04/06/2025,CARD,CARE,10.00,,2020.00,A-3",
        "04/06/2025,CARD,CARE,20.01,,1999.99,A-4",
    )  # fmt: skip
    await instalment_matched(lives, came)
    council = {"kind": "other_money", "source": "social_care", **LATER}
    path = "bank-lines/{}/match"
    assert code(await lives.send(path.format(gone["number"]), council, "officer:mat", D)) == (422, "match_unfit")
    for line in (theirs, gone):
        await lives.done(path.format(line["number"]), council, "officer:mat", D)
    assert code(await lives.send(path.format(over["number"]), council, "officer:mat", D)) == (422, "match_unfit")
    assert await stands(lives) == ("20.01", "0.00")
    told = {"outcome": "taken_out", **LATER}
    for line, expected in ((gone, (404, "deposit_not_found")), (theirs, (409, "deposit_answered"))):
        assert code(await lives.send(f"deposits/{line['number']}/answer", told, "officer:ann", D)) == expected
    await adds_up(lives)
