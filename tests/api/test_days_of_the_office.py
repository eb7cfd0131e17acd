"""Two more days (users.md 6.2 and 6.3): Priya of finance on the third working day of a month, and Marcus, who commissions. Each
step is asked with their own tokens alone; what other people do in between is done by them. The month is June 2025."""

from typing import Any

import pytest

from tests.api.lives import DAY, DORA, NED, D, Lives
from tests.api.test_bank_feeds import file_of
from tests.api.test_recovery import GBP, ON

PRIYA, PAT, MARCUS = "finance:priya", "finance:pat", "commissioner:marcus"
MONTH = "/periods/2025-06"


async def read(lives: Lives, path: str, who: str) -> Any:
    """What they see."""
    found = await lives.get(path, who)
    assert found.status_code == 200, found.text
    return found.json()


async def open_matters(lives: Lives) -> dict[str, tuple[int, str, bool, str, str | None]]:
    """What is open of June, by name: count, pounds, whether it blocks, whose it is, the oldest day."""
    found = await read(lives, f"{MONTH}/close", PRIYA)
    return {
        each["name"]: (each["count"], each["amount"], each["blocks"], each["owner"], each["oldest"])
        for each in found["matters"] if each["count"] and each["name"] != "totals_behind"
    }  # fmt: skip


async def test_priya_closes_a_month_in_the_open(lives: Lives) -> None:
    """8:00 what is open, whose and how much; 8:30 a payment that came back is owed again, and its payee is looked at before the
    next; 10:00 an estimate is changed with a reason; 11:00 an invoice for June after the soft close keeps its month of care;
    15:30 nobody pays what they accepted; and the close is certified by whom and what it came to."""
    paid = (await lives.accept(await lives.invoice("P-1", "40.00"), PRIYA))["entries"][0]["number"]
    run = (await lives.done("/payments", {"payee": "A1", "bank": "main", "invoices": [paid], **ON}, PAT))["entries"][0][
        "number"
    ]
    await lives.invoice("P-2", "60.00", document_on="2025-06-20")
    assert await open_matters(lives) == {
        "invoices_waiting": (1, "60.00", True, "finance", "2025-06-20"),
        "accruals_undecided": (1, "814.79", True, "finance", "2025-06-30"),
        "payments_in_transit": (1, "40.00", False, "finance", DAY),
    }  # fmt: skip
    head = "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID\n"
    rows = "02/06/2025,BACS,A1,40.00,,-40.00,T1\n03/06/2025,RET,A1,,40.00,0.00,T2\n"
    await lives.done("/banks/main/statements", file_of(content=(head + rows).encode()), PRIYA)
    lines = (await read(lives, "/banks/main/lines", PRIYA))["lines"]
    out, back = [each["number"] for each in lines]
    cleared = (await lives.done(f"/payments/{run}/clear", ON, PRIYA))["entries"][0]["number"]
    await lives.done(f"/banks/main/lines/{out}/match", {"kind": "entry", "of": [cleared + 1], **ON}, PRIYA)
    returned = {"kind": "returned", "of": [cleared], "effective_on": "2025-06-03"}
    await lives.done(f"/banks/main/lines/{back}/match", returned, PRIYA)
    assert await lives.balance("payable/A1") == "-40.00"
    again = await lives.send("/payments", {"payee": "A1", "bank": "main", "invoices": [paid], **ON}, PAT)
    assert (again.status_code, again.json()["code"]) == (422, "payee_unverified")
    [waits] = (await read(lives, f"{MONTH}/accruals", PRIYA))["estimates"]
    assert (waits["method"], waits["proposed"], len(waits["before"])) == ("rate_days", "814.79", 3)
    changed = {"line": "N", "amount": "700.00", **GBP}
    silent = await lives.send(f"{MONTH}/accruals", changed, PRIYA)
    assert (silent.status_code, silent.json()["code"]) == (422, "accrual_reason_missing")
    await lives.done(f"{MONTH}/accruals", {**changed, "reason": "in_hospital"}, PRIYA)
    await lives.done(f"{MONTH}/soft-close", {}, PRIYA)
    late = await lives.invoice("P-3", "90.00", care_from="2025-06-03", care_to="2025-06-28")
    await lives.done(f"invoices/{late}/accept", {"effective_on": "2025-07-03"}, PRIYA)
    came = await read(lives, f"{MONTH}/late", PRIYA)
    assert [(each["month"], each["amount"], each["first_day"]) for each in came["months"]] == [
        ("2025-06", "90.00", "2025-07-03")
    ]
    own = await lives.send(f"{MONTH}/soft-open", {"reason": "one_more"}, PRIYA)
    assert (own.status_code, own.json()["code"]) == (422, "second_person_needed")
    assert all(each["ok"] for each in (await read(lives, "/identities", PRIYA))["identities"])
    await lives.done("/periods/close", {"period": "2025-06"}, PRIYA)
    await lives.client.post("/v1/books/TEST/checkpoints", {}, headers=lives.headers(PRIYA))
    certificate = await read(lives, f"{MONTH}/certificate", "auditor")
    assert certificate["closed_by"] == "priya"
    assert certificate["checkpoint"].startswith("phb-ledger/TEST")
    spent = next(each for each in certificate["controls"] if each["klass"] == "spent")
    assert spent["balance"] == "40.00"


