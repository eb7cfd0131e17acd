"""A budget is set up over HTTP by the right people: nobody approves their own work, and what cannot be set up says why."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from api.app import Application
from ledger.book.erasure import erase_details
from ledger.book.verify import verify_book
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.identity import details_of_person, is_nhs_number
from ledger.budgets.people import person_ref
from ledger.core.requests import Erase
from tests import kit
from tests.api.asking import DAY, Client

BOOK = "/v1/books/TEST"
WHO = {"name": "Jane Example", "nhs_number": "9990000018"}
PLAN = {
    "title": "Living at home", "description": "I want to stay near my sister.", "from": "2025-04-01", "to": "2026-06-30",
    "currency": "GBP", "coordinator": "C1", "agreement": True,
}  # fmt: skip
LINE = {
    "title": "Help in the morning", "services": ["home_care"], "management": "notional", "amount": "10400.01",
    "from": "2025-04-01", "to": "2026-06-30", "shares": [{"fund": "nhs", "weight": 60}, {"fund": "council", "weight": 40}],
}  # fmt: skip


DIRECT = {
    "needs": ["N1"], "outcomes": ["O1"], "monitors": [{"need": "N1", "who": "C1"}], "first_review": "2025-06-30",
    "notice_days": 28, "cost": "10500.00", "enough_by": "olga", "risks_on": "2025-04-01", "risk_procedure": "K1",
}  # fmt: skip
"""What a plan with direct payments says besides (SI 2013/1617 reg 8(4))."""
SIGNED = {
    "signatures": [
        {"side": "commissioner", "who": "ben", "on": DAY, "channel": "electronic"},
        {"side": "person", "who": "person", "on": DAY, "channel": "paper"},
    ],
    "agreement_on": DAY,
}


class Office:
    """Three officers, Ann, Ben and Cat, and two people of finance, Fay and Gil."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def post(self, who: str, path: str, body: Any, **more: Any) -> httpx.Response:
        """A write by one of them."""
        role = "officer" if who in ("ann", "ben", "cat") else "finance"
        headers = {"Authorization": self.client.token(role, sub=who), **more.pop("headers", {})}
        if path.endswith(("/sign", "/versions")) and "If-Match" not in headers:
            # As whoever has just read the plan sends it.
            headers["If-Match"] = (await self.get(path.rpartition("/")[0])).headers.get("etag", '"1"')
        return await self.client.post(f"{BOOK}{path}", body, headers=headers, **more)

    async def done(self, who: str, path: str, body: Any, **more: Any) -> Any:
        """A write that succeeds."""
        answer = await self.post(who, path, body, **more)
        assert answer.status_code == 201, (path, answer.text)
        return answer.json()

    async def no(self, who: str, path: str, body: Any, **more: Any) -> tuple[int, str]:
        """The status and code of a write that does not."""
        answer = await self.post(who, path, body, **more)
        return answer.status_code, answer.json().get("code")

    async def get(self, path: str, who: str = "ann") -> httpx.Response:
        """A read by an officer."""
        headers = {"Authorization": self.client.token("officer", sub=who)}
        return await self.client.inner.get(f"{BOOK}{path}", headers=headers)

    async def person(self, **sent: Any) -> str:
        """The reference of a new person."""
        entry = await self.done("ann", "/people", sent)
        return entry["attributes"]["person"]

    async def rules(self) -> None:
        """The rules of this service in force."""
        rules = (await self.get("/rules")).json()
        if not rules["in_force"]:
            await self.done("ann", "/rules/drafts", {"hash": rules["hash"]})
            await self.done("ben", "/rules/activate", {"hash": rules["hash"]})

    async def money(self) -> None:
        """Two funds of two years, with a grant each for both, and the rules in force."""
        await self.rules()
        years = ["2025-26", "2026-27"]
        await self.done("fay", "/funds", {"fund": "nhs", "years": years})
        await self.done("fay", "/funds", {"fund": "council", "years": years, "kind": "partner", "partner": "council"})
        for fund in ("nhs", "council"):
            for year in years:
                grant = {"year": year, "amount": "20000.00", "currency": "GBP", "effective_on": DAY}
                await self.done("fay", f"/funds/{fund}/grants", grant)

    async def approved(self, path: str) -> None:
        """A holder's account that Ben approves, and Gil after him."""
        for who in ("ben", "gil"):
            assert (await self.done(who, f"{path}/approve", {"effective_on": DAY}))["outcome"] == "allow"

    async def payee(self, payee: str = "A1") -> None:
        """A payee that Fay registers and Gil approves."""
        await self.done("fay", "/payees", {"payee": payee, "name": "Acme Care", "regulated": True, "cqc": True})
        await self.done("gil", f"/payees/{payee}/approve", {})


