"""Cash that is drawn down, over HTTP: money in the bank, and no authority for anybody to spend."""

from tests import kit
from tests.api.lives import DAY
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_ending import in_order

DRAWN = {"source": "icb", "bank": "main", "amount": "1000.01", "currency": "GBP", "effective_on": DAY}


async def test_cash_comes_in_and_gives_no_authority(lives: Tried, book: kit.Book) -> None:
    """Event 1: the bank has it and the source gave it, the funds have what they had; sent again under its key it is there once, and
    another body under the key is turned away."""
    await lives.done("/accounts", {"accounts": [{"account": "funding/icb", "class": "funding"}]}, "finance")
    left = await lives.balance("fund/nhs/2025-26/unallocated")
    plain = super(Tried, lives).send
    first, again = [await plain("/draw-downs", DRAWN, "finance", key="drawn") for _ in range(2)]
    assert (first.status_code, again.text, again.headers["idempotency-replayed"]) == (201, first.text, "true")
    assert first.json()["event"] == 1
    other = await plain("/draw-downs", DRAWN | {"amount": "1.00"}, "finance", key="drawn")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await lives.balance("bank/main"), await lives.balance("funding/icb")) == ("1000.01", "-1000.01")
    assert await lives.balance("fund/nhs/2025-26/unallocated") == left
    await in_order(lives, book)


async def test_only_finance_draws_down_and_only_between_accounts_that_are_there(lives: Tried) -> None:
    """Each no has its code, and leaves the balances."""
    for sent, who, expected in (
        (DRAWN, "officer", (403, "permission_missing")),
        (DRAWN, "finance", (422, "account_unknown")),
        (DRAWN | {"bank": "none"}, "finance", (422, "account_unknown")),
        (DRAWN | {"amount": "0.00"}, "finance", (400, "amount_zero")),
        (DRAWN | {"currency": "EUR"}, "finance", (400, "currency_not_of_book")),
        (DRAWN | {"source": "I C B"}, "finance", (400, "code_malformed")),
    ):
        no = await lives.send("/draw-downs", sent, who)
        assert (no.status_code, no.json()["code"]) == expected, sent
    assert await lives.balance("bank/main") == "0.00"
