"""Later versions of a plan over HTTP: what they give, take, open and end, who has read what, and what the rules want of them."""

import asyncio
from typing import Any

import pytest

from api.app import Application
from ledger.book.verify import verify_book
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.warrants import check_warrants
from ledger.reports.identities import check_identities
from tests import kit
from tests.api.asking import DAY
from tests.api.test_people_and_plans import BOOK, DIRECT, LINE, PLAN, SIGNED, Office
from tests.api.test_people_and_plans import office as office  # The fixture.

NOTICED = "2025-05-05"
"""Twenty-eight days before the day of these tests."""
SIMPLE = LINE | {"shares": [{"fund": "nhs"}], "amount": "1000.00", "to": "2026-03-31"}


async def planned(office: Office, lines: list[dict[str, Any]], **more: Any) -> tuple[str, str, list[str]]:
    """A person with a signed plan of these lines: the person, the path of the plan, and its lines in order."""
    await office.money()
    person = await office.person()
    drafted = await office.done("ann", f"/budgets/{person}/plans", PLAN | {"lines": lines, "notice_days": 28, **more})
    path = f"/budgets/{person}/plans/{drafted['plan']['plan']}"
    await signed(office, path)
    return person, path, [line["line"] for line in drafted["plan"]["lines"]]


async def noticed(
    office: Office, person: str, on: str = NOTICED, *, delivered: bool = True, **more: Any
) -> dict[str, Any]:
    """What a version says of a cut whose written notice was sent, and delivered on a day as another officer says."""
    given = {"about": "cut", "on": on, "reasons": ["needs_changed"], "notice_days": 28, "takes_effect_on": DAY,
             "words": "You need fewer hours.", **more}  # fmt: skip
    path = f"/budgets/{person}/notices"
    number = (await office.done("ann", path, given))["entries"][0]["number"]
    for act, who in (("sent", "ann"), ("delivered", "ben"))[: 1 + delivered]:
        await office.done(who, f"{path}/{number}/move", {"act": act, "on": on})
    return {"notice": number, "from": "2025-05-01"}


async def signed(office: Office, path: str, who: str = "ben", **more: Any) -> Any:
    """Signed on the day of these tests; the answer."""
    return await office.done(who, f"{path}/sign", {"effective_on": DAY, **more})


async def balance(office: Office, code: str) -> str:
    """The balance of an account."""
    return (await office.client.get(f"{BOOK}/account/balance?code={code}")).json()["balance"]


async def proven(app: Application, book: kit.Book) -> None:
    """Verification finds nothing, warrants included, and every identity holds."""
    async with app.desk.books.reading(await app.desk.books.row("TEST")) as connection:
        found = await verify_book(connection, book.book_id, verifiers=(), identities=IDENTITIES, also=(check_warrants,))
        assert found.ok, found
        assert [each for each in await check_identities(connection, book.book_id) if not each.ok] == []


async def test_a_later_version_raises_opens_and_ends_lines_and_edits_nothing(
    app: Application, office: Office, book: kit.Book
) -> None:
    """A backdated uplift is one entry on the day of signing with the days of care it is for, by year and share; a new line opens;
    one that is left out ends and gives back what it has; the first version reads as it was."""
    years = [{"year": "2025-26", "amount": "8000.00"}, {"year": "2026-27", "amount": "2400.01"}]
    person, path, (going, left_out) = await planned(office, [LINE | {"years": years}, SIMPLE])
    more = [{"year": "2025-26", "amount": "9000.00"}, {"year": "2026-27", "amount": "2400.01"}]
    version = PLAN | await noticed(office, person) | {"lines": [
        LINE | {"line": going, "amount": "11400.01", "years": more},
        SIMPLE | {"amount": "300.00", "from": "2025-05-01", "title": "New"},
    ], "notice_days": 14}  # fmt: skip
    drafted = await office.done("ann", f"{path}/versions", version)
    assert (drafted["plan"]["version"], drafted["plan"]["state"]) == (2, "drafted")
    listed = (await office.get(path.rpartition("/")[0])).json()["plans"]
    assert [(each["version"], each["state"]) for each in listed] == [(1, "signed"), (2, "drafted")]
    done = await signed(office, path)
    assert (done["decision"]["act"], done["decision"]["outcome"]) == ("sign_plan", "allow")
    assert done["decision"]["stated"] == {"plan": path.rpartition("/")[2], "version": "2"}
    moved = [entry for entry in done["entries"] if entry["kind"] == "transaction"]
    assert [entry["event"] for entry in moved] == [3, 2, 35]
    uplift = moved[0]
    assert (uplift["effective_on"], uplift["care_from"], uplift["care_to"]) == (DAY, "2025-05-01", "2026-06-30")
    acts = [entry["attributes"]["act"] for entry in done["entries"] if entry["kind"] == "line"]
    assert acts == ["agreed", "agreed", "ended"]
    assert await balance(office, f"share/{going}/nhs/2025-26/available") == "5400.00"
    assert await balance(office, f"share/{going}/council/2025-26/available") == "3600.00"
    assert await balance(office, f"share/{going}/nhs/2026-27/available") == "1440.01"
    assert await balance(office, f"share/{left_out}/nhs/2025-26/available") == "0.00"
    first, second = (await office.get(path)).json()["versions"]
    assert [(line["line"], line["amount"], line["state"]) for line in first["lines"]] == [
        (going, "10400.01", "replaced"), (left_out, "1000.00", "ended"),
    ]  # fmt: skip
    assert [(line["amount"], line["state"]) for line in second["lines"]] == [
        ("11400.01", "agreed"), ("300.00", "agreed"),
    ]  # fmt: skip
    assert (await office.get(f"/budgets/{person}?on={DAY}")).json()["total"]["allocated"] == "11700.01"
    await proven(app, book)


