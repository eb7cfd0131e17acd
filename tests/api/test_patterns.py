"""The patterns over HTTP: marked, watched, found, looked at and counted by staff, and never seen by a holder."""

import re
from typing import Any

import pytest

from api.app import HANDLERS
from api.permissions import PERMISSIONS_OF, Role
from policies.facts_watch import PATTERNS
from tests.api.lives import DAY, DORA, D, Lives

MONTH = "/patterns/months/2025-06"
MADE_UP = {
    "own_account_pence": 100_00,
    "cash_percent": 5,
    "hospital_days": 2,
    "paid_after_change_pence": 1,
    "change_days": 3,
}
"""Made up for this test."""
BANK = {"sort_code": "12-34-56", "account_number": "12345678"}


async def _set(lives: Lives, **more: Any) -> Any:
    body = {"from": "2025-04-01", "made_up": True, "values": MADE_UP, **more}
    return await lives.done("/patterns/thresholds", body, "finance")


async def _lived(lives: Lives) -> None:
    """June of Dora's account: money to her mother's account and in cash, and an assistant paid while she was in hospital."""
    await lives.instalment("2000.00")
    line = {"holder_account": "H1", "currency": "GBP", "on": DAY, "source": "bank_feed"}
    to = {"to_sort_code": "123456", "to_account_number": "1234 5678"}
    await lives.done(f"/people/{DORA}/marks", {**BANK, "on": "2025-04-01"})
    await lives.done("bank-lines", {**line, "amount": "150.00", "reference": "T-1", **to}, "finance", D)
    await lives.done("bank-lines", {**line, "amount": "100.00", "reference": "T-2", "way": "cash"}, "finance", D)
    await lives.done("/payees", {"payee": "PA1", "name": "Pat", "direct_employee": True}, "finance")
    await lives.done("/payees/PA1/approve", {}, "finance:pat")
    hours = {"payee": "PA1", "care_from": "2025-06-01", "care_to": "2025-06-02", "rate": "12.50", "quantity": "16.00"}
    await lives.accept(await lives.claim("200.00", **hours), "officer", "claims", D)
    await lives.done(f"/people/{DORA}/away", {"from": "2025-05-30", "to": "2025-06-04"})


async def _found(lives: Lives, show: str = "open", who: str = "officer") -> list[dict[str, Any]]:
    return (await lives.get(f"/patterns?show={show}", who)).json()["found"]


async def test_a_month_is_watched_once_looked_at_and_counted(lives: Lives) -> None:
    """What is found asks for a look with what to do first; watched again there is nothing new; each look is on record, and how many
    found nothing is told."""
    no = await lives.send(MONTH, {}, "finance")
    assert (no.status_code, no.json()["code"]) == (422, "patterns_off")
    assert (await lives.get("/patterns")).json()["off"] == list(PATTERNS)
    await _set(lives)
    await _lived(lives)
    run, decision = (await lives.done(MONTH, {}, "finance"))["entries"]
    assert {name: run["attributes"][name] for name in ("people", "found", "left", "made_up")} == {
        "people": "2", "found": "1", "left": "0", "made_up": "yes"
    }  # fmt: skip
    assert (decision["kind"], decision["attributes"]["outcome"]) == ("decision", "allow")
    again = await lives.send(MONTH, {}, "finance")
    assert (again.status_code, again.json()["code"]) == (409, "month_watched_already")
    found = await _found(lives)
    assert [(each["pattern"], each["rule"], each["person"]) for each in found] == [
        ("D6", "pattern.cash", DORA), ("D3", "pattern.hospital_stay", DORA), ("D1", "pattern.own_account", DORA),
    ]  # fmt: skip
    assert all(each["made_up"] and each["message"] and each["remedy"] and each["state"] == "open" for each in found)
    looks = f"/patterns/findings/{found[0]['number']}/looks"
    for rule, outcome, more, expected in (
        ("pattern.cash", "recovery_considered", {}, (422, "safeguarding_first")),
        ("pattern.cash", "counter_fraud", {}, (422, "safeguarding_first")),
        ("pattern.rise_without_care", "explained", {}, (404, "finding_not_found")),
        ("pattern.cash", "nothing_found", {"words": "Taxis, as agreed."}, None),
        ("pattern.own_account", "safeguarding", {}, None),
        ("pattern.own_account", "recovery_considered", {"safeguarding_considered": True}, None),
    ):
        said = await lives.send(looks, {"rule": rule, "outcome": outcome, **more})
        assert (said.status_code, said.json().get("code")) == (expected or (201, None))
    assert [each["rule"] for each in await _found(lives)] == ["pattern.hospital_stay"]
    own = (await _found(lives, "all"))[2]
    assert [each["outcome"] for each in own["looks"]] == ["safeguarding", "recovery_considered"]
    rates = {each["rule"]: each for each in (await lives.get("/patterns/rates?made_up=true")).json()["rates"]}
    cash = rates["pattern.cash"]
    assert (cash["watched"], cash["found"], cash["rate_percent"], cash["looked_at"]) == (2, 1, "50.0", 1)
    assert (cash["nothing_found_percent"], cash["outcomes"]["nothing_found"]) == ("100.0", 1)
    assert rates["pattern.own_account"]["outcomes"]["recovery_considered"] == 1
    assert rates["pattern.linked_payee"]["watched"] == 0
    earnest = (await lives.get("/patterns/rates")).json()
    assert not any(each["watched"] or each["found"] for each in earnest["rates"])
    assert earnest["months_of_others"] == 1


