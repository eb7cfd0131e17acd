"""Who makes, who approves and who releases are different people: every pair of them, whoever else has the right."""

from datetime import date
from typing import Any

import pytest

from api.open_books import today
from ledger.budgets import people
from tests.api.asking import journal
from tests.api.lives import BOOK, DAY, DORA, D, Lives
from tests.api.test_holding import rules
from tests.api.test_spending import code

INSTALMENT = {"line": "D", "service": "home_care", "amount": "1000.01", "currency": "GBP", "effective_on": DAY}
RELEASE = {"effective_on": DAY, "bank": "main"}


async def _as(lives: Lives, sub: str, role: str, path: str, body: dict[str, Any]) -> Any:
    """A write about Dora by one person in one of their roles."""
    headers = {"Authorization": lives.client.token(role, sub=sub)}
    return await lives.client.post(f"{BOOK}/budgets/{DORA}/{path}", body, headers=headers)


@pytest.mark.parametrize("who", ["registrar", "maker", "accepter"])
async def test_a_payment_is_released_by_none_of_those_who_made_it_possible(lives: Lives, who: str) -> None:
    """Not by who registered the payee, nor entered the invoice, nor accepted it; by a fourth person it is."""
    payee = {"payee": "C3", "name": "Somebody", "regulated": True, "cqc": True}
    assert (await lives.send("/payees", payee, "finance:registrar")).status_code == 201
    assert code(await lives.send("/payees/C3/approve", {}, "officer:registrar")) == (422, "second_person_needed")
    assert (await lives.send("/payees/C3/approve", {}, "officer:approver")).status_code == 201
    number = await lives.invoice("S-1", "10.00", "finance:maker", payee="C3")
    accepted = await lives.accept(number, "finance:accepter")
    paying = {"payee": "C3", "bank": "main", "effective_on": DAY, "invoices": [accepted["entries"][0]["number"]]}
    assert code(await lives.send("/payments", paying, f"finance:{who}")) == (422, "second_person_needed")
    assert await lives.balance("payable/C3") == "-10.00"
    await lives.done("/payments", paying, "finance:payer")
    assert await lives.balance("payable/C3") == "0.00"


async def test_an_invoice_that_came_again_is_paid_by_who_entered_it_the_first_time(lives: Lives) -> None:
    """Declined and entered anew by another: whoever entered it first has no part in this one."""
    first = await lives.invoice("S-2", "10.00", "finance:first")
    await lives.done(f"invoices/{first}/decline", {"reason": "amount_wrong", "words": "It was 12."}, "finance:fay")
    again = await lives.accept(await lives.invoice("S-2", "12.00", "finance:second"), "finance:fay")
    paying = {"payee": "A1", "bank": "main", "effective_on": DAY, "invoices": [again["entries"][0]["number"]]}
    assert code(await lives.send("/payments", paying, "finance:second")) == (422, "second_person_needed")
    await lives.done("/payments", paying, "finance:first")


@pytest.mark.parametrize("who", ["asker", "approver"])
async def test_an_instalment_is_released_by_neither_who_asked_nor_who_approved(lives: Lives, who: str) -> None:
    """One that was referred, so that both have a part in it."""
    asked = (await _as(lives, "asker", "officer", "instalments", INSTALMENT)).json()
    assert asked["outcome"] == "refer"
    approve, release = f"decisions/{asked['number']}/approve", f"instalments/{asked['number']}/release"
    assert code(await _as(lives, "payer", "finance", release, RELEASE)) == (422, "instalment_waiting")
    assert code(await _as(lives, "asker", "officer", approve, {"effective_on": DAY})) == (422, "second_person_needed")
    assert (await _as(lives, "approver", "officer", approve, {"effective_on": DAY})).status_code == 201
    assert code(await _as(lives, who, "finance", release, RELEASE)) == (422, "second_person_needed")
    assert (await _as(lives, "payer", "finance", release, RELEASE)).status_code == 201


