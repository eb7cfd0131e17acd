"""Who looked at a record: told to whoever manages the money, and to auditors."""

from tests import kit
from tests.api.lives import DORA, NED, Lives
from tests.api.test_spending import code
from tests.api.test_viewing import FULL, NAMED, with_purpose

LOOKS = f"/people/{DORA}/accesses"
DECISIONS = FULL["read_decisions"]


async def test_a_holder_reads_who_looked_what_for_and_who_was_turned_away(lives: Lives, book: kit.Book) -> None:
    """The newest first, page by page, of this person alone; safeguarding is told to auditors only, and reading it is no entry."""
    await lives.get(with_purpose(DECISIONS, "audit"), "officer:vera")
    await lives.get(f"/budgets/{NED}/decisions", "officer:vera")
    await lives.done(f"/people/{DORA}/restriction", NAMED | {"staff": ["vera", "will", "aud"]}, "officer:vera")
    await lives.get(with_purpose(DECISIONS, "safeguarding"), "officer:will")
    await lives.get(with_purpose(DECISIONS, "care"), "officer:olga")
    size = (await kit.rows(book.dsn, "SELECT count(*) FROM phb.entry"))[0][0]
    seen = (await lives.get(LOOKS, "holder:holder-D")).json()["accesses"]
    assert [(each["actor"], each["act"], each["purpose"], each["outcome"]) for each in seen] == [
        # Whoever is turned away is so before anything of the record is read.
        ("olga", "read_budget", "payment", "deny"), ("will", "read_decisions", None, "allow"),
        ("vera", "read_decisions", "audit", "allow"),
    ]  # fmt: skip
    assert all(each["at"].startswith("20") and len(each["day"]) == 10 and each["client"] for each in seen)
    page = await lives.get(f"{LOOKS}?limit=2", "holder:holder-D")
    rest = page.headers["Link"].partition("<")[2].partition(">")[0].removeprefix("/v1/books/TEST")
    assert page.json()["accesses"] + (await lives.get(rest, "holder:holder-D")).json()["accesses"] == seen
    told = (await lives.get(with_purpose(LOOKS, "audit"), "auditor:aud")).json()["accesses"]
    assert [each["purpose"] for each in told] == ["audit", "payment", "safeguarding", "audit"]
    assert told[0]["act"] == "read_accesses"
    assert (await kit.rows(book.dsn, "SELECT count(*) FROM phb.entry"))[0][0] == size


async def test_who_looked_is_for_nobody_else(lives: Lives) -> None:
    """Not for officers and finance, not for another person's holder, and not for an auditor who acts for the person."""
    for who, expected in (
        ("officer:vera", (403, "permission_missing")), ("finance:fay", (403, "permission_missing")),
        ("holder:holder-N", (404, "person_unknown")), ("auditor:holder-D", (403, "view_denied")),
    ):  # fmt: skip
        assert code(await lives.get(LOOKS, who)) == expected, who
    assert code(await lives.get("/people/P0/accesses", "auditor:aud")) == (404, "person_unknown")