async def test_what_comes_later_is_found_besides_and_the_first_finding_stays_one(lives: Lives) -> None:
    """A bank line that comes after the month was watched adds its own finding; what was found before is listed and counted once."""
    await _set(lives)
    await _lived(lives)
    await lives.done(MONTH, {}, "finance")
    await _set(lives, values={**MADE_UP, "unplanned_fall_pence": 1, "round_repeats": 1, "round_to_pence": 100_00})
    run, decision = (await lives.done(MONTH, {}, "finance"))["entries"]
    assert run["attributes"]["found"] == "1"
    assert "pattern.round_amounts" in decision["attributes"].values()
    found = await _found(lives)
    assert sorted(each["rule"] for each in found) == [
        "pattern.cash", "pattern.hospital_stay", "pattern.own_account", "pattern.round_amounts",
    ]  # fmt: skip
    assert len({each["number"] for each in found}) == 2
    rates = {each["rule"]: each["found"] for each in (await lives.get("/patterns/rates?made_up=true")).json()["rates"]}
    assert (rates["pattern.cash"], rates["pattern.round_amounts"]) == (1, 1)


async def test_a_changed_bank_account_is_approved_anew(lives: Lives) -> None:
    """The first account of an approved payee is noted; another one registers the payee anew, and who noted it does not approve."""
    first = await lives.done("/payees/A1/marks", {**BANK, "telephone": "+44 161 496 0000", "address": "1 High Street, M1 1AA"},
                             "finance")  # fmt: skip
    assert [each["kind"] for each in first["entries"]] == ["evidence"]
    assert set(first["entries"][0]["attributes"]) == {"act", "bank", "of_payee", "on", "phone", "place"}
    assert "12345678" not in str(first)
    same = await lives.done("/payees/A1/marks", {"sort_code": "123456", "account_number": "12345678"}, "finance")
    assert same["entries"][0]["attributes"]["bank"] == first["entries"][0]["attributes"]["bank"]
    other = await lives.done("/payees/A1/marks", {**BANK, "account_number": "87654321"}, "finance")
    assert [each["kind"] for each in other["entries"]] == ["evidence", "payee"]
    assert (await lives.get("/payees/A1", "finance")).json()["state"] == "registered"
    approved = await lives.send("/payees/A1/approve", {}, "finance")
    assert (approved.status_code, approved.json()["code"]) == (422, "second_person_needed")
    await lives.done("/payees/A1/approve", {}, "finance:pat")


