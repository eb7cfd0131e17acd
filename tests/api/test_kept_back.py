"""A record that is kept for a few shows nowhere to the others: every read of the document is walked, as each role of the office."""

import re
from typing import Any

import msgspec
import pytest

from api.app import described
from ledger.budgets.people import restriction_recorded
from ledger.core.calendar import london_day
from tests import kit
from tests.api.lives import DAY, DORA, NED, START, D, Lives
from tests.api.test_bank_feeds import file_of
from tests.api.test_patterns import _lived, _set
from tests.api.test_spending import code
from tests.api.test_third_parties import T, held_by_b2, instalment

WHO = ("officer:olga", "auditor:aud")
NAMES = re.compile(rf"{DORA}|{NED}|share/[DNT]/")
"""What tells of one of the two: the reference, or an account of a line."""
LEDGER = "finance and auditors, by account and entry: the books have to add up and be proved, and nobody's words stand in them"
CLOSE = "finance's figures of a period, line by line: a month is closed with every line or with none"
SHOWN = {
    "listTransactions": LEDGER, "readTransaction": LEDGER, "readStatement": LEDGER, "listHolds": LEDGER, "readHold": LEDGER,
    "listAccounts": LEDGER, "readAccount": LEDGER, "readBalances": LEDGER, "readBalance": LEDGER, "readReceipt": LEDGER,
    "listAccruals": CLOSE, "readYearEnd": CLOSE, "listLate": CLOSE,
}  # fmt: skip
"""The reads that show whom a record is kept from something of it all the same, and why; never to an officer."""
LISTS = {
    "listReferrals", "listEvidenceAsked", "listDeposits", "listReviews", "listRollForwards", "listDebts", "listLosses",
    "listOpenNotices", "listChecks", "listPatterns", "readThirdParty",
}  # fmt: skip
"""The lists of the office that leave rows out, and say how many."""


def reads() -> dict[str, tuple[str, list[str]]]:
    """Every read of a book: operation → path, and the query parameters that it needs."""
    found = {}
    for path, each in msgspec.json.decode(described())["paths"].items():
        if "get" in each and "{book}" in path:
            asked = [
                one["name"] for one in each["get"].get("parameters", ()) if one["in"] == "query" and one.get("required")
            ]
            found[each["get"]["operationId"]] = (path.partition("{book}")[2], asked)
    return found


def asked(person: str, numbers: dict[str, int], bundle: str = "0" * 64) -> dict[str, str]:
    """The reads of one of the two, filled in with what there is of them."""
    line, plan = ("D", "PD") if person == DORA else ("N", "PN")
    given = {
        "person": person, "line": line, "plan": plan, "account": "H1", "payee": "B2", "partner": "council", "bank": "main",
        "period": "2025-06", "year": "2025-26", "hash": bundle, "bundle": bundle, "sha256": "0" * 64, "reference": "X",
        "code": f"share/{line}/nhs/2025-26/available", "first_day": "2025-04-01", "last_day": "2026-03-31",
    }  # fmt: skip
    made = {}
    for operation, (path, needed) in reads().items():
        if person == NED and "{person}" not in path and not {"code", "prefix"} & {*needed}:
            continue
        number = numbers.get(operation, numbers["any"])
        filled = re.sub(r"\{(\w+)\}", lambda m, n=number: str(n) if m[1] == "number" else given[m[1]], path)
        more = {"listReviews": ["due_before=2030-01-01"], "readBalances": [f"prefix=share/{line}/"]}.get(operation, [])
        query = "&".join([*(f"{name}={given.get(name, DAY)}" for name in needed), *more])
        made[operation] = f"{filled}?{query}" if query else filled
    return made


async def busy(lives: Lives) -> dict[str, int]:
    """Something of Dora or Ned for every list; the numbers of what there is of Dora."""
    on, gbp = {"effective_on": DAY}, {"currency": "GBP"}
    await _set(lives)
    await _lived(lives)
    await lives.done("/patterns/months/2025-06", {}, "finance")
    head = "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID\n05/06/2025,BGC,AUNT,,30.00,30.00,X-2\n"
    await lives.done("holder-accounts/H1/statements", file_of(content=head.encode()), "finance", D)
    notice = {"about": "repayment", "on": DAY, "reasons": ["off_plan"], "amount": "60.00", "pay_by": "2025-07-02",
              "debtor": DORA, "debtor_is": "person", "words": "Bought outside the plan."}  # fmt: skip
    told = [(await lives.done("notices", notice, line=D))["entries"][0]["number"] for _ in range(2)]
    thought = {"factors": ["off_plan"], "safeguarding": "none", "on": DAY, "words": "She was asked."}
    await lives.done(f"notices/{told[0]}/considerations", thought, line=D)
    await lives.done(f"notices/{told[0]}/move", {"act": "sent", "on": DAY}, line=D)
    owed = {"notice": told[0], "line": "D", "amount": "60.00", "source": "advance", **gbp, **on}
    demand = (await lives.done("demands", owed, line=D))["entries"][0]["number"]
    loss = {"amount": "20.00", "loss": "bad_debt", "authority": "sfi", **gbp, **on}
    await lives.done(f"demands/{demand}/write-offs", loss, "finance:fay", D)
    await lives.done("provider-checks", {"payee": "NEW", "on": DAY, **on}, line=D)
    await held_by_b2(lives, T)
    await instalment(lives, T, "1000.00")
    waits = (await lives.spend("1200.00"))["number"]
    day = london_day(kit.clock_us()).isoformat()
    await lives.done(
        f"decisions/{waits}/approve", {**on, "conditions": [{"kind": "evidence_due", "day": day}]}, "officer:ann"
    )
    await lives.spend("1300.00")
    found = await kit.rows(lives.app.desk.settings.database_url, "SELECT number FROM phb.register WHERE kind = 'decision' "
                           f"AND person_ref = '{DORA}' ORDER BY number LIMIT 1")  # fmt: skip
    moved = await kit.rows(lives.app.desk.settings.database_url, "SELECT max(p.number) FROM phb.posting p "
                           f"JOIN phb.account a USING (account_id) WHERE a.person_ref = '{DORA}'")  # fmt: skip
    return {"any": found[0][0], "readTransaction": moved[0][0], "readReceipt": moved[0][0]}