@pytest.fixture
def office(client: Client) -> Office:
    """The people of the commissioner."""
    return Office(client)


async def entries(book: kit.Book) -> int:
    """How many entries the book has."""
    return (await kit.rows(book.dsn, "SELECT count(*) FROM phb.entry"))[0][0]


async def test_a_budget_is_set_up_by_the_right_people_and_can_be_read(
    app: Application, office: Office, book: kit.Book
) -> None:
    """Funds, payee, person, consent, delegation, account, plan and signature; balances follow the shares, and verification
    finds nothing wrong."""
    rules = (await office.get("/rules")).json()
    assert (rules["active"], rules["in_force"]) == (None, False)
    await office.done("ann", "/rules/drafts", {"hash": rules["hash"]})
    await office.done("ben", "/rules/activate", {"hash": rules["hash"]})
    assert (await office.get("/rules")).json()["in_force"] is True
    await office.money()
    await office.payee()
    person = await office.person(groups=[{"name": "sub_icb", "value": "92G", "from": "2025-04-01"}], identity=WHO)
    await office.done("ann", f"/people/{person}/events", {"act": "consent_given", "on": DAY})
    for act in ("excluded_by_schedule", "schedule_lifted"):
        await office.done("ann", f"/people/{person}/events", {"act": act, "on": DAY})
    changed = {"act": "groups_changed", "groups": [{"name": "sex", "value": "female", "from": "2025-04-01"}]}
    await office.done("ann", f"/people/{person}/events", changed)
    named = await office.done(
        "ann", f"/people/{person}/holders", {"holder": "h1", "role": "person", "from": DAY, "effective_on": DAY}
    )
    assert (named["act"], named["outcome"]) == ("name_holder", "allow")
    bank = {"sort_code": "200000", "account_number": "55779911", "account_name": "J Example"}
    held = (await office.done("ann", f"/people/{person}/holder-accounts", bank))["subject"].removeprefix(
        "holder_account/"
    )
    await office.approved(f"/people/{person}/holder-accounts/{held}")
    paid = LINE | {"management": "direct_payment", "holder_account": held, "amount": "100.00", "to": "2025-06-30",
                   "instalment": "50.00", "interval": "monthly", "channel": "own_account", "cost": "100.00",
                   "shares": [{"fund": "nhs"}]}  # fmt: skip
    years = [{"year": "2025-26", "amount": "8000.00"}, {"year": "2026-27", "amount": "2400.01"}]
    lines = [LINE | {"payees": ["A1"], "years": years}, paid]
    drafted = await office.done("ann", f"/budgets/{person}/plans", PLAN | DIRECT | {"lines": lines})
    plan, line = drafted["plan"]["plan"], drafted["plan"]["lines"][0]["line"]
    assert (await office.get(f"/budgets/{person}/plans")).json()["plans"] == [drafted["plan"]]
    signed = await office.done("ben", f"/budgets/{person}/plans/{plan}/sign", SIGNED | {"effective_on": DAY})
    first, *rest = signed["entries"]
    assert (first["kind"], first["because"]) == ("plan_version", drafted["entry"]["number"])
    assert {entry["because"] for entry in rest} == {first["number"]}
    assert [entry["event"] for entry in rest if entry["kind"] == "transaction"] == [2, 2, 2]
    [found] = (await office.get(f"/budgets/{person}/plans")).json()["plans"]
    assert (found["state"], [each["state"] for each in found["lines"]]) == ("signed", ["agreed", "agreed"])
    assert found["lines"][0]["title"] == LINE["title"]
    assert [each["instalment"] for each in found["lines"]] == [None, "50.00"]
    for code, pence in {f"{line}/nhs/2025-26": "4800.00", f"{line}/council/2025-26": "3200.00",
                        f"{line}/nhs/2026-27": "1440.01", f"{line}/council/2026-27": "960.00"}.items():  # fmt: skip
        got = await office.client.get(f"{BOOK}/account/balance?code=share/{code}/available")
        assert got.json()["balance"] == pence
    read = (await office.get(f"/people/{person}")).json()
    assert [group["name"] for group in read["groups"]] == ["sex", "sub_icb"]
    assert [event["act"] for event in read["events"]] == [
        "registered", "consent_given", "excluded_by_schedule", "schedule_lifted", "groups_changed",
    ]  # fmt: skip
    assert (read["consent"], read["delegations"][0]["holder"]) == (True, "h1")
    assert read["holder_accounts"] == [{"holder_account": held, "state": "approved"}]
    assert (await office.get("/payees/A1")).json()["name"] == "Acme Care"
    async with app.desk.books.reading(await app.desk.books.row("TEST")) as connection:
        found = await verify_book(connection, book.book_id, verifiers=(), identities=IDENTITIES)
    assert found.ok, found