async def test_who_registered_an_account_pays_nothing_into_it(lives: Lives) -> None:
    """Alice registered Dora's account in the book of these lives."""
    asked = (await _as(lives, "asker", "officer", "instalments", INSTALMENT)).json()
    await _as(lives, "approver", "officer", f"decisions/{asked['number']}/approve", {"effective_on": DAY})
    release = f"instalments/{asked['number']}/release"
    assert code(await _as(lives, "alice", "finance", release, RELEASE)) == (422, "second_person_needed")
    assert (await lives.money(D))["advanced"] == "0.00"
    assert (await _as(lives, "payer", "finance", release, RELEASE)).status_code == 201


async def test_a_barred_payee_is_paid_nothing_until_approved_again(lives: Lives) -> None:
    """What is owed for care given before stays owed."""
    accepted = await lives.accept(await lives.invoice("S-3", "10.00"))
    paying = {"payee": "A1", "bank": "main", "effective_on": DAY, "invoices": [accepted["entries"][0]["number"]]}
    await lives.done("/payees/A1/bar", {}, "finance:barrer")
    assert code(await lives.send("/payments", paying, "finance:payer")) == (422, "payee_barred")
    assert await lives.balance("payable/A1") == "-10.00"
    await lives.done("/payees/A1/approve", {}, "finance:approver")
    await lives.done("/payments", paying, "finance:payer")


async def test_nobody_pays_with_a_journal(lives: Lives) -> None:
    """What is owed to a payee, and what is on its way to one, moves by invoices and payments, which need different people: a
    journal, a batch, a hold or a reversal of finance is refused by a code that says so, and leaves nothing."""
    accepted = await lives.accept(await lives.invoice("S-9", "10.00"))
    owed = accepted["entries"][0]["number"]
    paying = {"payee": "A1", "bank": "main", "effective_on": DAY, "invoices": [owed]}
    made = (await lives.done("/payments", paying, "finance:payer"))["entries"]
    run, [paid] = made[0]["number"], [each["number"] for each in made if each["legs"]]
    size = (await lives.get("/transactions?limit=1", "finance")).json()["through_entry"]
    for debit, credit in (("payable/A1", "bank/main"), ("bank/main", "payable/B2"), ("in_transit/main", "bank/main"),
                          ("partner/council/billed", "bank/main"), ("bank/main", "partner/council/unbilled")):  # fmt: skip
        body = journal(debit, credit, "10.00")
        for path, sent in (
            ("/transactions", body), ("/transactions?dry_run=true", body),
            ("/transactions/batch", {"transactions": [body], "atomic": True}),
        ):  # fmt: skip
            no = await lives.send(path, sent, "finance:payer")
            assert code(no) == (403, "event_account_refused"), (path, no.text)
            assert "payment" in no.json()["facts"]["way"] or "invoice" in no.json()["facts"]["way"]
        [item] = (await lives.send("/transactions/batch", {"transactions": [body]}, "finance:payer")).json()["items"]
        assert item["problem"]["code"] == "event_account_refused"
    day = {"effective_on": DAY}
    assert code(await lives.send(f"/transactions/{paid}/reversals", day, "finance")) == (403, "event_account_refused")
    closing = {"account": "payable/B2"}
    assert code(await lives.send("/account/close", closing, "finance")) == (403, "event_account_refused")
    assert (await lives.get("/transactions?limit=1", "finance")).json()["through_entry"] == size
    await lives.done(f"/payments/{run}/clear", day, "finance:clearer")
    assert (await lives.balance("payable/A1"), await lives.balance("in_transit/main")) == ("0.00", "0.00")


@pytest.mark.parametrize("act", ["excluded_by_schedule", "consent_withdrawn"])
async def test_what_bars_a_person_after_an_instalment_was_asked_for_bars_its_payment(lives: Lives, act: str) -> None:
    """The law bars it from the day it is known (SI 2013/1617 reg 3(3)(c) and 17(1)), whatever was decided before."""
    asked = (await _as(lives, "asker", "officer", "instalments", INSTALMENT)).json()
    await _as(lives, "approver", "officer", f"decisions/{asked['number']}/approve", {"effective_on": DAY})
    await lives.do(people.person_recorded(act, person=D.person, on=date.fromisoformat(DAY)))
    release = f"instalments/{asked['number']}/release"
    assert code(await _as(lives, "payer", "finance", release, RELEASE)) == (422, "instalment_barred")
    assert (await lives.money(D))["advanced"] == "0.00"