async def test_marcus_answers_in_pounds_and_people_and_meets_nobody(lives: Lives) -> None:
    """What each fund has come to, what is decided without a person and how long others wait, from which day the book knows
    everything, and the policy itself, which needs no token; no person, payee or list of the office by any way."""
    await lives.accept(await lives.invoice("M-1", "100.00"))
    await lives.instalment("2000.00")
    funds = {each["fund"]: each for each in (await read(lives, "/years/2025-26/outturn", MARCUS))["funds"]}
    assert (funds["nhs"]["spent"], funds["nhs"]["advanced"], funds["council"]["spent"]) == ("60.00", "2000.00", "40.00")
    autonomy = await read(lives, "/autonomy?from=2025-06-01&to=2025-06-30", MARCUS)
    assert {each["name"] for each in autonomy["measures"]} > {"decided_without_a_person"}
    assert DORA not in str(autonomy)
    assert NED not in str(autonomy)
    assert (await read(lives, "/coverage", MARCUS))["take_ons"] == []
    public = await lives.client.inner.get("/v1/books/TEST/rulebook")
    assert public.status_code == 200
    for path in (f"/budgets/{DORA}", f"/people/{DORA}", "/payees/A1", "/transactions", "/referrals", "/patterns",
                 "/recovery/receivables", "/reviews", f"/budgets/{DORA}/waiting"):  # fmt: skip
        assert (await lives.get(path, MARCUS)).status_code == 403, path


@pytest.mark.parametrize("path", ["funds/nhs/grants", "payments", "periods/close", "limits"])
async def test_marcus_changes_nothing(lives: Lives, path: str) -> None:
    """Who commissions posts nothing."""
    assert (await lives.send(f"/{path}", {}, MARCUS)).status_code == 403


async def test_an_offer_is_on_record_with_its_answer(lives: Lives) -> None:
    """The national aim counts people who were offered a budget: the right, what was shown, and the answer with its reason."""
    path = f"/people/{D.person}/offers"
    offer = {"on": DAY, "right": "chc", "options": ["notional", "direct_payment"], "answer": "asked_for_time"}
    made = await lives.done(path, offer, line=D)
    name = made["subject"].removeprefix("offer/")
    said = {"on": "2025-06-20", "answer": "accepted"}
    await lives.done(f"{path}/{name}/answers", said, line=D)
    [found] = (await read(lives, path, "auditor"))["offers"]
    assert (found["right"], found["answer"], found["answered_on"]) == ("chc", "accepted", "2025-06-20")
