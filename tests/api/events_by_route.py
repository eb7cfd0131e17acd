"""Which operation posts which event of accounting.md, and by which test it is shown: as that test runs, every entry that its
requests leave is held against this table, so a row here is a request that was really sent."""

import json
import re
from typing import Any

import asyncpg
import httpx

from api.app import described

LIFE = "test_a_whole_life.py::test_a_budget_lives_its_whole_life_and_every_penny_is_where_it_should_be"
PROVED_BY: dict[str, dict[str, tuple[int, ...]]] = {
    LIFE: {
        "signPlan": (2, 3), "acceptInvoice": (28,), "releasePayment": (8,), "clearPayment": (8,), "clearInstalment": (8,),
        "releaseInstalment": (11,), "acceptClaim": (12, 13), "takeBankLine": (13,), "questionSpend": (14,),
        "demandRepayment": (17,), "takeRepayment": (18,), "handBack": (18,), "offsetInstalment": (20, 21, 22),
        "waiveDemand": (23,), "waiveQuestion": (23,), "acceptLiability": (25,), "payLiability": (26,), "releaseLiability": (26,),
        "moveBetweenLines": (31,), "returnPayment": (33,), "returnInstalment": (33,), "endLine": (35,), "moveOut": (35, 40),
        "settleMoveOut": (41,), "moveIn": (42,), "settleMoveIn": (42,),
    },
    "test_draw_downs.py::test_cash_comes_in_and_gives_no_authority": {"drawDownCash": (1,)},
    "test_contributions.py::test_a_wheelchair_is_paid_for_by_two": {
        "grantFund": (1,), "receiveContribution": (45,), "returnContribution": (45,), "acceptInvoice": (6,),
    },
    "test_changes.py::test_what_is_kept_for_emergencies_is_not_left_to_spend_until_it_is_drawn": {
        "setContingencyAside": (4,), "drawContingency": (4,),
    },
    "test_spending.py::test_an_order_is_settled_for_less_for_more_and_given_back": {
        "spend": (5,), "acceptInvoice": (28, 29), "releaseSpend": (30,),
    },
    "test_spending.py::test_an_invoice_without_an_open_order_is_a_fact": {"acceptInvoice": (7,)},
    "test_spending.py::test_a_reversal_undoes_and_the_invoice_can_come_again": {"reverseSpend": (38,)},
    "test_third_parties.py::test_a_third_partys_money_is_advanced_until_its_statement_is_accepted": {
        "releaseInstalment": (9,), "acceptStatement": (10,),
    },
    "test_reimbursements.py::test_what_a_holder_laid_out_is_paid_back_once_by_a_day": {"acceptReimbursement": (16,)},
    "test_recovery.py::test_a_question_is_a_state_and_is_taken_back_by_another": {"explainQuestion": (14,)},
    "test_recovery.py::test_a_demand_ends_in_parts": {"withdrawDemand": (19,), "writeOffDemand": (23,)},
    "test_recovery.py::test_money_is_handed_back_before_a_demand_and_losses_are_expected": {"expectCreditLoss": (24,)},
    "test_credits.py::test_a_fund_covers_what_went_beyond_a_line_once_somebody_has_approved_it": {"clearUnfunded": (27,)},
    "test_credits.py::test_money_that_comes_back_without_a_credit_note_is_a_refund": {"takeRefund": (32,)},
    "test_credits.py::test_a_credit_note_of_a_paid_invoice_is_owed_until_it_is_taken_or_paid_back": {
        "takeCreditRepaid": (32,), "acceptCredit": (34,), "takeCredit": (34,),
    },
    "test_year_end.py::test_a_year_ends_by_each_funds_rule_and_then_it_closes": {"endLineYear": (35, 37), "endFundYear": (35,)},
    "test_year_end.py::test_everything_goes_on_where_the_rule_says_so": {"endLineYear": (36,)},
    "test_bills.py::test_a_partner_is_billed_for_its_part_and_no_more": {
        "raiseBill": (44,), "payBill": (44,), "creditBill": (44,),
    },
    "test_closing.py::test_an_estimate_is_proposed_with_its_working_and_accepted_once": {"decideAccrual": (47,)},
    "test_cut_off.py::test_the_invoice_of_an_estimate_costs_the_next_year_what_it_differs_by": {
        "acceptUninvoiced": (48,), "acceptInvoice": (49,),
    },
    "test_cut_off.py::test_care_of_a_closed_year_is_put_right_in_the_next": {"correctClosedYear": (39,)},
    "test_cut_off.py::test_care_that_was_bought_is_spent_once_whenever_its_evidence_comes": {
        "acceptCareBought": (50,), "acceptClaim": (50,),
    },
    "test_events_by_route.py::test_a_period_that_crosses_the_years_end_is_paid_of_both_years": {"releaseInstalment": (51,)},
    "test_cut_off.py::test_an_invoice_across_31_march_is_of_both_years": {"acceptInvoice": (52,), "releasePrepayments": (52,)},
    "test_assignments.py::test_a_payment_is_assigned_up_to_what_stands_unassigned": {"assignPayment": (54,)},
}  # fmt: skip
"""Test in tests/api → operation → events."""
NO_ROUTE_YET = {
    53: "published payments are imported with the command line; its route is being built",
    55: "a caseload is taken on with the command line; its route is being built",
}
"""Events that no operation posts, each with the reason. A row goes once its operation is there."""


class Posted:
    """Sees each answer of a test and notes what its request left in the books."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.pairs: set[tuple[str, int]] = set()
        self.seen: set[tuple[int, int]] = set()
        self.operations = [
            (method.upper(), re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), operation["operationId"])
            for path, item in json.loads(described())["paths"].items() for method, operation in item.items()
        ]  # fmt: skip

    async def _entries(self) -> set[tuple[int, int, int]]:
        connection = await asyncpg.connect(self.dsn)
        try:
            rows: list[Any] = await connection.fetch(
                "SELECT book_id, number, split_part(body, '|', 6)::int AS event FROM phb.entry"
            )
        finally:
            await connection.close()
        return {(row["book_id"], row["number"], row["event"]) for row in rows}

    async def before(self, request: httpx.Request) -> None:
        """What was there before a write is not its own."""
        if request.method == "POST":
            self.seen = {(book, number) for book, number, _ in await self._entries()}

    async def after(self, answer: httpx.Response) -> None:
        """What is new after a write is what it posted."""
        method, path = answer.request.method, answer.request.url.path
        if method != "POST":
            return
        [name] = [name for verb, pattern, name in self.operations if verb == method and pattern.match(path)]
        self.pairs |= {
            (name, event) for book, number, event in await self._entries() if (book, number) not in self.seen
        }

    def missing(self, test: str) -> list[tuple[str, int]]:
        """Rows of the table that a test did not show."""
        named = {(name, event) for name, events in PROVED_BY[test].items() for event in events}
        return sorted(named - self.pairs)