async def test_capacity_lost_or_regained_since_an_instalment_was_asked_for_bars_its_payment(lives: Lives) -> None:
    """Reg 5 and 17(1): until there is consent since. What was lost before was asked about then, and is the answer's to decide."""
    asked = (await _as(lives, "asker", "officer", "instalments", INSTALMENT)).json()
    await _as(lives, "approver", "officer", f"decisions/{asked['number']}/approve", {"effective_on": DAY})
    release = f"instalments/{asked['number']}/release"
    for act, on in (("capacity_lost", "2025-06-01"), ("capacity_found", "2025-06-10")):
        await lives.do(people.person_recorded(act, person=D.person, on=date.fromisoformat(on)))
        assert code(await _as(lives, "payer", "finance", release, RELEASE)) == (422, "instalment_barred")
        found = (await lives.get(f"/budgets/{D.person}/ending?on=2025-06-10")).json()["to_do"]
        what = {"capacity_lost": "consent_after_loss", "capacity_found": "consent_after_capacity"}[act]
        assert [(each["what"], each["since"], each["done"]) for each in found] == [(what, on, False)]
    await lives.do(people.person_recorded("consent_given", person=D.person, on=date(2025, 6, 10)))
    assert (await _as(lives, "payer", "finance", release, RELEASE)).status_code == 201


async def test_an_instalment_approved_by_who_was_told_of_the_loss_of_capacity_is_paid(lives: Lives) -> None:
    """The rules asked for a person's look because of it, and somebody looked."""
    await lives.do(people.person_recorded("capacity_lost", person=D.person, on=date.fromisoformat(DAY)))
    asked = (await _as(lives, "asker", "officer", "instalments", INSTALMENT)).json()
    assert "statute.capacity_consent" in rules(asked)[1]
    await _as(lives, "approver", "officer", f"decisions/{asked['number']}/approve", {"effective_on": DAY})
    release = f"instalments/{asked['number']}/release"
    assert (await _as(lives, "payer", "finance", release, RELEASE)).status_code == 201


async def test_who_turns_sixteen_after_an_instalment_was_asked_for_is_asked_before_it_is_paid(lives: Lives) -> None:
    """Reg 4: it was asked for a day before the month of the birthday, and is to be paid in it."""
    born = people.groups_detail(b"s" * 16, [people.Group("birth_month", "2009-07", date(2025, 4, 1))])
    await lives.do(people.person_recorded("groups_changed", person=D.person, detail=born))
    asked = (await _as(lives, "asker", "officer", "instalments", INSTALMENT)).json()
    await _as(lives, "approver", "officer", f"decisions/{asked['number']}/approve", {"effective_on": DAY})
    release, later = f"instalments/{asked['number']}/release", RELEASE | {"effective_on": "2025-07-01"}
    assert code(await _as(lives, "payer", "finance", release, later)) == (422, "instalment_barred")
    await lives.do(people.person_recorded("consent_given", person=D.person, on=date(2025, 7, 1)))
    assert (await _as(lives, "payer", "finance", release, later)).status_code == 201


async def test_who_gives_regulated_care_is_approved_when_they_are_registered_for_it(lives: Lives) -> None:
    """Registered is allowed, not registered is not, and of whom nobody has said a second person says yes. A decision is
    kept of each, and is about nobody's budget."""
    kinds = {"OK1": {"regulated": True, "cqc": True}, "NO1": {"regulated": True, "cqc": False}, "ASK": {"regulated": True},
             "OWN": {"regulated": True, "cqc": False, "direct_employee": True}}  # fmt: skip
    found = {}
    for payee, more in kinds.items():
        await lives.done("/payees", {"payee": payee, "name": "Somebody", **more}, "finance:registrar")
        found[payee] = await lives.done(f"/payees/{payee}/approve", {}, "officer:approver")
    assert {payee: rules(each["decision"]) for payee, each in found.items()} == {
        "OK1": ("allow", []), "OWN": ("allow", []), "NO1": ("deny", ["statute.payee_not_registered"]),
        "ASK": ("refer", ["icb_policy.payee_registration_not_said"]),
    }  # fmt: skip
    assert {payee: len(each["entries"]) for payee, each in found.items()} == {"OK1": 2, "OWN": 2, "NO1": 0, "ASK": 0}
    assert found["ASK"]["decision"]["person"] is None
    number, on = found["ASK"]["decision"]["number"], {"effective_on": today().isoformat()}
    own = await lives.send(f"/decisions/{number}/approve", on, "officer:approver")
    assert code(own) == (422, "second_person_needed")
    made = await lives.send(f"/decisions/{number}/approve", on, "officer:registrar")
    assert code(made) == (422, "second_person_needed")
    await lives.done(f"/decisions/{number}/approve", on, "officer:olga")
    approved = await lives.done("/payees/ASK/approve", {"approved": number}, "officer:approver")
    assert (approved["decision"]["outcome"], len(approved["entries"])) == ("allow", 2)
    assert (await lives.get("/payees/ASK")).json()["state"] == "approved"


