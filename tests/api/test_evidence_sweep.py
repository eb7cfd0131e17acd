"""Files that nothing needs are named and let go, those that a document needs never; and what is spent and not shown is listed."""

import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from api.erased_files import forget_files
from api.evidence_store import PARTS, place_of
from api.evidence_sweep import Swept, sweep
from ledger.book.database import READING, connect
from ledger.budgets.identity import details_of_person
from ledger.reports.evidence import read_unshown
from tests import kit
from tests.api.lives import DAY, DORA, D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_evidence import HOLDER, give, kept_files
from tests.api.test_evidence_files import HEIC, PDF

OTHER = b"%PDF of nobody"
PART = f"{PARTS}/{'0' * 64}/{'1' * 64}-00000000-00000001-{sha256(b'x').hexdigest()}"


async def reading(book: kit.Book, work: Any) -> Any:
    connection = await connect(book.dsn, "phb_reader", book.book_id, READING)
    try:
        return await work(connection)
    finally:
        await connection.close()


async def swept(lives: Tried, book: kit.Book, *, is_dry: bool = False, hours: int = 24) -> Swept:
    before = datetime.now(UTC) - timedelta(hours=hours)
    return await reading(
        book, lambda each: sweep(each, book.book_id, "TEST", lives.app.desk.files, before, is_dry=is_dry)
    )


async def test_only_what_nothing_needs_and_is_old_goes(lives: Tried, book: kit.Book) -> None:
    """A file without an entry and parts that wait, once they are old: first named, then gone; what a document needs stays however
    old it is; what is put anew meanwhile stays; a needed file that is not there is told."""
    await lives.instalment("100.00")
    claim = await lives.claim("12.00")
    assert (await give(lives, claim, PDF)).status_code == 201
    store, [needed] = lives.app.desk.files, kept_files(lives)
    orphan = place_of("TEST", DORA, sha256(OTHER).hexdigest())
    store.put(orphan, OTHER)
    store.put(PART, b"x")
    assert await swept(lives, book) == Swept([], [], [])
    for path in kept_files(lives):
        os.utime(path, (0, 0))
    assert await swept(lives, book, is_dry=True) == Swept([orphan], [PART], [])
    assert len(kept_files(lives)) == 3
    store.put(orphan, OTHER)
    assert await swept(lives, book) == Swept([], [PART], [])
    os.utime(lives.app.desk.settings.files.directory / orphan, (0, 0))
    assert await swept(lives, book) == Swept([orphan], [], [])
    assert kept_files(lives) == [needed]
    needed.unlink()
    assert await swept(lives, book) == Swept([], [], [str(needed.relative_to(lives.app.desk.settings.files.directory))])


async def test_erasing_a_person_takes_their_documents_along(lives: Tried, book: kit.Book) -> None:
    """The details of documents are among those of the person, and with them their files go, also if it was cut off: then the sweep
    ends it."""
    await lives.instalment("100.00")
    claim = await lives.claim("12.00")
    given = (await give(lives, claim, PDF)).json()["entries"][0]["number"]
    second = (await give(lives, claim, HEIC)).json()["entries"][0]["number"]
    words = {"of": claim, "document": "receipt", "words": "Lost."}
    said = (await lives.done("evidence", words, HOLDER, D))["entries"][0]["number"]
    numbers = await reading(book, lambda each: details_of_person(each, book.book_id, DORA))
    assert {given, second, said} <= set(numbers)
    await kit.rows(book.dsn, "ALTER TABLE phb.detail DISABLE TRIGGER USER")
    await kit.rows(book.dsn, "DELETE FROM phb.detail WHERE number = ANY ($1)", list(numbers))
    gone = await reading(book, lambda each: forget_files(each, book.book_id, "TEST", (given,), lives.app.desk.files))
    assert (gone, len(kept_files(lives))) == (1, 1)
    assert len((await swept(lives, book, hours=-1)).files) == 1
    assert kept_files(lives) == []


async def test_spending_that_nothing_shows_is_listed(lives: Tried, book: kit.Book) -> None:
    """A claim until it has a document or an explanation, accepted or not; a line of the bank until a claim explains it; what is
    illegible does not show it; what was declined is no spending."""

    async def listed(person: str | None = DORA) -> list[tuple[str, int, tuple[str, ...]]]:
        found = await reading(book, lambda each: read_unshown(each, book.book_id, person=person, after=0, limit=9))
        return [(each.act, each.amount, each.states) for each in found]

    await lives.instalment("100.00")
    claim, other = await lives.claim("12.00"), await lives.claim("13.00")
    body = {
        "holder_account": "H1",
        "amount": "20.00",
        "on": DAY,
        "reference": "T",
        "source": "bank_feed",
        "currency": "GBP",
    }
    line = (await lives.done("bank-lines", body, "finance", D))["entries"][0]["number"]
    assert await listed() == [("claimed", 1200, ()), ("claimed", 1300, ()), ("bank_line_taken", 2000, ())]
    assert await listed(None) == await listed()
    assert await listed("P" + "B" * 15) == []
    given = (await give(lives, claim, PDF)).json()["entries"][0]["number"]
    assert await listed() == [("claimed", 1300, ()), ("bank_line_taken", 2000, ())]
    await lives.done(f"evidence/{given}/judge", {"state": "illegible"}, "officer:olga", D)
    assert await listed() == [("claimed", 1200, ("illegible",)), ("claimed", 1300, ()), ("bank_line_taken", 2000, ())]
    await lives.done("evidence", {"of": claim, "document": "receipt", "words": "Faded."}, HOLDER, D)
    await lives.accept(claim, "officer:olga", "claims", D)
    assert await listed() == [("claimed", 1300, ()), ("bank_line_taken", 2000, ())]
    await lives.done(
        f"claims/{other}/decline", {"reason": "duplicate", "words": "It is there already."}, "officer:olga", D
    )
    explains = await lives.claim("20.00", bank_line=line)
    assert await listed() == [("claimed", 2000, ())]
    await give(lives, explains, HEIC)
    assert await listed() == []
