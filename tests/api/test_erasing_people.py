"""Erasing a person reaches every word that anybody wrote about them: no text of theirs is kept anywhere else."""

from datetime import timedelta
from typing import Any

from ledger.book.erasure import erase_details
from ledger.book.verify import verify_book
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.identity import details_left, details_of_person
from ledger.core.calendar import london_day
from ledger.core.requests import Erase
from tests import kit
from tests.api.lives import DAY, DORA, NED, D, Lives
from tests.api.test_evidence_sweep import reading
from tests.api.test_spending import code

WORDS = "quince and marmalade"
"""What nobody but these tests writes."""


async def told_everywhere(lives: Lives) -> int:
    """Words wherever somebody can write some about Ned's and Dora's money; the number of what Ned's officer declined."""
    on, day = {"effective_on": DAY}, london_day(kit.clock_us())
    asked, capped, unwanted = [await lives.spend(amount) for amount in ("1000.03", "1000.01", "1000.02")]
    await lives.done(f"decisions/{asked['number']}/approve", {**on, "words": WORDS}, "officer:olga")
    condition = {"kind": "evidence_due", "day": (day + timedelta(days=9)).isoformat(), "words": WORDS}
    approved = await lives.done(
        f"decisions/{capped['number']}/approve", {**on, "conditions": [condition]}, "officer:olga"
    )
    await lives.done(
        f"decisions/{approved['number']}/evidence-came", {"on": day.isoformat(), "words": WORDS}, "officer:olga"
    )
    no = {**on, "reason": "another", "words": WORDS}
    declined = await lives.done(f"decisions/{unwanted['number']}/decline", no, "officer:olga")
    await lives.instalment("500.00")
    claim = await lives.claim("20.00")
    holder = "holder:holder-D"
    await lives.done("evidence", {"of": claim, "document": "receipt", "words": WORDS}, holder, D)
    await lives.accept(claim, "officer", "claims", D)
    line = await lives.done("bank-lines", {"holder_account": "H1", "amount": "15.00", "currency": "GBP", "on": DAY,
                                           "reference": WORDS, "source": "bank_feed"}, "finance", D)  # fmt: skip
    number = line["entries"][0]["number"]
    await lives.done("questions", {"of": number, "amount": "15.00", "currency": "GBP", "words": WORDS, **on},
                     "officer", D)  # fmt: skip
    refused = await lives.send(f"decisions/{asked['number']}/decline", no, "officer:olga")
    assert code(refused) == (409, "referral_decided")
    return declined["number"]


async def kept(book: kit.Book) -> list[Any]:
    """Every line and every detail of the book in which the words stand."""
    return await kit.rows(
        book.dsn,
        "SELECT number FROM phb.detail WHERE position(convert_to($1, 'UTF8') IN content) > 0 "
        "UNION ALL SELECT number FROM phb.entry WHERE position($1 IN body) > 0 "
        "UNION ALL SELECT number FROM phb.register WHERE position($1 IN attributes::text) > 0",
        WORDS,
    )


async def test_no_word_about_a_person_outlives_their_erasure(lives: Lives, book: kit.Book) -> None:
    """Words on approvals, conditions, declines, evidence, bank lines and questions are in details alone; with both people erased
    none is left, also not of what was refused, and the log verifies. What the rules decided is kept, and the explanation of a
    decline says that its reasons are gone."""
    declined = await told_everywhere(lives)
    before = await kept(book)
    assert len(before) >= 6
    assert await kit.rows(book.dsn, "SELECT 1 FROM phb.entry WHERE position($1 IN body) > 0", WORDS) == []
    for person in (NED, DORA):
        numbers = await reading(book, lambda each, who=person: details_of_person(each, book.book_id, who))
        erase = kit.item(Erase(entries=numbers, second="second", ground="uk-gdpr-17"))
        outcome = await erase_details(book.dsn, book.book_id, erase, clock_us=kit.clock_us, nonce=kit.nonce)
        assert outcome.refusal is None
        assert await reading(book, lambda each, these=numbers: details_left(each, book.book_id, these)) == []
        assert await reading(book, lambda each, who=person: details_of_person(each, book.book_id, who)) == numbers
    assert await kept(book) == []
    found = await reading(book, lambda each: verify_book(each, book.book_id, verifiers=(), identities=IDENTITIES))
    assert found.ok, found
    told = (await lives.get(f"/budgets/{NED}/decisions/{declined}/explanation", "holder:holder-N")).json()
    assert any("have been erased" in each["says"] for each in told["why"])
    home = await lives.get(f"/budgets/{NED}", "holder:holder-N")
    assert home.status_code == 200
    assert (await lives.get(f"/budgets/{DORA}/decisions")).status_code == 200


async def test_what_the_rules_decided_holds_no_words_of_anybody(lives: Lives, book: kit.Book) -> None:
    """The details that stay are facts in codes and numbers and sentences of the rules: of a decision nobody wrote, the words are
    empty; and what the ledger refused keeps the same and no more."""
    await told_everywhere(lives)
    stays = await kit.rows(
        book.dsn,
        "SELECT convert_from(d.content, 'UTF8')::jsonb AS said FROM phb.detail d JOIN phb.entry e USING (book_id, number) "
        "LEFT JOIN phb.register r USING (book_id, number) "
        "WHERE e.kind = 'refusal' OR (e.kind = 'decision' AND r.act <> 'approval')",
    )
    assert stays
    assert all('"words": ""' in row["said"] for row in stays)
