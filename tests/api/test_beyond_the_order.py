"""An invoice that is not what was ordered: nothing of it goes past the rules, and none of it is refused for that."""

import asyncio
from typing import Any

from tests.api.lives import DAY, NED, Lives, bill
from tests.api.test_spending import code


async def test_what_an_invoice_asks_beyond_its_order_is_decided(lives: Lives) -> None:
    """Within the order nothing is asked again; beyond it the excess is a fact of its own decision, posted with the rest in one
    group, and what the rules object to is a referral that names it."""
    order = await lives.spend("500.00")
    within = await lives.accept(await lives.invoice("B-1", "100.00", hold=order["hold"]))
    assert within["decision"] is None
    little = await lives.accept(await lives.invoice("B-2", "430.00", hold=order["hold"]))
    assert (little["decision"]["outcome"], little["decision"]["amount"]) == ("allow", "30.00")
    assert [entry["event"] for entry in little["entries"]] == [0, 29]
    assert (await lives.money())["spent"] == "530.00"
    other = await lives.spend("20.00")
    much = await lives.accept(await lives.invoice("B-3", "5000.00", hold=other["hold"]))
    decision = much["decision"]
    assert (decision["act"], decision["outcome"], decision["amount"]) == ("invoice", "refer", "4980.00")
    assert {"icb_policy.over_single_limit", "icb_policy.over_30_day_limit"} <= {f["rule"] for f in decision["findings"]}
    money = await lives.money()
    assert (money["held"], money["spent"], money["available"]) == ("0.00", "5530.00", "4870.00")
    listed = (await lives.get(f"/budgets/{NED}/decisions")).json()["decisions"]
    assert [each["act"] for each in listed] == ["spend", "invoice", "spend", "invoice"]


async def test_an_invoice_for_another_service_does_not_use_the_order(lives: Lives) -> None:
    """Ordered was home care. For anything else the invoice comes without the order, and the rules are asked about it."""
    order = await lives.spend("20.00")
    other = await lives.send("invoices", bill("G-1", "20.00", hold=order["hold"], service="gambling"))
    assert code(other) == (422, "service_differs")
    alone = await lives.accept(await lives.invoice("G-1", "20.00", service="gambling"))
    assert alone["decision"]["outcome"] == "refer"
    assert (await lives.money())["held"] == "20.00"


async def test_two_invoices_at_once_for_one_order_use_it_once(lives: Lives) -> None:
    """Each fits by itself and both do not: whichever comes second is decided for what the first has left over."""
    order = await lives.spend("100.00")
    numbers = [await lives.invoice(f"T-{place}", "80.00", hold=order["hold"]) for place in range(2)]
    accepted = await asyncio.gather(*(lives.accept(number, f"finance:f{number}") for number in numbers))
    assert sorted(each["decision"]["amount"] for each in accepted if each["decision"]) == ["60.00"]
    money = await lives.money()
    assert (money["held"], money["spent"], money["unfunded"]) == ("0.00", "160.00", "0.00")


async def test_an_invoice_beyond_its_order_has_its_first_answer_again(lives: Lives) -> None:
    """The decision comes again with the money, byte for byte."""
    order = await lives.spend("10.00")
    number = await lives.invoice("R-1", "11.00", hold=order["hold"])
    path, body = f"invoices/{number}/accept", {"effective_on": DAY}
    first = await lives.send(path, body, "finance:fay", key="accept")
    again = await lives.send(path, body, "finance:fay", key="accept")
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert first.json()["decision"]["amount"] == "1.00"


async def test_what_goes_beyond_an_order_by_more_than_the_local_tolerance_is_looked_at(lives: Lives) -> None:
    """Up to £50 beyond the order nobody is asked; a penny more is owed all the same, and a person looks at it."""
    for reference, amount, outcome in (("W-1", "150.00", "allow"), ("W-2", "150.01", "refer")):
        order = await lives.spend("100.00")
        decision = (await lives.accept(await lives.invoice(reference, amount, hold=order["hold"])))["decision"]
        assert decision["outcome"] == outcome
    assert [each["rule"] for each in decision["findings"]] == ["icb_policy.invoice_over_order"]
    assert (await lives.money())["spent"] == "300.01"