async def test_a_cut_needs_its_notice_or_a_person(app: Application, office: Office, book: kit.Book) -> None:
    """A notional line cut a day too early is referred, and signed once another person has approved it, for this version alone;
    after the notice it is cut at once, from each year what it gives less."""
    person, path, [line] = await planned(office, [LINE])
    cut = PLAN | {"lines": [LINE | {"line": line, "amount": "10000.01"}], "notice_days": 28}
    await office.done("ann", f"{path}/versions", cut | await noticed(office, person, "2025-05-06"))
    asked = await signed(office, path)
    assert (asked["decision"]["outcome"], asked["entries"]) == ("refer", [])
    assert [each["rule"] for each in asked["decision"]["findings"]] == ["icb_policy.cut_without_notice"]
    number = asked["decision"]["number"]
    assert await office.no("ben", f"{path}/sign", {"effective_on": DAY, "approved": number}) == (422, "approval_unfit")
    # Neither who signs nor who drafted it says yes to that.
    for maker in ("ben", "ann"):
        approve = f"/budgets/{person}/decisions/{number}/approve"
        assert await office.no(maker, approve, {"effective_on": DAY}) == (422, "second_person_needed")
    await office.done("cat", f"/budgets/{person}/decisions/{number}/approve", {"effective_on": DAY})
    done = await signed(office, path, approved=number)
    assert [entry["event"] for entry in done["entries"] if entry["kind"] == "transaction"] == [3]
    assert await balance(office, f"share/{line}/nhs/2025-26/available") == "6000.01"
    again = cut | await noticed(office, person) | {"lines": [LINE | {"line": line, "amount": "9000.01"}]}
    await office.done("ann", f"{path}/versions", again)
    assert await office.no("ben", f"{path}/sign", {"effective_on": DAY, "approved": number}) == (422, "approval_unfit")
    assert (await signed(office, path))["decision"]["outcome"] == "allow"
    assert await balance(office, f"share/{line}/nhs/2025-26/available") == "5400.01"
    await proven(app, book)


async def test_two_at_once_on_one_plan_the_second_is_told_the_newer_version(office: Office, book: kit.Book) -> None:
    """Without the ETag 428, with an old one 412 that names the newer version, and of two at once one draft stands."""
    _, path, [line] = await planned(office, [SIMPLE])
    read = (await office.get(path)).headers["etag"]
    body = PLAN | {"from": "2025-05-01", "lines": [SIMPLE | {"line": line, "amount": "1100.00"}]}
    headers = {"Authorization": office.client.token("officer", sub="ann")}
    for route, sent in (("versions", body), ("sign", {"effective_on": DAY})):
        bare = await office.client.post(f"{BOOK}{path}/{route}", sent, headers=headers)
        assert (bare.status_code, bare.json()["code"]) == (428, "if_match_missing")
        assert await office.no("ann", f"{path}/{route}", sent, headers={"If-Match": "*"}) == (400, "if_match_malformed")
    answers = await asyncio.gather(*(
        office.post(who, f"{path}/versions", body, headers={"If-Match": read}) for who in ("ann", "ben")
    ))  # fmt: skip
    assert sorted(each.status_code for each in answers) == [201, 412]
    [stale] = [each for each in answers if each.status_code == 412]
    assert (stale.json()["code"], stale.json()["facts"]["version"]) == ("plan_changed", "2")
    assert stale.headers["etag"] == (await office.get(path)).headers["etag"]
    for who in ("ann", "ben"):
        old = await office.no(who, f"{path}/sign", {"effective_on": DAY}, headers={"If-Match": read})
        assert old == (412, "plan_changed")
    kept = await kit.rows(book.dsn, "SELECT count(*) FROM phb.register WHERE kind = 'plan_version' AND act = 'drafted'")
    assert kept[0][0] == 2