async def test_nobody_approves_or_signs_what_they_made(office: Office) -> None:
    """Payee, holder's account and plan: by their maker refused, and by another done, once."""
    await office.money()
    await office.done("fay", "/payees", {"payee": "A1", "name": "Acme Care"})
    assert await office.no("fay", "/payees/A1/approve", {}) == (422, "second_person_needed")
    await office.done("gil", "/payees/A1/approve", {})
    assert await office.no("gil", "/payees/A1/approve", {}) == (422, "approved_already")
    person = await office.person()
    bank = {"sort_code": "200000", "account_number": "55779911", "account_name": "J Example"}
    entry = await office.done("ann", f"/people/{person}/holder-accounts", bank)
    path = f"/people/{person}/holder-accounts/{entry['subject'].removeprefix('holder_account/')}"
    on = {"effective_on": DAY}
    for _ in range(2):
        assert await office.no("ann", f"{path}/approve", on) == (422, "second_person_needed")
        assert (await office.done("ben", f"{path}/approve", on))["stated"]["approval"] == "first"
        for maker in ("ann", "ben"):
            assert await office.no(maker, f"{path}/approve", on) == (422, "second_person_needed")
        assert (await office.done("gil", f"{path}/approve", on))["stated"]["approval"] == "second"
        assert await office.no("fay", f"{path}/approve", on) == (422, "approved_already")
        await office.done("ann", f"{path}/bar", {})
        assert await office.no("ben", f"{path}/bar", {}) == (422, "barred_already")
    drafted = await office.done("ann", f"/budgets/{person}/plans", PLAN | {"lines": [LINE]})
    sign = f"/budgets/{person}/plans/{drafted['plan']['plan']}/sign"
    assert await office.no("ann", sign, {"effective_on": DAY}) == (422, "second_person_needed")
    await office.done("ben", sign, {"effective_on": DAY})
    assert await office.no("ben", sign, {"effective_on": DAY}) == (422, "plan_not_drafted")


async def test_two_who_sign_at_once_sign_once(office: Office, book: kit.Book) -> None:
    """Of many signatures at once one is made, and the money is allocated once."""
    await office.money()
    person = await office.person()
    drafted = await office.done("ann", f"/budgets/{person}/plans", PLAN | {"lines": [LINE]})
    sign = f"/budgets/{person}/plans/{drafted['plan']['plan']}/sign"
    answers = await asyncio.gather(*(office.post("ben", sign, {"effective_on": DAY}) for _ in range(4)))
    codes = sorted((each.status_code, each.json().get("code")) for each in answers if each.status_code != 201)
    assert len(codes) == 3
    assert set(codes) <= {(412, "plan_changed"), (422, "plan_not_drafted")}
    assert (await kit.rows(book.dsn, "SELECT count(*) FROM phb.register WHERE act = 'signed'"))[0][0] == 1