async def test_a_price_or_quantity_above_the_orders_is_looked_at_beyond_the_local_percent(lives: Lives) -> None:
    """Ten hours at £20 were ordered with room to spare: 5% more of either passes, more is a referral that names it, for what it
    comes to; the money comes out of the order in any case. One without the other is not taken."""
    for reference, rate, quantity, amount, found in (
        ("P-1", "21.00", "10.50", "220.50", ("allow", "20.50")), ("P-2", "21.01", "10.00", "210.10", ("refer", "10.10")),
        ("P-3", "19.00", "10.51", "199.69", ("refer", "10.20")), ("P-4", "20.00", "10.00", "200.00", None),
    ):  # fmt: skip
        order = await lives.spend("300.00", rate="20.00", quantity="10.00")
        number = await lives.invoice(reference, amount, hold=order["hold"], rate=rate, quantity=quantity, final=True)
        decision = (await lives.accept(number))["decision"]
        assert (decision and (decision["outcome"], decision["amount"])) == found, reference
        if found and found[0] == "refer":
            assert [each["rule"] for each in decision["findings"]] == ["icb_policy.invoice_price_over_order"]
    money = await lives.money()
    assert (money["held"], money["spent"]) == ("0.00", "830.29")
    half = await lives.send("invoices", bill("P-5", "1.00", rate="1.00"))
    assert code(half) == (400, "rate_incomplete")


async def test_all_invoices_of_an_order_are_held_against_it_together(lives: Lives) -> None:
    """Ten hours were ordered with room to spare. Six and four of them pass; the eleventh is looked at, though by itself it is one
    of ten. What was reversed, or credited, is not counted."""
    order = await lives.spend("400.00", rate="20.00", quantity="10.00")

    async def accepted(reference: str, quantity: str, amount: str) -> dict[str, Any]:
        given = {"hold": order["hold"], "rate": "20.00", "quantity": quantity}
        return await lives.accept(await lives.invoice(reference, amount, **given))

    assert (await accepted("Q-1", "6.00", "120.00"))["decision"] is None
    assert (await accepted("Q-2", "4.00", "80.00"))["decision"] is None
    third = await accepted("Q-3", "1.00", "20.00")
    assert (third["decision"]["outcome"], third["decision"]["amount"]) == ("refer", "20.00")
    assert [each["rule"] for each in third["decision"]["findings"]] == ["icb_policy.invoice_price_over_order"]
    await lives.done(f"entries/{third['entries'][-1]['number']}/reverse", {"effective_on": DAY}, "finance:ron")
    again = await accepted("Q-4", "0.50", "10.00")
    assert (again["decision"]["outcome"], again["decision"]["amount"]) == ("allow", "10.00")
    credit = {
        "payee": "A1",
        "invoice": again["entries"][0]["number"],
        "reference": "QC",
        "amount": "10.00",
        "currency": "GBP",
    }
    entered = (await lives.done("credits", credit))["entries"][0]["number"]
    await lives.accept(entered, "finance:flo", kind="credits")
    last = await accepted("Q-5", "0.50", "10.00")
    assert (last["decision"]["outcome"], last["decision"]["amount"]) == ("allow", "10.00")


async def test_an_order_that_is_used_up_is_not_exceeded_unseen(lives: Lives) -> None:
    """£40 beyond the order is within the tolerance once. The second £40, which finds no order any more, makes it £80, and a person
    looks at it."""
    order = await lives.spend("100.00")
    first = await lives.accept(await lives.invoice("U-1", "140.00", hold=order["hold"]))
    assert first["decision"]["outcome"] == "allow"
    second = await lives.accept(await lives.invoice("U-2", "40.00", hold=order["hold"]))
    assert (second["decision"]["outcome"], second["decision"]["amount"]) == ("refer", "40.00")
    assert [each["rule"] for each in second["decision"]["findings"]] == ["icb_policy.invoice_over_order"]


async def test_two_invoices_at_once_do_not_both_have_the_last_hours(lives: Lives) -> None:
    """Six of ten hours each, and room for both in money: whichever comes second is two hours too many."""
    order = await lives.spend("400.00", rate="20.00", quantity="10.00")
    given = {"hold": order["hold"], "rate": "20.00", "quantity": "6.00"}
    numbers = [await lives.invoice(f"H-{place}", "120.00", **given) for place in range(2)]
    accepted = await asyncio.gather(*(lives.accept(number, f"finance:f{number}") for number in numbers))
    assert [each["decision"]["amount"] for each in accepted if each["decision"]] == ["40.00"]
