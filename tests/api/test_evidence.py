"""Documents of evidence over HTTP: sent in once, served to be saved, explained instead, judged by another, and erased for good."""

import os
from pathlib import Path
from typing import Any

from api.erased_files import forget_files
from api.open_books import today
from ledger.book.database import READING, connect
from tests import kit
from tests.api.lives import DORA, D, Lives
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_evidence_files import PDF, photograph
from tests.api.test_holding import rules

HOLDER = "holder:holder-D"


async def give(lives: Tried, of: int, sent: bytes, who: str = HOLDER, key: str | None = None, **more: Any) -> Any:
    """A file sent in: tried first, under the same key, which leaves nothing; the whole answer."""
    query = "&".join(f"{name}={value}" for name, value in {"of": of, "document": "receipt", **more}.items())
    key = key or os.urandom(8).hex()
    plain = super(Tried, lives).send
    before, files = await lives.kept(), kept_files(lives)
    tried = await plain(f"evidence/files?{query}&dry_run=true", sent, who, D, key=key)  # type: ignore[arg-type]
    assert (await lives.kept(), kept_files(lives)) == (before, files)
    done = await plain(f"evidence/files?{query}", sent, who, D, key=key)  # type: ignore[arg-type]
    assert tried.status_code == (200 if done.status_code == 201 else done.status_code)
    return done


def kept_files(lives: Lives) -> list[Path]:
    """Everything in the store."""
    return sorted(path for path in lives.app.desk.settings.files.directory.rglob("*") if path.is_file())


async def test_a_receipt_is_sent_in_once_and_served_to_be_saved(lives: Tried) -> None:
    """Kept by its hash without its place; served as an attachment with who asked written down; the same file twice is told."""
    await lives.instalment("100.00")
    claim = await lives.claim("12.00")
    first = await give(lives, claim, photograph(), key="once", amount="12.00")
    assert first.status_code == 201, first.text
    [entry] = first.json()["entries"]
    said = entry["attributes"]
    assert (entry["because"], said["act"], said["state"], said["amount"], said["type"]) == (
        claim, "document_given", "complete", "1200", "image/jpeg",
    )  # fmt: skip
    [file] = kept_files(lives)
    assert (file.name, b"MAKER" in file.read_bytes()) == (said["sha256"], False)
    again = await super(Tried, lives).send(
        f"evidence/files?of={claim}&document=receipt&amount=12.00",
        photograph(),
        HOLDER,
        D,
        key="once",  # type: ignore[arg-type]
    )
    assert (again.status_code, again.content) == (201, first.content)
    twice = await give(lives, claim, photograph())
    assert (twice.status_code, twice.json()["code"]) == (409, "document_known")
    served = await lives.get(f"/budgets/{DORA}/evidence/{entry['number']}/file", HOLDER)
    assert served.content == file.read_bytes()
    assert served.headers["content-disposition"] == f'attachment; filename="evidence-{entry["number"]}.jpg"'
    assert (served.headers["x-content-type-options"], served.headers["content-type"]) == ("nosniff", "image/jpeg")
    seen = await kit.rows(lives.dsn, "SELECT actor, act, subject FROM phb.access")
    assert [tuple(row) for row in seen] == [("holder-D", "read_evidence", f"evidence/{entry['number']}")]
    other = await lives.claim("13.00")
    assert (await give(lives, other, photograph())).json()["entries"][0]["attributes"]["again"] == "yes"
    assert len(kept_files(lives)) == 1


async def test_what_is_no_document_or_anothers_is_not_taken(lives: Tried) -> None:
    """Wrong types and sizes with their codes, nothing to show, another person's file and claim as if they were not there."""
    await lives.instalment("100.00")
    claim = await lives.claim("12.00")
    for sent, status, code in (
        (b"PK\x03\x04", 415, "file_archive"), (b"<svg/>", 415, "file_markup"), (b"", 400, "file_empty"),
        (b"MZ", 415, "file_type_unknown"), (PDF + b" " * 10_000_000, 413, "file_too_large"),
    ):  # fmt: skip
        refused = await give(lives, claim, sent)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (await give(lives, 1, PDF)).json()["code"] == "evidence_not_found"
    assert (await give(lives, claim, PDF, "holder:holder-N")).status_code == 404
    assert (await give(lives, claim, PDF, "finance")).json()["code"] == "permission_missing"
    number = (await give(lives, claim, PDF)).json()["entries"][0]["number"]
    path = f"/budgets/{DORA}/evidence/{number}/file"
    for who in ("holder:holder-N",):
        assert (await lives.get(path, who)).status_code == 404
    assert (await lives.get(f"/budgets/{DORA}/evidence/{claim}/file", HOLDER)).json()["code"] == "document_not_found"
    assert (await lives.get(path, "auditor")).content == PDF


