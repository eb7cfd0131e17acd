"""Registration and insurance count when care is bought, and not only when a payee was approved."""

from typing import Any

from tests.api.lives import DAY, D, Lives, ordered
from tests.api.test_spending import code

LAPSED = "statute.payee_lapsed"


async def shown(lives: Lives, **more: Any) -> None:
    """CARE gives regulated care, is registered and insured, and was approved by another on what it showed."""
    given = {"regulated": True, "cqc": True, "profession": True, "indemnity": True, **more}
    await lives.done("/payees", {"payee": "CARE", "name": "Care Ltd", **given}, "finance")
    await lives.done("/payees/CARE/approve", {}, "finance:pat")


async def found(lives: Lives, until: str, **more: Any) -> list[str]:
    """Why an order of care up to a day is looked at."""
    body = ordered("5.00", payee="CARE", care_from=DAY, care_to=until, **more)
    done = await lives.done("spends", body, "holder:holder-N")
    assert done["outcome"] == ("refer" if done["findings"] else "allow")
    return [each["rule"] for each in done["findings"]]


async def test_care_after_what_was_shown_has_run_out_is_looked_at(lives: Lives) -> None:
    """Up to the last day it is bought as before, a day later it is referred, never denied; a newer paper, approved by another,
    makes it a yes. An invoice of such care is posted and looked at."""
    await shown(lives, registered_until="2025-06-20", insured_until="2025-06-10")
    seen = (await lives.get("/payees/CARE")).json()
    assert (seen["registered_until"], seen["insured_until"]) == ("2025-06-20", "2025-06-10")
    assert await found(lives, "2025-06-10") == []
    assert await found(lives, "2025-06-11") == [LAPSED]
    late = await lives.invoice("L1", "4.00", payee="CARE", care_from="2025-06-11", care_to="2025-06-11")
    accepted = await lives.accept(late)
    assert [each["rule"] for each in accepted["decision"]["findings"]] == [LAPSED]
    assert accepted["entries"][-1]["kind"] == "transaction"
    newer = {"regulated": True, "cqc": True, "profession": True, "indemnity": True, "registered_until": "2025-06-20",
             "insured_until": "2026-06-10"}  # fmt: skip
    await lives.done("/payees/CARE/registration", newer, "finance")
    assert await found(lives, "2025-06-11") == ["icb_policy.payee_pending"]
    await lives.done("/payees/CARE/approve", {}, "finance:pat")
    assert await found(lives, "2025-06-20") == []
    assert await found(lives, "2025-06-21") == [LAPSED]
    assert code(await lives.send("/payees/CARE/registration", newer, "finance")) == (409, "registration_unchanged")


async def test_it_counts_for_direct_payments_and_whom_nobody_regulates_needs_none(lives: Lives) -> None:
    """A claim of care after the day is looked at; an assistant whom a holder employs needs no such registration, but insurance."""
    await shown(lives, registered_until=DAY)
    await lives.instalment("2000.00")
    for spent_on, rules in ((DAY, []), ("2025-06-03", [LAPSED])):
        number = await lives.claim("5.00", payee="CARE", spent_on=spent_on)
        done = await lives.done(f"claims/{number}/accept", {"effective_on": "2025-06-04"}, "officer", D)
        assert [each["rule"] for each in done["decision"]["findings"]] == rules
    for payee, more, rules in (
        ("PA1", {"registered_until": DAY}, []), ("PA2", {"insured_until": DAY}, [LAPSED]),
        ("PA3", {"registered_until": DAY, "profession": True}, [LAPSED]),
    ):  # fmt: skip
        await lives.done("/payees", {"payee": payee, "name": "Pat", "direct_employee": True, **more}, "finance")
        await lives.done(f"/payees/{payee}/approve", {}, "finance:pat")
        body = ordered("5.00", line="D", payee=payee, effective_on="2025-06-03")
        asked = await lives.done("asks", body, "holder:holder-D", D)
        assert [each["rule"] for each in asked["findings"]] == rules