async def test_a_repeated_request_has_its_first_answer_whatever_has_happened_since(
    office: Office, book: kit.Book
) -> None:
    """The same key and body give the same answer although the plan is signed and the payee barred by now; another body is
    422 and names the field."""
    await office.money()
    person = await office.person()
    body = PLAN | {"lines": [LINE]}
    drafted = await office.post("ann", f"/budgets/{person}/plans", body, key="draft")
    sign = f"/budgets/{person}/plans/{drafted.json()['plan']['plan']}/sign"
    signed = await office.post("ben", sign, {"effective_on": DAY}, key="sign")
    await office.payee()
    asked: list[tuple[str, str, dict[str, Any], str]] = [
        ("ann", f"/budgets/{person}/plans", body, "draft"), ("ben", sign, {"effective_on": DAY}, "sign"),
        ("fay", "/payees/A1/bar", {}, "bar"), ("ann", "/people", {"identity": WHO}, "person"),
    ]  # fmt: skip
    firsts = [
        drafted,
        signed,
        await office.post(*asked[2][:3], key="bar"),
        await office.post(*asked[3][:3], key="person"),
    ]
    before = await entries(book)
    for first, (who, path, sent, key) in zip(firsts, asked, strict=True):
        again = await office.post(who, path, sent, key=key)
        assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
        assert again.json() == first.json()
    assert await entries(book) == before
    other = await office.post("ben", sign, {"effective_on": "2025-06-03"}, key="sign")
    assert (other.json()["code"], other.json()["fields"]) == ("idempotency_key_reused", ["effective_on"])
    other = await office.post("ann", "/people", {"identity": WHO | {"name": "Another"}}, key="person")
    assert (other.json()["code"], other.json()["fields"]) == ("idempotency_key_reused", ["identity"])