@pytest.fixture
async def numbers(lives: Lives) -> dict[str, int]:
    """Of the lives of two people."""
    return await busy(lives)


async def restrict(lives: Lives) -> None:
    """Both records, for Vera alone."""
    for person in (DORA, NED):
        await lives.do(
            restriction_recorded("restricted", person=person, on=START, reason="safeguarding", staff=("vera", "victor"))
        )


async def walk(lives: Lives, numbers: dict[str, int], *, lists_only: bool = False) -> dict[tuple[str, str, str], Any]:
    """What each of the office is answered: who, operation, person → answer. Never that something is wrong on our side."""
    found = {}
    for person in (DORA, NED):
        for operation, path in asked(person, numbers, lives.app.desk.books.engine.bundle.hash).items():
            if lists_only and "{person}" in reads()[operation][0]:
                continue
            for who in WHO:
                found[who, operation, person] = answer = await lives.get(path, who)
                assert answer.status_code in (200, 400, 403, 404, 409, 422), (operation, answer.text)
    return found


async def test_a_restricted_record_shows_in_no_read_to_whom_it_does_not_name(
    lives: Lives, numbers: dict[str, int]
) -> None:
    """Of one person 403; in a list the row is left out and counted; but for a written list of reads, each with its reason."""
    before = await walk(lives, numbers, lists_only=True)
    await restrict(lives)
    wrong, excepted, counted = [], set(), set()
    for (who, operation, person), answer in (await walk(lives, numbers)).items():
        is_of_one = "{person}" in reads()[operation][0]
        if is_of_one and who.startswith("auditor"):
            # An auditor may always look at one record, and a look at all of it is noted with what it is for.
            if answer.status_code == 403 and code(answer)[1] not in ("view_denied", "permission_missing"):
                wrong.append((who, operation, answer.text[:99]))
        elif is_of_one:
            if answer.status_code != 403 or code(answer)[1] not in ("view_denied", "permission_missing"):
                wrong.append((who, operation, answer.text[:99]))
        elif answer.status_code == 200 and NAMES.search(answer.text):
            if operation in SHOWN and not who.startswith("officer"):
                excepted.add(operation)
            else:
                wrong.append((who, operation, answer.text[:99]))
        elif operation in LISTS and answer.status_code == 200:
            was = before[who, operation, person]
            assert NAMES.search(was.text), operation
            assert was.json()["kept_back"] == 0
            assert answer.json()["kept_back"] >= 1
            counted.add(operation)
    assert wrong == []
    assert counted == LISTS
    assert excepted <= SHOWN.keys()


async def test_an_auditor_looks_at_every_record_and_each_look_is_noted(
    lives: Lives, numbers: dict[str, int]
) -> None:  # fmt: skip
    """Of a record that is kept for a few each read that an auditor is answered leaves one note, with what it is for where that is
    said."""
    await restrict(lives)
    dsn = lives.app.desk.settings.database_url
    noted = "SELECT count(*) FROM phb.access WHERE actor = 'aud' AND outcome = 'allow'"
    seen = 0
    for person in (DORA, NED):
        for operation, path in asked(person, numbers, lives.app.desk.books.engine.bundle.hash).items():
            if "{person}" not in reads()[operation][0]:
                continue
            before = (await kit.rows(dsn, noted))[0][0]
            purpose = "&purpose=audit" if "?" in path else "?purpose=audit"
            answer = await lives.get(path + purpose, "auditor:aud")
            if answer.status_code == 403:
                assert code(answer)[1] == "permission_missing", operation
            elif answer.status_code == 200:
                assert (await kit.rows(dsn, noted))[0][0] == before + 1, operation
                seen += 1
    assert seen > 5


async def test_the_named_see_the_lists_as_before_and_pages_add_up_for_others(
    lives: Lives, numbers: dict[str, int]
) -> None:
    """Vera has the same rows and nought kept back; Olga, page by page, is told of as many as there are."""
    paths = {operation: path for operation, path in asked(DORA, numbers).items() if operation in LISTS}
    before = {operation: await lives.get(path, "officer:vera") for operation, path in paths.items()}
    await restrict(lives)
    for operation, path in paths.items():
        answer = await lives.get(path, "officer:vera")
        assert (answer.status_code, answer.json()) == (200, before[operation].json()), operation
    path, met = f"{paths['listReviews']}&limit=1", 0
    while path:
        page = await lives.get(path, "officer:olga")
        assert page.json()["reviews"] == []
        met += page.json()["kept_back"]
        path = page.headers.get("Link", "").partition("<")[2].partition(">")[0].removeprefix("/v1/books/TEST")
    assert met == len(before["listReviews"].json()["reviews"]) > 0


async def test_limits_are_listed_beside_thresholds(lives: Lives) -> None:
    """Thresholds of patterns are kept as limits are, and only those who set them read them: the list of limits goes on without."""
    await _set(lives)
    assert (await lives.get("/limits")).json()["limits"] == []