async def test_a_registration_that_was_wrong_is_corrected_and_approved_anew_by_another(lives: Lives) -> None:
    """What was denied for it is allowed then; the name stays; the same again, of nobody and of who is barred are told apart. The
    decision is explained in each form to staff, and to nobody else."""
    wrong = {"payee": "NO2", "name": "Somebody", "regulated": True, "cqc": False}
    await lives.done("/payees", wrong, "finance:registrar")
    no = (await lives.done("/payees/NO2/approve", {}, "officer:approver"))["decision"]
    there, right = "/payees/NO2/registration", {"regulated": True, "cqc": True}
    assert code(await lives.send(there, right, "auditor"))[0] == 403
    assert code(await lives.send(there, {"regulated": True, "cqc": False}, "officer")) == (
        409,
        "registration_unchanged",
    )
    assert code(await lives.send("/payees/NONE/registration", right, "officer")) == (404, "payee_not_found")
    await lives.done(there, right, "officer:corrector")
    assert code(await lives.send(there, right, "officer")) == (409, "registration_unchanged")
    # Who registered them approves no more than who corrected what was said of them.
    for who in ("officer:corrector", "officer:registrar"):
        assert code(await lives.send("/payees/NO2/approve", {}, who)) == (422, "second_person_needed")
    await lives.done("/payees/NO2/approve", {}, "officer:approver")
    read = (await lives.get("/payees/NO2")).json()
    assert (read["state"], read["name"], read["cqc"]) == ("approved", "Somebody", True)
    await lives.done(there, {}, "officer:corrector")
    assert (await lives.get("/payees/NO2")).json()["state"] == "registered"
    await lives.done("/payees/NO2/bar", {}, "finance:barrer")
    assert code(await lives.send(there, right, "officer")) == (422, "payee_barred")
    path = f"/decisions/{no['number']}/explanation"
    for form in ("plain", "easy_read", "welsh"):
        told = (await lives.get(f"{path}?form={form}", "finance")).json()
        assert (told["reference"], told["why"][0]["rule"]) == (no["reference"], "statute.payee_not_registered")
    assert (await lives.get(path, "holder:holder-N")).status_code == 403
    assert code(await lives.get(f"/decisions/{no['number'] + 1}/explanation")) == (404, "decision_not_found")
    owned = (await lives.spend("1.00"))["number"]
    assert code(await lives.get(f"/decisions/{owned}/explanation")) == (404, "decision_not_found")


async def test_staff_who_act_for_a_person_do_not_see_who_they_are_as_staff(lives: Lives) -> None:
    """The no is one decision about the person, which says why; everybody else of the office goes on as before."""
    there = f"/people/{D.person}/identity"
    assert code(await lives.get(there, "officer")) == (404, "identity_not_found")
    given = {"holder": "kin", "scope": "see", "from": "2025-04-01"}
    await lives.done(f"/people/{D.person}/delegations", given, "officer")
    no = await lives.get(there, "officer:kin")
    assert code(no) == (403, "view_denied")
    kept = (await lives.get(f"/budgets/{D.person}/decisions/{no.json()['facts']['decision']}", "auditor")).json()
    assert rules(kept) == ("deny", ["icb_policy.view_by_connected"])
    assert code(await lives.get(there, "officer")) == (404, "identity_not_found")
    assert code(await lives.get(there, "auditor")) == (403, "permission_missing")