async def test_an_nhs_number_is_registered_once_and_nobody_is_told_whose_it_is(office: Office, book: kit.Book) -> None:
    """Again, or by many at once: one person, and 409 without a reference; nothing is left of the others."""
    answers = await asyncio.gather(*(office.post("ann", "/people", {"identity": WHO}) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    person = next(each.json()["attributes"]["person"] for each in answers if each.status_code == 201)
    for each in answers:
        if each.status_code == 409:
            assert each.json()["code"] == "person_known"
            assert person not in each.text
    assert await entries(book) == 2
    assert (await office.get(f"/people/{person}/identity")).json() == {"person": person, **WHO}
    assert await kit.rows(book.dsn, "SELECT actor, act, subject FROM phb.access") == [
        ("ann", "read_identity", f"person/{person}")
    ]


async def test_a_registration_that_was_cut_off_is_completed_by_the_same_request(office: Office, book: kit.Book) -> None:
    """Killed after the book was written and before the identity was: nobody yet, until the request is repeated."""
    first = await office.post("ann", "/people", {"identity": WHO}, key="cut")
    person = first.json()["attributes"]["person"]
    # What the database is left with when the process dies before the registrar's commit.
    await kit.rows(book.dsn, "DELETE FROM phb.identity")
    assert (await office.get(f"/people/{person}/identity")).json()["code"] == "identity_not_found"
    again = await office.post("ann", "/people", {"identity": WHO}, key="cut")
    assert again.json() == first.json()
    assert (await office.get(f"/people/{person}/identity")).json()["name"] == WHO["name"]


async def test_a_refused_or_tried_registration_keeps_no_identity(office: Office, client: Client, dsn: str) -> None:
    """In a book of published data, and in a dry run: no row in the registrar's table."""
    book = await kit.open_book(dsn, "OPEN", nature="open_data")
    token = {"Authorization": client.token("officer")}
    answer = await client.post("/v1/books/OPEN/people", {"identity": WHO}, headers=token)
    assert (answer.status_code, answer.json()["code"]) == (422, "open_data_only")
    tried = await office.post("ann", "/people?dry_run=true", {"identity": WHO})
    assert (tried.status_code, tried.json()["number"]) == (200, 0)
    assert await kit.rows(book.dsn, "SELECT 1 FROM phb.identity") == []


async def test_what_was_erased_of_a_person_is_not_brought_back(
    app: Application, office: Office, book: kit.Book
) -> None:
    """Erasing takes identity and details together; the log verifies, the first request repeated says erased and restores
    nothing, and the NHS number is free again."""
    sent = {"identity": WHO, "groups": [{"name": "sub_icb", "value": "92G", "from": "2025-04-01"}]}
    first = await office.post("ann", "/people", sent, key="one")
    person = first.json()["attributes"]["person"]
    row = await app.desk.books.row("TEST")
    async with app.desk.books.reading(row) as connection:
        numbers = await details_of_person(connection, row.book_id, person)
    erase = kit.item(Erase(entries=numbers, second="second", ground="uk-gdpr-17"))
    await erase_details(book.dsn, book.book_id, erase, clock_us=kit.clock_us, nonce=kit.nonce)
    assert await kit.rows(book.dsn, "SELECT 1 FROM phb.identity") == []
    again = await office.post("ann", "/people", sent, key="one")
    assert again.json() == first.json() | {"erased": True}
    assert await kit.rows(book.dsn, "SELECT 1 FROM phb.identity") == []
    assert (await office.get(f"/people/{person}")).json()["groups"] == []
    async with app.desk.books.reading(row) as connection:
        found = await verify_book(connection, row.book_id, verifiers=(), identities=IDENTITIES)
    assert found.ok, found
    await office.person(identity=WHO)
    assert (await office.post("ann", "/people", sent, key="one")).json() == again.json()


async def test_what_cannot_be_drafted_says_why(office: Office, book: kit.Book) -> None:
    """Each wrong line of a plan has its code, and nothing is left in the book."""
    await office.money()
    await office.done("fay", "/funds", {"fund": "late", "years": ["2025-26"]})
    await office.done("fay", "/funds", {"fund": "own", "years": ["2025-26", "2026-27"], "kind": "contribution"})
    person = await office.person()
    before = await entries(book)
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"services": ["holidays_on_mars"]}, 422, "service_unknown"),
        ({"services": ["home_care", "home_care"]}, 400, "services_malformed"),
        ({"to": "2026-07-01"}, 422, "line_outside_plan"),
        ({"from": "2025-03-31"}, 422, "line_outside_plan"),
        ({"to": "2025-03-01"}, 400, "dates_malformed"),
        ({"shares": [{"fund": "none"}]}, 422, "fund_unknown"),
        ({"shares": [{"fund": "late"}]}, 422, "fund_year_not_open"),
        ({"shares": [{"fund": "own"}]}, 400, "contribution_not_allocated"),
        ({"shares": [{"fund": "nhs"}, {"fund": "nhs"}]}, 400, "shares_malformed"),
        ({"shares": [{"fund": "nhs", "weight": 0}]}, 400, "field_malformed"),
        ({"payees": ["Z9"]}, 422, "payee_unknown"),
        ({"holder_account": "H1"}, 422, "holder_account_unknown"),
        ({"management": "direct_payment"}, 400, "holder_account_missing"),
        ({"instalment": "100.00"}, 400, "instalment_not_used"),
        ({"management": "one_off", "instalment": "100.00"}, 400, "instalment_not_used"),
        ({"management": "third_party", "instalment": "10400.02"}, 400, "instalment_too_large"),
        ({"years": [{"year": "2027-28", "amount": "10400.01"}]}, 422, "years_outside_line"),
        ({"years": [{"year": "2025-26", "amount": "10400.00"}]}, 422, "years_differ"),
        ({"amount": "0.00"}, 400, "amount_zero"),
    ]
    for change, status, code in wrong:
        got = await office.no("ann", f"/budgets/{person}/plans", PLAN | {"lines": [LINE | change]})
        assert got == (status, code), change
    large = await office.no("ann", f"/budgets/{person}/plans", PLAN | {"lines": [LINE] * 9})
    assert large == (422, "plan_too_large")
    assert await entries(book) == before


async def test_a_plan_that_its_funds_cannot_bear_is_not_signed_in_part(office: Office, book: kit.Book) -> None:
    """Two lines, the second above what the fund has: refused whole, and the plan is still a draft."""
    await office.money()
    person = await office.person()
    lines = [LINE, LINE | {"amount": "99999.00"}]
    drafted = await office.done("ann", f"/budgets/{person}/plans", PLAN | {"lines": lines})
    sign = f"/budgets/{person}/plans/{drafted['plan']['plan']}/sign"
    large = (await office.done("ben", sign, {"effective_on": DAY}))["decision"]
    approve = f"/budgets/{person}/decisions/{large['number']}/approve"
    await office.done("cat", approve, {"effective_on": DAY})
    approved = {"effective_on": DAY, "approved": large["number"]}
    assert await office.no("ben", sign, approved) == (422, "not_enough_available")
    [found] = (await office.get(f"/budgets/{person}/plans")).json()["plans"]
    assert found["state"] == "drafted"
    assert await kit.rows(book.dsn, "SELECT 1 FROM phb.account WHERE code LIKE 'share/%'") == []


