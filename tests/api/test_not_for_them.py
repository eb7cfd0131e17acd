"""Whom a record is not for: lists leave out whom one of the staff acts for, and no number of an entry is a way around."""

from typing import Any

import pytest

from ledger.budgets.people import Delegation, delegation_recorded, restriction_recorded
from tests import kit
from tests.api.lives import DAY, DORA, NED, START, Lives
from tests.api.test_bank_feeds import file_of
from tests.api.test_kept_back import LISTS, NAMES, asked, busy
from tests.api.test_spending import code

ON = {"effective_on": DAY}


async def act_for(lives: Lives, person: str, *, until: Any = None, act: str = "granted") -> None:
    """Kim, who is one of the staff, may see what this person has."""
    kin = Delegation(delegation=f"K{person}", person=person, holder="kim", scope="see", start=START, end=until)
    await lives.do(delegation_recorded(act, kin))


async def test_lists_leave_out_the_people_whom_one_of_the_staff_acts_for(lives: Lives) -> None:
    """As the read of the one record is denied, for every role; once the delegation has ended, they are there again."""
    numbers = await busy(lives)
    paths = {operation: path for operation, path in asked(DORA, numbers).items() if operation in LISTS}
    before = {operation: (await lives.get(path, "officer:kim")).json() for operation, path in paths.items()}
    for person in (DORA, NED):
        await act_for(lives, person)
    assert code(await lives.get(f"/budgets/{DORA}", "officer:kim")) == (403, "view_denied")
    for operation, path in paths.items():
        for who in ("officer:kim", "auditor:kim"):
            answer = await lives.get(path, who)
            assert answer.status_code == 200, (operation, answer.text)
            assert not NAMES.search(answer.text), (operation, who)
            assert answer.json()["kept_back"] >= 1, (operation, who)
        assert (await lives.get(path, "officer:olga")).json() == before[operation], operation
    shares = f"/accounts?prefix=share/D/&effective_on={DAY}"
    assert (await lives.get(shares, "officer:kim")).json()["accounts"] == []
    assert (await lives.get(shares, "officer:olga")).json()["accounts"]
    for person in (DORA, NED):
        await act_for(lives, person, act="revoked")
    for operation, path in paths.items():
        assert (await lives.get(path, "officer:kim")).json() == before[operation], operation
    await act_for(lives, DORA, until=START)
    assert (await lives.get(paths["listDebts"], "officer:kim")).json() == before["listDebts"]


async def shut(lives: Lives) -> None:
    """Both records, for Vera and Victor alone."""
    for person in (DORA, NED):
        await lives.do(
            restriction_recorded("restricted", person=person, on=START, reason="safeguarding", staff=("vera", "victor"))
        )


async def entries(lives: Lives) -> int:
    """How many entries the book has that are no decision about a look."""
    dsn = lives.app.desk.settings.database_url
    found = await kit.rows(dsn, "SELECT count(*) FROM phb.entry e WHERE NOT EXISTS (SELECT FROM phb.register r "
                                "WHERE r.number = e.number AND r.book_id = e.book_id AND r.act = 'view')")  # fmt: skip
    return int(found[0][0])


@pytest.mark.parametrize("way", ["restricted", "connected"])
async def test_no_number_of_an_entry_is_a_way_around_a_record_that_is_not_theirs(lives: Lives, way: str) -> None:
    """To pay an invoice, to say what a line of our bank was, what came of a pattern, who lives in a household, whom a provider may
    not serve: the same answer as to the record itself, nothing posted; whoever the record is for does it, and what the bank says
    is written down by anybody."""
    numbers = await busy(lives)
    found = (await lives.get("/patterns", "officer")).json()["found"][0]
    accepted = [
        (await lives.accept(await lives.invoice(f"P{each}", "12.00")))["entries"][0]["number"] for each in (1, 2)
    ]
    pay = {"payee": "A1", "bank": "main", **ON}
    paid = (await lives.done("/payments", {**pay, "invoices": accepted[:1]}, "finance:pat"))["entries"][0]["number"]
    head = "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID\n"
    row = "05/06/2025,BACS,PAID,12.00,,88.00,OWN-1\n"
    await lives.done("/banks/main/statements", file_of(content=(head + row).encode()), "finance")
    [line] = (await lives.get("/banks/main/lines", "finance")).json()["lines"]
    if way == "restricted":
        await shut(lives)
    else:
        for person in (DORA, NED):
            await act_for(lives, person)
    who = "kim"
    look = {"rule": found["rule"], "outcome": "nothing_found"}
    match = {"kind": "payments", "of": [paid], **ON}
    acts = {
        "/payments": ({**pay, "invoices": accepted[1:]}, "finance"),
        f"/banks/main/lines/{line['number']}/match": (match, "finance"),
        f"/patterns/findings/{found['number']}/looks": (look, "officer"),
        "/payees/A1/household": ({"person": NED, "connected": True}, "officer"),
        "/payees/B2/bar": ({"person": NED}, "officer"),
    }
    size = await entries(lives)
    for path, (sent, role) in acts.items():
        for more in ("", "?dry_run=true"):
            no = await lives.send(path + more, sent, f"{role}:{who}")
            assert code(no) == (403, "view_denied"), (path, no.text)
            # A dry run leaves no decision to name.
            assert set(no.json()["facts"]) == {"why", "what_would_help"} | (set() if more else {"decision"})
            assert not NAMES.search(no.text), path
    assert await entries(lives) == size
    await lives.done(f"/payments/{paid}/clear", ON, f"finance:{who}")
    for path, (sent, role) in acts.items():
        if path.startswith("/banks"):
            continue
        await lives.done(path, sent, f"{role}:vera")
    assert numbers


async def test_a_list_of_entries_is_held_to_every_person_in_it(lives: Lives) -> None:
    """One payment for two people's invoices: shut out of one, nobody pays both."""
    first = (await lives.accept(await lives.invoice("Q1", "12.00")))["entries"][0]["number"]
    await lives.do(
        restriction_recorded("restricted", person=DORA, on=START, reason="safeguarding", staff=("vera", "victor"))
    )
    pay = {"payee": "A1", "bank": "main", "invoices": [first], **ON}
    assert code(await lives.send("/payments", {**pay, "invoices": [first, 10**12]}, "finance:kim")) == (
        404, "invoice_not_found"
    )  # fmt: skip
    await lives.done("/payments", pay, "finance:kim")