async def test_i_cannot_find_it_is_a_lawful_state(lives: Tried) -> None:
    """One call by the holder; what staff say is staff's to say; another than gave a file says that it cannot be read."""
    await lives.instalment("100.00")
    claim = await lives.claim("12.00")
    words = {"of": claim, "document": "receipt", "words": "The till had no paper.", "amount": "12.00"}
    said = await lives.done("evidence", words, HOLDER, D)
    assert said["entries"][0]["attributes"]["state"] == "explained"
    assert "paper" not in str(said)
    blank = await lives.send("evidence", {**words, "words": " "}, HOLDER, D)
    assert blank.json()["code"] == "words_missing"
    assert (await lives.send("evidence", {**words, "state": "missing"}, HOLDER, D)).status_code == 403
    # Exempting is an act with a limit, and has one door.
    for who in (HOLDER, "officer"):
        assert (await lives.send("evidence", {**words, "state": "exempt"}, who, D)).status_code == 400
    number = (await give(lives, claim, PDF, "officer")).json()["entries"][0]["number"]
    sent = {"state": "illegible", "words": "Only half of it."}
    own = await lives.send(f"evidence/{number}/judge", sent, "officer", D)
    assert own.json()["code"] == "second_person_needed"
    await lives.done(f"evidence/{number}/judge", sent, "officer:olga", D)
    read = (await lives.get(f"/budgets/{DORA}/evidence", HOLDER)).json()["documents"]
    assert [(each["of"], each["state"], each["sha256"] is None) for each in read] == [
        (claim, "explained", True), (claim, "illegible", False),
    ]  # fmt: skip
    assert (await lives.get(f"/budgets/{DORA}/evidence/{read[0]['number']}/file", HOLDER)).json()[
        "code"
    ] == "file_not_there"


async def test_how_evidence_stands_is_decided_by_the_rules(lives: Tried) -> None:
    """Complete and explained are allowed; what cannot be read is written down and referred, with words for the holder; nothing is
    complete without a document; and one person exempts up to the limit, a penny more with a second."""
    await lives.instalment("2000.00")

    async def judged(number: int, state: str, who: str = "officer:olga", **more: Any) -> Any:
        return await lives.done(f"evidence/{number}/judge", {"state": state, **more}, who, D)

    async def said(amount: str, word: str = "explained") -> int:
        words = {"of": await lives.claim(amount), "document": "receipt", "words": "No paper.", "state": word}
        return (await lives.done("evidence", words, "officer", D))["entries"][0]["number"]

    file = (await give(lives, await lives.claim("12.00"), PDF)).json()["entries"][0]["number"]
    for state, expected in (("complete", ("allow", [])), ("illegible", ("refer", ["statute.judged_illegible"]))):
        made = await judged(file, state)
        assert (rules(made["decision"]), made["entries"][0]["attributes"]["state"]) == (expected, state)
    word = await said("12.00")
    none = await judged(word, "complete")
    assert (rules(none["decision"]), none["entries"]) == (("deny", ["icb_policy.complete_without_document"]), [])
    small, large = await said("250.00"), await said("250.01")
    assert rules((await judged(small, "exempt"))["decision"]) == ("allow", [])
    above = await judged(large, "exempt")
    assert (rules(above["decision"]), above["entries"]) == (("refer", ["icb_policy.exempt_above_limit"]), [])
    on = {"effective_on": today().isoformat()}
    await lives.done(f"decisions/{above['decision']['number']}/approve", on, "officer:bob", D)
    # What is exempted is all of the claim, whatever its document was said to be for.
    part = {"of": await lives.claim("250.02"), "document": "receipt", "words": "No paper.", "amount": "0.01"}
    told = (await lives.done("evidence", part, "officer", D))["entries"][0]["number"]
    assert rules((await judged(told, "exempt"))["decision"]) == ("refer", ["icb_policy.exempt_above_limit"])
    approved = await judged(large, "exempt", approved=above["decision"]["number"])
    assert rules(approved["decision"]) == ("allow", ["icb_policy.exempt_above_limit"])


async def test_an_erased_file_is_gone_for_good(lives: Tried, book: kit.Book) -> None:
    """Its entry stays; while another entry needs the same file it is kept, and given out for that one only."""
    await lives.instalment("100.00")
    claims = [await lives.claim(amount) for amount in ("12.00", "13.00")]
    numbers = [(await give(lives, claim, PDF)).json()["entries"][0]["number"] for claim in claims]
    store = lives.app.desk.files

    async def erased(number: int) -> tuple[int, int]:
        await kit.rows(book.dsn, "ALTER TABLE phb.detail DISABLE TRIGGER USER")
        await kit.rows(book.dsn, "DELETE FROM phb.detail WHERE number = $1", number)
        connection = await connect(book.dsn, "phb_reader", book.book_id, READING)
        try:
            gone = await forget_files(connection, book.book_id, "TEST", (number, 1), store)
        finally:
            await connection.close()
        served = await lives.get(f"/budgets/{DORA}/evidence/{number}/file", HOLDER)
        return gone, served.status_code

    assert await erased(numbers[0]) == (0, 410)
    assert (await lives.get(f"/budgets/{DORA}/evidence/{numbers[1]}/file", HOLDER)).content == PDF
    assert await erased(numbers[1]) == (1, 410)
    assert kept_files(lives) == []
