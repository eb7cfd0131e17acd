"""What an act is told from memory is what the book would have answered at that moment."""

import json
from inspect import signature
from typing import Any

import msgspec
import pytest

from api.app import Application
from ledger.book import store_reads
from ledger.budgets import store, store_facts
from ledger.budgets.foreseen import Foreseen
from tests import kit
from tests.api import (
    test_assignments,
    test_bank_matches,
    test_bank_unmatches,
    test_closing,
    test_contributions,
    test_cut_off,
    test_deposits,
    test_ending,
    test_lapsed_payees,
    test_own_bank,
)
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_people_and_plans import Office
from tests.api.test_people_and_plans import office as office  # The fixture.
from tests.api.test_recovery import Owed

LIVES = (
    test_assignments.test_an_assignment_uses_its_order_and_what_goes_beyond_is_decided,
    test_cut_off.test_an_estimate_is_accepted_by_another_person_once,
    test_cut_off.test_care_that_was_bought_is_spent_once_whenever_its_evidence_comes,
    test_bank_matches.test_a_line_that_came_before_its_receipt_is_named_by_it,
    test_bank_matches.test_money_handed_back_is_matched_to_its_receipt_once,
    test_bank_matches.test_a_debt_for_what_had_gone_is_not_paid_out_of_the_budget,
    test_bank_unmatches.test_a_claim_that_waits_loses_its_line_and_an_accepted_one_is_reversed_first,
    test_bank_unmatches.test_what_a_match_brought_back_or_a_receipt_named_is_not_unsaid,
    test_bank_unmatches.test_a_debt_repaid_with_other_money_holds_what_showed_it,
    test_closing.test_a_month_closed_for_good_is_opened_through_the_rules,
    test_deposits.test_a_refund_by_a_line_is_ours_again_and_other_money_is_asked_after,
    test_ending.test_a_stop_that_is_withdrawn_brings_back_what_went_later_too,
    test_lapsed_payees.test_care_after_what_was_shown_has_run_out_is_looked_at,
    test_own_bank.test_payments_clear_by_the_line_that_they_left_with,
    test_own_bank.test_a_payment_that_came_back_is_owed_again_with_its_line,
    test_own_bank.test_an_instalment_that_came_back_is_due_again_with_its_line,
    test_own_bank.test_money_of_two_sources_in_one_line_is_matched_to_both_entries,
)
"""Lives in which answers are given from memory."""


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Each statement that memory answers is asked as well; how often, by statement."""
    asked: dict[str, int] = {}
    fetch = Foreseen.fetch

    async def both(self: Foreseen, sql: str, *values: Any) -> Any:
        found = self._answer(sql, values)
        # The facts are wider than what is asked of them; and a rehearsal sees how far the projector has come since.
        if found is not None and sql not in (store_facts.FACTS, store_reads.SPAN):
            said = await self._connection.fetch(sql, *values)
            told, there = [_plain(row, said[0]) for row in found], [_plain(row, row) for row in said]
            if "ORDER BY" not in sql:
                told, there = sorted(told, key=repr), sorted(there, key=repr)
            assert told == there, (sql, values)
            asked[sql] = asked.get(sql, 0) + 1
        return await fetch(self, sql, *values)

    monkeypatch.setattr(Foreseen, "fetch", both)
    return asked


def _plain(row: Any, like: Any) -> dict[str, Any]:
    """A row by the names that the statement gives, with what is JSON read."""
    return {name: _read(row[name]) for name in like.keys()}  # noqa: SIM118 - a record's own names


def _read(value: Any) -> Any:
    if isinstance(value, msgspec.Raw):
        return json.loads(bytes(value))
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    return value


@pytest.mark.parametrize("lived", LIVES, ids=lambda life: life.__name__)
async def test_what_is_remembered_is_what_the_book_says(
    compared: dict[str, int], lives: Tried, book: kit.Book, lived: Any
) -> None:  # fmt: skip
    """Row by row, whatever is answered from memory in a life that is told elsewhere."""
    given: dict[str, Any] = {"lives": lives, "book": book}
    if "owed" in signature(lived).parameters:
        await lives.instalment("2000.00")
        given["owed"] = Owed(lives)
    await lived(**{name: given[name] for name in signature(lived).parameters})
    assert compared


async def test_what_is_remembered_of_a_contribution_is_what_the_book_says(
    compared: dict[str, int], app: Application, office: Office, book: kit.Book
) -> None:  # fmt: skip
    """Who credited it, what its fund received, and what was met of a debt."""
    await test_contributions.test_money_paid_in_meets_what_is_owed_before_any_of_it_goes_back(app, office, book)
    assert {store.CAME_IN_ON, store.BALANCE_OF} <= compared.keys()
