"""Money that comes into a holder's account: a refund is ours again, and money from another source is asked after."""

import msgspec

from ledger.book.verify import verify_book
from ledger.budgets import plans
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.warrants import check_warrants
from tests import kit
from tests.api.lives import DORA, D
from tests.api.test_bank_feeds import file_of
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_own_bank import identities


async def test_a_refund_by_a_line_is_ours_again_and_other_money_is_asked_after(lives: Tried) -> None:
    """A receipt that is a refund of accepted spending posts event 32 into the account, by another than accepted it; one that is not
    ours is listed until another person has answered."""
    on = {"effective_on": "2025-06-10"}
    await lives.instalment("2000.00")
    await lives.accept(await lives.claim("15.00"), "officer:ann", "claims", D)
    [accepted] = [
        row["number"]
        for row in await kit.rows(lives.dsn, "SELECT number FROM phb.register WHERE act = 'evidence_accepted'")
    ]
    rows = ("05/06/2025,BGC,SHOP REFUND,,5.00,5.00,X-1", "06/06/2025,BGC,AUNT,,30.00,35.00,X-2",
            "07/06/2025,DD,ACME,42.00,,-7.00,X-3")  # fmt: skip
    head = "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID\n"
    await lives.done(
        "holder-accounts/H1/statements", file_of(content=(head + "\n".join(rows) + "\n").encode()), "finance", D
    )
    refund, other, gone = (await lives.get(f"/budgets/{DORA}/bank-lines")).json()["lines"]
    assert [each["state"] for each in (await lives.get("/deposits")).json()["deposits"]] == ["unmatched", "unmatched"]
    before = await lives.balance(f"advance/{DORA}/H1")
    for body in (
        {"kind": "refund", **on},
        {"kind": "refund", "of": gone["number"], **on},
        {"kind": "other_money", "of": 1, **on},
    ):
        answer = await lives.send(f"bank-lines/{refund['number']}/match", body, "officer", D)
        assert answer.json()["code"] in ("match_unfit", "invoice_not_found")
    told = {"kind": "refund", "of": accepted, **on}
    answer = await lives.send(f"bank-lines/{refund['number']}/match", told, "officer:ann", D)
    assert answer.json()["code"] == "second_person_needed"
    done = await lives.done(f"bank-lines/{refund['number']}/match", told, "officer:mat", D)
    assert [each["event"] for each in done["entries"] if each["kind"] == "transaction"] == [32]
    assert float(await lives.balance(f"advance/{DORA}/H1")) - float(before) == 5.0
    await lives.done(f"bank-lines/{other['number']}/match", {"kind": "other_money", **on}, "officer:mat", D)
    [listed] = (await lives.get("/deposits?limit=1")).json()["deposits"]
    assert (listed["number"], listed["state"], listed["amount"]) == (other["number"], "referred", "30.00")
    there, found = f"deposits/{other['number']}/answer", {"outcome": "taken_out", **on}
    for path, who, expected in (
        (there, "officer:mat", (422, "second_person_needed")), (there, "holder:holder-D", (403, "permission_missing")),
        (f"deposits/{refund['number']}/answer", "officer:ann", (404, "deposit_not_found")),
    ):  # fmt: skip
        answer = await lives.send(path, found, who, D)
        assert (answer.status_code, answer.json()["code"]) == expected
    await lives.done(there, found, "officer:ann", D)
    again = await lives.send(there, found, "officer:ben", D)
    assert (again.status_code, again.json()["code"]) == (409, "deposit_answered")
    assert (await lives.get("/deposits")).json()["deposits"] == []
    [kept] = (await lives.get("/deposits?show=all")).json()["deposits"]
    assert (kept["state"], kept["outcome"]) == ("answered", "taken_out")
    assert [each for each in (await identities(lives)).values() if not each.ok] == []
    async with lives.app.desk.books.reading(await lives.app.desk.books.row("TEST")) as connection:
        book_id = await connection.fetchval("SELECT book_id FROM phb.book WHERE code = 'TEST'")
        found = await verify_book(connection, book_id, verifiers=(), identities=IDENTITIES, also=(check_warrants,))
        assert found.ok, found


async def test_other_money_in_a_managed_account_is_no_exception(lives: Tried) -> None:
    """The organisation holds the account, and others' money with it: its statement is taken, and the list of deposits leaves its
    receipts out."""
    head = "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID\n"
    file = file_of(content=(head + "05/06/2025,BGC,CLIENT MONEY,,5.00,5.00,X-1\n").encode())
    await lives.done("holder-accounts/H1/statements", file, "finance", D)
    assert len((await lives.get("/deposits")).json()["deposits"]) == 1
    managed = msgspec.structs.replace(D, channel="managed_account", account_with="A1")
    await lives.do(plans.line_recorded("agreed", managed))
    assert (await lives.get("/deposits?show=all")).json()["deposits"] == []
    [line] = (await lives.get(f"/budgets/{DORA}/bank-lines")).json()["lines"]
    assert line["amount"] == "5.00"


async def test_own_money_beside_a_one_off_payment_is_no_exception(lives: Tried) -> None:
    """Reg 10(6) and 11(6): the account may be the holder's own. Their money is told apart, and nobody is asked; it goes out up to
    what came in. Once a regular payment was to go into the account, it is asked after."""
    head = "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID\n"
    rows = ("05/06/2025,BGC,WAGES,,30.00,30.00,X-1\n06/06/2025,DD,SHOP,20.00,,10.00,X-2\n"
            "07/06/2025,DD,SHOP,10.01,,-0.01,X-3\n08/06/2025,BGC,AUNT,,5.00,4.99,X-4\n")  # fmt: skip
    once = msgspec.structs.replace(D, management="one_off")
    await lives.do(plans.line_recorded("agreed", once))
    await lives.done("holder-accounts/H1/statements", file_of(content=(head + rows).encode()), "finance", D)
    came, went, more, aunt = (await lives.get(f"/budgets/{DORA}/bank-lines")).json()["lines"]
    own = {"kind": "other_money", "source": "own", "effective_on": "2025-06-10"}
    for line, no in ((came, None), (went, None), (more, "match_unfit")):
        answer = await lives.send(f"bank-lines/{line['number']}/match", own, "officer:mat", D)
        assert answer.json().get("code") == no, answer.text
    assert [each["number"] for each in (await lives.get("/deposits")).json()["deposits"]] == [aunt["number"]]
    regular = msgspec.structs.replace(D, line="D2")
    await lives.do(plans.line_recorded("agreed", regular))
    await lives.done(f"bank-lines/{aunt['number']}/match", own, "officer:mat", D)
    [listed] = (await lives.get("/deposits")).json()["deposits"]
    assert (listed["number"], listed["state"]) == (aunt["number"], "referred")