async def test_what_cannot_be_set_up_has_its_code(office: Office, book: kit.Book) -> None:
    """Persons, events, delegations, accounts, funds, payees and rules, each with what is wrong."""
    await office.rules()
    person, stranger = await office.person(), person_ref(b"x" * 16)
    await office.payee()
    await office.done("fay", "/funds", {"fund": "nhs", "years": ["2025-26"]})
    bank = {"sort_code": "200000", "account_number": "55779911", "account_name": "J Example"}
    group = {"name": "sex", "value": "female", "from": "2025-04-01"}
    named = {"act": "restricted", "on": DAY, "reason": "safeguarding", "staff": ["vera"]}
    delegation = {"holder": "h1", "scope": "see", "from": DAY}
    given = await office.done("ann", f"/people/{person}/delegations", delegation)
    revoke = f"/people/{person}/delegations/{given['subject'].removeprefix('delegation/')}/revoke"
    await office.done("ann", revoke, {})
    await office.done("gil", "/payees/A1/bar", {"person": person})
    grant = {"year": "2025-26", "amount": "1.00", "currency": "GBP", "effective_on": DAY}
    before = await entries(book)
    for who, path, body, status, code in (
        ("ann", "/people", {"identity": {"name": "J", "nhs_number": "9990000019"}}, 400, "nhs_number_malformed"),
        ("ann", "/people", {"identity": {"name": "J", "nhs_number": "999000001"}}, 400, "nhs_number_malformed"),
        ("ann", "/people", {"groups": [group | {"value": "blue"}]}, 400, "group_malformed"),
        ("ann", "/people", {"groups": [group | {"value": "9990000018"}]}, 400, "personal_number"),
        ("ann", f"/people/{stranger}/events", {"act": "died", "on": DAY}, 404, "person_unknown"),
        ("ann", "/people/9990000018/events", {"act": "died", "on": DAY}, 404, "person_unknown"),
        ("ann", f"/people/{person}/events", {"act": "died"}, 400, "event_day_missing"),
        ("ann", f"/people/{person}/events", {"act": "consent_given", "on": "2099-05-01"}, 400, "dates_malformed"),
        ("ann", f"/people/{person}/events", {"act": "schedule_lifted", "on": "2099-05-01"}, 400, "dates_malformed"),
        ("ann", f"/people/{person}/restriction", named | {"on": "2099-05-01"}, 400, "dates_malformed"),
        ("ann", f"/people/{person}/events", {"act": "died", "on": DAY, "groups": [group]}, 400, "groups_misplaced"),
        ("ann", f"/people/{person}/events", {"act": "groups_changed"}, 400, "groups_misplaced"),
        ("ann", f"/people/{stranger}/delegations", delegation, 404, "person_unknown"),
        ("ann", f"/people/{person}/delegations", delegation | {"to": "2025-01-01"}, 400, "dates_malformed"),
        ("ann", f"/people/{person}/delegations", delegation | {"holder": "9990000018"}, 400, "personal_number"),
        ("ann", revoke, {}, 422, "delegation_revoked"),
        ("ann", f"/people/{person}/delegations/none/revoke", {}, 404, "delegation_not_found"),
        ("ann", f"/people/{person}/holder-accounts", bank | {"sort_code": "2OOOOO"}, 400, "field_malformed"),
        (
            "ann",
            f"/people/{person}/holder-accounts/none/approve",
            {"effective_on": DAY},
            404,
            "holder_account_not_found",
        ),
        ("fay", "/payees", {"payee": "A1", "name": "x"}, 422, "payee_exists"),
        ("fay", "/payees/Z9/approve", {}, 404, "payee_not_found"),
        ("fay", "/payees/A1/bar", {"person": person}, 422, "barred_already"),
        ("fay", "/payees/A1/bar", {"person": stranger}, 404, "person_unknown"),
        ("fay", "/funds", {"fund": "nhs", "years": ["2026-27"]}, 422, "fund_exists"),
        ("fay", "/funds", {"fund": "x", "years": ["2026-03"]}, 400, "period_malformed"),
        ("fay", "/funds", {"fund": "x", "years": ["2026-27"], "kind": "partner"}, 400, "partner_malformed"),
        ("fay", "/funds/none/grants", grant, 404, "fund_not_found"),
        ("fay", "/funds/nhs/grants", grant | {"currency": "EUR"}, 400, "currency_not_of_book"),
        ("ann", "/rules/activate", {"hash": "0" * 64}, 422, "bundle_not_drafted"),
        ("ann", "/rules/drafts", {"hash": "0" * 64}, 422, "bundle_differs"),
        ("ann", f"/budgets/{person}/plans/none/sign", {"effective_on": DAY}, 404, "plan_not_found"),
        ("ann", f"/budgets/{stranger}/plans", PLAN | {"lines": [LINE]}, 404, "person_unknown"),
        ("ann", "/funds", {"fund": "x", "years": ["2026-27"]}, 403, "permission_missing"),
        ("fay", "/people", {}, 403, "permission_missing"),
    ):
        assert await office.no(who, path, body) == (status, code), (path, body)
    assert await entries(book) == before
    assert (await office.get(f"/people/{stranger}")).json()["code"] == "person_unknown"
    assert (await office.get("/payees/Z9")).json()["code"] == "payee_not_found"