async def test_who_may_and_what_is_malformed(lives: Lives) -> None:
    """Officers and finance look, auditors read, holders and commissioners do neither; each wrong field has its code."""
    month = {"from": "2025-04-01", "values": {}}
    away = {"from": "2025-06-02", "to": "2025-06-01"}
    for path, body, who, expected in (
        (MONTH, {}, "officer", (403, "permission_missing")),
        (MONTH, {}, "holder:holder-D", (403, "permission_missing")),
        (
            "/patterns/findings/1/looks",
            {"rule": "pattern.cash", "outcome": "explained"},
            "auditor",
            (403, "permission_missing"),
        ),
        ("/patterns/thresholds", month, "officer", (403, "permission_missing")),
        ("/patterns/thresholds", {**month, "values": {"cash_percent": 0}}, "finance", (400, "threshold_malformed")),
        ("/patterns/thresholds", {**month, "values": {"rise_pence": 5}}, "finance", (400, "threshold_incomplete")),
        ("/patterns/thresholds", {**month, "values": {"age": 5}}, "finance", (400, "thresholds_malformed")),
        ("/patterns/months/2025-13", {}, "finance", (400, "period_malformed")),
        (f"/people/{DORA}/marks", {}, "officer", (400, "marks_missing")),
        (f"/people/{DORA}/marks", {"sort_code": "123456"}, "officer", (400, "bank_malformed")),
        (f"/people/{DORA}/marks", {"telephone": "none"}, "officer", (400, "phone_malformed")),
        (f"/people/{DORA}/marks", {"address": "home"}, "officer", (400, "place_malformed")),
        (f"/people/{DORA}/marks", BANK, "holder:holder-D", (403, "permission_missing")),
        (f"/people/{DORA}/away", away, "officer", (400, "dates_malformed")),
        ("/payees/NOBODY/marks", BANK, "finance", (404, "payee_not_found")),
        ("/payees/A1/away", {**away, "ground": "absent"}, "finance", (400, "dates_malformed")),
    ):
        answer = await lives.send(path, body, who)
        assert (answer.status_code, answer.json()["code"]) == expected, path
    for path, who, expected in (
        ("/patterns", "auditor", 200), ("/patterns", "commissioner", 403), ("/patterns", "holder:holder-D", 403),
        ("/patterns/rates", "holder:holder-D", 403), ("/patterns/thresholds", "officer", 403),
        ("/patterns/thresholds", "auditor", 403), ("/patterns/thresholds", "finance", 200),
    ):  # fmt: skip
        assert (await lives.get(path, who)).status_code == expected, (path, who)
    claim = {"line": "D", "service": "home_care", "amount": "1.00", "currency": "GBP", "spent_on": DAY}
    for more, code in (
        ({"care_from": DAY}, "dates_malformed"),
        ({"care_from": DAY, "care_to": "2025-06-01"}, "dates_malformed"),
        ({"rate": "12.50"}, "rate_incomplete"),
    ):
        answer = await lives.send("claims", {**claim, **more}, "officer", D)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    await _set(lives)
    held = (await lives.get("/patterns/thresholds?on=2025-06-30", "finance")).json()
    assert (held["values"], held["made_up"], "pattern.cash" in held["off"]) == (MADE_UP, True, False)
    assert (await lives.get("/patterns/thresholds?on=2025-03-31", "finance")).json()["values"] == {}


@pytest.mark.parametrize("role", [Role.HOLDER])
async def test_no_route_of_a_holder_tells_of_a_pattern(lives: Lives, role: Role) -> None:
    """Every route that a holder may read, asked about a person of whom something was found: none has a word of it."""
    await _set(lives)
    await _lived(lives)
    entries = (await lives.done(MONTH, {}, "finance"))["entries"]
    found = await _found(lives)
    secrets = {"pattern.", "patterns", "watch/", *(each["message"] for each in found)}
    numbers = [str(each["number"]) for each in entries]
    asked = 0
    for handler in HANDLERS:
        if "GET" not in handler.http_methods or handler.opt["permission"] not in PERMISSIONS_OF[role]:
            continue
        for number in [*numbers, "1"]:
            for path in handler.paths:
                filled = re.sub(r"\{person:str\}", DORA, path.replace("{book:str}", "TEST").replace("{line:str}", "D"))
                filled = re.sub(r"\{[a-z_]+:(int|str)\}", number, filled).removeprefix("/v1/books/TEST")
                dates = "?first_day=2025-04-01&last_day=2026-03-31" if "statement" in path else ""
                answer = await lives.get(filled + dates, "holder:holder-D")
                assert answer.status_code in (200, 400, 404, 410), (filled, answer.text)
                assert not any(secret in answer.text for secret in secrets), filled
                asked += answer.status_code == 200
    assert asked > len(numbers)
