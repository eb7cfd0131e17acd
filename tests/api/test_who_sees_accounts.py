"""Whose accounts each role sees: a commissioner sums over people, and nothing by which one of them could be told."""

from typing import Any

import pytest

from ledger.book.balances import narrowed
from tests.api.lives import BOOK, DAY, DORA, Lives

SEES_ALL = ("finance", "auditor", "officer")
NOTHING = ("holder", "operator")
OF_NOBODY = {
    "bank/main", "in_transit/main", "partner/council/billed", "partner/council/unbilled",
    *(f"fund/{fund}/2025-26/{part}" for fund in ("nhs", "council") for part in ("source", "unallocated", "carried", "lapsed")),
}  # fmt: skip
OF_PEOPLE = (
    f"advance/{DORA}/H1", "share/N/nhs/2025-26/available", "expense/D/nhs/2025-26", "payable/A1", "payable/H1",
    "accrual/N/council/2025-26", "loss/fraud/D/nhs/2025-26", "recharge/N/council/2025-26",
)  # fmt: skip


async def _all(lives: Lives, who: str, **parameters: Any) -> list[str]:
    """The codes of every page of the list of accounts."""
    found, path = [], "/accounts"
    while path:
        page = await lives.get(path, who, params=parameters or None)
        assert page.status_code == 200, page.text
        found += [each["account"] for each in page.json()["accounts"]]
        path = page.links["next"]["url"].removeprefix(BOOK) if "next" in page.links else ""
        parameters = {}
    return found


async def _lived(lives: Lives) -> None:
    await lives.instalment("100.00")
    await lives.accept(await lives.invoice("V-1", "10.00"))


async def test_a_commissioner_lists_the_accounts_of_nobody_only(lives: Lives) -> None:
    """Funds, partners and banks, in pages of any size; everybody else with the right sees all, and the rest is no list."""
    await _lived(lives)
    every = await _all(lives, "finance", limit=500)
    assert set(OF_PEOPLE) < set(every)
    for size in (1, 3, 500):
        seen = await _all(lives, "commissioner", limit=size)
        assert seen == sorted(OF_NOBODY), size
        assert await _all(lives, "commissioner", limit=size, prefix="fund/nhs/") == [
            each for each in seen if each.startswith("fund/nhs/")
        ]
    for prefix in ("share/", "advance/", f"advance/{DORA}", "payable", "s", "unassigned/"):
        assert await _all(lives, "commissioner", prefix=prefix) == []
    assert await _all(lives, "commissioner", prefix="f") == [each for each in seen if each.startswith("fund/")]
    for role in SEES_ALL:
        assert await _all(lives, role, limit=500) == every
    for role in NOTHING:
        assert (await lives.get("/accounts", role)).status_code == 403


@pytest.mark.parametrize("path", ["/account?code={}", "/account/balance?code={}"])
async def test_an_account_of_a_person_is_not_there_for_a_commissioner(lives: Lives, path: str) -> None:
    """Byte for byte as one that does not exist, but for the id of the request; for the others it is there."""
    await _lived(lives)

    async def read(code: str, who: str) -> tuple[int, dict[str, Any]]:
        answer = await lives.get(path.format(code), who)
        body = answer.json()
        body.pop("request_id", None)
        return answer.status_code, body

    missing = await read("share/NONE/nhs/2025-26/available", "commissioner")
    assert (missing[0], missing[1]["code"]) == (404, "account_not_found")
    for code in OF_PEOPLE:
        assert await read(code, "commissioner") == missing, code
        for role in SEES_ALL:
            assert (await read(code, role))[0] == 200, (code, role)
    for code in OF_NOBODY:
        assert (await read(code, "commissioner"))[0] == 200, code
    assert (await read("fund/none", "commissioner")) == missing
    # Who is an officer as well sees what an officer sees.
    both = {"Authorization": lives.client.token("commissioner", "officer")}
    assert (await lives.client.get(BOOK + path.format(OF_PEOPLE[0]), headers=both)).status_code == 200


async def test_sums_of_a_commissioner_name_nobody(lives: Lives) -> None:
    """The roll-up adds up what is listed and branches into nothing else; the trial balance is of the whole book by class."""
    await _lived(lives)
    under = (await lives.get("/balances", "commissioner")).json()
    assert {each["name"] for each in under["branches"]} == {"bank/", "fund/", "in_transit/", "partner/"}
    assert sum(each["accounts"] for each in under["totals"]) == len(OF_NOBODY)
    assert (await lives.get("/balances?prefix=share/", "commissioner")).json()["branches"] == []
    assert (await lives.get(f"/balances?prefix=advance/{DORA}", "commissioner")).json()["totals"] == []
    of_fund = [
        (await lives.get("/balances?prefix=fund/nhs/2025-26/", who)).json() for who in ("commissioner", "finance")
    ]
    assert of_fund[0] == of_fund[1]
    trial = await lives.get("/trial-balance", "commissioner")
    assert trial.json() == (await lives.get("/trial-balance", "auditor")).json()
    assert DORA not in trial.text


@pytest.mark.parametrize(
    "path",
    ["/transactions", "/transactions/1", "/entries/1/receipt", "/holds/1", "/holds?code=bank/main",
     f"/account/statement?code=bank/main&first_day={DAY}&last_day={DAY}", f"/budgets/{DORA}", f"/people/{DORA}", "/payees/A1"],
)  # fmt: skip
async def test_what_names_people_line_by_line_is_not_for_a_commissioner(lives: Lives, path: str) -> None:
    """Statements, journals, holds, receipts and budgets: 403."""
    assert (await lives.get(path, "commissioner")).status_code == 403


def test_a_prefix_is_narrowed_to_what_may_be_seen() -> None:
    """The longer of two that agree, in order; nothing where they do not, or where no code can begin so."""
    assert narrowed("", ("",)) == [""]
    assert narrowed("a/b", ("",)) == ["a/b"]
    assert narrowed("", ("b/", "a/")) == ["a/", "b/"]
    assert narrowed("a", ("b/", "a/", "ab/")) == ["a/", "ab/"]
    assert narrowed("a/x", ("a/", "b/")) == ["a/x"]
    assert narrowed("c", ("a/", "b/")) == []
    assert narrowed("!", ("",)) == []