async def test_another_persons_things_are_not_there(office: Office) -> None:
    """A delegation, an account and a plan of one person cannot be reached through another."""
    await office.money()
    one, two = await office.person(), await office.person()
    given = await office.done("ann", f"/people/{one}/delegations", {"holder": "h1", "scope": "see", "from": DAY})
    bank = {"sort_code": "200000", "account_number": "55779911", "account_name": "J Example"}
    account = (await office.done("ann", f"/people/{one}/holder-accounts", bank))["subject"].partition("/")[2]
    plan = (await office.done("ann", f"/budgets/{one}/plans", PLAN | {"lines": [LINE]}))["plan"]["plan"]
    delegation = given["subject"].partition("/")[2]
    for path, body, code in (
        (f"/people/{two}/delegations/{delegation}/revoke", {}, "delegation_not_found"),
        (f"/people/{two}/holder-accounts/{account}/approve", {"effective_on": DAY}, "holder_account_not_found"),
        (f"/budgets/{two}/plans/{plan}/sign", {"effective_on": DAY}, "plan_not_found"),
    ):
        assert await office.no("ben", path, body) == (404, code)


async def test_a_holder_sees_the_plans_of_whom_they_hold_for_and_no_others(office: Office, client: Client) -> None:
    """With a delegation the plan in the person's words, without one as if there were no such person."""
    await office.money()
    one, two = await office.person(), await office.person()
    await office.done("ann", f"/people/{one}/delegations", {"holder": "h1", "scope": "see", "from": DAY})
    await office.done("ann", f"/budgets/{one}/plans", PLAN | {"lines": [LINE]})
    token = {"Authorization": client.token("holder", sub="h1")}
    seen = await client.inner.get(f"{BOOK}/budgets/{one}/plans", headers=token)
    assert seen.json()["plans"][0]["description"] == PLAN["description"]
    hidden = await client.inner.get(f"{BOOK}/budgets/{two}/plans", headers=token)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "person_unknown")
    assert (await client.inner.get(f"{BOOK}/people/{one}", headers=token)).status_code == 403


async def test_no_role_but_the_registrars_reads_who_people_are(office: Office, book: kit.Book) -> None:
    """The reader, the writer and the holder's reader are denied the table; the eraser sees references and no content."""
    await office.person(identity=WHO)
    connection = await asyncpg.connect(book.dsn)
    try:
        for role in ("phb_reader", "phb_writer", "phb_holder_reader", "phb_access_writer", "phb_eraser"):
            await connection.execute(f"SET phb.book_id = '{book.book_id}'; SET ROLE {role}")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch("SELECT content FROM phb.identity")
            await connection.execute("RESET ROLE")
    finally:
        await connection.close()


def test_a_wrong_digit_of_an_nhs_number_is_found() -> None:
    """Every change of one digit of a valid number makes an invalid one."""
    number = WHO["nhs_number"]
    assert is_nhs_number(number)
    for place, digit in enumerate(number):
        for other in "0123456789":
            assert is_nhs_number(number[:place] + other + number[place + 1 :]) is (other == digit)
