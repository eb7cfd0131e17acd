"""A line of a plan says what it keeps for emergencies: the signature sets it aside, and a later version changes it (event 4)."""

import asyncio
from typing import Any

from api.app import Application
from tests import kit
from tests.api.asking import DAY
from tests.api.test_contributions import CHAIR
from tests.api.test_people_and_plans import DIRECT, LINE, PLAN, SIGNED, Office
from tests.api.test_people_and_plans import office as office  # The fixture.
from tests.api.test_versions import SIMPLE, balance, noticed, planned, proven, signed

KEPT = SIMPLE | {"contingency": "150.00"}


async def _states(office: Office, line: str, fund: str = "nhs") -> tuple[str, str]:
    """What is kept of a line, and what is left besides."""
    share = f"share/{line}/{fund}/2025-26"
    return await balance(office, f"{share}/contingency"), await balance(office, f"{share}/available")


async def _version(office: Office, path: str, line: dict[str, Any], **more: Any) -> Any:
    await office.done("ann", f"{path}/versions", PLAN | {"lines": [line], "notice_days": 28, **more})
    return await signed(office, path)


async def test_a_signature_sets_aside_what_a_line_keeps_in_the_same_group(
    app: Application, office: Office, book: kit.Book
) -> None:
    """Event 4 behind the line's agreement, after the money is given; of a joint line each fund keeps its part; and the plan says
    how much it is."""
    both = LINE | {"contingency": "100.01", "to": "2026-03-31"}
    _, path, [line, joint] = await planned(office, [KEPT, both])
    assert await _states(office, line) == ("150.00", "850.00")
    assert await _states(office, joint) == ("60.01", "6180.00")
    assert await _states(office, joint, "council") == ("40.00", "4120.00")
    [found] = (await office.get(path)).json()["versions"]
    assert [each["contingency"] for each in found["lines"]] == ["150.00", "100.01"]
    await proven(app, book)


async def test_a_later_version_changes_it_by_the_difference(app: Application, office: Office, book: kit.Book) -> None:
    """More is set aside, less comes back to the line, of what is there still: what was drawn is used. What stays the same posts
    nothing, and a cut may take what is no longer kept."""
    person, path, [line] = await planned(office, [KEPT])
    going = KEPT | {"line": line}
    done = await _version(office, path, going | {"contingency": "200.00"})
    assert [each["event"] for each in done["entries"] if each["kind"] == "transaction"] == [4]
    assert await _states(office, line) == ("200.00", "800.00")
    drawn = {"line": line, "amount": "120.00", "currency": "GBP", "effective_on": DAY, "reason": "hospital"}
    assert (await office.done("ann", f"/budgets/{person}/contingency/draw", drawn))["outcome"] == "allow"
    done = await _version(office, path, going | {"contingency": "200.00", "title": "As before"})
    assert [each["event"] for each in done["entries"] if each["kind"] == "transaction"] == []
    await _version(office, path, going | {"contingency": "10.00"})
    assert await _states(office, line) == ("0.00", "1000.00")
    await _version(office, path, going | {"contingency": "300.00", "amount": "1200.00"})
    assert await _states(office, line) == ("290.00", "910.00")
    cut = PLAN | await noticed(office, person) | {"notice_days": 28}
    await office.done("ann", f"{path}/versions", cut | {"lines": [SIMPLE | {"line": line, "amount": "50.00"}]})
    done = await signed(office, path)
    assert [each["event"] for each in done["entries"] if each["kind"] == "transaction"] == [4, 3]
    assert await _states(office, line) == ("0.00", "50.00")
    await proven(app, book)


async def test_in_another_year_it_is_kept_of_that_year(app: Application, office: Office, book: kit.Book) -> None:
    """What a version keeps is of the year in which it is signed: across 31 March as much as it says is set aside there, and what
    the year before keeps goes back to what is available of it; within the year it is the difference, and what was drawn is used."""
    years = [{"year": "2025-26", "amount": "600.00"}, {"year": "2026-27", "amount": "400.00"}]
    person, path, [line] = await planned(office, [KEPT | {"to": "2026-06-30", "years": years}])
    going = KEPT | {"to": "2026-06-30", "years": years, "line": line}

    async def states(*names: str) -> list[str]:
        return [
            await balance(office, f"share/{line}/nhs/{year}/{name}")
            for year in ("2025-26", "2026-27")
            for name in names
        ]

    async def version(kept: str | None, day: str) -> list[int]:
        changed = going | {"contingency": kept} if kept else {k: v for k, v in going.items() if k != "contingency"}
        await office.done("ann", f"{path}/versions", PLAN | {"lines": [changed], "notice_days": 28})
        done = await office.done("ben", f"{path}/sign", {"effective_on": day})
        return [each["event"] for each in done["entries"] if each["kind"] == "transaction"]

    assert await states("contingency", "available") == ["150.00", "450.00", "0.00", "400.00"]
    # As if so much of it had been carried on.
    aside = {"line": line, "amount": "60.00", "currency": "GBP", "effective_on": "2026-04-05", "reason": "hospital"}
    assert (await office.done("ann", f"/budgets/{person}/contingency/set-aside", aside))["outcome"] == "allow"
    assert await version("150.00", "2026-04-10") == [4, 4]
    assert await states("contingency", "available") == ["0.00", "600.00", "150.00", "250.00"]
    drawn = aside | {"amount": "100.00", "effective_on": "2026-04-12"}
    assert (await office.done("ann", f"/budgets/{person}/contingency/draw", drawn))["outcome"] == "allow"
    assert await version("150.00", "2026-04-13") == []
    assert await version("120.00", "2026-04-14") == [4]
    assert await states("contingency", "available") == ["0.00", "600.00", "20.00", "380.00"]
    assert await version(None, "2026-04-15") == [4]
    assert await states("contingency", "available") == ["0.00", "600.00", "0.00", "400.00"]
    await proven(app, book)