async def test_a_version_is_not_signed_before_it_counts(office: Office) -> None:
    """Its lines would change at once: it waits, and is signed from its first day on; a draft that waits is drafted anew."""
    _, path, [line] = await planned(office, [SIMPLE])
    body = PLAN | {"from": "2025-06-03", "lines": [SIMPLE | {"line": line, "amount": "1100.00"}]}
    await office.done("ann", f"{path}/versions", body)
    assert await office.no("ben", f"{path}/sign", {"effective_on": DAY}) == (422, "version_not_begun")
    again = await office.done("ann", f"{path}/versions", body | {"from": DAY})
    assert again["plan"]["version"] == 2
    assert (await signed(office, path))["decision"]["outcome"] == "allow"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"line": "NONE"}, (422, "line_not_going_on")),
        ({"from": "2025-04-02"}, (422, "line_changed_kind")),
        ({"management": "third_party"}, (422, "line_changed_kind")),
        ({"shares": [{"fund": "council", "from": "2025-04-01"}]}, (422, "split_of_before")),
        ({"to": "2025-04-30"}, (422, "line_outside_plan")),
        ({"rate": "20.00"}, (400, "rate_incomplete")),
        ({"unit": "hour", "rate": "20.00", "quantity": "49.99"}, (422, "rate_differs")),
        ({"channel": "card"}, (400, "channel_not_used")),
        ({"account_with": "A1"}, (400, "account_with_not_used")),
        ({"start_up": "1000.01"}, (400, "start_up_too_large")),
    ],
)
async def test_a_line_that_goes_on_stays_the_line_it_is(
    office: Office, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Its first day, its management and who bore its first days are kept; who wants others ends it and opens another."""
    _, path, [line] = await planned(office, [SIMPLE])
    body = PLAN | {"from": "2025-05-01", "lines": [SIMPLE | {"line": line} | change]}
    assert await office.no("ann", f"{path}/versions", body) == expected


async def test_direct_payments_are_signed_by_both_sides_and_cut_after_notice(
    app: Application, office: Office, book: kit.Book
) -> None:
    """What the law asks of a plan with direct payments is asked one by one, the decision says what is lacking and nothing is given;
    in order it is signed, and a cut a day early is denied."""
    await office.money()
    person = await office.person()
    bank = {"sort_code": "200000", "account_number": "55779911", "account_name": "J Example"}
    held = (await office.done("ann", f"/people/{person}/holder-accounts", bank))["subject"].partition("/")[2]
    await office.approved(f"/people/{person}/holder-accounts/{held}")
    paid = SIMPLE | {
        "management": "direct_payment", "holder_account": held, "instalment": "100.00", "interval": "four_weekly",
        "channel": "managed_account", "account_with": "A1",
        "unit": "hour", "rate": "20.00", "quantity": "50.00", "indicative": "900.00",
        "start_up": "50.00", "working": "50 hours at £20.",
    }  # fmt: skip
    missing = PLAN | {"lines": [paid | {"account_with": None}]}
    assert await office.no("ann", f"/budgets/{person}/plans", missing) == (422, "account_with_missing")
    nobody = PLAN | {"lines": [paid | {"account_with": "NEW"}]}
    assert await office.no("ann", f"/budgets/{person}/plans", nobody) == (422, "payee_unknown")
    plain = {
        "lines": [paid | {"interval": None}],
        "coordinator": None,
        "agreement": False,
        "connected": [{"payee": "A1"}],
    }
    await office.payee()
    drafted = await office.done("ann", f"/budgets/{person}/plans", PLAN | plain)
    path = f"/budgets/{person}/plans/{drafted['plan']['plan']}"
    no = await signed(office, path)
    assert (no["decision"]["outcome"], no["entries"]) == ("deny", [])
    assert {each["rule"] for each in no["decision"]["findings"]} == {
        "agreement.plan_without_agreement", "agreement.commissioner_not_signed", "statute.connected_not_necessary",
        "statute.plan_amounts_missing", "statute.plan_enough_not_confirmed", "statute.plan_needs_missing",
        "statute.plan_no_coordinator", "statute.plan_not_agreed", "statute.plan_notice_missing",
        "statute.plan_review_missing", "statute.plan_risks_missing", "statute.plan_without_consent",
    }  # fmt: skip
    await office.done("ann", f"/people/{person}/events", {"act": "consent_given", "on": DAY})
    late = PLAN | DIRECT | {"lines": [paid], "cost": "1000.01", "first_review": "2025-07-02"}
    await office.done("ann", f"{path}/versions", late)
    no = await signed(office, path, **SIGNED | {"agreement_on": "2025-06-03"})
    assert {each["rule"] for each in no["decision"]["findings"]} == {
        "agreement.plan_without_agreement", "statute.plan_not_enough", "statute.plan_review_late",
    }  # fmt: skip
    right = PLAN | DIRECT | {"lines": [paid], "cost": "1000.00", "first_review": "2025-07-01",
                             "connected": [{"payee": "A1", "necessity": "meets_need"}]}  # fmt: skip
    await office.done("ann", f"{path}/versions", right)
    done = await signed(office, path, **SIGNED)
    assert done["decision"]["outcome"] == "allow"
    [found] = (await office.get(path)).json()["versions"]
    assert (found["signatures"], found["agreement_on"]) == (SIGNED["signatures"], DAY)
    assert (found["connected"], found["needs"], found["cost"]) == (right["connected"], ["N1"], "1000.00")
    [line] = found["lines"]
    assert {
        name: line[name]
        for name in ("unit", "rate", "quantity", "indicative", "start_up", "working", "channel", "account_with")
    } == {
        name: paid[name]
        for name in ("unit", "rate", "quantity", "indicative", "start_up", "working", "channel", "account_with")
    }
    await cut_after_notice(
        office, person, path, right, paid | {"line": line["line"], "amount": "900.00", "quantity": "45.00"}
    )
    await proven(app, book)


async def cut_after_notice(office: Office, person: str, path: str, right: dict[str, Any], less: dict[str, Any]) -> None:
    """What the draft says of its day does not count, nor does a notice that was recorded today as sent. A day early it is denied,
    and without a written notice of it that was delivered and not withdrawn; then it is made."""
    cut = right | {"from": "2025-05-06", "lines": [less], "cost": "900.00"}
    await office.done("ann", f"{path}/versions", cut | {"notice_on": NOTICED, "first_review": "2026-05-06"})
    no = await signed(office, path, **SIGNED)
    assert {each["rule"] for each in no["decision"]["findings"]} == {
        "statute.cut_without_notice",
        "statute.cut_notice_not_named",
    }
    in_time = cut | {"first_review": "2026-05-06"}
    early, unnamed = "statute.cut_without_notice", "statute.cut_notice_not_named"
    for about, on, how, rules in (
        (None, None, None, {early, unnamed}), ("stop", NOTICED, "delivered", {early, unnamed}),
        ("cut", NOTICED, "sent", {early, unnamed}), ("cut", NOTICED, "withdrawn", {early, unnamed}),
        ("cut", "2025-05-06", "delivered", {early}), ("cut", NOTICED, "delivered", set()),
    ):  # fmt: skip
        told: dict[str, Any] = {}
        if about is not None:
            told = await noticed(office, person, on or "", delivered=how != "sent", about=about)
        if how == "withdrawn":
            await office.done("ann", f"/budgets/{person}/notices/{told['notice']}/move", {"act": how, "on": on})
        drafted = await office.done("ann", f"{path}/versions", told | in_time)
        assert drafted["plan"]["notice"] == told.get("notice")
        made = await signed(office, path, **SIGNED)
        assert {each["rule"] for each in made["decision"]["findings"]} == rules, (about, on, how)
    assert made["decision"]["outcome"] == "allow"
    assert await balance(office, f"share/{less['line']}/nhs/2025-26/available") == "900.00"


async def test_a_cut_below_what_is_left_is_refused_whole(office: Office) -> None:
    """What is ordered is not cut away: the ledger refuses, and the version stays a draft."""
    person, path, [line] = await planned(office, [SIMPLE])
    await office.payee()
    order = {
        "line": line,
        "service": "home_care",
        "amount": "900.00",
        "currency": "GBP",
        "effective_on": DAY,
        "payee": "A1",
    }
    await office.done("ann", f"/budgets/{person}/spends", order)
    body = PLAN | await noticed(office, person) | {"lines": [SIMPLE | {"line": line, "amount": "899.99"}]}
    await office.done("ann", f"{path}/versions", body)
    assert await office.no("ben", f"{path}/sign", {"effective_on": DAY}) == (422, "not_enough_available")
    assert [each["state"] for each in (await office.get(path)).json()["versions"]] == ["signed", "drafted"]


async def test_a_demand_led_fund_goes_below_zero_only_after_a_look(
    app: Application, office: Office, book: kit.Book
) -> None:
    """A plan of more than the fund has is referred; approved by another it is signed, and the fund has given more than it had."""
    await office.money()
    await office.done("fay", "/funds", {"fund": "chc", "years": ["2025-26"], "kind": "demand_led"})
    grant = {"year": "2025-26", "amount": "1000.00", "currency": "GBP", "effective_on": DAY}
    await office.done("fay", "/funds/chc/grants", grant)
    person = await office.person()
    line = SIMPLE | {"amount": "1500.00", "shares": [{"fund": "chc"}]}
    drafted = await office.done("ann", f"/budgets/{person}/plans", PLAN | {"to": "2026-03-31", "lines": [line]})
    path = f"/budgets/{person}/plans/{drafted['plan']['plan']}"
    asked = await signed(office, path)
    assert [each["rule"] for each in asked["decision"]["findings"]] == ["icb_policy.fund_below_zero"]
    assert asked["decision"]["findings"][0]["message"].startswith("With this plan a fund would have given £500 more")
    number = asked["decision"]["number"]
    await office.done("cat", f"/budgets/{person}/decisions/{number}/approve", {"effective_on": DAY})
    assert (await signed(office, path, approved=number))["decision"]["outcome"] == "allow"
    assert await balance(office, "fund/chc/2025-26/unallocated") == "-500.00"
    await proven(app, book)


async def test_a_large_plan_is_not_signed_without_a_second_look(office: Office) -> None:
    """A penny above £15,000 waits for a second person, whose grade, where it has a limit for it, reaches that far."""
    await office.money()
    person = await office.person()
    line = SIMPLE | {"amount": "15000.01"}
    drafted = await office.done("ann", f"/budgets/{person}/plans", PLAN | {"lines": [line]})
    path = f"/budgets/{person}/plans/{drafted['plan']['plan']}"
    asked = (await signed(office, path))["decision"]
    assert [each["rule"] for each in asked["findings"]] == ["icb_policy.allocated_above_limit"]
    approve = f"/budgets/{person}/decisions/{asked['number']}/approve"
    limit = {"grade": "band8", "act": "allocate", "amount": "15000.00", "currency": "GBP", "from": "2025-04-01"}
    await office.done("fay", "/limits", limit)
    await office.done("fay", "/grades", {"actor": "cat", "grade": "band8", "from": "2025-04-01"})
    assert await office.no("cat", approve, {"effective_on": DAY}) == (422, "over_own_limit")
    await office.done("fay", "/limits", limit | {"amount": "15000.01"})
    await office.done("cat", approve, {"effective_on": DAY})
    assert (await signed(office, path, approved=asked["number"]))["decision"]["outcome"] == "allow"
    within = PLAN | {"lines": [SIMPLE | {"amount": "4999.99"}]}
    drafted = await office.done("ann", f"/budgets/{person}/plans", within)
    small = await signed(office, f"/budgets/{person}/plans/{drafted['plan']['plan']}")
    assert small["decision"]["outcome"] == "allow"


async def test_who_signs_gives_no_more_than_their_grade_may(office: Office) -> None:
    """Above it another person decides, whose own limit covers it; who has no grade by what is shipped."""
    person, path, [line] = await planned(office, [SIMPLE | {"amount": "300.00"}])
    limit = {"grade": "band6", "act": "allocate", "amount": "399.99", "currency": "GBP", "from": "2025-04-01"}
    await office.done("fay", "/limits", limit)
    await office.done("fay", "/grades", {"actor": "ben", "grade": "band6", "from": "2025-04-01"})
    more = PLAN | {"lines": [SIMPLE | {"line": line, "amount": "400.00"}]}
    await office.done("ann", f"{path}/versions", more)
    asked = await signed(office, path)
    assert [each["rule"] for each in asked["decision"]["findings"]] == ["icb_policy.allocated_above_limit"]
    number = asked["decision"]["number"]
    await office.done("cat", f"/budgets/{person}/decisions/{number}/approve", {"effective_on": DAY})
    assert (await signed(office, path, approved=number))["decision"]["outcome"] == "allow"
