"""A line whose funders change over HTTP: what each gives, who bears care before and after, and what a credit takes back."""

from typing import Any

from api.app import Application
from tests import kit
from tests.api.asking import DAY
from tests.api.test_people_and_plans import LINE, PLAN, Office
from tests.api.test_people_and_plans import office as office  # The fixture.
from tests.api.test_versions import SIMPLE, balance, planned, proven, signed

FROM = "2025-05-01"


async def invoiced(office: Office, person: str, line: str, reference: str, amount: str, day: str) -> int:
    """An invoice for care on a day, accepted; the entry of its acceptance."""
    sent = {"line": line, "service": "home_care", "payee": "A1", "reference": reference, "amount": amount, "currency": "GBP",
            "care_from": day, "care_to": day}  # fmt: skip
    entered = await office.done("ann", f"/budgets/{person}/invoices", sent)
    number = entered["entries"][0]["number"]
    done = await office.done("fay", f"/budgets/{person}/invoices/{number}/accept", {"effective_on": DAY})
    return int(next(each["number"] for each in done["entries"] if each["attributes"].get("act") == "invoice_accepted"))


async def test_the_split_on_the_day_of_care_decides_and_a_credit_takes_that_of_its_invoice(
    app: Application, office: Office, book: kit.Book
) -> None:
    """The council joins from 1 May: its share opens and each fund gives the difference; care before is the NHS's alone, care after
    halved, an order of today halved, and a credit of care before is the NHS's again."""
    person, path, [line] = await planned(office, [SIMPLE])
    await office.payee()
    halves = [{"fund": "nhs", "weight": 1}, {"fund": "council", "weight": 1}]
    version = PLAN | {"from": FROM, "lines": [SIMPLE | {"line": line, "shares": halves}], "notice_days": 28}
    await office.done("ann", f"{path}/versions", version)
    done = await signed(office, path)
    assert [entry["event"] for entry in done["entries"] if entry["kind"] == "transaction"] == [3]
    # 30 days of 365 are the NHS's alone (82.19), and half of the other 917.81.
    given = [await balance(office, f"share/{line}/{fund}/2025-26/available") for fund in ("nhs", "council")]
    assert given == ["541.10", "458.90"]
    newest = (await office.get(path)).json()["versions"][-1]["lines"][0]["shares"]
    assert [(each["fund"], each["weight"], each["from"], each["to"]) for each in newest] == [
        ("nhs", 1, None, "2025-04-30"), ("nhs", 1, FROM, None), ("council", 1, FROM, None),
    ]  # fmt: skip
    before = await invoiced(office, person, line, "I-1", "50.00", "2025-04-30")
    spent = [f"share/{line}/{fund}/2025-26/spent" for fund in ("nhs", "council")]
    assert [await balance(office, code) for code in spent] == ["50.00", "0.00"]
    await invoiced(office, person, line, "I-2", "100.00", FROM)
    assert [await balance(office, code) for code in spent] == ["100.00", "50.00"]
    order: dict[str, Any] = {"line": line, "service": "home_care", "amount": "60.00", "currency": "GBP", "effective_on": DAY,
                             "payee": "A1"}  # fmt: skip
    await office.done("ann", f"/budgets/{person}/spends", order)
    held = [await balance(office, f"share/{line}/{fund}/2025-26/held") for fund in ("nhs", "council")]
    assert held == ["30.00", "30.00"]
    note = {"reference": "C-1", "amount": "20.00", "currency": "GBP", "payee": "A1", "invoice": before}
    entered = await office.done("ann", f"/budgets/{person}/credits", note)
    number = entered["entries"][0]["number"]
    await office.done("gil", f"/budgets/{person}/credits/{number}/accept", {"effective_on": DAY})
    assert [await balance(office, code) for code in spent] == ["80.00", "50.00"]
    await proven(app, book)


async def test_a_line_may_be_agreed_with_its_splits_from_the_first(
    app: Application, office: Office, book: kit.Book
) -> None:
    """Dates in the first version: each fund gives its days' part, in both years; a gap in who bears it is none."""
    shares = [
        {"fund": "nhs", "weight": 1, "to": "2026-03-31"}, {"fund": "council", "weight": 3, "from": "2026-04-01"},
        {"fund": "nhs", "weight": 1, "from": "2026-04-01"},
    ]  # fmt: skip
    years = [{"year": "2025-26", "amount": "8000.00"}, {"year": "2026-27", "amount": "2400.01"}]
    _, _, [line] = await planned(office, [LINE | {"shares": shares, "years": years}])
    accounts = [("nhs", "2025-26"), ("council", "2025-26"), ("nhs", "2026-27"), ("council", "2026-27")]
    given = [await balance(office, f"share/{line}/{fund}/{year}/available") for fund, year in accounts]
    assert given == ["8000.00", "0.00", "600.00", "1800.01"]
    gap = PLAN | {"lines": [LINE | {"shares": [{"fund": "nhs", "from": "2025-04-02"}]}]}
    person = await office.person()
    assert await office.no("ann", f"/budgets/{person}/plans", gap) == (400, "shares_malformed")
    await proven(app, book)


async def test_nobody_is_charged_towards_nhs_care(office: Office) -> None:
    """NHS money and the person's own on one line of care: the plan cannot be signed, and the decision says why."""
    await office.money()
    await office.done("fay", "/funds", {"fund": "own", "years": ["2025-26"], "kind": "contribution"})
    person = await office.person()
    mixed = SIMPLE | {"shares": [{"fund": "nhs", "weight": 4}, {"fund": "own", "weight": 1}]}
    drafted = await office.done("ann", f"/budgets/{person}/plans", PLAN | {"lines": [mixed]})
    done = await signed(office, f"/budgets/{person}/plans/{drafted['plan']['plan']}")
    assert (done["decision"]["outcome"], done["entries"]) == ("deny", [])
    assert [each["rule"] for each in done["decision"]["findings"]] == ["statute.nhs_care_charged"]