async def test_a_contingency_is_a_part_of_its_line_and_of_no_contribution(
    app: Application, office: Office, book: kit.Book
) -> None:
    """More than the line has in a year is refused where it is drafted; what the person gives is not kept from them, and a signature
    for which the funds' part is too little leaves nothing."""
    person = await office.person()
    plans = f"/budgets/{person}/plans"
    await office.money()
    for wrong in ({"contingency": "1000.01"}, LINE | {"contingency": "9000.00", "years": [
        {"year": "2025-26", "amount": "8000.00"}, {"year": "2026-27", "amount": "2400.01"},
    ]}, LINE | {"contingency": "2400.02", "years": [
        {"year": "2025-26", "amount": "2400.01"}, {"year": "2026-27", "amount": "8000.00"},
    ]}):  # fmt: skip
        answer = await office.no("ann", plans, PLAN | {"lines": [SIMPLE | wrong], "notice_days": 28})
        assert answer == (400, "contingency_too_large")
    for wrong in ("0.00", "-1.00", "1"):
        status, _ = await office.no(
            "ann", plans, PLAN | {"lines": [SIMPLE | {"contingency": wrong}], "notice_days": 28}
        )
        assert status == 400
    await office.done("fay", "/funds", {"fund": "own", "years": ["2025-26"], "kind": "contribution"})
    drafted = await office.done("ann", plans, PLAN | {"lines": [CHAIR | {"contingency": "2000.01"}], "notice_days": 28})
    path = f"{plans}/{drafted['plan']['plan']}"
    assert await office.no("ben", f"{path}/sign", {"effective_on": DAY}) == (422, "not_enough_available")
    again = await office.done("ann", plans, PLAN | {"lines": [CHAIR | {"contingency": "500.00"}], "notice_days": 28})
    await signed(office, f"{plans}/{again['plan']['plan']}")
    [line] = again["plan"]["lines"]
    assert await _states(office, line["line"]) == ("500.00", "1500.00")
    assert await balance(office, f"share/{line['line']}/own/2025-26/contingency") == "0.00"
    await proven(app, book)


async def test_what_is_kept_for_emergencies_pays_no_instalment(office: Office) -> None:
    """£1,000 of which £150 are kept do not pay four times £250: not when the schedule is agreed, nor when a version keeps more
    beside a schedule that is there, until it ends earlier; nor is a payment of all of it drafted."""
    await office.money()
    person = await office.person()
    await office.done("ann", f"/people/{person}/events", {"act": "consent_given", "on": DAY})
    sent = {"sort_code": "200001", "account_number": "12345678", "account_name": "J", "held_by": "person"}
    account = (await office.done("ann", f"/people/{person}/holder-accounts", sent))["subject"].partition("/")[2]
    await office.approved(f"/people/{person}/holder-accounts/{account}")
    line = SIMPLE | {"management": "direct_payment", "holder_account": account, "interval": "quarterly",
                     "instalment": "250.00", "contingency": "150.00"}  # fmt: skip
    plan, plans = PLAN | DIRECT | {"cost": "1000.00"}, f"/budgets/{person}/plans"
    once = {field: value for field, value in line.items() if field not in ("interval", "instalment")}
    for wrong in (once | {"management": "one_off"}, line | {"contingency": "750.01"}):
        assert await office.no("ann", plans, plan | {"lines": [wrong]}) == (400, "contingency_too_large")
    drafted = (await office.done("ann", plans, plan | {"lines": [line]}))["plan"]
    path, name = f"{plans}/{drafted['plan']}", drafted["lines"][0]["line"]
    await signed(office, path, **SIGNED)
    schedule = f"/budgets/{person}/lines/{name}/schedule"
    given = {
        "frequency": "quarterly",
        "start": "2025-04-01",
        "end": "2026-03-31",
        "currency": "GBP",
        "amount": "250.00",
    }
    assert await office.no("ann", schedule, given) == (422, "schedule_over_line")
    await office.done("ann", schedule, given | {"end": "2025-12-31"})
    more = plan | {"lines": [line | {"line": name, "contingency": "250.01"}]}
    await office.done("ann", f"{path}/versions", more)
    assert await office.no("ben", f"{path}/sign", {"effective_on": DAY, **SIGNED}) == (422, "schedule_over_line")
    await office.done("ann", f"{schedule}/end", {"on": "2025-09-30"})
    assert (await signed(office, path, **SIGNED))["decision"]["outcome"] == "allow"


async def test_a_signature_with_a_contingency_is_there_once(app: Application, office: Office, book: kit.Book) -> None:
    """Sent twice, and twice at once, it is set aside once; under its key nothing else is signed."""
    await office.money()
    person = await office.person()
    plans = f"/budgets/{person}/plans"
    drafted = await office.done("ann", plans, PLAN | {"lines": [KEPT], "notice_days": 28})
    path, [line] = f"{plans}/{drafted['plan']['plan']}", drafted["plan"]["lines"]
    both = await asyncio.gather(
        *(office.post("ben", f"{path}/sign", {"effective_on": DAY}, key="sign-1") for _ in range(2))
    )
    assert {each.status_code for each in both} <= {201, 409, 412}
    again = await office.post("ben", f"{path}/sign", {"effective_on": DAY}, key="sign-1", headers={
        "If-Match": both[0].request.headers["if-match"],
    })  # fmt: skip
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    other = await office.no("ben", f"{path}/sign", {"effective_on": "2025-06-03"}, key="sign-1")
    assert other == (422, "idempotency_key_reused")
    assert await _states(office, line["line"]) == ("150.00", "850.00")
    await proven(app, book)
